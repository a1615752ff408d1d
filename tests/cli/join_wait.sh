#!/usr/bin/env bash
# `join` and `wait`: who is waited for, what comes out, and in which order.
set -u
. "$(dirname "$0")/lib/cli.sh"

# held NAME STATUS: a job that runs until `tell NAME`
held() {
  make_line "$1"
  brood start --name "$1" -- sh -c "read -r _ <$1; exit $2" >/dev/null
}
ends() { # ends NAME: lets it go, and returns when it is over
  tell "$1"
  brood wait "$1" >/dev/null
}

# --- join: the status of one
for status in 0 1 99 255; do
  expect 'start' 0 '~[0-9]*' '' brood start --name "s$status" -- sh -c "exit $status"
  expect "join: $status" "$status" '' '' brood join "s$status"
done
for pair in HUP:129 KILL:137 PIPE:141 TERM:143; do
  brood start --name "sig${pair%:*}" -- sh -c "kill -${pair%:*} \$\$" >/dev/null
  expect "join: ${pair%:*}" "${pair#*:}" '' '' brood join "sig${pair%:*}"
done
brood start --name plain143 -- sh -c 'exit 143' >/dev/null
expect 'an exit with 143' 143 '' '' brood join plain143
check 'is not taken for a signal' '143 ' "$(field plain143 exitcode) $(field plain143 signal)"
check 'and the other way round' '-15 SIGTERM' "$(field sigTERM exitcode) $(field sigTERM signal)"

# --- any number of waiters, early and late, from anywhere
held many 9
for i in 1 2 3 4 5 6 7 8; do
  ("$BROOD" join many; echo "$?") >"joined.$i" &
done
(cd / && env -i "BROOD_STATE_DIR=$BROOD_STATE_DIR" "$(type -P setsid)" -w "$BROOD" join many; echo $?) >joined.9 &
ends many
wait
check 'all get the same answer' '9 9' "$(cat joined.* | sort | uniq -c | xargs)"
expect 'late ones, too' 9 '' '' brood join many
expect 'and again' 9 '' '' brood join many

# --- join several: the first that is not 0, in the order of the arguments
held a 0
held b 4
held c 0
held d 7
"$BROOD" join d b a &
joiner=$!
await_open $joiner "/jobs/$(field d id)/sentinel"
ends a
ends b
ends d
wait $joiner
check 'd b a, where b failed first' 7 $?
ends c
expect 'a b c d' 4 '' '' brood join a b c d
expect 'a d b' 7 '' '' brood join a d b
expect 'a c' 0 '' '' brood join a c
expect 'the same one twice' 4 '' '' brood join a b b a
expect 'by id and by name' 4 '' '' brood join "$(field b id)" b

# --- a time limit is for the one who waits
held slow 6
expect 'join -t 0 asks once' 124 '' '' brood join -t 0 slow
expect 'join with a limit' 124 '' '' brood join --timeout 50ms slow
expect 'wait -t 0' 124 '' '' brood wait -t 0 slow
expect 'wait with a limit prints what is ready' 124 "$(field a id)" '' brood wait -t 0.05 slow a
expect 'join of an ended and a running one' 124 '' '' brood join -t 0 b slow
expect 'the job has noticed nothing' 0 running '' brood status slow --field state
expect 'a limit that is not reached' 4 '' '' brood join -t 1h b
expect 'no limit' 4 '' '' brood join -t inf b
expect 'ended: -t 0 gives the status' 4 '' '' brood join -t 0 b
for pair in INT:130 TERM:143 HUP:129; do
  signal=${pair%:*}
  perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$BROOD" join slow &
  joiner=$!
  await_open $joiner "/jobs/$(field slow id)/sentinel"
  kill -$signal $joiner
  wait $joiner
  check "a waiter that gets SIG$signal dies of it" "${pair#*:}" $?
done
expect 'the job lives on' 0 running '' brood status slow --field state
ends slow
expect 'and ends as it would have' 6 '' '' brood join slow

# --- wait: ids in the order in which they became ready
held x 1
held y 2
held z 3
"$BROOD" wait x y z >order &
waiter=$!
await_open $waiter "/jobs/$(field z id)/sentinel"
make_line told
ends z
ends x
ends y
wait $waiter
check 'wait succeeds whatever the statuses' 0 $?
check 'order of readiness' "$(field z id)
$(field x id)
$(field y id)" "$(cat order)"
expect 'those that are ready already: in the order of the arguments' 0 "$(field x id)
$(field y id)
$(field z id)" '' brood wait x y z
expect 'none twice' 0 "$(field y id)
$(field x id)" '' brood wait y x "$(field y id)" y x

# --- any, all, count
held m 0
held n 0
held o 0
"$BROOD" wait --any m n o >any &
waiter=$!
await_open $waiter "/jobs/$(field o id)/sentinel"
tell n
wait $waiter
check '--any: the first' "0 $(field n id)" "$? $(cat any)"
expect '--any: one that is ready is enough' 0 "$(field n id)" '' brood wait --any m n o
"$BROOD" wait --count 2 m n o >count &
waiter=$!
await_open $waiter "/jobs/$(field o id)/sentinel"
tell o
wait $waiter
check '--count 2' "0 $(field n id) $(field o id)" "$? $(xargs <count)"
expect '--count 3 in no time' 124 "$(field n id)
$(field o id)" '' brood wait -t 0 --count 3 m n o
expect '--all in no time' 124 "$(field n id)
$(field o id)" '' brood wait --all -t 0 m n o
expect 'more than there are' 125 '' '~brood: wait for 4 of 3 jobs*' brood wait --count 4 m n o
expect 'duplicates count once' 125 '' '~brood: wait for 2 of 1 job*' brood wait --count 2 n n
ends m

