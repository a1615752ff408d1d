# What is installed: the component brood_runtime is the command, brood_dev what a C++ program needs to use the library.
# Nothing of it knows where it is: the whole prefix can be moved.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(BROOD_COMMAND)
  # With its manual and its completions, each where man(1) and the shells look by themselves, and the form of its records.
  install(TARGETS brood_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT brood_runtime)
  foreach(section IN ITEMS 1 5 7)
    install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT brood_runtime
      FILES_MATCHING PATTERN "*.${section}")
  endforeach()
  install(FILES docs/record-v1.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/brood COMPONENT brood_runtime)
  install(FILES completions/brood.bash RENAME brood
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT brood_runtime)
  install(FILES completions/_brood
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT brood_runtime)
  install(FILES completions/brood.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT brood_runtime)
endif()

install(DIRECTORY include/brood DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT brood_dev
  FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT brood_dev
  FILES_MATCHING PATTERN "*.3")
install(TARGETS brood EXPORT brood
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT brood_dev
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# For find_package(brood).
set(brood_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/brood)
install(EXPORT brood FILE brood-targets.cmake NAMESPACE brood:: DESTINATION ${brood_package_dir} COMPONENT brood_dev)
configure_package_config_file(cmake/brood-config.cmake.in ${PROJECT_BINARY_DIR}/package/brood-config.cmake
  INSTALL_DESTINATION ${brood_package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/brood-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/brood-config.cmake ${PROJECT_BINARY_DIR}/package/brood-config-version.cmake
  DESTINATION ${brood_package_dir} COMPONENT brood_dev)

# For pkg-config, which knows the directory of the file that it reads. A directory that was configured as an absolute
# one lies outside the prefix, and stays there.
set(brood_pc_prefix "\${pcfiledir}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(brood_pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH brood_pc_up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  cmake_path(APPEND brood_pc_prefix ${brood_pc_up})
  string(REGEX REPLACE "/$" "" brood_pc_prefix "${brood_pc_prefix}")
endif()
set(brood_pc_libdir "\${prefix}")
cmake_path(APPEND brood_pc_libdir ${CMAKE_INSTALL_LIBDIR})
set(brood_pc_includedir "\${prefix}")
cmake_path(APPEND brood_pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
configure_file(cmake/brood.pc.in ${PROJECT_BINARY_DIR}/package/brood.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/brood.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT brood_dev)
