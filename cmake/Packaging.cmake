# `cpack -G DEB`: libkompakt0, libkompakt-dev, kompakt, python3-kompakt. `make packages` builds and tries them.
#
# KOMPAKT_DEBIAN_LAYOUT (with CMAKE_INSTALL_PREFIX=/usr) adds what Debian expects of a package and a plain install does
# without: copyright and changelog below share/doc, compressed man pages, completions in the distribution's folders.
set(CPACK_PACKAGE_NAME kompakt)
set(CPACK_PACKAGE_VENDOR Kompakt)
set(CPACK_PACKAGE_CONTACT "Kompakt maintainers <kompakt@example.org>" CACHE STRING "Who answers for the packages")
# CPack's own default, which it leaves out: each package has a summary of its own as the first line of its description.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${CMAKE_PROJECT_NAME} built using CMake")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# kompakt_package(COMPONENT PACKAGE SECTION SUMMARY DESCRIPTION)
macro(kompakt_package component package section summary description)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${summary}\n${description}")
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  if(KOMPAKT_DEBIAN_LAYOUT)
    install(FILES ${PROJECT_BINARY_DIR}/debian/copyright ${PROJECT_BINARY_DIR}/debian/changelog.Debian.gz
            DESTINATION share/doc/${package} COMPONENT ${component})
  endif()
endmacro()

string(CONCAT about "Kompakt compresses and decompresses with all cores: its own seekable\n"
       "format .warp, and those of gzip, zstd, xz, lz4, bzip2, brotli, snappy and\n"
       "zlib; it packs and extracts archives.")
set(CPACK_COMPONENTS_ALL)
set(soname libkompakt${PROJECT_VERSION_MAJOR})
if(TARGET kompakt_shared)
  kompakt_package(library ${soname} libs "compression in many formats with all cores, shared library"
                  "${about}\n.\nThis package holds the shared library.")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS libarchive13)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/triggers)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${soname} (= ${PROJECT_VERSION}-1), ")
endif()
kompakt_package(development libkompakt-dev libdevel "compression in many formats with all cores, development files"
                "${about}\n.\nThis package holds the headers for C and C++, the static\nlibrary, and the files for CMake and pkg-config.")
# The static library, and pkg-config for it, need those of the third-party libraries.
string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
       "libzstd-dev, liblz4-dev, libsnappy-dev, libbrotli-dev, libdeflate-dev, libisal-dev, zlib1g-dev, liblzma-dev, "
       "libbz2-dev, libxxhash-dev, libsodium-dev")
if(KOMPAKT_TOOLS)
  kompakt_package(tool kompakt utils "compression in many formats with all cores, command-line tool"
                  "${about}\n.\nThis package holds the tool. Links in the names of the stock tools\n(gzip, xz, zstd, ...) lie in /usr/${KOMPAKT_INSTALL_APPLETDIR}, for those\nwho put that folder on PATH.")
  set(CPACK_DEBIAN_TOOL_PACKAGE_RECOMMENDS libarchive13)
  list(APPEND CPACK_COMPONENTS_ALL applets)
  set(CPACK_COMPONENT_TOOL_GROUP tool)
  set(CPACK_COMPONENT_APPLETS_GROUP tool)
  set(CPACK_COMPONENT_GROUP_TOOL_DESCRIPTION "${CPACK_COMPONENT_TOOL_DESCRIPTION}")
endif()
if(TARGET kompakt_python)
  kompakt_package(python python3-kompakt python "compression in many formats with all cores, Python package"
                  "${about}\n.\nThis package holds the module for Python 3.")
  math(EXPR next_minor "${KOMPAKT_PYTHON_MINOR} + 1")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3 (>= 3.${KOMPAKT_PYTHON_MINOR}), python3 (<< 3.${next_minor})")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS libarchive13)
  if(KOMPAKT_DEBIAN_LAYOUT)
    # Byte code is made where the package is installed, and goes with it.
    set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA "${PROJECT_BINARY_DIR}/debian/postinst;${PROJECT_BINARY_DIR}/debian/prerm")
  endif()
endif()

if(KOMPAKT_DEBIAN_LAYOUT)
  # The licences of what the binaries hold: our own, and those that Debian ships with each library.
  set(copyright "Kompakt is under this licence:\n\n")
  file(READ ${PROJECT_SOURCE_DIR}/LICENSE license)
  string(APPEND copyright "${license}")
  foreach(package libzstd-dev liblz4-dev libsnappy-dev libbrotli-dev libdeflate-dev zlib1g-dev liblzma-dev libbz2-dev libhwy-dev
                  libxxhash-dev libsodium-dev librust-blake3-dev libfmt-dev nlohmann-json3-dev pybind11-dev)
    if(EXISTS /usr/share/doc/${package}/copyright)
      file(READ /usr/share/doc/${package}/copyright license)
      string(APPEND copyright "\n\nThe binaries hold parts of the Debian package ${package}, whose file says:\n\n${license}")
    endif()
  endforeach()
  file(WRITE ${PROJECT_BINARY_DIR}/debian/copyright "${copyright}")
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  string(CONCAT changelog "kompakt (${PROJECT_VERSION}-1) unstable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n"
                " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  file(WRITE ${PROJECT_BINARY_DIR}/debian/changelog.Debian "${changelog}")
  execute_process(COMMAND gzip -9nf ${PROJECT_BINARY_DIR}/debian/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
  foreach(script postinst prerm)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/debian/${script} ${PROJECT_BINARY_DIR}/debian/${script} COPYONLY
                   FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
endif()
include(CPack)
