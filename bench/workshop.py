"""What all figures work with: directories, environments, the brood to measure, and an end to all of it."""

import atexit
import contextlib
import os
import shutil
import signal
import tempfile

import machine
import processes
from measure import PATH, Broken, Caller, which


class Place:
    """A directory on one kind of file system, with an environment that keeps everybody's files in it."""

    def __init__(self, label, directory):
        self.label = label
        self.directory = directory
        self._count = 0
        self.env = self.environment()

    def environment(self):
        """An environment with directories of its own, in which nobody has been before."""
        base = self.fresh("env")
        for name in ("state", "tmp", "nq"):
            os.mkdir(os.path.join(base, name), 0o700)
        return {"PATH": PATH, "HOME": base, "LC_ALL": "C", "TMPDIR": f"{base}/tmp",
                "BROOD_STATE_DIR": f"{base}/state", "NQDIR": f"{base}/nq",
                "TS_SOCKET": f"{base}/ts", "TS_SLOTS": "1", "TS_MAXFINISHED": "100"}

    def fresh(self, name):
        self._count += 1
        path = os.path.join(self.directory, f"{name}{self._count}")
        os.mkdir(path, 0o700)
        return path


class Workshop:
    """Leaving it ends every process that came of it and removes every file."""

    def __init__(self, brood, rounds):
        self.brood = os.path.realpath(brood)
        self._rounds = rounds
        self.call = Caller()
        self.skipped = []
        self.places = []
        self.keep = frozenset()
        self._records = {}

    def __enter__(self):
        processes.adopt_orphans()
        # A signal may come just when this object is being left.
        atexit.register(self.clean_up)
        with _signals_blocked():
            self._make_places()
        return self

    def __exit__(self, *_):
        self.clean_up()

    def clean_up(self):
        with _signals_blocked():
            try:
                processes.end_all()
            finally:
                while self.places:
                    shutil.rmtree(self.places.pop().directory)

    def _make_places(self):
        # The ordinary file system is where a state directory is if nobody thinks about it: not in memory.
        ordinary = tempfile.gettempdir()
        if machine.filesystem(ordinary) == "tmpfs" and os.access("/var/tmp", os.W_OK):
            ordinary = "/var/tmp"
        self._add_place(machine.filesystem(ordinary), ordinary)
        if self.disk.label == "tmpfs":
            return
        if os.access("/dev/shm", os.W_OK) and machine.filesystem("/dev/shm") == "tmpfs":
            self._add_place("tmpfs", "/dev/shm")
        else:
            self.skip("tmpfs", "/dev/shm is not a tmpfs that can be written to")

    def _add_place(self, label, parent):
        directory = tempfile.mkdtemp(prefix="brood-bench.", dir=parent)
        self.places.append(place := Place(label, directory))
        return place

    @property
    def disk(self):
        return self.places[0]

    @property
    def memory(self):
        """The place on tmpfs; where there is none, the ordinary one."""
        return self.places[-1]

    @property
    def services(self):
        """The place for what is to be executed: many containers forbid that on /dev/shm."""
        return self.disk if os.statvfs(self.memory.directory).f_flag & os.ST_NOEXEC else self.memory

    def rounds(self, usual):
        return self._rounds or usual

    def skip(self, what, why):
        if (what, why) not in self.skipped:
            self.skipped.append((what, why))

    def have(self, *programs):
        """Whether these programs are there; else the first is noted as left out."""
        missing = [program for program in programs if not which(program)]
        for program in missing[:1]:
            self.skip(program, "not installed")
        return not missing

    def settle(self):
        processes.settle(self.keep)

    def hold(self):
        """What runs now is to go on: settle() no longer waits for it."""
        self.keep = frozenset(processes.children())

    def end(self):
        """Ends all that was started."""
        processes.end_all()
        self.keep = frozenset()

    def records(self, count):
        """An environment whose state directory has so many ended jobs, named job1 and so on; made once."""
        if count not in self._records:
            env = self.memory.environment()
            for first in range(1, count + 1, 2):
                # Two at a time: one would leave a CPU idle.
                pids = [self.call.spawn([self.brood, "run", "--name", f"job{n}", "--", "true"], env)
                        for n in range(first, min(first + 2, count + 1))]
                for pid in pids:
                    if code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
                        raise Broken(f"brood run --name job{first} -- true: exit status {code}")
            self._records[count] = env
        return self._records[count]

    def version(self):
        return self.call.output([self.brood, "--version"], self.disk.env)


@contextlib.contextmanager
def _signals_blocked():
    """What comes meanwhile is delivered afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
