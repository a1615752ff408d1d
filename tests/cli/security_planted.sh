#!/usr/bin/env bash
# A state directory that was open to others once, or was unpacked from something of theirs: whatever lies in it where
# brood's own files should be, nothing outside is read as ours, written or removed.
set -u
. "$(dirname "$0")/lib/cli.sh"
make_line go
state=$BROOD_STATE_DIR
mkdir outside
sums() { (cd outside && find . -type f -exec cksum {} + -o -printf '%y %p %l\n' | sort); }
fresh() { # a state directory with an ended job 1 and a created job 2
  rm -rf "$state"
  brood start --name ended -- echo words >/dev/null && brood wait ended >/dev/null &&
    brood create --name later --env SECRET=sesame -- sh -c 'echo later' >/dev/null || fail 'a fresh state directory'
  rm -rf outside
  mkdir -p outside/12 outside/7
  local file
  for file in job.json sentinel control output.log authkey environment children; do
    echo precious >"outside/12/$file"
    echo precious >"outside/$file"
  done
  echo 41 >outside/next-id
  before=$(sums)
}
untouched() { check "$1: nothing outside is touched" "$before" "$(sums)"; }
hard='it has another name, a hard link
hint: remove it if it is not yours; else make it your own, with chown, chmod go-w or cp'
own='hint: remove it if it is not yours; else make it your own, with chown, chmod go-w or cp'

# --- hard links: what is written in place would be written there
fresh
ln -f outside/next-id "$state/next-id"
expect 'a hard link as next-id' 125 '' "brood: open 'next-id': $hard" brood start -- true
untouched next-id
expect 'looking does not need it' 0 'exited' '' brood status 1 --field state
rm "$state/next-id"
expect 'without it numbers go on' 0 3 '' brood start --name x -- true

fresh
rm "$state/authkey"
ln outside/authkey "$state/authkey.new"
expect 'a hard link as authkey.new' 125 '' "brood: open 'authkey.new': $hard" brood authkey
untouched authkey.new

fresh
ln "$state/jobs/2/job.json" outside/copy
before=$(sums)
expect 'a record with a second name is read' 0 later '' brood status 2 --field name
expect 'and not written: rename' 125 '' "~brood: *open 'job.json': it has another name, a hard link*" brood rename 2 other
expect 'start' 125 '' "~brood: *open 'job.json': it has another name, a hard link*" brood start --job 2
untouched job.json
expect 'close takes the one name away' 0 '' '' brood close 2
untouched 'close'

fresh
ln outside/output.log "$state/jobs/2/output.log"
expect 'a hard link as output.log' 125 '' "~brood: *open 'output.log': it has another name, a hard link*" brood start --job 2
untouched output.log
expect 'the job is what it was' 0 created '' brood status 2 --field state

fresh
ln outside/children "$state/jobs/1/children"
expect 'a hard link as children' 125 '' "~brood: *open 'children': it has another name, a hard link*" brood create --parent job:1 -- true
untouched children

# --- symbolic links in place of files
fresh
ln -s "$T/outside/output.log" "$state/jobs/2/output.log"
expect 'a link as output.log' 125 '' "~brood: *open 'output.log': it is not a regular file" brood start --job 2
ln -s "$T/outside/new" "$state/jobs/2/stdout.log"
untouched 'output.log, a link'
for file in next-id names.lock authkey authkey.new config.json; do
  rm -f "$state/$file"
  ln -s "$T/outside/$file" "$state/$file"
done
expect 'links as all files of the directory' 125 '' '~brood: *' brood start --unique -- true
expect 'authkey' 125 '' '~brood: *' brood authkey --new
expect 'start-method' 125 '' '~brood: *' brood start-method
untouched 'files that are links'
fresh
for file in control environment children authkey job.json.new sentinel.new stdout.log stderr.log; do
  rm -f "$state/jobs/1/$file"
  ln -s "$T/outside/12/$file" "$state/jobs/1/$file"
done
expect 'links as all files of a job: close' 0 '' '' brood close 1
check 'it is gone' 2 "$(ls "$state/jobs")"
untouched 'files of a job that are links'

# --- symbolic links in place of directories
fresh
ln -s "$T/outside/12" "$state/jobs/12"
ln -s "$T/outside" "$state/jobs/7"
expect 'a link is no job' 125 '' "brood: find job '12': no such job" brood close 12
expect 'nor listed' 0 '1
2' '' sh -c '"$BROOD" status | awk "NR > 1 { print \$1 }"'
touch -h -d '2 days ago' "$state/jobs/12" "$state/jobs/7"
touch -d '2 days ago' outside/12 outside
expect 'nor swept' 0 '~*' '' brood close --ended
check 'the links are there' '12 2 7' "$(cd "$state/jobs" && echo *)"
untouched 'jobs/12, a link'
for name in jobs names; do
  fresh
  mv "$state/$name" moved
  ln -s "$T/outside" "$state/$name"
  for command in status 'status 12' 'close 12' 'close --ended' 'start -- true' 'create -- true' 'rename 12 x' 'start --job 12' 'logs 12'; do
    # shellcheck disable=SC2086  # words
    expect "$name is a link: $command" 125 '' "brood: use state directory '$state': $name: it is a symbolic link" brood $command
  done
  untouched "$name, a link"
  rm -rf moved
