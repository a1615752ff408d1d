#!/usr/bin/env bash
# The examples are a project that builds against the installed package.
. "$(dirname "$0")/lib/consumer.sh"
skip_if_sanitized

install_brood "$T/prefix"
project=$SOURCE_DIR/examples
stranger_cmake "$T/build" -DCMAKE_PREFIX_PATH="$T/prefix"
for source in "$project"/*.cpp; do
  name=$(basename "$source" .cpp)
  bash "$SOURCE_DIR/tests/examples/run.sh" "$T/build/$name" "$project/$name.out"
done
