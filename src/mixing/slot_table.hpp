/// \file
/// The hash table of contexts: for each context and half of a byte a slot of 15 bit histories.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

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
      : memory_(memory), mask_(bytes / kLineBytes - 1) {}

  /// The line of a context's hash.
  [[nodiscard]] std::uint8_t* line(std::uint64_t hash) const noexcept {
    return memory_ + static_cast<std::size_t>((hash >> 20U) & mask_) * kLineBytes;
  }
  [[nodiscard]] static std::uint8_t check(std::uint64_t hash) noexcept {
    return static_cast<std::uint8_t>(hash >> 8U);
  }

  /// The slot for `check` in its line. Where there is none, the one whose root has the shortest
  /// history makes room.
  [[nodiscard]] static std::uint8_t* find(std::uint8_t* line, std::uint8_t check) noexcept {
    std::uint32_t checks = line[0] | std::uint32_t{line[16]} << 8U |
                           std::uint32_t{line[32]} << 16U | std::uint32_t{line[48]} << 24U;
    checks ^= check * 0x01010101U;
    const std::uint32_t zero = (checks - 0x01010101U) & ~checks & 0x80808080U;
    if (zero != 0) {
      return line + kSlotBytes * (static_cast<unsigned>(std::countr_zero(zero)) / 8);
    }
    const std::uint32_t a = std::min(line[1] * 4U, line[17] * 4U + 1);
    const std::uint32_t b = std::min(line[33] * 4U + 2, line[49] * 4U + 3);
    std::uint8_t* slot = line + kSlotBytes * (std::min(a, b) & 3U);
    std::memset(slot, 0, kSlotBytes);
    slot[0] = check;
    return slot;
  }

 private:
  std::uint8_t* memory_ = nullptr;
  std::size_t mask_ = 0;
};

}  // namespace kompakt
