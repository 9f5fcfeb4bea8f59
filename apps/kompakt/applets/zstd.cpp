// The names zstd, zstdmt, unzstd, zstdcat.
#include <fmt/format.h>

#include <algorithm>

#include "applet.hpp"
#include "inputs.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kFormats = {Format::kZstd, Format::kGzip, Format::kXz, Format::kLz4};
constexpr std::array kOldSuffixes = {SuffixRule{".lzma", ""}};
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSize = "0123456789KMGiB";

constexpr std::array kOptions = {
    OptionRow{"compress", 'z', Key::kMode, "compress"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"uncompress", '\0', Key::kMode, "decompress"},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"list", 'l', Key::kMode, "list"},
    OptionRow{"", 'o', Key::kOutput, ""},
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"rm", '\0', Key::kRemove, "remove"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"", 'D', Key::kDictionary, ""},
    OptionRow{"quiet", 'q', Key::kQuiet, "on"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"", 'r', Key::kRecursive, "on"},
    OptionRow{"threads", 'T', Key::kThreads, "0", false, kDigits},
    OptionRow{"single-thread", '\0', Key::kThreads, "1"},
    OptionRow{"block-size", 'B', Key::kFrameFlags, "0", false, kSize},
    OptionRow{"memory", 'M', Key::kMemory, "0", false, kSize},
    OptionRow{"memlimit", '\0', Key::kMemory, "0", false, kSize},
    OptionRow{"memlimit-decompress", '\0', Key::kMemory, "0", false, kSize},
    OptionRow{"ultra", '\0', Key::kUltra, "on"},
    OptionRow{"fast", '\0', Key::kLevel, "-1", false, "=", "-"},
    OptionRow{"long", '\0', Key::kLong, "27", false, "="},
    OptionRow{"check", 'C', Key::kCheck, "xxh64"},
    OptionRow{"no-check", '\0', Key::kCheck, "none"},
    OptionRow{"format", '\0', Key::kFormat, ""},
    OptionRow{"pass-through", '\0', Key::kPassThrough, "on"},
    OptionRow{"no-pass-through", '\0', Key::kPassThrough, "off"},
    OptionRow{"help", 'H', Key::kHelp, "on"},
    OptionRow{"", 'h', Key::kHelp, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"sparse", '\0', Key::kIgnored, "on"},
    OptionRow{"no-sparse", '\0', Key::kIgnored, "on"},
    OptionRow{"asyncio", '\0', Key::kIgnored, "on"},
    OptionRow{"no-asyncio", '\0', Key::kIgnored, "on"},
    OptionRow{"progress", '\0', Key::kIgnored, "on"},
    OptionRow{"no-progress", '\0', Key::kIgnored, "on"},
    OptionRow{"adapt", '\0', Key::kIgnored, "on", false, "="},
    OptionRow{"rsyncable", '\0', Key::kIgnored, "on"},
    OptionRow{"content-size", '\0', Key::kIgnored, "on"},
    OptionRow{"no-content-size", '\0', Key::kIgnored, "on"},
    OptionRow{"no-dictID", '\0', Key::kIgnored, "on"},
    OptionRow{"compress-literals", '\0', Key::kIgnored, "on"},
    OptionRow{"no-compress-literals", '\0', Key::kIgnored, "on"},
    OptionRow{"row-match-finder", '\0', Key::kIgnored, "on"},
    OptionRow{"no-row-match-finder", '\0', Key::kIgnored, "on"},
    OptionRow{"exclude-compressed", '\0', Key::kIgnored, "on"},
    OptionRow{"auto-threads", '\0', Key::kIgnored, ""},
    OptionRow{"stream-size", '\0', Key::kIgnored, ""},
    OptionRow{"size-hint", '\0', Key::kIgnored, ""},
    OptionRow{"target-compressed-block-size", '\0', Key::kIgnored, ""},
    OptionRow{"priority", '\0', Key::kIgnored, ""},
    OptionRow{"filelist", '\0', Key::kRefused, ""},
    OptionRow{"output-dir-flat", '\0', Key::kRefused, ""},
    OptionRow{"output-dir-mirror", '\0', Key::kRefused, ""},
    OptionRow{"patch-from", '\0', Key::kRefused, ""},
    OptionRow{"trace", '\0', Key::kRefused, ""},
    OptionRow{"zstd", '\0', Key::kRefused, ""},
    OptionRow{"train", '\0', Key::kRefused, "on"},
    OptionRow{"train-cover", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"train-fastcover", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"train-legacy", '\0', Key::kRefused, "on", false, "="},
    OptionRow{"maxdict", '\0', Key::kRefused, ""},
    OptionRow{"dictID", '\0', Key::kRefused, ""},
    OptionRow{"", 'b', Key::kRefused, "on", false, kDigits},
    OptionRow{"", 'e', Key::kRefused, "on", false, kDigits},
    OptionRow{"", 'i', Key::kRefused, "on", false, kDigits},
};

constexpr Family kZstd{.program = "zstd",
                       .formats = kFormats,
                       .old_suffixes = kOldSuffixes,
                       .refuses_suffix = false,
                       .unknown_suffix = UnknownSuffix::kFail,
                       .skipped = Exit::kError,
                       .symlink = Exit::kError,
                       .warning_code = 0,
                       .corrupt_code = 1,
                       .own_codes = false};

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string::npos;
}

Status adapt(Arguments& arguments) {
  // -B is about the jobs of its own threads: another cut would only change the bytes.
  arguments.options.erase(Key::kFrameFlags);
  const auto memory = arguments.options.find(Key::kMemory);
  // Without a unit these are mebibytes.
  if (memory != arguments.options.end() && is_number(memory->second.value)) {
    memory->second.value += "M";
  }
  const auto format = arguments.options.find(Key::kFormat);
  if (format != arguments.options.end() && format->second.value == "lzma") {
    return {Code::kUnsupported, "--format: lzma is read, but not written"};
  }
  // Windows that a frame may have are bounded by the memory ceiling, not by --long.
  const Given* mode = arguments.find(Key::kMode);
  if (mode != nullptr && mode->value != "compress") {
    arguments.options.erase(Key::kLong);
  }
  return {};
}

Status finish(const Arguments& arguments, const World& /*world*/, Request& request) {
  if (const Given* pass = arguments.find(Key::kPassThrough); pass != nullptr) {
    request.pass_unknown = pass->value == "on" && request.verb == Verb::kDecompress;
  }
  expand_directories(request, false);
  return {};
}

}  // namespace

const Tool& zstd_tool() noexcept {
  static constexpr std::array<std::pair<std::string_view, Key>, 2> kVariables = {
      {{"ZSTD_CLEVEL", Key::kLevel}, {"ZSTD_NBTHREADS", Key::kThreads}}};
  static constexpr Tool kTool{
      .family = &kZstd,
      .syntax = {.rows = kOptions, .level_digits = kDigits, .long_levels = true, .last_wins = true},
      .list = ListStyle::kZstd,
      .value_variables = kVariables,
      .adapt = adapt,
      .finish = finish};
  return kTool;
}

}  // namespace kompakt::cli
