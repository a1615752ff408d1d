"""One case under one start method: a directory, a state directory, and everything that is started in it."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import lines

BROOD = os.environ["BROOD"] = os.path.abspath(os.environ["BROOD"])
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = (sys.executable, "-S", "-B")
HOLD = 'echo up >"$PARITY_DIR/{0}.up"; read -r _ <"$PARITY_DIR/{0}.go"'


def collection():
    """A list of cases, and the decorator that adds one."""
    cases = []

    def case(function):
        cases.append(function)
        return function

    return cases, case


SCRIPT = """from scenario import *
if __name__ == "__main__":
{body}
    finish()
"""


class Failure(Exception):
    """The case itself went wrong; there is nothing to compare."""


class Answer:
    """What a brood command said."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.rstrip("\n")
        self.err = done.stderr

    @property
    def outcome(self):
        return "refused" if self.status in (125, 126, 127) else "done"

    @property
    def json(self):
        return json.loads(self.out)


class World:
    def __init__(self, method):
        self.method = method
        self.dir = tempfile.mkdtemp(prefix="brood-parity.")
        os.environ["PARITY_DIR"] = self.dir
        os.environ["PARITY_METHOD"] = method
        os.environ["BROOD_STATE_DIR"] = self.state = os.path.join(self.dir, "state")
        os.environ["PYTHONPATH"] = HERE
        self.jobs_made = False

    # --- multiprocessing

    def script(self, body, **options):
        """Python with this scenario, running."""
        file = os.path.join(self.dir, "scenario_main.py")
        with open(file, "w", encoding="utf-8") as script:
            script.write(SCRIPT.format(body="\n".join("    " + row for row in body.strip("\n").split("\n"))))
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen((*PYTHON, file), text=True, **{**streams, **options})

    def python(self, body, **options):
        """What the scenario has noted."""
        return self.notes_of(self.script(body, **options))

    def notes_of(self, script, data=None):
        out, err = communicate(script, data)
        self.stderr = err
        if script.returncode != 0 or not out:
            raise Failure(f"the scenario ended with {script.returncode}\n{out}{err}")
        return json.loads(out.splitlines()[-1])

    # --- brood

    def popen(self, *words, **options):
        self.jobs_made = True
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen((BROOD, *words), text=True, **{**streams, **options})

    def brood(self, *words, data=None, **options):
        if data is not None:
            options["stdin"] = subprocess.PIPE
        process = self.popen(*words, **options)
        out, err = communicate(process, data)
        return Answer(subprocess.CompletedProcess(words, process.returncode, out, err))

    def launch(self, command, *words, **options):
        return self.brood(command, "--method", self.method, *words, **options)

    def run(self, *words, **options):
        return self.launch("run", *words, **options)

    def start(self, *words, **options):
        """The id."""
        answer = self.launch("start", *words, **options)
        if answer.status != 0:
            raise Failure(f"brood start {' '.join(words)}: {answer.status}\n{answer.err}")
        return answer.out

    def sh(self, code, *options):
        return self.start(*options, "--", "sh", "-c", code)

    def held(self, name="a", *options, code=HOLD):
        """A job that is up, and stays until it is told to go."""
        self.lines(f"{name}.up", f"{name}.go")
        job = self.sh(code.format(name), *options)
        self.hear(f"{name}.up")
        return job

    def field(self, job, name):
        return self.brood("status", job, "--field", name).out

    def exitcode(self, job):
        code = self.field(job, "exitcode")
        return int(code) if code else None

    def pid(self, job):
        return int(self.field(job, "pid"))

    def alive(self, job):
        return self.brood("is-alive", job).status == 0

    def end(self, job):
        self.brood("join", job)
        return self.exitcode(job)

    # --- meeting

    def lines(self, *names):
        for name in names:
            lines.line(name)

    def tell(self, *names):
        for name in names:
            lines.tell(name)

    def hear(self, name):
        return lines.hear(name)

    # --- the end

    def close(self):
        """Ends what is left; returns what should not have been."""
        if self.jobs_made:
            for job in self.brood("status", "--json").json if os.path.isdir(self.state) else []:
                if job["state"] not in ("created", "exited", "lost") or job["orphans"]:
                    self.brood("kill", str(job["id"]))
            if self.method == "forkserver":
                self.brood("forkserver", "stop", "--force")
        left = end_children()
        lines.forget_lines()
        shutil.rmtree(self.dir, ignore_errors=True)
        return left


def communicate(process, data=None):
    try:
        return process.communicate(data, timeout=lines.patience)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise Failure(f"{' '.join(process.args)}: no end in {lines.patience} s\n{out}{err}") from None


def children():
    """Also those that others have left behind: this process takes them in."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                if int(stat.read().rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(int(name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def end_children():
    """What is just leaving may leave. Returns the command lines of what was not."""
    left = []
    while pids := children():
        for pid in pids:
            if not lines.await_end(pid, seconds=20):
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as words:
                    left.append(words.read().replace("\0", " ").strip())
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return left
