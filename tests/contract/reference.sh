#!/usr/bin/env bash
# The reference pages can be made from the public headers without a warning, and have what they should.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"
command -v doxygen >/dev/null || { echo "skipped: doxygen is not installed"; exit 77; }

T=$(mktemp -d "${TMPDIR:-/tmp}/brood-reference.XXXXXX")
trap 'rm -rf "$T"' EXIT
{
  cat docs/Doxyfile
  echo "OUTPUT_DIRECTORY = $T"
} | BROOD_VERSION=tested doxygen - || exit 1

status=0
bad() {
  echo "$*"
  status=1
}

# Each class and struct that a header documents has its page, and what is private has none.
documented_classes() {
  awk '/^namespace detail \{/ { hidden = 1 } /^}  \/\/ namespace detail/ { hidden = 0 } !hidden' include/brood/*.hpp |
    sed -nE 's/^(class|struct) ([A-Z][A-Za-z]*) *(final *)?[:{].*/\2/p' | sort -u
}
while IFS= read -r class; do
  grep -qF ">$class<" "$T/html/annotated.html" || bad "the reference has no page for $class"
done < <(documented_classes)
grep -qF '>Registry<' "$T/html/annotated.html" || bad "the reference has no page for Registry"
! grep -rlE 'Impl<|namespacebrood_1_1detail' "$T/html" || bad "the reference shows what is private"
grep -q 'never invented' "$T/html/index.html" || bad "docs/reference.md is not the first page"
for example in examples/*.cpp; do
  name=$(basename "$example")
  grep -qF ">$name<" "$T/html/examples.html" || bad "$example: lacks '/// \\example $name'"
done
exit $status
