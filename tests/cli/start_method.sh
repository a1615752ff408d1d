#!/usr/bin/env bash
# `start-method`: which start method a job gets that names none, and what becomes of a damaged configuration.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line go

used() { # ID
  field "$1" start_method
}

# --- asking
expect 'fork, where nobody has said anything' 0 fork '' brood start-method
expect 'as JSON' 0 '"fork"' '' brood start-method --json
expect 'all there are' 0 'fork
spawn
forkserver' '' brood start-method --all
expect 'all as JSON' 0 '["fork","spawn","forkserver"]' '' brood --json start-method --all
check 'asking has made no state directory' no "$([ -e state ] && echo yes || echo no)"

# --- what is no method
unknown="is not a start method: fork, spawn or forkserver"
for word in thread FORK 'fork,' ''; do
  expect "no method: '$word'" 125 '' "brood: read the command line: METHOD: '$word' $unknown" brood start-method "$word"
done
expect 'no method, as JSON' 125 '~{"error":{"code":"bad_value",*' "~brood: *METHOD: 'x' $unknown" brood --json start-method x
expect 'one at a time' 125 '' '~brood: read the command line: *' brood start-method fork spawn
expect '--all sets none' 125 '' '~brood: read the command line: METHOD excludes --all*' brood start-method --all spawn
expect 'in whatever order' 125 '' '~brood: read the command line: METHOD excludes --all*' brood start-method spawn --all
expect '--method, too' 125 '' "brood: read the command line: --method: 'x' $unknown" brood start --method x -- true
check 'none of these made a state directory' no "$([ -e state ] && echo yes || echo no)"

# --- setting
expect 'setting prints nothing' 0 '' '' brood start-method spawn
expect 'it is the default now' 0 spawn '' brood start-method
check 'a private file' "600 regular file" "$(stat -c '%a %F' state/config.json)"
check 'that says so' '{"version":1,"start_method":"spawn"}' "$(cat state/config.json)"
check 'and nothing beside it' 'config.json
names.lock' "$(ls -A state)"
expect 'for start' 0 1 '' brood start -- true
check 'start used it' spawn "$(used 1)"
expect 'for create' 0 2 '' brood create -- sh -c 'exit 4'
check 'create recorded it' spawn "$(used 2)"
expect 'for run' 0 spawn '' brood run -- sh -c '"$BROOD" status @self --field start_method'
expect '--json sets quietly, too' 0 '' '' brood --json start-method forkserver
expect 'forkserver may be the default' 0 '"forkserver"' '' brood --json start-method
expect '--all is not moved by it' 0 'fork
spawn
forkserver' '' brood start-method --all
expect 'set again, as often as one likes' 0 '' '' brood start-method fork
expect 'the same again' 0 '' '' brood start-method fork
expect 'a created job is started' 0 2 '' brood start --job 2
check 'with the method it was created with' spawn "$(used 2)"
expect 'and does what it was to do' 4 '' '' brood join 2
expect 'another state directory knows nothing of it' 0 fork '' brood --state-dir "$T/other" start-method
check 'and is not made' no "$([ -e other ] && echo yes || echo no)"

# --- precedence: --method, BROOD_START_METHOD, config.json, fork
expect 'configured: fork' 0 fork '' brood start-method
expect 'the variable prevails' 0 spawn '' env BROOD_START_METHOD=spawn "$BROOD" start-method
expect 'an empty one is none' 0 fork '' env BROOD_START_METHOD= "$BROOD" start-method
expect 'start goes by the variable' 0 4 '' env BROOD_START_METHOD=spawn "$BROOD" start -- true
check 'spawn, then' spawn "$(used 4)"
expect 'run goes by the variable' 0 spawn '' env BROOD_START_METHOD=spawn "$BROOD" run -- sh -c '"$BROOD" status @self --field start_method'
expect 'create goes by the variable' 0 6 '' env BROOD_START_METHOD=spawn "$BROOD" create -- true
check 'spawn was recorded' spawn "$(used 6)"
for words in '--method fork' --method=fork '--name m --method fork'; do
  # shellcheck disable=SC2086  # words
  id=$(BROOD_START_METHOD=spawn brood start $words -- true)
  check "the option prevails over the variable: $words" fork "$(used "$id")"
done
expect 'the variable over the configuration' 0 '' '' brood start-method spawn
expect 'start goes by the variable, again' 0 10 '' env BROOD_START_METHOD=fork "$BROOD" start -- true
check 'fork, then' fork "$(used 10)"
expect 'the option over the configuration' 0 11 '' brood start --method fork -- true
check 'fork, again' fork "$(used 11)"
expect 'a job passes the variable on' 0 spawn '' env BROOD_START_METHOD=spawn \
  "$BROOD" run -- sh -c 'exec "$BROOD" status --field start_method "$("$BROOD" start -- true)"'
