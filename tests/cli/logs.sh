#!/usr/bin/env bash
# `logs`: every byte, in order, from the right place, and `-f` until all is shown.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line up go shown

# What has been shown by a follower that has ended; `hear` would wait.
heard() {
  if read -r -t 0 -u "${line_fd[shown]}"; then hear shown; else echo '(nothing)'; fi
}
ended_job() { # NAME COMMAND...
  local name=$1
  shift
  brood start --name "$name" -- "$@" >/dev/null && { brood wait "$name" >/dev/null || fail "start $name"; }
}

# --- all of it
ended_job plain sh -c 'echo one; echo two >&2; echo three; printf "the end"'
check 'both streams, in the order in which they were written' 'one
two
three
the end.' "$(brood logs plain; echo .)"
check 'the same when followed' 'one
two
three
the end.' "$(brood logs -f plain; echo .)"
check 'it is the file that the record names' "$(brood logs plain)" "$(cat "$(field plain logs.stdout)")"
ended_job silent true
expect 'no output' 0 '' '' brood logs silent
expect 'no output, followed' 0 '' '' brood logs -f silent
expect 'no output, last lines' 0 '' '' brood logs -n 3 silent
perl -e 'srand 4; print pack "C*", map { rand 256 } 1 .. 300_000' >binary
ended_job binary cat binary
brood logs binary >copy
check 'binary data is not touched' same "$(cmp copy binary && echo same)"
brood logs -f binary >copy
check 'nor when followed' same "$(cmp copy binary && echo same)"
ended_job escapes printf '\033[31mred\007\n\000nul\n'
check 'escapes are shown as they were written' same "$(brood logs escapes | cmp - <(printf '\033[31mred\007\n\000nul\n') && echo same)"
expect 'unknown' 125 '' "brood: find job 'nobody': no such job" brood logs nobody

# --- the last lines
for text in '' '\n' '\n\n\n' a 'a\n' 'a\nb' 'a\nb\n' '\na' 'a\n\n' 'a\nb\nc\nd\ne' 'a\nb\nc\nd\ne\n' 'a\0b\n\0\nc\0'; do
  # shellcheck disable=SC2059  # that is the text
  printf "$text" >text
  ended_job tail cat text
  for n in 0 1 2 3 5 1000000000; do
    check "the last $n of '$text'" same "$(brood logs -n $n tail | cmp - <(tail -n $n text) && echo same)"
  done
  brood close tail
done
# Line breaks on, before and after the borders of the blocks in which a log is read, from its end.
block=131072
for lengths in "$((block - 1)) $block $((block + 1))" "$block $block $block" "$((block - 1)) $((block - 1)) 1" "5 $((2 * block)) 5 $((block - 6)) 5" \
  "$((3 * block))" "1 $((block - 2)) 1 $((block - 2)) 0 0" "$((block + 1)) 0 $((block - 1))"; do
  for end in '\n' ''; do
    # shellcheck disable=SC2086  # numbers
    perl -e 'my ($end, @lengths) = @ARGV; my $byte = "a"; my $text = join "", map { $byte++ x $_ . "\n" } @lengths; chop $text unless $end; print $text' "$end" $lengths >text
    ended_job tail cat text
    for n in 0 1 2 3 4 7; do
      check "the last $n of lengths $lengths, end '$end'" same "$(brood logs -n $n tail | cmp - <(tail -n $n text) && echo same)"
    done
    check "all of lengths $lengths" same "$(brood logs tail | cmp - text && echo same)"
    brood close tail
  done
done
check '-f with -n' 'three
the end.' "$(brood logs -f -n 2 plain; echo .)"
check '-f with -n 0' . "$(brood logs -f -n 0 plain; echo .)"
check 'options may stand behind' 'the end.' "$(brood logs plain --lines=1; echo .)"

# --- following a job that runs
expect 'a job with something to say' 0 '~[0-9]*' '' brood start --name talker -- sh -c '
  echo one; read -r _ <"$T/go"; echo two >&2; read -r _ <"$T/go"; printf "three\nand the last"; exit 5'
"$BROOD" logs -f talker >shown &
follower=$!
check 'it shows what there is' one "$(hear shown)"
tell go
check 'and what comes' two "$(hear shown)"
check 'without -f it does not wait' 'one
two' "$(brood logs talker)"
"$BROOD" logs -f -n 1 talker >late &
late=$!
tell go
wait $follower
check 'it ends by itself, with 0, whatever the job ended with' 0 $?
check 'after the rest' three "$(hear shown)"
tell shown ''
check 'to the last byte' 'and the last' "$(hear shown)"
wait $late
check 'so does one that came late' '0 and the last' "$? $(tail -n 1 late)"
check 'from its first line on' "$(case $(head -n 1 late) in two | three | 'and the last') echo fine ;; *) cat late ;; esac)" fine
for _ in 1 2 3 4 5 6 7 8 9 10; do
  id=$(brood start --name quick -- sh -c 'i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i + 1)); done; printf end')
  brood logs -f "$id" | cksum
