#!/usr/bin/env bash
# A thousand jobs at once through the fork server, which is killed half-way: every one of them keeps its status.
set -u
. "$(dirname "$0")/lib/cli.sh"
python3 -c 'import json' 2>/dev/null || skip_all 'python3 is not installed'
[ "$(ulimit -u)" = unlimited ] || [ "$(ulimit -u)" -ge 4000 ] || skip_all 'no more than 4000 processes are allowed'
make_line go

json() { python3 -c 'import json, sys; j = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
server() { brood --json forkserver status | json 'j.get("pid")'; }
number=1000
if grep -qa __ubsan_ "$BROOD"; then
  number=60
  skip_part 'a thousand: with a sanitizer it is sixty, for want of memory'
fi
half=$((number / 2))

start_half() {
  local n
  for ((n = 0; n < half; n++)); do
    # One byte for each: many read the same line, byte by byte.
    "$BROOD" start --method forkserver --name many -- sh -c 'read -r _ <"$T/go"; exit $((BROOD_JOB % 200))' || echo "failed: $?"
  done
}
start_half >ids
first=$(server)
check 'one half, of one server' "$half" "$(brood --json forkserver status | json 'j["jobs"]')"
kill -KILL "$first"
await_ends 60 "$first"
check 'all of them go on' "{'running': $half}" \
  "$(brood --json status | json 'dict(__import__("collections").Counter(x["state"] for x in j))')"
start_half >>ids
check 'the other half, of another server' "$half yes" \
  "$(brood --json forkserver status | json 'j["jobs"]') $([ "$(server)" != "$first" ] && echo yes)"
mapfile -t ids <ids
check 'they have all been started' "$(seq 1 "$number")" "$(cat ids)"
check 'all are alive at once' "{'running': $number}" \
  "$(brood --json status | json 'dict(__import__("collections").Counter(x["state"] for x in j))')"
check 'with monitors of their own' "$number" "$(brood --json status | json 'len({x["monitor_pid"] for x in j} - {0})')"
for _ in "${ids[@]}"; do tell go ''; done
brood --json join "${ids[@]}" >joined
check 'join tells the first status that is not 0' 1 $?
check 'and every one its own' "$number []" "$(json 'str(len(j)) + " " + str([x["id"] for x in j if x["exitcode"] != x["id"] % 200])' <joined)"
expect 'by name each is a job of its own' 0 '' '' brood close --ended
check 'nothing is left of them' '' "$(ls state/jobs)"
expect 'the server stops' 0 '' '' brood forkserver stop --force
