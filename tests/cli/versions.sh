#!/usr/bin/env bash
# Records of other versions of brood: what an earlier one wrote is read for ever, what a later one added survives, and
# what cannot be read is left alone.
set -u
sample=$(cd "$(dirname "$0")/../data" && pwd)/record-v1.json
. "$(dirname "$0")/lib/cli.sh"
make_line up go
state=$BROOD_STATE_DIR

# Writes the checksum of a record's head anew.
cat >seal.pl <<'E'
use Math::BigInt;
open my $f, "+<", shift or die;
sysread $f, my $text, 1 << 20;
my $head = substr $text, 26, 2048 - 26;
my $hash = Math::BigInt->from_hex("cbf29ce484222325");
my ($prime, $mask) = (Math::BigInt->from_hex("100000001b3"), Math::BigInt->from_hex("ffffffffffffffff"));
for my $byte (unpack "C*", $head) { $hash->bxor($byte); $hash->bmul($prime); $hash->band($mask) }
sysseek $f, 10, 0;
syswrite $f, sprintf "%016s", substr $hash->as_hex, 2;
E
# As a later version would have written it: fields of its own in the head, which stays as long, and in the tail.
cat >add.pl <<'E'
my ($path, $head, $tail) = @ARGV;
open my $f, "+<", $path or die;
sysread $f, my $text, 1 << 20;
$text =~ s/"version":1,/"version":1,$head/ or die;
my $n = length $head;
$text =~ s/ {$n}\n/\n/ or die "no room";
$text =~ s/\n/\n$tail/ or die;
sysseek $f, 0, 0;
syswrite $f, $text;
E
add() { perl add.pl "$state/jobs/$1/job.json" "$2" "$3" && perl seal.pl "$state/jobs/$1/job.json"; }
in_head='"later_head":{"a":[1,"\u00e9"],"b":null},'
in_tail='"later_tail":{"c":[true]},'
has_both() { # WHEN JOB STATE: where they belong, and the record is good
  check "$1: the head has what a later version knows" 1 "$(head -c 2048 "$state/jobs/$2/job.json" | grep -Ec '"later_head":\{"a":\[1,"(\\u00e9|é)"\],"b":null\}')"
  check "$1: the tail, too" 1 "$(tail -c +2049 "$state/jobs/$2/job.json" | grep -cF "$in_tail")"
  check "$1: it is good" "$3" "$(field "$2" state)"
}

# --- fields of a later version, through all that writes a record
for method in fork forkserver; do
  rm -rf "$state"
  expect "$method: a job" 0 1 '' brood create --method $method --name a -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"; exit 3'
  add 1 "$in_head" "$in_tail"
  has_both "$method: added" 1 created
  expect 'rename, before it is started' 0 '' '' brood rename 1 b
  has_both "$method: renamed" 1 created
  expect 'start' 0 1 '' brood start --job 1
  hear up >/dev/null
  has_both "$method: started" 1 running
  expect 'rename, by its monitor' 0 '' '' brood rename b c
  has_both "$method: renamed by the monitor" 1 running
  expect 'restart' 0 '' '' brood restart c
  hear up >/dev/null
  has_both "$method: restarted by the monitor" 1 running
  monitor=$(field 1 monitor_pid)
  kill -9 "$monitor"
  await_ends 60 "$monitor"
  expect 'rename, by who took over' 0 '' '' brood rename c d
  has_both "$method: taken over" 1 running
  tell go
  expect 'join' 3 '' '' brood join d
  has_both "$method: ended" 1 exited
  expect 'rename, afterwards' 0 '' '' brood rename d e
  has_both "$method: renamed afterwards" 1 exited
  expect 'another job comes and goes' 0 '' '' sh -c 'id=$("$BROOD" start -- true) && "$BROOD" join $id && "$BROOD" close $id'
  expect 'and others are tidied away' 0 '' '' brood close --ended --older-than 1h
  has_both "$method: when others were closed" 1 exited
  expect 'restart of an ended job' 0 '' '' brood restart e
  hear up >/dev/null
  has_both "$method: launched again" 1 running
  expect 'terminate' 0 '' '' brood terminate e
  has_both "$method: terminated" 1 exited
  [ $method = fork ] || brood forkserver stop --force >/dev/null
done

# --- so much of them that no room is left: the end matters more
rm -rf "$state"
brood create --name full -- sh -c 'exit 5' >/dev/null
spaces=$(head -c 2048 "$state/jobs/1/job.json" | sed 's/.*,\( *\)$/\1/')
padding=$(printf "%0$((${#spaces} - 220))d" 0)
add 1 "\"later_head\":\"$padding\"," "$in_tail"
expect 'a full head' 0 1 '' brood start --job 1
expect 'its end is known' 5 '' '' brood join 1
expect 'and on record' 0 'exited' '' brood status 1 --field state

# --- a later version of the format
rm -rf "$state"
brood start --name old -- sh -c 'exit 4' >/dev/null && brood wait old >/dev/null
brood start --name other -- true >/dev/null && brood wait other >/dev/null
record=$state/jobs/1/job.json
perl -pi -e 's/"version":1/"version":2/' "$record" && perl seal.pl "$record"
cksum <"$record" >before
expect 'is shown' 0 '~*1 *damaged*' '' brood status
for command in 'rename 1 x' 'join 1' 'terminate 1' 'kill 1' 'restart 1' 'start --job 1'; do
  # shellcheck disable=SC2086  # words
  expect "not touched: $command" 125 '' "brood: job 1: the record was written by a later version of brood
