#!/usr/bin/env bash
# A launch that fails: the right status, one line that names what failed and why, and no job left behind.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up

# fails STATUS LINE WORDS...: the same from start, under both methods, and from run
fails() {
  local status=$1 line=$2
  shift 2
  expect "start $*" "$status" '' "$line" brood start "$@"
  expect "start --method spawn $*" "$status" '' "$line" brood start --method spawn "$@"
  expect "run $*" "$status" '' "$line" brood run "$@"
}

mkdir dir bin
: >data
printf '#!/no/such/interpreter\n' >orphaned
printf '#!%s/dir/no-perl -w\n' "$T" >relative
printf 'MZ\220\0 not a program' >binary
chmod +x orphaned relative binary
ln -s loop loop
ln -s nowhere dangling

# --- 127: there is no such program
fails 127 "brood: execute './missing': No such file or directory" -- ./missing a b
fails 127 "brood: execute '$T/dir/missing': No such file or directory" "$T/dir/missing"
fails 127 "brood: execute './data/x': Not a directory" -- ./data/x
fails 127 "brood: execute './dangling': No such file or directory" -- ./dangling
fails 127 "brood: execute 'no-such-program': not found in PATH: No such file or directory" -- no-such-program
fails 127 "~brood: execute '*': No such file or directory" -- ''
fails 127 "brood: execute 'true': not found in PATH: No such file or directory" --env "PATH=$T/bin" -- true

# --- 126: it is there, but cannot be executed
fails 126 "brood: execute './data': Permission denied" -- ./data
fails 126 "brood: execute './dir': Permission denied" -- ./dir
fails 126 "brood: execute '/': Permission denied" -- /
fails 126 "brood: execute './orphaned': its interpreter: No such file or directory" -- ./orphaned
fails 126 "brood: execute './relative': its interpreter: No such file or directory" -- ./relative
fails 126 "brood: execute './loop': Too many levels of symbolic links" -- ./loop
# PATH: the first that can be executed wins, as in a shell; one that may not be is remembered.
: >bin/tool
fails 126 "brood: execute '$T/bin/tool': Permission denied" --env "PATH=$T/bin:/nowhere" -- tool
mkdir bin2
printf '#!/bin/sh\nexit 8\n' >bin2/tool
chmod +x bin2/tool
expect 'a later one that can be executed' 8 '' '' brood run --env "PATH=$T/nowhere:$T/bin:$T/bin2" -- tool

# --- scripts without #!
printf 'echo "$0|$1|$#"; exit 4\n' >bare
chmod +x bare
expect 'a script without #!' 4 './bare|a b|3' '' brood run -- ./bare 'a b' '' c
expect 'found in PATH' 4 "$T/bare|-x|1" '' brood run --env "PATH=$T:$PATH" -- bare -x
: >bin2/empty
chmod +x bin2/empty
expect 'an empty script' 0 '' '' brood run -- "$T/bin2/empty"
expect 'in the background, too' 0 '~[0-9]*' '' brood start --name bare -- ./bare x
expect 'with its status' 4 '' '' brood join bare
check 'with its words' './bare|x|1' "$(brood logs bare)"
brood close bare

# --- 125: something before it failed
fails 125 "brood: change to directory '$T/nowhere': No such file or directory" --cwd "$T/nowhere" -- true
fails 125 "brood: change to directory 'data': Not a directory" --cwd data -- true
fails 125 "brood: change to directory 'loop': Too many levels of symbolic links" --cwd loop -- true
fails 125 "brood: open 'nowhere/in': No such file or directory" --stdin nowhere/in -- true
fails 125 "brood: open 'nowhere/out': No such file or directory" --stdout nowhere/out -- true
fails 125 "brood: open 'dir': Is a directory" --stdout dir -- true
fails 125 "brood: open 'data/err': Not a directory" --stderr data/err -- true
fails 125 "~brood: * 'nowhere/env': No such file or directory" --env-file nowhere/env -- true
fails 125 "~brood: *'nofile=9:8'*" --limit nofile=9:8 -- true
fails 125 '~brood: launch a job: no command was given*' --name nothing --
fails 125 "brood: pass descriptor 55: Bad file descriptor" --pass-fd 55 -- true
fails 127 "brood: execute './missing': No such file or directory" --cwd dir --stdout late -- ./missing
check 'of two failures the first is told' 'brood: change to directory '\''nowhere'\'': No such file or directory' \
  "$(brood start --cwd nowhere -- ./missing 2>&1)"

# --- after all that
check 'no job is left' '' "$(brood status)"
check 'nor a file of one' '' "$(ls state/jobs)"
expect 'a name is free after a failure' 127 '' '~brood: *' brood start --unique --name once -- ./missing
expect 'for the next' 0 '~[0-9]*' '' brood start --unique --name once -- true
expect 'that' 0 '' '' brood join once
brood close once

# --- a created job that cannot be launched stays what it was
expect 'create' 0 '~[0-9]*' '' brood create --name later -- ./later
expect 'too early' 127 '' "brood: execute './later': No such file or directory" brood start --job later
expect 'it is still to be started' 0 created '' brood status later --field state
check 'with nothing but its record' job.json "$(ls state/jobs/*)"
ln -s /bin/true later
expect 'now' 0 '~[0-9]*' '' brood start --job later
expect 'it runs' 0 '' '' brood join later
brood close later

