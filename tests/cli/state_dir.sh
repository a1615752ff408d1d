#!/usr/bin/env bash
# The state directory: where it is, who may use it, and that one bad thing in it spoils nothing else.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go
state=$BROOD_STATE_DIR
unset BROOD_STATE_DIR

# --- looking never makes one
export BROOD_STATE_DIR=$T/none/state
for command in status 'status --json' 'close --ended'; do
  # shellcheck disable=SC2086  # words
  expect "nothing there: $command" 0 "$([ "$command" = 'status --json' ] && echo '[]')" '' brood $command
done
for command in 'status 1' 'status x' 'join 1' 'join x' 'wait x' 'is-alive x' 'terminate x' 'kill 1' 'close 1' 'logs x' 'rename 1 y' 'start --job 1'; do
  # shellcheck disable=SC2086
  expect "nothing there: $command" 125 '' "~brood: find job '[1x]': no such job" brood $command
done
expect 'nor does a refused start' 125 '' '~brood: *' brood start --name 1 -- true
check 'it has not been made' missing "$([ -e none ] && echo made || echo missing)"

# --- modes
list_modes() { (cd "$1" && find . -type s -o -printf '%m %y %P\n' | sort -k3 | sed 's/^700 d $/700 d ./'); }
for mask in 0 0177 0777; do
  export BROOD_STATE_DIR=$T/mask-$mask/state
  mkdir "mask-$mask"
  expect "umask $mask: create" 0 1 '' sh -c "umask $mask; exec \"\$BROOD\" create --env A=secret -- true"
  expect "umask $mask: start" 0 2 '' sh -c "umask $mask; exec \"\$BROOD\" start --unique -- sh -c 'umask; read -r _ <\"\$T/go\"'"
  check "umask $mask: all is the owner's alone" '700 d .
600 f authkey
700 d jobs
700 d jobs/1
600 f jobs/1/environment
600 f jobs/1/job.json
700 d jobs/2
600 f jobs/2/job.json
600 f jobs/2/output.log
600 p jobs/2/sentinel' "$(list_modes "$BROOD_STATE_DIR" | grep -v -e names -e next-id)"
  check "umask $mask: and the rest" '600 700' "$(list_modes "$BROOD_STATE_DIR" | grep -e names -e next-id | awk '{ print $1 }' | sort -u | tr '\n' ' ' | sed 's/ $//')"
  [ "$(field 2 state 2>&1)" = running ] || continue
  tell go
  expect "umask $mask: join" 0 '' '' brood join 2
  check "umask $mask: the sentinel of an ended job" '600 0' "$(stat -c '%a %s' "$BROOD_STATE_DIR/jobs/2/sentinel")"
  expect "umask $mask: the target has the caller's" 0 "$(printf %04o "$mask")" '' brood logs 2
done

# --- whose it must be
refused() { # WHY STATE
  expect "refused: $1" 125 '' "brood: use state directory '$2': $1" brood -q --state-dir "$2" start -- sh -c 'echo >ran'
  expect "refused, for looking, too: $1" 125 '' "brood: use state directory '$2': $1" brood -q --state-dir "$2" status
}
for mode in 770 707 777 1777 720 702; do
  mkdir -m 700 "open-$mode"
  chmod $mode "open-$mode"
  refused 'others can write to it' "$T/open-$mode"
  check "nothing is made in it: $mode" '' "$(ls -A "open-$mode")"
done
expect 'there is a hint' 125 '' "brood: use state directory '$T/open-770': others can write to it
hint: chmod go-w it, or choose another one with --state-dir or BROOD_STATE_DIR" brood --state-dir "$T/open-770" status
if is_root; then
  mkdir theirs
  chown 65534 theirs
  refused 'it belongs to user 65534' "$T/theirs"
  ln -s theirs link
  refused 'it belongs to user 65534' "$T/link"
  check 'nothing is made in it' '' "$(ls -A theirs)"
else
  if [ "$(stat -c %u /usr)" != "$(id -u)" ]; then
    refused "it belongs to user $(stat -c %u /usr)" /usr
  else
    skip_part 'everything belongs to this user'
  fi
