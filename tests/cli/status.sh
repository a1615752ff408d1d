#!/usr/bin/env bash
# `status`: table, JSON and single fields.
set -u
. "$(dirname "$0")/lib/cli.sh"
python3 -c 'import json, pty' 2>/dev/null || skip_all 'python3 is not installed'
make_line up go

# json EXPRESSION: of the array `j` that comes on stdin
json() { python3 -c 'import json, sys; j = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

# --- nothing there
expect 'no jobs: no table' 0 '' '' brood status
expect 'no jobs: an empty array' 0 '[]' '' brood --json status
check 'asking makes no state directory' no "$([ -e state ] && echo yes || echo no)"

brood create --name new -- cmd 'two words' '' "it's" >/dev/null
brood start --name live -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go"' >/dev/null
brood start --name good -- true >/dev/null
brood start --name bad -- sh -c 'exit 3' >/dev/null
brood start --name killed -- sh -c 'kill -USR2 $$' >/dev/null
brood start --name with-orphan -- sh -c '(echo up >"$T/up"; exec sleep 300) & read -r _ <"$T/go"' >/dev/null
hear up >/dev/null
hear up >/dev/null
brood wait good bad killed >/dev/null
tell go
tell go
brood wait --any live with-orphan >/dev/null
brood wait live with-orphan >/dev/null
make_line go2
brood start --name live -- sh -c 'echo up >"$T/up"; read -r _ <"$T/go2"' >/dev/null
hear up >/dev/null
pids() { for job in 2 3 4 5 6 7; do field $job pid; done | xargs; }

# --- the table
brood status >table
read -r p2 p3 p4 p5 p6 p7 <<<"$(pids)"
check 'one line for each job, under one heading' "ID NAME STATE PID EXIT TIME COMMAND
1 new created - - - cmd 'two words' '' 'it'\''s'
2 live exited $p2 0 T sh -c 'echo up >\"\$T/up\"; read -r _ <\"\$T/go\"'
3 good exited $p3 0 T true
4 bad exited $p4 3 T sh -c 'exit 3'
5 killed exited $p5 SIGUSR2 T sh -c 'kill -USR2 \$\$'
6 with-orphan exited +1 $p6 0 T sh -c '(echo up >\"\$T/up\"; exec sleep 300) & read -r _ <\"\$T/go\"'
7 live running $p7 - T sh -c 'echo up >\"\$T/up\"; read -r _ <\"\$T/go2\"'" \
  "$(sed -E 's/ +/ /g; s/^([0-9]+ .* (-|[0-9]+|SIG[A-Z0-9]+)) [0-9]+(ms|s|m [0-9]+s) /\1 T /' table)"
check 'columns are aligned' 1 "$(python3 -c '
lines = open("table").read().splitlines()
at = lines[0].index("COMMAND")
print(len({line[at - 1] for line in lines}))')"
check 'no trailing blanks' '' "$(grep ' $' table)"
check 'no control characters' '' "$(tr -d '\n' <table | grep '[[:cntrl:]]')"
expect 'chosen jobs, in the order of asking' 0 "~ID*
4 *bad*
3 *good*" '' brood status bad good
expect 'a name means the live one' 0 '7' '' brood status live --field id

# --- JSON
brood --json status >all.json
check 'valid, one object for each' '[1, 2, 3, 4, 5, 6, 7]' "$(json '[x["id"] for x in j]' <all.json)"
check 'names' "['new', 'live', 'good', 'bad', 'killed', 'with-orphan', 'live']" "$(json '[x["name"] for x in j]' <all.json)"
check 'states' 'created exited exited exited exited exited running' "$(json '" ".join(x["state"] for x in j)' <all.json)"
check 'exit codes: null, N, -S' '[None, 0, 0, 3, -12, 0, None]' "$(json '[x["exitcode"] for x in j]' <all.json)"
check 'signals' "[None, None, None, None, 'SIGUSR2', None, None]" "$(json '[x["signal"] for x in j]' <all.json)"
check 'target' "['cmd', 'two words', '', \"it's\"]" "$(json 'j[0]["target"]' <all.json)"
check 'orphans' '[0, 0, 0, 0, 0, 1, 0]' "$(json '[x["orphans"] for x in j]' <all.json)"
check 'nothing is lost, nothing dumped core' '{(False, False)}' "$(json '{(x["lost"], x["core_dumped"]) for x in j}' <all.json)"
check 'all fields of the record are there, always' '1' "$(json 'len({tuple(x) for x in j})' <all.json)"
check 'and these are among them' '[]' "$(json '[k for k in """version id name labels target cwd start_method daemon parent state
  pid pid_start_time boot_id host monitor_pid exitcode signal core_dumped lost reason created_at started_at ended_at timeout
  orphans rusage sentinel logs""".split() if k not in j[0]]' <all.json)"
check 'times are in order' '[True, True]' "$(json '[j[2]["created_at"] <= j[2]["started_at"] <= j[2]["ended_at"], j[6]["ended_at"] is None]' <all.json)"
check 'in UTC' True "$(json '__import__("re").fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", j[2]["started_at"]) is not None' <all.json)"
check 'resource usage of the ended' '[True, None]' "$(json '[j[2]["rusage"]["max_rss_kib"] > 0, j[6]["rusage"]]' <all.json)"
check 'directory' "$T" "$(json 'j[2]["cwd"]' <all.json)"
check 'the sentinel is where it says' True "$(json '__import__("os").path.exists(j[6]["sentinel"])' <all.json)"
check 'cat of the sentinel of an ended job returns' '' "$(timeout -s KILL 60 cat "$(field good sentinel)")"
check 'parent: no job, but a process' "None True" "$(json 'str(j[2]["parent"]["job"]) + " " + str(j[2]["parent"]["pid"] > 1)' <all.json)"
expect 'one job is an array of one' 0 '~\[{"version":1,"id":4,"name":"bad",*}\]' '' brood --json status bad

# --- one field
for pair in id:5 name:killed state:exited exitcode:-12 signal:SIGUSR2 lost:false daemon:false start_method:fork orphans:0 version:1; do
  expect "field ${pair%:*}" 0 "${pair#*:}" '' brood status killed --field "${pair%:*}"
done
check 'null is an empty line' "$(printf '\n.')" "$(field 7 exitcode; printf .)"
expect 'a list is JSON' 0 '["cmd","two words","","it'\''s"]' '' brood status new --field target
expect 'a part of a field' 0 "$BROOD_STATE_DIR/jobs/3/output.log" '' brood status good --field logs.stdout
expect 'several jobs, a line for each' 0 'exited
running
created' '' brood status good 7 new --field state
expect 'no such field' 125 '' '~brood: *'\''colour'\''*hint: *exitcode*' brood status good --field colour
expect 'no such part' 125 '' '~brood: *logs.stdin*' brood status good --field logs.stdin
expect 'a field of no job' 125 '' '~brood: *' brood status --field pid
expect 'unknown and known: the known is shown' 125 exited "brood: find job 'nobody': no such job" brood status nobody good --field state

# --- hostile texts
esc=$'\033]0;owned\007\033[2J'
brood start --name hostile --label "k$esc=v$esc" -- sh -c 'exit 0' "$esc" $'x\n99  fake  running' $'\xff\xfe' $'\xc2\x9b31m' $'\xe2\x80\xaeright' $'tab\there' '日本' >/dev/null
brood wait hostile >/dev/null
brood status hostile >table
check 'no control character in the table' 0 "$(tr -d '\n' <table | LC_ALL=C tr -cd '\000-\037\177' | wc -c)"
check 'nor one above 127' '' "$(grep -P '\xc2[\x80-\x9f]|\xe2\x80\xae|\xff' table)"
check 'two lines, heading included' 2 "$(wc -l <table)"
check 'they are shown escaped' "'\\e]0;owned\\x07\\e[2J' 'x\\n99  fake  running' '\\xff\\xfe' '\\xc2\\x9b31m' '\\xe2\\x80\\xaeright' 'tab\\there' '日本'" \
  "$(sed -n "2s/.*'exit 0' //p" table)"
brood --json status hostile >one.json
check 'nor in JSON' 0 "$(tr -d '\n' <one.json | LC_ALL=C tr -cd '\000-\037\177' | wc -c)"
check 'nor one above 127 there' '' "$(grep -P '\xc2[\x80-\x9f]|\xe2\x80\xae|\xff' one.json)"
check 'JSON keeps what is text' True "$(json 'j[0]["target"][3:6] == ["\033]0;owned\007\033[2J", "x\n99  fake  running", "\ufffd\ufffd"] and j[0]["target"][6] == "\x9b31m"' <one.json)"
check 'labels, too' True "$(json 'j[0]["labels"] == {"k\033]0;owned\007\033[2J": "v\033]0;owned\007\033[2J"}' <one.json)"

# --- on a terminal
cat >screen.py <<'E'
# screen.py COLUMNS CMD...: what CMD writes to a terminal of that width
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 25, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
data = b""
try:
    while block := os.read(fd, 65536):
        data += block
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(data.replace(b"\r\n", b"\n"))
E
screen() { TERM=xterm timeout -s KILL 60 python3 screen.py "$@"; }
brood start --name wide -- true "$(printf '%0300d' 0)" '日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語' >/dev/null
brood wait wide >/dev/null
for columns in 200 80 60; do
  check "a line is a line on $columns columns" "True" "$(NO_COLOR=1 screen $columns "$BROOD" status | python3 -c '
import sys, unicodedata
width = lambda text: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
lines = sys.stdin.read().splitlines()
print(len(lines) == 10 and max(map(width, lines)) <= '$columns' or lines)')"
done
check 'on few columns nothing breaks' 10 "$(NO_COLOR=1 screen 20 "$BROOD" status | wc -l)"
check 'what is cut ends so' '…' "$(NO_COLOR=1 screen 80 "$BROOD" status wide | tail -n 1 | grep -o '…$')"
check 'colour on a terminal' yes "$(screen 80 "$BROOD" status | grep -q $'\033\\[3' && echo yes)"
check 'a colour ends in its line' '' "$(screen 80 "$BROOD" status | grep $'\033\\[3' | grep -v $'\033\\[0m')"
check 'not with NO_COLOR' '' "$(NO_COLOR=1 screen 80 "$BROOD" status | grep $'\033')"
check 'an empty NO_COLOR says nothing' yes "$(NO_COLOR='' screen 80 "$BROOD" status | grep -q $'\033\\[3' && echo yes)"
check 'not with --color never' '' "$(screen 80 "$BROOD" --color never status | grep $'\033')"
check 'not on a dumb terminal' '' "$(TERM=dumb timeout 60 python3 screen.py 80 "$BROOD" status | grep $'\033')"
check '--color always: a file, too' yes "$(NO_COLOR=1 brood --color always status | grep -q $'\033\\[3' && echo yes)"
check 'never in JSON' '' "$(screen 80 "$BROOD" --color always --json status | grep $'\033')"
check 'COLUMNS of the shell does not count in a file' "$(NO_COLOR=1 brood status | wc -L)" "$(COLUMNS=20 brood status | wc -L)"

# --- is-alive
expect 'is-alive: running' 0 '' '' brood is-alive 7
expect 'is-alive: exited' 1 '' '' brood is-alive good
expect 'is-alive: created' 1 '' '' brood is-alive new
expect 'is-alive: unknown' 125 '' "brood: find job 'nobody': no such job" brood is-alive nobody
expect 'is-alive --json' 0 true '' brood --json is-alive 7
expect 'is-alive --json: not' 1 false '' brood --json is-alive good
expect 'is-alive with orphans: the job itself is over' 1 '' '' brood is-alive with-orphan
tell go2
expect 'the live one ends' 0 '' '' brood join 7
expect 'orphans are still counted' 0 1 '' brood status with-orphan --field orphans
brood kill with-orphan
expect 'and no more' 0 0 '' brood status with-orphan --field orphans
