"""What the multiprocessing scenarios begin with: `from scenario import *`. The start method is $PARITY_METHOD."""
import json
import multiprocessing as mp
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

from lines import await_end, await_state, hear, line, patience, path, state_of, tell

ctx = mp.get_context(os.environ["PARITY_METHOD"])
P = ctx.Process
_notes = {}

HOLD = "from lines import hear, tell; tell('{0}.up'); hear('{0}.go')"


def note(**values):
    _notes.update(values)


def outcome(action, *arguments):
    """What brood says with its exit status: "done", or "refused" by an exception."""
    try:
        action(*arguments)
    except Exception:  # whichever: that it is refused is what counts
        return "refused"
    return "done"


def text(code, **options):
    """A process that runs this text, which has nothing of ours but what it imports, under any start method."""
    return P(target=exec, args=(code, {}), **options)


def held(name="a", code=HOLD, **options):
    """A process that is up, and stays until it is told to go."""
    process = text(code.format(name), **options)
    process.start()
    hear(name + ".up")
    return process


def finish():
    print(json.dumps(_notes), flush=True)
