#!/usr/bin/env bash
# Standard streams and descriptors of background jobs: where they go, and that none of the caller's is held.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

printf 'first\nsecond\n' >input

# --- defaults
check 'stdin is empty' '0' "$(brood start -- sh -c 'wc -c | tr -d " "' >/dev/null <input; brood join 1; brood logs 1)"
printf '%s\n' 1 2 3 >lines
seen=
while read -r line; do
  brood start --name "in-loop-$line" -- cat >/dev/null
  brood wait "in-loop-$line" >/dev/null
  brood status "in-loop-$line" >/dev/null
  brood logs -f "in-loop-$line"
  brood join "in-loop-$line"
  brood terminate "in-loop-$line"
  brood rename "in-loop-$line" "looped-$line"
  brood close "looped-$line"
  seen="$seen $line"
done <lines
check 'no command eats the input of a loop' ' 1 2 3' "$seen"
brood start --name both -- sh -c 'echo out; echo err >&2; echo out again' >/dev/null
brood join both
check 'both streams go to one log, in their order' 'out
err
out again' "$(brood logs both)"
check 'which is a file' "$BROOD_STATE_DIR/jobs/$(field both id)/output.log" "$(field both logs.stdout)"
check 'for both' "$(field both logs.stdout)" "$(field both logs.stderr)"

# --- files
expect 'files' 0 '~[0-9]*' '' brood start --name files --stdin input --stdout out --stderr err -- sh -c 'cat; echo oops >&2'
brood join files
check '--stdin and --stdout' 'first
second' "$(cat out)"
check '--stderr' oops "$(cat err)"
brood start --name files --stdout out --stderr err -- sh -c 'echo third; echo again >&2' >/dev/null
brood join files
check 'they are appended to' 'first
second
third' "$(cat out)"
check 'stderr, too' 'oops
again' "$(cat err)"
brood start --name one --stdout one --stderr one -- sh -c 'echo 1; echo 2 >&2; echo 3' >/dev/null
brood join one
check 'one file for both keeps the order' '1
2
3' "$(cat one)"
brood start --name out-only --stdout only -- sh -c 'echo 1; echo 2 >&2' >/dev/null
brood join out-only
check 'stderr follows stdout' '1
2' "$(cat only)"
brood start --name err-only --stderr err-only -- sh -c 'echo 1; echo 2 >&2' >/dev/null
brood join err-only
check '--stderr alone leaves stdout in the log' 1 "$(brood logs --stdout err-only)"
check 'and stderr in its file' 2 "$(cat err-only)"
brood start --name devices --stdin /dev/zero --stdout /dev/null -- head -c 3 >/dev/null
expect 'devices' 0 '' '' brood join devices
mkfifo pipe
exec 8<>pipe
brood start --name piped --stdout pipe -- sh -c 'echo through the pipe' >/dev/null
read -r -t 60 -u 8 line
check 'a FIFO' 'through the pipe' "$line"
exec 8>&-
expect 'its modes are the user'\''s' 0 '640 640' '' bash -c '
  umask 027; "$BROOD" run --stdout new1 --stderr new2 -- true; echo $(stat -c %a new1 new2)'
mkdir dir
brood start --name there --cwd dir --stdout here -- pwd >/dev/null
brood join there
check 'names of files are those of the caller, not of --cwd' "$T/dir" "$(cat here)"

# --- two logs
brood start --name split --split-logs -- sh -c 'echo out; echo err >&2; echo out2' >/dev/null
brood join split
check '--split-logs: stdout' 'out
out2' "$(brood logs --stdout split)"
check '--split-logs: stderr' err "$(brood logs --stderr split)"
check 'two files' 'stdout.log stderr.log' "$(basename "$(field split logs.stdout)") $(basename "$(field split logs.stderr)")"

# --- descriptors
show='print join(" ", grep { -e "/proc/self/fd/$_" } 3 .. 40), "\n"'
open_in_job() { brood start --name fds "$@" >/dev/null && brood join fds && brood logs fds; brood close fds; }
exec 31<input 32>other 33<input
# Reading /proc/self/fd costs perl one descriptor at most: it stats names here, so none.
check 'none is inherited' '' "$(open_in_job -- perl -e "$show")"
check 'nor under spawn' '' "$(open_in_job --method spawn -- perl -e "$show")"
check '--pass-fd' '32' "$(open_in_job --pass-fd 32 -- perl -e "$show")"
check '--pass-fd twice, in any order' '31 33' "$(open_in_job --pass-fd 33 --pass-fd 31 --pass-fd 33 -- perl -e "$show")"
check '--pass-fd under spawn' '32' "$(open_in_job --method spawn --pass-fd 32 -- perl -e "$show")"
check 'it can be used' first "$(open_in_job --pass-fd 33 -- bash -c 'read -r line <&33; echo "$line"')"
inherited=$(open_in_job --inherit-fds -- perl -e "$show")
check '--inherit-fds' '31 32 33' "$(for fd in $inherited; do case $fd in 31 | 32 | 33) echo "$fd" ;; esac; done | xargs)"
exec 31<&- 32>&- 33<&-

