#!/usr/bin/env bash
# `forkserver` and --method forkserver: a server that is there when it is needed and gives its jobs nothing of its own.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go held

server() { brood --json forkserver status | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }
jobs_of_server() { brood --json forkserver status | sed -n 's/.*"jobs":\([0-9]*\).*/\1/p'; }
parent_of() { sed -n 's/.*) . \([0-9]*\) .*/\1/p' "/proc/$1/stat"; }
# start WORDS...: a job of the server
start() { brood start --method forkserver "$@"; }
# A job that has no monitor any more and yet is not over waits for `go`: its exit status is its id modulo 200.
waiter='echo up >"$T/up"; read -r _ <"$T/go"; exit $((BROOD_JOB % 200))'
# No new server is to be found in the way of the old one, and nothing of it is left.
gone() {
  expect "$1" 1 'not running' '' brood forkserver status
  check "$1: nothing but its lock is left" lock "$(ls state/forkserver)"
}

# --- bad words: one clear line, and nothing is done
wanted="start, status or stop is wanted"
expect 'no action' 125 '' '~brood: read the command line: *' brood forkserver
expect 'an unknown action' 125 '' "brood: forkserver 'frobnicate': $wanted" brood forkserver frobnicate
expect 'one that is nearly right' 125 '' "brood: forkserver 'Start': $wanted" brood forkserver Start
expect 'one that would write to the terminal' 125 '' "brood: forkserver '\\e[2J\\nx': $wanted" brood forkserver $'\e[2J\nx'
expect 'an empty one' 125 '' "brood: forkserver '': $wanted" brood forkserver ''
expect 'two' 125 '' '~brood: read the command line: *' brood forkserver start stop
for value in soon -1 '' 1x '1 2' nan; do
  expect "--idle '$value'" 125 '' "~brood: read the command line: --idle: '$value' *" brood forkserver start "--idle=$value"
done
expect '--idle without a value' 125 '' '~brood: read the command line: --idle*' brood forkserver start --idle
for action in status stop; do
  expect "--idle with $action" 125 '' '~brood: *--idle: only with forkserver start*' brood forkserver $action --idle 5
done
for action in start status; do
  expect "--force with $action" 125 '' '~brood: *--force: only with forkserver stop*' brood forkserver $action --force
done
expect 'an option of another command' 125 '' '~brood: read the command line: *' brood forkserver start --all
expect 'as JSON' 125 '~{"error":{"code":"bad_value",*' '~brood: *' brood --json forkserver frobnicate
expect 'an unknown method' 125 '' '~brood: read the command line: --method: *forkserver*' brood start --method forkservers -- true
expect '--inherit-fds' 125 '' '~brood: inherit descriptors: not under start method forkserver*' start --inherit-fds -- true
expect 'without a server: status' 1 'not running' '' brood forkserver status
expect 'as JSON' 1 '{"running":false}' '' brood --json forkserver status
expect 'stop' 0 '' '' brood forkserver stop
expect 'stop --force' 0 '' '' brood forkserver stop --force
check 'none of this has made a state directory' no "$([ -e state ] && echo yes || echo no)"
expect '--help' 0 '~*start, status or stop*--idle*--force*' '' brood forkserver --help

# --- on demand, by whoever comes first; and nobody's pipe or lock is kept
expect 'a command in the foreground needs none' 3 '' '' brood run --method forkserver -- sh -c 'exit 3'
expect 'so there is none' 1 'not running' '' brood forkserver status
expect 'a pipeline ends with its start' 0 2 '' bash -c '"$BROOD" start --method forkserver -- sleep 300 | cat'
first=$(server)
check 'there is a server now' "alive brood-server" "$(liveness "$first") $(cat "/proc/$first/comm")"
expect 'status' 0 "running, pid $first, 1 job" '' brood forkserver status
expect 'as JSON' 0 "~{\"running\":true,\"pid\":$first,\"jobs\":1,\"adopted\":0,\"started_at\":\"20[0-9][0-9]-*Z\",\"idle\":30.0}" '' \
  brood --json forkserver status
