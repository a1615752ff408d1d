#!/usr/bin/env python3
"""Measures brood and its peers, in turn, in one run.

README.md explains each figure; ./dev bench builds brood and calls this.
"""

import argparse
import os
import signal
import subprocess
import sys
import time

import figures_end
import figures_launch
import figures_state
import machine
import report
from measure import Broken
from processes import Stuck
from workshop import Workshop

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What a word measures, in the order in which it is done: those that start thousands of processes at the end.
FIGURES = {
    "run": (figures_launch.run, "brood run -- true, and others that run a command in the foreground"),
    "start": (figures_launch.start, "brood start -- true, until it returns"),
    "join": (figures_launch.join, "start and join of true"),
    "terminate": (figures_end.terminate, "ending a job that follows SIGTERM, until it is gone"),
    "end": (figures_end.end, "from the end of a job to the end of the join that waits for it"),
    "output": (figures_launch.output, "what a job writes, against plain redirection"),
    "names": (figures_state.names, "join by name, against join by id"),
    "status": (figures_state.status, "status of 1000 and of 10000 jobs, the whole process"),
    "memory": (figures_state.memory, "memory for each of 100 sleeping jobs, of all that watches them"),
    "many": (figures_launch.many, "1000 jobs of true, two at a time, from one shell loop"),
    "idle": (figures_state.idle, "CPU time of what watches 1000 sleeping jobs, and of a join"),
}

PACKAGES = ("task-spooler", "nq", "tini", "dumb-init", "s6", "runit", "supervisor", "parallel", "coreutils")


class Interrupted(BaseException):
    def __init__(self, number):
        super().__init__(number)
        self.number = number


def interrupt(number, _):
    # Once is enough: the tidying up is not to be interrupted.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def fail(words):
    print(f"bench: {words}", file=sys.stderr)
    sys.exit(125)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message)


def arguments():
    parser = Parser(prog="bench/run.py", description=__doc__.splitlines()[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help="figures to measure (default: all)")
    parser.add_argument("--brood", metavar="FILE", default=f"{TOP}/build/release/brood", help="the brood to measure")
    parser.add_argument("--rounds", metavar="N", type=int, help="rounds of each figure")
    parser.add_argument("--patience", metavar="SECS", type=float, default=5,
                        help="how long to wait before each figure for an idle machine (default: 5)")
    parser.add_argument("--json", metavar="FILE", default=f"{TOP}/build/bench.json",
                        help="where to write the figures, too")
    parser.add_argument("--list", action="store_true", help="list the names and leave")
    wanted = parser.parse_args()
    for name in wanted.names:
        if name not in FIGURES:
            fail(f"no such figure: {name}; there are {', '.join(FIGURES)}")
    if wanted.rounds is not None and wanted.rounds < 1:
        fail(f"--rounds {wanted.rounds}: is to be 1 or more")
    return wanted


def peer_versions():
    try:
        command = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES]
        said = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
    except OSError:
        return {}
    return dict(line.split() for line in said.splitlines() if len(line.split()) == 2)


def measure(shop, name, patience):
    """One figure, shown as soon as it is there."""
    function, title = FIGURES[name]
    idle = machine.await_idle(patience)
    began = time.monotonic()
    rows, failure = [], None
    try:
        rows = function(shop)
    except (Broken, Stuck, OSError) as error:
        failure = str(error)
    shop.end()
    print(f"\n{name}: {title}" + ("" if idle >= 0.93 else f" (machine only {idle:.0%} idle before)"))
    for line in report.lines(rows) if rows else ():
        print(line)
    if failure:
        print(f"  failed: {failure}")
    sys.stdout.flush()
    return {"name": name, "title": title, "idle_before": round(idle, 3),
            "seconds": round(time.monotonic() - began, 1), "failure": failure,
            "rows": [report.row_as_json(row) for row in rows]}


def measure_all(wanted):
    with Workshop(wanted.brood, wanted.rounds or 0) as shop:
        version, peers = shop.version(), peer_versions()
        facts = machine.facts(shop.places)
        facts["idle_before"] = machine.await_idle(wanted.patience)
        for line in report.machine_lines(version, facts, peers):
            print(line, flush=True)
        done = [measure(shop, name, wanted.patience) for name in FIGURES if not wanted.names or name in wanted.names]
        for what, why in shop.skipped:
            print(f"\nleft out: {what}: {why}" if (what, why) == shop.skipped[0] else f"left out: {what}: {why}")
        report.write_json(wanted.json, {"brood": version, "machine": facts, "peers": peers, "figures": done,
                                        "left_out": [{"what": what, "why": why} for what, why in shop.skipped]})
        return any(figure["failure"] or not figure["rows"] for figure in done)


def main():
    wanted = arguments()
    if wanted.list:
        for name, (_, title) in FIGURES.items():
            print(f"{name:<10} {title}")
        return 0
    wanted.brood, wanted.json = os.path.abspath(wanted.brood), os.path.abspath(wanted.json)
    if not os.access(wanted.brood, os.X_OK):
        fail(f"{wanted.brood}: no brood to measure; ./dev bench builds one")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        return 1 if measure_all(wanted) else 0
    except Interrupted as interrupted:
        return 128 + interrupted.number
    except (Broken, Stuck, OSError) as error:
        fail(str(error))


if __name__ == "__main__":
    sys.exit(main())
