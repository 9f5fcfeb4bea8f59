/// \file
/// What the two directions of the word replacement share: letters and the numbering of codes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// Longer runs of letters are no words of a dictionary.
inline constexpr std::size_t kMaxWord = 48;

/// The most words of a dictionary; bounds the memory for decoding.
inline constexpr std::size_t kMaxWords = std::size_t{1} << 16U;

[[nodiscard]] constexpr bool is_upper(std::byte byte) noexcept {
  return byte >= std::byte{'A'} && byte <= std::byte{'Z'};
}
[[nodiscard]] constexpr bool is_lower(std::byte byte) noexcept {
  return byte >= std::byte{'a'} && byte <= std::byte{'z'};
}
[[nodiscard]] constexpr bool is_word_byte(std::byte byte) noexcept {
  return is_upper(byte) || is_lower(byte) || byte >= std::byte{0x80};
}
/// The other case of an ASCII letter.
[[nodiscard]] constexpr std::byte other_case(std::byte letter) noexcept {
  return letter ^ std::byte{0x20};
}

/// What a byte of the transformed text is.
enum class WordRole : std::uint8_t { kLiteral, kEscape, kFirst, kAll, kLast, kMiddle, kLead };

/// The bytes of codes, and their order.
struct WordCodes {
  std::array<WordRole, 256> role{};
  std::array<std::uint8_t, 256> rank{};  // of a code byte among those of its role
  std::array<std::byte, 256> lasts{};    // by rank
  std::array<std::byte, 256> middles{};
  std::array<std::byte, 256> leads{};
  std::size_t last_count = 0;
  std::size_t middle_count = 0;
  std::size_t lead_count = 0;

  /// How many words have codes of one byte, and of up to two and three.
  [[nodiscard]] std::size_t one() const { return last_count; }
  [[nodiscard]] std::size_t two() const { return one() + middle_count * last_count; }
  [[nodiscard]] std::size_t three() const { return two() + lead_count * middle_count * last_count; }
};

using ByteSet = std::array<bool, 256>;

/// Distributes `bytes` over the roles: the greatest are leads, the next middles, the rest lasts.
/// The counts together are at most the number of bytes. Escape and flags are the caller's to set.
[[nodiscard]] inline WordCodes make_word_codes(const ByteSet& bytes, std::size_t middle_count,
                                               std::size_t lead_count) {
  WordCodes codes;
  for (std::size_t value = 256; value-- > 0;) {
    if (!bytes[value]) {
      continue;
    }
    const auto byte = static_cast<std::byte>(value);
    if (codes.lead_count < lead_count) {
      codes.role[value] = WordRole::kLead;
      codes.rank[value] = static_cast<std::uint8_t>(codes.lead_count);
      codes.leads[codes.lead_count++] = byte;
    } else if (codes.middle_count < middle_count) {
      codes.role[value] = WordRole::kMiddle;
      codes.rank[value] = static_cast<std::uint8_t>(codes.middle_count);
      codes.middles[codes.middle_count++] = byte;
    } else {
      codes.role[value] = WordRole::kLast;
      codes.rank[value] = static_cast<std::uint8_t>(codes.last_count);
      codes.lasts[codes.last_count++] = byte;
    }
  }
  return codes;
}

}  // namespace kompakt
