#!/usr/bin/env bash
# Keys: who may end and rename a job. Where they come from, where they are, and where they are never to be seen.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go gate

hex='[0-9a-f]'
hex8=$hex$hex$hex$hex$hex$hex$hex$hex
fingerprint=$hex8$hex8$hex8$hex8
modes() { (cd "$BROOD_STATE_DIR" && find . -path '*authkey*' -printf '%m %y %s %p\n' | sed 's|authkeys/.*|authkeys/FINGERPRINT|' | sort -u -k 4 -k 1); }

# --- the state directory's key
expect 'made on demand' 0 "~$fingerprint" '' brood authkey
first=$(brood authkey)
expect 'and kept' 0 "$first" '' brood authkey
expect 'as JSON' 0 "{\"fingerprint\":\"$first\"}" '' brood --json authkey
check 'it is the owner alone who can read it' '600 f 32 ./authkey' "$(modes)"
expect 'takes no arguments' 125 '' '~brood: read the command line: *' brood authkey 3
expect 'a job of the first key' 0 1 '' brood start -- sleep 300
expect 'a new key' 0 "~$fingerprint" '' brood authkey --new
second=$(brood authkey)
expect 'a job of the second' 0 2 '' brood start -- sleep 300
third=$(brood authkey --new)
check 'are three' 3 "$(printf '%s\n' "$first" "$second" "$third" | sort -u | wc -l)"
expect 'the last one is there' 0 "$third" '' brood authkey
check 'the first two are kept' "$(printf '%s\n' "$first" "$second" | sort)" "$(ls state/authkeys | sort)"
check 'as private as the first' '600 f 32 ./authkey
700 d 4096 ./authkeys
600 f 32 ./authkeys/FINGERPRINT' "$(modes | sed 's/ d [0-9]* / d 4096 /')"
expect 'a job of the third' 0 3 '' brood start -- sleep 300
expect 'all can be renamed' 0 '' '' sh -c '"$BROOD" rename 1 a && "$BROOD" rename 2 b && "$BROOD" rename 3 c'
expect 'signalled' 0 '' '' brood kill -s CONT 1 2 3
expect 'and ended' 0 '' '' brood terminate 1 2 3
expect 'all three' 0 'SIGTERM
SIGTERM
SIGTERM' '' brood status a b c --field signal
printf 'no key' >state/authkey
expect 'a damaged key is no key' 125 '' "brood: read key '$T/state/authkey': it is not of 32 bytes
hint: brood authkey --new makes another one" brood start -- true
expect 'nothing was started' 0 3 '' sh -c '"$BROOD" status --json | grep -c "\"id\""'
expect 'a new one is' 0 "~$fingerprint" '' brood authkey --new
expect 'good again' 0 '' '' brood run -- true

# --- twenty at once, in a state directory that none of them has seen
export BROOD_STATE_DIR=$T/raced
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  (
    tell up
    read -r _ <&"${line_fd[gate]}"
    "$BROOD" authkey >"raced.$i"
  ) &
done
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do hear up; done >/dev/null
tell gate $'\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n'
wait
check 'get one and the same key' "20 $(brood authkey)" "$(sort raced.* | uniq -c | awk '{ $1 = $1; print }')"
check 'and leave nothing else' 'authkey' "$(ls -A raced)"

# --- a job's own key
export BROOD_STATE_DIR=$T/own
secret=open-sesame-Kq7
printf %s "$secret" >key
printf 'something else' >wrong
expect 'a job with a key of its own' 0 1 '' brood start --name locked --authkey-file key -- sh -c '
  "$BROOD" start --name inner -- sh -c "echo inner >\"\$T/up\"; read -r _ <\"\$T/go\"" >/dev/null
  echo outer >"$T/up"; read -r _ <"$T/go"'
check 'starts another' 'inner
outer' "$( (hear up; hear up) | sort)"
inner=$(field inner id)
check 'which inherits the key' same "$(cmp -s own/jobs/1/authkey "own/jobs/$inner/authkey" && echo same)"
check 'both are the owner alone to read' '600 f 32' "$(find own/jobs -name authkey -printf '%m %y %s\n' | sort -u)"
check 'the directory has none yet' missing "$([ -e own/authkey ] && echo there || echo missing)"

