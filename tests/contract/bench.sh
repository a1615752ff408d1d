#!/usr/bin/env bash
# bench/run.py measures, with whichever other tools there are, says so in JSON, and leaves nothing behind, also when it
# is interrupted. What it measures is not judged here.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
: "${BROOD:?the command to measure}"
if [ -n "${BUILD_DIR-}" ] && grep -q '^BROOD_SANITIZE:STRING=.' "$BUILD_DIR/CMakeCache.txt"; then
  echo "skipped: a sanitizer build is not what is measured"
  exit 77
fi
T=$(mktemp -d "${TMPDIR:-/tmp}/brood-bench-test.XXXXXX")
trap 'rm -rf "$T"' EXIT
mkdir "$T/tmp"
export TMPDIR=$T/tmp

status=0
bad() {
  echo "$*"
  status=1
}
bench() { python3 -B bench/run.py --brood "$BROOD" --rounds 1 --patience 0 --json "$T/bench.json" "$@"; }

bench run start >"$T/out" 2>"$T/err" || bad "bench run start: exit status $?: $(cat "$T/err" "$T/out")"
[ ! -s "$T/err" ] || bad "bench run start: says $(head -3 "$T/err")"
grep -q '^  records on .* no wrapper ' "$T/out" || bad "no row for brood run: $(cat "$T/out")"
python3 -B - "$T/bench.json" <<'CHECK' || bad "bench.json is not as it should be"
import json, sys
document = json.load(open(sys.argv[1]))
figures = {figure["name"]: figure for figure in document["figures"]}
assert list(figures) == ["run", "start"], figures.keys()
assert document["brood"].startswith("brood "), document["brood"]
assert document["machine"]["cpus"] >= 1 and document["machine"]["kernel"]
for row in figures["run"]["rows"]:
    assert row["brood"] > 0 and row["peer"] > 0 and row["ratio"] > 0, row
    assert row["met"] == (None if row["target"] is None else round(row["ratio"], 2) <= row["target"]), row
    assert len(row["samples"]["brood"]) == row["rounds"] == 1, row
left_out = {entry["what"] for entry in document["left_out"]}
for peer in ("nq", "tsp"):
    measured = any(row["peer_name"] == peer for row in figures["start"]["rows"])
    assert measured != (peer in left_out), f"{peer} is neither measured nor left out, or both"
CHECK

known=$(bench --list | awk '{ printf "%s%s", sep, $1; sep = ", " }')
[ "$(bench nonsense 2>&1; echo $?)" = "bench: no such figure: nonsense; there are $known"$'\n125' ] ||
  bad "a wrong name: $(bench nonsense 2>&1)"
# A brood that does not work has no figures.
printf '#!/bin/sh\n[ "$1" = --version ] && echo brood 0 || exit 3\n' >"$T/broken"
chmod +x "$T/broken"
failures=$(bench --brood "$T/broken" run start) && bad "a brood that does not work is measured: $failures"
[ "$(grep -c "^  failed: .*exit status 3" <<<"$failures")" = 2 ] || bad "a brood that does not work: $failures"

while read -r name _; do
  grep -q "^| \`$name\` |" bench/README.md || bad "bench/README.md: lacks $name"
done < <(bench --list)

# Interrupted while jobs run that would never end: it ends them, and what watches them.
python3 -B - "$BROOD" "$T" <<'CHECK' || bad "an interrupted run leaves something behind"
import os, signal, subprocess, sys, time
sys.path.insert(0, "bench")
import processes
brood, directory = sys.argv[1:]

def identity(pid):
    """What tells a process from a later one with its pid; None for one that has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b") ")[2].split()
    except OSError:
        return None
    return None if fields[0] in b"ZX" else (pid, fields[19])

run = subprocess.Popen([sys.executable, "-B", "bench/run.py", "--brood", brood, "--patience", "0",
                        "--json", f"{directory}/none.json", "idle"], stdout=subprocess.DEVNULL)
deadline = time.monotonic() + 60
while [processes.name(pid) for pid in processes.descendants()].count("sleep") < 3:
    assert run.poll() is None and time.monotonic() < deadline, "no job starts"
seen = {identity(pid) for pid in processes.descendants()} - {None, identity(run.pid)}
assert any(processes.name(pid).startswith("brood-") for pid, _ in seen), "nothing watches"
run.send_signal(signal.SIGTERM)
assert run.wait(60) == 128 + signal.SIGTERM, run.returncode
left = [processes.name(pid) for pid, started in seen if identity(pid) == (pid, started)]
assert not left, left
assert os.listdir(f"{directory}/tmp") == [], os.listdir(f"{directory}/tmp")
assert not os.path.exists(f"{directory}/none.json"), "figures that were not finished"
CHECK
exit $status
