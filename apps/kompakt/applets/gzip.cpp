// The names gzip, gunzip, zcat, gzcat, pigz, unpigz.
#include <algorithm>

#include "applet.hpp"
#include "inputs.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kGzipFormats = {Format::kGzip};
constexpr std::array kPigzFormats = {Format::kGzip, Format::kZlib};
constexpr std::array kOldSuffixes = {
    SuffixRule{"-gz", ""}, SuffixRule{".z", ""},       SuffixRule{"-z", ""},
    SuffixRule{"_z", ""},  SuffixRule{".taz", ".tar"},
};
constexpr std::array<std::string_view, 4> kTriedSuffixes = {".gz", ".z", "-z", "-gz"};

constexpr std::array kGzipOptions = {
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"to-stdout", '\0', Key::kOutput, "-"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"uncompress", '\0', Key::kMode, "decompress"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"list", 'l', Key::kMode, "list"},
    OptionRow{"license", 'L', Key::kVersion, "on"},
    OptionRow{"no-name", 'n', Key::kName, "off", true},
    OptionRow{"name", 'N', Key::kName, "on", true},
    OptionRow{"quiet", 'q', Key::kQuiet, "on", true},
    OptionRow{"silent", '\0', Key::kQuiet, "on", true},
    OptionRow{"recursive", 'r', Key::kRecursive, "on"},
    OptionRow{"suffix", 'S', Key::kSuffix, ""},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on", true},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"fast", '\0', Key::kLevel, "1", true},
    OptionRow{"best", '\0', Key::kLevel, "9", true},
    OptionRow{"ascii", 'a', Key::kIgnored, "on", true},
    OptionRow{"rsyncable", '\0', Key::kIgnored, "on", true},
    OptionRow{"synchronous", '\0', Key::kIgnored, "on", true},
};

constexpr std::array kPigzOptions = {
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"to-stdout", '\0', Key::kOutput, "-"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"uncompress", '\0', Key::kMode, "decompress"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"list", 'l', Key::kMode, "list"},
    OptionRow{"license", 'L', Key::kVersion, "on"},
    OptionRow{"no-name", 'n', Key::kName, "off"},
    OptionRow{"name", 'N', Key::kName, "on"},
    OptionRow{"no-time", 'm', Key::kTime, "off"},
    OptionRow{"time", 'M', Key::kTime, "on"},
    OptionRow{"processes", 'p', Key::kThreads, ""},
    OptionRow{"quiet", 'q', Key::kQuiet, "on"},
    OptionRow{"silent", '\0', Key::kQuiet, "on"},
    OptionRow{"recursive", 'r', Key::kRecursive, "on"},
    OptionRow{"suffix", 'S', Key::kSuffix, ""},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"zlib", 'z', Key::kFormat, "zlib"},
    OptionRow{"fast", '\0', Key::kLevel, "1"},
    OptionRow{"best", '\0', Key::kLevel, "9"},
    OptionRow{"alias", 'A', Key::kIgnored, ""},
    OptionRow{"blocksize", 'b', Key::kIgnored, ""},
    OptionRow{"first", 'F', Key::kIgnored, "on"},
    OptionRow{"huffman", 'H', Key::kIgnored, "on"},
    OptionRow{"independent", 'i', Key::kIgnored, "on"},
    OptionRow{"iterations", 'I', Key::kIgnored, ""},
    OptionRow{"maxsplits", 'J', Key::kIgnored, ""},
    OptionRow{"oneblock", 'O', Key::kIgnored, "on"},
    OptionRow{"rsyncable", 'R', Key::kIgnored, "on"},
    OptionRow{"rle", 'U', Key::kIgnored, "on"},
    OptionRow{"synchronous", 'Y', Key::kIgnored, "on"},
    OptionRow{"comment", 'C', Key::kRefused, ""},
    OptionRow{"zip", 'K', Key::kRefused, "on"},
};

constexpr Family kGzip{.program = "gzip",
                       .formats = kGzipFormats,
                       .old_suffixes = kOldSuffixes,
                       .removes_source = true,
                       .unknown_suffix = UnknownSuffix::kSkip,
                       .packed = Exit::kOk,
                       .exists = Exit::kWarning,
                       .symlink = Exit::kError,
                       .hard_link = Exit::kWarning,
                       .hard_link_with_keep = true,
                       .warning_code = 2,
                       .corrupt_code = 1,
                       .own_codes = false};
constexpr Family kPigz{.program = "pigz",
                       .formats = kPigzFormats,
                       .old_suffixes = kOldSuffixes,
                       .removes_source = true,
                       .unknown_suffix = UnknownSuffix::kFail,
                       .skipped = Exit::kError,
                       .packed = Exit::kError,
                       .garbage = Exit::kOk,
                       .symlink = Exit::kError,
                       .warning_code = 0,
                       .corrupt_code = 1,
                       .usage_code = 22,
                       .own_codes = false};

/// Some modes are stronger than -d, wherever they stand: nothing is removed by `gzip -td`.
void prefer(Arguments& arguments, std::string_view mode) {
  const auto found = arguments.options.find(Key::kMode);
  if (found != arguments.options.end() &&
      std::find(found->second.all.begin(), found->second.all.end(), mode) !=
          found->second.all.end()) {
    found->second.value = mode;
  }
}

Status adapt_gzip(Arguments& arguments) {
  prefer(arguments, "test");
  prefer(arguments, "list");
  return {};
}

Status adapt_pigz(Arguments& arguments) {
  prefer(arguments, "list");
  return {};
}

Status finish(const Arguments& /*arguments*/, const World& world, Request& request) {
  complete_names(world, request, kTriedSuffixes);
  expand_directories(request, true);
  return {};
}

}  // namespace

const Tool& gzip_tool() noexcept {
  static constexpr std::array<std::string_view, 1> kVariables = {"GZIP"};
  static constexpr Tool kTool{.family = &kGzip,
                              .syntax = {.rows = kGzipOptions,
                                         .level_digits = "123456789",
                                         .last_wins = true,
                                         .abbreviations = true},
                              .list = ListStyle::kGzip,
                              .option_variables = kVariables,
                              .adapt = adapt_gzip,
                              .finish = finish};
  return kTool;
}

const Tool& pigz_tool() noexcept {
  static constexpr std::array<std::string_view, 2> kVariables = {"PIGZ", "GZIP"};
  static constexpr Tool kTool{.family = &kPigz,
                              .syntax = {.rows = kPigzOptions,
                                         .level_digits = "0123456789",
                                         .long_levels = true,
                                         .last_wins = true,
                                         .any_in_environment = true},
                              .list = ListStyle::kPigz,
                              .option_variables = kVariables,
                              .adapt = adapt_pigz,
                              .finish = finish};
  return kTool;
}

}  // namespace kompakt::cli
