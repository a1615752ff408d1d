"""Parents, children and daemons, and what they share."""
import hashlib
import os
import signal
import subprocess

from lines import await_end, line, state_of
from world import HOLD, PYTHON, collection

CASES, case = collection()
# For a main program whose children outlive it: they would hold the pipes on which its end is waited for.
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@case
def daemon_flag(w):
    """The daemon flag and the name of a running process"""
    mp = w.python("""
p = held(daemon=True)
note(default=P().daemon, daemon=p.daemon, rename=outcome(setattr, p, 'name', 'n2'))
note(name=p.name, empty=outcome(setattr, p, 'name', ''))
tell('a.go')
p.join()
""")
    job = w.held("a", "--daemon")
    brood = {"default": w.field(w.launch("create", "true").out, "daemon") == "true",
             "daemon": w.field(job, "daemon") == "true", "rename": w.brood("rename", job, "n2").outcome}
    brood.update(name=w.field(job, "name"), empty=w.brood("rename", job, "").outcome)
    w.tell("a.go")
    w.brood("join", job)
    return mp, brood


@case
def children_of_daemon(w):
    """A daemonic child that starts a child"""
    w.lines("answer")
    mp = w.python("""
code = "from scenario import *; tell('answer', outcome(mp.Process(target=int, daemon=False).start))"
p = text(code, daemon=True)
p.start()
note(start=hear('answer'))
p.join()
""")
    w.sh('"$BROOD" start --no-daemon --method "$PARITY_METHOD" -- true; echo $? >"$PARITY_DIR/answer"', "--daemon")
    return mp, {"start": "refused" if w.hear("answer") == "125" else "done"}


DAEMON = ("import os, signal; from lines import hear, tell\n"
          "signal.signal(signal.SIGTERM, lambda *_: (tell('events', 'daemon ends'), os._exit(0)))\n"
          "tell('d.up'); hear('never')")
OTHER = "from lines import hear, tell; tell('n.up'); hear('n.go'); tell('events', 'other ends')"


def exit_order(w, main):
    """The events, in order. The other child is told to go only when the daemon has ended."""
    order = [w.hear("events"), w.hear("events")]
    waits = main.poll() is None
    w.tell("n.go")
    order.append(w.hear("events"))
    status = main.wait(60)
    main.communicate()
    return {"order": order, "waits": waits, "status": status}


@case
def order_at_exit(w):
    """A main program that ends before its children, one of them daemonic"""
    w.lines("events", "d.up", "n.up", "n.go", "never")
    script = w.script(f"""
for code, daemon in (({DAEMON!r}, True), ({OTHER!r}, False)):
    text(code, daemon=daemon).start()
hear('d.up')
hear('n.up')
tell('events', 'main ends')
""")
    mp = exit_order(w, script)
    launch = '"$BROOD" start --method "$PARITY_METHOD" {} -- "$@" -c "${}" >"$PARITY_DIR/ids"\n'
    w.lines("ids")
    main = w.popen(
        "run", "--method", w.method, "--", "sh", "-c",
        launch.format("--daemon", "DAEMON") + launch.format("", "OTHER")
        + 'read -r _ <"$PARITY_DIR/d.up"; read -r _ <"$PARITY_DIR/n.up"; echo main ends >"$PARITY_DIR/events"',
        "sh", *PYTHON, env={**os.environ, "DAEMON": DAEMON, "OTHER": OTHER})
    return mp, exit_order(w, main)


@case
def parent_terminated(w):
    """A parent that dies of SIGTERM, and its daemonic child"""
    child = "from lines import hear, tell; tell('d.up'); hear('d.go'); tell('events', 'lives')"
    w.lines("d.up", "d.go", "events", "main.up", "main.go")
    script = w.script(f"""
p = text({child!r}, daemon=True)
p.start()
hear('d.up')
tell('main.up', str(p.pid))
hear('main.go')
""", **SILENT)
    pid = int(w.hear("main.up"))
    script.send_signal(signal.SIGTERM)
    mp = {"status": script.wait(60)}
    w.tell("d.go")
    mp["daemon"] = "ended" if await_end(pid, line("events")) else w.hear("events")

    main = subprocess.Popen(
        ("sh", "-c", '"$BROOD" start --daemon --method "$PARITY_METHOD" -- "$@" -c "$CHILD" >"$PARITY_DIR/main.up"\n'
         'read -r _ <"$PARITY_DIR/main.go"', "sh", *PYTHON), env={**os.environ, "CHILD": child})
    w.jobs_made = True
    job = w.hear("main.up")
    w.hear("d.up")
    main.send_signal(signal.SIGTERM)
    brood = {"status": main.wait(60)}
    brood["daemon"] = "lives" if w.brood("join", "-t", "60", job).status == 124 else "ended"
    return mp, brood


@case
def living_children(w):
    """Children that have ended, and those that live"""
    mp = w.python("""
held()
p = P(target=int)
p.start()
if ctx.get_start_method() == 'forkserver':
    wait([p.sentinel])
else:
    os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
note(zombie=state_of(p.pid) == 'Z', children=len(mp.active_children()))
tell('a.go')
""")
    w.held()
    ended = w.start("true")
    w.brood("wait", ended)
    live = [job for job in w.brood("status", "--children", "--json").json if job["state"] == "running"]
    brood = {"zombie": state_of(w.pid(ended)) == "Z", "children": len(live)}
    w.tell("a.go")
    return mp, brood