fi
check 'none of them ran' missing "$([ -e ran ] && echo ran || echo missing)"
mkdir -m 755 readable
expect 'one that others can read is good' 0 1 '' brood --state-dir readable create -- true
ln -s readable link-to-own
expect 'so is a link to it' 0 1 '' brood --state-dir link-to-own status 1 --field id
: >file
expect 'a file is none' 125 '' "brood: open '$T/file': Not a directory" brood --state-dir file start true
expect 'nor can one be below it' 125 '' "~brood: *'$T/file*': Not a directory" brood --state-dir file/below start true

# --- where it is
unset BROOD_STATE_DIR
where() { # EXPECTED NAME=VALUE...: where a job that is started so lives, as itself says
  local wanted=$1
  shift
  expect "where: $*" 0 "$wanted" '' env -u HOME -u XDG_STATE_HOME "$@" "$BROOD" run -- sh -c 'echo "$BROOD_STATE_DIR"'
  check "where: $*: it was made" '700 d' "$(stat -c '%a %F' "$wanted" | sed 's/directory/d/')"
}
mkdir home xdg
where "$T/home/.local/state/brood" HOME="$T/home"
where "$T/home/.local/state/brood" HOME="$T/home/"
where "$T/home/.local/state/brood" HOME="$T/home" XDG_STATE_HOME=
where "$T/home/.local/state/brood" HOME="$T/home" XDG_STATE_HOME=relative
where "$T/home/.local/state/brood" HOME="$T/home" XDG_STATE_HOME="$T/file"
where "$T/home/.local/state/brood" HOME="$T/home" BROOD_STATE_DIR=
where "$T/xdg/brood" HOME="$T/home" XDG_STATE_HOME="$T/xdg"
where "$T/new/xdg/brood" HOME="$T/home" XDG_STATE_HOME="$T/new/xdg"
where "$T/new-home/.local/state/brood" HOME="$T/new-home"
where "$T/named" HOME="$T/home" XDG_STATE_HOME="$T/xdg" BROOD_STATE_DIR="$T/named"
where "$T/named" BROOD_STATE_DIR="$T/named///"
where "$T/relative/named" BROOD_STATE_DIR=relative/named
expect 'an option is stronger' 0 "$T/option" '' env BROOD_STATE_DIR="$T/named" "$BROOD" run --state-dir option -- sh -c 'echo "$BROOD_STATE_DIR"'
check 'nothing was made elsewhere' missing "$([ -e relative/brood ] && echo made || echo missing)"
expect 'from a relative one' 0 1 '' env BROOD_STATE_DIR=relative/two "$BROOD" start --cwd / -- sh -c '"$BROOD" status @self --field id; "$BROOD" kill -s USR1 @self'
check 'the same one is found elsewhere' 138 "$(cd home && brood --state-dir ../relative/two join 1; echo $?)"
check 'and was found from within' 1 "$(brood --state-dir relative/two logs 1)"
expect 'the directory that one is in may be gone' 125 '' "brood: find 'x': current directory: No such file or directory" \
  sh -c 'mkdir gone && cd gone && rmdir ../gone && exec "$BROOD" --state-dir x status'
expect 'an absolute one works there' 0 '' '' sh -c 'mkdir gone && cd gone && rmdir ../gone && exec "$BROOD" --state-dir "$T/none" status'

# No home at all. What lies in /run and /tmp is covered by empty directories, in a namespace of its own.
if is_root && unshare -m true 2>/dev/null && command -v setpriv >/dev/null; then
  mkdir covered
  cat >homeless.sh <<'E'
mount -t tmpfs -o mode=755 none covered
cp "$BROOD" covered/brood
mkdir covered/run covered/tmp
chmod 1777 covered/tmp
mount --bind covered/run /run
for home in '' HOME= HOME=relative "HOME=$T/file/x"; do
  env -i $home PATH="$PATH" covered/brood run -- sh -c 'echo "$BROOD_STATE_DIR"'