check 'the job was made by it' "forkserver $first" "$(field 2 start_method) $(parent_of "$(field 2 monitor_pid)")"
expect 'start, where one is running, makes none' 0 '' '' brood forkserver start --idle 1h
expect 'and leaves it as it is' 0 "~{\"running\":true,\"pid\":$first,*\"idle\":30.0}" '' brood --json forkserver start
expect 'the name of an action may come after an option' 0 "~running, pid $first,*" '' brood forkserver --state-dir "$T/state" status
expect 'another state directory has none' 1 'not running' '' brood --state-dir "$T/other" forkserver status
check 'and is not made' no "$([ -e other ] && echo yes || echo no)"

# --- one that cannot be made says why
mkdir -p state3/forkserver/record.new
chmod 700 state3 state3/forkserver
cannot="start the fork server: remove 'record.new': Is a directory"
expect 'forkserver start tells it' 125 '' "brood: $cannot" brood --state-dir state3 forkserver start
expect 'and start, which needs one' 125 '' "brood: start 'true': $cannot" brood --state-dir state3 start --method forkserver -- true
rmdir state3/forkserver/record.new
expect 'later it can' 0 1 '' brood --state-dir state3 start --method forkserver -- true
expect 'and ends' 0 '' '' brood --state-dir state3 join 1
expect 'it goes' 0 '' '' brood --state-dir state3 forkserver stop --force

# --- stop
expect 'stop is refused while there are jobs' 125 '' 'brood: stop the fork server: 1 alive: the fork server has jobs
hint: --force stops it all the same; its jobs go on' brood forkserver stop
expect 'with a code' 125 '~{"error":{"code":"server_busy",*"hint":"--force *' '~*' brood --json forkserver stop
check 'and changes nothing' "$first alive" "$(server) $(liveness "$first")"
expect 'stop --force' 0 '' '' brood forkserver stop --force
await_ends 60 "$first"
check 'the server has gone' gone "$(liveness "$first")"
gone 'after stop --force'
expect 'its job goes on' 0 '' '' brood is-alive 2
expect 'and can be ended' 0 '' '' brood terminate 2
expect 'with its status' 143 '' '' brood join 2
expect 'a job through a new one' 0 3 '' start -- sh -c 'exit 5'
expect 'which ends' 5 '' '' brood join 3
second=$(server)
check 'another server' yes "$([ "$second" != "$first" ] && echo yes)"
expect 'a job that is over is no reason to stay' 0 '' '' brood forkserver stop
await_ends 60 "$second"
gone 'after stop'

# --- idle
expect 'start' 0 '' '' brood forkserver start --idle 1ms
expect 'it may be gone by now, or not' 0 '~*' '' sh -c '"$BROOD" forkserver status; [ $? -le 1 ]'
second=$(server)
[ -z "$second" ] || await_ends 60 "$second"
check 'left without a job it leaves' gone "$(liveness "${second:-$first}")"
gone 'after its time'
expect 'start, to stay' 0 '~{"running":true,*"idle":null}' '' brood --json forkserver start --idle inf
expect 'stop' 0 '' '' brood forkserver stop
expect 'start, to leave soon' 0 '' '' brood forkserver start --idle 0.2
expect 'a job' 0 4 '' start -- sh -c "$waiter"
hear up >/dev/null
second=$(parent_of "$(field 4 monitor_pid)")
expect 'one that waits' 0 5 '' start -- sh -c 'read -r _ <"$T/held"'
tell go
expect 'which is joined' 4 '' '' brood join 4
expect 'the other one is reason enough' 0 "~running, pid $second, [12] job*" '' brood forkserver status
tell held
brood join 5
await_ends 60 "$second"
gone 'after its last job'

# --- twenty at once make one server
starters=()
for i in {1..20}; do
  (read -r _ <"$T/held"; start --name twenty -- sleep 300) >"out.$i" 2>&1 &
  starters+=($!)
done
for _ in "${starters[@]}"; do tell held ''; done
wait "${starters[@]}"
mapfile -t ids < <(sort -n out.*)
check 'twenty jobs' 20 "$(printf '%s\n' "${ids[@]}" | grep -cx '[0-9]*')"
check 'of one server' "$(server)" \
  "$(for id in "${ids[@]}"; do parent_of "$(field "$id" monitor_pid)"; done | sort -u)"
check 'which knows them' 20 "$(jobs_of_server)"
check 'and is the only one' "$(server)" \
  "$(for pid in $(processes); do [ "$(cat "/proc/$pid/comm")" != brood-server ] || echo "$pid"; done)"
