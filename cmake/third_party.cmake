# The libraries we use, each as an interface target. All but libsodium are headers only, spdlog and fmt too:
# a shared libspdlog or libfmt could not go into the static command.

function(brood_third_party name header package)
  string(TOUPPER "${name}_INCLUDE_DIR" variable)
  find_path(${variable} ${header})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "${header} not found; on Debian: apt-get install ${package}")
  endif()
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${${variable}})
endfunction()

# The library's.
brood_third_party(brood_json nlohmann/json.hpp nlohmann-json3-dev)
brood_third_party(brood_sodium sodium.h libsodium-dev)

if(BROOD_STATIC)
  find_library(BROOD_SODIUM_ARCHIVE NAMES libsodium.a REQUIRED)
  mark_as_advanced(BROOD_SODIUM_ARCHIVE)
  target_link_libraries(brood_sodium INTERFACE ${BROOD_SODIUM_ARCHIVE})
else()
  find_library(BROOD_SODIUM_LIBRARY NAMES sodium REQUIRED)
  mark_as_advanced(BROOD_SODIUM_LIBRARY)
  target_link_libraries(brood_sodium INTERFACE ${BROOD_SODIUM_LIBRARY})
endif()

find_package(Threads REQUIRED)

# The command's.
if(BROOD_COMMAND)
  brood_third_party(brood_cli11 CLI/CLI.hpp libcli11-dev)
  brood_third_party(brood_fmt fmt/format.h libfmt-dev)
  brood_third_party(brood_spdlog spdlog/spdlog.h libspdlog-dev)
  target_compile_definitions(brood_fmt INTERFACE FMT_HEADER_ONLY)
  target_compile_definitions(brood_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
  target_link_libraries(brood_spdlog INTERFACE brood_fmt)
endif()
