#!/usr/bin/env bash
# Each installed header compiles alone, without a warning, with every compiler that is here.
. "$(dirname "$0")/lib/consumer.sh"

install_brood "$T/prefix"
include=$(dirname "$(dirname "$(find "$T/prefix" -name registry.hpp)")")
mapfile -t headers < <(cd "$include" && find brood -type f | sort)
check 'all are installed' "$(cd "$SOURCE_DIR/include" && find brood -type f | sort)" "$(printf '%s\n' "${headers[@]}")"

# layers.sh says which they may include; here is nothing else but the compiler's own.
mapfile -t compilers < <(each_compiler)
for compiler in "${compilers[@]}"; do
  for header in "${headers[@]}"; do
    printf '#include <%s>\n' "$header" >"$T/alone.cpp"
    "$compiler" -std=c++20 "${strict[@]}" -fsyntax-only -I "$include" "$T/alone.cpp" || { echo "$compiler: $header"; exit 1; }
  done
done
