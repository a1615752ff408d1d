#!/usr/bin/env bash
# A stranger's program is compiled with one command and what pkg-config says.
. "$(dirname "$0")/lib/consumer.sh"
skip_if_sanitized
command -v pkg-config >/dev/null || skip "pkg-config is not installed"

install_brood "$T/prefix"
mv "$T/prefix" "$T/moved"
PKG_CONFIG_PATH=$(dirname "$(find "$T/moved" -name brood.pc)")
export PKG_CONFIG_PATH
quietly pkg-config --print-errors --exists 'brood >= 0.1'
read -r -a flags < <(pkg-config --cflags --libs brood)
"$CXX" -std=c++20 "${strict[@]}" "$project/main.cpp" "$project/start.cpp" "${flags[@]}" -o "$T/stranger"
check 'the program runs' "$stranger_output" "$("$T/stranger" "$T/state")"
