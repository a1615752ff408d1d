#!/usr/bin/env bash
# `run` as process 1 of a pid namespace, as in a container: it reaps, passes on, ends what is left.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

if unshare -pf --mount-proc true 2>/dev/null; then
  new=(unshare -pf --kill-child --mount-proc)
elif unshare -Urpf --mount-proc true 2>/dev/null; then
  new=(unshare -Urpf --kill-child --mount-proc)
else
  skip_all 'neither root nor user namespaces: no pid namespace can be made'
fi

expect 'it is process 1' 0 1 '' "${new[@]}" "$BROOD" run -- sh -c 'echo $PPID'
for code in 0 3 255; do
  expect "exit $code" "$code" '' '' "${new[@]}" "$BROOD" run -- sh -c "exit $code"
done
for pair in TERM:143 KILL:137 SEGV:139 INT:130; do
  expect "a death by ${pair%:*} is 128+n" "${pair#*:}" '' '' "${new[@]}" "$BROOD" run -- sh -c "ulimit -c 0; kill -${pair%:*} \$\$"
done
expect 'not found' 127 '' "brood: execute 'no-such-program': not found in PATH: No such file or directory" \
  "${new[@]}" "$BROOD" run -- no-such-program

# Processes whose parents have gone become children of process 1. The command outlives three of them and looks for
# zombies: none may be there once process 1 has had its turn, which a question to it ensures.
cat >orphans.sh <<'E'
for i in 1 2 3; do
  (setsid sh -c 'echo $$ >"$T/up"; read -r _ <"$T/go"' &)
done
read -r a <"$T/up"; read -r b <"$T/up"; read -r c <"$T/up"
for pid in $a $b $c; do sed -n 's/^PPid:\t//p' "/proc/$pid/status"; done | sort | uniq -c | awk '{ print $1, $2 }'
perl -e '
  my @fds = map { syscall(434, $_ + 0, 0) } @ARGV;
  for (1 .. 3) { open my $f, ">", "$ENV{T}/go"; print $f "go\n"; close $f }
  for my $fd (@fds) { my $set = ""; vec($set, $fd, 1) = 1; select($set, undef, undef, 60) }' $a $b $c
"$BROOD" kill -s CONT @self
"$BROOD" kill -s CONT @self
for pid in $a $b $c; do [ -e "/proc/$pid" ] && grep State "/proc/$pid/status"; done
echo looked
E
expect 'orphans of the namespace are adopted and reaped' 0 '3 1
looked' '' "${new[@]}" "$BROOD" run -- bash orphans.sh

# What is left when the command ends is terminated: it can say goodbye.
expect 'the rest is terminated' 6 'bye' '' "${new[@]}" "$BROOD" run -- sh -c '
  setsid perl -e "\$SIG{TERM} = sub { print qq(bye\n); exit 0 }; open F, q(>), qq(\$ENV{T}/go); print F qq(up\n); close F; select undef, undef, undef, undef" &
  read -r _ <"$T/go"; exit 6'
expect 'one that ignores that is killed' 7 '' '' "${new[@]}" "$BROOD" run --grace 0.1 -- sh -c '
  setsid perl -e "\$SIG{TERM} = q(IGNORE); open F, q(>), qq(\$ENV{T}/go); print F qq(up\n); close F; select undef, undef, undef, undef" &
  read -r _ <"$T/go"; exit 7'

# Signals from inside and from outside the namespace (that is `docker stop`).
expect 'signals from inside' 0 'got TERM' '' "${new[@]}" "$BROOD" run -- perl -e '
  $| = 1; $SIG{TERM} = sub { print "got TERM\n"; exit 0 }; kill TERM => 1; select undef, undef, undef, undef'
"${new[@]}" "$BROOD" run -- perl -e '
  $| = 1; $SIG{TERM} = sub { print "got TERM\n"; exit 9 };
  open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef' >said &
namespace=$!
check 'it runs' up "$(hear up)"
first=$(cat "/proc/$namespace/task/$namespace/children")
kill -TERM "${first% }"
wait $namespace
check 'SIGTERM from outside ends it well' '9 got TERM' "$? $(cat said)"
"${new[@]}" "$BROOD" run -- sh -c 'echo up >"$T/up"; exec sleep 300' &
namespace=$!
check 'one without a handler' up "$(hear up)"
first=$(cat "/proc/$namespace/task/$namespace/children")
kill -TERM "${first% }"
wait $namespace
check 'dies of it: 143, though process 1 cannot die of a signal' 143 $?

# Background jobs in there: the shell is no init, brood is.
expect 'start below it' 4 '1
exited' '' "${new[@]}" "$BROOD" run --state-dir "$T/inner" -- sh -c '
  "$BROOD" start --state-dir "$T/inner" -- sh -c "exit 4" >/dev/null; "$BROOD" --state-dir "$T/inner" wait 2 >/dev/null
  "$BROOD" --state-dir "$T/inner" status 1 --field id; "$BROOD" --state-dir "$T/inner" status 2 --field state
  "$BROOD" --state-dir "$T/inner" join 2'

# Jobs that were started inside are waited for, unless somebody wants process 1 to end: then they are ended, too.
for method in fork spawn forkserver; do
  "${new[@]}" "$BROOD" run --state-dir "$T/inner-$method" -- sh -c '
    "$BROOD" start --method "$0" -- sh -c "echo up >\"\$T/up\"; read -r _ <\"\$T/go\"; echo done >\"\$T/$0.done\"" >/dev/null; exit 5' $method &
  namespace=$!
  check "$method: there is a job inside" up "$(hear up)"
  tell go
  wait $namespace
  check "$method: it is waited for" '5 done' "$? $(cat $method.done)"
  "${new[@]}" "$BROOD" run --state-dir "$T/inner-$method" -- perl -e '
    system $ENV{BROOD}, "start", "--method", $ARGV[0], "--", "perl", "-e", q(
      $SIG{TERM} = sub { open F, ">", "$ENV{T}/bye"; print F "bye\n"; exit 0 };
      open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1);
    $SIG{TERM} = sub { exit 9 };
    open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1' $method >/dev/null &
  namespace=$!
  check "$method: another one" 'up up' "$(hear up) $(hear up)"
  first=$(cat "/proc/$namespace/task/$namespace/children")
  kill -TERM "${first% }"
  wait $namespace
  check "$method: it is not waited for when process 1 is to end, but ended gently" '9 bye' "$? $(cat bye)"
  rm -f bye
done

# After the namespace has gone, everything in it has: known as lost, not as running and not as ended well.
expect 'a job in a namespace that is taken away' 0 '~[0-9]*' '' "${new[@]}" sh -c '"$BROOD" start --name away -- sleep 300'
expect 'is lost' 0 lost '' brood status away --field state
expect 'its end is unknown' 125 '' '~brood: join job *: its monitor ended, in another pid namespace: the job is lost: how it ended is unknown' brood join away
expect 'it is not alive' 1 '' '' brood is-alive away
expect 'there is nothing to terminate' 0 '' '' brood terminate away
check 'its exit code is unknown, and it has no signal' ' ' "$(field away exitcode) $(field away signal)"
expect 'close' 0 '' '' brood close away
