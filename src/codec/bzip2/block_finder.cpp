#include "codec/bzip2/block_finder.hpp"

#include <array>
#include <bit>
#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "codec/bzip2/layout.hpp"

namespace kompakt::bzip2 {
namespace {

// A magic fills the four bytes behind the one that it starts in, wherever in that it starts; three
// are looked at.
constexpr std::size_t kShifts = 8;
constexpr std::size_t kMagicBytes = 7;  // that a magic touches at most

constexpr std::uint8_t full_byte(std::uint64_t magic, std::size_t shift, std::size_t index) {
  // Byte 0 of these is the one behind the first that the magic touches.
  return static_cast<std::uint8_t>(magic >> (40 - 8 * (index + 1) + shift));
}

// For each byte value, as the first three of those, the shifts at which it fits: block magics in
// the low half, footer magics in the high half.
using ShiftTable = std::array<std::array<std::uint16_t, 256>, 3>;
constexpr ShiftTable kFits = [] {
  ShiftTable table{};
  for (std::size_t index = 0; index < 3; ++index) {
    for (std::size_t shift = 0; shift < kShifts; ++shift) {
      table[index][full_byte(kBlockMagic, shift, index)] |= static_cast<std::uint16_t>(1U << shift);
      table[index][full_byte(kFooterMagic, shift, index)] |=
          static_cast<std::uint16_t>(0x100U << shift);
    }
  }
  return table;
}();

using Found = std::function<void(std::uint64_t, bool)>;

// Reports the magics that start in byte `at`, given the shifts at which its followers fit.
void report(ByteSpan bytes, std::size_t at, unsigned fits, const Found& found) {
  std::uint64_t window = 0;
  for (std::size_t i = 0; i < kMagicBytes; ++i) {
    window = (window << 8U) |
             (at + i < bytes.size() ? std::to_integer<std::uint64_t>(bytes[at + i]) : 0);
  }
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kMagicBits) - 1;
  for (unsigned shift = 0; shift < kShifts; ++shift) {
    const std::uint64_t bits = (window >> (kShifts - shift)) & kMask;
    const std::uint64_t end = (static_cast<std::uint64_t>(at) * 8) + shift + kMagicBits;
    if ((bits == kBlockMagic || bits == kFooterMagic) && (fits & (0x101U << shift)) != 0 &&
        end <= static_cast<std::uint64_t>(bytes.size()) * 8) {
      found(end - kMagicBits, bits == kFooterMagic);
    }
  }
}

// Magics that start in bytes [begin, end), which has three more bytes behind it.
void scan(ByteSpan bytes, std::size_t begin, std::size_t end, const Found& found) {
  for (std::size_t at = begin; at < end; ++at) {
    const unsigned fits = kFits[0][std::to_integer<std::size_t>(bytes[at + 1])] &
                          kFits[1][std::to_integer<std::size_t>(bytes[at + 2])] &
                          kFits[2][std::to_integer<std::size_t>(bytes[at + 3])];
    if (fits != 0) [[unlikely]] {
      report(bytes, at, fits, found);
    }
  }
}

#if defined(__x86_64__)

// The table of one byte and one magic by halves of a byte: what both allow is what the byte does,
// or more where two shifts' bytes mix.
struct Nibbles {
  alignas(16) std::array<std::uint8_t, 16> low{};
  alignas(16) std::array<std::uint8_t, 16> high{};
};
constexpr Nibbles make_nibbles(std::uint64_t magic, std::size_t index) {
  Nibbles nibbles;
  for (std::size_t shift = 0; shift < kShifts; ++shift) {
    const std::uint8_t byte = full_byte(magic, shift, index);
    nibbles.low[byte & 15U] |= static_cast<std::uint8_t>(1U << shift);
    nibbles.high[byte >> 4U] |= static_cast<std::uint8_t>(1U << shift);
  }
  return nibbles;
}
constexpr std::array<Nibbles, 3> kBlockNibbles = {
    make_nibbles(kBlockMagic, 0), make_nibbles(kBlockMagic, 1), make_nibbles(kBlockMagic, 2)};
constexpr std::array<Nibbles, 3> kFooterNibbles = {
    make_nibbles(kFooterMagic, 0), make_nibbles(kFooterMagic, 1), make_nibbles(kFooterMagic, 2)};

struct NibbleVectors {
  __m256i low;
  __m256i high;
};

__attribute__((target("avx2"))) inline NibbleVectors spread(const Nibbles& nibbles) {
  return {_mm256_broadcastsi128_si256(
              _mm_load_si128(reinterpret_cast<const __m128i*>(nibbles.low.data()))),
          _mm256_broadcastsi128_si256(
              _mm_load_si128(reinterpret_cast<const __m128i*>(nibbles.high.data())))};
}

// The shifts at which each byte fits, from its two halves.
__attribute__((target("avx2"))) inline __m256i fit(const NibbleVectors& table, __m256i low,
                                                   __m256i high) {
  return _mm256_and_si256(_mm256_shuffle_epi8(table.low, low),
                          _mm256_shuffle_epi8(table.high, high));
}

// As scan(), 32 places at a time; returns where it stopped.
__attribute__((target("avx2"))) std::size_t scan_wide(ByteSpan bytes, std::size_t end,
                                                      const Found& found) {
  const std::array<NibbleVectors, 3> block = {spread(kBlockNibbles[0]), spread(kBlockNibbles[1]),
                                              spread(kBlockNibbles[2])};
  const std::array<NibbleVectors, 3> footer = {spread(kFooterNibbles[0]), spread(kFooterNibbles[1]),
                                               spread(kFooterNibbles[2])};
  const __m256i nibble = _mm256_set1_epi8(15);
  std::size_t at = 0;
  for (; at + 32 <= end; at += 32) {
    __m256i blocks = _mm256_set1_epi8(-1);
    __m256i footers = blocks;
    for (std::size_t i = 0; i < 3; ++i) {
      const __m256i here =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes.data() + at + 1 + i));
      const __m256i low = _mm256_and_si256(here, nibble);
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(here, 4), nibble);
      blocks = _mm256_and_si256(blocks, fit(block[i], low, high));
      footers = _mm256_and_si256(footers, fit(footer[i], low, high));
    }
    const __m256i any = _mm256_or_si256(blocks, footers);
    if (_mm256_testz_si256(any, any) == 0) [[unlikely]] {
      scan(bytes, at, at + 32, found);
    }
  }
  return at;
}

#endif

}  // namespace

void find_magics(ByteSpan bytes, const Found& found) {
  if (bytes.size() * 8 < kMagicBits) {
    return;
  }
  // A magic may start in the sixth byte before the end, which has five behind it, but no later.
  const std::size_t end = bytes.size() - 5;
  std::size_t at = 0;
#if defined(__x86_64__)
  if (end > 64 && __builtin_cpu_supports("avx2")) {
    at = scan_wide(bytes, end - 32, found);
  }
#endif
  scan(bytes, at, end, found);
}

}  // namespace kompakt::bzip2
