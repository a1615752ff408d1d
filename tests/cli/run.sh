#!/usr/bin/env bash
# `run` is as good as not there: status, signals, streams, surroundings.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

# How a process ended, as its parent sees it.
cat >ended.pl <<'E'
system { $ARGV[0] } @ARGV;
printf "signal %d core %d status %d\n", $? & 127, $? >> 7 & 1, $? >> 8;
E
ended() { perl "$T/ended.pl" "$BROOD" run "$@"; }

# --- status
for code in 0 1 2 42 77 124 125 126 127 128 143 255; do
  expect "exit $code is passed on" "$code" '' '' brood run -- sh -c "exit $code"
done
for pair in HUP:1 INT:2 QUIT:3 ABRT:6 KILL:9 USR1:10 SEGV:11 PIPE:13 ALRM:14 TERM:15; do
  expect "it dies of ${pair%:*} as the command did" 0 "signal ${pair#*:} core 0 status 0" '' \
    ended -- sh -c "ulimit -c 0; kill -${pair%:*} \$\$"
done
expect 'a real-time signal' 0 'signal 40 core 0 status 0' '' ended -- sh -c 'kill -40 $$'
expect 'a status above 128 is no signal' 0 'signal 0 core 0 status 137' '' ended -- sh -c 'exit 137'
check 'a shell sees 128+n' 143 "$(bash -c '"$BROOD" run -- sh -c "kill -TERM \$\$"; echo $?' 2>/dev/null)"
mkdir cores
(cd cores && ulimit -c unlimited 2>/dev/null; perl "$T/ended.pl" "$BROOD" run -- sh -c 'ulimit -c 0; kill -QUIT $$') >died
check 'brood itself leaves no core' 'signal 3 core 0 status 0' "$(cat died)"
check 'no core file' '' "$(ls cores)"
expect 'the same under spawn: exit' 7 '' '' brood run --method spawn -- sh -c 'exit 7'
expect 'the same under spawn: signal' 0 'signal 10 core 0 status 0' '' ended --method spawn -- sh -c 'kill -USR1 $$'

# --- streams
printf 'one\ntwo\n' >input
check 'stdin goes through' 'one
two' "$(brood run -- cat <input)"
check 'a pipe goes through' 6 "$(printf abcdef | brood run -- wc -c | tr -d ' ')"
perl -e 'print map { chr } (0..255) x 300' >binary
brood run -- cat <binary >copy
check 'binary data is not touched' same "$(cmp copy binary && echo same)"
{ echo first; brood run -- sh -c 'read -r line; echo "took $line"' <input; echo last; } >together
check 'nothing but the output of the command' "first
took one
last" "$(cat together)"
brood run -- sh -c 'echo out; echo err >&2' >o 2>e
check 'stdout' out "$(cat o)"
check 'stderr' err "$(cat e)"
# What it did not read is still there for the next.
{ brood run -- sh -c 'read -r line; echo "1 $line"'; read -r rest; } <input >/dev/null
check 'brood reads nothing from stdin' two "$rest"
expect 'streams of its own' 0 '' '' brood run --stdin input --stdout o2 --stderr e2 -- sh -c 'cat; echo err >&2'
check 'from and to files: stdout' 'one
two' "$(cat o2)"
check 'from and to files: stderr' err "$(cat e2)"
check 'a closed stdin is closed no more, but empty' '' "$(brood run -- cat <&-)"
check 'SIGPIPE ends it as without brood' '0 141' \
  "$(bash -c '"$BROOD" run -- perl -e "print qq(y\n) while 1" | read -r x; echo "${PIPESTATUS[1]} ${PIPESTATUS[0]}"')"

# --- what the command inherits, by method
show='print join(" ", map { -e "/proc/self/fd/$_" ? "open" : "closed" } 7, 8), "\n"'
check 'descriptors are inherited' 'open open' "$(brood run -- perl -e "$show" 7<input 8<input)"
check 'spawn closes them' 'closed closed' "$(brood run --method spawn -- perl -e "$show" 7<input 8<input)"
check 'but for those passed' 'closed open' "$(brood run --method spawn --pass-fd 8 -- perl -e "$show" 7<input 8<input)"
cat >messy.pl <<'E'
use POSIX;
$SIG{$_} = "IGNORE" for qw(HUP PIPE USR2 CHLD);
sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGINT, SIGALRM)) or die;
exec @ARGV;
E
signals='^Sig(Blk|Ign)'
perl messy.pl grep -E "$signals" /proc/self/status >bare
perl messy.pl "$BROOD" run -- grep -E "$signals" /proc/self/status >forked
check 'ignored and blocked signals are the caller'\''s' "$(cat bare)" "$(cat forked)"
check 'that is these' 'SigBlk:	0000000000002002
SigIgn:	0000000000011801' "$(cat forked)"
perl messy.pl "$BROOD" run --method spawn -- grep -E "$signals" /proc/self/status >spawned
check 'spawn begins with none' 'SigBlk:	0000000000000000
SigIgn:	0000000000000000' "$(cat spawned)"
expect 'an ignored SIGCHLD hides no status' 9 '' '' perl messy.pl "$BROOD" run -- sh -c 'exit 9'
for mask in 0000 0022 0077 0027; do
  check "umask $mask is the caller's" $mask "$(umask $mask; brood run -- sh -c umask)"
