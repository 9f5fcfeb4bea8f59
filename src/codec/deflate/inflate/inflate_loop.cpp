#include "codec/deflate/inflate/inflate_loop.hpp"

#include <array>
#include <cstring>

#include "codec/deflate/inflate/bit_input.hpp"
#include "codec/deflate/inflate/cpu_target.hpp"

namespace kompakt::deflate {
namespace {

template <typename Word>
[[gnu::always_inline]] inline void copy_word(std::byte* to, const std::byte* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  std::memcpy(to, &word, sizeof(word));
}

struct Wide {
  std::array<std::uint64_t, 2> words;
};

// Copies `length` symbols from `distance` symbols before `to`; writes up to 48 bytes too much.
template <typename T>
[[gnu::always_inline]] inline void copy_match(T* to, std::size_t length,
                                              std::size_t distance) noexcept {
  auto* at = reinterpret_cast<std::byte*>(to);
  std::byte* const end = at + length * sizeof(T);
  const std::size_t back = distance * sizeof(T);
  const std::byte* from = at - back;
  if (back >= sizeof(Wide)) [[likely]] {
    copy_word<Wide>(at, from);
    copy_word<Wide>(at + 16, from + 16);
    for (at += 32, from += 32; at < end; at += 32, from += 32) {
      copy_word<Wide>(at, from);
      copy_word<Wide>(at + 16, from + 16);
    }
    return;
  }
  if (back >= sizeof(std::uint64_t)) {
    do {
      copy_word<std::uint64_t>(at, from);
      copy_word<std::uint64_t>(at + 8, from + 8);
      at += 16;
      from += 16;
    } while (at < end);
    return;
  }
  // A pattern shorter than a word: repeated to fill one, and stored in steps of whole patterns.
  std::uint64_t pattern = 0;
  std::memcpy(&pattern, from, sizeof(pattern));
  if constexpr (std::endian::native != std::endian::little) {
    pattern = byte_swap(pattern);
  }
  pattern = low_bits(pattern, static_cast<unsigned>(back * 8));
  for (std::size_t bits = back * 8; bits < 64; bits *= 2) {
    pattern |= pattern << bits;
  }
  if constexpr (std::endian::native != std::endian::little) {
    pattern = byte_swap(pattern);
  }
  static constexpr std::array<std::uint8_t, 8> kSteps = {8, 8, 8, 6, 8, 5, 6, 7};
  const std::size_t step = kSteps[back];
  do {
    std::memcpy(at, &pattern, sizeof(pattern));
    at += step;
  } while (at < end);
}

// Longer than 60 lines because every step shares the bit buffer, which must stay in registers.
template <typename T>
[[gnu::always_inline]] inline void inflate_any(InflateLoop<T>& loop) noexcept {
  constexpr std::uint64_t kLitlenMask = (1U << kLitlenBits) - 1;
  constexpr std::uint64_t kDistanceMask = (1U << kDistanceBits) - 1;
  const LitlenTable& litlen = loop.tables->litlen;
  const DistanceTable& distance = loop.tables->distance;
  const std::byte* in = loop.in_begin + loop.bit / 8;
  const std::byte* const in_end = loop.in_end - kLoopInput;
  T* out = loop.out;
  T* const out_end = loop.out_end - kLoopOutput;
  std::uint64_t buffer = 0;
  unsigned count = 0;
  refill_bits(in, buffer, count);
  buffer >>= loop.bit % 8;
  count -= static_cast<unsigned>(loop.bit % 8);
  Entry entry = litlen[buffer & kLitlenMask];
  refill_bits(in, buffer, count);
  while (in < in_end && out <= out_end) {
    // Here 56 bits are counted, and `entry` belongs to the next of them.
    unsigned token_count = count;
    std::uint64_t before = buffer;
    buffer >>= entry & 63U;
    count -= entry;
    if ((entry & kEntryLiteral) != 0) {
      *out++ = static_cast<T>(entry_value(entry));
      entry = litlen[buffer & kLitlenMask];
      before = buffer;
      token_count = count;
      buffer >>= entry & 63U;
      count -= entry;
      if ((entry & kEntryLiteral) != 0) {
        *out++ = static_cast<T>(entry_value(entry));
        entry = litlen[buffer & kLitlenMask];
        before = buffer;
        token_count = count;
        buffer >>= entry & 63U;
        count -= entry;
        if ((entry & kEntryLiteral) != 0) {
          *out++ = static_cast<T>(entry_value(entry));
          entry = litlen[buffer & kLitlenMask];
          refill_bits(in, buffer, count);
          continue;
        }
      }
      // Up to 42 bits are gone. What follows takes 37 at most (the rest of a long code and its
      // extra bits, and a distance), or without literals 48, so that of the 64 bits of a refilled
      // buffer enough are left to look up the next entry before the next refill.
      const unsigned low = count;
      refill_bits(in, buffer, count);
      token_count += count - low;
    }
    if ((entry & kEntryExceptional) != 0) [[unlikely]] {
      if ((entry & kEntrySubtable) != 0) {
        entry = litlen[entry_value(entry) + low_bits(buffer, entry_code_bits(entry))];
        before = buffer;
        buffer >>= entry & 63U;
        count -= entry;
      }
      if ((entry & kEntryLiteral) != 0) {
        *out++ = static_cast<T>(entry_value(entry));
        entry = litlen[buffer & kLitlenMask];
        refill_bits(in, buffer, count);
        continue;
      }
      if ((entry & kEntryExceptional) != 0) {
        loop.block_ended = (entry & kEntryEndOfBlock) != 0;
        count = loop.block_ended ? count : token_count;
        break;
      }
    }
    const std::size_t length =
        entry_value(entry) + (low_bits(before, entry_bits(entry)) >> ((entry >> 8U) & 63U));
    Entry far = distance[buffer & kDistanceMask];
    if ((far & kEntryExceptional) != 0) [[unlikely]] {
      if ((far & kEntrySubtable) != 0) {
        buffer >>= far & 63U;
        count -= far;
        far = distance[entry_value(far) + low_bits(buffer, entry_code_bits(far))];
      }
      if ((far & kEntryExceptional) != 0) {
        count = token_count;
        break;
      }
    }
    before = buffer;
    buffer >>= far & 63U;
    count -= far;
    const std::size_t back =
        entry_value(far) + (low_bits(before, entry_bits(far)) >> ((far >> 8U) & 63U));
    if (back > static_cast<std::size_t>(out - loop.out_begin)) [[unlikely]] {
      count = token_count;
      break;
    }
    entry = litlen[buffer & kLitlenMask];
    refill_bits(in, buffer, count);
    copy_match(out, length, back);
    out += length;
  }
  loop.bit = static_cast<std::uint64_t>(in - loop.in_begin) * 8 - (count & 0xFFU);
  loop.out = out;
}

#if KOMPAKT_BMI2_TARGET
template <typename T>
[[gnu::target("bmi,bmi2")]] void inflate_bmi2(InflateLoop<T>& loop) noexcept {
  inflate_any(loop);
}
#endif

template <typename T>
void inflate_dispatch(InflateLoop<T>& loop) noexcept {
#if KOMPAKT_BMI2_TARGET
  if (cpu_has_bmi2()) {
    inflate_bmi2(loop);
    return;
  }
#endif
  inflate_any(loop);
}

}  // namespace

void inflate_loop(InflateLoop<std::uint8_t>& loop) noexcept { inflate_dispatch(loop); }
void inflate_loop(InflateLoop<std::uint16_t>& loop) noexcept { inflate_dispatch(loop); }

}  // namespace kompakt::deflate
