/// \file
/// Every option of both command lines. help_table.cpp and docs/cli.md say what they do.
#pragma once

#include <array>

#include "arguments.hpp"

namespace kompakt::cli {

/// An option that may be given many times, each with an argument of its own.
constexpr OptionRow adding(std::string_view name, Key key) {
  return {.name = name, .key = key, .value = "", .repeats = true};
}

inline constexpr std::array kOptions = {
    OptionRow{"compress", 'z', Key::kMode, "compress"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"uncompress", '\0', Key::kMode, "decompress"},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"list", 'l', Key::kMode, "list"},
    // -c is an output like any other, so that -c and -o contradict each other by themselves.
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"to-stdout", '\0', Key::kOutput, "-"},
    OptionRow{"output", 'o', Key::kOutput, ""},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"rm", '\0', Key::kRemove, "remove"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"recursive", 'r', Key::kRecursive, "on"},
    OptionRow{"quiet", 'q', Key::kQuiet, "on"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on", true},
    OptionRow{"suffix", 'S', Key::kSuffix, ""},
    OptionRow{"threads", 'T', Key::kThreads, "", true},
    OptionRow{"memory", 'M', Key::kMemory, "", true},
    OptionRow{"format", 'F', Key::kFormat, "", true},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"fast", '\0', Key::kLevel, "fast", true, "=", "-"},
    OptionRow{"best", '\0', Key::kLevel, "best", true},
    OptionRow{"level", '\0', Key::kLevel, "", true},
    OptionRow{"codec", '\0', Key::kCodec, "", true},
    OptionRow{"ultra", '\0', Key::kUltra, "on"},
    OptionRow{"extreme", 'e', Key::kExtreme, "on"},
    OptionRow{"chunk-size", '\0', Key::kBlockSize, "", true},
    OptionRow{"block-size", '\0', Key::kBlockSize, "", true},
    OptionRow{"solid", '\0', Key::kSolid, "on"},
    OptionRow{"seekable", '\0', Key::kSeekable, "on"},
    OptionRow{"long", '\0', Key::kLong, "27", false, "="},
    OptionRow{"check", '\0', Key::kCheck, ""},
    OptionRow{"no-check", '\0', Key::kCheck, "none"},
    OptionRow{"dictionary", 'D', Key::kDictionary, ""},
    OptionRow{"checksum", '\0', Key::kChecksum, "", true},
    OptionRow{"progress", '\0', Key::kProgress, "on", true},
    OptionRow{"no-progress", '\0', Key::kProgress, "off", true},
    OptionRow{"json", '\0', Key::kJson, "on"},
    OptionRow{"verify", '\0', Key::kVerify, "on", true},
    OptionRow{"max-output", '\0', Key::kMaxOutput, "", true},
    OptionRow{"warp-version", '\0', Key::kWarpVersion, "", true},
    OptionRow{"no-name", 'n', Key::kName, "off", true},
    OptionRow{"name", 'N', Key::kName, "on", true},
    OptionRow{"no-sync", '\0', Key::kSync, "off", true},
    OptionRow{"sync", '\0', Key::kSync, "on", true},
    OptionRow{"keep-going", '\0', Key::kKeepGoing, "on"},
    OptionRow{"range", '\0', Key::kRange, ""},
    OptionRow{"lines", '\0', Key::kLines, ""},
    OptionRow{"index", '\0', Key::kIndex, "on"},
    OptionRow{"spacing", '\0', Key::kSpacing, ""},
    OptionRow{"from", '\0', Key::kFrom, ""},
    // Archives and folders.
    OptionRow{"archive", '\0', Key::kArchive, "on"},
    OptionRow{"directory", 'C', Key::kDirectory, ""},
    adding("include", Key::kInclude),
    adding("exclude", Key::kExclude),
    adding("exclude-from", Key::kExcludeFrom),
    adding("files-from", Key::kFilesFrom),
    adding("files-from0", Key::kFilesFrom0),
    OptionRow{"null", '\0', Key::kNull, "on"},
    OptionRow{"reproducible", '\0', Key::kReproducible, "on", true},
    OptionRow{"zip-method", '\0', Key::kZipMethod, "", true},
    OptionRow{"one-file-system", '\0', Key::kOneFileSystem, "on", true},
    OptionRow{"dereference", 'L', Key::kDereference, "on"},
    OptionRow{"xattrs", '\0', Key::kXattrs, "on", true},
    OptionRow{"no-xattrs", '\0', Key::kXattrs, "off", true},
    OptionRow{"same-owner", '\0', Key::kOwner, "on", true},
    OptionRow{"no-same-owner", '\0', Key::kOwner, "off", true},
    OptionRow{"overwrite", '\0', Key::kForce, "on"},
    OptionRow{"skip-existing", '\0', Key::kSkipExisting, "on"},
    OptionRow{"strip-components", '\0', Key::kStrip, ""},
    OptionRow{"allow-devices", '\0', Key::kDevices, "on"},
    OptionRow{"allow-setuid", '\0', Key::kSetuid, "on"},
    OptionRow{"max-ratio", '\0', Key::kMaxRatio, "", true},
    OptionRow{"max-entries", '\0', Key::kMaxEntries, "", true},
};

/// The same for the verb 'index', where --lines takes no argument.
inline constexpr auto kIndexOptions = [] {
  auto rows = kOptions;
  for (OptionRow& row : rows) {
    if (row.key == Key::kLines) {
      row.value = "count";
    }
  }
  return rows;
}();

inline constexpr std::array kWarpCompressOptions = {
    OptionRow{"threads", '\0', Key::kThreads, ""},
    OptionRow{"chunk-size", '\0', Key::kBlockSize, ""},
    OptionRow{"zstd-level", '\0', Key::kZstdLevel, ""},
    OptionRow{"zstd-threads", '\0', Key::kZstdThreads, ""},
    OptionRow{"brotli-quality", '\0', Key::kBrotliQuality, ""},
    OptionRow{"checksum", '\0', Key::kChecksum, ""},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"level", '\0', Key::kLevel, ""},
    OptionRow{"algo", '\0', Key::kMethod, ""},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
};

}  // namespace kompakt::cli