expect 'all are ended' 0 '' '' brood kill --all twenty
brood close "${ids[@]}"

# --- names, ready-made descriptors, failures: as with the other methods
expect 'a name that is taken' 0 '~[0-9]*' '' start --name only --unique -- sleep 300
expect 'is refused' 125 '' "~brood: start 'only': *" start --name only --unique -- sleep 300
expect 'or returned' 0 "$(field only id)" '' start --name only --reuse -- sleep 300
expect 'or replaced' 0 '~[0-9]*' '' start --name only --replace -- sleep 300
expect 'and ended' 0 '' '' brood kill only
expect 'a command that is not found' 127 '' "~brood: execute 'nosuch': not found in PATH*" start -- nosuch
expect 'one that cannot be executed' 126 '' '~brood: execute *Permission denied' start -- /etc/passwd
expect 'a directory that is not there' 125 '' '~brood: *nosuch*No such file*' start --cwd nosuch -- true
echo 'a line' >input
exec 7<input
expect 'files and descriptors of the caller' 0 '~[0-9]*' '' start --name fds --stdin input --pass-fd 7 --stdout output -- \
  sh -c 'cat; cat <&7; exit 6'
exec 7<&-
expect 'it is joined' 6 '' '' brood join fds
check 'its output' 'a line
a line' "$(cat output)"
expect 'by the variable' 0 '~[0-9]*' '' env BROOD_START_METHOD=forkserver "$BROOD" start --name by-variable -- true
check 'the method' forkserver "$(field by-variable start_method)"
brood start-method forkserver
expect 'by the configuration' 0 '~[0-9]*' '' brood start --name by-config -- true
check 'the method, again' forkserver "$(field by-config start_method)"
expect 'created' 0 '~[0-9]*' '' brood create --name later -- sh -c 'exit 8'
brood start-method fork
expect 'and started' 0 '~[0-9]*' '' brood start --job later
check 'with the method it was created with' forkserver "$(field later start_method)"
expect 'it is joined' 8 '' '' brood join later

# --- nothing of the server's own, nor of whoever made it, is in a job; all of the caller's is
brood forkserver stop --force
mkdir odd even
tell_all=$(cat <<'S'
pwd; umask; nice; ulimit -S -a; ulimit -H -a
env | grep -v '^BROOD_JOB=\|^_=' | sort
grep '^Sig\(Blk\|Ign\|Cgt\)\|^NoNewPrivs' /proc/self/status
cd /proc/self/fd && for fd in *; do [ "$fd" -gt 2 ] && [ -e "$fd" ] && echo "fd $fd"; done
readlink 0 1 2
S
)
# What it is that differs between jobs is put out of the way: ids and logs of their own.
told() { brood logs "$1" | sed "s|/jobs/$1/|/jobs/N/|; s|pipe:.*|pipe|"; }
(cd odd && umask 007 && ulimit -S -n 100 && ulimit -S -c 0 && trap '' HUP QUIT && exec 8>"$T/odd/held" &&
  ODD=odd TZ=odd nice -n 5 "$BROOD" forkserver start --idle inf)
odd=$(server)
check 'a server from an odd place' alive "$(liveness "$odd")"
check 'is in a session of its own, at /' "$odd /" "$(sed 's/.*) . [0-9]* [0-9]* \([0-9]*\) .*/\1/' "/proc/$odd/stat") $(readlink "/proc/$odd/cwd")"
check 'without any environment' 0 "$(wc -c <"/proc/$odd/environ")"
check 'and without a descriptor that is not its own' '' \
  "$(readlink "/proc/$odd/fd"/* | grep -vx "/dev/null\|$T/state\|$T/state/forkserver\(/lock\)\?\|socket:.*\|anon_inode:.*")"
for method in fork forkserver; do
  (cd even && umask 027 && ulimit -S -n 200 && ulimit -H -n 1000 && ulimit -S -s 4096 && trap '' TERM && exec 9>held &&
    EVEN=even BROOD_CLI_TEST=$T nice -n 3 "$BROOD" start --name "told-$method" --method "$method" -- sh -c "$tell_all") >id
  brood wait "told-$method" >/dev/null
  told "$(cat id)" >"told.$method"
