"""Names, starts and exit codes. Each case returns what multiprocessing does and what brood does, by the same keys."""
import os
import signal

from lines import await_end
from world import HOLD, PYTHON, collection

CASES, case = collection()


@case
def unstarted(w):
    """A process that has not been started"""
    mp = w.python("""
p = P(target=int)
note(pid=p.pid, exitcode=p.exitcode, alive=p.is_alive(), sentinel=outcome(lambda: p.sentinel),
     join=outcome(p.join), terminate=outcome(p.terminate))
""")
    job = w.launch("create", "true").out
    made = w.brood("status", job, "--json").json[0]
    return mp, {"pid": made["pid"], "exitcode": made["exitcode"], "alive": w.alive(job),
                "sentinel": "done" if os.path.exists(made["sentinel"]) else "refused",
                "join": w.brood("join", job).outcome, "terminate": w.brood("terminate", job).outcome}


@case
def default_names(w):
    """Default names, and the numbers that go into them"""
    mp = w.python("""
ps = [P(), P(name='x'), mp.Process()]
note(default=ps[0].name, given=ps[1].name, numbers=[p._identity[0] for p in ps], third=ps[2].name,
     empty=outcome(lambda: P(name='')))
""")
    jobs = [w.launch("create", *words).out for words in (("true",), ("--name", "x", "true"), ("true",))]
    return mp, {"default": w.field(jobs[0], "name"), "given": w.field(jobs[1], "name"),
                "numbers": [int(job) for job in jobs], "third": w.field(jobs[2], "identity"),
                "empty": w.launch("create", "--name", "", "true").outcome}


@case
def nested_name(w):
    """The default name of the first child of the first child"""
    w.lines("name")
    mp = w.python("""
text("import multiprocessing; from lines import tell; tell('name', multiprocessing.Process().name)").start()
note(name=hear('name'))
""")
    w.sh('"$BROOD" status --field identity "$("$BROOD" create -- true)" >"$PARITY_DIR/name"')
    return mp, {"name": w.hear("name")}


@case
def start_twice(w):
    """A second start, while it runs and after its end"""
    mp = w.python("""
p = held()
note(running=outcome(p.start))
tell('a.go')
p.join()
note(ended=outcome(p.start))
""")
    w.lines("a.up", "a.go")
    job = w.launch("create", "sh", "-c", HOLD.format("a")).out
    w.brood("start", "--job", job)
    w.hear("a.up")
    running = w.brood("start", "--job", job).outcome
    w.tell("a.go")
    w.brood("join", job)
    return mp, {"running": running, "ended": w.brood("start", "--job", job).outcome}


@case
def exit_codes(w):
    """Normal exit codes"""
    values = (0, 3, 255, 256, 300, -1)
    mp = w.python(f"""
ps = {{v: P(target=sys.exit, args=(v,)) for v in {values}}}
for v, p in ps.items():
    p.start()
    p.join()
    note(**{{str(v): p.exitcode}})
""")
    exits = {v: (*PYTHON, "-c", f"import sys; sys.exit({v})") for v in values}
    brood = {str(v): w.run("--", *words).status for v, words in exits.items()}
    for v in (3, 300):  # the same, as it stands in the record
        if (code := w.end(w.start("--", *exits[v]))) != brood[str(v)]:
            brood[str(v)] = code
    return mp, brood


@case
def uncaught_exception(w):
    """A program that ends with an exception"""
    mp = w.python("p = P(target=divmod, args=(1, 0)); p.start(); p.join(); note(exitcode=p.exitcode)")
    mp["told"] = "ZeroDivisionError" in w.stderr
    done = w.run("--", *PYTHON, "-c", "divmod(1, 0)")
    return mp, {"exitcode": done.status, "told": "ZeroDivisionError" in done.err}


@case
def death_by_signal(w):
    """Exit codes of deaths by signal"""
    names = ("SIGTERM", "SIGKILL", "SIGSEGV", "SIGUSR1")
    mp = w.python(f"""
for name in {names}:
    p = held()
    os.kill(p.pid, getattr(signal, name))
    p.join()
    note(**{{name: p.exitcode}})
""")
    brood = {}
    for name in names:
        job = w.held()
        w.brood("kill", "-s", name, job)
        brood[name] = w.end(job)
    return mp, brood


@case
def interrupt(w):
    """A death by SIGINT"""
    mp = w.python("p = held(); os.kill(p.pid, signal.SIGINT); p.join(); note(exitcode=p.exitcode)")
    job = w.held()
    w.brood("kill", "-s", "INT", job)
    return mp, {"exitcode": w.end(job)}


