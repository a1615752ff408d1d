# shellcheck shell=bash
# What the scripts of this folder share. Sourced first thing: gives a temporary directory ($T) and
#
#   install_brood PREFIX       installs what was built
#   stranger_cmake DIR ARG...  configures the stranger's project in DIR and builds it
#   each_compiler              prints the compilers that are here, one by one
#   check NAME EXPECTED ACTUAL two texts are the same
#   skip WHY                   ends the test as skipped
#   skip_if_sanitized          for whatever links what was built
#
# The stranger is strict: his warnings, which are not ours, are errors.
set -eu

: "${BUILD_DIR:?the build directory to install from}" "${SOURCE_DIR:?the top of the tree}" "${CXX:?the compiler}"
unset BROOD_JOB BROOD_STATE_DIR BROOD_START_METHOD DESTDIR
unset CXXFLAGS CPPFLAGS LDFLAGS CMAKE_PREFIX_PATH CPLUS_INCLUDE_PATH PKG_CONFIG_PATH
export LC_ALL=C

T=$(mktemp -d "${TMPDIR:-/tmp}/brood-consumer.XXXXXX")
T=$(cd "$T" && pwd -P)
trap 'rm -rf "$T"' EXIT

# shellcheck disable=SC2034  # for the scripts
project=$SOURCE_DIR/tests/consumer/project
strict=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

skip() {
  echo "skipped: $*"
  exit 77
}

cached() { # VARIABLE
  sed -n "s/^$1:[A-Z]*=//p" "$BUILD_DIR/CMakeCache.txt"
}

skip_if_sanitized() {
  [ -z "$(cached BROOD_SANITIZE)" ] || skip "what is built with a sanitizer is for our own tests, not for strangers"
}

quietly() { # COMMAND...
  "$@" >"$T/log" 2>&1 || {
    cat "$T/log"
    echo "failed: $*"
    exit 1
  }
}

install_brood() { # PREFIX
  quietly cmake --install "$BUILD_DIR" --prefix "$1"
}

stranger_cmake() { # DIR ARG...
  local dir=$1
  shift
  quietly cmake -S "$project" -B "$dir" -G "$(cached CMAKE_GENERATOR)" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_FLAGS="${strict[*]}" "$@"
  quietly cmake --build "$dir" -j 2
}

# One that goes by two names is one, but it goes by its own: clang is no clang++.
each_compiler() {
  local compiler
  for compiler in "$CXX" g++ clang++; do
    compiler=$(command -v -- "$compiler") && printf '%s %s\n' "$(readlink -f "$compiler")" "$compiler"
  done | sort -u -k 1,1 | cut -d ' ' -f 2
}

check() { # NAME EXPECTED ACTUAL
  [ "$2" = "$3" ] || {
    printf '%s\n--- expected\n%s\n--- got\n%s\n' "$1" "$2" "$3"
    exit 1
  }
}

# shellcheck disable=SC2034  # what the stranger's program prints
stranger_output='true: 0
nowhere: 127 ENOENT
left: 0'
