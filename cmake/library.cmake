# One object library per folder of src/, all of them together in libbrood.a.

add_library(brood STATIC)
add_library(brood::brood ALIAS brood)
target_include_directories(brood PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_compile_features(brood PUBLIC cxx_std_20)
# Who links the archive needs what it calls, and a sanitizer's runtime; of our flags nobody else is to have any.
# An installed brood looks for libsodium again, see brood-config.cmake.in.
target_link_libraries(brood PRIVATE
  $<BUILD_INTERFACE:brood_build_flags> $<BUILD_INTERFACE:brood_sodium> $<INSTALL_INTERFACE:brood::sodium>
  Threads::Threads)
set_target_properties(brood PROPERTIES LINKER_LANGUAGE CXX)

# brood_add_folder(FOLDER LIBRARY...): the object library brood_FOLDER from BROOD_FOLDER_SOURCES.
function(brood_add_folder folder)
  string(TOUPPER "BROOD_${folder}_SOURCES" sources)
  if(NOT ${sources})
    return()
  endif()
  add_library(brood_${folder} OBJECT ${${sources}})
  target_include_directories(brood_${folder} PRIVATE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(brood_${folder} PRIVATE brood_warnings ${ARGN})
  # The archive may become part of somebody's shared library.
  set_target_properties(brood_${folder} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_sources(brood PRIVATE $<TARGET_OBJECTS:brood_${folder}>)
endfunction()

brood_add_folder(base brood_build_flags)
brood_add_folder(os brood_build_flags brood_sodium)
brood_add_folder(child brood_child_flags)
brood_add_folder(launch brood_build_flags)
brood_add_folder(store brood_build_flags brood_json)
brood_add_folder(sentinel brood_build_flags)
brood_add_folder(control brood_build_flags brood_json brood_sodium)
brood_add_folder(monitor brood_build_flags)
brood_add_folder(process brood_build_flags brood_json)
brood_add_folder(jobs brood_build_flags)
brood_add_folder(pool brood_build_flags)

if(TARGET brood_monitor)
  target_compile_definitions(brood_monitor PRIVATE BROOD_VERSION="${PROJECT_VERSION}")
endif()

get_target_property(brood_objects brood SOURCES)
if(NOT brood_objects)
  message(FATAL_ERROR "cmake/sources.cmake lists no sources")
endif()
