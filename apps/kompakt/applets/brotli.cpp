// The names brotli, unbrotli, brcat.
#include "applet.hpp"
#include "kompakt/sizes.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kFormats = {Format::kBrotli};

constexpr std::array kOptions = {
    OptionRow{"stdout", 'c', Key::kOutput, "-"},
    OptionRow{"decompress", 'd', Key::kMode, "decompress"},
    OptionRow{"force", 'f', Key::kForce, "on"},
    OptionRow{"help", 'h', Key::kHelp, "on"},
    OptionRow{"rm", 'j', Key::kRemove, "remove"},
    OptionRow{"keep", 'k', Key::kRemove, "keep"},
    OptionRow{"no-copy-stat", 'n', Key::kName, "off"},
    OptionRow{"output", 'o', Key::kOutput, ""},
    OptionRow{"quality", 'q', Key::kLevel, ""},
    OptionRow{"test", 't', Key::kMode, "test"},
    OptionRow{"verbose", 'v', Key::kVerbose, "on"},
    OptionRow{"lgwin", 'w', Key::kWindow, ""},
    OptionRow{"suffix", 'S', Key::kSuffix, ""},
    OptionRow{"version", 'V', Key::kVersion, "on"},
    OptionRow{"best", 'Z', Key::kLevel, "11"},
    OptionRow{"large_window", '\0', Key::kRefused, ""},
};

constexpr Family kBrotli{.program = "brotli",
                         .formats = kFormats,
                         .refuses_suffix = false,
                         .unknown_suffix = UnknownSuffix::kFail,
                         .skipped = Exit::kError,
                         .warning_code = 0,
                         .corrupt_code = 1,
                         .own_codes = false};

Status adapt(Arguments& arguments) {
  const Given* window = arguments.find(Key::kWindow);
  if (window == nullptr) {
    return {};
  }
  const auto bits = parse_number(window->value, 24);
  if (!bits.ok() || (*bits != 0 && *bits < 10)) {
    return {Code::kInvalidArgument,
            window->spelling + ": '" + window->value + "' is neither 0 nor 10 to 24"};
  }
  if (*bits != 0) {
    arguments.options[Key::kLong] = *window;
  }
  return {};
}

Status finish(const Arguments& /*arguments*/, const World& /*world*/, Request& request) {
  request.keep_metadata = request.keep_name;
  request.from = Format::kBrotli;
  return {};
}

}  // namespace

const Tool& brotli_tool() noexcept {
  static constexpr Tool kTool{
      .family = &kBrotli,
      .syntax = {.rows = kOptions, .level_digits = "0123456789", .last_wins = true},
      .adapt = adapt,
      .finish = finish};
  return kTool;
}

}  // namespace kompakt::cli
