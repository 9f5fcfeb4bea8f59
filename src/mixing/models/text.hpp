/// \file
/// Contexts for text, and for lines and markup.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/bit_view.hpp"
#include "mixing/byte_history.hpp"
#include "mixing/stream.hpp"

namespace kompakt {

template <MixStrength kStrength>
class TextModel {
 public:
  static constexpr std::size_t kContexts = kStrength == MixStrength::kStrongest ? 32 : 16;
  static constexpr std::size_t kSets = kStrength == MixStrength::kFast ? 2 : 4;
  static constexpr std::array<std::size_t, kSets> kSetRows = [] {
    std::array<std::size_t, kSets> rows;
    rows.fill(2048);
    return rows;
  }();
  static constexpr unsigned kShortMatch = 6;
  static constexpr unsigned kLongMatch = 20;

  explicit TextModel(const MixSettings& /*settings*/) noexcept {}

  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    const std::uint32_t byte = history[position - 1];
    text_.update(byte, bytes_.last(), position);
    bytes_.update(byte);
  }

  void contexts(const std::uint8_t* history, std::uint32_t position, std::uint32_t* h) noexcept {
    const std::uint32_t last = bytes_.last();
    const std::uint32_t at = text_.above(position);
    above_ = at < position ? history[at] : std::uint32_t{'\n'};
    const std::uint32_t beyond = at + 1 < position ? history[at + 1] : std::uint32_t{'\n'};
    column_ = std::min(position - text_.line, 255U);
    for (unsigned order = 1; order <= 6; ++order) {
      *h++ = bytes_.order(order);
    }
    *h++ = bytes_.order(8);
    *h++ = hash_of(text_.word, last);
    *h++ = hash_of(text_.word, text_.earlier[0]) + 1;
    *h++ = hash_of(text_.word, text_.earlier[0], text_.earlier[1]);
    *h++ = hash_of(text_.earlier[0], last, 0x55);
    *h++ = hash_of(bytes_.after_byte[last], last);
    *h++ = hash_of(bytes_.after_pair[bytes_.last4 & 0xFFFFU], last) + 7;
    *h++ = hash_of(above_ | beyond << 8U, last);
    *h++ = hash_of(text_.field | text_.separator << 8U, 0);
    *h++ = hash_of(bytes_.last4 & 0xFFFF00U, 3);
    if constexpr (kContexts > 16) {
      more_contexts(history, position, h);
    }
  }

  void select(const BitView& view, std::array<std::size_t, kSets>& rows) const noexcept {
    rows[0] = view.match * 256 + view.partial;
    rows[1] = view.bit * 256 + bytes_.last();
    if constexpr (kSets > 2) {
      rows[2] = view.bit * 256 + bytes_.byte(2);
      rows[3] = (view.match * 2 + view.expected_bit) * 8 + view.bit + (column_ < 20 ? 128U : 0U);
    }
  }

  [[nodiscard]] std::array<std::size_t, 2> refine(const BitView& view) const noexcept {
    return {hash_of(view.partial, bytes_.last()) >> 19U,
            hash_of(view.partial, bytes_.last4 & 0xFFFFU, 1) >> 19U};
  }

 private:
  void more_contexts(const std::uint8_t* /*history*/, std::uint32_t /*position*/,
                     std::uint32_t* h) noexcept {
    const std::uint32_t last = bytes_.last();
    *h++ = hash_of(bytes_.order(7), 17);
    *h++ = hash_of(text_.word, text_.earlier[1], 18);
    *h++ = hash_of(text_.word, text_.earlier[2], 19);
    *h++ = hash_of(text_.earlier[0], text_.earlier[1], last, 20);
    *h++ = hash_of(above_, column_, 21);
    *h++ = hash_of(above_, bytes_.order(2), 22);
    *h++ = hash_of(text_.field, text_.word, text_.separator, 23);
    *h++ = hash_of(bytes_.last4 & 0xF0F0F0FFU, 24);
    *h++ = hash_of(bytes_.last4 & 0xFF00FF00U, 25);
    *h++ = hash_of(bytes_.last4 & 0xFFFF0000U, 26);
    *h++ = hash_of(bytes_.after_byte[last], bytes_.order(2), 27);
    *h++ = hash_of(bytes_.after_pair[bytes_.last4 & 0xFFFFU], bytes_.order(3), 28);
    *h++ = hash_of(text_.word, above_, 29);
    *h++ = hash_of(bytes_.last4 & 0xDFDFDFU, 30);
    *h++ = hash_of(column_, last, 31);
    *h++ = 0;
  }

  ByteHistory bytes_;
  TextHistory text_;
  std::uint32_t above_ = 0;
  std::uint32_t column_ = 0;
};

}  // namespace kompakt
