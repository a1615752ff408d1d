#!/usr/bin/env bash
# `start`: what it prints, what it leaves behind, and what a job finds when it wakes up.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

expect 'the first id is 1' 0 1 '' brood start -- sh -c 'exit 3'
expect 'join gives the status of the job' 3 '' '' brood join 1
expect 'the name is that of the command' 0 sh '' brood status 1 --field name
expect 'the record says how it ended' 0 3 '' brood status 1 --field exitcode

# The record is there before start returns, and before the job's first instruction.
expect 'start prints the next id' 0 2 '' brood start --name early -- sh -c '
  "$BROOD" status "$BROOD_JOB" --field state >"$T/up"; read -r _ <"$T/go"'
check 'a job finds its own record running' running "$(hear up)"
expect 'running is on record' 0 running '' brood status early --field state
expect 'a running job is alive' 0 '' '' brood is-alive early
tell go
expect 'a job that ends by itself ends with 0' 0 '' '' brood join early
expect 'an ended job is not alive' 1 '' '' brood is-alive early

# Without -- the first word that is no option begins the command.
expect 'options of the command stay with it' 0 3 '' brood start printf '%s|' --name -q -- --json
brood join 3
check 'the command gets every word' '--name|-q|--|--json|' "$(brood logs 3)"
expect 'a path is named after its base name' 0 4 '' brood start /bin/sh -c 'exit 0'
brood join 4
check 'the name is the base name' sh "$(field 4 name)"
expect 'options may follow each other in any form' 0 5 '' brood start --name=five --label a=b --label c=d=e -- true
brood join five
check 'labels are kept' '{"a":"b","c":"d=e"}' "$(field five labels)"

# What the job finds.
expect 'start in a directory' 0 6 '' brood start --cwd / --umask 077 -- sh -c 'pwd; umask; echo "$BROOD_JOB"; echo "$BROOD_STATE_DIR"'
brood join 6
check 'directory, umask, identity' "/
0077
6
$BROOD_STATE_DIR" "$(brood logs 6)"
expect 'a relative --cwd is seen from here' 0 7 '' sh -c 'mkdir sub; exec "$BROOD" start --cwd sub -- pwd'
brood join 7
check 'relative directory' "$T/sub" "$(brood logs 7)"

# A session and a group of its own, so that nothing that befalls the caller's group reaches it.
expect 'start asks for its session' 0 8 '' brood start -- perl -e 'use POSIX; print getpgrp() == $$ ? "leads " : "follows ";
  print syscall(124, 0) == $$ ? "own session\n" : "not its session\n"'
brood join 8
case $(uname -m) in
  x86_64) check 'the target leads group and session' 'leads own session' "$(brood logs 8)" ;;
  *) skip_part "getsid has another number on this machine" ;;
esac
expect 'no terminal' 0 9 '' brood start -- sh -c 'exec 2>/dev/null; if true </dev/tty; then echo terminal; else echo none; fi'
brood join 9
check 'a background job has no terminal' none "$(brood logs 9)"

# It may signal its whole group, and harms nobody else.
expect 'a job that kills its group' 0 10 '' brood start -- sh -c 'kill -USR1 0'
expect 'the end by its own signal is recorded' 138 '' '' brood join 10
check 'as exit code' -10 "$(field 10 exitcode)"
check 'as signal' SIGUSR1 "$(field 10 signal)"

# Signals are at their defaults, whatever the caller ignores or blocks.
expect 'a caller that ignores and blocks signals' 0 11 '' perl -e '
  use POSIX; $SIG{$_} = "IGNORE" for qw(INT QUIT PIPE HUP USR1 CHLD TERM);
  sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM, SIGUSR2, SIGALRM)) or die;
  exec $ENV{BROOD}, "start", "--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"'
brood join 11
check 'none reaches the job' 'SigBlk: 0000000000000000
SigIgn: 0000000000000000' "$(brood logs 11 | tr '\t' ' ')"
expect 'the same under spawn' 0 12 '' perl -e '
  use POSIX; $SIG{$_} = "IGNORE" for qw(INT PIPE CHLD);
  sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM)) or die;
  exec $ENV{BROOD}, "start", "--method", "spawn", "--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"'
brood join 12
check 'none reaches the spawned job' 'SigBlk: 0000000000000000
SigIgn: 0000000000000000' "$(brood logs 12 | tr '\t' ' ')"
check 'the method is on record' spawn "$(field 12 start_method)"
check 'and the default' fork "$(field 11 start_method)"

# Limits and nice value.
expect 'limits' 0 13 '' brood start --limit nofile=64:128 --limit core=0 --nice 3 -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c; nice'
brood join 13
check 'limits and nice value arrive' "64
128
0
$(($(nice) + 3))" "$(brood logs 13)"

# --timeout ends it, and the record says why.
expect 'a time limit' 0 14 '' brood start --timeout 100ms --name limited -- sleep 300
expect 'it dies of the stop signal' 143 '' '' brood join limited
check 'reason' timeout "$(field limited reason)"
expect 'a time limit that is not reached' 0 15 '' brood start --timeout 1h --name unlimited -- true
expect 'changes nothing' 0 '' '' brood join unlimited
check 'and leaves no reason' '' "$(field unlimited reason)"
check 'the limit is on record' 3600.0 "$(field unlimited timeout)"

# A job that is started in a job has it as its parent, and is no part of its tree.
expect 'nested' 0 16 '' brood start --name outer -- sh -c '
  "$BROOD" start --name inner -- sh -c "read -r _ <go" >"$T/up"
  exec sleep 300'
check 'the inner id' 17 "$(hear up)"
check 'the parent is the outer job' 16 "$(field inner parent.job)"
expect 'terminate the outer one' 0 '' '' brood terminate outer
check 'the inner one lives on' running "$(field inner state)"
tell go
expect 'and ends with its own status' 0 '' '' brood join inner

# --json: the record.
expect 'json' 0 '~{*"id":18,*"state":"running"*"exitcode":null*}' '' brood --json start -- sleep 300
expect 'end it' 0 '' '' brood kill 18
# --quiet and --verbose do not touch stdout.
expect 'quiet' 0 19 '' brood -q start true
expect 'verbose' 0 20 '~brood: *' brood -v start true
brood wait 19 20 >/dev/null
# The options of brood may stand before or after the name of the command.
expect 'state directory as an option' 0 1 '' brood start --state-dir "$T/other" -- sh -c 'exit 4'
expect 'and before it' 4 '' '' brood --state-dir "$T/other" join 1
