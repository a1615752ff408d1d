#!/usr/bin/env bash
# `terminate` and `kill`: the whole tree, each member told once, and nobody else; done means gone.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go seen

# A member that tells of every SIGTERM and ends when `go` is said; WINCH makes it write down how many came.
cat >counts.pl <<'E'
my ($n, $told) = (0, 0);
sub say_it { open my $f, ">", "$ENV{T}/$_[0]"; print $f "$_[1]\n"; close $f }
$SIG{TERM} = sub { $n++; say_it("seen", "TERM") };
$SIG{WINCH} = sub { say_it("seen", "count $n"); $told = 1 };
say_it("up", $$);
select(undef, undef, undef, undef) until $told;
exit 0;
E
# In the background of the script, and known by its pid: `"$BROOD" terminate X & terminator=$!`

# --- the whole tree, whatever it has done to hide
expect 'a shell and its children' 0 '~[0-9]*' '' brood start --name family -- sh -c '
  exec sleep 300 & echo $! >"$T/up"; (exec sleep 300 & echo $! >"$T/up"; wait) & wait'
first=$(hear up)
second=$(hear up)
expect 'terminate' 0 '' '' brood terminate family
check 'all are gone when it returns' 'gone gone gone' \
  "$(liveness "$first") $(liveness "$second") $(liveness "$(field family pid)")"
check 'the record tells of the signal' 'exited -15 SIGTERM' "$(field family state) $(field family exitcode) $(field family signal)"
for verb in terminate kill; do
  brood start --name "hidden-$verb" -- sh -c '
    setsid sh -c "echo \$\$ >\"\$T/up\"; exec sleep 300" &
    (trap "" HUP; (setsid sh -c "echo \$\$ >\"\$T/up\"; exec sleep 300" &) )
    perl -e "use POSIX; setpgid(0, 0); exit if fork; setsid; exit if fork; open F, q(>), qq(\$ENV{T}/up); print F qq(\$\$\n); close F; exec q(sleep), 300"
    wait' >/dev/null
  members="$(hear up) $(hear up) $(hear up)"
  expect "$verb reaches other sessions, groups and daemons" 0 '' '' brood $verb "hidden-$verb"
  check "$verb: all gone" 'gone gone gone' "$(for pid in $members; do liveness "$pid"; done | xargs)"
done
check 'terminate: by SIGTERM' -15 "$(field hidden-terminate exitcode)"
check 'kill: by SIGKILL' -9 "$(field hidden-kill exitcode)"

# Members of jobs that are left; their keepers may be just about to go.
left() {
  local pid name
  for pid in $(processes); do
    name=$(cat "/proc/$pid/comm" 2>/dev/null)
    case $name in '' | brood*) ;; *) echo "$name" ;; esac
  done
}
# One that breeds while it is ended.
cat >breeder.pl <<'E'
# SIGTERM makes three children in sessions of their own that ignore it, as does the parent from then on.
use POSIX;
$SIG{TERM} = sub {
  $SIG{TERM} = "IGNORE";
  for (1 .. 3) {
    next if fork;
    setsid;
    exec "sleep", "300";
  }
};
open F, ">", "$ENV{T}/up"; print F "$$\n"; close F;
select(undef, undef, undef, undef) while 1;
E
brood start --name breeder -- perl breeder.pl >/dev/null
hear up >/dev/null
expect 'what is born of SIGTERM ends, too' 0 '' '' brood terminate --grace 0.2 breeder
check 'nobody is left' '' "$(left)"
brood start --name forker -- sh -c 'echo up >"$T/up"; while :; do (exec setsid true) & wait; done' >/dev/null
hear up >/dev/null
expect 'a tree that never stands still is killed' 0 '' '' brood kill forker
check 'nobody of it is left' '' "$(left)"

# --- each member gets one SIGTERM
brood start --name counted -- sh -c '
  perl counts.pl & perl counts.pl & setsid perl counts.pl & exec perl counts.pl' >/dev/null
