#!/usr/bin/env bash
# Things in the state directory that are not what brood has made: nothing blocks, nothing is read without end, and only
# what they stand for is harmed.
set -u
. "$(dirname "$0")/lib/cli.sh"
state=$BROOD_STATE_DIR
truncate -s 1T huge 2>/dev/null || skip_all 'no sparse files here'

kinds='directory fifo zero link huge'
plant() { # KIND PATH
  rm -rf "$2"
  case $1 in
    directory) mkdir "$2" ;;
    fifo) mkfifo "$2" ;;
    zero) ln -s /dev/zero "$2" ;;
    link) ln -s "$T/huge" "$2" ;;
    huge) truncate -s 1T "$2" ;;
  esac
}
# Memory for brood itself, but none to read a terabyte into.
bounded() { (ulimit -v 2000000 && brood "$@"); }

expect 'a job' 0 1 '' brood create --name one --env A=1 -- true
expect 'another' 0 '' '' brood run --keep --name two -- true

# --- the configuration
for kind in $kinds; do
  plant "$kind" "$state/config.json"
  why='not a regular file'
  [ "$kind" = huge ] && why='too large'
  damaged="brood: read '$state/config.json': it is damaged: $why"
  expect "config.json, $kind: create" 125 '' "$damaged" bounded -q create -- true
  expect "config.json, $kind: start-method" 125 '' "$damaged" bounded -q start-method
  expect "config.json, $kind: looking does without it" 0 two '' bounded status 2 --field name
  expect "config.json, $kind: so does --method" 0 '' '' bounded run --method fork -- true
done
expect 'a setter replaces it' 0 '' '' bounded start-method fork
check 'with a file' '{"version":1,"start_method":"fork"}' "$(cat "$state/config.json")"
if ! is_root; then
  chmod 0 "$state/config.json"
  expect 'config.json, unreadable' 125 '' "~brood: read '$state/config.json': open 'config.json': Permission denied" bounded create -- true
fi
rm -f "$state/config.json"

# --- the counter of ids, the lock of names, the key
for file in next-id names.lock authkey; do
  [ -e "$state/$file" ] && mv "$state/$file" kept
  for kind in $kinds; do
    plant "$kind" "$state/$file"
    if [ "$kind" = huge ]; then
      # Only its beginning counts: a lock is a lock, and of a counter the jobs are left to go by. A key it is none.
      if [ "$file" = authkey ]; then
        expect "$file, $kind" 125 '' "~brood: read key '$state/authkey': it is not of 32 bytes" bounded -q start --unique --name a -- true
      else
        expect "$file, $kind" 0 '~[0-9]*' '' bounded start --unique --name "n-$file" -- true
      fi
    else
      expect "$file, $kind" 125 '' "brood: open '$file': it is not a regular file" bounded -q start --unique --name a -- true
    fi
    expect "$file, $kind: looking does without it" 0 two '' bounded status 2 --field name
  done
  rm -rf "${state:?}/$file"
  [ -e kept ] && mv kept "$state/$file"
done

# --- the index of names: all records are read, then
mv "$state/names" kept
for kind in fifo huge; do
  plant "$kind" "$state/names"
  expect "names, $kind: a job is found" 0 2 '' bounded status two --field id
  expect "names, $kind: a new one" 0 '~[0-9]*' '' bounded create --name "by-$kind" -- true
  expect "names, $kind: it is found" 0 "by-$kind" '' bounded status "by-$kind" --field name
done
for kind in zero link; do
  plant "$kind" "$state/names"
  expect "names, $kind: it is not followed" 125 '' '~brood: use state directory *: names: it is a symbolic link' \
    bounded status two
done
rm -f "$state/names"
mv kept "$state/names"
for bucket in "$state"/names/*/; do
  rm -rf "${bucket%/}"
  mkfifo "${bucket%/}"
done
expect 'a part of the index, fifo' 0 2 '' bounded status two --field id
rm -rf "$state/names"

# --- a record
mv "$state/jobs/2/job.json" kept
for kind in $kinds; do
  plant "$kind" "$state/jobs/2/job.json"
  why='it is not a regular file'
  [ "$kind" = huge ] && why='it is too large to be one'
  expect "job.json, $kind" 0 damaged '' bounded status 2 --field state
  expect "job.json, $kind: waiting for it" 125 '' "~brood: *read record: $why" bounded -q join 2
  expect "job.json, $kind: the others" 0 one '' bounded status 1 --field name
  expect "job.json, $kind: all" 0 '~*damaged*' '' bounded status --all
done
rm -rf "$state/jobs/2/job.json"
mv kept "$state/jobs/2/job.json"

# --- what else belongs to a job
mv "$state/jobs/1/environment" kept
for kind in $kinds; do
  plant "$kind" "$state/jobs/1/environment"
  expect "environment, $kind" 125 '' '~brood: *: it *' bounded -q start --job 1
  check "environment, $kind: not started" created "$(field 1 state)"
done
rm -rf "$state/jobs/1/environment"
printf '\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0A' >"$state/jobs/1/environment"
expect 'environment, cut off' 125 '' '~brood: *read environment: it is damaged' bounded -q start --job 1
mv kept "$state/jobs/1/environment"
for kind in $kinds; do
  plant "$kind" "$state/jobs/1/children"
  expect "children, $kind" 0 one '' bounded status 1 --field name
  expect "children, $kind: descendants" 0 '~*' '' bounded status --tree
done
rm -rf "$state/jobs/1/children"
expect 'it starts' 0 1 '' brood start --job 1
expect 'it ends' 0 '' '' brood join 1
for kind in directory fifo zero link; do
  plant "$kind" "$state/jobs/1/output.log"
  expect "output.log, $kind" 125 '' "~brood: *open 'output.log': it is not a regular file" bounded -q restart 1
done
rm -rf "$state/jobs/1/output.log"
expect 'it starts again' 0 '' '' brood restart 1
expect 'and ends again' 0 '' '' brood join 1

# --- a sentinel, of a job that is over: it is not needed, and harms nobody
for kind in zero link; do
  id=$(bounded start -- sh -c 'exit 3')
  other=$(bounded start -- true)
  bounded -q wait "$id" "$other" >/dev/null
  plant "$kind" "$state/jobs/$id/sentinel"
  expect "sentinel, $kind: how the job ended" 3 '' '' bounded join "$id"
  expect "sentinel, $kind: it can be closed" 0 '' '' bounded close "$id"
  check "sentinel, $kind: all of it" '' "$(ls "$state/jobs/$id" 2>/dev/null)"
  bounded close "$other"
done

# --- a directory in the place of a file: the job is not closed, instead of a part of it
for file in sentinel control output.log environment; do
  id=$(bounded start -- sh -c 'exit 3')
  bounded -q wait "$id" >/dev/null
  rm -f "$state/jobs/$id/$file"
  mkdir "$state/jobs/$id/$file"
  expect "$file, a directory: close" 125 '' "~brood: close job $id: remove '*jobs/$id/$file': Is a directory" bounded close "$id"
  expect "$file, a directory: the job is what it was" 3 '' '' bounded join "$id"
  other=$(bounded start -- true)
  bounded -q wait "$other" >/dev/null
  expect "$file, a directory: close --ended says which" 125 '' "~brood: close job $id: remove '*': Is a directory" bounded close --ended
  expect "$file, a directory: and closes the others" 125 '' '~brood: *no such job' bounded status "$other"
  rmdir "$state/jobs/$id/$file"
  expect "$file: then it is closed" 0 '' '' bounded close "$id"
done
