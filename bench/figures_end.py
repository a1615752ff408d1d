"""Figures about ends: who waits for a job learns of it, and a job is ended."""

import os
import signal
import time

import peers
import processes
from figures_launch import add, beside, queues
from measure import alone, in_turn

KILLED = 128 + signal.SIGKILL


def seen_end(shop, queue, pid_file):
    """Microseconds from the kill of a job to the end of the command that waits for it."""
    queue.start(*peers.sleeper(pid_file))
    target = peers.await_sleeper(pid_file)
    waiter = shop.call.spawn(queue.waiter(), queue.env)
    processes.await_asleep([waiter])
    began = time.perf_counter_ns()
    os.kill(target, signal.SIGKILL)
    os.waitpid(waiter, 0)
    took = time.perf_counter_ns() - began
    queue.finish()
    return took / 1000


def seen_directly(shop, place):
    """The same where the target is a child of who waits: what the kernel takes for it."""
    target = shop.call.spawn(["sleep", peers.FOREVER], place.env)
    processes.await_that(lambda: processes.name(target) == "sleep", "sleep does not start")
    processes.await_asleep([target])
    began = time.perf_counter_ns()
    os.kill(target, signal.SIGKILL)
    os.waitpid(target, 0)
    return (time.perf_counter_ns() - began) / 1000


OTHER_JOBS, WAITERS = 100, 1000


def other_waiters(shop, place):
    """brood's and nq's: each has jobs that go on, and for each of them several that wait for it."""
    waiters = []
    brood = peers.Brood(shop, place)
    for _ in range(OTHER_JOBS):
        brood.start("sleep", peers.FOREVER)
        waiters += [shop.call.spawn(brood.waiter(), brood.env) for _ in range(WAITERS // OTHER_JOBS)]
    if shop.have("nq"):
        for _ in range(OTHER_JOBS):
            env = {**place.env, "NQDIR": place.fresh("nq")}
            shop.call.time(["nq", "sleep", peers.FOREVER], env)
            waiters += [shop.call.spawn(["nq", "-w"], env) for _ in range(WAITERS // OTHER_JOBS)]
    processes.await_asleep(waiters)
    shop.hold()


def end(shop):
    place = shop.memory
    pid_file = os.path.join(place.directory, "target")
    rows = []
    for others in (0, WAITERS):
        def side(queue):
            return lambda: seen_end(shop, queue, pid_file)
        theirs = {queue.label: side(queue) for queue in queues(shop, place)}
        if others:
            other_waiters(shop, place)
        else:
            theirs["its parent"] = lambda: seen_directly(shop, place)
        taken = in_turn({"brood": side(peers.Brood(shop, place))}, theirs, shop.rounds(40), shop.skip)
        beside(rows, taken, f"{others} others wait, too" if others else "one waits", "brood",
               {"nq": 1.3, "tsp": None, "its parent": None})
        shop.end()
    return rows


def terminate(shop):
    place = shop.memory
    theirs = {}

    def queue_side(queue, pid_file):
        def once():
            queue.start(*peers.sleeper(pid_file))
            target = peers.await_sleeper(pid_file)
            took = queue.stop()
            peers.await_gone(target)
            queue.finish()
            return took / 1000
        return once

    def service_side(service):
        def once():
            service.start()
            target = peers.await_sleeper(service.pid_file)
            took = service.stop()
            peers.await_gone(target)
            return took / 1000
        return once

    target = os.path.join(place.directory, "target")
    if shop.have(*peers.Tsp.programs):
        theirs["tsp"] = queue_side(peers.Tsp(shop, place), target)
    for service in (peers.S6, peers.Runit, peers.Supervisor):
        if shop.have(*service.programs):
            theirs[service.label] = service_side(service(shop, shop.services))
    taken = in_turn({"brood": queue_side(peers.Brood(shop, place), target)}, theirs, shop.rounds(15), shop.skip)
    shop.end()
    rows = [alone("terminate, until gone", "ms", taken["brood"], 5.0)]
    for name in theirs:
        add(rows, taken, "the same", "brood", name, unit="ms")
    return rows
