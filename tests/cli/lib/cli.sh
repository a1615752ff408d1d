#!/usr/bin/env bash
# What the scripts of this folder share. Sourced first thing: gives a temporary directory ($T, also the working
# directory) with a state directory of its own, and checks in the end that no process is left.
#
#   check NAME EXPECTED ACTUAL            two texts are the same
#   expect NAME STATUS OUT ERR CMD...     CMD's status, stdout and stderr are just that. OUT and ERR are given without
#                                         their last line break; one that begins with ~ is a pattern as in `case`
#   make_line NAME...; hear NAME; tell NAME [WORDS]
#                                         a FIFO $T/NAME that stays open, to wait for a job or to let it go on
#   liveness PID, field JOB FIELD, skip_part WHY, skip_all WHY
#
# A script that starts jobs with the method forkserver ends the server itself: brood forkserver stop --force
#
# Checks count in the main shell only: not in a pipe, not in $( ).

: "${BROOD:?is to be the path of the brood under test}"
unset BROOD_JOB BROOD_STATE_DIR BROOD_START_METHOD XDG_STATE_HOME NO_COLOR COLUMNS LINES
export BROOD LC_ALL=C
umask 022

skip_all() {
  echo "skipped: $*"
  trap - EXIT
  cd /
  [ -z "${T-}" ] || rm -rf "$T"
  exit 77
}

for tool in perl mkfifo timeout; do command -v "$tool" >/dev/null || skip_all "$tool is not installed"; done
[ -r /proc/self/environ ] || skip_all "/proc is not mounted"

# shellcheck disable=SC2034  # for the scripts
data=$(cd "$(dirname "${BASH_SOURCE[0]}")/../data" && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/brood-cli.XXXXXX") || exit 1
T=$(cd "$T" && pwd -P)
export T BROOD_STATE_DIR=$T/state BROOD_CLI_TEST=$T
cd "$T" || exit 1

passed=0
failed=0
skipped=0
declare -A line_fd

# A hang becomes a failure. The status of one that was cut off is 137, which brood itself gives for killed jobs only.
brood() { timeout --foreground -s KILL 60 "$BROOD" "$@"; }

fail() {
  failed=$((failed + 1))
  local words="FAILED: ${1:0:300}"
  shift
  printf '%s\n' "$words"
  for words; do printf '  %s\n' "${words:0:1200}"; done
}

check() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    fail "$1" "expected: $(printf %q "$2")" "actual:   $(printf %q "$3")"
  fi
}

# Does a file hold this text and a line break, or match the ~pattern?
holds() {
  local text
  text=$(cat "$2"; echo .)
  text=${text%.}
  case $1 in
    '') [ ! -s "$2" ] ;;
    '~'*)
      # shellcheck disable=SC2053  # a pattern is meant
      [[ ${text%$'\n'} == ${1#'~'} ]]
      ;;
    *) [ "$text" = "$1"$'\n' ] ;;
  esac
}

expect() {
  local name=$1 wanted=$2 out=$3 err=$4 status
  shift 4
  # A subshell: this one would tell of its own background jobs in the same stderr.
  ("$@") >"$T/.out" 2>"$T/.err" </dev/null
  status=$?
  if [ "$status" = "$wanted" ] && holds "$out" "$T/.out" && holds "$err" "$T/.err"; then
    passed=$((passed + 1))
  else
    fail "$name" "command: $*" "status: $status, expected $wanted" \
      "stdout: $(head -c 1000 "$T/.out" | tr -d '\0' | sed -z 's/\n/\n          /g')" "expected: $out" \
      "stderr: $(head -c 1000 "$T/.err" | tr -d '\0' | sed -z 's/\n/\n          /g')" "expected: $err"
  fi
}

skip_part() {
  skipped=$((skipped + 1))
  echo "skipped here: $*"
}

# Held open for both directions, so that opening it never blocks and nothing said is lost.
make_line() {
  local name fd
  for name; do
    mkfifo "$T/$name" && exec {fd}<>"$T/$name" || exit 1
    line_fd[$name]=$fd
  done
}
hear() {
  local words
  IFS= read -r -t 60 -u "${line_fd[$1]}" words || words='(nothing in 60 s)'
  printf '%s\n' "$words"
}
tell() { printf '%s\n' "${2-go}" >&"${line_fd[$1]}"; }

# A zombie is not alive.
liveness() {
  local state
  case $1 in '' | *[!0-9]*) echo "not a pid: $1" && return ;; esac
  state=$(sed -n 's/.*) \(.\) .*/\1/p' "/proc/$1/stat" 2>/dev/null)
  case $state in '' | Z | X) echo gone ;; *) echo alive ;; esac
}

