# What `cmake --install` lays down, in components: library, development, tool, applets. docs/guides/install.md lists them.
# Nothing that is installed holds a path of the build; the config files find everything from where they lie.
include(CMakePackageConfigHelpers)

set(kompakt_config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Kompakt)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/kompakt DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")

install(TARGETS kompakt EXPORT kompakt_static_targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT kompakt_static_targets NAMESPACE Kompakt:: FILE KompaktStaticTargets.cmake
        DESTINATION ${kompakt_config_folder} COMPONENT development)
if(TARGET kompakt_shared)
  install(TARGETS kompakt_shared EXPORT kompakt_shared_targets
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
  install(EXPORT kompakt_shared_targets NAMESPACE Kompakt:: FILE KompaktSharedTargets.cmake
          DESTINATION ${kompakt_config_folder} COMPONENT development)
endif()

# A program that links the static library needs the third-party ones too. They are named, not located: where they lie is
# for the machine to say on which the program is built.
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/KompaktConfig.cmake.in ${PROJECT_BINARY_DIR}/KompaktConfig.cmake
                              INSTALL_DESTINATION ${kompakt_config_folder}
                              NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 the C++ interface may change with every minor version.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/KompaktConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/KompaktConfig.cmake ${PROJECT_BINARY_DIR}/KompaktConfigVersion.cmake
        DESTINATION ${kompakt_config_folder} COMPONENT development)

# pkg-config: libraries that have a file of their own are required by it, the others are named. Of lz4 and zstd the archive is
# meant wherever it was found: functions that are used are not shown by the shared library, of lz4 ones that cannot be missed.
set(kompakt_pc_of_z zlib)
set(kompakt_pc_of_snappy snappy)
set(kompakt_pc_of_bz2 bzip2)
set(kompakt_pc_requires)
set(kompakt_pc_libs)
foreach(library IN LISTS KOMPAKT_LIBRARY_NAMES)
  set(module lib${library})
  if(DEFINED kompakt_pc_of_${library})
    set(module ${kompakt_pc_of_${library}})
  endif()
  get_filename_component(folder ${KOMPAKT_LIBRARY_${library}} DIRECTORY)
  if(library MATCHES "^(lz4|zstd)$" AND KOMPAKT_LIBRARY_${library} MATCHES "\\.a$")
    list(APPEND kompakt_pc_libs -l:lib${library}.a)
  elseif(EXISTS ${folder}/pkgconfig/${module}.pc)
    list(APPEND kompakt_pc_requires ${module})
  else()
    list(APPEND kompakt_pc_libs -l${library})
  endif()
endforeach()
list(JOIN kompakt_pc_requires " " kompakt_pc_requires)
list(JOIN kompakt_pc_libs " " kompakt_pc_libs)
# From where the file lies to the prefix, so that the tree can be moved.
file(RELATIVE_PATH kompakt_pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" kompakt_pc_prefix ${kompakt_pc_prefix})
configure_file(${PROJECT_SOURCE_DIR}/cmake/kompakt.pc.in ${PROJECT_BINARY_DIR}/kompakt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kompakt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(TARGET kompakt_python)
  get_directory_property(KOMPAKT_PYTHON_MINOR DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/python DEFINITION Python_VERSION_MINOR)
  set(folder lib/python3.${KOMPAKT_PYTHON_MINOR}/dist-packages)
  if(KOMPAKT_DEBIAN_LAYOUT)
    set(folder lib/python3/dist-packages)
  endif()
  set(KOMPAKT_INSTALL_PYTHONDIR ${folder} CACHE STRING "Where the Python package goes; a folder that is on Python's path")
  install(TARGETS kompakt_python LIBRARY DESTINATION ${KOMPAKT_INSTALL_PYTHONDIR}/kompakt COMPONENT python)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/python/kompakt DESTINATION ${KOMPAKT_INSTALL_PYTHONDIR} COMPONENT python
          FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)
endif()
