"""Where programs meet: FIFOs with one word a line, in the directory $PARITY_DIR.

Used by the test itself, by the multiprocessing scenarios and by what they launch. Nobody sleeps: who wants to go on
waits for a word. A word that never comes is an error after `patience` seconds, so that nothing hangs for ever.
And what both sides ask of /proc.
"""
import os
import select
import time

patience = 60
_open = {}


def path(name):
    return os.path.join(os.environ["PARITY_DIR"], name)


def line(name):
    """Its descriptor. Open for both directions, so that opening never blocks; no word is lost as long as anybody has it."""
    if name not in _open:
        try:
            os.mkfifo(path(name))
        except FileExistsError:
            pass
        _open[name] = os.open(path(name), os.O_RDWR)
    return _open[name]


def tell(name, word="go"):
    os.write(line(name), word.encode() + b"\n")


# Python notes a signal, and acts on it when the call that it came in returns. One that comes just before the call does
# not end it; so no call is long.
look = 0.2


def hear(name):
    word = b""
    give_up = time.monotonic() + patience
    while not word.endswith(b"\n"):
        while not select.select([line(name)], [], [], look)[0]:
            if time.monotonic() > give_up:
                raise TimeoutError(f"nobody says anything on '{name}'")
        word += os.read(line(name), 1)  # one by one: the rest is for whoever comes next
    return word.decode().rstrip("\n")


def forget_lines():
    for fd in _open.values():
        os.close(fd)
    _open.clear()


def state_of(pid):
    """Its letter in /proc; empty if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def await_end(pid, *others, seconds=None):
    """True when the process ends; False if something can be read from another descriptor first, or time runs out."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ready = select.select([fd, *others], [], [], patience if seconds is None else seconds)[0]
    os.close(fd)
    return ready == [fd]


def await_state(pid, letter):
    """There is no event for this one."""
    while state_of(pid) not in (letter, ""):
        os.sched_yield()
