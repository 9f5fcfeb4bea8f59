/// \file
/// The match model: foresees the byte that followed the last occurrence of what was just seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "entropy/logistic.hpp"
#include "mixing/adaptive_map.hpp"

namespace kompakt {

/// Follows one earlier occurrence of the last `min_length` bytes. An entry of its table holds a
/// position, the byte that stands there and a check, so that a match begins without a look at the
/// history; the line that the next entry lies in is known, and asked for, one byte ahead.
class MatchModel {
 public:
  /// Entries are 8 bytes; `table` is zeroed and 64-byte aligned.
  MatchModel(std::uint64_t* table, unsigned table_bits, unsigned min_length) noexcept
      : table_(table), table_bits_(table_bits), min_length_(min_length) {
    outcomes_.fill(kEvenEntry);
  }

  /// Takes the byte before `position` of `history` (position > 0).
  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    const std::uint8_t last = history[position - 1];
    table_[newest_] = (table_[newest_] & ~(std::uint64_t{0xFF} << 32U)) | std::uint64_t{last}
                                                                              << 32U;
    follow(history, position, last);
    const std::uint64_t hash = (line_ + last + 1) * 0x9E3779B97F4A7C15U;
    const std::uint64_t check = (hash >> 16U) & 0xFFFFFFU;
    newest_ = line_ + ((hash >> 40U) & 7U);
    const std::uint64_t entry = table_[newest_];
    if (length_ != 0) {
      expected_ = history[pointer_];
    } else if (entry >> 40U == check && static_cast<std::uint32_t>(entry) != 0) {
      pointer_ = static_cast<std::uint32_t>(entry);
      expected_ = static_cast<std::uint8_t>(entry >> 32U);
      length_ = min_length_;
      verified_ = false;
      __builtin_prefetch(history + pointer_ - 1);
      __builtin_prefetch(history + pointer_ + 32);
    }
    table_[newest_] = check << 40U | position;
    active_ = length_ != 0;
    if (position >= min_length_) {
      choose_line(history, position);
    }
  }

  /// Writes two inputs for the mixer: the bit at `bit` (0 to 7, the highest first) of the byte
  /// whose first bits are `partial` (a one in front).
  void predict(unsigned bit, unsigned partial, std::int16_t* inputs) noexcept {
    active_ = active_ && ((expected_ | 256U) >> (8 - bit)) == partial;
    expected_bit_ = active_ ? (expected_ >> (7 - bit)) & 1U : 0;
    outcome_ = active_ ? &outcomes_[bucket(length_) * 2 + expected_bit_] : &unused_;
    const std::uint32_t p = *outcome_ >> 16U;
    inputs[0] = static_cast<std::int16_t>(active_ ? stretch(p >> 4U) : 0);
    inputs[1] = static_cast<std::int16_t>(active_ ? (static_cast<int>(p) - 32768) >> 5 : 0);
  }
  void update_bit(unsigned bit) noexcept {
    adapt(*outcome_, bit);
    const bool missed = active_ && expected_bit_ != bit;
    active_ = active_ && !missed;
    length_ = missed ? 0 : length_;
  }

  /// Bytes that agree so far; 0 where nothing is foreseen.
  [[nodiscard]] std::uint32_t length() const noexcept { return active_ ? length_ : 0; }
  [[nodiscard]] unsigned expected_bit() const noexcept { return expected_bit_; }
  /// The byte that is foreseen; 0 for none.
  [[nodiscard]] unsigned expected_byte() const noexcept { return active_ ? expected_ : 0U; }

 private:
  static constexpr std::uint32_t kMaxLength = 65535;
  static constexpr std::uint32_t kVerified = 48;  // bytes that are looked at when a match begins

  static std::size_t bucket(std::uint32_t length) noexcept {
    if (length < 16) {
      return length;
    }
    if (length < 32) {
      return 16 + (length - 16) / 4;
    }
    if (length < 64) {
      return 20 + (length - 32) / 8;
    }
    return length < 512 ? 24 + (length - 64) / 64 : 31;
  }

  void follow(const std::uint8_t* history, std::uint32_t position, std::uint8_t last) noexcept {
    if (length_ == 0) {
      return;
    }
    if (expected_ != last) {
      length_ = 0;
      return;
    }
    ++pointer_;
    length_ += length_ < kMaxLength ? 1 : 0;
    if (!verified_) {
      verified_ = true;
      std::uint32_t same = 0;
      while (same < kVerified && same < pointer_ &&
             history[pointer_ - 1 - same] == history[position - 1 - same]) {
        ++same;
      }
      length_ = same < min_length_ ? 0 : same;
    }
  }

  void choose_line(const std::uint8_t* history, std::uint32_t position) noexcept {
    std::uint64_t hash = 0;
    for (unsigned i = min_length_ - 1; i > 0; --i) {
      hash = (hash + history[position - i] + 1) * 0x2F0B4C4585F1U;
    }
    hash *= 0x9E3779B97F4A7C15U;
    line_ = (hash >> (64 - table_bits_)) & ~std::uint64_t{7};
    __builtin_prefetch(table_ + line_);
  }

  std::uint64_t* table_;
  unsigned table_bits_;
  unsigned min_length_;
  std::uint64_t line_ = 0;    // of the entry for the next position
  std::uint64_t newest_ = 0;  // the entry of this position
  std::uint32_t pointer_ = 0;
  std::uint32_t length_ = 0;
  std::uint8_t expected_ = 0;
  unsigned expected_bit_ = 0;
  bool verified_ = false;
  bool active_ = false;
  std::array<AdaptiveEntry, 64> outcomes_{};  // by length and expected bit
  AdaptiveEntry unused_ = 0;
  AdaptiveEntry* outcome_ = &unused_;
};

}  // namespace kompakt
