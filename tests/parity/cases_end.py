"""Waiting, ending and closing."""
import signal

from lines import await_state
from world import HOLD, collection

CASES, case = collection()


@case
def terminate_twice(w):
    """terminate, and then once more, and kill"""
    mp = w.python("""
p = held()
p.terminate()
p.join()
note(exitcode=p.exitcode, again=outcome(p.terminate), kill=outcome(p.kill))
note(afterwards=p.exitcode)
""")
    job = w.held()
    w.brood("terminate", job)
    brood = {"exitcode": w.exitcode(job), "again": w.brood("terminate", job).outcome,
             "kill": w.brood("kill", job).outcome}
    return mp, {**brood, "afterwards": w.exitcode(job)}


@case
def term_ignored(w):
    """A process that ignores SIGTERM"""
    mp = w.python("""
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + HOLD
p = held(code=deaf)
os.kill(p.pid, signal.SIGTERM)
note(after_signal=p.is_alive())
p.terminate()
note(after_terminate=p.is_alive())
p.kill()
p.join()
note(killed=p.exitcode)
""")
    deaf = 'trap "" TERM; ' + HOLD
    job = w.held(code=deaf)
    w.brood("kill", "-s", "TERM", job)
    after_signal = w.alive(job)
    w.brood("terminate", "--grace", "0.1", job)
    brood = {"after_signal": after_signal, "after_terminate": w.alive(job)}
    job = w.held(code=deaf)
    w.brood("kill", job)
    return mp, {**brood, "killed": w.exitcode(job)}


@case
def join_timeouts(w):
    """join with a timeout"""
    mp = w.python("""
p = held()
def timed(seconds):
    p.join(seconds)
    return 'ended' if p.exitcode is not None else 'time out'
note(zero=timed(0), negative=timed(-1), some=timed(.1), exitcode=p.exitcode)
first = p.join(0)
tell('a.go')
note(tells_which=p.join(patience) != first, ended=timed(0), code=p.exitcode)
""")
    job = w.held()

    def timed(seconds):
        return {124: "time out", 125: "refused"}.get(w.brood("join", f"--timeout={seconds}", job).status, "ended")

    brood = {"zero": timed(0), "negative": timed(-1), "some": timed(0.1), "exitcode": w.exitcode(job)}
    first = w.brood("join", "-t", "0", job).status
    w.tell("a.go")
    return mp, {**brood, "tells_which": w.brood("join", "-t", "60", job).status != first, "ended": timed(0),
                "code": w.exitcode(job)}


@case
def absurd_timeouts(w):
    """join with timeouts that are none"""
    mp = w.python("""
p = held()
for name, seconds in (('inf', float('inf')), ('nan', float('nan')), ('huge', 1e10)):
    note(**{name: outcome(p.join, seconds)})
tell('a.go')
p.join()
""")
    job = w.held()
    words = {"inf": "inf", "nan": "nan", "huge": "10000000000"}
    joins = {name: w.popen("join", "-t", seconds, job) for name, seconds in words.items()}
    joins["nan"].wait(60)
    w.tell("a.go")
    brood = {name: "refused" if join.wait(60) == 125 else "done" for name, join in joins.items()}
    for join in joins.values():
        join.communicate()
    return mp, brood


@case
def close_rules(w):
    """close, while it runs, after its end, and what is left then"""
    mp = w.python("""
p = held()
note(running=outcome(p.close))
tell('a.go')
p.join()
note(ended=outcome(p.close), again=outcome(p.close), pid=outcome(lambda: p.pid), join=outcome(p.join),
     exitcode=outcome(lambda: p.exitcode), alive=outcome(p.is_alive), terminate=outcome(p.terminate),
     kill=outcome(p.kill), name=outcome(lambda: p.name))
""")
    job = w.held()
    running = w.brood("close", job).outcome
    w.tell("a.go")
    w.brood("join", job)
    brood = {"running": running, "ended": w.brood("close", job).outcome, "again": w.brood("close", job).outcome}
    for field in ("pid", "exitcode", "name"):
        brood[field] = w.brood("status", job, "--field", field).outcome
    for command, key in (("join", "join"), ("is-alive", "alive"), ("terminate", "terminate"), ("kill", "kill")):
        brood[key] = w.brood(command, job).outcome
    return mp, brood


@case
def close_unstarted(w):
    """close before start"""
    mp = w.python("p = P(target=int); note(close=outcome(p.close), start=outcome(p.start))")
    job = w.launch("create", "true").out
    return mp, {"close": w.brood("close", job).outcome, "start": w.brood("start", "--job", job).outcome}


@case
def waiting(w):
    """connection.wait: one of them, several, ended ones"""
    mp = w.python("""
a, b, e = (held(name) for name in 'abe')
names = {a.sentinel: 'a', b.sentinel: 'b', e.sentinel: 'e'}
note(time_out=[names[s] for s in wait([e.sentinel], .1)])
for p, go in ((a, 'a.go'), (b, 'b.go')):
    tell(go)
    wait([p.sentinel], patience)
note(any=[names[s] for s in wait([e.sentinel, a.sentinel, b.sentinel])], now=len(wait(list(names), 0)))
e.kill()
for p in (a, b, e):
    p.join()
note(all=sum(bool(wait([s], patience)) for s in names))
""")
    a, b, e = jobs = [w.held(name) for name in "abe"]
    names = dict(zip(jobs, "abe"))

    def ready(*words):
        return [names[job] for job in w.brood("wait", *words).out.split()]

    brood = {"time_out": ready("-t", "0.1", e)}
    w.tell("a.go", "b.go")
    w.brood("wait", a, b)
    brood.update(any=ready("--any", e, a, b), now=len(ready("-t", "0", a, b, e)))
    w.brood("kill", e)
    return mp, {**brood, "all": len(ready(e, a, b))}


