// The names lz4, unlz4, lz4cat.
#include <algorithm>

#include "applet.hpp"
#include "inputs.hpp"
#include "kompakt/naming.hpp"
#include "kompakt/sizes.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kFormats = {Format::kLz4};
constexpr std::string_view kDigits = "0123456789";

constexpr std::array kOptions = {
    OptionRow{"compress", 'z', Key::kMode, "compress"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"uncompress", '\0', Key::kMode, "decompress"},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"list", '\0', Key::kMode, "list"},
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"to-stdout", '\0', Key::kOutput, "-"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"rm", '\0', Key::kRemove, "remove"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"no-force", '\0', Key::kIgnored, "on"},
    OptionRow{"multiple", 'm', Key::kMultiple, "on"},
    OptionRow{"", 'r', Key::kRecursive, "on"},
    OptionRow{"", 'D', Key::kDictionary, ""},
    OptionRow{"", 'B', Key::kFrameFlags, "7", false, "0123456789DIX"},
    OptionRow{"no-frame-crc", '\0', Key::kCheck, "none"},
    OptionRow{"frame-crc", '\0', Key::kCheck, "xxh32"},
    OptionRow{"threads", 'T', Key::kThreads, "0", false, kDigits},
    OptionRow{"fast", '\0', Key::kLevel, "-1", false, "=", "-"},
    OptionRow{"best", '\0', Key::kLevel, "12"},
    OptionRow{"quiet", 'q', Key::kQuiet, "on"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"", 'H', Key::kHelp, "on"},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"content-size", '\0', Key::kIgnored, "on"},
    OptionRow{"no-content-size", '\0', Key::kIgnored, "on"},
    OptionRow{"sparse", '\0', Key::kIgnored, "on"},
    OptionRow{"no-sparse", '\0', Key::kIgnored, "on"},
    OptionRow{"sparse-support", '\0', Key::kIgnored, "on"},
    OptionRow{"no-sparse-support", '\0', Key::kIgnored, "on"},
    OptionRow{"favor-decSpeed", '\0', Key::kIgnored, "on"},
    OptionRow{"", 'l', Key::kRefused, "on"},
    OptionRow{"", 'b', Key::kRefused, "on", false, kDigits},
    OptionRow{"", 'e', Key::kRefused, "on", false, kDigits},
    OptionRow{"", 'i', Key::kRefused, "on", false, kDigits},
};

constexpr Family kLz4{.program = "lz4",
                      .formats = kFormats,
                      .refuses_suffix = false,
                      .unknown_suffix = UnknownSuffix::kFail,
                      .skipped = Exit::kError,
                      .warning_code = 0,
                      .corrupt_code = 1,
                      .own_codes = false};

/// The smallest block size that frames can have and that holds `wanted`: 4 to 7 name one each.
std::uint64_t block_size_of(std::uint64_t wanted) {
  if (wanted >= 4 && wanted <= 7) {
    return std::uint64_t{1} << (8 + 2 * wanted);
  }
  for (const unsigned bits : {16U, 18U, 20U}) {
    if (wanted <= std::uint64_t{1} << bits) {
      return std::uint64_t{1} << bits;
    }
  }
  return 4 * kMiB;
}

Status block_flags(Arguments& arguments) {
  const auto flags = arguments.options.find(Key::kFrameFlags);
  if (flags == arguments.options.end()) {
    return {};
  }
  // Linked blocks and checks of single blocks change nothing that a reader could miss.
  std::string digits;
  for (const auto& value : flags->second.all) {
    std::copy_if(value.begin(), value.end(), std::back_inserter(digits),
                 [](char c) { return kDigits.find(c) != std::string_view::npos; });
  }
  if (digits.empty()) {
    return {};
  }
  const auto number = parse_number(digits, 1U << 30U);
  if (!number.ok() || *number < 4) {
    return {Code::kInvalidArgument, "-B: block sizes are 4 to 7, or at least 32 bytes"};
  }
  arguments.options[Key::kBlockSize] =
      Given{std::to_string(block_size_of(*number)), "-B", 1, false};
  return {};
}

/// Without -m the second name is the output, and a single NAME.lz4 is to be decompressed.
void positional(Arguments& arguments) {
  auto& names = arguments.names;
  const Given* mode = arguments.find(Key::kMode);
  const bool many = arguments.find(Key::kMultiple) != nullptr ||
                    arguments.find(Key::kRecursive) != nullptr ||
                    (mode != nullptr && (mode->value == "list" || mode->value == "test"));
  for (auto& name : names) {
    name = name == "stdin" || name == "stdout" ? "-" : name;
  }
  if (mode == nullptr && !names.empty() && has_suffix(names.front(), ".lz4")) {
    arguments.options[Key::kMode] = Given{"decompress", "-d", 1, false};
  }
  if (many || names.size() < 2 || arguments.find(Key::kOutput) != nullptr) {
    return;
  }
  const std::string output = names[1] == "null" ? "/dev/null" : names[1];
  arguments.options[Key::kOutput] = Given{output, output, 1, false};
  names.erase(names.begin() + 1);
}

Status adapt(Arguments& arguments) {
  positional(arguments);
  return block_flags(arguments);
}

Status finish(const Arguments& /*arguments*/, const World& /*world*/, Request& request) {
  expand_directories(request, false);
  return {};
}

}  // namespace

const Tool& lz4_tool() noexcept {
  static constexpr std::array<std::pair<std::string_view, Key>, 2> kVariables = {
      {{"LZ4_CLEVEL", Key::kLevel}, {"LZ4_NBWORKERS", Key::kThreads}}};
  static constexpr Tool kTool{
      .family = &kLz4,
      .syntax = {.rows = kOptions, .level_digits = kDigits, .long_levels = true, .last_wins = true},
      .list = ListStyle::kLz4,
      .value_variables = kVariables,
      .adapt = adapt,
      .finish = finish};
  return kTool;
}

}  // namespace kompakt::cli
