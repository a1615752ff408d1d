#!/usr/bin/env bash
# `restart`: the same job, launched again.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

# Says with which value of its variable it runs, then waits for a word.
cat >target.sh <<'E'
echo "out $WORD"; echo "$$ $WORD" >"$T/up"; read -r word <"$T/go"; [ "$word" = end ] && exit 3
E

for method in fork spawn forkserver; do
  WORD=first brood start --method "$method" --name "again-$method" --env KEPT=secret -- sh target.sh >/dev/null
  read -r first _ < <(hear up)
  "$BROOD" join "again-$method" & # goes on waiting
  waiter=$!
  await_open $waiter sentinel
  export WORD=second
  expect "$method: restart" 0 '' '' brood restart "again-$method"
  read -r second word < <(hear up)
  check "$method: by its own monitor, in its own environment" first "$word"
  check "$method: the first is gone" gone "$(liveness "$first")"
  check "$method: another process runs" "alive $second running" \
    "$(liveness "$second") $(field "again-$method" pid) $(field "again-$method" state)"
  check "$method: nothing of the last run is on record" ' ' \
    "$(field "again-$method" exitcode) $(field "again-$method" ended_at)"
  tell go end
  wait $waiter
  check "$method: who waited got the last status" 3 $?
  expect "$method: one that is over" 0 '' '' brood restart "again-$method"
  read -r third word < <(hear up)
  check "$method: it is in the environment of who launches it now" second "$word"
  check "$method: with the variables that it was given" secret \
    "$(tr '\0' '\n' <"/proc/$third/environ" | sed -n 's/^KEPT=//p')"
  expect "$method: one log for all runs" 0 'out first
out first
out second' '' brood logs "again-$method"
  tell go end
  expect "$method: join" 3 '' '' brood join "again-$method"
  unset WORD
done

expect 'a job that leaves something behind' 0 '~[0-9]*' '' brood start --name left -- \
  sh -c 'setsid sh -c "echo \$\$ >\"\$T/up\"; exec sleep 1000" & exit 4'
orphan=$(hear up)
expect 'it is over' 4 '' '' brood join left
expect 'restart ends that first' 0 '' '' brood restart left
check 'the orphan is gone' gone "$(liveness "$orphan")"
check 'and there is another' alive "$(liveness "$(hear up)")"
expect 'terminate' 0 '' '' brood terminate left

# A stop that comes meanwhile. The target is deaf, so the restart is under way until it is killed.
cat >deaf.pl <<'E'
sub say_so { open my $up, ">", "$ENV{T}/up"; print $up "@_\n" }
$SIG{TERM} = sub { say_so("told") };
say_so("up");
select undef, undef, undef, undef while 1;
E
expect 'a deaf one' 0 '~[0-9]*' '' brood start --name deaf -- perl deaf.pl
check 'it is up' up "$(hear up)"
brood restart deaf 2>restart.err &
restart=$!
check 'it is told' told "$(hear up)"
expect 'kill overtakes the restart' 0 '' '' brood kill deaf
wait $restart
check 'which is called off' 125 $?
check 'and says so' yes "$(grep -q 'it was told to end meanwhile' restart.err && echo yes)"
check 'it is over' 'exited SIGKILL' "$(field deaf state) $(field deaf signal)"

expect 'restart' 0 '' '' brood restart deaf
check 'up' up "$(hear up)"
first=$(field deaf pid)
expect 'restart --grace 0' 0 '' '' brood restart --grace 0 deaf
check 'the first is gone' gone "$(liveness "$first")"
expect 'kill' 0 '' '' brood kill deaf

# What cannot be launched again.
cp "$(command -v sleep)" vanishing
expect 'a program' 0 '~[0-9]*' '' brood start --name gone -- ./vanishing 1000
rm vanishing
expect 'that is gone' 127 '' "~brood: restart job *: execute './vanishing': No such file or directory" brood restart gone
check 'ends the job' 'exited -15' "$(field gone state) $(field gone exitcode)"
check 'and the record says why' "restart: execute './vanishing': No such file or directory" "$(field gone reason)"
expect 'nor from here' 127 '' "~brood: restart job *: execute './vanishing': No such file or directory" brood restart gone
check 'which leaves it as it was' 'exited -15' "$(field gone state) $(field gone exitcode)"
expect 'cat sentinel ends' 0 '' '' cat "$(field gone sentinel)"

brood create --name created -- true >/dev/null
expect 'created' 125 '' '~brood: restart job *: it has not been started*' brood restart created
brood run --name front -- true
expect 'run in the foreground' 125 '' '~brood: restart job *: it was run in the foreground*' brood restart front
exec {passed}<>"$T/go"
brood start --name passed --pass-fd "$passed" -- sleep 1000 >/dev/null
exec {passed}>&-
expect 'passed descriptors' 125 '' '~brood: restart job *: the descriptors that were passed to it are gone*' \
  brood restart passed
expect 'which lives on' 0 '' '' brood is-alive passed
expect 'kill' 0 '' '' brood kill passed
expect 'no such job' 125 '' "brood: find job 'nosuch': no such job" brood restart nosuch
expect 'no job' 125 '' '~brood: read the command line: *' brood restart
expect 'bad grace' 125 '' '~brood: read the command line: --grace*' brood restart --grace soon deaf
expect 'the code' 125 '~{"error":{"code":"not_started",*' '~*' brood restart --json created

# Wherever it is launched again from, it is the same job.
mkdir here there
echo input >here/in
(cd here && brood start --name place --stdin in --stdout out -- sh -c 'cat; pwd' >/dev/null)
brood join place
(cd there && brood restart place)
brood join place
check 'in its directory, with its files' "input
$T/here
input
$T/here" "$(cat here/out)"
check 'nothing is made elsewhere' '' "$(ls there)"

# A monitor that was killed cannot do it, and a wrong key opens nothing.
brood start --name orphan -- sleep 1000 >/dev/null
monitor=$(field orphan monitor_pid)
kill -KILL "$monitor"
await_ends 60 "$monitor"
expect 'one without a monitor' 125 '' '~brood: restart job *: its monitor was killed, and its environment with it*' \
  brood restart orphan
expect 'which lives on' 0 '' '' brood is-alive orphan
expect 'terminate' 0 '' '' brood terminate orphan
head -c 32 /dev/zero >wrong
for command in 'restart place' 'rename place other' 'rename created other'; do
  # shellcheck disable=SC2086
  expect "$command with a wrong key" 125 '' '~brood: *authentication failed*' brood $command --authkey-file wrong
done

# Several at once: all that can be done is done.
brood start --name one -- sleep 1000 >/dev/null
brood start --name two -- sleep 1000 >/dev/null
first="$(field one pid) $(field two pid)"
expect 'two of three' 125 '' '~brood: restart job *: it has not been started*' brood restart one created two
check 'run again' 'running running' "$(field one state) $(field two state)"
check 'as other processes' different "$([ "$first" = "$(field one pid) $(field two pid)" ] || echo different)"
expect 'terminate' 0 '' '' brood terminate one two

# At the same time: the job runs once in the end.
restarts() {
  local pid
  local -a pids=()
  for _ in 1 2 3 4 5 6; do
    brood restart many &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid"
    check "$1" 0 $?
  done
}
brood start --name many -- sleep 1000 >/dev/null
restarts 'six restarts of a running job'
check 'it runs' running "$(field many state)"
expect 'terminate' 0 '' '' brood terminate many
restarts 'six restarts of one that is over'
check 'it runs' running "$(field many state)"
expect 'terminate' 0 '' '' brood terminate many
expect 'no fork server is left' 0 '' '' brood forkserver stop --force
