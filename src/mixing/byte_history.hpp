/// \file
/// What the models remember of the bytes so far.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/context_hash.hpp"

namespace kompakt {

/// The last bytes, and what followed the last one before.
struct ByteHistory {
  std::uint32_t last4 = 0;                        ///< the newest in the low byte
  std::uint32_t before4 = 0;                      ///< the four before these
  std::array<std::uint32_t, 256> after_byte{};    ///< the last three bytes that followed a byte
  std::array<std::uint32_t, 65536> after_pair{};  ///< the last two that followed a pair

  [[nodiscard]] std::uint32_t last() const noexcept { return last4 & 0xFFU; }
  /// Byte `back` (1 to 8) from the end.
  [[nodiscard]] std::uint32_t byte(unsigned back) const noexcept {
    return (back <= 4 ? last4 >> (8 * (back - 1)) : before4 >> (8 * (back - 5))) & 0xFFU;
  }
  /// The last `count` (1 to 8) bytes as a context.
  [[nodiscard]] std::uint32_t order(unsigned count) const noexcept {
    if (count < 4) {
      return last4 & ((1U << (8 * count)) - 1);
    }
    return count == 4
               ? last4
               : hash_of(last4, count == 8 ? before4 : before4 & ((1U << (8 * (count - 4))) - 1));
  }
  void update(std::uint32_t byte) noexcept {
    std::uint32_t& one = after_byte[last()];
    one = (one << 8U | byte) & 0xFFFFFFU;
    std::uint32_t& two = after_pair[last4 & 0xFFFFU];
    two = (two << 8U | byte) & 0xFFFFU;
    before4 = before4 << 8U | last4 >> 24U;
    last4 = last4 << 8U | byte;
  }
};

/// Words, and the lines and fields they stand in.
struct TextHistory {
  std::uint32_t word = 0;  ///< hash of the letters and digits since the last other byte
  std::array<std::uint32_t, 3> earlier{};  ///< the words before, the newest first
  std::uint32_t line = 0;                  ///< position where this line begins
  std::uint32_t line_above = 0;            ///< and where the one before
  std::uint32_t field = 0;                 ///< number of separators in this line
  std::uint32_t separator = 0;             ///< the last of them

  [[nodiscard]] static bool in_word(std::uint32_t byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte >= 128;
  }
  /// Position in the line above that is as far from its start as `position` is from this one's;
  /// `position` itself where that line was shorter.
  [[nodiscard]] std::uint32_t above(std::uint32_t position) const noexcept {
    const std::uint32_t at = line_above + (position - line);
    return line_above < line && at < line ? at : position;
  }
  /// Takes the byte before `position`; `previous` came before it.
  void update(std::uint32_t byte, std::uint32_t previous, std::uint32_t position) noexcept {
    if (in_word(byte)) {
      word = hash_of(word, byte | 0x20U);
      return;
    }
    if (word != 0) {
      earlier = {word, earlier[0], earlier[1]};
      word = 0;
    }
    if (byte == '\n') {
      line_above = line;
      line = position;
      field = 0;
      separator = 0;
    } else if (byte == ' ' || byte == ',' || byte == ';' || byte == '\t' || byte == '>' ||
               byte == '<' || byte == '=' || byte == '"') {
      field += previous != byte ? 1 : 0;
      separator = byte;
    }
  }
};

}  // namespace kompakt