members="$(hear up) $(hear up) $(hear up) $(hear up)"
"$BROOD" terminate --grace 1h counted &
terminator=$!
check 'every member hears of it' '4 TERM' "$(for _ in $members; do hear seen; done | sort | uniq -c | xargs)"
# The monitor answers in its turn: what it had to send is sent. WINCH is delivered after what is pending.
"$BROOD" terminate --grace 1h counted &
second=$!
await_open $second socket
brood kill -s CONT counted
for pid in $members; do kill -WINCH "$pid"; done
check 'once, though it was asked twice, and though members ended meanwhile' '4 count 1' \
  "$(for _ in $members; do hear seen; done | sort | uniq -c | xargs)"
wait $terminator
check 'the first terminate' 0 $?
wait $second
check 'the second terminate' 0 $?
check 'it ended by itself' '0 ' "$(field counted exitcode) $(field counted signal)"

# --- the time of grace
brood start --name deaf -- perl -e '$SIG{TERM} = "IGNORE"; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef' >/dev/null
hear up >/dev/null
expect 'one that ignores SIGTERM' 0 '' '' brood terminate --grace 0.1 deaf
expect 'is killed' 137 '' '' brood join deaf
brood start --name deaf --grace 100ms -- perl -e '$SIG{TERM} = "IGNORE"; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef' >/dev/null
hear up >/dev/null
expect 'the job'\''s own time of grace' 0 '' '' brood terminate deaf
check 'counts' -9 "$(field deaf exitcode)"
brood start --name deaf-child -- sh -c 'perl -e "\$SIG{TERM} = q(IGNORE); open F, q(>), qq(\$ENV{T}/up); print F qq(\$\$\n); close F; select undef, undef, undef, undef" & wait' >/dev/null
child=$(hear up)
expect 'a child that ignores SIGTERM' 0 '' '' brood terminate --grace 0.1 deaf-child
check 'is killed, the target was not' 'gone -15' "$(liveness "$child") $(field deaf-child exitcode)"
expect 'no time at all' 0 '~[0-9]*' '' brood start --name at-once -- perl -e '$SIG{TERM} = "IGNORE"; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef'
hear up >/dev/null
expect '--grace 0' 0 '' '' brood terminate --grace 0 at-once
check 'kills' -9 "$(field at-once exitcode)"
# Patience is not slept out (this would take an hour).
brood start --name polite -- sh -c 'trap "exit 7" TERM; echo up >"$T/up"; while :; do read -r _ <"$T/go"; done' >/dev/null
hear up >/dev/null
expect 'a long patience ends with the job' 0 '' '' brood terminate --grace 1h polite
expect 'which could say its own last word' 7 '' '' brood join polite
brood start --name interrupted --stop-signal INT -- perl -e '$SIG{INT} = sub { exit 5 }; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef' >/dev/null
hear up >/dev/null
expect 'another stop signal' 0 '' '' brood terminate interrupted
expect 'is used' 5 '' '' brood join interrupted

# kill does not wait for a terminate that is patient.
brood start --name patient -- perl -e '$SIG{TERM} = sub { open F, ">", "$ENV{T}/seen"; print F "TERM\n"; close F };
  open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1' >/dev/null
hear up >/dev/null
"$BROOD" terminate --grace 1h patient &
terminator=$!
check 'it was told' TERM "$(hear seen)"
check 'it is stopping' stopping "$(field patient state)"
expect 'it is alive, though' 0 '' '' brood is-alive patient
expect 'kill in the middle' 0 '' '' brood kill patient
wait $terminator
check 'terminate is done, too' 0 $?
check 'killed' -9 "$(field patient exitcode)"
# And a shorter patience shortens a longer one.
brood start --name patient2 -- perl -e '$SIG{TERM} = sub { open F, ">", "$ENV{T}/seen"; print F "TERM\n"; close F };
  open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1' >/dev/null
hear up >/dev/null
"$BROOD" terminate --grace 1h patient2 &
terminator=$!
check 'it was told' TERM "$(hear seen)"
expect 'a second one with less patience' 0 '' '' brood terminate --grace 0.1 patient2
wait $terminator
check 'the first one is done, too' 0 $?