@case
def parent_process(w):
    """Who the parent is"""
    child = ("import multiprocessing as mp, os; from lines import tell; q = mp.parent_process()\n"
             "tell('is', f'{{q.pid == {0}}} {{q.pid == os.getppid()}} {{q.is_alive()}}')")
    w.lines("is")
    mp = w.python(f"""
p = text({child!r}.format(os.getpid()))
p.start()
caller, system, alive = hear('is').split()
note(outside=str(mp.parent_process()), caller=caller, system=system, alive=alive)
p.join()
""")
    job = w.held()
    with open(f"/proc/{w.pid(job)}/stat", encoding="utf-8") as stat:
        parent = int(stat.read().rpartition(")")[2].split()[1])
    brood = {"outside": "None" if w.brood("status", "@parent").outcome == "refused" else "some",
             "caller": str(int(w.field(job, "parent.pid")) == os.getpid()), "system": str(parent == os.getpid())}
    w.sh('"$BROOD" start --method "$PARITY_METHOD" -- sh -c "\\"\\$BROOD\\" is-alive @parent; '
         'echo \\$? >\\"\\$PARITY_DIR/is\\""; read -r _ <"$PARITY_DIR/a.go"')
    brood["alive"] = {"0": "True"}.get(w.hear("is"), "False")
    w.tell("a.go", "a.go")
    return mp, brood


def parent_killed(w, python_child, sh_child, sibling, ask):
    """What a child says when its parent has been killed."""
    w.lines("c.up", "c.go", "s.up", "s.go", "events", "main.up", "main.go")
    script = w.script(f"""
text({python_child!r}).start()
hear('c.up')
{"held('s')" if sibling else ''}
tell('main.up')
hear('main.go')
""", **SILENT)
    w.hear("main.up")
    script.kill()
    mp = {"status": script.wait(60)}
    ask()
    mp["child"] = w.hear("events")
    w.tell("s.go")

    launch = '"$BROOD" start --method "$PARITY_METHOD" -- sh -c "${}"\n'
    outer = w.sh(launch.format("CHILD") + 'read -r _ <"$PARITY_DIR/c.up"\n'
                 + (launch.format("SIBLING") + 'read -r _ <"$PARITY_DIR/s.up"\n' if sibling else "")
                 + 'echo up >"$PARITY_DIR/main.up"; read -r _ <"$PARITY_DIR/main.go"',
                 "--env", "CHILD=" + sh_child, "--env", "SIBLING=" + HOLD.format("s"))
    w.hear("main.up")
    w.brood("kill", "--target-only", outer)
    ask()
    brood = {"child": w.hear("events"), "status": w.exitcode(outer)}
    if sibling:
        w.tell("s.go")
    return mp, brood


@case
def parent_gone(w):
    """A child that waits for the death of its parent"""
    return parent_killed(
        w, "import multiprocessing as mp; from lines import tell; q = mp.parent_process()\n"
           "tell('c.up'); q.join(60); tell('events', 'alive' if q.is_alive() else 'gone')",
        'echo up >"$PARITY_DIR/c.up"; "$BROOD" wait -t 60 @parent; '
        'if "$BROOD" is-alive @parent; then echo alive; else echo gone; fi >"$PARITY_DIR/events"',
        False, lambda: None)


@case
def parent_gone_with_sibling(w):
    """The same, while a sibling lives that was started later"""
    return parent_killed(
        w, "import multiprocessing as mp; from lines import hear, tell; q = mp.parent_process()\n"
           "tell('c.up'); hear('c.go'); tell('events', 'alive' if q.is_alive() else 'gone')",
        'echo up >"$PARITY_DIR/c.up"; read -r _ <"$PARITY_DIR/c.go"; '
        'if "$BROOD" is-alive @parent; then echo alive; else echo gone; fi >"$PARITY_DIR/events"',
        True, lambda: w.tell("c.go"))


def shows(pid, *secrets):
    """Is one of them in the words or the environment of a process?"""
    text = b""
    for name in ("cmdline", "environ"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            text += file.read()
    return any(secret in text for secret in secrets)


@case
def authkey(w):
    """The authentication key"""
    w.lines("key")
    mp = w.python("""
import hashlib
key = bytes(mp.current_process().authkey)
p = held(code="import hashlib, multiprocessing as mp; from lines import hear, tell\\n"
              "tell('{0}.up'); tell('key', hashlib.sha256(mp.current_process().authkey).hexdigest()); hear('{0}.go')")
words = b''.join(open(f'/proc/{p.pid}/{name}', 'rb').read() for name in ('cmdline', 'environ'))
note(length=len(key), inherited=hear('key') == hashlib.sha256(key).hexdigest(),
     shown=key in words or key.hex().encode() in words,
     replaced=outcome(setattr, mp.current_process(), 'authkey', os.urandom(32)))
tell('a.go')
p.join()
""")
    job = w.held("a", code='"$BROOD" authkey >"$PARITY_DIR/key"; ' + HOLD)
    with open(os.path.join(w.state, "authkey"), "rb") as file:
        key = file.read()
    inherited = w.hear("key") == w.brood("authkey").out
    brood = {"length": len(key), "inherited": inherited,
             "shown": shows(w.pid(job), key, key.hex().encode(), hashlib.sha256(key).hexdigest().encode()),
             "replaced": w.brood("authkey", "--new").outcome}
    w.tell("a.go")
    w.brood("join", job)
    return mp, brood