done
stat -c '%a %u' /run/brood
exec 9<covered/brood
mount --bind covered/tmp /tmp
cp /proc/self/fd/9 /tmp/program
cd /
as() { setpriv --reuid=61234 --regid=61234 --clear-groups env -i PATH="$PATH" "$@"; }
as /tmp/program start -- sh -c 'exit 3'
as /tmp/program join 1
echo $?
stat -c '%a %u' /tmp/brood-61234
rm -rf /tmp/brood-61234
mkdir -m 777 /tmp/brood-61234
as /tmp/program status
echo $?
rmdir /tmp/brood-61234
setpriv --reuid=61235 --clear-groups mkdir /tmp/elsewhere
setpriv --reuid=61235 --clear-groups ln -s /tmp/elsewhere /tmp/brood-61234
as /tmp/program status
echo $?
E
  expect 'no usable home' 0 "/run/brood
/run/brood
/run/brood
/run/brood
700 0
1
3
700 61234
125
125" "brood: use state directory '/tmp/brood-61234': it belongs to user 0
hint: choose another one with --state-dir or BROOD_STATE_DIR
brood: use state directory '/tmp/brood-61234': 'brood-61234' is another user's symbolic link" unshare -m bash homeless.sh
else
  skip_part 'no home: that needs root and a mount namespace'
fi