# --- --for
brood create --name later -- sh -c 'read -r _ <later; exit 5' >/dev/null
make_line later
later=$(field later id)
"$BROOD" wait --for running later >running &
waiter=$!
await_open $waiter inotify
brood start --job later >/dev/null
wait $waiter
check '--for running' "0 $later" "$? $(cat running)"
expect 'it is running already' 0 "$later" '' brood wait --for running later
"$BROOD" wait --for exited later >exited &
waiter=$!
await_open $waiter "/jobs/$later/sentinel"
tell later
wait $waiter
check '--for exited' "0 $later" "$? $(cat exited)"
expect '--for ended' 0 "$later" '' brood wait --for ended later
expect 'a state that is past' 125 '' "~brood: wait for job $later: it is exited: the job can no longer come into that state*" \
  brood wait --for running later
expect 'no such state' 125 '' "~brood: *'finished' is not a state*" brood wait --for finished later
brood start --name stubborn -- perl -e '$SIG{TERM} = "IGNORE"; open F, ">", "$ENV{T}/told"; print F "up\n"; close F; sleep 300' >/dev/null
check 'a job that ignores SIGTERM' up "$(hear told)"
"$BROOD" wait --for stopping stubborn >stopping &
waiter=$!
await_open $waiter inotify
"$BROOD" terminate --grace 1h stubborn &
terminator=$!
wait $waiter
check '--for stopping' "0 $(field stubborn id)" "$? $(cat stopping)"
brood kill stubborn
wait $terminator
check 'terminate is content with that' 0 $?

# --- what cannot be waited for
expect 'an unknown job' 125 '' "brood: find job 'nobody': no such job" brood join nobody
expect 'an unknown id' 125 '' "brood: find job '4711': no such job" brood wait 4711
brood create --name unborn -- true >/dev/null
unborn=$(field unborn id)
expect 'join one that was never started' 125 '' "~brood: wait for job $unborn: it has not been started*" brood join unborn
expect 'wait, too' 125 '' "~brood: wait for job $unborn: it has not been started*" brood wait unborn
expect 'one of several: the others count' 125 "$(field a id)" '~brood: *it has not been started*' brood wait a unborn
expect 'but for a state that it may come into' 124 '' '' brood wait --for running -t 0 unborn
expect 'created is a state' 0 "$unborn" '' brood wait --for created unborn
expect 'join: unknown and known, the known status counts' 4 '' "brood: find job 'nobody': no such job" brood join nobody b
expect 'join: unknown and good' 125 '' "brood: find job 'nobody': no such job" brood join a nobody
expect 'wait: unknown and good' 125 "$(field a id)" "brood: find job 'nobody': no such job" brood wait nobody a
brood close unborn a
expect 'a closed one' 125 '' "brood: find job 'a': no such job" brood join a
# Closed while it is waited for: the one who waits has the status.
held brief 8
brief=$(field brief id)
"$BROOD" join brief &
joiner=$!
await_open $joiner "/jobs/$brief/sentinel"
tell brief
brood wait "$brief" >/dev/null
brood close "$brief"
wait $joiner
check 'closed at once after its end' 8 $?

# --- by --all
make_line twins
for _ in 1 2; do brood start --name twin -- sh -c 'read -r _ <twins; exit 3' >/dev/null; done
expect 'two of one name' 125 '' '~brood: find job '\''twin'\'': it is [0-9]*, [0-9]*: several live jobs bear this name
hint: *--all' brood join twin
tell twins
tell twins
expect '--all waits for both' 3 '' '' brood join --all twin

# --- many at once
seq 200 | xargs -I{} "$BROOD" start --name 'crowd{}' -- sh -c 'read -r _ <crowd; exit 0' >crowd-ids &
starter=$!
mkfifo crowd
exec 9<>crowd
wait $starter
mapfile -t crowd <crowd-ids
check 'two hundred jobs' 200 ${#crowd[@]}
"$BROOD" wait "${crowd[@]}" >crowd-ready &
waiter=$!
await_open $waiter "/jobs/${crowd[199]}/sentinel"
seq 200 >&9
wait $waiter
check 'one wait for all' 0 $?
check 'each id once' 200 "$(sort -u crowd-ready | wc -l)"
check 'and nothing else' "$(sort crowd-ids)" "$(sort crowd-ready)"
expect 'join them all' 0 '' '' brood join "${crowd[@]}"
exec 9>&-
# With few descriptors, as in many a container.
check 'a low soft limit of descriptors is no obstacle' '0 200' \
  "$(ulimit -Sn 64; brood wait "${crowd[@]}" >low 2>low-err; echo "$? $(wc -l <low)")"
expect 'close them all' 0 '' '' brood close "${crowd[@]}"

# --- json
expect 'join --json' 4 '~\[{*"exitcode":4*}\]' '' brood --json join b
expect 'wait --json' 0 '~\[{*"exitcode":4*}\]' '' brood --json wait b
