#!/usr/bin/env bash
# Every shell file passes shellcheck.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

mapfile -t scripts < <(find tests -name '*.sh')
shellcheck -f gcc -S warning -x -P SCRIPTDIR dev .ci/run completions/brood.bash "${scripts[@]}"
