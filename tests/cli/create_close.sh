#!/usr/bin/env bash
# `create` records and launches nothing, `start --job` launches it once, `close` forgets what is over.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

await_stop() {
  local began=$SECONDS state
  while [ $((SECONDS - began)) -lt 60 ]; do
    state=$(sed -n 's/.*) \(.\) .*/\1/p' "/proc/$1/stat")
    [ "$state" = T ] && return
  done
  fail "process $1 stops"
}

# --- create
expect 'create prints the id' 0 1 '' brood create --name c -- sh -c 'echo >ran; exit 3'
expect 'it is created' 0 created '' brood status c --field state
check 'and has no process' '' "$(field c pid)"
check 'nor an end' '' "$(field c exitcode)"
check 'nor a beginning' '' "$(field c started_at)"
expect 'it is not alive' 1 '' '' brood is-alive c
check 'nothing ran' missing "$([ -e ran ] && echo ran || echo missing)"
expect 'its output is empty' 0 '' '' brood logs c
expect 'there is nothing to follow' 125 '' 'brood: follow the output of job 1: it has not been started' brood logs -f c
expect 'it cannot be joined' 125 '' 'brood: wait for job 1: it has not been started
hint: brood start --job 1 starts it' brood join c
expect 'nor terminated' 125 '' 'brood: terminate job 1: it has not been started' brood terminate c
expect 'nor killed' 125 '' 'brood: kill job 1: it has not been started' brood kill c
expect 'nor signalled' 125 '' 'brood: signal job 1: it has not been started' brood kill -s USR1 c
expect 'start it' 0 1 '' brood start --job c
expect 'it ends as its command does' 3 '' '' brood join 1
check 'it ran' ran "$([ -e ran ] && echo ran || echo missing)"
expect 'the command can be one that does not exist yet' 0 2 '' brood create -- ./later
expect 'json is the record' 0 '~{*"id":3,*"state":"created"*}' '' brood create --json -- true
expect 'without a command' 125 '' 'brood: launch a job: no command was given' brood create
expect 'no command of its own for a created job' 125 '' 'brood: start a created job: it has its command already' brood start --job 2 -- true
expect 'an unknown one' 125 '' "brood: find job '77': no such job" brood start --job 77

# --- start --job: once only
expect 'twice' 125 '' 'brood: start job 1: it was started before' brood start --job 1
expect 'changes nothing' 0 3 '' brood status 1 --field exitcode
expect 'a long one' 0 4 '' brood create -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"; echo said'
expect 'is started' 0 4 '' brood start --job 4
check 'it runs' up "$(hear up)"
expect 'while it runs' 125 '' 'brood: start job 4: it was started before' brood start --job 4
tell go
expect 'it has not been disturbed' 0 '' '' brood join 4
expect 'nor its output' 0 said '' brood logs 4
expect 'a job that was started at once' 0 5 '' brood start -- true
brood wait 5 >/dev/null
expect 'is no created one' 125 '' 'brood: start job 5: it was started before' brood start --job 5

# Ten callers, one launch.
expect 'for ten' 0 6 '' brood create -- sh -c 'echo ran >>ten.ran'
for i in 1 2 3 4 5 6 7 8 9 10; do
  ("$BROOD" start --job 6 >"ten.$i.out" 2>"ten.$i.err"; echo $? >"ten.$i.status") &
done
wait
check 'one succeeds' '1 0
9 125' "$(sort -n ten.*.status | uniq -c | awk '{ $1 = $1; print }')"
check 'the others say why' '9 brood: it was started before' "$(sed 's/^brood: .*: /brood: /' ten.*.err | sort | uniq -c | awk '{ $1 = $1; print }')"
brood wait 6 >/dev/null
check 'it ran once' ran "$(cat ten.ran)"

