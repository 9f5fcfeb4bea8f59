/// \file
/// The hash table of contexts: for each context and half of a byte a slot of 15 bit histories.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace kompakt {

/// Bytes of a slot: one that tells contexts of one line apart, then the histories of the 15 nodes
/// of a nibble's binary tree, the root first.
inline constexpr std::size_t kSlotBytes = 16;
inline constexpr std::size_t kLineBytes = 64;

/// Memory of a power of two, zeroed, of lines of four slots. Does not own it.
class SlotTable {
 public:
  SlotTable() = default;
  SlotTable(std::uint8_t* memory, std::size_t bytes) noexcept
      : memory_(memory),
        line_bits_(static_cast<unsigned>(std::bit_width(bytes / kLineBytes)) - 1) {}

  /// Lines, as a power of two.
  [[nodiscard]] unsigned line_bits() const noexcept { return line_bits_; }
  /// A line, by its number.
  [[nodiscard]] std::uint8_t* line(std::size_t number) const noexcept {
    return memory_ + number * kLineBytes;
  }

  struct Found {
    std::uint8_t* slot;
    std::uint8_t keep;  ///< 0xFF where the slot is the context's, 0 where its histories are void
  };
  /// The slot for `check` in its line. Where there is none, the one whose root has the shortest
  /// history makes room; the caller writes it. Without branches: none of them could be foreseen.
  [[nodiscard]] static Found find(std::uint8_t* line, std::uint8_t check) noexcept {
    std::uint32_t checks = line[0] | std::uint32_t{line[16]} << 8U |
                           std::uint32_t{line[32]} << 16U | std::uint32_t{line[48]} << 24U;
    checks ^= check * 0x01010101U;
    const std::uint32_t zero = (checks - 0x01010101U) & ~checks & 0x80808080U;
    const std::uint32_t a = std::min(line[1] * 4U, line[17] * 4U + 1);
    const std::uint32_t b = std::min(line[33] * 4U + 2, line[49] * 4U + 3);
    const std::uint32_t hit = (static_cast<std::uint32_t>(std::countr_zero(zero)) / 8) & 3U;
    const std::uint32_t mask = zero != 0 ? 0xFFU : 0U;
    const std::uint32_t at = (hit & mask) | (std::min(a, b) & 3U & ~mask);
    return {line + kSlotBytes * at, static_cast<std::uint8_t>(mask)};
  }

 private:
  std::uint8_t* memory_ = nullptr;
  unsigned line_bits_ = 0;
};

}  // namespace kompakt