# --- a program that is being written. Once it is closed, it can run: start waits for that, but not for ever.
cp "$(type -P true)" busy
exec 9>>busy
fails 126 "brood: execute './busy': Text file busy" -- ./busy
exec 9>&-
expect 'when it is closed' 0 '' '' brood run -- ./busy

# --- too much environment: the reason, no hang
cat >full.pl <<'E'
$ENV{"BIG$_"} = "x" x 131000 for 1 .. shift;
exec @ARGV;
print "exec failed\n";
E
limit=$(getconf ARG_MAX 2>/dev/null || echo 2097152)
most=$((limit / 131010 - 1))
check 'whatever environment brood can be given' "$most 131000" "$(perl full.pl $most "$BROOD" run -- \
  perl -e 'print scalar(grep /^BIG/, keys %ENV), " ", length $ENV{BIG1}, "\n"')"
expect 'start, too' 0 '~[0-9]*' '' perl full.pl $most "$BROOD" start --name big -- perl -e 'exit grep /^BIG/, keys %ENV'
expect 'has all of it' $most '' '' brood join big
printf 'MORE%s=%0131000d\n' 1 0 2 0 3 0 >env-file
expect 'more than the kernel takes is refused' 126 '' "brood: execute '/bin/true': Argument list too long" \
  perl full.pl $most "$BROOD" start --env-file env-file -- /bin/true
brood close big

# --- few descriptors
expect 'with few descriptors start works' 0 '~[0-9]*' '' bash -c 'ulimit -n 24; exec "$BROOD" start --name few -- sh -c "exit 3"'
expect 'and join' 3 '' '' bash -c 'ulimit -n 12; exec "$BROOD" join few'
brood close few
if grep -qa __ubsan_ "$BROOD"; then
  skip_part 'hardly any descriptors: the sanitizer itself needs some'
else
  for number in 4 5 6 7 8 9 10 12; do
    (exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n $number && exec timeout -s KILL 60 "$BROOD" run -- true) >said 2>&1
    expect "with $number descriptors run works or says why not" 0 '~@(0 |125 brood: *Too many open files)' '' echo "$? $(cat said)"
    (exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n $number && exec timeout -s KILL 60 "$BROOD" start -- true) >said 2>&1
    expect "with $number descriptors start works or says why not" 0 '~@(0 [0-9]*|125 brood: *Too many open files)' '' \
      echo "$? $(cat said)"
  done
fi
for dir in state/jobs/*; do [ ! -d "$dir" ] || brood wait "${dir##*/}" >/dev/null; done
brood close --ended
check 'nothing is left of that' '' "$(ls state/jobs)"

# --- no process can be made
if is_root && command -v setpriv >/dev/null; then
  chmod 711 .
  mkdir nobody
  uid=$((61000 + $$ % 4000))
  chown $uid nobody
  user=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups env PATH=/bin:/usr/bin "BROOD_STATE_DIR=$T/nobody")
  cp "$BROOD" brood-copy
  chmod 755 brood-copy
  expect 'no more processes: start' 125 '' '~brood: *Resource temporarily unavailable' \
    "${user[@]}" bash -c 'ulimit -u 1; exec ./brood-copy start --name full -- sh -c "echo ran >\"$T/up\""'
  expect 'no more processes: run' 125 '' '~brood: *Resource temporarily unavailable' \
    "${user[@]}" bash -c 'ulimit -u 1; exec ./brood-copy run --name full -- true'
  expect 'no more processes: spawn' 125 '' '~brood: *Resource temporarily unavailable' \
    "${user[@]}" bash -c 'ulimit -u 1; exec ./brood-copy start --method spawn --name full -- true'
  expect 'no job is left' 0 '' '' "${user[@]}" ./brood-copy status
  expect 'one more is not enough for monitor and target' 125 '' '~brood: *Resource temporarily unavailable' \
    "${user[@]}" bash -c 'ulimit -u 2; exec ./brood-copy start --name full -- true'
  expect 'no job is left' 0 '' '' "${user[@]}" ./brood-copy status
  expect 'later it works' 0 '~[0-9]*' '' "${user[@]}" ./brood-copy start --unique --name full -- sh -c 'exit 5'
  expect 'under the same name' 5 '' '' "${user[@]}" ./brood-copy join full
else
  skip_part 'a limit on processes: needs root and setpriv'
fi

# --- a full disk
if is_root && unshare -m true 2>/dev/null; then
  mkdir small
  cat >full.sh <<'E'
