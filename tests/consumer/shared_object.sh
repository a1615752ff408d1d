#!/usr/bin/env bash
# A stranger's shared library may have all of brood inside, and shows none of it: two plugins with two versions of
# brood do not meet.
. "$(dirname "$0")/lib/consumer.sh"
skip_if_sanitized

# What is defined in the namespace brood, with its vtables and the like. Instances of std templates for a type of ours
# are not: under gcc, nothing can hide those for an enum.
ours='_Z(Z|GV|T[VIST]|Thn[0-9]+_|Tv[0-9]+_n[0-9]+_)*N[KVRO]*5brood'

works='false: 1
nowhere: 127'

install_brood "$T/prefix"
mapfile -t compilers < <(each_compiler)
for compiler in "${compilers[@]}"; do
  for type in Debug Release; do
    build=$T/${compiler##*/}-$type
    CXX=$compiler stranger_cmake "$build" -DCMAKE_PREFIX_PATH="$T/prefix" -DCMAKE_BUILD_TYPE=$type
    for plugin in plugin hidden_plugin; do
      library=$build/lib$plugin.so
      check "the plugin works ($library)" "$works" "$("$build/${plugin}_user" "$build/$plugin.state")"
      check "it has brood inside ($library)" yes "$(nm "$library" | grep -q ' t _ZN5brood8Registry5start' && echo yes)"
      nm -D --defined-only "$library" >"$T/exported"
      check "and shows itself ($library)" ' T plugin_exitcode' "$(grep -o ' . plugin_exitcode' "$T/exported")"
      # W, V and u: what his own objects have made of our inline functions, with the visibility that he chose.
      [ $plugin = hidden_plugin ] || sed -i '/ [WVu] /d' "$T/exported"
      check "but not brood ($library)" '' "$(grep -E "$ours" "$T/exported" || true)"
    done
  done
done