# --- stopped members
brood start --name stopped -- perl -e '
  $SIG{TERM} = sub { exit 7 }; open F, ">", "$ENV{T}/up"; print F "$$\n"; close F; select undef, undef, undef, undef while 1' >/dev/null
kill -STOP "$(hear up)"
expect 'a stopped job' 0 '' '' brood terminate --grace 1h stopped
expect 'acts on SIGTERM all the same' 7 '' '' brood join stopped
brood start --name stopped-tree -- sh -c 'trap "wait; exit 6" TERM
  perl -e "\$SIG{TERM} = sub { exit 0 }; open F, q(>), qq(\$ENV{T}/up); print F qq(\$\$\n); close F; select undef, undef, undef, undef while 1" & wait' >/dev/null
child=$(hear up)
kill -STOP "$child" "$(field stopped-tree pid)"
expect 'a stopped tree' 0 '' '' brood terminate --grace 1h stopped-tree
check 'acts on it as a whole' '6 gone' "$(field stopped-tree exitcode) $(liveness "$child")"
brood start --name stopped2 -- sleep 300 >/dev/null
kill -STOP "$(field stopped2 pid)"
expect 'kill of a stopped one' 0 '' '' brood kill stopped2

# --- several at once: all are told before the first is waited for
for name in A B C; do
  brood start --name $name -- perl -e '
    $SIG{TERM} = sub { open F, ">", "$ENV{T}/seen"; print F "TERM\n"; close F };
    $SIG{USR1} = sub { exit 4 };
    open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1' >/dev/null
  hear up >/dev/null
done
"$BROOD" terminate --grace 1h A B C &
terminator=$!
check 'all three are told while the first still lives' 'TERM TERM TERM' "$(hear seen) $(hear seen) $(hear seen)"
check 'it does' 'stopping stopping stopping' "$(field A state) $(field B state) $(field C state)"
brood kill -s USR1 C B A
wait $terminator
check 'then it is done' 0 $?
expect 'by themselves' 4 '' '' brood join A B C

# --- only the target
for verb in terminate kill; do
  brood start --name "alone-$verb" -- sh -c 'sleep 300 & echo $! >"$T/up"; wait' >/dev/null
  child=$(hear up)
  expect "$verb --target-only" 0 '' '' brood $verb --target-only "alone-$verb"
  check "$verb: the child lives on as an orphan" 'exited alive 1' \
    "$(field "alone-$verb" state) $(liveness "$child") $(field "alone-$verb" orphans)"
  code=$(field "alone-$verb" exitcode)
  expect "$verb --target-only on an ended job does nothing" 0 '' '' brood $verb --target-only "alone-$verb"
  check "$verb: the orphan still lives" alive "$(liveness "$child")"
  expect "$verb on the ended job ends what it left behind" 0 '' '' brood $verb "alone-$verb"
  check "$verb: gone, and the recorded end is as it was" "gone $code exited 0" \
    "$(liveness "$child") $(field "alone-$verb" exitcode) $(field "alone-$verb" state) $(field "alone-$verb" orphans)"
done

# --- ended jobs
brood start --name over -- sh -c 'exit 4' >/dev/null
brood wait over >/dev/null
before=$(brood --json status over)
expect 'terminate an ended job' 0 '' '' brood terminate over
expect 'kill an ended job' 0 '' '' brood kill over
check 'its record is as it was' "$before" "$(brood --json status over)"
brood start --unique --name over -- sleep 300 >/dev/null
expect 'terminate' 0 '' '' brood terminate over
expect 'the name is free when terminate returns' 0 '~[0-9]*' '' brood start --unique --name over -- sleep 300
expect 'kill' 0 '' '' brood kill over
expect 'and when kill returns' 0 '~[0-9]*' '' brood start --unique --name over -- true
# A lock that the job held is free, too.
brood start --name locker -- perl -MFcntl=:flock -e '
  open L, ">", "lock"; flock L, LOCK_EX; $SIG{TERM} = sub { exit 0 }; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef' >/dev/null
