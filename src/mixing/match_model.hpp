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
    for (unsigned i = 0; i < min_length; ++i) {
      leaving_ *= kFactor;
    }
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
    expected_ = 0;
    if (length_ != 0) {
      expected_ = 256U | history[pointer_];
    } else if (entry >> 40U == check && static_cast<std::uint32_t>(entry) != 0) {
      pointer_ = static_cast<std::uint32_t>(entry);
      expected_ = 256U | (static_cast<std::uint32_t>(entry >> 32U) & 0xFFU);
      length_ = min_length_;
      verified_ = false;
      __builtin_prefetch(history + pointer_ - 1);
      __builtin_prefetch(history + pointer_ + 32);
    }
    table_[newest_] = check << 40U | position;
    seen_ = length_;
    first_outcome_ = bucket(length_) * 2;
    choose_line(history, position);
  }

  /// Two inputs for the mixer, the second in the upper half: the bit at `bit` (0 to 7, the highest
  /// first) of the byte whose first bits are `partial` (a one in front). Without branches: a match
  /// that has missed differs from `partial` in its first bits, and 0, for none, does from the one
  /// in front.
  [[nodiscard]] std::uint32_t predict(unsigned bit, unsigned partial) noexcept {
    const std::uint32_t active = 0U - ((expected_ >> (8 - bit)) == partial ? 1U : 0U);
    expected_bit_ = (expected_ >> (7 - bit)) & 1U & active;
    seen_ = length_ & active;
    // No length under 2 is one: the first outcome takes what nothing foresaw.
    outcome_ = &outcomes_[(first_outcome_ + expected_bit_) & active];
    const std::uint32_t p = *outcome_ >> 16U;
    const auto logit = static_cast<std::uint32_t>(stretch(p >> 4U)) & 0xFFFFU;
    const auto distance = static_cast<std::uint32_t>((static_cast<int>(p) - 32768) >> 5);
    return (logit | distance << 16U) & active;
  }
  void update_bit(unsigned bit) noexcept { adapt(*outcome_, bit); }

  /// Whether update() with `last` will go on with a match that was at least `length` bytes long.
  [[nodiscard]] bool goes_on(std::uint32_t last, std::uint32_t length) const noexcept {
    return length_ >= length && verified_ && (expected_ & 0xFFU) == last;
  }
  /// The next byte is not `byte`: where that is foreseen, nothing is until the next update().
  void drop(unsigned byte) noexcept {
    if (seen_ != 0 && (expected_ & 0xFFU) == byte) {
      length_ = 0;
      expected_ = 0;
      seen_ = 0;
      first_outcome_ = 0;
    }
  }
  /// Bytes that agree so far; 0 where nothing is foreseen.
  [[nodiscard]] std::uint32_t length() const noexcept { return seen_; }
  [[nodiscard]] unsigned expected_bit() const noexcept { return expected_bit_; }
  /// The byte that is foreseen; 0 for none.
  [[nodiscard]] unsigned expected_byte() const noexcept {
    return expected_ & (seen_ != 0 ? 0xFFU : 0U);
  }

 private:
  static constexpr std::uint64_t kFactor = 0x2F0B4C4585F1U;
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
    if ((expected_ & 0xFFU) != last) {
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

  // Chooses the line by the hash of the last min_length - 1 bytes, which rolls along.
  void choose_line(const std::uint8_t* history, std::uint32_t position) noexcept {
    rolling_ = (rolling_ + history[position - 1] + 1) * kFactor;
    if (position >= min_length_) {
      rolling_ -= (history[position - min_length_] + std::uint64_t{1}) * leaving_;
    }
    line_ = ((rolling_ * 0x9E3779B97F4A7C15U) >> (64 - table_bits_)) & ~std::uint64_t{7};
    __builtin_prefetch(table_ + line_);
  }

  std::uint64_t* table_;
  unsigned table_bits_;
  unsigned min_length_;
  std::uint64_t line_ = 0;    // of the entry for the next position
  std::uint64_t newest_ = 0;  // the entry of this position
  std::uint32_t pointer_ = 0;
  std::uint32_t length_ = 0;
  std::uint32_t expected_ = 0;  // the byte with a one in front; 0 for none
  std::uint32_t seen_ = 0;      // the length while the byte agrees
  std::size_t first_outcome_ = 0;
  std::uint64_t rolling_ = 0;
  std::uint64_t leaving_ = 1;  // kFactor to the power of min_length
  unsigned expected_bit_ = 0;
  bool verified_ = false;
  std::array<AdaptiveEntry, 64> outcomes_{};  // by length and expected bit
  AdaptiveEntry* outcome_ = outcomes_.data();
};

}  // namespace kompakt
