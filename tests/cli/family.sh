#!/usr/bin/env bash
# Jobs inside jobs: who belongs to whom, and the order in which `run` sees them end.
set -u
. "$(dirname "$0")/lib/cli.sh"
python3 -c 'import json' 2>/dev/null || skip_all 'python3 is not installed'
make_line up go seen mid

json() { python3 -c 'import json, sys; j = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
ids() { json '" ".join(str(x["id"]) for x in j)'; }

# --- nobody
expect 'no jobs: no table' 0 '' '' brood status --tree
expect 'nor children' 0 '' '' brood status --children
expect 'as JSON' 0 '[]' '' brood --json status --tree
expect 'children as JSON' 0 '[]' '' brood --json status --children
check 'asking makes no state directory' no "$([ -e state ] && echo yes || echo no)"
expect 'of a job that there is not' 125 '' "brood: find job 'nosuch': no such job" brood status --children nosuch
expect 'one of two that there are not' 125 '' "brood: find job 'nosuch': no such job
brood: find job '7': no such job" brood status --tree nosuch 7
for words in '--children --tree' '--children --field id' '--tree --field id'; do
  # shellcheck disable=SC2086  # words
  expect "status $words" 125 '' '~brood: read the command line: *' brood status $words 1
done

# --- three generations: 1 starts 2 and 4, 2 starts 3 (by every method); 5 is a stranger
cat >family.sh <<'S'
case $1 in
  first)
    "$BROOD" start --name second -- sh "$T/family.sh" second >/dev/null
    read -r _ <"$T/mid"
    "$BROOD" start --name third --method forkserver -- sh "$T/family.sh" leaf >/dev/null
    ;;
  second)
    "$BROOD" start --name grandchild --method spawn -- sh "$T/family.sh" leaf >/dev/null
    echo born >"$T/mid"
    ;;
esac
"$BROOD" status @self --field identity >"$T/$BROOD_JOB.self"
"$BROOD" status @parent --field identity >"$T/$BROOD_JOB.parent" 2>&1
"$BROOD" --json status --children >"$T/$BROOD_JOB.children"
"$BROOD" status --tree @self >"$T/$BROOD_JOB.tree"
echo up >"$T/up"
read -r _ <"$T/go"
S
expect 'the first' 0 1 '' brood start --name first -- sh family.sh first
for _ in 1 2 3 4; do hear up >/dev/null; done
expect 'a stranger' 0 5 '' brood start --name stranger -- sleep 300
check 'identities' 'Process-1 Process-1:1 Process-1:1:1 Process-1:2 Process-5' \
  "$(brood --json status | json '" ".join(x["identity"] for x in j)')"
check 'as a field' Process-1:1:1 "$(field grandchild identity)"
check '@self, within each' 'Process-1 Process-1:1 Process-1:1:1 Process-1:2' "$(cat 1.self 2.self 3.self 4.self | xargs)"
check '@parent, within each' "brood: find job '@parent': this job was not started inside another: no such job
Process-1
Process-1:1
Process-1" "$(cat 1.parent 2.parent 3.parent 4.parent)"
check 'their parents' 'None 1 2 1 None' "$(brood --json status | json '" ".join(str(x["parent"]["job"]) for x in j)')"

# --- children
check 'children of the first' '2 4' "$(brood --json status --children first | ids)"
check 'of the second' 3 "$(brood --json status --children 2 | ids)"
check 'of a leaf' '' "$(brood --json status --children grandchild | ids)"
expect 'as a table there are none' 0 '' '' brood status --children grandchild
check 'of two jobs' '2 4 3' "$(brood --json status --children first second | ids)"
expect 'as a table' 0 '~ID  NAME  *
3   grandchild  running *' '' brood status --children second
expect 'one that is there, and one that is not' 125 '~ID *grandchild*' "brood: find job 'nosuch': no such job" brood status --children second nosuch
check 'of the job that asks' '2 4, 3, , , .' "$(for id in 1 2 3 4; do printf '%s, ' "$(ids <$id.children)"; done; echo .)"