hint: use that version" brood $command
done
expect 'nor closed with others' 0 '~*' '' brood close --ended
check 'others are' '1' "$(cd "$state/jobs" && echo *)"
check 'not a byte is different' "$(cat before)" "$(cksum <"$record")"
expect 'but by its id' 0 '' '' brood close 1

# --- an earlier version: the sample that is kept for ever
brood start -- true >/dev/null && brood wait true >/dev/null
id=$(sed -n '1s/.*"id":\([0-9]*\),.*/\1/p' "$sample")
mkdir -m 700 "$state/jobs/$id"
cp "$sample" "$state/jobs/$id/job.json"
for pair in state=exited signal=SIGKILL reason=timeout exitcode=-9 timeout=0.3 start_method=spawn orphans=0 host=example; do
  expect "the sample: ${pair%=*}" 0 "${pair#*=}" '' brood status "$id" --field "${pair%=*}"
done
expect 'a new name' 0 '' '' brood rename "$id" other
expect 'and its own again' 0 '' '' brood rename "$id" "$(sed -n '1s/.*"name":"\([^"]*\)".*/\1/p' "$sample")"
check 'is the same file' same "$(cmp "$sample" "$state/jobs/$id/job.json" && echo same)"

# --- a monitor of another version
if command -v python3 >/dev/null; then
  rm -rf "$state"
  expect 'a job' 0 1 '' brood start --name old -- sh -c 'read -r _ <"$T/go"'
  mv "$state/jobs/1/control" "$state/jobs/1/real"
  cat >monitor.py <<'E'
# Listens in the place of job 1's monitor: announces version 9, says more than is known in all words, and does not know
# restart; or, told so, does not speak version 1 any more.
import hashlib, hmac, os, socket, struct, sys
state, refuses = sys.argv[1], sys.argv[2:] == ["refuses"]
key = open(f"{state}/authkey", "rb").read()
os.chdir(f"{state}/jobs/1")
listener = socket.socket(socket.AF_UNIX)
listener.bind("control")
listener.listen()
open(os.environ["T"] + "/up", "w").write("up\n")

def number(n): return struct.pack("<q", n)
def string(b): return number(len(b)) + b
def proof(side, theirs, mine):
    said = string(side) + number(9) + number(1) + number(1) + string(mine) + string(theirs)
    return hmac.digest(key, said, "sha512")[:32]

while True:
    sock = listener.accept()[0]
    stream = sock.makefile("rb")
    def send(kind, body): sock.sendall(struct.pack("<IHH", 4 + len(body), 1, kind) + body)
    def frame():
        head = stream.read(8)
        if len(head) < 8: return None, b""
        length, version, kind = struct.unpack("<IHH", head)
        assert version == 1
        return kind, stream.read(length - 4)
    mine = os.urandom(32)
    fingerprint = hashlib.blake2b(key, digest_size=16, key=b"brood authkey fingerprint").digest()
    send(200, number(9) + string(fingerprint) + string(mine) + b"more")
    kind, body = frame()
    if kind is None: continue
    assert kind == 201 and body[:8] == number(1)
    theirs = body[16:48]
    if refuses:
        send(102, number(1) + number(15) + string(b"speak version 1: it is too old") + number(125) + b"more")
        sock.close()
        continue
    assert hmac.compare_digest(body[56:88], proof(b"brood client", theirs, mine))
    send(202, string(proof(b"brood monitor", theirs, mine)) + b"more")
    kind, body = frame()
    if kind == 4:
        assert body == string(b"new")
        send(100, b"more")
        send(101, b"more")
    elif kind is not None:
        send(102, number(1) + number(15) + string(b"read request: unknown kind %d" % kind) + number(125))
    sock.close()
E
  hint="hint: if the job's monitor is of another version of brood, that version can command it"
  python3 monitor.py "$state" &
  fake=$!
  hear up >/dev/null
  expect 'what both know is done' 0 '' '' brood rename 1 new
  expect 'what it does not know is told, with what to do' 125 '' \
    "brood: restart job 1: read request: unknown kind 6: not as this version of brood knows the control protocol
$hint" brood restart 1
  kill $fake && wait $fake 2>/dev/null
  rm "$state/jobs/1/control"
  python3 monitor.py "$state" refuses &
  fake=$!
  hear up >/dev/null
  expect 'so is one that does not speak with us any more' 125 '' \
    "brood: terminate job 1: speak version 1: it is too old: not as this version of brood knows the control protocol
$hint" brood terminate 1
  expect 'rename' 125 '' "brood: rename job 1: speak version 1: it is too old: not as this version of brood knows the control protocol
$hint" brood rename 1 x
  kill $fake && wait $fake 2>/dev/null
  mv "$state/jobs/1/real" "$state/jobs/1/control"
  expect 'nothing was done' 0 '' '' brood is-alive 1
  tell go
  expect 'it ends' 0 '' '' brood join 1
else
  skip_part 'python3 is not installed'
fi
