"""Figures about launching: run, start, start and join, many jobs, output."""

import json
import os

import peers
from measure import Broken, alone, compare, in_turn


def add(rows, taken, what, ours, theirs, target=None, unit="µs"):
    """A row, if both sides have been measured."""
    if ours in taken and theirs in taken:
        rows.append(compare(what, unit, taken[ours], theirs, taken[theirs], target))


def beside(rows, taken, what, ours, targets, unit="µs"):
    """A row for each peer that has been measured, with its target; if there is none, what is ours."""
    if ours not in taken:
        return
    if not any(peer in taken for peer in targets):
        rows.append(alone(what, unit, taken[ours]))
    for peer, target in targets.items():
        add(rows, taken, what, ours, peer, target, unit)


def run(shop):
    wrappers = {"env": ["env", "true"], "tini": ["tini", "-s", "--", "true"], "dumb-init": ["dumb-init", "true"]}
    ours, theirs = {}, {}
    for place in shop.places:
        within = [shop.brood, "status", "--field", "state", "@self"]
        said = shop.call.output([shop.brood, "run", "--", *within], place.env)
        if said != "running":
            raise Broken(f"a job that runs is not on record: {said!r}")
        ours[place.label] = lambda env=place.env: shop.call.time([shop.brood, "run", "--", "true"], env)
    for name, argv in wrappers.items():
        if shop.have(argv[0]):
            theirs[name] = lambda argv=argv: shop.call.time(argv, shop.disk.env)
    theirs["no wrapper"] = lambda: shop.call.time(["true"], shop.disk.env)
    taken = in_turn(ours, theirs, shop.rounds(150), shop.skip)
    rows = []
    for place in shop.places[::-1]:
        for name in wrappers:
            add(rows, taken, f"records on {place.label}", place.label, name, 1.0 if place.label == "tmpfs" else 1.25)
        add(rows, taken, f"records on {place.label}", place.label, "no wrapper")
    return rows


def queues(shop, place):
    """The queues that are there, each with a directory of its own in this place."""
    return [peer(shop, place) for peer in (peers.Nq, peers.Tsp) if shop.have(*peer.programs)]


def in_all_places(shop, once, targets, usual_rounds):
    """Rows of brood against each queue. once(queue): the time; what it leaves behind is waited for in between."""
    rows = []
    for place in shop.places[::-1]:
        def side(queue):
            def measured():
                took = once(queue)
                queue.finish()
                return took
            return measured
        theirs = {queue.label: side(queue) for queue in queues(shop, place)}
        taken = in_turn({"brood": side(peers.Brood(shop, place))}, theirs, shop.rounds(usual_rounds), shop.skip)
        beside(rows, taken, f"records on {place.label}", "brood", targets)
        shop.end()
    return rows


def start(shop):
    return in_all_places(shop, lambda queue: queue.start("true"), {"nq": 1.0, "tsp": 1.3}, 100)


def join(shop):
    return in_all_places(shop, lambda queue: queue.start("true") + queue.wait(), {"nq": 0.6, "tsp": 1.0}, 100)


JOBS = 1000

# Two at a time: whenever one has ended, the next is started.
BROOD_LOOP = f"""
left={JOBS}
set --
while [ $left -gt 0 ]; do
  set -- "$@" "$("$BROOD" start -- true)"
  left=$((left - 1))
  [ $# -eq 2 ] || continue
  for ended in $("$BROOD" wait --any "$@"); do
    rest=
    for job; do [ "$job" = "$ended" ] || rest="$rest $job"; done
    set -- $rest
  done
done
[ $# -eq 0 ] || "$BROOD" wait "$@" >/dev/null
"""

TSP_LOOP = f"""
left={JOBS}
while [ $left -gt 0 ]; do
  tsp true >/dev/null
  left=$((left - 1))
done
tsp -w
"""


def many(shop):
    def looped(brood):
        took = shop.call.time(["sh", "-c", BROOD_LOOP], {**brood.env, "BROOD": shop.brood})
        brood.finish()
        states = [job["state"] for job in json.loads(shop.call.output([shop.brood, "--json", "status"], brood.env))]
        if len(states) != JOBS or set(states) != {"exited"}:
            raise Broken(f"{len(states)} jobs on record: {', '.join(sorted(set(states)))}")
        shop.call.time([shop.brood, "close", "--ended"], brood.env)
        return took / 1000

    def spooled():
        took = shop.call.time(["sh", "-c", TSP_LOOP], tsp.env)
        tsp.finish()
        return took / 1000

    place = shop.memory
    ours, theirs = {}, {}
    for method in ("fork", "forkserver"):
        brood = peers.Brood(shop, place, method)
        if method == "forkserver":
            shop.call.time([shop.brood, "forkserver", "start"], brood.env)
            shop.hold()
        ours[method] = lambda brood=brood: looped(brood)
    if shop.have("tsp"):
        tsp = peers.Tsp(shop, place, slots=2)
        theirs["tsp"] = spooled
    if shop.have("parallel"):
        command = ["sh", "-c", f"seq {JOBS} | parallel -j2 true"]
        theirs["parallel"] = lambda: shop.call.time(command, place.env) / 1000
    taken = in_turn(ours, theirs, shop.rounds(3), shop.skip, warm_up=0)
    shop.end()
    rows = []
    for method in ours:
        beside(rows, taken, method, method, {"tsp": 1.3, "parallel": None}, "ms")
    return rows


BYTES = 256 << 20


def output(shop):
    """The rate at which a target writes, by its own clock."""
    place = shop.memory
    brood = peers.Brood(shop, place)
    brood.start("readlink", "/proc/self/fd/1")
    brood.wait()
    log = shop.call.output([shop.brood, "logs", brood.job], brood.env)
    if not log.startswith(place.directory):
        raise Broken(f"the target's standard output is not its log but {log}")
    target = ["dd", "if=/dev/zero", f"count={BYTES >> 16}", "bs=64k"]

    def seconds(text):
        return float(text.splitlines()[-1].split(" copied, ")[1].split()[0])

    def ours():
        shop.call.time([shop.brood, "start", "--split-logs", "--", *target], brood.env)
        brood.job = shop.call.said()
        brood.wait()
        brood.finish()
        took = seconds(shop.call.output([shop.brood, "logs", "--stderr", brood.job], brood.env))
        shop.call.time([shop.brood, "close", brood.job], brood.env)
        return took * 1000

    def plain():
        path = os.path.join(brood.env["TMPDIR"], "plain")
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            shop.call.time(target, place.env, out=file)
            return seconds(shop.call.complaint()) * 1000
        finally:
            os.close(file)
            os.unlink(path)

    taken = in_turn({"brood": ours}, {"plain redirection": plain}, shop.rounds(11), shop.skip)
    rows = []
    add(rows, taken, f"{BYTES >> 20} MiB by dd, on {place.label}", "brood", "plain redirection", 1.0, "ms")
    return rows
