#!/usr/bin/env bash
# Small files and a tidy top level.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
status=0

at_most() { # LINES FILE...
  local limit=$1
  shift
  awk -v limit="$limit" '
    FNR == limit + 1 { print FILENAME ":" FNR ": longer than " limit " lines; split it"; failed = 1 }
    END { exit failed }' "$@" /dev/null || status=1
}

mapfile -t sources < <(find src include tests examples bench -name '*.[ch]pp' -o -name '*.sh' -o -name '*.py' -o -name CMakeLists.txt)
mapfile -t public < <(find include -name '*.hpp')
mapfile -t modules < <(find cmake examples tests/consumer -name '*.cmake' -o -name '*.in' -o -name CMakeLists.txt)
at_most 500 "${sources[@]}" dev
at_most 200 "${public[@]}"
at_most 150 CMakeLists.txt "${modules[@]}"

# Hidden files are a matter of everybody's tools.
for name in *; do
  case $name in
    CMakeLists.txt | CMakePresets.json | README.md | CHANGELOG.md | LICENSE | SECURITY.md | dev) ;;
    src | include | tests | man | completions | docs | cmake | bench | examples | build) ;;
    *)
      echo "$name:1: does not belong to the top of the tree"
      status=1
      ;;
  esac
done

exit $status