# --- however long its path
for length in 100 107 108 150 300 1000; do
  path=$T/long
  while [ $((${#path} + 42)) -lt $length ]; do path=$path/0123456789012345678901234567890123456789; done
  path=$path/$(printf "%0$((length - ${#path} - 1))d" 0)
  check "a path of $length characters" $length ${#path}
  export BROOD_STATE_DIR=$path
  expect "start, $length" 0 1 '' brood start --name x -- perl -e '
    $SIG{USR1} = sub { exit 7 }; open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef'
  check "it runs, $length" up "$(hear up)"
  expect "is-alive, $length" 0 '' '' brood is-alive x
  expect "rename, $length" 0 '' '' brood rename x y
  expect "a signal, $length" 0 '' '' brood kill -s USR1 y
  expect "join, $length" 7 '' '' brood join y
  expect "start another, $length" 0 2 '' brood start --method spawn --name z -- sleep 300
  expect "terminate, $length" 0 '' '' brood terminate z
  expect "its end, $length" 0 SIGTERM '' brood status z --field signal
  expect "run, $length" 3 '' '' brood run -- sh -c 'exit 3'
  expect "close, $length" 0 '' '' brood close y z
  check "nothing is left, $length" '' "$(ls -A "$path/jobs")"
done

# --- whatever its name
odd=$T/$'odd \e[2J\n\xff%s$HOME'
shown=$T/'odd \e[2J\n\xff%s$HOME'
export BROOD_STATE_DIR=$odd
check 'verbose' "1 brood: TIME state directory $shown" \
  "$(brood -v start --name x -- sh -c '"$BROOD" kill -s USR1 @self' 2>err) $(sed 's/^brood: [0-9:.]* /brood: TIME /' err)"
expect 'such a name works' 138 '' '' brood join x
check 'the target has it unchanged' same "$(brood run -- sh -c 'printf %s "$BROOD_STATE_DIR"' | cmp - <(printf %s "$odd") && echo same)"
chmod g+w "$odd"
expect 'messages show it escaped' 125 '' "brood: use state directory '$shown': others can write to it" brood -q status
chmod g-w "$odd"
brood close x

# --- damaged records
export BROOD_STATE_DIR=$state
# Writes the record's checksum anew, so that a change counts as a valid one.
cat >seal.pl <<'E'
use Math::BigInt;
open my $f, "+<", shift or die;
sysread $f, my $text, 1 << 20;
my $head = substr $text, 26, index($text, "\n") + 1 - 26;
my $hash = Math::BigInt->from_hex("cbf29ce484222325");
my ($prime, $mask) = (Math::BigInt->from_hex("100000001b3"), Math::BigInt->from_hex("ffffffffffffffff"));
for my $byte (unpack "C*", $head) { $hash->bxor($byte); $hash->bmul($prime); $hash->band($mask) }
sysseek $f, 10, 0;
syswrite $f, sprintf "%016s", substr $hash->as_hex, 2;
E
# In place: the monitor of a running job has the file open.
edit() { perl -e 'my ($path, $code) = @ARGV; open my $f, "+<", $path or die; sysread $f, $_, 1 << 20; eval $code; die $@ if $@; sysseek $f, 0, 0; syswrite $f, $_; truncate $f, length' "$1" "$2"; }
both() { field "$1" "$2" && field "$3" "$4"; }
in_table() { brood status >table && awk -v id="$1" '$1 == id { print $1, $2, $3, $5 }' table; }
in_json() { brood status --json >json && perl -ne 'BEGIN { $id = shift } print "$1\n" if /"id":$id,.*?"state":"(\w+)"/' "$1" json; }
end_and_close() { brood start -- true && brood wait true >/dev/null && brood close --ended --older-than 1h; }
expect 'a good job' 0 1 '' brood start --name good -- sh -c 'echo output; exit 5'
brood wait good >/dev/null
expect 'one to be damaged' 0 2 '' brood start --name bad -- sh -c 'exit 6'
brood wait bad >/dev/null
record=$state/jobs/2/job.json
cp "$record" sound
damage() {
  case $1 in
    empty) : >"$record" ;;
    half) head -c 1000 sound >"$record" ;;
    'head only') head -n 1 sound >"$record" ;;
    'one byte short') head -c -3 sound >"$record" ;;
    rubbish) printf '\377\376{"id":2\0\033[31m' >"$record" ;;
    array) echo '[1,2]' >"$record" ;;
    zeros) head -c 4096 /dev/zero >"$record" ;;
    'another pid') sed '1s/"pid":[0-9]*/"pid":1/' sound >"$record" ;;
    'no name') sed '1s/"name"/"eman"/' sound >"$record" && perl seal.pl "$record" ;;
    'name of a wrong type') sed '1s/"name":"bad"/"name":[1,2]/' sound >"$record" && perl seal.pl "$record" ;;
    'unknown state') sed '1s/"state":"exited"/"state":"exploded"/' sound >"$record" && perl seal.pl "$record" ;;
    'target of a wrong type') sed '2s/"target":\[[^]]*\]/"target":7/' sound >"$record" ;;
    'huge number') sed '1s/"exitcode":6/"exitcode":1e99/' sound >"$record" && perl seal.pl "$record" ;;
    'a later version') sed '1s/"version":1/"version":2/' sound >"$record" && perl seal.pl "$record" ;;
    directory) mkdir "$record" ;;
    loop) ln -s job.json "$record" ;;
    'a dead link') ln -s nowhere "$record" ;;
    pipe) mkfifo "$record" ;;
    unreadable) cp sound "$record" && chmod 0 "$record" ;;
  esac
}
for kind in empty half 'head only' 'one byte short' rubbish array zeros 'another pid' 'no name' 'name of a wrong type' 'unknown state' \
  'target of a wrong type' 'huge number' 'a later version' directory loop 'a dead link' pipe unreadable; do
  if [ "$kind" = unreadable ] && is_root; then
    skip_part 'root can read everything'
    continue
  fi
  rm -rf "$record"
  damage "$kind"
  timeout -s KILL 20 "$BROOD" status >table 2>&1
  if [ $? = 137 ]; then
    fail "$kind: status returns"
    continue
  fi
  expect "$kind: the others are untouched" 0 'good
5' '' both good name 1 exitcode
  expect "$kind: the table shows all" 0 '1 good exited 5' '' in_table 1
  expect "$kind: so does json" 0 'exited' '' in_json 1
  expect "$kind: a good one can be joined" 5 '' '' brood join good
  expect "$kind: its output shown" 0 output '' brood logs good
  expect "$kind: waiting for both, the good one is ready" 125 1 '~brood: *' brood wait 1 2
  for command in 'join 2' 'wait 2' 'is-alive 2' 'terminate 2' 'kill 2' 'kill -s USR1 2' 'logs 2' 'rename 2 x' 'start --job 2'; do
    # shellcheck disable=SC2086
    expect "$kind: $command is refused" 125 '' '~brood: *' brood -q $command
  done
  expect "$kind: its name is free" 0 '~[0-9]*' '' brood start --unique --name bad -- sh -c 'exit 4'
  expect "$kind: and means the new one" 4 '' '' brood join bad
  expect "$kind: which can be closed" 0 '' '' brood close bad
  expect "$kind: --ended does not stumble" 0 '~[0-9]*' '' end_and_close
  brood close true
