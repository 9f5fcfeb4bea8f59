// The names xz, unxz, xzcat, lzma, unlzma, lzcat.
#include <fmt/format.h>

#include "applet.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kFormats = {Format::kXz};
constexpr std::array kOldSuffixes = {SuffixRule{".lzma", ""}, SuffixRule{".tlz", ".tar"}};

constexpr std::array kOptions = {
    OptionRow{"compress", 'z', Key::kMode, "compress"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"uncompress", '\0', Key::kMode, "decompress"},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"list", 'l', Key::kMode, "list"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"to-stdout", '\0', Key::kOutput, "-"},
    OptionRow{"suffix", 'S', Key::kSuffix, ""},
    OptionRow{"format", 'F', Key::kFormat, ""},
    OptionRow{"check", 'C', Key::kCheck, ""},
    OptionRow{"extreme", 'e', Key::kExtreme, "on"},
    OptionRow{"fast", '\0', Key::kLevel, "0"},
    OptionRow{"best", '\0', Key::kLevel, "9"},
    OptionRow{"threads", 'T', Key::kThreads, ""},
    OptionRow{"memlimit", 'M', Key::kMemory, ""},
    OptionRow{"memory", '\0', Key::kMemory, ""},
    OptionRow{"memlimit-compress", '\0', Key::kMemory, ""},
    OptionRow{"memlimit-decompress", '\0', Key::kMemory, ""},
    OptionRow{"block-size", '\0', Key::kBlockSize, ""},
    OptionRow{"quiet", 'q', Key::kQuiet, "on"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"no-warn", 'Q', Key::kCalmExit, "on"},
    OptionRow{"robot", '\0', Key::kRobot, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"long-help", 'H', Key::kHelp, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"memlimit-mt-decompress", '\0', Key::kIgnored, ""},
    OptionRow{"no-adjust", '\0', Key::kIgnored, "on"},
    OptionRow{"no-sparse", '\0', Key::kIgnored, "on"},
    OptionRow{"flush-timeout", '\0', Key::kIgnored, ""},
    OptionRow{"single-stream", '\0', Key::kRefused, "on"},
    OptionRow{"ignore-check", '\0', Key::kRefused, "on"},
    OptionRow{"block-list", '\0', Key::kRefused, ""},
    OptionRow{"files", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"files0", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"info-memory", '\0', Key::kRefused, "on"},
    OptionRow{"lzma1", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"lzma2", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"x86", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"arm", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"armthumb", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"arm64", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"powerpc", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"ia64", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"sparc", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"delta", '\0', Key::kRefused, "on", false, "="},
};

constexpr Family kXz{.program = "xz",
                     .formats = kFormats,
                     .old_suffixes = kOldSuffixes,
                     .removes_source = true,
                     .force_repacks = false,
                     .unknown_suffix = UnknownSuffix::kSkip,
                     .symlink = Exit::kWarning,
                     .hard_link = Exit::kWarning,
                     .symlink_with_keep = false,
                     .warning_code = 2,
                     .corrupt_code = 1,
                     .own_codes = false};

Status lzma_is_not_written() {
  return {Code::kUnsupported, "the .lzma format is read, but not written: use .xz"};
}

Status adapt(Arguments& arguments) {
  const auto format = arguments.options.find(Key::kFormat);
  if (format == arguments.options.end()) {
    return {};
  }
  const std::string name = format->second.value;
  const Given* mode = arguments.find(Key::kMode);
  const bool writes = mode == nullptr || mode->value == "compress";
  // Both are told by their first bytes.
  arguments.options.erase(format);
  if (name == "auto" || name == "xz") {
    return {};
  }
  if (name == "lzma" || name == "alone") {
    return writes ? lzma_is_not_written() : Status();
  }
  return {Code::kUnsupported, fmt::format("--format: '{}' is not supported by this xz", name)};
}

Status finish(const Arguments& arguments, const World& /*world*/, Request& request) {
  request.calm_exit = arguments.find(Key::kCalmExit) != nullptr;
  if (arguments.find(Key::kRobot) != nullptr) {
    request.list_style = ListStyle::kXzRobot;
  }
  return {};
}

Status finish_lzma(const Arguments& arguments, const World& world, Request& request) {
  return request.verb == Verb::kCompress ? lzma_is_not_written()
                                         : finish(arguments, world, request);
}

// What the first variable leaves open, the second may say.
constexpr std::array<std::string_view, 2> kVariables = {"XZ_OPT", "XZ_DEFAULTS"};

constexpr Tool tool_of(decltype(Tool::finish) finisher) {
  return {.family = &kXz,
          .syntax = {.rows = kOptions,
                     .level_digits = "0123456789",
                     .last_wins = true,
                     .abbreviations = true,
                     .any_in_environment = true},
          .list = ListStyle::kXz,
          .option_variables = kVariables,
          .adapt = adapt,
          .finish = finisher};
}

}  // namespace

const Tool& xz_tool() noexcept {
  static constexpr Tool kTool = tool_of(finish);
  return kTool;
}

const Tool& lzma_tool() noexcept {
  static constexpr Tool kTool = tool_of(finish_lzma);
  return kTool;
}

}  // namespace kompakt::cli
