/// \file
/// Reading bits, first bit lowest, through a 64-bit buffer that is refilled without branches.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "codec/deflate/inflate/huffman_tables.hpp"
#include "core/endian.hpp"

namespace kompakt::deflate {

/// Bytes that refill_bits() may read from where it stands.
inline constexpr std::size_t kBitInputSlack = 8;

[[nodiscard, gnu::always_inline]] inline std::uint64_t load_bits(const std::byte* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return std::endian::native == std::endian::little ? word : byte_swap(word);
}

/// The low `count` (0..63) bits.
[[nodiscard, gnu::always_inline]] inline std::uint64_t low_bits(std::uint64_t value,
                                                                unsigned count) noexcept {
  return value & ((std::uint64_t{1} << count) - 1);
}

/// Brings the low byte of `count` to 56..63 (the other bits of it do not matter), reading 8 bytes
/// at `at`, of which those counted are passed. Bits of the buffer above `count` belong to the bytes
/// at `at` already and come again with the next refill, so between refills up to 64 bits of the
/// stream may be looked at.
[[gnu::always_inline]] inline void refill_bits(const std::byte*& at, std::uint64_t& buffer,
                                               unsigned& count) noexcept {
  buffer |= load_bits(at) << (count & 63U);
  at += (~count >> 3U) & 7U;
  count |= 56U;
}

/// At least 57 bits of `in` from bit `bit` on, zeros behind its end. For use near the end.
[[nodiscard]] inline std::uint64_t peek_bits(ByteSpan in, std::uint64_t bit) noexcept {
  const auto byte = static_cast<std::size_t>(bit / 8);
  std::array<std::byte, sizeof(std::uint64_t)> bytes{};
  if (byte < in.size()) {
    std::memcpy(bytes.data(), in.data() + byte, std::min(bytes.size(), in.size() - byte));
  }
  return load_bits(bytes.data()) >> (bit % 8);
}

/// A symbol with its extra bits, decoded with care instead of speed.
struct Symbol {
  Entry entry = 0;
  unsigned bits = 0;   // of the code and the extra bits
  unsigned value = 0;  // literal, length or distance
};

/// The symbol that `ahead` begins with, by a table of `index_width` index bits.
[[nodiscard]] inline Symbol read_symbol(std::uint64_t ahead, std::span<const Entry> table,
                                        unsigned index_width) noexcept {
  Symbol symbol{.entry = table[low_bits(ahead, index_width)]};
  if ((symbol.entry & kEntryExceptional) != 0 && (symbol.entry & kEntrySubtable) != 0) {
    symbol.bits = entry_bits(symbol.entry);
    ahead >>= symbol.bits;
    symbol.entry =
        table[entry_value(symbol.entry) + low_bits(ahead, entry_code_bits(symbol.entry))];
  }
  symbol.bits += entry_bits(symbol.entry);
  symbol.value =
      entry_value(symbol.entry) + static_cast<unsigned>(low_bits(ahead, entry_bits(symbol.entry)) >>
                                                        entry_code_bits(symbol.entry));
  return symbol;
}

}  // namespace kompakt::deflate