done
check 'umask by option' 0133 "$(brood run --umask 133 -- sh -c umask)"
check 'limits are the caller'\''s' '55 66' "$(ulimit -Sn 55; ulimit -Hn 66; brood run -- sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)')"
check 'process group and session are the caller'\''s' "$(ps -o pgid=,sid= -p $$ | tr -s ' ')" \
  "$(brood run -- sh -c 'ps -o pgid=,sid= -p $$' | tr -s ' ')"
check 'directory' / "$(cd / && brood run -- pwd)"
check 'it adds no process but itself' "$$" "$("$BROOD" run -- perl -e '
  open F, "/proc/" . getppid . "/stat"; print +(split " ", <F> =~ s/.*\)//r)[1], "\n"')"
env -0 | sort -z | grep -zv -e '^_=' -e '^BROOD_JOB=' >before
brood run -- env -0 | sort -z | grep -zv -e '^_=' -e '^BROOD_JOB=' >after
check 'environment: only the identity is new' same "$(cmp before after && echo same)"

# --- signals sent to brood go to the command, once each
cat >count.pl <<'E'
# Says every signal that arrives; WINCH ends it.
$| = 1;
my @seen;
for my $name (qw(HUP INT QUIT USR1 USR2 ALRM TERM CONT)) { $SIG{$name} = sub { push @seen, $name; say_it($name) } }
my $done = 0;
$SIG{WINCH} = sub { $done = 1 };
sub say_it { open my $f, ">", "$ENV{T}/up"; print $f "@_\n"; close $f }
say_it("ready $$");
select(undef, undef, undef, undef) until $done;
print "@seen\n";
exit 5;
E
make_line sync
"$BROOD" run -- perl count.pl >seen &
runner=$!
target=$(hear up); target=${target#ready }
for name in HUP INT QUIT USR1 USR2 ALRM TERM; do
  kill -$name $runner
  check "$name arrives" $name "$(hear up)"
done
# A signal with a higher number is delivered after what is pending: so nothing can have come twice.
kill -WINCH $runner
wait $runner
check 'the status is that of the command' 5 $?
check 'each came exactly once' 'HUP INT QUIT USR1 USR2 ALRM TERM' "$(cat seen)"
check 'the command is gone' gone "$(liveness "$target")"
"$BROOD" run -- perl -e 'open F, ">", "$ENV{T}/up"; print F "up\n"; close F; sleep 300' &
runner=$!
check 'a command without handlers runs' up "$(hear up)"
kill -TERM $runner
wait $runner
check 'and dies of the signal that brood was sent' 143 $?

# --- the record
"$BROOD" run -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"; exit 4' &
runner=$!
check 'it runs' up "$(hear up)"
id=$(brood status --json | perl -ne 'print $1 if /"id":(\d+)/')
check 'it is visible while it runs' "running $runner" "$(field "$id" state) $(field "$id" monitor_pid)"
check 'by its name, too' "$id" "$(field sh id)"
check 'its output is its caller'\''s' '125 brood: show the output of job '"$id"': it was not captured' \
  "$(brood logs "$id" 2>e; echo "$? $(cat e)")"
"$BROOD" join "$id" &
joiner=$!
await_open $joiner "/jobs/$id/sentinel"
tell go
wait $runner
check 'status of run' 4 $?
wait $joiner
check 'somebody else can join it' 4 $?
expect 'it is gone afterwards' 0 '' '' brood status
check 'and its files' '' "$(ls state/jobs)"
for command in true false true; do brood run $command; done
check 'a loop leaves no litter' '' "$(ls state/jobs)"
expect 'a name keeps the record' 6 '' '' brood run --name kept -- sh -c 'exit 6'
check 'it can be asked' '6 exited' "$(field kept exitcode) $(field kept state)"
expect 'and joined' 6 '' '' brood join kept
expect 'so does --keep' 0 '' '' brood run --keep -- true
check 'under the name of the command' 'exited' "$(field true state)"
expect 'close' 0 '' '' brood close true kept
expect 'all is closed' 0 '' '' brood status

# --- terminate, kill, a time limit
for verb in terminate:143 kill:137; do
  wanted=${verb#*:}
  verb=${verb%:*}
  "$BROOD" run --name foreground -- sh -c 'sleep 300 & echo $! >"$T/up"; wait' 2>/dev/null &
  runner=$!
  child=$(hear up)
  expect "$verb from outside" 0 '' '' brood $verb foreground
  wait $runner
  check "$verb: run ends with the signal" "$wanted" $?
  check "$verb reaches the tree" gone "$(liveness "$child")"
  brood close foreground
done
expect 'a time limit' 124 '' '' brood run --timeout 0.1 -- sleep 300
expect 'reaches the tree' 124 '~[0-9]*' '' brood run --timeout 100ms -- sh -c 'sleep 300 & echo $!; wait'
check 'all of it' gone "$(liveness "$(cat .out)")"
expect 'one that must be killed' 124 '' '' brood run --timeout 0.1 --grace 0.1 -- perl -e '$SIG{TERM} = "IGNORE"; select undef, undef, undef, undef'
expect 'a command that is quicker' 3 '' '' brood run --timeout 1000 -- sh -c 'exit 3'
expect 'it may end well and has been late all the same' 124 '' '' brood run --timeout 0.1 -- perl -e '
  $SIG{TERM} = sub { exit 0 }; select undef, undef, undef, undef'
expect 'another stop signal' 124 'got USR1' '' brood run --timeout 0.1 --stop-signal usr1 -- perl -e '
  $| = 1; $SIG{USR1} = sub { print "got USR1\n"; exit 0 }; select undef, undef, undef, undef'

# --- what the command leaves behind
orphan='setsid sh -c '\''echo $$ >"$T/up"; echo >"$T/go"; exec sleep 300'\'' & read -r _ <"$T/go"; exit 8'
expect 'orphans are ended' 8 '' '' brood run -- sh -c "$orphan"
check 'and run waits until they are gone' gone "$(liveness "$(hear up)")"
expect 'or left' 8 '' '' brood run --orphans leave -- sh -c "$orphan"
orphaned=$(hear up)
check 'they live' alive "$(liveness "$orphaned")"
kill -9 "$orphaned"
await_ends 20 "$orphaned"
"$BROOD" run --orphans wait --name waits -- sh -c '(echo up >"$T/up"; read -r _ <"$T/go"; echo "the last word") & exit 8' >last &
runner=$!
check 'an orphan that is waited for' up "$(hear up)"
check 'the job is not over yet' 124 "$(brood join -t 0 waits; echo $?)"
tell go
wait $runner
check 'then the status of the target' '8 the last word' "$? $(cat last)"
brood close waits

# --- run within start: one SIGTERM for each process
expect 'run within start' 0 '~[0-9]*' '' brood start --name outer -- "$BROOD" run -- perl -e '
  my $n = 0; my $done = 0; $SIG{TERM} = sub { $n++; open F, ">", "$ENV{T}/up"; print F "TERM\n"; close F };
  $SIG{WINCH} = sub { $done = 1 };
  open F, ">", "$ENV{T}/up"; print F "$$\n"; close F;
  select(undef, undef, undef, undef) until $done; print "$n\n"; exit 3'
target=$(hear up)
"$BROOD" terminate --grace 100 outer &
terminator=$!
check 'the command hears of it' TERM "$(hear up)"
# Both keepers are asked something: what they had to send before is sent.
brood kill -s URG outer
kill -WINCH "$target"
wait $terminator
check 'terminate is done' 0 $?
expect 'the outer status is the inner one' 3 '' '' brood join outer
check 'one SIGTERM' 1 "$(brood logs outer)"

# --- launch failures
expect 'not found' 127 '' "brood: execute 'no-such-program': not found in PATH: No such file or directory" brood run -- no-such-program
: >plain
expect 'not executable' 126 '' "brood: execute './plain': Permission denied" brood run ./plain
expect 'bad directory' 125 '' "brood: change to directory 'nowhere': No such file or directory" brood run --cwd nowhere -- true
brood close outer
expect 'nothing is kept of them' 0 '' '' brood status
check 'nor of their files' '' "$(ls state/jobs)"
