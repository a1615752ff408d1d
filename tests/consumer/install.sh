#!/usr/bin/env bash
# What is installed, and where: under any prefix, with DESTDIR, once or twice, as a whole or in parts.
. "$(dirname "$0")/lib/consumer.sh"

tree() { # DIR
  (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2)
}

install_brood "$T/once"
once=$(tree "$T/once")
for file in bin/brood include/brood/registry.hpp share/man/man1/brood.1; do
  [ -f "$T/once/$file" ] || { echo "not installed: $file"; exit 1; }
done
for file in libbrood.a brood-config.cmake brood-config-version.cmake brood-targets.cmake brood.pc; do
  [ -n "$(find "$T/once" -name "$file")" ] || { echo "not installed: $file"; exit 1; }
done
if found=$(grep -rFl -e "$SOURCE_DIR" -e "$BUILD_DIR" -e "$T" "$T/once" --include='*.cmake' --include='*.pc'); then
  echo "these know where they were built: $found"
  exit 1
fi

install_brood "$T/once"
check 'twice is as once' "$once" "$(tree "$T/once")"
DESTDIR=$T/image install_brood /any/where
check 'with DESTDIR' "$once" "$(tree "$T/image/any/where")"
check 'and nothing beside it' '' "$(find "$T/image" -type f -not -path '*/any/where/*')"

for part in brood_runtime brood_dev; do
  quietly cmake --install "$BUILD_DIR" --prefix "$T/$part" --component $part
  quietly cmake --install "$BUILD_DIR" --prefix "$T/parts" --component $part
done
check 'the parts make the whole' "$once" "$(tree "$T/parts")"
check 'the command is alone' '' "$(cd "$T/brood_runtime" && find . -name '*.hpp' -o -name '*.a' -o -name '*.pc' -o -name '*.cmake')"
check 'so is the library' '' "$(cd "$T/brood_dev" && find . -path './bin*' -o -name '*.1')"
