#!/usr/bin/env bash
# A stranger's project finds the installed package, also where somebody has moved it to.
. "$(dirname "$0")/lib/consumer.sh"
skip_if_sanitized

install_brood "$T/prefix"
mv "$T/prefix" "$T/moved"
stranger_cmake "$T/build" -DCMAKE_PREFIX_PATH="$T/moved"
check 'the program runs' "$stranger_output" "$("$T/build/stranger" "$T/state")"

# Without what the archive needs, it says so.
status=0
cmake -S "$project" -B "$T/without" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$T/moved" \
  -DCMAKE_FIND_ROOT_PATH="$T/empty" -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY >"$T/log" 2>&1 || status=$?
check 'no libsodium, no brood' 1 "$status"
tr -s ' \n' ' ' <"$T/log" | grep -q 'brood needs libsodium.*apt-get install libsodium-dev' || { cat "$T/log"; exit 1; }
