#!/usr/bin/env bash
# Names are labels: what may be one, which job is meant by one, and who wins when many want the same.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line go ready gate

# --- what a name may be: each is refused before anything runs, or good for every command
refused() { # WHY NAME
  expect "refused: $(printf %q "$2")" 125 '' "~brood: read the command line: --name: '*' cannot be used: $1" \
    brood start --name "$2" -- sh -c 'echo >ran'
}
refused 'a name cannot be empty' ''
refused "a name cannot contain '/'" a/b
refused "a name cannot contain '/'" ../../evil
refused 'a name cannot be all digits: those are ids' 7
refused 'a name cannot be all digits: those are ids' 007
refused "a name cannot begin with '-' or '@'" @self
refused "a name cannot begin with '-' or '@'" @
refused 'a name cannot be longer than 255 bytes' "$(printf '%0256d' 0 | tr 0 n)"
refused 'a name cannot be longer than 255 bytes' "$(printf '%0128d' 0 | sed 's/0/ä/g')"
refused 'a name must be UTF-8' $'caf\xe9'
for control in $'a\nb' $'a\tb' $'a\e[31mb' $'a\x7fb' $'a\xc2\x85b' $'a\xe2\x80\xaeb' $'a\xe2\x80\xa8b'; do
  refused 'a name cannot contain control characters' "$control"
done
expect 'a leading dash, too' 125 '' "brood: read the command line: --name: '-x' cannot be used: a name cannot begin with '-' or '@'" \
  brood start --name=-x -- sh -c 'echo >ran'
check 'none of them ran' missing "$([ -e ran ] && echo ran || echo missing)"
check 'nor left a state directory' missing "$([ -e state ] && echo state || echo missing)"
longest=$(printf '%0255d' 0 | tr 0 n)
umlauts=$(printf '%0127d' 0 | sed 's/0/ä/g')n
id=0
for name in . .. ... a..b 1.5 7a x@self 'two words' ' ' "it's" '"q"' '*' '$HOME' '~' '#' '\' '!' 'a=b' ':' 名前 "$longest" "$umlauts"; do
  id=$((id + 1))
  expect "usable: start $name" 0 $id '' brood start --name "$name" -- sh -c 'echo $$; read -r _ <"$T/go"; exit 3'
  check "usable: status $name" "$name" "$(field "$name" name)"
  expect "usable: is-alive $name" 0 '' '' brood is-alive -- "$name"
  tell go
  expect "usable: wait $name" 0 $id '' brood wait "$name"
  expect "usable: join $name" 3 '' '' brood join "$name"
  expect "usable: logs $name" 0 "$(field $id pid)" '' brood logs "$name"
  expect "usable: rename $name" 0 '' '' brood rename "$name" "new name"
  expect "usable: rename back $name" 0 '' '' brood rename "new name" "$name"
  expect "usable: close $name" 0 '' '' brood close "$name"
done
check 'no name became a file' 'authkey
jobs
names
next-id' "$(ls -A state)"
check 'and nothing is left of any' '' "$(ls -A state/jobs; find state/names -type f)"
check 'or anywhere else' 'gate go ready state ' "$(for file in .[!.]* *; do case $file in .out | .err) ;; *) printf '%s ' "$file" ;; esac; done)"

# --- which job is meant
export BROOD_STATE_DIR=$T/meant
expect 'an ended one' 0 1 '' brood start --name w -- sh -c 'exit 1'
expect 'another' 0 2 '' brood start --name w -- sh -c 'exit 2'
brood wait 1 2 >/dev/null
expect 'if none is live, the newest' 2 '' '' brood join w
expect 'the one that lives' 0 3 '' brood start --name w -- sleep 300
expect 'a later one that has ended' 0 4 '' brood start --name w -- sh -c 'exit 4'
brood wait 4 >/dev/null
expect 'the live one is meant, not the newest' 0 3 '' brood status w --field id
expect 'a created one is not live' 0 5 '' brood create --name w -- true
expect 'the live one is still meant' 0 3 '' brood status w --field id
expect 'now two live' 0 6 '' brood start --name w -- sleep 300
several="brood: find job 'w': it is 3, 6: several live jobs bear this name
hint: name one of them by its id"
for command in status join 'join -t 0' terminate kill 'kill -s TERM' close logs 'logs -f' 'status --field id'; do
  # shellcheck disable=SC2086  # words
  expect "ambiguous: $command" 125 '' "$several, or say --all" brood $command w
