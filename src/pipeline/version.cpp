// Which library this is and what it can do.
#include "kompakt/version.hpp"

#include <blake3.h>
#include <brotli/decode.h>
#include <bzlib.h>
#include <isa-l.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lzma.h>
#include <snappy.h>
#include <sodium.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "archive/foreign/foreign.hpp"
#include "archive/foreign/library.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/format.hpp"

namespace kompakt {
namespace {

std::string dotted(unsigned major, unsigned minor, unsigned patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::vector<Features::Library> library_versions() {
  const unsigned brotli = BrotliDecoderVersion();
  const unsigned xxhash = XXH_versionNumber();
  const std::string bzip2 = BZ2_bzlibVersion();
  return {
      {"BLAKE3", blake3_version()},
      {"brotli", dotted(brotli >> 24U, (brotli >> 12U) & 0xFFFU, brotli & 0xFFFU)},
      {"bzip2", bzip2.substr(0, bzip2.find(','))},
      {"isa-l", dotted(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION)},
      {"libdeflate", LIBDEFLATE_VERSION_STRING},
      {"liblzma", lzma_version_string()},
      {"libsodium", sodium_version_string()},
      {"lz4", LZ4_versionString()},
      {"snappy", dotted(SNAPPY_MAJOR, SNAPPY_MINOR, SNAPPY_PATCHLEVEL)},
      {"xxhash", dotted(xxhash / 10000, xxhash / 100 % 100, xxhash % 100)},
      {"zlib", zlibVersion()},
      {"zstd", ZSTD_versionString()},
  };
}

}  // namespace

std::string_view version() noexcept { return KOMPAKT_VERSION; }

Features features() {
  Features found;
  for (const FormatInfo& format : all_formats()) {
    found.formats.emplace_back(format.name);
  }
  for (const Codec* codec : all_codecs()) {
    found.codecs.emplace_back(codec->info().name);
  }
  found.archives = {"tar", "zip", "warp"};
  if (archive_library().ok()) {
    for (const ForeignKind kind :
         {ForeignKind::k7Zip, ForeignKind::kCpio, ForeignKind::kIso9660, ForeignKind::kRar,
          ForeignKind::kRar5, ForeignKind::kCab, ForeignKind::kAr, ForeignKind::kXar,
          ForeignKind::kLha, ForeignKind::kWarc}) {
      found.foreign_archives.emplace_back(foreign_name(kind));
    }
  }
  found.libraries = library_versions();
  return found;
}

}  // namespace kompakt
