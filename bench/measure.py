"""Timing of commands, without a shell in the way, and what is made of the times."""

import gc
import os
import shutil
import signal
import statistics
import time
from dataclasses import dataclass, field

import processes

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WARM_UP = 2


class Broken(Exception):
    """A command did not do what it is there for, so its time means nothing."""


def which(program):
    return shutil.which(program, path=PATH)


class Caller:
    """Runs commands and takes the time from just before the spawn to just after their end has been reaped."""

    def __init__(self):
        self.null = os.open("/dev/null", os.O_RDWR)
        self._out = os.memfd_create("stdout")
        self._err = os.memfd_create("stderr")
        self._paths = {}

    def spawn(self, argv, env, out=None):
        """Starts argv; posix_spawn does not copy this process's memory, so what it weighs costs nothing."""
        path = self._paths.get(argv[0])
        if path is None:
            path = self._paths[argv[0]] = which(argv[0]) or argv[0]
        return os.posix_spawn(path, argv, env, setsigdef=(signal.SIGPIPE,), file_actions=(
            (os.POSIX_SPAWN_DUP2, self.null, 0),
            (os.POSIX_SPAWN_DUP2, self._out if out is None else out, 1),
            (os.POSIX_SPAWN_DUP2, self._err, 2)))

    def time(self, argv, env, expected=0, out=None):
        """Microseconds that argv took. What it has written is what `said` tells then."""
        for fd in (self._out, self._err):
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
        began = time.perf_counter_ns()
        pid = self.spawn(argv, env, out)
        status = os.waitpid(pid, 0)[1]
        took = time.perf_counter_ns() - began
        code = os.waitstatus_to_exitcode(status)
        if expected is not None and code != expected:
            words = (self._read(self._err) or self._read(self._out)).strip().splitlines()
            raise Broken(f"{' '.join(argv)[:80]}: exit status {code}: {words[-1] if words else 'no word'}")
        return took / 1000

    def said(self):
        return self._read(self._out).strip()

    def complaint(self):
        return self._read(self._err).strip()

    def output(self, argv, env):
        self.time(argv, env)
        return self.said()

    @staticmethod
    def _read(fd):
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")


def in_turn(ours, theirs, rounds, drop, warm_up=WARM_UP):
    """Calls each side once a round: A B C, then C B A, so that nobody always has the same neighbour.

    ours, theirs: what to call, by its label; each gives a number. Of theirs, one that does not work is left out, and
    drop(label, why) is told; without ours there is no figure. The first rounds warm up and do not count.
    """
    sides = {**ours, **theirs}
    taken = {label: [] for label in sides}
    gc.collect()
    gc.disable()
    try:
        for turn in range(-warm_up, rounds):
            for label in list(sides) if turn % 2 == 0 else list(sides)[::-1]:
                try:
                    value = sides[label]()
                except (Broken, processes.Stuck, OSError) as error:
                    if label in ours:
                        raise
                    del sides[label], taken[label]
                    drop(label, str(error))
                    continue
                if turn >= 0:
                    taken[label].append(value)
    finally:
        gc.enable()
    return taken


@dataclass
class Row:
    """One line of a figure: a value of brood's, and where there is a peer its value and the ratio."""

    what: str
    unit: str
    brood: float
    peer_name: str = ""
    peer: float = None
    ratio: float = None
    low: float = None  # quartiles of the ratio
    high: float = None
    target: float = None  # of the ratio where there is one, else of the value
    rounds: int = 1
    samples: dict = field(default_factory=dict, repr=False)

    @property
    def met(self):
        if self.target is None:
            return None
        # What is printed is what counts: two decimals.
        return round(self.brood if self.ratio is None else self.ratio, 2) <= self.target


def compare(what, unit, ours, peer_name, theirs, target=None):
    """The ratio is the median of those within a round: what disturbs a round, disturbs both."""
    ratios = [a / b for a, b in zip(ours, theirs) if b]
    cut = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Row(what, unit, statistics.median(ours), peer_name, statistics.median(theirs),
               statistics.median(ratios), cut[0], cut[2], target, len(ratios), {"brood": ours, "peer": theirs})


def alone(what, unit, ours, target=None):
    return Row(what, unit, statistics.median(ours), target=target, rounds=len(ours), samples={"brood": ours})