done | sort | uniq -c | awk '{ print $1, $3 }' >quick
check 'right after the start, ten times, nothing is missing' "10 $(perl -e 'print map({ "line $_\n" } 0 .. 499), "end"' | wc -c | tr -d ' ')" "$(cat quick)"

# Truncated in place, as some rotating tools do. Writing goes on at the new end.
expect 'a job that outlives its log' 0 '~[0-9]*' '' brood start --name rotated -- sh -c '
  echo "before, a long line"; read -r _ <"$T/go"; echo after; read -r _ <"$T/go"; echo end'
"$BROOD" logs -f rotated >shown &
follower=$!
check 'followed' 'before, a long line' "$(hear shown)"
: >"$(field rotated logs.stdout)"
tell go
check 'what comes after it was cut is shown' after "$(hear shown)"
tell go
wait $follower
check 'it ends well' '0 end' "$? $(hear shown)"
check 'the log holds what came after' 'after
end' "$(brood logs rotated)"
check 'and no gap' 0 "$(tr -cd '\0' <"$(field rotated logs.stdout)" | wc -c | tr -d ' ')"

# What the target leaves behind writes on, but the job is over.
expect 'a job with an orphan' 0 '~[0-9]*' '' brood start --name survived -- sh -c 'sh -c "echo \$\$ >\"\$T/up\"; exec sleep 300" & read -r pid <"$T/up"; echo $pid'
check 'following ends with the job' "$(brood wait survived >/dev/null; brood logs survived)" "$(brood logs -f survived)"
check 'while the orphan lives' alive "$(liveness "$(brood logs survived)")"
brood kill survived

# The loss of its keepers is not the end of the job.
for when in before while; do
  expect "a job that loses its keepers $when it is followed" 0 '~[0-9]*' '' brood start --name "keeperless-$when" -- sh -c '
    echo one; echo up >"$T/up"; read -r _ <"$T/go"; echo two'
  check 'it runs' up "$(hear up)"
  target=$(field keeperless-$when pid)
  [ $when = before ] && lose_keepers keeperless-$when
  "$BROOD" logs -f keeperless-$when >shown &
  follower=$!
  check 'it is followed' one "$(hear shown)"
  [ $when = while ] && lose_keepers keeperless-$when
  tell go
  wait $follower
  check 'until it is over' 0 $?
  check "and all is shown: $when" two "$(heard)"
  await_ends 60 "$target"
  check 'in the log it is in any case' 'one
two' "$(brood logs keeperless-$when)"
done

# --- a reader that leaves early
ended_job long perl -e 'print map { "line $_\n" } 1 .. 50_000'
for follow in '' -f; do
  # shellcheck disable=SC2086
  result=$("$BROOD" logs $follow long 2>err | head -n 1; echo "${PIPESTATUS[0]}")
  check "logs $follow: the first line was had" 'line 1' "${result%$'\n'*}"
  check "logs $follow: status" fine "$(case ${result##*$'\n'} in 0 | 141) echo fine ;; *) echo "$result" ;; esac)"
  check "logs $follow: silence" '' "$(cat err)"
  # shellcheck disable=SC2086
  result=$(trap '' PIPE; "$BROOD" logs $follow long 2>err | head -n 1; echo "${PIPESTATUS[0]}")
  check "logs $follow, SIGPIPE ignored: status" fine "$(case ${result##*$'\n'} in 0 | 141) echo fine ;; *) echo "$result" ;; esac)"
  check "logs $follow, SIGPIPE ignored: silence" '' "$(cat err)"
done
expect 'followed by one who leaves' 0 '~[0-9]*' '' brood start --name left -- sh -c 'echo one; read -r _ <"$T/go"; echo two; read -r _ <"$T/go"'
"$BROOD" logs -f left 2>err > >(head -n 1 >first; exec </dev/null; echo gone >"$T/up") &
follower=$!
check 'the reader leaves' gone "$(hear up)"
tell go
wait $follower
check 'the follower ends at the next line' fine "$(case $? in 0 | 141) echo fine ;; *) echo "$?" ;; esac)"
check 'in silence' 'one ' "$(cat first err | tr '\n' ' ')"
check 'the job does not notice' running "$(field left state)"
tell go
expect 'and ends well' 0 '' '' brood join left

