#!/usr/bin/env bash
# man/brood-record.5 and the JSON Schema name every field of a real record, and the reader that the page shows reads it.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
exec python3 tests/contract/record_page.py "${BROOD:?the command to check}"
