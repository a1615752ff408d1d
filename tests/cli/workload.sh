#!/usr/bin/env bash
# A day's work: a C program is built in parts side by side, collected as they end; one fails, one has to be stopped.
set -u
. "$(dirname "$0")/lib/cli.sh"
command -v make >/dev/null || skip_all 'make is not installed'
echo 'int main(void) { return 0; }' >try.c
cc -o try try.c 2>/dev/null && ./try || skip_all 'there is no C compiler that works'
command -v setsid >/dev/null || skip_all 'setsid is not installed'
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS LDFLAGS

cp -r "$data/workload" work
cd work || exit 1
mkfifo helper.up questions answers
make_line server.up
ln -s "$T/server.up" .

# --- started side by side
for part in count sieve broken server; do
  expect "start $part" 0 '~[0-9]*' '' brood start --name "build-$part" --label "part=$part" -- make "$part" BUILD="out-$part"
done
check 'four jobs, in the order of their starts' '["build-count","build-sieve","build-broken","build-server"]' \
  "$(brood --json status | perl -ne 'push @n, /"name":("[^"]*")/; END { print "[", join(",", @n), "]\n" }')"

# --- collected as they end
left=(build-count build-sieve build-broken)
outcome=
while [ ${#left[@]} -gt 0 ]; do
  ready=$(brood wait --any "${left[@]}") || break
  name=$(field "$ready" name)
  brood join "$ready"
  outcome="$outcome$name $?"$'\n'
  mapfile -t left < <(printf '%s\n' "${left[@]}" | grep -vxF "$name")
done
check 'each was collected once, with its own status' 'build-broken 2
build-count 0
build-sieve 0' "$(printf %s "$outcome" | sort)"
expect 'join of all tells the first failure' 2 '' '' brood join build-count build-broken build-sieve
expect 'or none' 0 '' '' brood join build-count build-sieve

# --- the logs
check 'the log of a part holds its commands and its result' '1 count: checked' \
  "$(brood logs build-count | grep -c 'cc .*-c -o out-count/words.o') $(brood logs build-count | tail -n 1)"
check 'and that of another its own' 'sieve: checked' "$(brood logs -n 1 build-sieve)"
check 'the reason of a failure is there' yes "$(brood logs build-broken | grep -q sentences && echo yes)"
check 'with the last word of make' yes "$(brood logs -n 1 build-broken | grep -q 'Error 1' && echo yes)"
check 'follow an ended one: all of it, and the end' "$(brood logs build-count)" "$(brood logs -f build-count)"
check 'what was built works' '1 lines, 2 words' "$(echo 'hello world' | ./out-count/count)"
check 'and nothing was built of the broken part' '' "$(ls out-broken)"

# --- one that has to be stopped
read -r _ server _ helper <<<"$(hear server.up)"
expect 'it serves' 0 running '' brood status build-server --field state
expect 'a question' 0 '2 3 5 7 11' '' bash -c 'echo 12 >questions; cat answers'
check 'so it was built' 'server: built' "$(brood logs -n 1 build-server)"
check 'it has a helper' 'alive alive' "$(liveness "$server") $(liveness "$helper")"
expect 'not over' 124 '' '' brood join -t 0 build-server
expect 'terminate' 0 '' '' brood terminate --grace 60 build-server
check 'make, the server and its helper are gone' 'gone gone gone' \
  "$(liveness "$(field build-server pid)") $(liveness "$server") $(liveness "$helper")"
status=$(brood join build-server; echo $?)
check 'the status is that of a stopped make' yes "$(case $status in 2 | 143) echo yes ;; *) echo "$status" ;; esac)"

# --- built again: nothing to do, under the same name
expect 'again' 0 '~[0-9]*' '' brood start --unique --name build-count -- make count BUILD=out-count
expect 'works' 0 '' '' brood join build-count
check 'nothing is compiled twice' 0 "$(brood logs build-count | grep -c 'cc ')"
# In the foreground, with a pipe.
check 'run in a pipe' 'sieve: checked' "$(brood run -- make -s sieve BUILD=out-sieve | tail -n 1)"
expect 'a failure in the foreground' 2 '~*' '~*sentences*' brood run make broken BUILD=out-broken2

# --- put away
check 'all have ended' '5 exited' "$(brood status | awk 'NR > 1 { print $3 }' | sort | uniq -c | xargs)"
expect 'close' 0 '' '' brood close --ended
expect 'nothing is left' 0 '' '' brood status
check 'nor a file of it' '' "$(ls "$BROOD_STATE_DIR/jobs")"
