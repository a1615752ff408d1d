#!/usr/bin/env bash
# Daemonic jobs: they end with their parent, however that ends, and start no jobs; and who may be a parent.
set -u
. "$(dirname "$0")/lib/cli.sh"
python3 -c 'import pty, threading' 2>/dev/null || skip_all 'python3 is not installed'
make_line up go seen

# A server such as tests need one: on a port of the loopback, with a helper in a session of its own.
cat >server.pl <<'S'
use IO::Socket::INET; use POSIX;
my $socket = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die "listen: $!";
my $helper = fork;
if (!$helper) { setsid; select undef, undef, undef, undef; exit }
open F, ">", "$ENV{T}/up"; printf F "%d %d %d\n", $$, $helper, $socket->sockport; close F;
while (my $client = $socket->accept) { print $client "hello\n"; close $client }
S
cat >client.pl <<'S'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "connect: $@\n";
print "got ", scalar <$socket>;
S
# The step of a job of continuous integration. WAY says how it ends.
cat >step.sh <<'S'
"$BROOD" start --daemon --grace 1h --name "$1" --method "$2" -- perl "$T/server.pl" >/dev/null
read -r server helper port <"$T/up"
perl "$T/client.pl" "$port" >"$T/answer"
echo "$server $helper" >"$T/seen"
case $3 in
  exit) exit 0 ;;
  error) false; echo 'not reached' >"$T/answer" ;;
  exec) exec sh -c 'read -r _ <"$T/go"; exit 4' ;;
  *) read -r _ <"$T/go" ;;
esac
S
# The server and its helper are gone when its monitor has seen them go. The bound is for failure only.
left_of() { # NAME SERVER HELPER
  await_ends 60 "$2" "$3"
  brood wait -t 60 "$1" >/dev/null
  echo "$(liveness "$2") $(liveness "$3") $(field "$1" state) $(field "$1" exitcode) $(field "$1" reason)"
}
all_gone='gone gone exited -15 parent ended'

# --- a script that fails half-way leaves nothing behind, whatever ended it
for method in fork spawn forkserver; do
  for way in exit error TERM KILL INT HUP; do
    job=$method-$way
    bash -e step.sh "$job" $method $way &
    script=$!
    read -r server helper _ <<<"$(hear seen)"
    check "$job: it served" 'got hello' "$(cat answer)"
    case $way in
      exit | error) ;;
      # What a background job of a script ignores from its birth.
      INT) kill -QUIT $script; kill -INT $script; kill -KILL $script ;;
      *) kill -$way $script ;;
    esac
    wait $script 2>/dev/null
    check "$job: nothing is left" "$all_gone" "$(left_of "$job" "$server" "$helper")"
  done

  # exec is no end: the process goes on under another name.
  job=$method-exec
  bash -e step.sh "$job" $method exec &
  script=$!
  read -r server helper _ <<<"$(hear seen)"
  expect "$job: a question to the monitor" 0 '' '' brood kill -s WINCH --target-only "$job"
  check "$job: exec is no end" 'alive alive running' "$(liveness "$server") $(liveness "$helper") $(field "$job" state)"
  tell go
  wait $script
  check "$job: the other program ended" 4 $?
  check "$job: with it, all" "$all_gone" "$(left_of "$job" "$server" "$helper")"
done
check 'as their records say' "$(printf 'true\n%.0s' {1..21})" \
  "$(for method in fork spawn forkserver; do for way in exit error TERM KILL INT HUP exec; do field $method-$way daemon; done; done)"
brood close --ended

# A terminal that is closed, with a shell at work in it.
cat >terminal.py <<'S'
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
with open(os.environ["T"] + "/seen") as line:
    told = line.readline()
os.close(terminal)
os.waitpid(pid, 0)
print(told, end="")
S
for method in fork spawn forkserver; do
  read -r server helper _ <<<"$(python3 terminal.py bash -e step.sh "closed-$method" $method wait)"
  check "$method: a terminal is closed" "$all_gone" "$(left_of "closed-$method" "$server" "$helper")"