refused() { # VERB COMMAND...
  local verb=$1 command=$2
  shift 2
  expect "the wrong key: $command" 125 '' "brood: $verb job 1: authentication failed" brood "$command" --authkey-file wrong "$@"
}
refused terminate terminate 1
refused terminate terminate --grace 0 locked
refused kill kill locked
refused signal kill -s TERM locked
refused rename rename locked free
expect 'as JSON' 125 '{"error":{"code":"authentication_failed","message":"terminate job 1: authentication failed"}}' \
  'brood: terminate job 1: authentication failed' brood --json terminate --authkey-file wrong 1
expect 'nothing was done' 0 'locked running' '' sh -c 'echo $("$BROOD" status 1 --field name) $("$BROOD" status 1 --field state)'
check 'it lives' alive "$(liveness "$(field 1 pid)")"
expect 'one of two is refused, the other ended' 125 '' "brood: terminate job 1: authentication failed" sh -c '
  id=$("$BROOD" start --authkey-file wrong -- sleep 300); "$BROOD" terminate --authkey-file wrong 1 $id; status=$?
  [ "$("$BROOD" status $id --field signal)" = SIGTERM ] && exit $status'

# --- where the key is never seen
processes >pids
check 'there are processes to look at' yes "$([ "$(wc -l <pids)" -ge 4 ] && echo yes)"
hidden() { # WHAT FILE...: neither the words of the file nor the key that they make, nor that in hexadecimal digits
  local what=$1
  shift
  check "no key in $what" '' "$(secret=$secret perl -e '
    sub content { local (@ARGV, $/) = @_; <> }
    my $key = content("own/jobs/1/authkey");
    for my $file (@ARGV) {
      my $text = content($file);
      for my $words ($ENV{secret}, $key, unpack("H*", $key)) { print "$file\n" if index($text, $words) >= 0 }
    }' "$@")"
}
# shellcheck disable=SC2046  # pids
hidden 'the environment of brood and the targets' $(sed 's|.*|/proc/&/environ|' pids)
# shellcheck disable=SC2046
hidden 'any arguments' $(sed 's|.*|/proc/&/cmdline|' pids)

brood -vv --json status 1 >seen.json 2>seen.log
brood logs 1 >seen.output
hidden 'records, logs and what is printed' seen.json seen.log seen.output own/jobs/1/job.json \
  "own/jobs/$inner/job.json" own/jobs/1/output.log
expect 'nor is the file named in the record' 1 '' '' grep -q authkey own/jobs/1/job.json

# --- the owner
rm key
tell go
expect 'the key is found with the job' 0 '' '' brood terminate locked inner
check 'both are gone' 'exited exited' "$(field locked state) $(field inner state)"
expect 'closing them' 0 '' '' brood close locked inner
expect 'leaves nothing of them' 1 '' '' sh -c 'ls own/jobs | grep -qx -e 1 -e "$1"' sh "$inner"

# --- files that make a key, and others
head -c 32 /dev/urandom >exact
expect 'exactly 32 bytes' 0 '~*' '' brood start --name exact --authkey-file exact -- sleep 300
check 'are the key' same "$(cmp -s exact "own/jobs/$(field exact id)/authkey" && echo same)"
rm "own/jobs/$(field exact id)/authkey"
expect 'without it the job is out of reach' 125 '' "brood: kill job $(field exact id): authentication failed
hint: --authkey-file names the file with the job's key" sh -c '"$BROOD" authkey >/dev/null; "$BROOD" kill exact'
expect 'but for who has the key' 0 '' '' brood kill --authkey-file exact exact
expect 'a pipe' 0 '~*' '' bash -c '"$BROOD" start --name pipe --authkey-file <(echo words) -- sleep 300'
expect 'other words' 125 '' '~brood: kill job *: authentication failed' bash -c '"$BROOD" kill --authkey-file <(echo Words) pipe'
expect 'the same words' 0 '' '' bash -c '"$BROOD" kill --authkey-file <(echo words) pipe'
: >empty
head -c 65537 /dev/zero >huge
head -c 65536 /dev/zero >largest
mkdir directory
rm -f ran
for command in run start create; do
  for file in empty huge absent directory; do
    case $file in
      empty) why=': it is empty' ;;
      huge) why=': it has more than 64 KiB' ;;
      absent) why=': No such file or directory' ;;
      directory) why=': Is a directory' ;;
    esac
    expect "$command, $file" 125 '' "brood: read key file '$file'$why" brood $command --authkey-file $file -- sh -c 'echo >ran'
  done