done
for kind in empty rubbish 'another pid' 'no name' 'a later version'; do
  rm -rf "$record"
  damage "$kind"
  expect "$kind: it is shown as damaged" 0 damaged '' brood status 2 --field state
  check "$kind: in the table, too" 'damaged' "$(brood status | awk '$1 == 2 { print $2 }')"
  check "$kind: and what is wrong" '' "$([ -n "$(field 2 problem)" ] || echo 'no words')"
  check "$kind: without raw bytes" '' "$(brood status | tr -d '\n' | tr -cd '\000-\037\177-\377' | od -An -c)"
  expect "$kind: close removes it" 0 '' '' brood close 2
  check "$kind: all of it" missing "$([ -e "$state/jobs/2" ] && ls -R "$state/jobs/2" || echo missing)"
  mkdir -m 700 "$state/jobs/2"
done
rmdir "$state/jobs/2"
expect 'a later version is called that' 0 '~{"error":{"code":"record_too_new",*' '~*' sh -c '
  "$BROOD" create -- true >id; read -r id <id; path=$BROOD_STATE_DIR/jobs/$id/job.json
  sed -i "1s/\"version\":1/\"version\":2/" "$path"; perl seal.pl "$path"; "$BROOD" --json is-alive $id; "$BROOD" close $id'

# The record of a job that runs: nothing is done on its word. Its monitor knows better, and writes it anew in the end.
expect 'a running job' 0 '~[0-9]*' '' brood start --name live -- sh -c 'echo $$ >"$T/up"; read -r _ <"$T/go"; exit 8'
target=$(hear up)
id=$(field live id)
edit "$state/jobs/$id/job.json" 's/("pid"):\d+/$1:4000000/'
expect 'damaged while it runs: its monitor is asked' 0 running '' brood status "$id" --field state
expect 'which knows the true pid' 0 "$target" '' brood status "$id" --field pid
expect 'and its name' 0 "$id" '' brood status live --field id
expect 'what is wrong is shown, too' 0 'read record: its checksum is wrong' '' brood status "$id" --field problem
expect 'close refuses' 125 '' "brood: close job $id: it is still running" brood -q close "$id"
expect 'is-alive' 0 '' '' brood is-alive "$id"
check 'it lives' alive "$(liveness "$target")"
expect 'terminate asks the monitor' 0 '' '' brood terminate "$id"
check 'it is gone' gone "$(liveness "$target")"
: <"$state/jobs/$id/sentinel"
cat "$state/jobs/$id/sentinel"
expect 'its end is recorded' 143 '' '' brood join "$id"
expect 'it can be closed' 0 '' '' brood close "$id"

# --- what does not belong there
expect 'two jobs' 0 '~[0-9]*' '' brood start --name first -- sh -c 'exit 1'
expect 'of no special kind' 0 '~[0-9]*' '' brood start --name second -- sh -c 'exit 2'
brood wait first second >/dev/null
brood status --json | perl -ne 'print "$1\n" while /"id":(\d+)/g' >ids
first=$(field first id)
mkdir victim "$state/jobs/0$first" "$state/jobs/+$first" "$state/jobs/notes" "$state/jobs/-1" "$state/jobs/0" "$state/jobs/99999999999999999999" "$state/jobs/7001"
cp "$state/jobs/$first/job.json" "$state/jobs/notes"
touch victim/control victim/environment victim/output.log victim/sentinel
touch -d '1 day ago' victim
ln -s "$T/victim" "$state/jobs/7002"
ln -s nowhere "$state/jobs/7003"
ln -s 7004 "$state/jobs/7004"
: >"$state/jobs/7005"
mkfifo "$state/jobs/7006"
: >"$state/jobs/README"
: >"$state/jobs/.hidden"
: >"$state/strange"
mkdir -p "$state/names/strange" "$state/names/00"
: >"$state/names/00/strange"
: >"$state/names/file"
expect 'strange files are no jobs' 0 "$(cat ids)" '' sh -c '"$BROOD" status --json | perl -ne "print qq(\$1\n) while /\"id\":(\d+)/g"'
expect 'jobs are found by name' 2 '' '' brood join second
expect 'and by id' 1 '' '' brood join "$first"
expect 'jobs are started' 0 '~[0-9]*' '' brood start --unique --name third -- sh -c 'exit 3'
expect 'and end' 3 '' '' brood join third
for name in 7001 7002 7003 7004 7005 7006; do
  expect "$name is no job" 125 '' '~brood: *' brood status $name