field() { brood status "$1" --field "$2"; }

# Waits until all these processes have ended, up to so many seconds. (434: pidfd_open)
await_ends() {
  perl -e 'my $end = time + shift;
    for my $pid (@ARGV) {
      my $fd = syscall(434, $pid + 0, 0);
      next if $fd < 0;
      my $set = "";
      vec($set, $fd, 1) = 1;
      my $left = $end - time;
      select($set, undef, undef, $left > 0 ? $left : 0) > 0 or exit 1;
    }' "$@"
}

# Kills all that keeps a job; its guard first, so that it takes nothing over.
lose_keepers() { # JOB
  local monitor guard keeper
  monitor=$(field "$1" monitor_pid)
  guard=$(sed -n 's/^PPid:\t//p' "/proc/$monitor/status")
  for keeper in "$guard" "$monitor"; do
    case $(cat "/proc/$keeper/comm") in brood-*) kill -9 "$keeper" && await_ends 60 "$keeper" ;; *) return 1 ;; esac
  done
}

# Processes of this test: those that were given its directory, and fork servers with their monitors, which are given
# nothing but hold a state directory that is there.
processes() {
  local file pid
  for file in /proc/[0-9]*/environ; do
    pid=${file#/proc/}
    pid=${pid%/environ}
    # Subshells of this script are forks: they have its own first environment, which knows nothing of $T.
    if env -u T -u BROOD_STATE_DIR -u BROOD_CLI_TEST grep -qsaE "(^|[^A-Z_])BROOD_(STATE_DIR|CLI_TEST)=$T(/|$|[^A-Za-z0-9])" "$file"; then
      echo "$pid"
    elif grep -qsxE 'brood-(server|monitor)' "/proc/$pid/comm" && [ -n "$(find "/proc/$pid/fd" -lname "$T/*" -print -quit)" ]; then
      echo "$pid"
    fi
  done 2>/dev/null
}

# Until process PID has a file open whose path has these words in it: a waiter that waits. There is no event for that.
await_open() {
  local began=$SECONDS file
  while [ $((SECONDS - began)) -lt 60 ]; do
    for file in "/proc/$1/fd"/*; do
      case $(readlink "$file") in *"$2"*) return ;; esac
    done
  done
  fail "process $1 opens $2"
}

is_root() { [ "$(id -u)" = 0 ]; }

finish() {
  local status=$? pid
  local -a left
  trap - EXIT
  for pid in "${line_fd[@]}"; do exec {pid}>&-; done
  # What is just leaving may leave.
  mapfile -t left < <(processes)
  if [ ${#left[@]} != 0 ] && ! await_ends 10 "${left[@]}"; then
    mapfile -t left < <(processes)
    for pid in "${left[@]}"; do
      [ "$(liveness "$pid")" = alive ] || continue
      fail "no process is left" "$pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
      kill -9 "$pid" 2>/dev/null
    done
  fi
  if [ "$status" != 0 ] || [ "$failed" != 0 ]; then
    echo "$failed checks failed, $passed passed; kept: $T"
    [ "$status" != 0 ] && [ "$failed" = 0 ] && echo "the script ended with status $status"
    exit 1
  fi
  cd /
  chmod -R u+rwX "$T" 2>/dev/null
  rm -rf "$T"
  [ "$skipped" = 0 ] || echo "$skipped parts skipped"
  if [ "$passed" = 0 ]; then echo "nothing was checked"; exit 1; fi
  echo "$passed checks passed"
}
trap finish EXIT
