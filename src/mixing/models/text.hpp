/// \file
/// Contexts for text, and for lines and markup.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "mixing/bit_view.hpp"
#include "mixing/byte_history.hpp"
#include "mixing/stream.hpp"

namespace kompakt {

/// What each context and selector is worth: docs/decisions/0012-text-contexts.md.
template <MixStrength kStrength>
class TextModel {
 public:
  static constexpr MixStrength kLists =
      kStrength == MixStrength::kFast ? MixStrength::kMedium : kStrength;
  static constexpr bool kLean = kStrength == MixStrength::kLean;
  static constexpr std::size_t kContexts = kStrength == MixStrength::kStrongest ? 48
                                           : kStrength == MixStrength::kWide    ? 32
                                           : kLean                              ? 12
                                                                                : 16;
  /// Whether one more weight set is selected by how many contexts were seen before.
  static constexpr bool kBySeen = !kLean && kStrength >= MixStrength::kStrong;
  static constexpr std::size_t kSets = kLean ? 3 : kBySeen ? 6 : 4;
  static constexpr std::array<std::size_t, kSets> kSetRows = [] {
    constexpr std::array<std::size_t, 6> kRows = {4096, 4096, 1024, 1536, 960, 4096};
    std::array<std::size_t, kSets> rows;
    std::copy_n(kRows.begin(), kSets, rows.begin());
    if (kLean) {
      rows[2] = kRows[3];
    }
    return rows;
  }();
  static constexpr unsigned kShortMatch = 6;
  static constexpr unsigned kLongMatch = 20;

  explicit TextModel(const MixSettings& /*settings*/) noexcept {}

  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    const std::uint32_t byte = history[position - 1];
    const std::uint32_t previous = bytes_.last();
    text_.update(byte, previous, position);
    letters_.update(byte, previous);
    fields_.update(byte, position);
    if constexpr (kContexts > 16) {
      field_hash_ = byte == '\n' || TextHistory::separates(byte) ? 0 : hash_of(field_hash_, byte);
      if (TextHistory::in_word(previous) && !TextHistory::in_word(byte)) {
        last_exact_ = text_.exact;
      }
      nesting_.update(byte, previous);
    }
    bytes_.update(byte);
  }

  void contexts(const std::uint8_t* history, std::uint32_t position, std::uint32_t* h) noexcept {
    const auto look = [history, position](std::uint32_t at, std::uint32_t none) {
      return at < position ? history[at] : none;
    };
    const std::uint32_t at = text_.above(position);
    const std::uint32_t in_field = fields_.above(position);
    const Seen seen = {.above = look(at, '\n'),
                       .beyond = look(at + 1, '\n'),
                       .above2 = look(text_.above2(position), '\n'),
                       .in_field = look(in_field, 0),
                       .in_field_beyond = look(in_field + 1, 0),
                       .column = position - text_.line};
    for (const unsigned order : kOrders) {
      *h++ = bytes_.order(order);
    }
    *h++ = letters(letters_.word);
    *h++ = letters(hash_of(letters_.word, letters_.earlier[0]));
    if constexpr (!kLean) {
      *h++ = hash_of(text_.token(), text_.earlier[0]);
    }
    *h++ = hash_of(text_.token(), text_.earlier[0], text_.earlier[1]);
    *h++ = hash_of(bytes_.after_pair[bytes_.last4 & 0xFFFFU], bytes_.after_byte[bytes_.last()],
                   bytes_.last());
    *h++ = hash_of(seen.in_field | seen.in_field_beyond << 8U, text_.field);
    *h++ = hash_of(seen.above | seen.above2 << 8U, seen.column);
    *h++ = hash_of(text_.field, text_.separator);
    *h++ = hash_of(text_.classes, bytes_.last());
    if constexpr (kContexts > 16) {
      h = more_contexts(seen, h);
    }
    if constexpr (kContexts > 32) {
      most_contexts(history, position, seen, h);
    }
    if constexpr (kSets > 4) {
      count_known_orders();
    }
  }

  void select(const BitView& view, std::array<std::size_t, kSets>& rows) const noexcept {
    const std::size_t sort = text_.classes & 15U;
    const std::size_t match = view.match * 2 + view.expected_bit;
    rows[0] = sort * 256 + view.partial;
    rows[1] = (text_.classes & 0x3FFU) << 2U | view.bit >> 1U;
    if constexpr (!kLean) {
      rows[2] = (std::min(text_.length, 15U) * 8 + view.bit) * 8 +
                std::min(static_cast<unsigned>(std::bit_width(text_.gap_length)), 7U);
    }
    rows[kLean ? 2 : 3] = (match * 16 + sort) * 8 + view.bit;
    if constexpr (kSets > 4) {
      rows[4] = (match * 5 + known_orders_) * 16 + sort;
      rows[5] = bytes_.last() * 16 + ((text_.classes >> 4U) & 15U);
    }
  }

  [[nodiscard]] std::array<std::size_t, 2> refine(const BitView& view) const noexcept {
    return {hash_of(view.partial, bytes_.last4 & 0xFFFFU, 1) >> 19U,
            hash_of(view.partial, text_.classes & 0xFFFFU) >> 19U};
  }

  [[nodiscard]] std::uint32_t place(std::uint32_t position) const noexcept {
    return hash_of(position - text_.line, text_.field);
  }