@case
def waiting_for_nothing(w):
    """connection.wait with an empty list, and with what cannot be waited for"""
    mp = w.python("""
note(nothing_now=outcome(wait, [], 0), unknown=outcome(wait, [-1], 0), unstarted=outcome(wait, [P()], 0))
r, _ = os.pipe()
note(twice=outcome(wait, [r, r], 0))
signal.signal(signal.SIGALRM, lambda *_: 1 / 0)
signal.setitimer(signal.ITIMER_REAL, .2)
try:
    wait([])
    note(nothing='done')
except ZeroDivisionError:
    note(nothing='blocks')
""")
    created = w.launch("create", "true").out
    job = w.held()
    brood = {"nothing_now": w.brood("wait", "-t", "0").outcome, "nothing": w.brood("wait").outcome,
             "unknown": w.brood("wait", "-t", "0", "99").outcome,
             "unstarted": w.brood("wait", "-t", "0", created).outcome,
             "twice": w.brood("wait", "-t", "0", job, job).outcome}
    w.tell("a.go")
    return mp, brood


@case
def descendant_lives(w):
    """A child that has ended, and a child of it that lives"""
    child = ("import os; from lines import hear, tell\n"
             "if os.fork() == 0: tell('g.up'); hear('g.go'); os._exit(0)")
    w.lines("g.up", "g.go")
    mp = w.python(f"""
p = text({child!r})
p.start()
hear('g.up')
await_end(p.pid)
# The fork server tells of it a moment after.
ready = wait([p.sentinel], patience if ctx.get_start_method() == 'forkserver' else 0)
p.join()
note(ready=bool(ready), alive=p.is_alive(), exitcode=p.exitcode)
tell('g.go')
""")
    job = w.sh(f"({HOLD.format('g')}) & exit 0")
    w.brood("join", job)
    w.hear("g.up")
    brood = {"ready": w.brood("wait", "-t", "0", job).out == job, "alive": w.alive(job),
             "exitcode": w.exitcode(job)}
    w.tell("g.go")
    return mp, brood


@case
def exec_in_child(w):
    """A child that replaces itself by another program"""
    w.lines("a.up", "a.go")
    mp = w.python(f"""
p = P(target=os.execvp, args=('sh', ['sh', '-c', {HOLD.format('a')!r}]))
p.start()
hear('a.up')
note(ready=bool(wait([p.sentinel], 0)), alive=p.is_alive())
tell('a.go')
p.join()
note(exitcode=p.exitcode)
""")
    job = w.held(code=f"exec sh -c '{HOLD}'")
    brood = {"ready": w.brood("wait", "-t", "0", job).out == job, "alive": w.alive(job)}
    w.tell("a.go")
    return mp, {**brood, "exitcode": w.end(job)}


@case
def sigchld_ignored(w):
    """A caller that ignores SIGCHLD"""
    mp = w.python("""
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
p = P(target=int)
p.start()
p.join()
note(exitcode=p.exitcode, alive=p.is_alive(), close=outcome(p.close))
finish()
os._exit(0)
""")
    ignoring = {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)}
    job = w.start("true", **ignoring)
    w.brood("join", job, **ignoring)
    return mp, {"exitcode": w.exitcode(job), "alive": w.alive(job),
                "close": w.brood("close", job, **ignoring).outcome}


@case
def concurrent_joins(w):
    """Four that join at once"""
    mp = w.python("""
p = held()
threads = [threading.Thread(target=p.join) for _ in range(4)]
for t in threads:
    t.start()
tell('a.go')
for t in threads:
    t.join()
note(exitcode=p.exitcode)
""")
    job = w.held()
    joins = [w.popen("join", job) for _ in range(4)]
    w.tell("a.go")
    codes = {join.wait(60) for join in joins} | {w.exitcode(job)}
    for join in joins:
        join.communicate()
    return mp, {"exitcode": codes.pop() if len(codes) == 1 else sorted(codes)}


@case
def stopped_child(w):
    """A child that is stopped"""
    mp = w.python("""
p = held()
os.kill(p.pid, signal.SIGSTOP)
await_state(p.pid, 'T')
note(alive=p.is_alive(), exitcode=p.exitcode)
os.kill(p.pid, signal.SIGTERM)
note(after_signal=p.is_alive())
p.terminate()
note(after_terminate=p.is_alive())
p.kill()
p.join()
note(killed=p.exitcode)
""")
    job, other = w.held("a"), w.held("b")
    for each in (job, other):
        w.brood("kill", "-s", "STOP", each)
        await_state(w.pid(each), "T")
    brood = {"alive": w.alive(job), "exitcode": w.exitcode(job)}
    w.brood("kill", "-s", "TERM", job)
    brood["after_signal"] = w.alive(job)
    w.brood("kill", job)
    w.brood("terminate", other)
    return mp, {**brood, "after_terminate": w.alive(other), "killed": w.exitcode(job)}