done
for command in wait 'wait --any' is-alive; do
  # shellcheck disable=SC2086
  expect "ambiguous: $command" 125 '' "$several" brood $command w
done
expect 'ambiguous: rename' 125 '' "$several" brood rename w other
expect 'nothing was done to either' 0 'running
running' '' brood status 3 6 --field state
expect '--all is every live one' 0 '3
6' '' brood status --all w --field id
expect 'an id is an id' 0 3 '' brood status 3 --field id
expect 'with zeros before it, too' 0 3 '' brood status 003 --field id
expect 'zero is none' 125 '' "brood: find job '0': no such job" brood status 0
expect 'nor is a huge one' 125 '' "brood: find job '99999999999999999999999': no such job" brood status 99999999999999999999999
expect 'an id that is not there is no name' 125 '' "brood: find job '77': no such job" brood status 77
expect 'a name that nobody bears' 125 '' "brood: find job 'v': no such job" brood join v
expect 'case matters' 125 '' "brood: find job 'W': no such job" brood join W
expect 'no prefixes' 125 '' "brood: find job 'w*': no such job" brood join 'w*'
expect 'named twice, done once' 0 '3' '' brood status 3 03 --field id
expect 'the good ones are done, the bad ones reported' 125 '3' "brood: find job 'v': no such job
brood: find job '77': no such job" brood status v 3 77 --field id
expect 'kill --all' 0 '' '' brood kill --all w
expect 'reached both' 0 'SIGKILL
SIGKILL' '' brood status 3 6 --field signal
expect 'if none is live, --all is the newest' 0 6 '' brood status --all w --field id
expect 'logs --all' 0 '' '' brood logs --all w
expect 'close --all closes the newest' 0 '' '' brood close --all w
expect 'then the next is meant: the created one' 0 5 '' brood status w --field id
expect 'the default name is the base name' 0 7 '' brood start -- /bin/sleep 300
expect 'by which it is found' 0 7 '' brood status sleep --field id
expect 'terminate --all' 0 '' '' brood terminate --all sleep
ln -s /bin/true 12
expect 'a base name that cannot be a name' 0 8 '' brood start -- ./12
expect 'is replaced' 0 job '' brood status 8 --field name