done
check 'the job was made by a server' forkserver "$(field told-forkserver start_method)"
check 'it got just what a forked one gets' "$(cat told.fork)" "$(cat told.forkserver)"
check 'which is the caller'\''s' "$T/even 0027 3" "$(head -n 3 told.forkserver | xargs)"
check 'nothing odd is in it' '' "$(grep -i 'odd\|^fd' told.forkserver)"
if is_root; then check 'it was the odd one' "$odd" "$(server)"; fi
brood forkserver stop --force

# A lock of the first caller is free when he has gone. (The descriptor is no close-on-exec one.)
holder='use Fcntl qw(:DEFAULT :flock); $^F = 1000; open L, ">", "$ENV{T}/lock"; flock L, LOCK_EX; system @ARGV'
perl -e "$holder" "$BROOD" start --name holder --method forkserver -- sleep 300 >/dev/null
expect 'his lock is free' 0 free '' perl -e 'use Fcntl qw(:flock); open L, ">", "lock"; print flock(L, LOCK_EX | LOCK_NB) ? "free\n" : "held\n"'
expect 'his job lives' 0 running '' brood status holder --field state
expect 'kill it' 0 '' '' brood kill holder
brood forkserver stop --force

# --- a server that was made inside a job is not part of it
for way in run start; do
  case $way in
    run) "$BROOD" run --name outer -- sh -c '"$BROOD" start --method forkserver --name inner -- sleep 300 >/dev/null; echo up >"$T/up"; read -r _ <"$T/held"' & ;;
    start) "$BROOD" start --name outer -- sh -c '"$BROOD" start --method forkserver --name inner -- sleep 300 >/dev/null; echo up >"$T/up"; read -r _ <"$T/held"' >/dev/null & ;;
  esac
  caller=$!
  hear up >/dev/null
  inside=$(server)
  expect "$way: the job is ended" 0 '' '' brood terminate outer
  check "$way: the server and its job live" "$inside running" "$(server) $(field inner state)"
  expect "$way: it serves" 0 '~[0-9]*' '' start --name after -- sh -c 'exit 9'
  expect "$way: as before" 9 '' '' brood join after
  check "$way: the same server" "$inside" "$(server)"
  expect "$way: kill reaches no further, either" 0 '' '' brood kill outer
  expect "$way: the inner job is ended" 0 '' '' brood terminate inner
  wait $caller
  status=$?
  check "$way: and its caller" "$([ $way = run ] && echo 143 || echo 0)" $status
  expect "$way: the jobs are forgotten" 0 '' '' brood close outer inner after
  brood forkserver stop --force
done

# --- the guard: a monitor that is killed costs nothing
expect 'a job' 0 '~[0-9]*' '' start --name guarded -- sh -c "$waiter"
hear up >/dev/null
expect 'another' 0 '~[0-9]*' '' start --name guarded2 -- sleep 300
for job in guarded guarded2; do
  monitor=$(field $job monitor_pid)
  kill -KILL "$monitor"
  await_ends 60 "$monitor"
done
# It is asked, and so has looked around, before it answers.
expect 'the server keeps them itself' 0 "~running, pid *, 2 jobs (2 without a monitor)" '' brood forkserver status
check 'they are what they were' "running running $(server)" "$(field guarded state) $(field guarded2 state) $(field guarded monitor_pid)"
expect 'the second is told to end' 0 '' '' brood terminate guarded2
expect 'and has its status' 143 '' '' brood join guarded2
expect 'the first can be renamed' 0 '' '' brood rename guarded kept
id=$(field kept id)
tell go
expect 'and tells its own' $((id % 200)) '' '' brood join kept
check 'nothing is lost' 'exited False' "$(field kept state) $(field kept lost | sed s/false/False/)"

# What a job leaves behind is not waited for, by nobody, and no reason for the server to stay.
expect 'one that leaves something behind' 0 '~[0-9]*' '' start --name leaves -- sh -c '
  (echo up >"$T/up"; exec sleep 300) & read -r _ <"$T/go"; exit 3'
hear up >/dev/null
"$BROOD" join -t 60 leaves &
joiner=$!
cat "$(field leaves sentinel)" &
reader=$!
await_open $joiner sentinel
tell go
wait $joiner
check 'a join that was waiting' 3 $?
await_ends 60 $reader
check 'and a reader of the sentinel' gone "$(liveness $reader)"
expect 'are told while that lives' 0 1 '' brood status leaves --field orphans
expect 'the server may be stopped' 0 '' '' brood forkserver stop
expect 'what was left is still within reach' 0 '' '' brood kill leaves

