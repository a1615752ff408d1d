#!/usr/bin/env bash
# Every header compiles by itself, so that including it never depends on what came before it.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
status=0

while IFS= read -r header; do
  echo "$header:1: #pragma once is missing"
  status=1
done < <(find src include -name '*.hpp' -exec grep -L '^#pragma once$' {} +)

# shellcheck disable=SC2016 # the inner shell expands these
find src include -name '*.hpp' -print0 | xargs -0 -r -n 1 -P 2 sh -c '
  "${CXX:-c++}" -std=c++20 -fsyntax-only -Iinclude -Isrc -DSPDLOG_FMT_EXTERNAL -DFMT_HEADER_ONLY \
    -include "$0" -x c++ /dev/null || { echo "$0:1: does not compile alone"; exit 1; }' || status=1

exit $status
