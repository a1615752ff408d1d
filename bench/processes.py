"""The processes that come of a measurement: all of them are found, waited for and, in the end, ended."""

import ctypes
import os
import select
import signal
import time

PR_SET_CHILD_SUBREAPER = 36
LONGEST_WAIT = 60  # seconds; for failures only


class Stuck(Exception):
    """Something that should have happened has not."""


def adopt_orphans():
    """From now on whatever loses its parent becomes a child of this process, so that nothing can get away."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _stat(pid):
    """The fields of /proc/PID/stat from the state on, or None. The name before them may contain anything."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2].split()
    except OSError:
        return None


def state(pid):
    fields = _stat(pid)
    return fields[0].decode() if fields else ""


def name(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""


def descendants():
    """Pids of all that come of this process, zombies among them."""
    below = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(entry)):
            below.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [os.getpid()]
    while todo:
        more = below.get(todo.pop(), [])
        found += more
        todo += more
    return found


def children():
    """Pids of the children of this process."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        return [pid for pid in descendants() if (fields := _stat(pid)) and int(fields[1]) == os.getpid()]


def settle(keep=frozenset()):
    """Waits until no child is left besides those to keep: what a call left to others is finished, too."""
    deadline = time.monotonic() + LONGEST_WAIT
    while rest := [pid for pid in children() if pid not in keep]:
        for pid in rest:
            await_end(pid, deadline)
            os.waitpid(pid, 0)


def await_end(pid, deadline):
    fd = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
            raise Stuck(f"process {pid} ({name(pid)}) does not end")
    finally:
        os.close(fd)


def end_all():
    """Kills all descendants, again and again: who is killed may have made others meanwhile."""
    deadline = time.monotonic() + LONGEST_WAIT
    while pids := descendants():
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # Not the others: who has become a child since has not been killed yet.
        for pid in set(children()).intersection(pids):
            await_end(pid, deadline)
            os.waitpid(pid, 0)


def await_that(condition, what):
    """Until condition() holds; looked at every millisecond, outside of what is timed."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Stuck(f"{what}: not within {LONGEST_WAIT} s")
        time.sleep(0.001)
    return found


def await_asleep(pids):
    """Until each of these processes waits for something: asleep at three looks in a row, without CPU time between."""
    def look():
        return [(fields[0], cpu_ns(pid)) for pid in pids if (fields := _stat(pid))]

    alike, last = 0, None
    deadline = time.monotonic() + LONGEST_WAIT
    while alike < 3:
        if time.monotonic() > deadline:
            raise Stuck("a process that should be waiting is not")
        time.sleep(0.002)
        now = look()
        alike = alike + 1 if now == last and all(field == b"S" for field, _ in now) else 0
        last = now


def cpu_ns(pid):
    """CPU time of a process with one thread, in nanoseconds; of one that is gone, 0."""
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])
    except OSError:  # a kernel without CONFIG_SCHED_INFO counts in ticks
        fields = _stat(pid)
        return sum(map(int, fields[11:13])) * (10**9 // os.sysconf("SC_CLK_TCK")) if fields else 0


def switches(pid):
    """How often a process has been put on a CPU by its own waking up."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))
    except OSError:
        return 0


def memory(pids):
    """Sums of private dirty memory and of the proportional share, in KiB."""
    dirty = share = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("Private_Dirty:"):
                    dirty += int(line.split()[1])
                elif line.startswith("Pss:"):
                    share += int(line.split()[1])
    return dirty, share