done
touch -d '1 day ago' "$state/jobs/7001"
mkdir "$state/jobs/7010" "$state/jobs/7011"
: >"$state/jobs/7010/output.log"
touch -d '1 day ago' "$state/jobs/7010"
expect '--ended does not stumble over them' 0 '' '' brood close --ended
check 'it closes all that ended' '' "$(brood status)"
check 'it sweeps up what a broken launch left long ago, not what may be one just now' '7011' "$(cd "$state/jobs" && ls -d 7001 7010 7011 2>/dev/null)"
check 'it does not follow links out of the directory' 'control
environment
output.log
sentinel' "$(ls victim)"
check 'what is not its own stays' '+FIRST
-1
.hidden
0
0FIRST
7002
7003
7004
7005
7006
7011
99999999999999999999
README
notes' "$(cd "$state/jobs" && ls -A | sed "s/^\([+0]\)$first\$/\1FIRST/" | sort)"

# --- fields of a later version
export BROOD_STATE_DIR=$T/future
expect 'an ended job' 0 1 '' brood start --name past -- sh -c 'echo done; exit 9'
brood wait 1 >/dev/null
record=$T/future/jobs/1/job.json
later() { # RECORD: unknown fields in both parts
  edit "$1" 's/(,)( +\n)/my $pad = $2; my $new = q(,"later":{"deep":[1,"two",null]},"also_later":"x",); $new . substr($pad, length($new) - 1)/e; s/\n/\n"in_tail":{"a":[true]},/'
  perl seal.pl "$1"
}
unknown() { perl -MJSON::PP -e 'undef $/; open my $f, "<", shift or die; my $r = decode_json(<$f>); print JSON::PP->new->canonical->encode({map { $_ => $r->{$_} } grep { exists $r->{$_} } qw(later also_later in_tail)}), "\n"' "$1"; }
if perl -MJSON::PP -e 1 2>/dev/null; then
  later "$record"
  all='{"also_later":"x","in_tail":{"a":[true]},"later":{"deep":[1,"two",null]}}'
  check 'unknown fields are there' "$all" "$(unknown "$record")"
  expect 'the record is understood' 9 '' '' brood join past
  expect 'rename' 0 '' '' brood rename past renamed
  check 'they survive it' "$all" "$(unknown "$record")"
  expect 'nothing else has changed' 0 'renamed exited 9' '' sh -c 'echo $("$BROOD" status renamed --field name) $("$BROOD" status 1 --field state) $("$BROOD" status 1 --field exitcode)'
  expect 'rename again' 0 '' '' brood rename renamed "$(printf '%0255d' 0 | tr 0 '"')"
  check 'they survive that, too' "$all" "$(unknown "$record")"
  expect 'a created job' 0 2 '' brood create --name fresh -- sh -c 'exit 3'
  record=$T/future/jobs/2/job.json
  later "$record"
  expect 'rename it' 0 '' '' brood rename fresh afresh
  check 'they survive' "$all" "$(unknown "$record")"
  expect 'start it' 0 2 '' brood start --job afresh
  expect 'and see its end' 3 '' '' brood join 2
  check 'they survive the rewriting of the record, too' "$all" "$(unknown "$record")"