hear up >/dev/null
expect 'terminate the holder of a lock' 0 '' '' brood terminate locker
expect 'it is free' 0 free '' perl -MFcntl=:flock -e 'open L, ">", "lock"; print flock(L, LOCK_EX | LOCK_NB) ? "free\n" : "held\n"'

# --- other signals are only sent
brood start --name signalled -- sh -c 'perl -e "
  \$SIG{USR1} = sub { open F, q(>), qq(\$ENV{T}/seen); print F qq(child\n); close F }; open F, q(>), qq(\$ENV{T}/up); print F qq(up\n); close F; select undef, undef, undef, undef while 1" &
  exec perl -e "
  \$SIG{USR1} = sub { open F, q(>), qq(\$ENV{T}/seen); print F qq(target\n); close F }; open F, q(>), qq(\$ENV{T}/up); print F qq(up\n); close F; select undef, undef, undef, undef while 1"' >/dev/null
hear up >/dev/null
hear up >/dev/null
for form in USR1 SIGUSR1 usr1 10; do
  expect "kill -s $form" 0 '' '' brood kill -s $form signalled
  check "$form reaches the tree" 'child target' "$({ hear seen; hear seen; } | sort | xargs)"
done
expect 'kill --target-only -s' 0 '' '' brood kill --target-only --signal=USR1 signalled
check 'reaches the target' target "$(hear seen)"
expect 'the job goes on' 0 running '' brood status signalled --field state
expect 'kill -s KILL waits as kill does' 0 '' '' brood kill -s KILL signalled
check 'and all is gone' 'exited -9' "$(field signalled state) $(field signalled exitcode)"
expect 'no such signal' 125 '' '~brood: *'\''FOO'\''*' brood kill -s FOO signalled
expect 'a signal that only an ended job could get' 0 '~*' '~*' sh -c '"$BROOD" kill -s USR1 signalled; [ $? = 0 ] || [ $? = 1 ] || [ $? = 125 ]'

# --- several, good and bad
brood start --name good -- sleep 300 >/dev/null
brood create --name unborn -- true >/dev/null
expect 'one that does not exist, one that never began, one that runs' 125 '' "brood: find job 'nobody': no such job
brood: terminate job $(field unborn id): it has not been started" brood terminate nobody unborn good
check 'the good one was ended' exited "$(field good state)"
brood start --name twin -- sleep 300 >/dev/null
brood start --name twin -- sleep 300 >/dev/null
expect 'two of one name: none is touched' 125 '' '~brood: find job '\''twin'\'': *: several live jobs bear this name
hint: *' brood kill twin
check 'both live' 2 "$(brood status | grep -c 'twin  *running')"
expect '--all' 0 '' '' brood kill --all twin
check 'none lives' 0 "$(brood status | grep -c 'twin  *running')"

# --- by the job itself, or by one of its tree
brood start --name self -- sh -c '"$BROOD" terminate --grace 0.2 @self; exec sleep 300' >/dev/null
expect 'a job that terminates itself' 143 '' '' brood join self
brood start --name self-kill -- sh -c '"$BROOD" kill @self; exec sleep 300' >/dev/null
expect 'a job that kills itself' 137 '' '' brood join self-kill
brood start --name parent -- sh -c '"$BROOD" start --name child -- sh -c "\"\$BROOD\" terminate @parent; read -r _ <\"\$T/go\"; exit 2" >/dev/null; exec sleep 300' >/dev/null
brood wait parent >/dev/null
check 'a job that terminates the one it was started in outlives it' '-15 running' "$(field parent exitcode) $(field child state)"
tell go
expect 'and ends as it wants' 2 '' '' brood join child