# Outside, those of the process that calls brood.
expect 'of a script' 0 '6 7' '' bash -c '
  "$BROOD" start --name mine -- true >/dev/null
  "$BROOD" create --name mine -- true >/dev/null
  ("$BROOD" start --name of-subshell -- true; true) >/dev/null
  "$BROOD" --json status --children | tr -d "\n" | grep -o "\"id\":[0-9]*" | cut -d: -f2 | xargs >ids
  "$BROOD" --json status --children >mine.json
  python3 -c "import json; print(*(x[\"id\"] for x in json.load(open(\"mine.json\"))))"'
expect 'another one knows none of them' 0 '[]' '' bash -c '"$BROOD" --json status --children; true'
brood wait mine of-subshell >/dev/null 2>&1
brood wait 6 8 >/dev/null
brood close 6 7 8

# --- the tree
brood status --tree >tree
check 'as a table: each below its own' 'ID  NAME
1   first
2     second
3       grandchild
4     third
5   stranger' "$(cut -c1-18 tree | sed 's/ *$//; s/  *STATE.*//; s/ [a-z]$//')"
check 'columns are aligned' 1 "$(python3 -c '
lines = open("tree").read().splitlines()
at = lines[0].index("STATE")
print(len({line[at - 1] for line in lines}))')"
as_tree() { python3 -c 'import json, sys
def tree(jobs): return [[job["id"], tree(job["children"])] for job in jobs]
print(tree(json.load(sys.stdin)))'; }
check 'as JSON' '[[1, [[2, [[3, []]]], [4, []]]], [5, []]]' "$(brood --json status --tree | as_tree)"
check 'of a job: it and what is below it' '[[2, [[3, []]]]]' "$(brood --json status --tree second | as_tree)"
check 'of two' '[[2, [[3, []]]], [5, []]]' "$(brood --json status --tree second stranger | as_tree)"
check 'of two, one of which is below the other' '[[1, [[2, [[3, []]]], [4, []]]]]' "$(brood --json status --tree first grandchild | as_tree)"
check 'of a leaf' '[[3, []]]' "$(brood --json status --tree 3 | as_tree)"
check 'the objects are the same as without' "$(brood --json status | json 'j[2]')" \
  "$(brood --json status --tree 3 | json '{k: v for k, v in j[0].items() if k != "children"}')"
check 'within a job' 'second grandchild' "$(awk 'NR > 1 { print $2 }' 2.tree | xargs)"

# --- a job is no part of the one that it was started in
expect 'the first is ended' 0 '' '' brood terminate first
check 'its children go on' 'exited running running running' "$(for id in 1 2 3 4; do field $id state; done | xargs)"
expect 'kill, which does not reach them either' 0 '' '' brood kill first
check 'they still go on' 'running running running' "$(for id in 2 3 4; do field $id state; done | xargs)"
check 'and are its children' '2 4' "$(brood --json status --children first | ids)"
expect 'the second is forgotten' 0 '' '' brood kill second
expect 'at once' 0 '' '' brood close second
check 'the third generation goes on' running "$(field grandchild state)"
check 'and comes to stand by itself' '[[1, [[4, []]]], [3, []], [5, []]]' "$(brood --json status --tree | as_tree)"
check 'who it was remains' 'Process-1:1:1 2' "$(field grandchild identity) $(field grandchild parent.job)"
expect 'the number of a child is not used again' 0 '~[0-9]*' '' env BROOD_JOB=1 "$BROOD" start --name fourth -- true
check 'after a child was forgotten' Process-1:3 "$(field fourth identity)"
tell go
tell go
expect 'they end as they want' 0 '' '' brood join grandchild third
brood kill stranger
brood wait fourth >/dev/null
expect 'all are forgotten' 0 '' '' brood close first grandchild third fourth stranger

# --- run: first its daemonic jobs are ended, then the others are joined, then it ends as its target did
cat >order.sh <<'S'
"$BROOD" start --daemon --grace 1h --name demon -- perl -e '
  $SIG{TERM} = sub { open S, ">", "$ENV{T}/seen"; print S "demon told\n"; close S; open G, "<", "$ENV{T}/mid"; readline G; exit 0 };
  open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1' >/dev/null
read -r _ <"$T/up"
"$BROOD" start --name joined -- sh -c 'read -r _ <"$T/go"; exit 9' >/dev/null
exit 5
S
"$BROOD" run --name outer -- sh order.sh &
runner=$!
check 'the target has ended: the daemonic job is told' 'demon told' "$(hear seen)"
check 'the other one is not' 'exited stopping running' "$(field outer state) $(field demon state) $(field joined state)"
check 'run waits' alive "$(liveness $runner)"
tell mid
expect 'the daemonic one has ended' 0 '' '' brood join demon
check 'the other one still not' running "$(field joined state)"
check 'run still waits' alive "$(liveness $runner)"
tell go
wait $runner
check 'it ends as its target did' 5 $?
check 'and as the other one had' 9 "$(brood join joined; echo $?)"
brood close outer demon joined
# Nothing that is there now is waited for: jobs that were there before, those of a child, those that are over.
expect 'a stranger' 0 '~[0-9]*' '' brood start --name stranger -- sleep 300
expect 'others are not waited for' 6 '' '' brood run -- sh -c '
  id=$("$BROOD" start -- true); "$BROOD" join "$id"
  "$BROOD" start --parent 1 --name elsewhere -- sleep 300 >/dev/null
  "$BROOD" create --name unborn -- true >/dev/null; exit 6'
check 'they live' 'running running created' "$(field stranger state) $(field elsewhere state) $(field unborn state)"
expect 'kill them' 0 '' '' brood kill stranger elsewhere
brood close stranger elsewhere unborn

# A job that starts another while it is waited for is waited for with that.
"$BROOD" run --name outer -- sh -c '"$BROOD" start --name late -- sh -c "
  read -r _ <\"\$T/mid\"; BROOD_JOB=$BROOD_JOB \"\$BROOD\" start --name later -- sh -c \"echo up >\\\"\\\$T/up\\\"; read -r _ <\\\"\\\$T/go\\\"\" >/dev/null" >/dev/null; exit 8' &
runner=$!
tell mid
hear up >/dev/null
expect 'the first of them has ended' 0 '' '' brood join late
check 'run waits for the second' alive "$(liveness $runner)"
tell go
wait $runner
check 'and ends as its target did' 8 $?
brood close outer late later

# A signal while others are waited for ends the waiting, not the jobs.
for signal in INT TERM HUP QUIT; do
  number=$(kill -l $signal)
  "$BROOD" run --name outer -- perl -e '
    system $ENV{BROOD}, "start", "--name", "inner", "--", "sleep", "300";
    $SIG{$_} = sub { exit 4 } for qw(INT TERM HUP QUIT);
    open F, ">", "$ENV{T}/up"; print F "up\n"; close F; select undef, undef, undef, undef while 1' >/dev/null &
  runner=$!
  hear up >/dev/null
  kill -$signal $runner
  expect "$signal: the first is the target's" 4 '' '' brood join outer
  check "$signal: run waits for the job inside" 'alive running' "$(liveness $runner) $(field inner state)"
  kill -$signal $runner
  wait $runner 2>/dev/null
  check "$signal: the second ends the waiting" $((128 + number)) $?
  check "$signal: not the job, nor the record" 'running 4' "$(field inner state) $(field outer exitcode)"
  expect "$signal: which can be ended" 0 '' '' brood kill inner
  brood close outer inner
done

brood forkserver stop --force
