#!/usr/bin/env bash
# A stranger's project has brood in its own tree. It gets the library, and nothing that it did not ask for: its
# CMakeLists.txt looks at what changes around it.
. "$(dirname "$0")/lib/consumer.sh"
skip_if_sanitized

stranger_cmake "$T/build" -DBROOD_SOURCE="$SOURCE_DIR" -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCMAKE_BUILD_TYPE=Debug
check 'the program runs' "$stranger_output" "$("$T/build/stranger" "$T/state")"

for header in CLI11 FMT SPDLOG DOCTEST; do
  ! grep "^BROOD_${header}_INCLUDE_DIR" "$T/build/CMakeCache.txt" || { echo "the library needs no $header"; exit 1; }
done
check 'no tests of brood' 'Total Tests: 0' "$(ctest --test-dir "$T/build" -N | tail -n 1)"
quietly cmake --install "$T/build" --prefix "$T/prefix"
check 'only the stranger is installed' "$T/prefix/bin/stranger" "$(find "$T/prefix" -type f)"
