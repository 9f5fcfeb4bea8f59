# libkompakt.so, from the objects of the static library. docs/decisions/0009-libraries.md says what it promises.
include(SharedDependencies)

configure_file(${PROJECT_SOURCE_DIR}/cmake/kompakt.map.in ${PROJECT_BINARY_DIR}/kompakt.map @ONLY)
add_library(kompakt_shared SHARED $<TARGET_OBJECTS:kompakt_objects> $<TARGET_OBJECTS:kompakt_blake3>)
add_library(Kompakt::kompakt_shared ALIAS kompakt_shared)
set_target_properties(kompakt_shared PROPERTIES
  OUTPUT_NAME kompakt EXPORT_NAME kompakt_shared VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINKER_LANGUAGE CXX LINK_DEPENDS ${PROJECT_BINARY_DIR}/kompakt.map)
target_compile_features(kompakt_shared INTERFACE cxx_std_20)
target_include_directories(kompakt_shared INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(kompakt_shared PRIVATE $<BUILD_INTERFACE:kompakt_shared_dependencies> Threads::Threads)
target_link_options(kompakt_shared PRIVATE
  -Wl,--version-script=${PROJECT_BINARY_DIR}/kompakt.map -Wl,--exclude-libs,ALL
  # What the library calls of its own is bound within it: no detour by the procedure linkage table, and nobody's
  # symbols of the same name get between.
  -Wl,-Bsymbolic-functions -Wl,-z,text -Wl,--as-needed
  $<$<NOT:$<BOOL:${KOMPAKT_SANITIZE}>>:-Wl,-z,defs>)
