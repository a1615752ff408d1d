#!/usr/bin/env bash
# `run` on a terminal: Ctrl-C, Ctrl-Z, fg, and a terminal that stays usable.
set -u
. "$(dirname "$0")/lib/cli.sh"
python3 -c 'import pty, select' 2>/dev/null || skip_all 'python3 is not installed'
command -v ps >/dev/null || skip_all 'ps is not installed'

# Types into an interactive bash and waits for what the screen shows. Lines of the scenario:
#   type TEXT    as typed, with the escapes of Python      see TEXT    waited for in what has been shown since
#   send SIG     a signal to the process that the screen showed last as "pid=N."
# Prints the lines of the screen that begin with "result ".
cat >terminal.py <<'E'
import os, pty, re, select, signal, sys, time

scenario = [line.split(" ", 1) for line in sys.stdin.read().splitlines() if line]
pid, master = pty.fork()
if pid == 0:
    os.environ.update(PS1="prompt> ", TERM="dumb")
    os.environ.pop("PROMPT_COMMAND", None)
    os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
seen = everything = ""
deadline = time.monotonic() + 60

def give_up(why):
    print(why + "; the screen was:\n" + everything)
    os.kill(pid, signal.SIGHUP)
    os._exit(1)

def until(words):
    global seen, everything
    while words not in seen:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([master], [], [], left)[0]:
            give_up("timed out, waiting for " + repr(words))
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if not data:
            give_up("the terminal closed early")
        text = data.decode(errors="replace").replace("\r\n", "\n")
        seen += text
        everything += text
    seen = seen[seen.index(words) + len(words):]

for verb, text in scenario:
    text = text.encode().decode("unicode_escape")
    if verb == "see":
        until(text)
    elif verb == "type":
        os.write(master, text.encode("latin-1"))
    elif verb == "send":
        os.kill(int(re.findall(r"pid=(\d+)\.", everything)[-1]), getattr(signal, text))
    else:
        sys.exit("unknown verb " + verb)
os.write(master, b"exit 0\n")
try:
    while data := os.read(master, 65536):
        everything += data.decode(errors="replace").replace("\r\n", "\n")
except OSError:
    pass
os.waitpid(pid, 0)
for line in everything.split("\n"):
    if shown := re.match(r"(?:\^.)*(result .*)", line):  # a control character is shown before it
        print(shown[1])
E
terminal() { timeout -s KILL 100 python3 "$T/terminal.py"; }

# Says what signals it gets; QUIT ends it with their list. USR2: says when it has come to the foreground.
cat >listener.pl <<'E'
use POSIX;
$| = 1;
my (@seen, $done);
for my $name (qw(INT TERM HUP USR1 CONT)) {
  $SIG{$name} = sub { push @seen, $name; print "got $name.\n" };
}
$SIG{USR2} = sub { 1 until tcgetpgrp(0) == getpgrp; print "foreground.\n" };
$SIG{QUIT} = sub { $done = 1 };
# Delivered only while it is waited for: one that came just before would leave it waiting.
sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT, SIGQUIT));
print "pid=$$.\n";
sigsuspend(POSIX::SigSet->new) until $done;
print "result seen: @seen\n";
exit 4;
E

# The terminal signals the whole foreground group, brood included: passed on, it would come twice. Brood reads its
# signals in turn, so a second INT would have come before the USR1 that is sent to brood itself.
cat >once <<'E'
see prompt> 
type "$BROOD" run --name once -- perl listener.pl; echo "result status $?"\n
see pid=
see .
type \x03
see got INT.
E
check 'Ctrl-C comes once' 'result seen: INT USR1 INT
result status 4' "$({ cat once; cat <<'E'; } | terminal
send SIGUSR1
see got USR1.
type \x03
see got INT.
type \x1c
see result status 4
E
)"

check 'and once, when brood is sent another signal in between' 'result seen: INT USR1 INT USR1
result status 4' "$(cat >listener2.pl <<'E'
# As above, but the pid it shows is that of brood.
use POSIX;
$| = 1;
my (@seen, $done);
for my $name (qw(INT USR1)) { $SIG{$name} = sub { push @seen, $name; print "got $name.\n" } }
$SIG{QUIT} = sub { $done = 1 };
sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGINT, SIGUSR1, SIGQUIT));
print "pid=", getppid, ".\n";
sigsuspend(POSIX::SigSet->new) until $done;
print "result seen: @seen\n";
exit 4;
E
terminal <<'E'
see prompt> 
type "$BROOD" run -- perl listener2.pl; echo "result status $?"\n
see pid=
see .
type \x03
see got INT.
send SIGUSR1
see got USR1.
type \x03
see got INT.
send SIGUSR1
see got USR1.
type \x1c
see result status 4
E
)"