# A slow caller, who has seen the job created, while another has started it and seen it end. It is stopped between its
# opening of one pipe, which has a writer, and of another, which has no reader.
mkfifo in out
expect 'for a slow caller' 0 7 '' brood create --stdin in --stdout out --split-logs -- sh -c 'echo "the output" >&2'
"$BROOD" start --job 7 >slow.out 2>slow.err &
slow=$!
exec {held}>in
kill -STOP $slow
await_stop $slow
rm in out
: >in
expect 'the quick one' 0 7 '' brood start --job 7
expect 'and its end' 0 '' '' brood join 7
kill -CONT $slow
exec {held}>&-
wait $slow
check 'the slow one is refused' '125  : it was started before' "$? $(cat slow.out) $(sed 's/.*: /: /' slow.err)"
check 'and harms nothing: the end' 'exited 0' "$(field 7 state) $(field 7 exitcode)"
expect 'nor the output' 0 'the output' '' brood logs 7
expect 'it can still be joined' 0 '' '' brood join 7

# --- all that was asked for is stored
mkdir dir
printf 'from input\n' >input
printf 'FILE=from file\nBOTH=file\n' >vars
export GIVEN=given REMOVED=removed
expect 'create with everything' 0 8 '' brood create --name all --label tier=one --cwd dir --env 'SECRET=s3cr3t value' --env BOTH=option \
  --env-file vars --env 'EMPTY=' --unset REMOVED --stdin input --umask 027 --nice 2 --limit nofile=77:88 --timeout 1h --grace 3 --stop-signal USR1 \
  --split-logs -- sh -c 'pwd; cat; echo "$SECRET|$BOTH|$FILE|${EMPTY-unset}|${REMOVED-unset}|$GIVEN"; umask; ulimit -Sn; ulimit -Hn; nice; echo "$BROOD_JOB" >&2'
check 'the values are in a file of the owner' '600' "$(stat -c %a state/jobs/8/environment)"
check 'but not in the record' '' "$(grep -F -e s3cr3t -e 'from file' state/jobs/8/job.json)"
check 'only their names' '["BOTH","EMPTY","FILE","SECRET"]' "$(sed -n 's/.*"set_env":\(\[[^]]*\]\).*/\1/p' state/jobs/8/job.json)"
rm vars
expect 'start it, with another environment' 0 8 '' env GIVEN=later REMOVED=again "$BROOD" start --job all
expect 'it ends well' 0 '' '' brood join all
expect 'it found all of it' 0 "$T/dir
from input
s3cr3t value|option|from file||unset|later
0027
77
88
$(($(nice) + 2))" '' brood logs --stdout all
expect 'and its id' 0 8 '' brood logs --stderr all
expect 'the label' 0 one '' brood status all --field labels.tier
expect 'the limit' 0 3600.0 '' brood status all --field timeout
check 'the record names its directory in full' "$T/dir" "$(field all cwd)"
brood close all
# What the record says of the directory and of the files holds wherever the job is started from.
expect 'create here' 0 9 '' brood create --stdin input --stdout output -- sh -c 'cat; pwd'
expect 'start elsewhere' 0 9 '' sh -c 'cd / && exec "$BROOD" start --job 9'
brood wait 9 >/dev/null 2>&1
expect 'the directory is that of creation, and so are relative files' 0 "from input
$T" '' brood logs 9
brood close 9
expect 'the stop signal is stored' 0 10 '' brood create --stop-signal USR1 -- perl -e '
  $SIG{USR1} = sub { exit 12 }; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef'
expect 'start' 0 10 '' brood start --job 10
check 'it waits' up "$(hear up)"
expect 'terminate' 0 '' '' brood terminate 10
expect 'sends that one' 12 '' '' brood join 10
expect 'a time limit is stored' 0 11 '' brood create --timeout 0.1 -- sleep 300
expect 'start it' 0 11 '' brood start --job 11
expect 'it is ended' 143 '' '' brood join 11
expect 'by the limit' 0 timeout '' brood status 11 --field reason
expect 'the method is stored' 0 12 '' brood create --method spawn -- sh -c 'exit 4'
expect 'start' 0 12 '' brood start --job 12
expect 'it ends' 4 '' '' brood join 12
expect 'as spawned' 0 spawn '' brood status 12 --field start_method
expect 'a created job can be renamed' 0 13 '' brood create --name before -- sh -c 'exit 6'
expect 'rename' 0 '' '' brood rename before after
expect 'start under the new name' 0 13 '' brood start --job after
expect 'which it keeps' 6 '' '' brood join after

