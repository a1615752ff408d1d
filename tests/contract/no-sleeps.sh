#!/usr/bin/env bash
# No fixed delays: they are too short on a busy machine and too long on every other. Time is an argument, and
# waiting means waiting for something.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
status=0

# Comments may speak of sleep(3).
find src include tests examples -name '*.[ch]pp' -exec awk '
  { code = $0; sub(/\/\/.*/, "", code) }
  code ~ /(^|[^A-Za-z0-9_])(sleep_for|sleep_until|usleep|(clock_)?nanosleep|sleep[[:space:]]*\()/ {
    print FILENAME ":" FNR ": a fixed delay; wait for an event, or take the time as an argument"; failed = 1
  }
  END { exit failed }' {} + || status=1

# As the program that a test launches, sleep is welcome; as a command of the script it is a delay. (Where a script
# is written for a target, `exec sleep` says which is meant.)
mapfile -t scripts < <(find tests -name '*.sh')
awk '
  /^[[:space:]]*#/ { next }
  {
    code = $0
    gsub(/\047[^\047]*\047/, "", code)   # quoted: words for something that is launched
    gsub(/"[^"$]*"/, "", code)
  }
  code ~ /(^|[;&|({`]|(^|[[:space:]])(do|then|else|!|time)[[:space:]])[[:space:]]*sleep([[:space:]]|$)/ {
    print FILENAME ":" FNR ": the script itself sleeps; wait for an event instead (brood wait, a read from a FIFO)"
    failed = 1
  }
  END { exit failed }' "${scripts[@]}" || status=1

exit $status
