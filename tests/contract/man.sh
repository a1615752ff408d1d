#!/usr/bin/env bash
# The manual pages are correct mdoc. Matters of style are left to the writer.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

mapfile -t pages < <(find man -name '*.[1-8]')
[ ${#pages[@]} -gt 0 ] || { echo "man:1: no manual pages"; exit 1; }
mandoc -T lint -W warning "${pages[@]}"