done
cat >typist.py <<'S'
import os, pty
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
os.write(terminal, b'"$BROOD" start --daemon --name typed -- perl "$T/server.pl"\n')
with open(os.environ["T"] + "/up") as line:
    told = line.readline()
os.close(terminal)
os.waitpid(pid, 0)
print(told, end="")
S
read -r server helper _ <<<"$(python3 typist.py)"
check 'a terminal is closed in which somebody typed' "$all_gone" "$(left_of typed "$server" "$helper")"

# A thread that ends is no end of its process.
cat >thread.py <<'S'
import os, subprocess, threading
def start():
    subprocess.run([os.environ["BROOD"], "start", "--daemon", "--name", "thread", "--", "sleep", "300"], stdout=subprocess.DEVNULL)
thread = threading.Thread(target=start)
thread.start()
thread.join()
with open(os.environ["T"] + "/seen", "w") as line:
    line.write("joined\n")
with open(os.environ["T"] + "/go") as line:
    line.readline()
S
python3 thread.py &
script=$!
check 'the thread that started it has ended' joined "$(hear seen)"
expect 'a question to its monitor' 0 '' '' brood kill -s WINCH --target-only thread
expect 'it lives' 0 running '' brood status thread --field state
tell go
wait $script
expect 'until the process ends' 143 '' '' brood join thread

# --- a subshell is a parent of its own; the script itself can be named
expect 'started in a subshell' 0 '~[0-9]*' '' bash -c '("$BROOD" start --daemon --name sub -- sleep 300; true); "$BROOD" join sub || exit 0'
expect 'it ended with that' 143 '' '' brood join sub
cat >named.sh <<'S'
("$BROOD" start --daemon --parent $$ --name named -- sleep 300; true) | cat >/dev/null
"$BROOD" kill -s WINCH --target-only named
"$BROOD" status named --field state
S
expect 'not if the script is named' 0 running '' bash named.sh
expect 'whose end is its end' 143 '' '' brood join named

# --- grace, then SIGKILL
deaf='$SIG{TERM} = "IGNORE"; open F, ">", "$ENV{T}/up"; print F "$$\n"; close F; select undef, undef, undef, undef while 1'
expect 'one that ignores SIGTERM' 0 '~[0-9]*' '' bash -c '"$BROOD" start --daemon --grace 0.1 --name deaf -- perl -e "$0"; read -r _ <"$T/up"' "$deaf"
expect 'is killed' 137 '' '' brood join deaf
check 'the reason is its parent' 'parent ended' "$(field deaf reason)"
expect 'one with a stop signal of its own' 0 '~[0-9]*' '' bash -c '"$BROOD" start --daemon --grace 1h --stop-signal USR1 --name polite -- perl -e "\$SIG{USR1} = sub { exit 6 }; open F, q(>), qq(\$ENV{T}/up); print F qq(up\n); close F; select undef, undef, undef, undef"; read -r _ <"$T/up"'
expect 'gets that' 6 '' '' brood join polite
expect 'what a job has left behind ends, too' 0 '~[0-9]*' '' bash -c '"$BROOD" start --daemon --name left -- sh -c "(setsid sleep 300 & echo \$! >\"\$T/up\")"; read -r pid <"$T/up"; "$BROOD" join left; echo $pid >"$T/orphan"'
await_ends 60 "$(cat orphan)"
check 'it is gone' gone "$(liveness "$(cat orphan)")"

# --- in the foreground
bash -c '"$BROOD" run --daemon --name front -- sh -c "echo \$\$ >\"\$T/up\"; exec sleep 300" & read -r _ <"$T/go"' &
script=$!
target=$(hear up)
kill -KILL $script
wait $script 2>/dev/null
expect 'run ends with its parent' 143 '' '' brood join front
check 'its command is gone' gone "$(liveness "$target")"