done
fresh
bucket=$(find "$state/names" -mindepth 1 -maxdepth 1 | head -n 1)
rm -rf "$bucket"
ln -s "$T/outside/12" "$bucket"
for job in 1 2; do brood close $job >/dev/null 2>&1; done
for name in ended later; do brood start --name $name -- true >/dev/null 2>&1; done
brood wait --all ended later >/dev/null 2>&1
untouched 'a bucket of names, a link'
fresh
for name in forkserver authkeys; do ln -s "$T/outside" "$state/$name"; done
expect 'forkserver is a link' 125 '' "~brood: start 'true': open 'forkserver'*" brood start --method forkserver -- true
expect 'authkeys is a link' 125 '' "~brood: make a new authentication key: open 'authkeys'*" brood authkey --new
untouched 'forkserver and authkeys, links'

# --- directories that others can write to
for dir in jobs names; do
  fresh
  chmod o+w "$state/$dir"
  expect "others can write to $dir" 125 '' "brood: use state directory '$state': $dir: others can write to it" brood start -- true
done
fresh
chmod g+w "$state/jobs/2"
expect 'others can write to a job' 125 '' "~brood: open 'jobs/2': others can write to it*" brood start --job 2
expect 'it is shown as damaged, the others as they are' 0 '1 exited
2 damaged' '' sh -c '"$BROOD" status | awk "NR > 1 { print \$1, /damaged/ ? \"damaged\" : \$3 }"'
expect 'not closed in passing' 0 '' '' brood close --ended --older-than 1h
check 'it is there' '1 2' "$(cd "$state/jobs" && echo *)"
fresh
chmod o+w "$state/jobs/2/job.json"
expect 'others can write to a record' 125 '' "~brood: *open 'job.json': others can write to it*" brood start --job 2
chmod go-w "$state/jobs/2/job.json"
expect 'no more' 0 2 '' brood start --job 2
expect 'it runs' 0 '' '' brood join 2

# --- what belongs to another user
if is_root; then
  theirs() { chown 65534 "$1" && chmod "${2-600}" "$1"; }
  fresh
  theirs "$state/jobs/2/job.json"
  expect "another user's record is not launched" 125 '' "~brood: *open 'job.json': it belongs to user 65534*" brood start --job 2
  expect 'it is shown as damaged' 0 damaged '' brood status 2 --field state
  expect 'and can be closed' 0 '' '' brood close 2
  fresh
  head -c 32 /dev/zero >"$state/authkey"
  theirs "$state/authkey"
  expect "another user's key is not taken" 125 '' "brood: open 'authkey': it belongs to user 65534
$own" brood start -- true
  expect "nor replaced by what one did not look at" 125 '' '~brood: *' brood authkey --new
  rm "$state/authkey"
  : >"$state/authkey.new"
  theirs "$state/authkey.new" 666
  expect "no key is written to another user's file" 125 '' "brood: open 'authkey.new': it belongs to user 65534
$own" brood start -- true
  check 'it is empty' 0 "$(stat -c %s "$state/authkey.new")"
  fresh
  theirs "$state/jobs/2/environment"
  expect "nor is another user's environment" 125 '' "~brood: *open 'environment': it belongs to user 65534*" brood start --job 2
  fresh
  : >"$state/jobs/2/output.log"
  theirs "$state/jobs/2/output.log" 666
  expect "nor is another user's log" 125 '' "~brood: *open 'output.log': it belongs to user 65534*" brood start --job 2
  check 'it is taken away, as after every launch that fails' missing "$([ -e "$state/jobs/2/output.log" ] && echo there || echo missing)"
  fresh
  echo '{"version":1,"start_method":"spawn"}' >"$state/config.json"
  theirs "$state/config.json" 644
  expect "nor is another user's configuration" 125 '' "~brood: *open 'config.json': it belongs to user 65534*" brood start -- true
  fresh
  mkdir "$state/jobs/9"
  cp "$state/jobs/2/job.json" "$state/jobs/9/"
  chown -R 65534 "$state/jobs/9"
  expect "another user's job" 125 '' "~brood: open 'jobs/9': it belongs to user 65534*" brood start --job 9
  fresh
  mkdir "$state/forkserver"
  chown 65534 "$state/forkserver"
  expect "another user's fork server" 125 '' "~brood: open 'forkserver': it belongs to user 65534*" brood start --method forkserver -- true
else
  skip_part "another user's files: only root can make them"
fi

# --- what a caller says of the job around it is believed only if there is such a job
fresh
for words in ../../outside/12 0 -1 1e3 ' 1' 1/../2 99999999999999999999 12345 '' "$(printf '%04000d' 0 | tr 0 9)"; do
  expect "BROOD_JOB='${words:0:20}'" 0 '~[0-9]*' '' env BROOD_JOB="$words" "$BROOD" start --name inside -- true
  check 'it is nobody'\''s child' null "$(brood status inside --json | perl -ne 'print /"parent":\{"job":(\w+)/')"
  expect 'there is no @self' 125 '' '~brood: find job *' env BROOD_JOB="$words" "$BROOD" close @self
  brood wait inside >/dev/null
  brood close inside
done
for place in relative/state "$T/nowhere" "$T/file"; do
  : >file
  expect "BROOD_STATE_DIR='$place' is not this one" 125 '' '~brood: *' env BROOD_JOB=1 BROOD_STATE_DIR="$place" "$BROOD" --state-dir "$state" status @self
done
untouched 'a hostile environment'
