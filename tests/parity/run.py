#!/usr/bin/env python3
"""Does brood do what multiprocessing does? `run.py METHOD`: one of fork, spawn and forkserver; `run.py list`: the list.

Each case runs the same scenario with Python's own multiprocessing and with $BROOD under this start method, and compares
what was seen in both. Whatever comes out differently must be in differences.py, and whatever is there must come out
differently: the list of deliberate differences is complete and true for the Python and the brood at hand.
"""
import ctypes
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import traceback

import cases_end
import cases_family
import cases_start
import lines
from differences import DIFFERENCES, EVERY, WITHOUT_COUNTERPART
from world import BROOD, World, end_children

CASES = cases_start.CASES + cases_end.CASES + cases_family.CASES
SITUATIONS = 40
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../man/brood-multiprocessing.7")
SUBREAPER = 36


def expected(case, key, method):
    """The entry that says that these two differ."""
    for entry in DIFFERENCES:
        if key in entry.where.get(case, ()) and method in entry.methods:
            return entry
    return None


def compare(case, method, python, brood):
    if python.keys() != brood.keys():
        yield f"what was seen: {sorted(python)} and {sorted(brood)}"
    for key in sorted(python.keys() & brood.keys()):
        entry = expected(case, key, method)
        seen = f"{key}: multiprocessing {python[key]!r}, brood {brood[key]!r}"
        if python[key] != brood[key] and not entry:
            yield f"{seen}: a difference that is not on the list"
        if python[key] == brood[key] and entry and not entry.some:
            yield f"{seen}: no difference any more, but on the list: {entry.title}"


def problems_of(case, method):
    world = World(method)
    found = []
    try:
        found += compare(case.__name__, method, *case(world))
    except Exception:  # one broken case must not hide the others
        found.append(traceback.format_exc())
    found += [f"left behind: {words}" for words in world.close()]
    return found


def run(method):
    if method not in multiprocessing.get_all_start_methods():
        print(f"this Python has no start method {method}")
        sys.exit(77)
    # What is left behind anywhere below comes to this process, which sees to its end.
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o022)
    failed = ran = 0
    for case in CASES:
        if method not in getattr(case, "methods", EVERY):
            continue
        problems = problems_of(case, method)
        ran += 1
        failed += bool(problems)
        for problem in problems:
            print(f"FAILED {case.__name__} ({case.__doc__}): {problem}")
    left = end_children()
    print(f"{ran} cases under {method}, {failed} failed")
    for words in left:
        print(f"left behind: {words}")
    sys.exit(1 if failed or left else 0)


def check_list():
    """The table is about cases that exist, the manual page has all of it, and no situation has been lost."""
    problems = []
    names = {case.__name__ for case in CASES}
    for entry in DIFFERENCES:
        problems += [f"differences.py: no case {case}" for case in entry.where if case not in names]
    with open(PAGE, encoding="utf-8") as file:
        items = {item.replace("\\&", "") for item in re.findall(r"(?m)^\.It (.*)$", file.read())}
    problems += [f"{PAGE}: lacks .It {entry.title}" for entry in DIFFERENCES if entry.title not in items]
    if len(CASES) + len(WITHOUT_COUNTERPART) != SITUATIONS:
        problems.append(f"{len(CASES)} cases and {len(WITHOUT_COUNTERPART)} without are not {SITUATIONS}")
    print("\n".join(problems) or f"{len(CASES)} cases, {len(WITHOUT_COUNTERPART)} without a counterpart, "
          f"{len(DIFFERENCES)} deliberate differences")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in (*EVERY, "list"):
        sys.exit(f"usage: run.py {'|'.join(EVERY)}|list")
    for variable in ("BROOD_JOB", "BROOD_START_METHOD"):
        os.environ.pop(variable, None)
    lines.patience = int(os.environ.get("PARITY_PATIENCE", lines.patience))
    check_list() if sys.argv[1] == "list" else run(sys.argv[1])