else
  skip_part 'perl has no JSON::PP'
fi
mv future moved
export BROOD_STATE_DIR=$T/moved
expect 'a state directory that was moved: the output is found' 0 'done' '' brood logs 1
expect 'and the path named' 0 "$T/moved/jobs/1/output.log" '' brood status 1 --field logs.stdout

# --- one that cannot be written
expect 'to be looked at only' 0 3 '' brood start --name look -- sh -c 'echo seen; exit 4'
brood wait look >/dev/null
cat >looking.sh <<'E'
failed() { "$BROOD" -q "$@" 2>err; echo "$1: $? $(sed "s/^brood: .*: $why\$/refused/" err)"; }
"$BROOD" status look --field exitcode
"$BROOD" status --json | grep -c '"name":"look"'
"$BROOD" join look; echo "join: $?"
"$BROOD" wait look
"$BROOD" is-alive look; echo "is-alive: $?"
"$BROOD" logs look
"$BROOD" terminate look; echo "terminate: $?"
failed start true
failed run true
failed create true
failed rename look other
failed close look
E
seen="4
1
join: 4
3
is-alive: 1
seen
terminate: 0
start: 125 refused
run: 125 refused
create: 125 refused
rename: 125 refused
close: 125 refused"
if ! is_root; then
  chmod -R a-w moved
  expect 'read-only by mode' 0 "$seen" '' env why='Permission denied' bash looking.sh
  chmod -R u+w moved
elif unshare -m sh -c 'mount --bind moved moved && mount -o remount,bind,ro moved' 2>/dev/null; then
  expect 'read-only by mount' 0 "$seen" '' env why='Read-only file system' unshare -m sh -c 'mount --bind moved moved && mount -o remount,bind,ro moved && bash looking.sh'
else
  skip_part 'read-only: root can write everywhere, and no mount namespace can be made'
fi
expect 'it is all still there' 0 'seen' '' brood logs look

# --- names without their index
rm -r moved/names
expect 'jobs are found by name' 4 '' '' brood join look
expect 'a job more' 0 4 '' brood start --name more -- sh -c 'exit 2'
expect 'is found' 2 '' '' brood join more
expect 'rename' 0 '' '' brood rename look looked
expect 'is found by its new name' 4 '' '' brood join looked
expect 'and not by the old' 125 '' "brood: find job 'look': no such job" brood join look
expect 'the others are found as well' 0 4 '' brood status more --field id
expect '--unique sees' 0 5 '' brood start --unique --name alone -- sleep 300
expect 'what is live' 125 '' "brood: start 'alone': job 5: a live job bears this name" brood start --unique --name alone -- true
brood kill alone
expect 'all can be closed' 0 '' '' brood close --ended
check 'and are' '' "$(brood status; ls -A moved/jobs)"
expect 'it begins anew' 0 '~[0-9]*' '' brood start --name anew -- sh -c 'exit 1'
expect 'and finds' 1 '' '' brood join anew

# Six at once, the first in their directory.
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
  for name in a b c d e f; do "$BROOD" --state-dir "rounds/$round" create --name $name -- true >>"ids.$round" & done
  wait
  check "round $round: ids" '1 2 3 4 5 6' "$(sort "ids.$round" | tr '\n' ' ' | sed 's/ $//')"
  check "round $round: each is found by its name" 'a b c d e f' "$(brood --state-dir "rounds/$round" status a b c d e f --field name 2>&1 | tr '\n' ' ' | sed 's/ $//')"
done

# --- `run` in a loop leaves nothing
export BROOD_STATE_DIR=$T/loop
for _ in 1 2 3 4 5 6 7 8 9 10; do
  brood run true
  brood run --method spawn -- false
  brood run -- no-such-command 2>/dev/null
  brood run --timeout 0 -- sleep 300
  brood start no-such-command 2>/dev/null
done
check 'no job' '' "$(ls -A loop/jobs)"
check 'no name' '' "$(find loop/names -type f)"
check 'nothing else' 'authkey
jobs
names
next-id' "$(ls -A loop)"
