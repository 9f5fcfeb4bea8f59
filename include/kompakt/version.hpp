/// \file
/// Which library this is and what it can do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kompakt/export.h"

namespace kompakt {

/// "0.1.0": of the library that the program runs with, which with a shared library may be another
/// one than the headers came from.
[[nodiscard]] KOMPAKT_API std::string_view version() noexcept;

/// What this build reads and writes.
struct Features {
  /// Name and version.
  struct Library {
    std::string name;
    std::string version;
  };
  std::vector<std::string> formats;   ///< of streams, as find_format() takes them
  std::vector<std::string> codecs;    ///< of .warp, as parse_codec_spec() takes them
  std::vector<std::string> archives;  ///< kinds that are written: "tar", "zip", "warp"
  /// Kinds that are read besides, by libarchive; empty where that is not installed.
  std::vector<std::string> foreign_archives;
  std::vector<Library> libraries;  ///< that it stands on, by name
};
/// Looks for libarchive on the first call.
[[nodiscard]] KOMPAKT_API Features features();

}  // namespace kompakt