echo 'echo "pid=$$."; exec sleep 300' >plain.sh
check 'Ctrl-C ends what has no handler, and the shell sees a death by signal' 'result status 130
result usable' "$(terminal <<'E'
see prompt> 
type "$BROOD" run -- sh plain.sh\n
see pid=
see .
type \x03
see prompt> 
type echo "result status $?"\n
see result status 130
see prompt> 
type echo "result $(echo usable)"\n
see result usable
E
)"

check 'Ctrl-Z stops both, fg goes on, nothing is left' 'result stopped: TT
result seen: CONT USR1
result status 4
result jobs:' "$(terminal <<'E'
see prompt> 
type "$BROOD" run -- perl listener.pl\n
see pid=
see .
type \x1a
see Stopped
see prompt> 
type brood=$(jobs -p); echo "result stopped: $(ps -o stat= -p "$brood" --ppid "$brood" | cut -c1 | tr -d '\\n')"\n
see result stopped: TT
see prompt> 
type fg\n
see got CONT.
send SIGUSR1
see got USR1.
type \x1c
see result seen: CONT USR1
see prompt> 
type echo "result status $?"; echo result jobs: $(jobs)\n
see result jobs:
E
)"

check 'Ctrl-Z, bg, fg, Ctrl-Z, fg, Ctrl-C' 'result seen: CONT USR1 CONT INT' "$(terminal <<'E'
see prompt> 
type "$BROOD" run -- perl listener.pl\n
see pid=
see .
type \x1a
see Stopped
see prompt> 
type bg\n
see got CONT.
send SIGUSR1
see got USR1.
type fg\n
see listener.pl
send SIGUSR2
see foreground.
type \x1a
see Stopped
see prompt> 
type fg\n
see got CONT.
type \x03
see got INT.
type \x1c
see result seen:
see prompt> 
E
)"

check 'a command that stops itself stops brood, too, and both go on' 'result status 5' "$(terminal <<'E'
see prompt> 
type "$BROOD" run -- sh -c 'kill -TSTP $$; exit 5'\n
see Stopped
see prompt> 
type fg\n
see prompt> 
type echo "result status $?"\n
see result status 5
E
)"

cat >look.pl <<'E'
use POSIX;
$| = 1;
print "result ", (map { -t $_ ? "tty " : "file " } *STDIN, *STDOUT, *STDERR),
  tcgetpgrp(0) == getpgrp() ? "foreground" : "background", "\n? ";
my $line = <STDIN>;
print "result read: $line";
E
check 'the command has the terminal' 'result tty tty tty foreground
result read: hello' "$(terminal <<'E'
see prompt> 
type "$BROOD" run perl look.pl\n
see \n? 
type hello\n
see result read: hello
see prompt> 
E
)"

check 'a command in the background that reads from the terminal stops, and gets its line in the foreground' \
  'result read: hello' "$(terminal <<'E'
see prompt> 
type "$BROOD" run --name reader sh -c 'read -r line; echo "result read: $line"' & while [ -z "$(jobs -s)" ]; do :; done; echo shell goes on\n
see \nshell goes on
see prompt> 
type fg\n
see "$BROOD" run
type hello\n
see result read: hello
see prompt> 
E
)"

# Started from a terminal that is closed then: a background job is in no need of it.
make_line go
started=$(terminal <<'E'
see prompt> 
type echo "result started $("$BROOD" start --name survivor -- sh -c 'read -r _ <"$T/go"; exit 6')"\n
see result started
see prompt> 
E
)
check 'start on a terminal' "result started $(field survivor id)" "$started"
expect 'the job outlives it' 0 running '' brood status survivor --field state
tell go
expect 'and ends as it would have' 6 '' '' brood join survivor

# Progress is for terminals, and leaves no trace; results are not mixed with it.
check 'wait on a terminal still prints the id' "result id $(field survivor id)" "$(terminal <<'E'
see prompt> 
type echo "result id $("$BROOD" wait survivor)"\n
see result id
see prompt> 
E
)"
