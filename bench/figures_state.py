"""Figures about many jobs: what they cost while they sleep, and how fast their records are read."""

import os
import time

import peers
import processes
from figures_launch import add
from measure import Broken, alone, compare, in_turn

SLEEPERS = 100


def brood_sleepers(shop, env, count):
    """Starts sleeping jobs; returns the pids of what watches them, all asleep."""
    for _ in range(count):
        shop.call.time([shop.brood, "start", "--", "sleep", peers.FOREVER], env)
    watchers = [pid for pid in processes.descendants() if processes.name(pid).startswith("brood-")]
    processes.await_asleep(watchers)
    return watchers


def per_job(pids):
    if not pids:
        raise Broken("there is nothing that watches")
    return [kib / SLEEPERS for kib in processes.memory(pids)]


def brood_memory(shop, method):
    brood = peers.Brood(shop, shop.memory, method)
    watchers = brood_sleepers(shop, brood.env, SLEEPERS)
    if len(watchers) < SLEEPERS:
        raise Broken(f"{len(watchers)} processes watch {SLEEPERS} jobs")
    used = per_job(watchers)
    shop.end()
    return used


def peer_memory(shop, peer):
    """That of the processes of one peer, of which each watches one sleeping service or job."""
    for number in range(SLEEPERS):
        if peer == "s6-supervise":
            directory = shop.services.fresh("service")
            with open(os.path.join(directory, "run"), "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\nexec sleep {peers.FOREVER}\n")
            os.chmod(file.name, 0o755)
            shop.call.spawn(["s6-supervise", directory], shop.memory.env)
        elif peer == "tini":
            shop.call.spawn(["tini", "-s", "--", "sleep", peers.FOREVER], shop.memory.env)
        else:
            env = {**shop.memory.env, "NQDIR": shop.memory.fresh("nq")}
            shop.call.time(["nq", "sleep", peers.FOREVER], env)

    def sleepers():
        return [pid for pid in processes.descendants() if processes.name(pid) == "sleep"]

    processes.await_that(lambda: len(sleepers()) == SLEEPERS, f"{SLEEPERS} jobs of {peer} do not start")
    watchers = [pid for pid in processes.descendants() if processes.name(pid) == peer]
    processes.await_asleep(watchers)
    used = per_job(watchers)
    shop.end()
    return used


def memory(shop):
    theirs = {peer: peer_memory(shop, peer) for peer in ("s6-supervise", "tini", "nq") if shop.have(peer)}
    rows = []
    for method, target in (("forkserver", 0.6), ("fork", 1.0)):
        dirty, share = brood_memory(shop, method)
        for peer, (their_dirty, _) in theirs.items():
            rows.append(compare(f"{method}, private dirty", "KiB", [dirty], peer, [their_dirty],
                                target if peer == "s6-supervise" else None))
        for peer, (_, their_share) in theirs.items():
            rows.append(compare(f"{method}, proportional share", "KiB", [share], peer, [their_share]))
        if not theirs:
            rows.append(alone(f"{method}, private dirty", "KiB", [dirty]))
    return rows


def read_all(files):
    """Microseconds to open, read and close each, in one loop: cat and its like do more for each file."""
    began = time.perf_counter_ns()
    for path in files:
        fd = os.open(path, os.O_RDONLY)
        os.read(fd, 16384)
        os.close(fd)
    return (time.perf_counter_ns() - began) / 1000


FEW, MANY = 1000, 10000


def status(shop):
    ours, theirs = {}, {}
    for count in (FEW, MANY):
        env = shop.records(count)
        jobs = os.path.join(env["BROOD_STATE_DIR"], "jobs")
        records = [f"{jobs}/{entry}/job.json" for entry in sorted(os.listdir(jobs))]
        files = [path for path in records if os.path.exists(path)]
        if len(files) != count:
            raise Broken(f"{len(files)} records of {count} jobs")
        theirs[f"reading {count} files"] = lambda files=files: read_all(files)
        ours[f"status of {count}"] = lambda env=env: shop.call.time([shop.brood, "status"], env, out=shop.call.null)
    for count in (FEW, MANY):
        shop.call.time([shop.brood, "status"], shop.records(count))
        if (lines := len(shop.call.said().splitlines())) < count:
            raise Broken(f"status shows {lines} lines for {count} jobs")
    taken = in_turn(ours, theirs, shop.rounds(21), shop.skip)
    rows = []
    for count in (FEW, MANY):
        target = 2.0 if count == FEW else None
        add(rows, taken, f"{count} ended jobs", f"status of {count}", f"reading {count} files", target)
    add(rows, taken, f"{MANY} ended jobs", f"status of {MANY}", f"status of {FEW}", 12.0)
    return rows


def names(shop):
    env = shop.records(MANY)
    name = f"job{MANY // 2}"
    number = shop.call.output([shop.brood, "status", "--field", "id", name], env)
    taken = in_turn({
        "by name": lambda: shop.call.time([shop.brood, "join", name], env),
        "by id": lambda: shop.call.time([shop.brood, "join", number], env),
    }, {}, shop.rounds(100), shop.skip)
    rows = []
    add(rows, taken, f"join of an ended job by name, among {MANY}", "by name", "by id", 1.5)
    return rows


IDLE_JOBS, IDLE_SECONDS = 1000, 10


def idle(shop):
    rows = []
    for method in ("fork", "forkserver"):
        brood = peers.Brood(shop, shop.memory, method)
        watchers = brood_sleepers(shop, brood.env, IDLE_JOBS)
        brood.job = "1"
        watchers.append(shop.call.spawn(brood.waiter(), brood.env))
        processes.await_asleep(watchers[-1:])

        def spent():
            return (sum(map(processes.cpu_ns, watchers)) / 1e6, sum(map(processes.switches, watchers)))

        cpu, woken = spent()
        if not cpu or not woken:
            raise Broken("what processes have used cannot be read here")
        time.sleep(IDLE_SECONDS)
        cpu_after, woken_after = spent()
        if missing := [pid for pid in watchers if processes.state(pid) != "S"]:
            raise Broken(f"{len(missing)} of {len(watchers)} processes that watch are gone")
        what = f"{method}: {len(watchers)} processes in {IDLE_SECONDS} s"
        rows.append(alone(f"{what}, CPU time", "ms", [cpu_after - cpu], 0.0))
        rows.append(alone(f"{what}, wake-ups", "", [woken_after - woken], 0.0))
        live = [shop.call.time([shop.brood, "status"], brood.env, out=shop.call.null) for _ in range(shop.rounds(5))]
        rows.append(alone(f"{method}: status of {IDLE_JOBS} live jobs", "µs", live))
        shop.end()
    return rows
