// The names bzip2, bunzip2, bzcat and those of lbzip2.
#include "applet.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kFormats = {Format::kBzip2};
constexpr std::array kOldSuffixes = {SuffixRule{".bz", ""}, SuffixRule{".tbz", ".tar"}};

constexpr std::array kOptions = {
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"compress", 'z', Key::kMode, "compress"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"license", 'L', Key::kVersion, "on"},
    OptionRow{"quiet", 'q', Key::kQuiet, "on"},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"fast", '\0', Key::kLevel, "1"},
    OptionRow{"best", '\0', Key::kLevel, "9"},
    OptionRow{"small", 's', Key::kIgnored, "on"},
    OptionRow{"exponential", '\0', Key::kIgnored, "on"},
    OptionRow{"repetitive-fast", '\0', Key::kIgnored, "on"},
    OptionRow{"repetitive-best", '\0', Key::kIgnored, "on"},
};

constexpr std::array kMoreOptions = {
    OptionRow{"parallel", 'n', Key::kThreads, ""},
    OptionRow{"sequential", 'u', Key::kIgnored, "on"},
    OptionRow{"debug", 'S', Key::kIgnored, "on"},
};

constexpr auto kLbzip2Options = [] {
  std::array<OptionRow, kOptions.size() + kMoreOptions.size()> rows{};
  std::size_t at = 0;
  for (const OptionRow& row : kOptions) {
    rows[at++] = row;
  }
  for (const OptionRow& row : kMoreOptions) {
    rows[at++] = row;
  }
  return rows;
}();

constexpr Family kBzip2{.program = "bzip2",
                        .formats = kFormats,
                        .old_suffixes = kOldSuffixes,
                        .removes_source = true,
                        .force_repacks = false,
                        .unknown_suffix = UnknownSuffix::kGuess,
                        .skipped = Exit::kError,
                        .packed = Exit::kError,
                        .garbage = Exit::kOk,
                        .symlink = Exit::kError,
                        .hard_link = Exit::kError,
                        .hard_link_with_keep = true,
                        .warning_code = 0,
                        .corrupt_code = 2,
                        .own_codes = false};

constexpr auto kLbzip2 = [] {
  Family family = kBzip2;
  family.program = "lbzip2";
  family.corrupt_code = 1;
  return family;
}();

constexpr std::array<std::string_view, 2> kVariables = {"BZIP", "BZIP2"};

constexpr Tool tool_of(const Family& family, std::span<const OptionRow> rows) {
  return {.family = &family,
          .syntax = {.rows = rows,
                     .level_digits = "123456789",
                     .last_wins = true,
                     .any_in_environment = true},
          .option_variables = kVariables};
}

}  // namespace

const Tool& bzip2_tool() noexcept {
  static constexpr Tool kTool = tool_of(kBzip2, kOptions);
  return kTool;
}

const Tool& lbzip2_tool() noexcept {
  static constexpr Tool kTool = tool_of(kLbzip2, kLbzip2Options);
  return kTool;
}

}  // namespace kompakt::cli