done
expect 'nor is an empty word a file' 125 '' "brood: read the command line: --authkey-file: '' is empty" brood start --authkey-file= -- sh -c 'echo >ran'
expect 'before a job of that name is replaced, too' 125 '' "brood: read key file 'absent': No such file or directory" sh -c '
  "$BROOD" start --name kept -- sleep 300 >/dev/null
  "$BROOD" start --name kept --replace --authkey-file absent -- true'
expect 'it lives' 0 '' '' brood is-alive kept
expect 'for the owner of a job' 125 '' "brood: read key file 'absent': No such file or directory" brood kill --authkey-file absent kept
expect 'still' 0 '' '' brood kill kept
expect 'as large as may be' 7 '' '' brood run --authkey-file largest -- sh -c 'exit 7'
check 'nothing was started' missing "$([ -e ran ] && echo ran || echo missing)"
before=$(ls own/jobs)
expect 'run, with a key' 0 'authkey
control
job.json
sentinel' '' brood run --authkey-file exact -- sh -c 'ls "$BROOD_STATE_DIR/jobs/$BROOD_JOB"'
check 'leaves nothing' "$before" "$(ls own/jobs)"

# --- created now, started later
expect 'created with a key' 0 '~*' '' brood create --name later --authkey-file exact -- sh -c 'echo up >"$T/up"; exec sleep 300'
rm exact
expect 'started without' 0 '~*' '' brood start --job later
check 'it runs' up "$(hear up)"
expect 'has it' 125 '' '~brood: kill job *: authentication failed' brood kill --authkey-file wrong later
expect 'and its owner' 0 '' '' brood kill later

# --- a client that was written from the manual
if command -v python3 >/dev/null; then
  expect 'a job' 0 '~*' '' brood start --name py -- sleep 300
  cat >client.py <<'END'
import hashlib, hmac, json, os, socket, struct, sys
state, job, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sock = socket.socket(socket.AF_UNIX)
sock.connect(f"{state}/jobs/{job}/control")
stream = sock.makefile("rb")
key = open(f"{state}/authkey", "rb").read()

def frame():
    length, version, kind = struct.unpack("<IHH", stream.read(8))
    assert version == 1
    return kind, stream.read(length - 4)

def number(n): return struct.pack("<q", n)
def string(b): return number(len(b)) + b

def proof(side, job, theirs, mine):
    said = string(side) + number(1) + number(1) + number(job)
    said += string(theirs) + string(mine)
    return hmac.digest(key, said, "sha512")[:32]

def send(kind, body): sock.sendall(struct.pack("<IHH", 4 + len(body), 1, kind) + body)

first, hello = frame()
assert first == 200 and hello[:8] == number(1)
assert hello[16:32] == hashlib.blake2b(key, digest_size=16, key=b"brood authkey fingerprint").digest()
theirs, mine = hello[40:72], os.urandom(32)
send(201, number(1) + string(mine) + string(proof(b"brood client", job, theirs, mine)))
answer, welcome = frame()
assert answer == 202, answer
assert hmac.compare_digest(welcome[8:], proof(b"brood monitor", job, theirs, mine))
send(kind, number(0) if kind == 2 else b"")
while True:
    answer, body = frame()
    if answer == 103:
        print(json.loads(body[8:])["state"])
        break
    print(answer)
    if answer != 100:
        break
END
  expect 'asks for the state' 0 running '' python3 client.py "$BROOD_STATE_DIR" "$(field py id)" 5
  expect 'and ends it' 0 '100
101' '' python3 client.py "$BROOD_STATE_DIR" "$(field py id)" 2
  expect 'so it is' 0 SIGKILL '' brood status py --field signal
else
  skip_part 'python3 is not installed'
fi