 private:
  static constexpr std::size_t kChecks = kSets == 6 ? 65536 : 1;
  // Of the last bytes alone.
  static constexpr auto kOrders = [] {
    if constexpr (kLean) {
      return std::array{1U, 2U, 3U, 5U};
    } else {
      return std::array{1U, 2U, 3U, 4U, 5U, 6U, 8U};
    }
  }();

  /// What stands near in the lines above.
  struct Seen {
    std::uint32_t above;            ///< in the line above
    std::uint32_t beyond;           ///< the byte after that
    std::uint32_t above2;           ///< in the line above that
    std::uint32_t in_field;         ///< in the same field of the line above
    std::uint32_t in_field_beyond;  ///< the byte after that
    std::uint32_t column;
  };

  /// `context` of letters, apart from the number that may stand between them.
  [[nodiscard]] std::uint32_t letters(std::uint32_t context) const noexcept {
    const std::uint32_t last = bytes_.last();
    if (letters_.between != 0) {
      return hash_of(context, letters_.between > 1 ? text_.number : 0, letters_.between);
    }
    return hash_of(context, last == '(' ? 1U : 0U, 0);
  }

  std::uint32_t* more_contexts(const Seen& seen, std::uint32_t* h) const noexcept {
    const std::uint32_t last = bytes_.last();
    const std::uint32_t last4 = bytes_.last4;
    const std::uint32_t token = text_.token();
    *h++ = hash_of(token, text_.earlier[1]);
    *h++ = hash_of(text_.signs, text_.word != 0 ? text_.word : last);
    *h++ = hash_of(text_.line - text_.line_above, seen.column, seen.above);
    *h++ = hash_of(seen.above | seen.beyond << 8U, last);
    *h++ = hash_of(bytes_.after_pair[last4 & 0xFFFFU], last);
    *h++ = hash_of(text_.classes, last4 & 0xFFFFU);
    *h++ = bytes_.order(7);
    *h++ = text_.word != 0 ? text_.word : hash_of(text_.earlier[0], text_.gap);
    *h++ = hash_of(token, text_.earlier_suffix & 0xFFFFU);
    *h++ = hash_of(token, nesting_.tag());
    *h++ = hash_of(text_.long_number, text_.number, last);
    *h++ = hash_of(seen.in_field | seen.in_field_beyond << 8U, last);
    *h++ = hash_of(seen.column, last);
    *h++ = hash_of(token, text_.earlier[0], text_.earlier[1], text_.earlier[2]);
    *h++ = hash_of(nesting_.bracket() | nesting_.brackets() << 8U, nesting_.quoted, text_.word);
    *h++ = text_.word != 0 ? text_.exact : hash_of(last_exact_, text_.gap);
    return h;
  }

  void most_contexts(const std::uint8_t* history, std::uint32_t position, const Seen& seen,
                     std::uint32_t* h) const noexcept {
    const std::uint32_t last = bytes_.last();
    const std::uint32_t last4 = bytes_.last4;
    const std::uint32_t token = text_.token();
    const auto place = static_cast<std::uint32_t>(nesting_.place);
    *h++ = hash_of(nesting_.tag(), nesting_.outer_tag(), place != 0 ? nesting_.name : 0, place);
    *h++ = hash_of(seen.in_field, field_hash_);
    *h++ = 0;
    *h++ = hash_of(last4 & 0xFF00FFU, 1);
    *h++ = hash_of(nesting_.bracket(), nesting_.since_bracket, last);
    *h++ = hash_of(token, text_.earlier[0], text_.earlier[2]);
    *h++ = hash_of(seen.above, seen.column);
    *h++ = hash_of(token, text_.field);
    *h++ = hash_of(token, text_.earlier[2]);
    *h++ = last4 & 0xFFFF00U;
    *h++ = hash_of(bytes_.after_byte[last], last4 & 0xFFFFU);
    *h++ = hash_of(token, seen.above);
    std::uint32_t long_order = 0;
    for (std::uint32_t back = 1; back <= 16 && back <= position; ++back) {
      long_order = (long_order + history[position - back] + 1) * 0x2F0B4C47U;
    }
    *h++ = long_order;
    *h++ = hash_of(token, text_.earlier_first, text_.earlier_length);
    *h++ = hash_of(seen.above | seen.above2 << 8U, last);
    *h++ = hash_of(bytes_.after_byte[last], last);
  }

  // How many of the orders 3 to 6 have been seen before, by checks in small tables.
  void count_known_orders() noexcept {
    known_orders_ = 0;
    for (unsigned order = 3; order <= 6; ++order) {
      const std::uint32_t hash = hash_of(bytes_.order(order), order);
      std::uint8_t& check = checks_[order - 3][hash >> 16U];
      const auto expected = static_cast<std::uint8_t>((hash & 0xFFU) | 1U);
      known_orders_ += check == expected ? 1 : 0;
      check = expected;
    }
  }

  ByteHistory bytes_;
  TextHistory text_;
  LetterHistory letters_;
  FieldHistory fields_;
  NestingHistory nesting_;
  std::uint32_t field_hash_ = 0;
  std::uint32_t last_exact_ = 0;  // of the word before
  unsigned known_orders_ = 0;
  std::array<std::array<std::uint8_t, kChecks>, 4> checks_{};
};

}  // namespace kompakt