# --- rename
expect 'to be renamed' 0 9 '' brood start --name old -- sleep 300
expect 'a running job' 0 '' '' brood rename old new
expect 'bears the new name' 0 '9 running' '' sh -c 'echo "$("$BROOD" status new --field id) $("$BROOD" status 9 --field state)"'
expect 'the old one finds it no more' 125 '' "brood: find job 'old': no such job" brood status old
expect 'to the name it has' 0 '' '' brood rename new new
expect 'it is still found' 0 9 '' brood status new --field id
expect 'by its id' 0 '' '' brood rename 9 newer
expect 'not by what it had' 125 '' "brood: find job 'new': no such job" brood status new
expect 'a bad name' 125 '' "brood: name '12': a name cannot be all digits: those are ids" brood rename newer 12
expect 'another' 125 '' "brood: name 'a\\nb': a name cannot contain control characters" brood rename newer $'a\nb'
expect 'an empty one' 125 '' "brood: name '': a name cannot be empty" brood rename newer ''
expect 'leaves it as it was' 0 9 '' brood status newer --field id
brood kill newer
expect 'the end keeps the name' 0 'newer SIGKILL' '' sh -c 'echo "$("$BROOD" status 9 --field name) $("$BROOD" status newer --field signal)"'
expect 'an ended job' 0 '' '' brood rename newer newest
expect 'is found, with all that was known' 0 'SIGKILL' '' brood status newest --field signal
expect 'and by the old name no more' 125 '' "brood: find job 'newer': no such job" brood status newer
expect 'to the name it has, ended' 0 '' '' brood rename newest newest
expect 'it is found' 0 9 '' brood status newest --field id
expect 'onto a name that another bears' 0 '' '' brood rename newest w
expect 'the newest is meant' 0 9 '' brood status w --field id
expect 'unknown' 125 '' "brood: find job 'old': no such job" brood rename old new
expect 'two live jobs' 0 10 '' brood start --name one -- sleep 300
expect 'of two names' 0 11 '' brood start --name two -- sleep 300
expect 'may come to bear one' 0 '' '' brood rename two one
expect 'which is ambiguous then' 125 '' "brood: find job 'one': it is 10, 11: several live jobs bear this name
hint: name one of them by its id, or say --all" brood kill one
brood kill --all one

# --- inside jobs
expect 'outside' 125 '' "brood: find job '@self': this is not inside a job" brood status @self
expect 'outside, too' 125 '' "brood: find job '@parent': this is not inside a job" brood join @parent
expect 'another state directory is outside' 125 '' "brood: find job '@self': this is not inside a job" \
  env BROOD_JOB=9 "$BROOD" --state-dir "$T/elsewhere" status @self
export BROOD_STATE_DIR=$T/inside
expect 'a job in a job' 0 1 '' brood start --name outer -- sh -c '
  "$BROOD" status @self --field id; "$BROOD" status @parent; echo "parent: $?"
  "$BROOD" close @self; echo "close: $?"
  "$BROOD" start --name inner -- sh -c "
    \"\$BROOD\" status @self @parent --field name
    \"\$BROOD\" rename @self @parent; echo \"rename: \$?\"
    \"\$BROOD\" rename @self renamed
    \"\$BROOD\" rename @parent father
    exit 5"
  "$BROOD" join 2
  echo "join: $?"'
expect 'it ends' 0 1 '' brood wait 1
expect 'what the outer one saw' 0 "1
brood: find job '@parent': this job was not started inside another: no such job
parent: 125
brood: close job 1: it is still running
hint: brood terminate 1 ends it
close: 125
2
join: 5" '' brood logs 1
expect 'what the inner one saw' 0 "inner
outer
brood: name '@parent': a name cannot begin with '-' or '@'
rename: 125" '' brood logs 2
expect 'both have new names' 0 'father
renamed' '' brood status 1 2 --field name
expect 'run is a job, too' 0 3 '' brood run -- "$BROOD" status @self --field id
brood close father
expect 'a parent that has been closed' 125 '' "brood: find job 1: no such job" env BROOD_JOB=2 "$BROOD" status @parent

# --- ten at once
export BROOD_STATE_DIR=$T/raced
race() { # NAME OPTION COMMAND...: what they said to $1.N.out, $1.N.err, $1.N.status
  local name=$1 option=$2 i
  shift 2
  for i in 1 2 3 4 5 6 7 8 9 10; do
    (
      tell ready
      read -r _ <&"${line_fd[gate]}"
      "$BROOD" start "$option" --name "$name" -- "$@" >"$name.$i.out" 2>"$name.$i.err"
      echo $? >"$name.$i.status"
    ) &
  done
  for i in 1 2 3 4 5 6 7 8 9 10; do hear ready; done >/dev/null
  tell gate $'\n\n\n\n\n\n\n\n\n'
  wait
}
counted() { sort -n "$@" | uniq -c | awk '{ $1 = $1; print }'; }

