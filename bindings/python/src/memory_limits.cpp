#include "memory_limits.hpp"

#include <algorithm>

#include "call.hpp"
#include "kompakt/format.hpp"
#include "kompakt/memory.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::python {
namespace {

// One thread codes as fast as several below this.
constexpr std::size_t kWorthThreads = std::size_t{128} << 10U;
// Room that is given to a claim of the input without its content having come yet.
constexpr std::uint64_t kTrusted = 64 * kMiB;
// Deflate cannot do better; what others claim beyond it has to come before it is believed.
constexpr std::uint64_t kPlausibleRatio = 1032;

std::uint64_t memory_at_start() {
  static const std::uint64_t kMemory = usable_memory();
  return kMemory;
}

// Content that is coded in a few milliseconds, by what is named quick below.
constexpr std::size_t kQuickInput = std::size_t{256} << 10U;
constexpr std::uint64_t kQuickContent = std::uint64_t{1} << 20U;

// The highest level at which a format is quick; 0: none is.
int quick_level(Format format) {
  switch (format) {
    case Format::kGzip:
    case Format::kZlib:
      return 6;
    case Format::kZstd:
    case Format::kLz4:
      return 9;
    case Format::kSnappy:
      return 1000;
    case Format::kBrotli:
      return 5;
    case Format::kWarp:
    case Format::kXz:
    case Format::kBzip2:
      break;
  }
  return 0;
}

}  // namespace

std::uint64_t default_max_output() { return memory_at_start() / 2; }

void settle(RunControl& run, std::size_t input_size) {
  if (run.max_memory == 0) {
    run.max_memory = memory_at_start();
  }
  if (run.threads == 0 && input_size < kWorthThreads) {
    run.threads = 1;
  }
  share_threads(run);
}

void share_threads(RunControl& run) {
  const unsigned calls = Work::count();
  if (run.threads == 0 && calls > 1) {
    run.threads = std::max(1U, usable_threads() / calls);
  }
}

bool is_brief(const CompressOptions& options, std::size_t input_size) {
  const int level = options.level.value_or(format_info(options.format).default_level);
  return input_size <= kBriefCompress ||
         (input_size <= kQuickInput && level <= quick_level(options.format));
}

bool is_brief(const DecompressOptions& options, ByteSpan data) {
  if (data.size() > kQuickInput) {
    return false;
  }
  const auto format = options.format ? options.format : detect_format(data);
  if (!format || quick_level(*format) == 0) {
    return data.size() <= kBriefDecompress;
  }
  return claimed_content_size(data, options).value_or(data.size() * 4) <= kQuickContent;
}

std::size_t compressed_room(ByteSpan content) { return content.size() + content.size() / 64 + 512; }

std::size_t decompressed_room(ByteSpan data, const DecompressOptions& options) {
  const std::uint64_t plausible = std::max(kTrusted, data.size() * kPlausibleRatio);
  const auto claimed = claimed_content_size(data, options);
  const std::uint64_t room = claimed ? *claimed : data.size() * 4;
  return static_cast<std::size_t>(std::min({room, plausible, options.max_output}));
}

}  // namespace kompakt::python