# --- two logs
expect 'split' 0 '~[0-9]*' '' brood start --split-logs --name split -- sh -c 'echo out 1; echo err 1 >&2; echo out 2; echo err 2 >&2'
brood wait split >/dev/null
expect 'stdout' 0 'out 1
out 2' '' brood logs --stdout split
expect 'stderr' 0 'err 1
err 2' '' brood logs --stderr split
expect 'both, stdout first' 0 'out 1
out 2
err 1
err 2' '' brood logs split
expect 'the last line of each' 0 'out 2
err 2' '' brood logs -n 1 split
expect 'followed' 0 'err 1
err 2' '' brood logs -f --stderr split
check 'they are two files' 'stderr.log stdout.log' "$(basename -a "$(field split logs.stderr)" "$(field split logs.stdout)" | tr '\n' ' ' | sed 's/ $//')"
for stream in --stdout --stderr; do
  expect "one log has no $stream" 125 '' "brood: show one stream of job $(field plain id): both are in one log
hint: start it with --split-logs to keep them apart" brood logs $stream plain
done

# --- other places
printf 'was here before\n' >out.txt
expect 'to a file' 0 '~[0-9]*' '' brood start --stdout out.txt --name file -- sh -c 'echo out; echo err >&2'
brood wait file >/dev/null
expect 'that is shown, from its beginning' 0 'was here before
out
err' '' brood logs file
expect 'from anywhere' 0 'out
err' '' sh -c 'cd / && exec "$BROOD" logs -n 2 file'
expect 'to two files' 0 '~[0-9]*' '' brood start --stdout out2.txt --stderr err2.txt --name files -- sh -c 'echo out; echo err >&2'
brood wait files >/dev/null
expect 'stdout' 0 out '' brood logs --stdout files
expect 'stderr' 0 err '' brood logs --stderr files
expect 'both' 0 'out
err' '' brood logs files
expect 'to one file twice' 0 '~[0-9]*' '' brood start --stdout out3.txt --stderr out3.txt --name once -- sh -c 'echo out; echo err >&2'
brood wait once >/dev/null
expect 'it is shown once' 0 'out
err' '' brood logs once
expect 'to one file by two names' 0 '~[0-9]*' '' brood start --stdout out4.txt --stderr "./out4.txt" --name spelt -- sh -c 'echo out; echo err >&2'
brood wait spelt >/dev/null
expect 'it is shown once' 0 'out
err' '' brood logs spelt
expect 'only one to a file' 0 '~[0-9]*' '' brood start --stderr err5.txt --name half -- sh -c 'echo out; echo err >&2'
brood wait half >/dev/null
expect 'the other is captured' 0 'out
err' '' brood logs half
expect 'alone, too' 0 out '' brood logs --stdout half
expect 'to nowhere' 0 '~[0-9]*' '' brood start --stdout /dev/null --name null -- echo out
brood wait null >/dev/null
expect 'is nowhere' 125 '' "brood: show the output of job $(field null id): '/dev/null' is not a file that can be read back" brood logs null
rm out2.txt
expect 'a file that has gone' 125 '' "brood: show the output of job $(field files id): '$T/out2.txt' is not a file that can be read back" brood logs files
expect 'the other is still there' 0 err '' brood logs --stderr files
expect 'what run showed was not captured' 0 out '' brood run --name run -- echo out
expect 'so it is not here' 125 '' "brood: show the output of job $(field run id): it was not captured" brood logs run
expect 'unless to a file' 0 '' '' brood run --stdout out6.txt --name run-file -- echo out
expect 'which is shown' 0 out '' brood logs run-file

# --- several
ended_job a printf 'a1\na2\n'
ended_job b printf 'b1\nb2'
expect 'one after the other' 0 'b1
b2a1
a2' '' brood logs b a
expect 'each its last' 0 'a2
b2' '' sh -c '"$BROOD" logs -n 1 a b; echo'
expect 'one that is bad hides no other' 125 'a1
a2' "brood: find job 'nobody': no such job
brood: show the output of job $(field run id): it was not captured" brood logs nobody run a
expect 'talks' 0 '~[0-9]*' '' brood start --name x -- sh -c 'read -r _ <"$T/go"; echo x1; echo up >"$T/up"; read -r _ <"$T/go"; echo x2'
expect 'and another' 0 '~[0-9]*' '' brood start --name y -- sh -c 'read -r _ <"$T/up"; echo y1; echo go >"$T/go"'
"$BROOD" logs -f x a y >shown &
follower=$!
check 'followed together: what there is' a1 "$(hear shown)"
check 'all of it' a2 "$(hear shown)"
tell go
check 'then as it comes' 'x1
x2
y1' "$(for _ in 1 2 3; do hear shown; done | sort)"
wait $follower
check 'until all have ended' 0 $?