# --- a member that may not be signalled
if is_root && command -v setpriv >/dev/null; then
  chmod 711 .
  uid=$((61000 + $$ % 4000))
  mkdir theirs
  chown $uid theirs
  cp "$BROOD" brood-copy
  cp "$(type -P setpriv)" rise
  chmod 755 brood-copy
  chmod 4755 rise
  chmod 666 up go
  user=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups env PATH=/bin:/usr/bin "BROOD_STATE_DIR=$T/theirs")
  if [ "$("${user[@]}" ./rise --reuid=0 --clear-groups id -u)" = 0 ]; then
    "${user[@]}" ./brood-copy start --name risen -- ./rise --reuid=0 --clear-groups sh -c 'echo $$ >"$T/up"; exec sleep 300' >/dev/null
    risen=$(hear up)
    expect 'a job that has become somebody else' 125 '' "~brood: terminate job 1: *process $risen: Operation not permitted" \
      "${user[@]}" ./brood-copy terminate --grace 0.1 risen
    expect 'lives, and is called alive' 0 running '' "${user[@]}" ./brood-copy status risen --field state
    expect 'kill, too' 125 '' "~brood: kill job 1: *process $risen: Operation not permitted" "${user[@]}" ./brood-copy kill risen
    check 'it lives' alive "$(liveness "$risen")"
    kill -9 "$risen"
    expect 'its true end is recorded' 137 '' '' "${user[@]}" ./brood-copy join risen
  else
    skip_part 'a member of another user: set-uid programs do not work here'
  fi
else
  skip_part 'a member of another user: needs root and setpriv'
fi

# --- without /proc: what can be known is known, and the job's group is within reach
if is_root && unshare -m true 2>/dev/null && ! grep -qa __ubsan_ "$BROOD"; then
  cat >no-proc.sh <<'E'
mount -t tmpfs none /proc || exit 77
"$BROOD" start --name blind -- sh -c 'echo said; sleep 300 & echo $! >"$T/up"; wait'
read -r child <"$T/up"
echo "$child" >child
"$BROOD" status blind --field state
"$BROOD" is-alive blind; echo "is-alive $?"
"$BROOD" logs blind
"$BROOD" join -t 0 blind; echo "join $?"
"$BROOD" terminate blind; echo "terminate $?"
"$BROOD" join blind; echo "join $?"
"$BROOD" is-alive blind; echo "is-alive $?"
"$BROOD" start --name blind2 -- sleep 300 >/dev/null
"$BROOD" kill blind2; echo "kill $?"
"$BROOD" join blind2; echo "join $?"
"$BROOD" run -- sh -c 'exit 6'; echo "run $?"
"$BROOD" start -- ./missing 2>/dev/null; echo "start $?"
"$BROOD" close blind blind2; echo "close $?"
E
  expect 'without /proc' 0 '~[0-9]*
running
is-alive 0
said
join 124
terminate 0
join 143
is-alive 1
kill 0
join 137
run 6
start 127
close 0' '' unshare -m bash no-proc.sh
  check 'the child is gone' gone "$(liveness "$(cat child)")"

  # The keepers killed, the target can still be told from others by the number that newer kernels give each process.
  brood start --name left -- sleep 300 >/dev/null
  if grep -q '"pid_inode":[1-9]' "state/jobs/$(field left id)/job.json"; then
    lose_keepers left
    target=$(field left pid)
    cat >no-proc.sh <<'E'
mount -t tmpfs none /proc || exit 77
"$BROOD" status left --field state
"$BROOD" join -t 0 left; echo "join $?"
"$BROOD" terminate left; echo "terminate $?"
"$BROOD" kill -s CONT --target-only left; echo "signal $?"
"$BROOD" status left --field state
"$BROOD" terminate --target-only left; echo "terminate $?"
"$BROOD" status left --field state
E
    expect 'an orphan without /proc' 0 'orphaned
join 124
terminate 125
signal 0
orphaned
terminate 0
lost' "~brood: terminate job *: its keepers were killed, and without /proc its tree cannot be seen
hint: --target-only reaches its target" unshare -m bash no-proc.sh
    check 'its target is gone' gone "$(liveness "$target")"
  else
    skip_part 'an orphan without /proc: needs Linux 6.9'
  fi
else
  skip_part 'without /proc: needs root, mount namespaces, and no sanitizer, which needs it itself'
fi
