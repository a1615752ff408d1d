# Flags as interface targets, so that nothing leaks into a project that uses brood as a subdirectory.

add_library(brood_warnings INTERFACE)
target_compile_options(brood_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum -Wnon-virtual-dtor
  -Woverloaded-virtual)
if(BROOD_DEVELOP)
  target_compile_options(brood_warnings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 sees overlapping copies in every "literal" + std::string (its bug 105329).
  target_compile_options(brood_warnings INTERFACE -Wno-restrict)
endif()

# What every object but those of launch/child is built with.
add_library(brood_build_flags INTERFACE)
if(BROOD_SANITIZE)
  target_compile_options(brood_build_flags INTERFACE
    -fsanitize=${BROOD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(brood_build_flags INTERFACE -fsanitize=${BROOD_SANITIZE})
  # Instrumented code confuses gcc's flow analysis; the plain builds keep this warning.
  target_compile_options(brood_warnings INTERFACE -Wno-maybe-uninitialized)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(brood_warnings INTERFACE -Wno-unknown-warning-option)
  endif()
elseif(BROOD_STATIC)
  # A launch runs each of its functions once, and pays for the pages they are on: small is fast. (See sources.cmake for
  # what is different.)
  target_compile_options(brood_build_flags INTERFACE -Os -ffunction-sections -fdata-sections)
endif()

# The child runs in a copy (or, after vfork, in the very memory) of its parent, where a sanitizer's runtime,
# a stack-protector report or a fortified libc call could take a lock that no one will ever release.
# Without exceptions and RTTI, nothing in it can reach the C++ runtime unnoticed by the symbol check.
add_library(brood_child_flags INTERFACE)
target_compile_options(brood_child_flags INTERFACE
  -fno-exceptions -fno-rtti -fno-stack-protector -U_FORTIFY_SOURCE -ffunction-sections -fdata-sections)
