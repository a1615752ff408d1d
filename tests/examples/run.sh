#!/usr/bin/env bash
# usage: run.sh PROGRAM EXPECTED
# PROGRAM exits with 0, prints exactly what is in the file EXPECTED, and complains of nothing.
set -eu
program=$1
expected=$2

T=$(mktemp -d "${TMPDIR:-/tmp}/brood-example.XXXXXX")
trap 'rm -rf "$T"' EXIT
unset BROOD_JOB BROOD_START_METHOD
export BROOD_STATE_DIR=$T/state LC_ALL=C
mkdir "$T/here"
cd "$T/here"

status=0
"$program" </dev/null >"$T/out" 2>"$T/err" || status=$?
[ "$status" -eq 0 ] || echo "$program: exit status $status"
diff -u "$expected" "$T/out" || status=1
[ ! -s "$T/err" ] || { echo "$program: wrote to stderr:"; cat "$T/err"; status=1; }
left=$(ls -A)
[ -z "$left" ] || { echo "$program: left behind in its directory: $left"; status=1; }
exit "$status"
