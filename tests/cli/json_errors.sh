#!/usr/bin/env bash
# With --json every failure is told to programs, too: {"error": {"code", "message", "hint"}} on stdout, beside the line
# on stderr and with the same exit status.
set -u
. "$(dirname "$0")/lib/cli.sh"
python3 -c 'import json' 2>/dev/null || skip_all 'python3 is not installed'
make_line up go

cat >shape.py <<'E'
# Prints the code if out is one error object that says the same as the lines of err, else what is wrong.
import json, sys
out, err = open(sys.argv[1]).read(), open(sys.argv[2]).read()
try:
    told = json.loads(out)
except ValueError as problem:
    sys.exit(print(f"stdout is not JSON ({problem}): {out!r}, stderr: {err!r}"))
error = told.get("error", {}) if isinstance(told, dict) else {}
lines = ["brood: " + error.get("message", "")] + (["hint: " + error["hint"]] if "hint" in error else [])
wrong = []
if list(told) != ["error"] or not set(error) <= {"code", "message", "hint"}:
    wrong.append(f"fields: {told}")
if out.count("\n") != 1:
    wrong.append("not one line")
if lines != err.splitlines():
    wrong.append(f"stderr is not the same: {err!r} and {told}")
print("; ".join(wrong) or error["code"])
E

# code STATUS CODE ARGUMENT...: of brood --json ARGUMENT...
code() {
  local status=$1 wanted=$2
  shift 2
  brood --json "$@" >out 2>err </dev/null
  check "$*: status" "$status" $?
  check "$*: code" "$wanted" "$(python3 shape.py out err)"
}

# --- the command line
code 125 bad_value frobnicate
code 125 bad_value
code 125 bad_value start --no-such-option -- true
code 125 bad_value start --timeout soon -- true
code 125 bad_value start
code 125 bad_value start --umask 888 -- true
code 125 bad_value start --limit turtles=1 -- true
code 125 bad_value join
code 125 bad_value wait --any --all 1
code 125 bad_value close
code 125 bad_value kill --signal NOTHING 1
code 125 bad_value --color sometimes status
code 125 bad_value start --pass-fd 1 -- true
code 125 bad_value start-method nothing
code 125 bad_value close --older-than 1
code 125 bad_value start --job
code 125 bad_value join -t
expect 'the value of an option is none itself' 125 '' '~brood: *' brood start --name --json -- true
check 'none of these made a state directory' no "$([ -e state ] && echo yes || echo no)"
code 125 bad_name start --name a/b -- true
code 125 bad_name create --name 42 -- true
code 125 EBADF start --pass-fd 99 -- true

# --- launching
: >plain
printf '#!/no/such/interpreter\n' >script
chmod +x script
code 127 ENOENT start -- ./missing
code 127 ENOENT start -- no-such-program
code 126 EACCES start -- ./plain
code 126 ENOENT start -- ./script
code 125 ENOENT start --cwd nowhere -- true
code 125 ENOTDIR start --cwd plain -- true
code 125 ENOENT start --stdin nowhere -- true
code 125 ENOENT start --env-file nowhere -- true

# --- which job
code 125 no_such_job status nobody
code 125 no_such_job status 4711
code 125 no_such_job join 0
code 125 no_such_job logs 99999999999999999999
code 125 no_such_job is-alive nobody
code 125 no_such_job terminate nobody
code 125 no_such_job kill nobody
code 125 no_such_job close nobody
code 125 no_such_job rename nobody somebody
code 125 no_such_job wait nobody
code 125 no_such_job start --job nobody
code 125 not_inside_job join @self
code 125 not_inside_job join @parent
brood start --name twin -- sleep 300 >/dev/null
brood start --name twin -- sleep 300 >/dev/null
code 125 ambiguous_job join twin
brood kill --all twin

# --- the wrong state
brood create --name unborn -- true >/dev/null
brood start --name live -- sh -c 'read -r _ <"$T/go"' >/dev/null
brood start --name over -- true >/dev/null
brood wait over >/dev/null
code 125 not_started join unborn
code 125 not_started wait unborn
code 125 not_started terminate unborn
code 125 not_started kill unborn
code 125 already_started start --job over
code 125 already_started start --job live
code 125 still_running close live
code 125 never_reached wait --for running over
code 125 name_in_use start --unique --name live -- true
code 125 bad_name rename live 7
code 125 bad_name rename live @x
code 125 bad_value status live --field colour
brood start --name elsewhere --stdout plain --stderr plain -- true >/dev/null
brood run --name foreground -- true
code 125 unsupported logs foreground
code 125 unsupported logs --stdout live
tell go
brood join live

# --- records and directories
brood start --name damaged -- true >/dev/null
brood start --name late -- true >/dev/null
brood wait damaged late >/dev/null
damaged=$(field damaged id)
late=$(field late id)
: >"state/jobs/$damaged/job.json"
perl -pi -e 's/"version":1\b/"version":9/' "state/jobs/$late/job.json"
for words in join wait is-alive terminate kill logs; do
  code 125 record_damaged $words "$damaged"
done
code 125 record_damaged rename "$damaged" other
code 125 record_too_new join "$late"
check 'status shows both as what they are' 'damaged damaged' "$(field "$damaged" state) $(field "$late" state)"
mkdir -m 777 open
chmod 777 open
code 125 state_dir_refused --state-dir open status
code 125 ENOTDIR --state-dir plain/state start -- true

# --- an end that nobody saw
brood start --name orphaned -- sh -c 'echo up >"$T/up"; exec sleep 300' >/dev/null
hear up >/dev/null
target=$(field orphaned pid)
lose_keepers orphaned
check 'it lives without keepers' orphaned "$(field orphaned state)"
kill -9 "$target"
await_ends 20 "$target"
state=$(field orphaned state)
case $state in
  lost)
    # What join has to say of it is its record, as of any other.
    brood --json join orphaned >out 2>err
    check 'a lost end: status' 125 $?
    check 'a lost end: the record' 'lost null null' "$(python3 -c '
import json
[job] = json.load(open("out"))
print(job["state"] if job["lost"] else "not lost", json.dumps(job["exitcode"]), json.dumps(job["signal"]))')"
    check 'a lost end: the line' 1 "$(grep -c "^brood: join job [0-9]*: .*how it ended is unknown$" err)"
    ;;
  exited) check 'its true end was found out' -9 "$(field orphaned exitcode)" ;;
  *) check 'the end is lost or known' lost "$state" ;;
esac

# --- what is good is no error, and the two do not mix
check 'of several the good ones are told' '[0] 125' "$(brood --json status over nobody 2>err >out; status=$?
  python3 -c 'import json; print([x["exitcode"] for x in json.load(open("out"))], end=" ")'; echo $status)"
check 'and the others on stderr' "brood: find job 'nobody': no such job" "$(cat err)"
expect 'run does not mix JSON into the output of the command' 127 '' '~brood: *' brood --json run -- ./missing
expect 'without --json nothing is on stdout' 125 '' "brood: find job 'nobody': no such job" brood join nobody
expect 'quiet: without the hint' 125 '' '~brood: *[!
]*' brood -q join unborn
check 'one line' 1 "$(brood -q join unborn 2>&1 | wc -l)"
check 'two with it' 2 "$(brood join unborn 2>&1 | wc -l)"