race unique --unique sh -c 'echo "$BROOD_JOB" >>unique.ran; exec sleep 300'
check 'one is started, nine are refused' '1 0
9 125' "$(counted unique.*.status)"
winner=$(cat unique.*.out)
check 'one id is printed' 1 "$(cat unique.*.out | wc -l)"
check 'the nine name the one' "9 brood: start 'unique': job $winner: a live job bears this name" "$(counted unique.*.err)"
expect 'it is the only one' 0 "$winner" '' brood status --all unique --field id
expect '--unique against a live one, alone' 125 '' "brood: start 'unique': job $winner: a live job bears this name" brood start --unique --name unique -- true
brood kill unique
check 'only that one ran' "$winner" "$(cat unique.ran)"
expect 'an ended one is no obstacle' 0 '~[0-9]*' '' brood start --unique --name unique -- true

race reuse --reuse sleep 300
check 'all succeed' '10 0' "$(counted reuse.*.status)"
check 'with one and the same id' 1 "$(counted reuse.*.out | wc -l)"
check 'and in silence' '' "$(cat reuse.*.err)"
expect 'of the only job' 0 "$(cat reuse.1.out)" '' brood status --all reuse --field id
expect '--reuse, alone' 0 "$(cat reuse.1.out)" '' brood start --reuse --name reuse -- sh -c 'echo >ran'
expect '--reuse --json is its record' 0 "~{*\"id\":$(cat reuse.1.out),*\"state\":\"running\"*}" '' brood --json start --reuse --name reuse -- true
brood kill reuse
expect 'an ended one is not reused' 0 '~[0-9]*' '' brood start --reuse --name reuse -- sh -c 'exit 6'
expect 'but started anew' 6 '' '' brood join reuse
check 'the command of a reused job does not run' missing "$([ -e ran ] && echo ran || echo missing)"

# Each holds a lock for as long as it lives: two at once would show.
cat >alone.pl <<'E'
use Fcntl ":flock";
open my $lock, ">>", "alone.lock" or die;
unless (flock $lock, LOCK_EX | LOCK_NB) { open my $seen, ">>", "alone.overlaps"; print $seen "$$\n" }
select undef, undef, undef, undef;
E
race replace --replace perl alone.pl
check 'all succeed' '10 0' "$(counted replace.*.status)"
check 'with ten ids' 10 "$(counted replace.*.out | wc -l)"
check 'and in silence' '' "$(cat replace.*.err)"
mapfile -t ids < <(sort -n replace.*.out)
expect 'one is left: the last' 0 "${ids[9]}" '' brood status --all replace --field id
check 'nine were terminated, by the stop signal' '9 exited SIGTERM
1 running' "$(for id in "${ids[@]}"; do echo "$(field "$id" state) $(field "$id" signal)"; done | sed 's/ $//' | counted)"
check 'no two ever ran together' missing "$([ -e alone.overlaps ] && echo overlaps || echo missing)"
expect '--replace, alone' 0 '~[0-9]*' '' brood start --replace --name replace -- sh -c 'exit 9'
expect 'ends the one before' 0 SIGTERM '' brood status "${ids[9]}" --field signal
expect 'and is found' 9 '' '' brood join replace
expect '--replace where there is none' 0 '~[0-9]*' '' brood start --replace --name fresh -- sh -c 'exit 2'
expect 'just starts' 2 '' '' brood join fresh
# A failing launch: what stood before has gone, and nothing has come.
expect 'two live jobs of a name' 0 '~[0-9]*' '' brood start --name pair -- sleep 300
expect 'the second' 0 '~[0-9]*' '' brood start --name pair -- sleep 300
expect '--unique with two of them' 125 '' "~brood: start 'pair': job *: a live job bears this name" brood start --unique --name pair -- true
expect '--replace ends both' 0 '~[0-9]*' '' brood start --replace --name pair -- sh -c 'exit 3'
expect 'the new one is meant' 3 '' '' brood join pair
