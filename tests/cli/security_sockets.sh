#!/usr/bin/env bash
# Who answers in the place of a monitor or of the fork server, and who asks: another user, or one with another key.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

# Listens at PATH and answers everybody with WORDS; tells when it listens, and what it has heard when it is ended.
cat >listener.pl <<'E'
use Socket;
my ($path, $words, $heard) = ($ARGV[0], pack("H*", $ARGV[1]), "");
socket my $server, AF_UNIX, SOCK_STREAM, 0 or die;
umask 0;
bind $server, pack_sockaddr_un($path) or die "bind: $!";
listen $server, 16 or die;
$SIG{PIPE} = "IGNORE";
$SIG{TERM} = sub { syswrite STDOUT, $heard; exec "true" };
open my $up, ">", "$ENV{T}/up" or die "up: $!";
syswrite $up, "up\n";
close $up;
for (;;) {
  accept my $client, $server or next;
  syswrite $client, $words;
  while (sysread $client, my $part, 65536) { $heard .= $part }
}
E
# Sends WORDS to the socket at PATH and prints what comes back before it hangs up.
cat >ask.pl <<'E'
use Socket;
socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die;
connect $socket, pack_sockaddr_un($ARGV[0]) or die "connect: $!";
$SIG{PIPE} = "IGNORE";
$SIG{ALRM} = sub { print "(it does not hang up)"; exit };
alarm 30;
syswrite $socket, pack "H*", $ARGV[1];
while (sysread $socket, my $part, 65536) { print $part }
E
listen() { # USER PATH WORDS
  local -a as=()
  [ "$1" = 0 ] || as=(setpriv --reuid="$1" --regid="$1" --clear-groups)
  "${as[@]}" perl listener.pl "$2" "$3" >heard &
  listener=$!
  hear up >/dev/null
}
unlisten() { kill $listener && wait $listener; }
hex() { od -An -tx1 | tr -d ' \n'; }
hello=4c0000000100c8000100000000000000100000000000000085d4e0b6d365ae099e7d9a8ed7da58522000000000000000$(printf '%0.s73' {1..32})

# --- the socket of a job leads elsewhere
expect 'a job' 0 1 '' brood start --name victim -- sh -c 'read -r _ <"$T/go"'
echo 'another key' >key
expect 'another' 0 2 '' brood start --name other --authkey-file key -- sleep 300
mv state/jobs/1/control real
ln -s ../2/control state/jobs/1/control
expect "a link to another job's socket" 125 '' '~brood: kill job 1: authentication failed*' brood kill victim
expect 'with the key of that one, too' 125 '' '~brood: kill job 1: authentication failed*' brood kill --authkey-file key victim
expect 'both live' 0 'running
running' '' brood status victim other --field state
rm state/jobs/1/control

# --- hostile words in the place of a monitor: lengths, rubbish, and orders to the terminal
orders=1b5d303b6f776e6564071b5b
for words in ffffffff0100c800 0000000000000000 "$(printf '%0.s41' {1..5000})" "${hello}ffffffff01006600" \
  "300000000100660001000000000000000200000000000000 0c00000000000000$orders 7d00000000000000" "$hello$hello"; do
  words=${words// /}
  listen 0 state/jobs/1/control "$words"
  timeout 60 "$BROOD" -q kill victim >out 2>err </dev/null
  check "hostile words, ${words:0:30}...: refused" 125 $?
  check 'in one line, and no raw bytes' '1 0' "$(grep -c '^brood: kill job 1: ' err) $(tr -d '\n' <err | tr -cd '\000-\037\177-\377' | wc -c)"
  unlisten
  check 'and no request was sent' '' "$(hex <heard | grep -o 0c00000001000200)"
  rm state/jobs/1/control
done

# --- and to a real one
mv real state/jobs/1/control
full=$(printf '%0.sff' {1..4096})
for words in "$full" ffffffff0100c900 "000100000100c900$full" "$(printf '%0.s0400000001000500' {1..50})" 0000000000000000; do
  perl ask.pl state/jobs/1/control "$words" >answer
  check "no proof: ${words:0:20}...: hello, a refusal, and no more" 'c8 66' "$(hex <answer | cut -c 13-14) $(hex <answer | cut -c 173-174)"
  check 'hangs up' 0 "$(grep -c 'does not hang up' answer)"
done
perl ask.pl state/jobs/1/control 5c000000 >answer
check 'part of a proof, and nothing more: hello, and no more' "$((${#hello} / 2))" "$(stat -c %s answer)"
expect 'the next is served' 0 '' '' brood rename victim still

# --- another user
if is_root && command -v setpriv >/dev/null; then
  chmod 755 "$T"
  chmod 666 up
  chmod 644 listener.pl ask.pl
  mkdir theirs
  chmod 777 theirs
  cp "$BROOD" program
  as() { setpriv --reuid=61234 --regid=61234 --clear-groups env HOME=/nonexistent BROOD_STATE_DIR="$T/theirs/state" "$@"; }
  expect 'a job of a user' 0 1 '' as ./program start -- sleep 300
  mv theirs/state/jobs/1/control theirs/real
  listen 65534 theirs/trap "$hello"
  mv theirs/trap theirs/state/jobs/1/control
  expect 'another user answers for the monitor' 125 '' '~brood: *another user answers: *' as ./program kill 1
  expect 'nor is the name told' 125 '' '~brood: *another user answers: *' as ./program rename 1 x
  rm theirs/state/jobs/1/control
  unlisten
  check 'nothing is said to it' '' "$(cat heard)"
  mv theirs/real theirs/state/jobs/1/control
  expect 'the fork server' 0 '' '' as ./program forkserver start
  mv theirs/state/forkserver/socket theirs/real
  listen 65534 theirs/trap 62726400010064
  mv theirs/trap theirs/state/forkserver/socket
  expect 'another user answers for the fork server' 125 '' '~brood: talk to the fork server: user 65534 listens in its place: *' \
    as ./program start --method forkserver --env TOKEN=sesame -- true
  rm theirs/state/forkserver/socket
  unlisten
  check 'it is given nothing, least of all an environment' '' "$(cat heard)"
  mv theirs/real theirs/state/forkserver/socket

  # Asking. The directory and the mode of the socket keep others out; here they are let through to be refused in person.
  chmod 755 theirs/state theirs/state/jobs theirs/state/jobs/1 theirs/state/forkserver
  chmod 666 theirs/state/jobs/1/control theirs/state/forkserver/socket
  ask() { setpriv --reuid=65534 --regid=65534 --clear-groups perl ask.pl "$@"; }
  check 'the monitor says nothing to another user' '' "$(ask theirs/state/jobs/1/control '')"
  check 'nor does the fork server' '' "$(ask theirs/state/forkserver/socket 6272640001000400)"
  expect 'the job goes on' 0 running '' as ./program status 1 --field state
  expect 'so does the server' 0 '' '' as ./program forkserver stop --force
  expect 'the job is ended by its owner' 0 '' '' as ./program kill 1
else
  skip_part 'another user: needs root and setpriv'
fi
tell go
brood kill other
brood wait --all still other >/dev/null
