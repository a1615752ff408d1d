#!/usr/bin/env bash
# Too little of something: descriptors, and very many at the same time. Processes and disks are in start_failures.sh.
. "$(dirname "$0")/lib/cli.sh"

# One line that says why, and no job: or all went well.
fair() { # NAME STATUS-IF-WELL STATUS
  local lines
  lines=$(wc -l <"$T/err")
  if [ "$3" = "$2" ] && [ "$lines" = 0 ]; then
    passed=$((passed + 1))
  elif [ "$3" = 125 ] && [ "$lines" -ge 1 ] && grep -q '^brood: ' "$T/err" && ! grep -qv '^\(brood\|hint\): ' "$T/err"; then
    passed=$((passed + 1))
  else
    fail "$1" "status: $3" "stderr: $(head -c 600 "$T/err")"
  fi
}

# --- descriptors: with any number of them a command does all or nothing
command -v prlimit >/dev/null || skip_all 'prlimit is not installed'
for most in $(seq 3 24); do
  for words in "run -- sh -c exit\ 7" "start --name few -- sh -c exit\ 7"; do
    eval "set -- $words"
    timeout --foreground -s KILL 60 prlimit --nofile="$most" "$BROOD" "$@" </dev/null >"$T/out" 2>"$T/err"
    status=$?
    if [ "$1" = run ]; then
      fair "run with $most descriptors" 7 $status
      continue
    fi
    fair "start with $most descriptors" 0 $status
    id=$(cat out)
    if [ $status = 0 ]; then
      expect "the job with $most descriptors ends as it should" 7 '' '' brood join "$id"
    else
      check "there is no job after a start with $most descriptors" '' "$(ls state/jobs 2>/dev/null)"
    fi
    brood close --ended 2>/dev/null
  done
done
check 'no job is left of all these' '' "$(ls state/jobs)"

# --- more jobs than there are descriptors for all that is of use about each
ids=$(for number in $(seq 40); do brood start -- sleep 1000; done)
# shellcheck disable=SC2086
prlimit --nofile=64 "$BROOD" wait $ids >waited 2>&1 </dev/null &
waiters=$!
# shellcheck disable=SC2086
prlimit --nofile=24 "$BROOD" wait $ids >waited.few 2>&1 </dev/null &
waiters="$waiters $!"
# shellcheck disable=SC2086
expect 'nor do they keep a wait from ending in time' 124 '' '' prlimit --nofile=24 "$BROOD" wait -t 0.1 $ids
# shellcheck disable=SC2086
expect 'those that are waited for are ended' 0 '' '' prlimit --nofile=24 "$BROOD" terminate $ids
# shellcheck disable=SC2086
wait $waiters
check 'and each is told of' "$(sort <<<"$ids")" "$(sort waited)"
check 'also where there are fewer descriptors than jobs' "$(sort <<<"$ids")" "$(sort waited.few)"
# shellcheck disable=SC2086
expect 'those that have ended are told of with few descriptors, too' 0 "$ids" '' prlimit --nofile=64 "$BROOD" wait $ids
expect 'and go' 0 '' '' brood close --ended

# What was being done, and to what, comes before the step that failed.
brood start --name few -- sleep 300 >/dev/null
brood create --name later -- true >/dev/null
limited() { # NUMBER WORDS...
  (ulimit -n "$1" && shift && exec timeout --foreground -s KILL 60 "$BROOD" "$@") </dev/null >"$T/out" 2>"$T/err"
}
if grep -qa __ubsan_ "$BROOD"; then
  skip_part 'hardly any descriptors: the sanitizer itself needs some'
else
  for words in 'status' 'status few' 'is-alive few' 'join -t 0 few' 'wait -t 0 few' 'logs few' 'rename few few' \
    'kill -s CONT few' 'start -- true' 'start --unique -- true' 'start --method spawn -- true' 'run -- true' 'create -- true' \
    'start --job later' 'close later' 'terminate later' 'authkey' 'authkey --new' 'start-method' 'start-method fork' \
    'forkserver status' 'forkserver start'; do
    vague=
    for most in $(seq 4 14); do
      # shellcheck disable=SC2086  # words are meant
      limited "$most" $words && continue
      grep -q 'Too many open files' err || continue
      grep -qE "^brood: [a-z]+ [^:]*: [a-z]+ .*: Too many open files$" err || vague="$vague
$most: $(cat err)"
    done
    check "with few descriptors '$words' says what it was at" '' "$vague"
  done
fi
brood forkserver stop --force
brood terminate few
for job in state/jobs/*; do
  brood wait "${job##*/}" >/dev/null 2>&1  # but for those that were only created
  brood close "${job##*/}"
done
check 'no job is left of these either' '' "$(ls state/jobs)"

# --- two hundred at the same time
for number in $(seq 200); do
  (brood start --name "many-$number" -- sh -c "exit $((number % 100))" >"ids.$number" 2>&1 </dev/null; echo $? >"status.$number") &
done
wait
check '200 starts at once are well' '200 0' "$(cat status.* | sort | uniq -c | sed 's/^ *//')"
check 'each has an id of its own' 200 "$(cat ids.* | sort -un | wc -l)"
wrong=0
for number in $(seq 200); do
  brood join "many-$number"
  [ $? = $((number % 100)) ] || wrong=$((wrong + 1))
done
check 'each ends as it should' 0 $wrong
for number in $(seq 200); do
  case $((number % 3)) in
    0) brood close "many-$number" ;;
    1) brood rename "many-$number" "renamed-$number" ;;
    2) brood close --ended --older-than 1h ;;
  esac >/dev/null 2>>trouble </dev/null &
done
wait
check 'close, rename and sweep at once are no trouble for each other' '' "$(cat trouble)"
check 'the rest is there under its names' 67 "$(brood status --json | grep -o '"name": *"renamed-' | wc -l)"
expect 'and goes' 0 '' '' brood close --ended
check 'with all its files' '' "$(ls state/jobs)$(find state/names -type f)"