set -u
mount -t tmpfs -o size=256k,mode=700 none small || exit 77
export BROOD_STATE_DIR=$T/small/state
"$BROOD" start --name first -- sh -c 'exit 3'
"$BROOD" start --name second -- sh -c 'echo up >"$T/up"; read -r _ <"$T/done"; exit 6'
read -r _ <"$T/up"
dd if=/dev/zero of=small/fill bs=4k 2>/dev/null
"$BROOD" start --name third -- sh -c 'echo third ran >"$T/ran"' >o 2>e
echo "refused $? $(wc -c <o) $(grep -c '^brood: .*No space left on device$' e) $(wc -l <e)"
"$BROOD" create --name third -- true >o 2>e
echo "create $? $(wc -c <o) $(grep -c '^brood: .*No space left on device$' e) $(wc -l <e)"
"$BROOD" run -- sh -c 'echo run ran >"$T/ran"' >o 2>e
echo "run $? $(wc -c <o) $(grep -c '^brood: .*No space left on device$' e) $(wc -l <e)"
"$BROOD" join first
echo "join $?"
for job in 1 2; do "$BROOD" status $job --field state; done
echo go >"$T/done"
"$BROOD" join second
echo "the end of a job is recorded on a full disk: $?"
"$BROOD" status --json | grep -c '"id"'
rm small/fill
"$BROOD" start --unique --name third -- sh -c 'exit 7' >/dev/null
"$BROOD" join third
echo "join $?"
E
  make_line 'done'
  expect 'a full disk' 0 '1
2
refused 125 0 1 1
create 125 0 1 1
run 125 0 1 1
join 3
exited
running
the end of a job is recorded on a full disk: 6
2
join 7' '' unshare -m bash full.sh
  check 'nothing ran unrecorded' 'no' "$([ -e ran ] && cat ran || echo no)"
else
  skip_part 'a full disk: needs root and mount namespaces'
fi

# --- a state directory on a read-only file system (or one without permission)
if is_root && unshare -m true 2>/dev/null; then
  cat >read-only.sh <<'E'
mkdir -p ro
mount -t tmpfs -o mode=700 none ro && mkdir -m 700 ro/state && BROOD_STATE_DIR=$T/ro/state "$BROOD" run --name old -- sh -c 'exit 9' && exit 1
mount -o remount,ro ro || exit 77
export BROOD_STATE_DIR=$T/ro/state
"$BROOD" start -- true 2>e; echo "start $? $(cat e)"
"$BROOD" run -- true 2>e; echo "run $? $(sed "s|'[^']*'|PATH|" e)"
"$BROOD" join old; echo "join $?"
"$BROOD" status old --field exitcode
"$BROOD" close old 2>e; echo "close $? $(grep -c 'Read-only file system$' e)"
BROOD_STATE_DIR=$T/ro/new "$BROOD" start -- true 2>e; echo "new $? $(cat e)"
E
  expect 'a read-only file system' 0 "~start 125 brood: *: Read-only file system
run 125 brood: *: Read-only file system
join 9
9
close 125 1
new 125 brood: *'$T/ro/new': Read-only file system" '' unshare -m bash read-only.sh
elif ! is_root; then
  mkdir -p ro/state/jobs
  chmod 500 ro ro/state ro/state/jobs
  expect 'a directory without permission' 125 '' '~brood: *: Permission denied' brood --state-dir ro/state start -- true
  expect 'status of an empty one' 0 '' '' brood --state-dir ro/state status
  expect 'a new one that cannot be made' 125 '' "~brood: *'$T/ro/new': Permission denied" brood --state-dir ro/new start -- true
else
  skip_part 'a read-only file system: needs mount namespaces'
fi
expect 'a state directory that is a file' 125 '' "~brood: *'$T/data': Not a directory" brood --state-dir data start -- true
expect 'a state directory below a file' 125 '' "~brood: *'$T/data/x': Not a directory" brood --state-dir data/x start -- true
expect 'a state directory that is a loop' 125 '' "~brood: *'$T/loop': Too many levels of symbolic links" brood --state-dir loop start -- true

# --- the directory below the caller's feet is gone
mkdir vanishing
expect 'a caller without a directory' 5 '' '' bash -c 'cd vanishing; rmdir ../vanishing; exec "$BROOD" run -- perl -e "exit 5"'
mkdir vanishing
expect 'start' 0 '~[0-9]*' '' bash -c 'cd vanishing; rmdir ../vanishing; exec "$BROOD" start --name lost-soul -- perl -e "exit 6"'
mkdir vanishing
expect 'join' 6 '' '' bash -c 'cd vanishing; rmdir ../vanishing; exec "$BROOD" join lost-soul'

# --- a keeper that cannot get ready for its orders says why, and not only that nobody listened to them
if is_root && unshare -m true 2>/dev/null; then
  # shellcheck disable=SC2016
  echo 'mount -t tmpfs none /dev && cd "$T" && for method in fork spawn forkserver; do
  for _ in 1 2 3 4 5 6; do "$BROOD" start --name unfit --method $method -- true; echo $?; done
done 2>&1 | sort | uniq -c | sed "s/^ *//"; "$BROOD" status unfit' >unfit.sh
  expect 'without a null device' 125 "18 125
12 brood: start 'unfit': open '/dev/null': No such file or directory
6 brood: start 'unfit': start the fork server: open '/dev/null': No such file or directory" "brood: find job 'unfit': no such job" unshare -m bash unfit.sh
else
  skip_part 'no null device: needs root and mount namespaces'
fi