# --- a launch that fails leaves it created
expect 'not there' 127 '' "brood: execute './later': No such file or directory" brood start --job 2
expect 'still created' 0 created '' brood status 2 --field state
check 'without a process' '' "$(field 2 pid)"
check 'or a beginning' '' "$(field 2 started_at)"
check 'with the record only' job.json "$(ls -A state/jobs/2)"
printf 'exit 5\n' >later
expect 'not executable' 126 '' "brood: execute './later': Permission denied" brood start --job 2
expect 'created all the same' 0 created '' brood status 2 --field state
chmod +x later
expect 'now it can be' 0 2 '' brood start --job 2
expect 'and runs' 5 '' '' brood join 2
expect 'a directory that is missing' 0 14 '' brood create --cwd dir/sub --env A=1 -- sh -c 'echo "$A"'
expect 'is found missing at the start' 125 '' "brood: change to directory '$T/dir/sub': No such file or directory" brood start --job 14
mkdir dir/sub
expect 'once it is there' 0 14 '' brood start --job 14
brood join 14
expect 'it runs, with its values' 0 1 '' brood logs 14
expect 'so is an input' 0 15 '' brood create --stdin missing -- cat
expect 'no input' 125 '' "brood: open '$T/missing': No such file or directory" brood start --job 15
expect 'created' 0 created '' brood status 15 --field state

# --- close
expect 'a running job' 0 16 '' brood start --name live -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"'
check 'it is up' up "$(hear up)"
expect 'is refused' 125 '' 'brood: close job 16: it is still running
hint: brood terminate 16 ends it' brood close live
expect 'and goes on' 0 running '' brood status live --field state
expect 'several: the others are closed' 125 '' 'brood: close job 16: it is still running
hint: brood terminate 16 ends it' brood close 1 live 3
expect 'an ended one is gone' 125 '' "brood: find job '1': no such job" brood status 1
expect 'and a created one' 125 '' "brood: find job '3': no such job" brood status 3
check 'with their files' '' "$(ls -d state/jobs/1 state/jobs/3 2>/dev/null)"
tell go
brood wait live >/dev/null
expect 'once it has ended' 0 '' '' brood close live
expect 'it is unknown' 125 '' "brood: find job 'live': no such job" brood close live
expect 'an unknown id' 125 '' "brood: find job '16': no such job" brood close 16
expect 'unknown ones hinder no others' 125 '' "brood: find job '16': no such job
brood: find job 'live': no such job" brood close 16 4 live
expect 'those are closed' 125 '' "brood: find job '4': no such job" brood status 4
expect 'a job twice' 0 '' '' brood close 5 05
expect 'nothing' 125 '' 'brood: close: either JOB or --ended is wanted
hint: brood close --help' brood close
expect 'both' 125 '' 'brood: close: either JOB or --ended is wanted
hint: brood close --help' brood close --ended 6
expect 'older than what' 125 '' '~brood: read the command line: --older-than requires --ended*' brood close --older-than 1
expect 'a job whose keepers were killed, too' 0 17 '' brood start --name left -- sh -c 'echo $$ >"$T/up"; exec sleep 300'
target=$(hear up)
lose_keepers left
expect 'while its target lives it is live' 125 '' 'brood: close job 17: it is still running
hint: brood terminate 17 ends it' brood close left
kill -9 "$target"
await_ends 60 "$target"
expect 'then it is lost' 0 lost '' brood status left --field state
expect 'and can be closed' 0 '' '' brood close left
check 'with all its files' '' "$(ls -d state/jobs/17 2>/dev/null)"

