#!/usr/bin/env bash
# Where the values of --env, the key and brood's own files are not to be seen, and who can open what.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go
state=$BROOD_STATE_DIR
secret=sesame-open-yourself

# Files in which the secret stands, of those that can be read.
telling() { perl -e 'my $secret = shift; for my $file (@ARGV) { open my $f, "<", $file or next; local $/; my $text = <$f>; print "$file\n" if index($text // "", $secret) >= 0 }' "$secret" "$@"; }

# --- while jobs run
for method in fork spawn forkserver; do
  expect "$method" 0 '~[0-9]*' '' brood start --method $method --name $method --env "TOKEN=$secret" --env=OTHER="$secret" -- \
    sh -c 'echo "$TOKEN" | cksum >"$T/up"; read -r _ <"$T/go"'
  check "$method: the target has it" "$(echo "$secret" | cksum)" "$(hear up)"
done
"$BROOD" run --env "TOKEN=$secret" --env="OTHER=$secret" -- sh -c 'echo "$PPID" >"$T/up"; read -r _ <"$T/go"' &
run=$!
front=$(hear up)
expect 'with a file' 0 '~[0-9]*' '' bash -c "exec \"\$BROOD\" start --name file --env-file <(echo TOKEN=$secret) -- sh -c 'echo up >\"\$T/up\"; read -r _ <\"\$T/go\"'"
hear up >/dev/null
processes >pids
check 'there is enough to look at' yes "$([ "$(wc -l <pids)" -ge 9 ] && echo yes)"
# shellcheck disable=SC2046  # pids
check 'in no arguments, neither of brood nor of the targets' '' "$(telling $(sed 's|.*|/proc/&/cmdline|' pids))"
check 'whose names can be seen all the same' yes "$(tr '\0' ' ' </proc/"$front"/cmdline | grep -q -- '--env TOKEN=\*\** --env=OTHER=\*\** -- sh' && echo yes)"
keepers=$(for pid in $(cat pids); do case $(cat "/proc/$pid/comm") in brood*) echo "/proc/$pid/environ" ;; esac; done)
check 'there are keepers' yes "$([ "$(echo "$keepers" | wc -l)" -ge 5 ] && echo yes)"
# shellcheck disable=SC2086
check 'nor in the environment of a keeper' '' "$(telling $keepers)"
brood -vv --json status >seen.json 2>seen.err
brood -vv status --tree >seen.tree 2>>seen.err
brood -vv logs fork >seen.log 2>>seen.err
# shellcheck disable=SC2046
check 'nor in what is shown' '' "$(telling seen.json seen.err seen.tree seen.log)"
# shellcheck disable=SC2046
check 'in one file only for each job' "$(for job in fork spawn forkserver file; do echo "$state/jobs/$(field $job id)/environment"; done | sort)" \
  "$(telling $(find "$state" -type f) | sort)"
check 'which is the owner'\''s alone' 600 "$(find "$state" -name environment -printf '%m\n' | sort -u)"

# --- nobody else can open anything of it
check 'nothing is open to others' '' "$(find "$state" ! -type l -perm /077 -printf '%m %p\n')"
chmod 755 "$state"
check 'nor where the directory itself is' "755 $state" "$(find "$state" ! -type l -perm /077 -printf '%m %p\n')"
chmod 700 "$state"

# --- what a target has open
own="$state" # none of that is to be the target's, but for the log that it writes
for job in fork spawn forkserver file; do
  pid=$(field $job pid)
  log=$state/jobs/$(field $job id)/output.log
  check "$job: open in the target" "$log" "$(for fd in "/proc/$pid/fd"/*; do readlink "$fd"; done | grep -F "$own" | sort -u)"
  check "$job: no sockets" '' "$(for fd in "/proc/$pid/fd"/*; do readlink "$fd"; done | grep -e '^socket:' -e '^anon_inode:')"
done
for _ in 1 2 3 4 5; do tell go; done
wait $run
expect 'restart' 0 '' '' brood restart fork
hear up >/dev/null
pid=$(field fork pid)
check 'after a restart: open in the target' "$state/jobs/$(field fork id)/output.log" \
  "$(for fd in "/proc/$pid/fd"/*; do readlink "$fd"; done | grep -F "$own" | sort -u)"
check 'it has the secret again' yes "$(tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "TOKEN=$secret" && echo yes)"
tell go
brood wait --all fork spawn forkserver file >/dev/null
expect 'run: nothing of brood is open in the target' 0 '' '' sh -c '"$BROOD" run -- sh -c "ls -l /proc/self/fd" | grep -F "$BROOD_STATE_DIR" | cat'
expect 'the same, with all descriptors' 0 '' '' sh -c 'id=$("$BROOD" start --inherit-fds -- sh -c "ls -l /proc/self/fd") && "$BROOD" join $id && "$BROOD" logs $id | grep -F "$BROOD_STATE_DIR" | grep -v output.log | cat'
brood forkserver stop --force >/dev/null

# --- what is refused is not quoted
for words in "$secret" "=$secret"; do
  expect "refused: ${words%%s*}..." 125 '' 'brood: read the command line: --env: it is not of the form NAME=VALUE' brood start --env "$words" -- true
done
printf 'GOOD=1\n%s\n' "$secret" >bad-file
expect 'nor is the line of a file' 125 '' "brood: read 'bad-file', line 2: it is not of the form NAME=VALUE" brood start --env-file bad-file -- true
printf '%s' "$secret" >key
expect 'nor are failures any more' 125 '' "brood: change to directory 'nowhere': No such file or directory" \
  brood -q start --env "TOKEN=$secret" --authkey-file key --cwd nowhere -- true
