/// \file
/// The hash table of contexts: for each context and half of a byte a slot of 15 bit histories.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kompakt {

/// A line is a cache line of four slots, side by side: four bytes that tell their contexts apart,
/// four with the histories of the roots of the nibbles' binary trees, then four times the other
/// 14 histories. So two words say which slot is a context's, or which one has to make room.
inline constexpr std::size_t kLineBytes = 64;
inline constexpr std::size_t kSlotsBegin = 8;
inline constexpr std::size_t kSlotBytes = 14;

/// Memory of a power of two, zeroed. Does not own it.
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
  [[nodiscard]] std::uint8_t* at(std::size_t byte) const noexcept { return memory_ + byte; }
  /// The slots' checks or roots of a line: four bytes, the first slot's lowest.
  [[nodiscard]] static std::uint32_t word(const std::uint8_t* at) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      std::uint32_t value = 0;
      std::memcpy(&value, at, 4);
      return value;
    }
    return at[0] | std::uint32_t{at[1]} << 8U | std::uint32_t{at[2]} << 16U |
           std::uint32_t{at[3]} << 24U;
  }

 private:
  std::uint8_t* memory_ = nullptr;
  unsigned line_bits_ = 0;
};

}  // namespace kompakt