# --- orphans
expect 'leaves a child behind' 0 18 '' brood start --name parent -- sh -c 'sh -c "echo \$\$ >\"\$T/up\"; exec sleep 300" & read -r pid <"$T/up"; echo $pid; exit 7'
expect 'it has ended' 7 '' '' brood join parent
child=$(brood logs parent)
check 'the child lives' alive "$(liveness "$child")"
expect 'it is counted' 0 1 '' brood status parent --field orphans
expect 'close refuses' 125 '' '~brood: close job 18*1*
hint: brood terminate 18 ends them' brood close parent
expect '--ended passes it over' 0 '' '' brood close --ended
expect 'it is still there' 0 7 '' brood status parent --field exitcode
check 'so is the child' alive "$(liveness "$child")"
expect 'terminate' 0 '' '' brood terminate parent
check 'ends the child' gone "$(liveness "$child")"
expect 'then it can be closed' 0 '' '' brood close parent

# --- --ended, --older-than
expect '--ended has closed the others, but not the created ones' 0 15 '' sh -c '"$BROOD" status | awk "NR > 1 { print \$1 }"'
expect 'of ended jobs' 0 19 '' brood start --name aged -- true
expect 'a second' 0 20 '' brood start --name young -- true
expect 'and a live one' 0 21 '' brood start --name live -- sleep 300
brood wait aged young >/dev/null
expect 'none is that old' 0 '' '' brood close --ended --older-than 1h
expect 'all are there' 0 '15
19
20
21' '' sh -c '"$BROOD" status | awk "NR > 1 { print \$1 }"'
# An hour is passed on to the record: the end is moved back, and the checksum made to fit.
cat >age.pl <<'E'
use Math::BigInt;
my $path = shift;
open my $f, "+<", $path or die;
sysread $f, my $text, 1 << 20;
my $old = "20" . sprintf("%02d", 1) . "-01-01T00:00:00";
$text =~ s/("ended_at":")[-0-9]+T[0-9:]+/$1$old/ or die;
my $head = substr $text, 26, index($text, "\n") + 1 - 26;
my $hash = Math::BigInt->from_hex("cbf29ce484222325");
my ($prime, $mask) = (Math::BigInt->from_hex("100000001b3"), Math::BigInt->from_hex("ffffffffffffffff"));
for my $byte (unpack "C*", $head) { $hash->bxor($byte); $hash->bmul($prime); $hash->band($mask) }
substr $text, 10, 16, sprintf "%016s", substr $hash->as_hex, 2;
sysseek $f, 0, 0;
syswrite $f, $text;
E
expect 'the first one ages' 0 '' '' perl age.pl state/jobs/19/job.json
expect 'to another century' 0 '~2001-01-01T00:00:00*' '' brood status aged --field ended_at
expect 'now one is' 0 '' '' brood close --ended --older-than 1h
expect 'only that one is gone' 0 '15
20
21' '' sh -c '"$BROOD" status | awk "NR > 1 { print \$1 }"'
expect 'older than nothing' 0 '' '' brood close --ended --older-than 0
expect 'is all that have ended' 0 '15
21' '' sh -c '"$BROOD" status | awk "NR > 1 { print \$1 }"'
brood kill live
brood close live 15
expect 'all closed' 0 '' '' brood status
check 'nothing is left of them' '' "$(ls -A state/jobs; find state/names -type f)"

# --- ids are never used again
expect 'after all have been closed' 0 22 '' brood start -- true
brood join 22
brood close 22
expect 'the next id is a new one' 0 23 '' brood create -- true
brood close 23
expect 'also after a created one' 0 24 '' brood create -- true
expect 'run takes one, too' 0 25 '' brood run -- sh -c 'echo "$BROOD_JOB"'
expect 'so it is missing afterwards' 0 26 '' brood create -- true
printf 'rubbish' >state/next-id
expect 'a damaged counter is made up for by the ids in use' 0 27 '' brood create -- true
rm state/next-id
expect 'so is one that is missing' 0 28 '' brood create -- true
printf '3\n' >state/next-id
expect 'no id in use is given out: one' 0 3 '' brood create -- true
printf '24\n' >state/next-id
expect 'the next that is free is' 0 25 '' brood create -- true
expect 'whose record is its own' 0 '24
25' '' brood status 24 25 --field id
