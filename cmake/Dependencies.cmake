# Every third-party library, found as Debian packages them. docs/decisions/0001-dependencies.md says why each.
#
# kompakt_dependencies         what the static library, the tool and the tests link, and where headers lie
# kompakt_shared_dependencies  what libkompakt.so links (Shared.cmake)
# KOMPAKT_LIBRARY_NAMES        the names that a program needs besides -lkompakt when that is the static library
# KOMPAKT_LIBRARIES            for the same, the files
include(FindPackageHandleStandardArgs)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

add_library(kompakt_dependencies INTERFACE)
set(KOMPAKT_LIBRARY_NAMES)
set(KOMPAKT_LIBRARIES)

# kompakt_find(HEADER LIBRARY...): the codec libraries ship no CMake packages on Debian 12.
# Static archives are preferred: a dozen shared libraries cost milliseconds of start-up per process.
function(kompakt_find header)
  list(GET ARGN 0 first)
  find_path(KOMPAKT_INCLUDE_${first} ${header} REQUIRED)
  foreach(library IN LISTS ARGN)
    find_library(KOMPAKT_LIBRARY_${library} NAMES lib${library}.a ${library} REQUIRED)
    target_link_libraries(kompakt_dependencies INTERFACE ${KOMPAKT_LIBRARY_${library}})
    mark_as_advanced(KOMPAKT_LIBRARY_${library})
    list(APPEND KOMPAKT_LIBRARY_NAMES ${library})
    list(APPEND KOMPAKT_LIBRARIES ${KOMPAKT_LIBRARY_${library}})
  endforeach()
  target_include_directories(kompakt_dependencies SYSTEM INTERFACE ${KOMPAKT_INCLUDE_${first}})
  mark_as_advanced(KOMPAKT_INCLUDE_${first})
  set(KOMPAKT_LIBRARY_NAMES ${KOMPAKT_LIBRARY_NAMES} PARENT_SCOPE)
  set(KOMPAKT_LIBRARIES ${KOMPAKT_LIBRARIES} PARENT_SCOPE)
endfunction()

kompakt_find(zstd.h zstd)
kompakt_find(lz4.h lz4)
kompakt_find(snappy.h snappy)
kompakt_find(brotli/encode.h brotlienc brotlidec brotlicommon)
kompakt_find(libdeflate.h deflate)
kompakt_find(isa-l/igzip_lib.h isal)
kompakt_find(zlib.h z)
kompakt_find(lzma.h lzma)
kompakt_find(bzlib.h bz2)
kompakt_find(xxhash.h xxhash)
kompakt_find(sodium.h sodium)

# Highway: the headers alone (src/mixing); its library, which chooses among instruction sets, takes milliseconds to load.
find_path(KOMPAKT_INCLUDE_hwy hwy/highway.h REQUIRED)
target_include_directories(kompakt_dependencies SYSTEM INTERFACE ${KOMPAKT_INCLUDE_hwy})
mark_as_advanced(KOMPAKT_INCLUDE_hwy)

# libarchive: the headers alone. src/archive/foreign opens the library when an archive asks for it.
find_path(KOMPAKT_INCLUDE_archive archive_entry.h REQUIRED)
target_include_directories(kompakt_dependencies SYSTEM INTERFACE ${KOMPAKT_INCLUDE_archive})
mark_as_advanced(KOMPAKT_INCLUDE_archive)
target_link_libraries(kompakt_dependencies INTERFACE ${CMAKE_DL_LIBS})

# BLAKE3: the official C sources, as Debian ships them inside the Rust crate's package. Their objects go into the library.
file(GLOB blake3_candidates /usr/share/cargo/registry/blake3-*/c/blake3.h)
if(NOT blake3_candidates)
  message(FATAL_ERROR "BLAKE3 C sources not found; install librust-blake3-dev")
endif()
list(GET blake3_candidates 0 blake3_header)
get_filename_component(blake3_dir ${blake3_header} DIRECTORY)
set(blake3_sources ${blake3_dir}/blake3.c ${blake3_dir}/blake3_dispatch.c ${blake3_dir}/blake3_portable.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  foreach(isa sse2 sse41 avx2 avx512)
    list(APPEND blake3_sources ${blake3_dir}/blake3_${isa}_x86-64_unix.S)
  endforeach()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND blake3_sources ${blake3_dir}/blake3_neon.c)
endif()
add_library(kompakt_blake3 OBJECT ${blake3_sources})
target_include_directories(kompakt_blake3 SYSTEM PUBLIC ${blake3_dir})
target_include_directories(kompakt_dependencies SYSTEM INTERFACE ${blake3_dir})
target_link_libraries(kompakt_dependencies INTERFACE fmt::fmt-header-only)
