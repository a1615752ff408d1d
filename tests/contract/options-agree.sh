#!/usr/bin/env bash
# The parser, its help, the manual and the three completions know the same commands and options.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
exec python3 tests/contract/options_agree.py "${BROOD:?the command to check}"