expect 'what follows the command is the target, no option' 0 14 '' brood start --method fork printf '%s ' --method spawn
brood join 14
check 'it gets its words' '--method spawn ' "$(brood logs 14)"
check 'and the job its method' fork "$(used 14)"

# --- a bad variable
bad_variable="brood: BROOD_START_METHOD: 'x\\ny' $unknown"
export BROOD_START_METHOD=$'x\ny'
expect 'start-method' 125 '' "$bad_variable" brood start-method
expect 'start' 125 '' "$bad_variable" brood start -- true
expect 'create' 125 '' "$bad_variable" brood create -- true
expect 'run' 125 '' "$bad_variable" brood run -- true
expect 'as JSON' 125 '~{"error":{"code":"bad_value",*' "$bad_variable" brood --json start-method
expect 'the option does without it' 0 '' '' brood run --method fork -- true
expect 'so does what starts nothing' 0 14 '' brood status 14 --field id
expect 'and the list' 0 '~fork*' '' brood start-method --all
expect 'and setting' 0 '' '' brood start-method fork
expect 'and a job that was created' 0 6 '' brood start --job 6
unset BROOD_START_METHOD

# --- forms of inheriting that a method does not have
expect '--inherit-fds where spawn is the default' 125 '' '~brood: inherit descriptors: not under start method spawn*' \
  env BROOD_START_METHOD=spawn "$BROOD" start --inherit-fds -- true

# --- a damaged configuration
printf '{"version":1,"start_met' >state/config.json
damaged="~brood: read '$T/state/config.json': it is damaged: not a JSON object
hint: brood start-method *"
expect 'start-method' 125 '' "$damaged" brood start-method
expect 'start' 125 '' "$damaged" brood start -- true
expect 'create' 125 '' "$damaged" brood create -- true
expect 'run' 125 '' "$damaged" brood run -- true
expect 'its code' 125 '~{"error":{"code":"config_damaged",*' "$damaged" brood --json start-method
expect 'the option does without it' 0 '' '' brood run --method spawn -- true
expect 'so does the variable' 0 '' '' env BROOD_START_METHOD=spawn "$BROOD" run -- true
expect 'jobs that exist are not harmed' 0 14 '' brood status 14 --field id
check 'nobody but a setter touches it' '{"version":1,"start_met' "$(cat state/config.json)"
expect 'setting repairs it' 0 '' '' brood start-method fork
expect 'so that all goes on' 0 fork '' brood start-method
printf '{"version":1,"start_method":"spawn","later":["x"]}\n' >state/config.json
expect 'what a later version has added' 0 spawn '' brood start-method
expect 'survives a change' 0 '' '' brood start-method fork
check 'in its place' '{"version":1,"start_method":"fork","later":["x"]}' "$(cat state/config.json)"
printf '{"version":2,"start_method":"spawn"}\n' >state/config.json
later="~brood: read '$T/state/config.json': format version 2: the configuration was written by a later version of brood*"
expect 'a later format' 125 '' "$later" brood start-method
expect 'its code' 125 '~{"error":{"code":"config_too_new",*' "$later" brood --json start-method
expect 'is not overwritten' 125 '' "$later" brood start-method fork
check 'by nobody' '{"version":2,"start_method":"spawn"}' "$(cat state/config.json)"
rm state/config.json
expect 'without the file it is fork' 0 fork '' brood start-method

# --- twenty at once, while others read
setters=()
for i in 1 2 3 4 5 6 7 8 9 10; do
  for method in fork spawn; do
    (read -r _ <"$T/go"; for _ in 1 2 3; do brood start-method $method || echo "failed: $?"; brood start-method; done) >"out.$i.$method" 2>&1 &
    setters+=($!)
  done
done
for _ in "${setters[@]}"; do tell go; done
wait "${setters[@]}"
check 'all of them have set it, and read a whole file' 'fork
spawn' "$(cat out.*.* | sort -u)"
check 'as often as they tried' 60 "$(cat out.*.* | wc -l)"
case $(cat state/config.json) in
  '{"version":1,"start_method":"fork"}' | '{"version":1,"start_method":"spawn"}') check 'one of them was the last' ok ok ;;
  *) check 'one of them was the last' '{"version":1,...}' "$(cat state/config.json)" ;;
esac
check 'no temporary file is left' no "$([ -e state/config.json.new ] && echo yes || echo no)"

# --- what cannot be written
mkdir -m 700 full && ln -s /nowhere full/names.lock
expect 'setting says why it failed' 125 '' '~brood: *' brood --state-dir "$T/full" start-method spawn
expect 'and has set nothing' 0 fork '' brood --state-dir "$T/full" start-method
