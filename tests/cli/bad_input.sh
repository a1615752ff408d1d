#!/usr/bin/env bash
# Wrong words: refused with 125 and one line that names them, before anything is done. Odd words: taken as they are.
set -u
. "$(dirname "$0")/lib/cli.sh"

# bad WORDS ARGUMENT...: of brood; the line on stderr has WORDS in it
bad() {
  local words=$1 wrong='' status
  shift
  brood "$@" >out 2>err </dev/null
  status=$?
  [ $status = 125 ] || wrong="$wrong, status $status"
  [ ! -s out ] || wrong="$wrong, something on stdout"
  [ "$(grep -c '^brood: ' err)" = 1 ] || wrong="$wrong, not one line for people"
  [ "$(grep -c '^hint: ' err)" -le 1 ] || wrong="$wrong, more than one hint"
  [ "$(grep -vc -e '^brood: ' -e '^hint: ' err)" = 0 ] || wrong="$wrong, other lines"
  [ "$(tr -d '\n' <err | tr -cd '\000-\037\177' | wc -c)" = 0 ] || wrong="$wrong, raw control characters"
  [[ $(grep '^brood: ' err) == *"$words"* ]] || wrong="$wrong, not these words: $words"
  if [ -z "$wrong" ]; then
    passed=$((passed + 1))
  else
    fail "bad: $(printf '%q ' "$@")" "wrong${wrong/,/:}" "stdout: $(head -c 300 out)" "stderr: $(head -c 600 err)"
  fi
}

# --- commands and options
bad 'no command'
bad "'--'" --
bad "unknown command 'frobnicate'" frobnicate
bad "unknown command 'Start'" Start true
bad "unknown command ''" ''
bad "unknown command 'sh'" sh -c 'echo never'
bad "unknown command 'a\nb\e[31m'" $'a\nb\033[31m'
bad '--no-such-option' --no-such-option
bad '--no-such-option' start --no-such-option -- true
bad '--no-such-option' status --no-such-option
bad '-Z' start -Z -- true
bad '--tim' start --tim 5 -- true
bad '--no-such\e[31m' start $'--no-such\033[31m' -- true
for command in join wait is-alive terminate kill logs rename; do bad JOB $command; done
bad NAME rename 1
bad 'either JOB or --ended' close
bad 'extra' is-alive 1 extra
bad 'extra' rename 1 name extra
hint_of() { "$BROOD" "$@" 2>&1 >/dev/null | sed -n 's/^hint: //p'; }
check 'an unknown command has a hint' 'brood --help lists the commands; to run a program: brood run -- sh' "$(hint_of sh -c x)"
check 'an unknown option has one' 'brood start --help lists what there is' "$(hint_of start --nope)"
check 'which works' 0 "$(brood start --help >/dev/null 2>err; echo "$?$(cat err)")"
check 'not with --quiet' '' "$(hint_of -q start --nope)"

# --- the target
for command in start run create; do
  bad 'no command was given' $command
  bad 'no command was given' $command --
  bad 'no command was given' $command --name x
  bad 'no command was given' $command --name x --
done

# --- missing values
for option in --name --label --method --cwd --env-file --env --unset --stdin --stdout --stderr --pass-fd --umask --nice \
  --limit --timeout --stop-signal --grace --orphans; do
  bad "$option" start $option
done
for words in 'join -t' 'wait -t' 'wait --count' 'wait --for' 'terminate --grace' 'kill -s' 'logs -n' 'status --field' \
  'close --ended --older-than' '--state-dir' '--color'; do
  # shellcheck disable=SC2086  # words are meant
  bad '' $words
done

# --- numbers, lengths of time, words from a list
for value in '' soon 5x 5s5 -1 1e3 0x10 ' 5' '5 ' . 1..2 5,5 nan s $'5\n' '5 s' ١; do
  bad '--timeout' join "--timeout=$value" 1
  bad '--grace' start "--grace=$value" -- true
done
for value in '' 0 -1 1.5 two 0x2 +1 ' 1' 99999999999999999999; do bad '--count' wait "--count=$value" 1; done
for value in '' -1 1.5 all 99999999999999999999; do bad '--lines' logs "--lines=$value" 1; done
for value in '' 8 999 0o22 -1 12345 u=rwx 1777; do bad '--umask' start "--umask=$value" -- true; done
for value in '' x 1.5 41 -41 99999999999; do bad '--nice' start "--nice=$value" -- true; done
for value in '' nofile nofile= =5 turtles=5 nofile=x nofile=5:x nofile=5:4 nofile=-1 nofile=5:6:7; do
  bad '' start "--limit=$value" -- true