# --- with closed streams
for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 1>&- 2>&-'; do
  eval '"$BROOD" start --name closed -- sh -c "cat; echo out; echo err >&2; exit 4" '"$closed" >/dev/null 2>&1
  check "start with $closed" 0 $?
  eval '"$BROOD" join closed '"$closed"
  check "join with $closed" 4 $?
  check "the job with $closed" 'out
err' "$(brood logs closed)"
  check "its record with $closed" 'exited 4' "$(field closed state) $(field closed exitcode)"
  check "run with $closed" 5 "$(eval '"$BROOD" run -- sh -c "exit 5" '"$closed"; echo $?)"
  brood close closed
done
check 'run hands on what is closed as the null device or closed, never as a file of brood' '' \
  "$("$BROOD" run -- perl -e 'open O, ">", "$ENV{T}/links"; for (0..2) { my $l = readlink("/proc/self/fd/$_") // "closed"; print O "$l\n" }' \
    <&- 2>&-; grep -vE '^(/dev/null|closed|pipe:.*|/.*/links)$' links)"

# --- nobody holds what is the caller's: the pipe that $( ) reads to its end, and a lock
expect 'a job runs' 0 '~[0-9]*' '' brood start --name holder -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"'
check 'it runs' up "$(hear up)"
for method in fork spawn; do
  id=$(timeout -s KILL 60 "$BROOD" start --method $method --name "quiet-$method" -- sleep 300 2>&1)
  check "$method: the pipe closes though the job runs" "0 running" "$? $(brood status "$id" --field state)"
  check "$method: so does that of a pipeline" "x" \
    "$(timeout -s KILL 60 bash -c '"$BROOD" start --method '$method' --name quiet2-'$method' -- sleep 300 2>&1 | cat >/dev/null; echo x')"
  expect "$method: a lock is free as soon as its holder has gone" 0 free '' bash -c '
    (exec 9>lock; flock 9; "$BROOD" start --method '$method' --name quiet3-'$method' -- sleep 300 >/dev/null)
    flock -n lock echo free'
done
for line in '--unique --name holder -- true:125' '-- ./missing:127' '--no-such-option:125' '--job holder:125'; do
  expect "a start that fails holds nothing, either: ${line%:*}" 0 "${line##*:} free" '' bash -c '
    (exec 9>lock; flock 9; "$BROOD" start '"${line%:*}"' >/dev/null 2>&1; echo -n "$? ")
    flock -n lock echo free'
done
# holds_file JOB FIELD: how many descriptors of that process lead to fd9
holds_file() { find "/proc/$(field "$1" "$2")/fd" -lname "$T/fd9" | wc -l; }
exec 9>fd9
brood start --name quiet4 -- sleep 300 >/dev/null
check 'no process of the job has a descriptor of the caller' '0 0' "$(holds_file quiet4 pid) $(holds_file quiet4 monitor_pid)"
exec 9>&-
# --inherit-fds is for the job; the monitor lets go when it has been passed on.
exec 9>fd9
brood start --name with-fds --inherit-fds -- sleep 300 >/dev/null
check 'with --inherit-fds the job has it, the monitor does not' '1 0' \
  "$(holds_file with-fds pid) $(holds_file with-fds monitor_pid)"
exec 9>&-
# A job that closes its output is not over, and one whose child keeps it open is.
tell go
expect 'the holder ends' 0 '' '' brood join holder
brood start --name quitter -- sh -c 'sleep 300 & exit 3' >/dev/null
expect 'join follows the target, not its pipe' 3 '' '' brood join quitter
brood start --name closer -- sh -c 'exec >&- 2>&-; echo up >"$T/up"; read -r _ <"$T/go"; exit 9' >/dev/null
check 'the closer runs' up "$(hear up)"
expect 'and is not over' 124 '' '' brood join -t 0 closer
tell go
expect 'until it ends' 9 '' '' brood join closer
brood kill quitter with-fds quiet4 quiet-fork quiet-spawn quiet2-fork quiet2-spawn quiet3-fork quiet3-spawn
