# kompakt_shared_dependencies: what a shared object links that is made of the library's objects (libkompakt.so, the Python
# module). Archives where they fit, so that no third-party symbol is seen outside, shared libraries otherwise.
#
# Which archives can go into a shared object is for the linker to say: Debian builds them without -fPIC, and some of their
# objects refer to stderr in a way that only an executable can. What counts are the objects behind the functions that are
# used, so the probe pulls in these and nothing else.
set(KOMPAKT_PROBE_zstd ZSTD_compressStream2 ZSTD_decompressStream ZSTD_invalidateRepCodes ZSTD_createDDict)
set(KOMPAKT_PROBE_lz4 LZ4F_compressUpdate LZ4F_decompress LZ4_compress_HC_continue)
set(KOMPAKT_PROBE_brotlienc BrotliEncoderCompressStream)
set(KOMPAKT_PROBE_brotlidec BrotliDecoderDecompressStream)
set(KOMPAKT_PROBE_brotlicommon BrotliGetDictionary)
set(KOMPAKT_PROBE_deflate libdeflate_deflate_compress libdeflate_deflate_decompress libdeflate_crc32 libdeflate_adler32)
set(KOMPAKT_PROBE_z deflate deflateInit2_)
set(KOMPAKT_PROBE_lzma lzma_stream_encoder lzma_stream_decoder lzma_index_hash_decode lzma_lzip_decoder)
set(KOMPAKT_PROBE_bz2 BZ2_bzCompress BZ2_bzDecompressInit)
set(KOMPAKT_PROBE_xxhash XXH3_64bits_update XXH64 XXH32)
set(KOMPAKT_PROBE_sodium crypto_generichash_update crypto_hash_sha256_update sodium_init)

# kompakt_fits_shared(VARIABLE LIBRARY...): whether these can be linked into a shared object without text relocations.
function(kompakt_fits_shared variable)
  set(options -shared -Wl,-z,text -Wl,-Bsymbolic)
  set(archives)
  foreach(library IN LISTS ARGN)
    list(APPEND archives ${KOMPAKT_LIBRARY_${library}})
    if(KOMPAKT_PROBE_${library})
      foreach(function IN LISTS KOMPAKT_PROBE_${library})
        list(APPEND options -Wl,-u,${function})
      endforeach()
    else()
      list(APPEND options -Wl,--whole-archive ${KOMPAKT_LIBRARY_${library}} -Wl,--no-whole-archive)
    endif()
  endforeach()
  file(WRITE ${PROJECT_BINARY_DIR}/CMakeFiles/fits_shared.cpp "")
  try_compile(${variable} ${PROJECT_BINARY_DIR}/CMakeFiles/fits_shared
              SOURCES ${PROJECT_BINARY_DIR}/CMakeFiles/fits_shared.cpp
              LINK_OPTIONS ${options} LINK_LIBRARIES ${archives} -Wl,--exclude-libs,ALL)
endfunction()

add_library(kompakt_shared_dependencies INTERFACE)
set(left)
foreach(library IN LISTS KOMPAKT_LIBRARY_NAMES)
  if(KOMPAKT_LIBRARY_${library} MATCHES "\\.a$")
    if(NOT DEFINED KOMPAKT_SHARED_FIT_${library})
      kompakt_fits_shared(KOMPAKT_SHARED_FIT_${library} ${library})
    endif()
  endif()
  if(KOMPAKT_SHARED_FIT_${library})
    target_link_libraries(kompakt_shared_dependencies INTERFACE ${KOMPAKT_LIBRARY_${library}})
  else()
    find_library(KOMPAKT_SHARED_LIBRARY_${library} NAMES ${library} REQUIRED)
    mark_as_advanced(KOMPAKT_SHARED_LIBRARY_${library})
    target_link_libraries(kompakt_shared_dependencies INTERFACE ${KOMPAKT_SHARED_LIBRARY_${library}})
    list(APPEND left ${library})
  endif()
endforeach()
message(STATUS "Shared objects hold their third-party libraries, but for: ${left}")
target_link_libraries(kompakt_shared_dependencies INTERFACE ${CMAKE_DL_LIBS})