done
for value in '' NOPE SIGNOPE 0 -9 65 999 TERM,INT ' TERM'; do
  bad '--stop-signal' start "--stop-signal=$value" -- true
  bad '--signal' kill "--signal=$value" 1
done
for value in '' Fork thread; do bad '--method' start "--method=$value" -- true; done
for value in '' forget; do bad '--orphans' start "--orphans=$value" -- true; done
for value in '' finished Exited damaged; do bad '--for' wait "--for=$value" 1; done
for value in '' sometimes; do bad '--color' "--color=$value" status; done
for value in '' x -1 1x; do bad '--pass-fd' start "--pass-fd=$value" -- true; done
bad 'descriptor 2' start --pass-fd 2 -- true
bad 'descriptor 900' start --pass-fd 900 -- true
for value in '' X =x =; do bad '--env' start "--env=$value" -- true; done
for value in '' X =x; do bad '--label' start "--label=$value" -- true; done
bad '--label' start $'--label=k=\xff' -- true
bad '--older-than' close --ended --older-than yesterday

# --- names: refused in one line, whatever is in them
for name in '' 7 007 a/b / ../x @ @self -x $'a\nb' $'a\rb' $'\ta' $'a\033[31mb' $'a\177' $'a\302\205b' $'a\377' "$(printf '%0256d' 0 | tr 0 x)"; do
  bad '--name' start "--name=$name" -- true
done

# --- options that exclude each other
bad '--unique' start --unique --replace --name x -- true
bad '--reuse' start --unique --reuse --name x -- true
bad '--replace' start --replace --reuse --name x -- true
bad '--any' wait --any --all 1
bad '--count' wait --any --count 1 1
bad '--stdout' logs --stdout --stderr 1
bad '--ended' close --older-than 5 1
bad '' close --ended 1
bad '' start --job 1 -- true
bad 'a field' status --field pid
check 'none of all these has made a state directory' no "$([ -e state ] && echo yes || echo no)"

# --- references that no job can have
for job in nobody 0 1 99999999999999999999 $'a\nb' a/b '' @nobody @ $'\377' "$(printf '%0300d' 1)"; do
  for command in join status logs; do bad 'no such job' $command -- "$job"; done
done
bad '@self' join @self
bad '@parent' join @parent
check 'nor have these' no "$([ -e state ] && echo yes || echo no)"
BROOD_JOB=1 bad 'no such job' join @self
BROOD_JOB=nonsense bad '@self' join @self

# --- where the words of brood end
expect 'after -- nothing is an option' 0 '--name
-x
--' '' brood run -- printf '%s\n' --name -x --
expect 'nor after the first word' 0 '--help
--version
-q' '' brood run printf '%s\n' --help --version -q
expect 'a command that is called as an option' 127 '' "~brood: execute '--odd': not found in PATH: *" brood run -- --odd
expect 'empty words stay' 0 '[][ ][]' '' brood run printf '[%s][%s][%s]\n' '' ' ' ''
expect 'nothing is expanded' 0 '[*][~][$HOME][`id`][a;b][>x]' '' brood run printf '[%s][%s][%s][%s][%s][%s]\n' '*' '~' '$HOME' '`id`' 'a;b' '>x'
expect 'a value may look like an option' 0 '~[0-9]*' '' brood start --label=k=--name --env=A=--b -- true
expect 'options after the job' 124 '' '' sh -c '"$BROOD" start --name late -- sleep 300 >/dev/null; exec "$BROOD" join late -t 0'
expect 'short ones with their value' 124 '' '' brood join -t0 late
expect 'a job after --' 0 running '' brood status --field state -- late
expect 'brood'\''s own options after the command' 0 '~\[{*"name":"late"*}\]' '' brood status late --json
expect 'and with =' 0 late '' brood status late --field=name
brood kill late
expect '-h anywhere before the target' 0 '~*Usage: brood start *' '' brood start --name x -h
expect '--version' 0 '~brood [0-9]*.[0-9]*.[0-9]*' '' brood --version
expect 'the help says how to call it' 0 '~*Usage: brood \[*' '' brood --help
for command in run start create join wait status is-alive terminate kill close logs rename; do
  expect "brood $command --help" 0 "~*Usage: brood $command \[*" '' brood $command --help
done