# A server that is told to end makes no more jobs, and sees those that it has to their end.
expect 'a job' 0 '~[0-9]*' '' start --name seen -- sh -c "$waiter"
hear up >/dev/null
told=$(server)
kill -TERM "$told"
until [ "$(server)" != "$told" ] || [ "$SECONDS" -gt 240 ]; do :; done
expect 'it takes no more orders' 1 'not running' '' brood forkserver status
kill -KILL "$(field seen monitor_pid)"
expect 'but is still a guard' 0 '~[0-9]*' '' start --name other -- sh -c 'exit 3'
id=$(field seen id)
tell go
expect 'of the job that it made' $((id % 200)) '' '' brood join seen
await_ends 60 "$told"
check 'after which it has gone' gone "$(liveness "$told")"
expect 'while another one serves' 3 '' '' brood join other

# --- a server that is killed, half-way
for _ in {1..5}; do start --name half -- sh -c "$waiter" >/dev/null; hear up >/dev/null; done
killed=$(server)
kill -KILL "$killed"
for _ in {6..10}; do start --name half -- sh -c "$waiter" >/dev/null; hear up >/dev/null; done
check 'another one has taken over' yes "$([ "$(server)" != "$killed" ] && [ "$(jobs_of_server)" = 5 ] && echo yes)"
mapfile -t ids < <(brood --json status --all half | grep -o '"id":[0-9]*' | cut -d: -f2)
check 'all ten run' 10 "$(brood status --all half | grep -c running)"
for _ in "${ids[@]}"; do tell go ''; done
wrong=
for id in "${ids[@]}"; do
  brood join "$id"
  status=$?
  [ $status = $((id % 200)) ] || wrong="$wrong $id:$status"
done
check 'all ten have their own status' '' "$wrong"
brood close "${ids[@]}"

# --- a server that is stopped is continued
stopped=$(server)
kill -STOP "$stopped"
expect 'a job through a stopped one' 0 '~[0-9]*' '' start --name late -- sh -c 'exit 11'
expect 'which ends' 11 '' '' brood join late
check 'it is the same server' "$stopped" "$(server)"
kill -STOP "$stopped"
expect 'status of a stopped one' 0 "~running, pid $stopped, *" '' brood forkserver status
kill -STOP "$stopped"
expect 'stop of a stopped one' 0 '' '' brood forkserver stop
await_ends 60 "$stopped"
gone 'after all that'

# --- what lies in its place
for what in 'a file' 'a directory' 'a link that leads nowhere' 'a socket that nobody serves'; do
  case $what in
    'a file') echo words >state/forkserver/socket ;;
    'a directory') mkdir state/forkserver/socket ;;
    'a link that leads nowhere') ln -s nowhere state/forkserver/socket ;;
    *) perl -MSocket -e 'chdir "state/forkserver"; socket S, AF_UNIX, SOCK_STREAM, 0; bind S, pack_sockaddr_un("socket") or die' ;;
  esac
  if [ "$what" = 'a directory' ]; then
    expect "$what is not removed" 125 '' '~brood: *' start -- true
    rmdir state/forkserver/socket
    continue
  fi
  expect "$what: the job is started" 0 '~[0-9]*' '' start --name place -- sh -c 'exit 12'
  expect "$what: and joined" 12 '' '' brood join place
  brood close place
  brood forkserver stop --force
done

# --- a path that no socket address could hold
long=$T/long
for _ in 1 2 3; do long=$long/$(printf 'x%.0s' {1..200}); done
expect 'a long path' 0 1 '' brood --state-dir "$long" start --method forkserver -- sh -c 'exit 13'
expect 'a job' 13 '' '' brood --state-dir "$long" join 1
expect 'a server' 0 '~running, *' '' brood --state-dir "$long" forkserver status
expect 'which is stopped' 0 '' '' brood --state-dir "$long" forkserver stop --force

# A stop is over when its server is, whatever takes that one's place meanwhile.
for _ in 1 2 3 4 5; do
  pids=()
  for _ in 1 2 3; do
    brood start --method forkserver -- true >/dev/null &
    pids+=($!)
    brood forkserver stop --force &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid"
    check 'starts and stops at the same time' 0 $?
  done
done
expect 'no fork server is left' 0 '' '' brood forkserver stop --force
