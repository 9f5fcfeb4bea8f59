#include "chunk/probe.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <vector>

#include "core/endian.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kSmallest = 4096;  // below this a codec costs less than a look
constexpr std::size_t kSampleSize = 4096;
constexpr std::size_t kMaxSamples = 64;

// Four-byte strings that occur twice within a sample of random bytes are rarer than one in a
// sample.
constexpr std::size_t kMaxNearRepeats = 8;
constexpr std::size_t kMaxFarRepeats = 4;

// Little-endian everywhere, so that every machine decides alike and writes the same file.
std::uint32_t load32(const std::byte* at) { return load_le<std::uint32_t>(ByteSpan(at, 4)); }
std::uint64_t load64(const std::byte* at) { return load_le<std::uint64_t>(ByteSpan(at, 8)); }

struct SampleCounts {
  std::array<std::uint32_t, 256> histogram{};
  std::size_t bytes = 0;
  std::size_t near_repeats = 0;
};

// Counts bytes and repeated 4-byte strings of one sample. The table keeps the last string seen for
// each hash, so a repeat is counted when nothing collided in between.
void count_sample(ByteSpan sample, SampleCounts& counts) {
  constexpr unsigned kTableLog = 12;
  std::array<std::uint32_t, std::size_t{1} << kTableLog> last{};
  for (std::size_t i = 0; i < sample.size(); ++i) {
    ++counts.histogram[std::to_integer<std::size_t>(sample[i])];
    if (i + 4 <= sample.size()) {
      const std::uint32_t string = load32(sample.data() + i);
      auto& entry = last[(string * 2654435761U) >> (32 - kTableLog)];
      counts.near_repeats += entry == string ? 1U : 0U;
      entry = string;
    }
  }
  counts.bytes += sample.size();
}

// Whether the byte counts are as even as chance makes them: for n random bytes the sum of squared
// counts is n*n/256 + n on average. A tenth above that is an order-0 entropy of about 7.9 bits.
// Integers only, so that every machine decides alike.
bool looks_random(const SampleCounts& counts) {
  std::uint64_t squares = 0;
  for (const std::uint64_t count : counts.histogram) {
    squares += count * count;
  }
  const std::uint64_t n = counts.bytes;
  return squares * 2560 <= n * n * 11 + n * 2560;
}

// Looks for long repeats anywhere in the block: the 8-byte strings whose hash has its top six bits
// clear (one in 64, chosen by content, so both ends of a repeat are) are kept in a table.
bool has_far_repeats(ByteSpan block) {
  const std::size_t expected = block.size() / 64 + 16;
  const auto table_log = static_cast<unsigned>(std::bit_width(expected));
  std::vector<std::uint64_t> seen(std::size_t{1} << table_log);
  std::size_t repeats = 0;
  for (std::size_t i = 0; i + 8 <= block.size(); ++i) {
    const std::uint64_t string = load64(block.data() + i);
    const std::uint64_t hash = string * 0x9E3779B97F4A7C15U;
    if ((hash >> 58U) != 0) {
      continue;
    }
    auto& entry = seen[(hash << 6U) >> (64 - table_log)];
    if (entry == string && ++repeats > kMaxFarRepeats) {
      return true;
    }
    entry = string;
  }
  return false;
}

}  // namespace

bool is_all_zero(ByteSpan block) noexcept {
  // A block is zero when its first byte is and every byte equals the one before it.
  return block.empty() || (block[0] == std::byte{0} &&
                           std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0);
}

ContentClass probe_content(ByteSpan block) {
  if (!block.empty() && is_all_zero(block)) {
    return ContentClass::kZero;
  }
  if (block.size() < kSmallest) {
    return ContentClass::kCompressible;
  }
  const std::size_t samples =
      std::clamp<std::size_t>(block.size() / (16 * kSampleSize), 1, kMaxSamples);
  SampleCounts counts;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t at = samples == 1 ? 0 : (block.size() - kSampleSize) / (samples - 1) * i;
    count_sample(block.subspan(at, kSampleSize), counts);
  }
  if (counts.near_repeats > kMaxNearRepeats * samples || !looks_random(counts)) {
    return ContentClass::kCompressible;
  }
  return has_far_repeats(block) ? ContentClass::kCompressible : ContentClass::kIncompressible;
}

}  // namespace kompakt