# --- bytes that are not UTF-8: launched as they are, and kept
bytes=$(perl -e 'print map { chr } 1 .. 9, 11 .. 255')
hex=$(printf %s "$bytes" | od -An -v -tx1 | tr -d ' \n')
show='print unpack("H*", $ARGV[0]), "\n"'
expect 'run: every byte but 0' 0 "$hex" '' brood run -- perl -e "$show" "$bytes"
for method in fork spawn; do
  brood start --method $method --name bytes -- perl -e "$show" "$bytes" >/dev/null
  brood join bytes
  check "start, $method: every byte but 0" "$hex" "$(brood logs bytes)"
  brood close bytes
done
brood create --name bytes-later --env $'RAW=\377\200' -- perl -e "$show"'; print unpack("H*", $ENV{RAW}), "\n"' "$bytes" >/dev/null
brood start --job bytes-later >/dev/null
brood join bytes-later
check 'kept in the record, and launched from there' "$hex
ff80" "$(brood logs bytes-later)"
check 'the record is UTF-8' valid "$(perl -0777 -ne 'print utf8::decode($_) ? "valid\n" : "not UTF-8\n"' "state/jobs/$(field bytes-later id)/job.json")"
dir=$'dir \377\n'
mkdir "$dir"
expect 'a directory' 0 "$(pwd | od -An -v -tx1 | tr -d ' \n' | sed 's/0a$//')$(printf '/%s' "$dir" | od -An -v -tx1 | tr -d ' \n')" '' \
  brood run --cwd "$dir" -- perl -MCwd -e 'print unpack("H*", getcwd), "\n"'
cp "$(type -P true)" "$dir/prog"$'\377'
expect 'a program' 0 '' '' brood run -- "$dir/prog"$'\377'
expect 'its default name is one that can be used' 0 '~[0-9]*' '' brood start -- "$dir/prog"$'\377'
expect 'by everybody' 0 '' '' brood join job
expect 'a file' 0 '' '' brood run --stdout "$dir/out" -- echo here
check 'is written' here "$(cat "$dir/out")"
expect 'a state directory' 5 '' '' bash -c '"$BROOD" --state-dir "$1/state" start -- sh -c "exit 5" >/dev/null; exec "$BROOD" --state-dir "$1/state" join 1' x "$dir"
expect 'a program that is missing is shown escaped' 127 '' "~brood: execute './no\\\\xff\\\\n\\\\e\[31m': *" brood run -- $'./no\377\n\033[31m'

# --- an output that takes nothing
brood start --name talk -- echo output >/dev/null
brood wait talk >/dev/null
if [ -e /dev/full ]; then
  for words in 'status' 'status --json' 'status talk --field pid' 'wait talk' 'logs talk' 'logs -f talk' 'create -- true' \
    '--help' '--version' 'start --help' 'start --name unheard -- true' '--json join talk' '--json is-alive talk'; do
    # shellcheck disable=SC2086  # words are meant
    brood $words >/dev/full 2>err
    check "$words >/dev/full" '125 brood: write to standard output: No space left on device' \
      "$? $(sed 's/: tell that job [0-9]* has started//' err)"
  done
  brood wait unheard >/dev/null
  expect 'a job whose id could not be told runs all the same' 0 0 '' brood status unheard --field exitcode
  expect 'nor is the status of run touched' 3 '' '' sh -c '"$BROOD" run -- sh -c "exit 3" >/dev/full'
  expect 'stderr that takes nothing changes no status' 125 '' '' sh -c '"$BROOD" join nobody 2>/dev/full'
fi
# What was asked for and could not be told is no success.
for words in 'status' 'status talk --field pid' 'logs talk' 'wait talk' '--version'; do
  # shellcheck disable=SC2086  # words are meant
  brood $words >&- 2>err
  check "$words with stdout closed" '125 brood: write to standard output: Bad file descriptor' "$? $(cat err)"
done
# A reader that has had enough is no failure worth words.
for words in 'logs talk' 'status' 'status --json'; do
  check "$words to a closed pipe: silent, 141 or 0" '' "$(bash -c '
    mkfifo p.$$; exec 3<>p.$$; exec 4>p.$$; exec 3<&-
    perl -e "\$SIG{PIPE} = q(DEFAULT); exec @ARGV" "$BROOD" '"$words"' >&4 2>err.$$; status=$?
    case $status in 0 | 141) cat err.$$ ;; *) echo "status $status: $(cat err.$$)" ;; esac')"
done