@case
def nothing_to_execute(w):
    """A program that is not there"""
    mp = w.python("""
p = P(target=os.execv, args=('/nonexistent/x', ['x']))
note(start=outcome(p.start))
p.join()
""")
    mp.update(w.python("mp.set_executable('/nonexistent/x'); note(executable=outcome(P(target=int).start))"))
    answer = w.launch("start", "/nonexistent/x")
    return mp, {"start": answer.outcome, "executable": answer.outcome}


@case
def start_methods(w):
    """Which start methods there are, and how one is chosen"""
    mp = w.python("""
note(methods=sorted(mp.get_all_start_methods()), default=mp.get_start_method(),
     after_asking=outcome(mp.set_start_method, 'spawn'), unknown=outcome(mp.get_context, 'x'))
mp.set_start_method(None, force=True)
note(first=outcome(mp.set_start_method, 'spawn'), again=outcome(mp.set_start_method, 'fork'),
     set_unknown=outcome(mp.set_start_method, 'x', True))
""")
    ask = lambda *words: w.brood("start-method", *words)  # noqa: E731
    return mp, {"methods": sorted(ask("--all").out.split()), "default": ask().out,
                "after_asking": ask("spawn").outcome, "unknown": w.brood("start", "--method", "x", "true").outcome,
                "first": ask("spawn").outcome, "again": ask("fork").outcome, "set_unknown": ask("x").outcome}


@case
def standard_input(w):
    """What a child finds on its standard input"""
    child = "import os; from lines import tell; tell('read', os.read(0, 4).decode() or 'nothing')"
    w.lines("read")
    script = w.script(f"p = text({child!r}); p.start(); p.join(); note(start=hear('read'))", stdin=-1)
    mp = w.notes_of(script, "data")
    mp["run"] = mp["start"]
    w.start("--", *PYTHON, "-c", child, data="data")
    start = w.hear("read")
    w.run("--", *PYTHON, "-c", child, data="data")
    return mp, {"start": start, "run": w.hear("read")}


@case
def descriptors(w):
    """Inheritable descriptors above 2"""
    look = "import os; from lines import tell; tell('has', str(os.path.exists('/proc/self/fd/60')))"
    w.lines("has")
    mp = w.python(f"""
os.dup2(os.open('/dev/null', os.O_RDONLY), 60)
p = text({look!r}); p.start(); p.join()
note(run=hear('has'))
""")
    mp["start"] = mp["run"]
    os.dup2(os.open("/dev/null", os.O_RDONLY), 60)
    brood = {}
    for command in ("run", "start"):
        w.launch(command, "--", *PYTHON, "-c", look, pass_fds=(60,))
        brood[command] = w.hear("has")
    os.close(60)
    return mp, brood


@case
def environment(w):
    """A variable and a umask that change between two starts"""
    child = ("import os; from lines import tell; mask = os.umask(0)\n"
             "tell('has', os.environ['PARITY_A']); tell('has', oct(mask))")
    w.lines("has")
    mp = w.python(f"""
os.environ['PARITY_A'] = 'before'
p = P(target=int); p.start(); p.join()
os.environ['PARITY_A'] = 'after'
os.umask(0o077)
p = text({child!r}); p.start(); p.join()
note(variable=hear('has'), umask=hear('has'))
""")
    w.start("true", env={**os.environ, "PARITY_A": "before"})
    w.start("--", *PYTHON, "-c", child, env={**os.environ, "PARITY_A": "after"}, umask=0o077)
    return mp, {"variable": w.hear("has"), "umask": w.hear("has")}


@case
def signal_mask(w):
    """A caller that blocks SIGTERM"""
    mp = w.python("""
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
p = held()
note(kept=signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, []))
p.terminate()
tell('a.go')
p.join()
note(exitcode=p.exitcode)
""")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    job = w.held()
    kept = signal.SIGTERM in signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    w.brood("kill", "-s", "TERM", job)
    w.tell("a.go")
    return mp, {"kept": kept, "exitcode": w.end(job)}


@case
def server_killed(w):
    """The fork server is killed while a child of it lives"""
    mp = w.python("""
from multiprocessing import forkserver
p = held()
server = forkserver._forkserver._forkserver_pid
os.kill(server, signal.SIGKILL)
os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
note(exitcode=p.exitcode, lives=state_of(p.pid) not in ('', 'Z'))
q = P(target=int); q.start(); q.join()
tell('a.go')
p.join()
note(next=q.exitcode, in_the_end=p.exitcode)
""")
    job = w.held()
    server = w.brood("forkserver", "status", "--json").json["pid"]
    os.kill(server, signal.SIGKILL)
    await_end(server)
    brood = {"exitcode": w.exitcode(job), "lives": w.alive(job), "next": w.end(w.start("true"))}
    w.tell("a.go")
    brood["in_the_end"] = w.end(job)
    return mp, brood


server_killed.methods = {"forkserver"}
