/// \file
/// From words to options: the syntax of the command line, without its meaning.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/status.hpp"

namespace kompakt::cli {

/// What an option sets. Options that exclude each other share a key.
enum class Key : std::uint8_t {
  kMode,
  kOutput,
  kForce,
  kRemove,
  kRecursive,
  kVerify,
  kKeepGoing,
  kJson,
  kName,
  kSync,
  kVerbose,
  kQuiet,
  kProgress,
  kSuffix,
  kLevel,
  kCodec,
  kBlockSize,
  kSolid,
  kChecksum,
  kThreads,
  kMemory,
  kMaxOutput,
  kWarpVersion,
  kRange,
  kLines,
  kFormat,
  kFrom,
  kUltra,
  kExtreme,
  kSeekable,
  kLong,
  kCheck,
  kDictionary,
  kIndex,
  kSpacing,
  kArchive,
  kDirectory,
  kInclude,
  kExclude,
  kExcludeFrom,
  kFilesFrom,
  kFilesFrom0,
  kNull,
  kReproducible,
  kZipMethod,
  kOneFileSystem,
  kDereference,
  kXattrs,
  kOwner,
  kSkipExisting,
  kStrip,
  kDevices,
  kSetuid,
  kMaxRatio,
  kMaxEntries,
  kHelp,
  kVersion,
  kZstdLevel,
  kZstdThreads,
  kBrotliQuality,
  kMethod,
  // Of multi-call names only.
  kFrameFlags,  ///< lz4 -B4, -BD
  kTime,
  kPassThrough,
  kMultiple,  ///< lz4 -m
  kCalmExit,  ///< xz -Q
  kRobot,
  kWindow,   ///< brotli -w
  kIgnored,  ///< accepted, because it changes nothing that can be seen
  kRefused,
};

struct OptionRow {
  std::string_view name;  ///< without its dashes; empty: there is no long form
  char letter = '\0';     ///< '\0': there is no short form
  Key key{};
  std::string_view value;       ///< what a flag sets; empty: the option takes an argument
  bool in_environment = false;  ///< the environment may hold it
  /// Not empty: a flag that may be followed by an argument, --name=ARGUMENT or, of these characters
  /// only, glued to the letter.
  std::string_view attached = {};
  std::string_view prefix = {};  ///< put before an attached argument
  bool repeats = false;          ///< each time adds a value: they do not contradict each other
};

/// One option as it was given.
struct Given {
  std::string value;
  std::string spelling;  ///< for messages
  int count = 0;
  bool from_environment = false;
  std::vector<std::string> all = {};  ///< every value in order
};

struct Arguments {
  std::map<Key, Given> options;
  std::vector<std::string> names;  ///< everything that is no option
  bool plain_first = false;        ///< names[0] came after "--" and is never a verb

  [[nodiscard]] const Given* find(Key key) const {
    const auto found = options.find(key);
    return found == options.end() ? nullptr : &found->second;
  }
};

struct Syntax {
  std::span<const OptionRow> rows;
  std::string_view level_digits = {};  ///< those which set Key::kLevel: -9
  bool long_levels = false;            ///< digits in a row are one level: -19
  bool last_wins = false;              ///< instead of refusing what contradicts itself
  bool abbreviations = false;          ///< long options may be cut where that is unambiguous
  bool any_in_environment = false;     ///< the environment may hold every option
};

/// Reads `words`. Flags may be clustered, arguments be glued on or follow, and the order is free.
/// kInvalidArgument naming the word for an unknown option, a missing or unwanted argument, and,
/// unless the syntax says otherwise, for two options that contradict each other.
[[nodiscard]] Result<Arguments> parse_arguments(std::span<const std::string> words,
                                                const Syntax& syntax);

/// Options from an environment variable: parted at blanks, only those that may stand there, and
/// each only where `arguments` leave it open.
[[nodiscard]] Status add_defaults(Arguments& arguments, std::string_view variable,
                                  std::string_view content, const Syntax& syntax);

}  // namespace kompakt::cli
