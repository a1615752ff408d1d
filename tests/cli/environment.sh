#!/usr/bin/env bash
# The environment of a job: the caller's, changed as the options say, and kept from the eyes of others.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go

# shows JOB-OR-OPTIONS... -- CMD: what CMD prints in the background
number=0
shows() {
  number=$((number + 1))
  brood start --name "shows-$number" "$@" >/dev/null && brood join "shows-$number" && brood logs "shows-$number"
  brood close "shows-$number"
}

# --- all of the caller's, byte for byte
export PLAIN=plain EMPTY='' BLANKS='  a  b ' EQUAL='a=b=c' QUOTES='"'\'\$\` LINES2=$'one\nTWO=2\n\nfour' LATIN=$'caf\xe9' TAB=$'\t\033[31m'
exported() { echo "exported function: $1"; }
export -f exported
clean() { sort -z | grep -zv -e '^_=' -e '^SHLVL=' -e '^BROOD_JOB='; }
env -0 | clean >wanted
brood run -- env -0 | clean >got
check 'run: the caller'\''s environment' same "$(cmp wanted got && echo same)"
for method in fork spawn; do
  brood start --name env-$method --method $method -- env -0 >/dev/null
  brood join env-$method
  brood logs env-$method | clean >got
  check "start, $method: the caller's environment" same "$(cmp wanted got && echo same)"
done
check 'the identity is added once' 'BROOD_JOB=2' "$(brood logs env-spawn | tr '\0' '\n' | grep '^BROOD_JOB=' | sed 's/=3/=2/')"
check 'an exported function works' 'exported function: x' "$(shows -- bash -c 'exported x')"
check 'of a doubled variable the job has both, as given' 'A=1
A=2' "$(perl -e '
  # execve with a doubled name, which no shell would pass
  my @env = ("A=1", "A=2", "PATH=/bin:/usr/bin", "BROOD_STATE_DIR=$ENV{BROOD_STATE_DIR}");
  my @argv = ($ENV{BROOD}, "run", "--", "env");
  my ($a, $e) = (pack("p*", @argv) . pack("J", 0), pack("p*", @env) . pack("J", 0));
  my $path = $argv[0];
  syscall($ARGV[0] + 0, $path, $a, $e);' "$(perl -e 'require "syscall.ph"; print SYS_execve()' 2>/dev/null || echo 59)" | grep '^A=')"

# --- options
check '--env' 'x y' "$(shows --env 'A=x y' -- sh -c 'echo "$A"')"
check '--env replaces' new "$(PLAIN=old shows --env PLAIN=new -- sh -c 'echo "$PLAIN"')"
check '--env twice: the last word counts' 2 "$(shows --env A=1 --env A=2 -- sh -c 'echo "$A"')"
check '--env with an empty value is set' 'set ' "$(shows --env A= -- sh -c 'echo "${A+set} $A"')"
check '--env with = in the value' 'b=c=' "$(shows --env A=b=c= -- sh -c 'echo "$A"')"
check '--env with a line break' '3' "$(shows --env $'A=1\nB=2\n' -- perl -e 'print scalar(split /\n/, "$ENV{A}x"), "\n"')"
check 'nor does it make another variable' unset "$(env -u B "$BROOD" run --env $'A=1\nB=2\n' -- sh -c 'echo "${B-unset}"')"
check '--env that is not UTF-8' 'ff80' "$(shows --env $'A=\xff\x80' -- perl -e 'print unpack("H*", $ENV{A}), "\n"')"
check '--unset' unset "$(shows --unset PLAIN -- sh -c 'echo "${PLAIN-unset}"')"
check '--unset of what is not there' 0 "$(shows --unset NEVER_SET -- true; echo $?)"
check '--unset and --env: set' again "$(shows --unset PLAIN --env PLAIN=again -- sh -c 'echo "${PLAIN-unset}"')"
check '--clear-env leaves only the identity' "BROOD_JOB=0
BROOD_STATE_DIR=$BROOD_STATE_DIR" "$(shows --clear-env -- "$(type -P env)" | sort | sed 's/^BROOD_JOB=.*/BROOD_JOB=0/')"
check '--clear-env and --env' 'A=1' "$(shows --clear-env --env A=1 -- "$(type -P env)" | grep -v ^BROOD_)"
cat >file <<'E'
# a comment
A=1

B=two words 
C="quotes stay"
D=a=b
PLAIN=from file
E
printf 'LAST=without a line break' >>file
check '--env-file' '1|two words |"quotes stay"|a=b|from file|without a line break' \
  "$(shows --env-file file -- sh -c 'echo "$A|$B|$C|$D|$PLAIN|$LAST"')"
printf 'A=second\n' >file2
check 'two files: the later one counts' 'second|two words ' "$(shows --env-file file --env-file file2 -- sh -c 'echo "$A|$B"')"
check '--env has the last word, wherever it stands' 'option' "$(shows --env A=option --env-file file -- sh -c 'echo "$A"')"
printf 'A=1\nnonsense\n' >bad
expect 'a bad line is named' 125 '' "~brood: read 'bad', line 2: *" brood start --env-file bad -- true
expect 'a file without end is given up' 125 '' "brood: read '/dev/zero': it has more than 8388608 bytes" brood start --env-file /dev/zero -- true
expect 'a directory is no file' 125 '' "~brood: *'.'*: Is a directory" brood start --env-file . -- true

# --- PATH
mkdir bin
printf '#!/bin/sh\necho "mine $1"\n' >bin/tool
chmod +x bin/tool
check 'the program is looked for in the PATH of --env' 'mine x' "$(shows --env "PATH=$T/bin" -- tool x)"
check 'run, too' 'mine x' "$(brood run --env "PATH=$T/bin" -- tool x)"
expect 'not in that of the caller' 127 '' '~brood: execute '\''tool'\'': not found in PATH: *' \
  env "PATH=$T/bin:$PATH" "$BROOD" run --env PATH=/nowhere -- tool x
check 'from a file, too' 'mine x' "$(echo "PATH=$T/bin" >path; shows --env-file path -- tool x)"
check 'an empty part is the current directory' 'mine x' "$(cd bin && brood run --env PATH=/nowhere: -- tool x)"
check 'without PATH the standard places' yes "$(brood run --unset PATH -- sh -c 'echo yes')"

# --- created jobs: what --env gave is kept, all else is that of whoever starts it
A=before brood create --name later --env KEPT=kept --unset PLAIN -- sh -c 'echo "$KEPT|${A-unset}|${PLAIN-unset}"' >/dev/null
A=now PLAIN=x brood start --job later >/dev/null
brood join later
check 'a created job' 'kept|now|unset' "$(brood logs later)"

# --- secrets
secret=s3cr3t-$$-value
echo "FROM_FILE=$secret-file" >file3
brood start --name secretive --env "TOKEN=$secret" --env-file file3 -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"' >/dev/null
check 'it runs' up "$(hear up)"
brood create --name secret-later --env "TOKEN=$secret" -- true >/dev/null
leaks() { grep -rl "$secret" "$BROOD_STATE_DIR" | while read -r file; do stat -c '%a %n' "$file"; done | grep -v '^600 .*/environment$'; }
check 'no value is in a record, or in anything that others can read' '' "$(leaks)"
check 'nor in the output of status' '' "$({ brood status; brood status --json; } | grep "$secret")"
check 'the name is on record' 1 "$(grep -c TOKEN state/jobs/"$(field secretive id)"/job.json)"
monitor=$(field secretive monitor_pid)
check 'nor in the words of the monitor, once it runs' '' "$(tr '\0' '\n' <"/proc/$monitor/cmdline" | grep "$secret")"
check 'nothing can be read by others' '' "$(find state ! -type l -perm /077)"
tell go
brood join secretive
check 'nor afterwards' '' "$(leaks)"
brood start --job secret-later >/dev/null
brood join secret-later
brood close secret-later secretive
check 'close removes all of it' '' "$(grep -rl "$secret" state)"

# --- a job that meddles with its identity harms only its own view
check 'the identity cannot be changed by options' "$BROOD_STATE_DIR" \
  "$(shows --env BROOD_STATE_DIR=/elsewhere --env BROOD_JOB=99 -- sh -c 'echo "$BROOD_STATE_DIR"')"