# --- a daemonic job starts no jobs
expect 'a daemonic job' 0 '~[0-9]*' '' brood start --daemon --parent $$ --name demon -- sh -c '
  exec >"$T/told" 2>&1
  "$BROOD" start --name grandchild -- true; echo $?
  "$BROOD" run --name grandchild -- true; echo $?
  "$BROOD" start --no-daemon --parent 1 --name grandchild -- true; echo $?
  "$BROOD" --json start -- true; echo $?
  "$BROOD" create --name made -- true >/dev/null; echo "create $?"
  "$BROOD" start --job made; echo $?
  "$BROOD" --state-dir "$T/other" run -- echo "another state directory: $?"
  "$BROOD" status @self --field name
  exec sleep 300 >/dev/null &
  echo told >"$T/up"; wait'
check 'it has tried' told "$(hear up)"
demon=$(field demon id)
why="inside job $demon: a daemon may have no children"
check 'all of it is refused, but for what starts nothing' "brood: start 'grandchild' $why
125
brood: run 'grandchild' $why
125
brood: start 'grandchild' $why
125
brood: start 'true' $why
{\"error\":{\"code\":\"daemonic_child\",\"message\":\"start 'true' $why\"}}
125
create 0
brood: start job $((demon + 1)) $why
125
another state directory: 0
demon" "$(cat told)"
check 'no job was made' "$demon $((demon + 1))" "$(brood --json status | grep -o '"id":[0-9]*' | cut -d: -f2 | tail -n 2 | xargs)"
expect 'it is ended' 0 '' '' brood terminate demon

# --- the flag of the job in which it is started
export BROOD_JOB=$demon
expect 'inside a daemonic job that is over: daemonic, and its parent is gone' 125 '' "~brood: tie the job to job $demon: *
hint: --parent names another process or job, --no-daemon needs none" brood start -- true
expect 'as JSON' 125 '~{"error":{"code":"parent_gone",*' '~*' brood --json start -- true
expect 'with --no-daemon it is an ordinary one' 0 '~[0-9]*' '' brood start --no-daemon --name ordinary -- true
unset BROOD_JOB
check 'as its record says' "false $demon" "$(field ordinary daemon) $(field ordinary parent.job)"
expect 'inside an ordinary job jobs are ordinary' 0 false '' brood run -- sh -c '"$BROOD" status --field daemon "$("$BROOD" start -- true)"'
expect 'where nothing is said they are, too' 0 '~[0-9]*' '' brood start --name plain -- true
check 'as the record says' false "$(field plain daemon)"
expect 'one or the other' 125 '' '~brood: read the command line: *--daemon*' brood start --daemon --no-daemon -- true

# --- --parent: a process
(exec sleep 300) &
holder=$!
for form in $holder pid:$holder; do
  expect "--parent $form" 0 '~[0-9]*' '' brood start --daemon --parent $form --name "tied-$form" -- sleep 300
  check "--parent $form: on record" "None $holder" "$(field "tied-$form" parent.job | sed 's/^$/None/') $(field "tied-$form" parent.pid)"
done
expect 'run, too' 0 '~*' '' brood run --parent $holder -- sh -c '"$BROOD" status @self --field parent.pid'
expect 'create, too' 0 '~[0-9]*' '' brood create --daemon --parent $holder --name tied-later -- sleep 300
expect 'start it' 0 '~[0-9]*' '' brood start --job tied-later
expect 'create another one' 0 '~[0-9]*' '' brood create --daemon --parent $holder --name too-late -- sleep 300
expect 'to be the child of a process need not tie' 0 '~[0-9]*' '' brood start --parent $holder --name loose -- sleep 300
kill -KILL $holder
wait $holder 2>/dev/null
expect 'they end with it' 143 '' '' brood join tied-$holder tied-pid:$holder tied-later
expect 'this one does not' 0 running '' brood status loose --field state
brood kill loose
expect 'for this one it is too late' 125 '' "~brood: tie the job to process $holder: *
hint: *" brood start --job too-late
expect 'it remains as it was' 0 created '' brood status too-late --field state
for form in $holder pid:$holder; do
  expect "--parent $form, gone" 125 '' "~brood: find parent $holder: No such process" brood start --daemon --parent $form -- true
  expect "--parent $form, gone, not daemonic" 125 '' "~brood: find parent $holder: No such process" brood start --parent $form -- true
done

# --- --parent: a job
expect 'a job' 0 '~[0-9]*' '' brood start --name mother -- sh -c 'read -r _ <"$T/go"; exit 7'
mother=$(field mother id)
for form in mother job:$mother; do
  for method in fork forkserver; do
    expect "--parent $form, $method" 0 '~[0-9]*' '' brood start --daemon --parent $form --method $method --name child -- sleep 300
  done
done
check 'their parent is on record' "$mother $(field mother pid)" \
  "$(for id in $(brood --json status --all child | grep -o '"id":[0-9]*' | cut -d: -f2); do echo "$(field "$id" parent.job) $(field "$id" parent.pid)"; done | sort -u)"
tell go
expect 'it ends by itself' 7 '' '' brood join mother
mapfile -t ids < <(brood --json status --children mother | grep -o '"id":[0-9]*' | cut -d: -f2)
brood wait -t 60 "${ids[@]}" >/dev/null
check 'and they with it' 'exited exited exited exited' "$(for id in "${ids[@]}"; do field "$id" state; done | xargs)"
expect 'a job that is over' 125 '' "~brood: tie the job to job $mother: *
hint: --parent *" brood start --daemon --parent mother -- true
expect 'may be the parent of one that is not tied to it' 0 '~[0-9]*' '' brood start --parent job:$mother --name step-child -- true
check 'on record' "$mother" "$(field step-child parent.job)"
expect 'one that never ran' 125 '' '~brood: tie the job to job *' brood start --daemon --parent too-late -- true
expect '@self' 0 true '' brood run -- sh -c 'id=$("$BROOD" start --daemon --parent @self -- sleep 300); [ "$("$BROOD" status "$id" --field parent.job)" = "$BROOD_JOB" ] && "$BROOD" status "$id" --field daemon'
expect '@parent' 0 '~[0-9]*' '' brood run -- sh -c 'exec "$BROOD" run -- sh -c "id=\$(\"\$BROOD\" start --parent @parent -- true); \"\$BROOD\" status \$id --field parent.job"'
brood start --name twin -- sleep 300 >/dev/null
brood start --name twin -- sleep 300 >/dev/null
expect 'a name that two live jobs bear' 125 '' '~brood: find job '\''twin'\'': *several live jobs bear this name
hint: *' brood start --parent twin -- true
brood kill --all twin

# --- values that cannot be
before=$(brood --json status)
expect 'none' 125 '' "brood: read the command line: --parent: '' is not a process or job" brood start --parent '' -- true
expect 'no job of that name' 125 '' "brood: find job 'nosuch': no such job" brood start --parent nosuch -- true
expect 'no job of that id' 125 '' "~brood: find job*99999*: no such job" brood start --parent job:99999 -- true
expect '@self, outside' 125 '' '~brood: find job '\''@self'\'': *' brood start --parent @self -- true
for value in 0 pid:0 pid: pid:x pid:-1 99999999999 pid:99999999999999999999; do
  expect "--parent $value" 125 '' '~brood: find parent '\''*'\'': not the number of a process' brood start --parent $value -- true
done
for value in job: job:x $'a\nb' a/b -1; do
  expect "--parent $value" 125 '' '~brood: @(find job|read the command line: )*' brood start "--parent=$value" -- true
done
expect 'without a value' 125 '' '~brood: read the command line: *--parent*' brood start --parent
expect 'nobody there' 125 '~{"error":{"code":"ESRCH",*' '~*' brood --json start --parent 1073741823 -- true
check 'nothing was done' "$before" "$(brood --json status)"

brood forkserver stop --force
