/// \file
/// Contexts for binary data: of any kind, or of records of a measured length.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/bit_view.hpp"
#include "mixing/byte_history.hpp"
#include "mixing/models/binary_lists.hpp"
#include "mixing/stream.hpp"

namespace kompakt {

/// Where records begin, learned from pairs of bytes that come back at a fair distance each time.
class RecordAnchor {
 public:
  /// Takes the byte before `position`; `pair` ends with it.
  void update(std::uint32_t pair, std::uint32_t position) noexcept {
    Pair& seen = pairs_[pair & 0xFFFFU];
    const std::uint32_t gap = position - seen.position;
    const std::uint32_t regular = gap >= kLeastGap && gap <= kMostGap ? seen.regular + 1 : 0;
    if (regular >= kTrusted) {
      begin_ = position;
      above_ = seen.position;
      id_ = pair & 0xFFFFU;
    }
    seen = {position, std::min(regular, kTrusted)};
  }
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  /// Bytes since the anchor.
  [[nodiscard]] std::uint32_t distance(std::uint32_t position) const noexcept {
    return std::min(position - begin_, kMostGap);
  }
  /// The byte as far behind the anchor before; 0 where there is none.
  [[nodiscard]] std::uint32_t aligned(const std::uint8_t* history,
                                      std::uint32_t position) const noexcept {
    return begin_ != 0 ? history[above_ + (position - begin_)] : 0U;
  }

 private:
  static constexpr std::uint32_t kLeastGap = 16;
  static constexpr std::uint32_t kMostGap = 512;
  static constexpr std::uint32_t kTrusted = 16;
  struct Pair {
    std::uint32_t position;
    std::uint32_t regular;
  };
  std::uint32_t begin_ = 0;  // 0: no anchor yet
  std::uint32_t above_ = 0;  // less than begin_ by kLeastGap or more
  std::uint32_t id_ = 0;
  std::array<Pair, 65536> pairs_{};
};

template <MixStrength kStrength>
class RecordsModel : public BinaryLists<kStrength, 6> {
 public:
  using BinaryLists<kStrength, 6>::kContexts;
  using BinaryLists<kStrength, 6>::kLean;
  using BinaryLists<kStrength, 6>::kSets;
  static constexpr unsigned kShortMatch = 5;
  static constexpr unsigned kLongMatch = 16;

  /// A stride of 0: no records.
  explicit RecordsModel(const MixSettings& settings) noexcept { set_stride(settings.stride); }

  void set_stride(std::uint32_t stride) noexcept {
    stride_ = std::max(stride, 1U);
    records_ = stride > 1;
  }

  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    const std::uint32_t byte = history[position - 1];
    text_.update(byte, bytes_.last(), position);
    bytes_.update(byte);
    anchor_.update(bytes_.last4, position);
  }

  void contexts(const std::uint8_t* history, std::uint32_t position, std::uint32_t* h) noexcept {
    const std::uint32_t last4 = bytes_.last4;
    const std::uint32_t last = bytes_.last();
    const auto back = [&](std::uint32_t n) -> std::uint32_t {
      return position >= n ? history[position - n] : 0U;
    };
    column_ = records_ ? position % stride_ : position % 4;
    const std::uint32_t up = records_ ? back(stride_) : bytes_.byte(4);
    const std::uint32_t up2 = records_ ? back(2 * stride_) : bytes_.byte(8);
    const std::uint32_t aligned = anchor_.aligned(history, position);
    aligned_ = aligned;
    beside_ = records_ ? up : bytes_.byte(2);
    field_ = hash_of(anchor_.id(), anchor_.distance(position));
    *h++ = last;
    *h++ = bytes_.order(2);
    *h++ = bytes_.order(3);
    *h++ = hash_of(last4 & 0xE0E0E0E0U, bytes_.before4 & 0xE0E0E0E0U, 1);
    if constexpr (!kLean) {
      *h++ = hash_of(last4 & 0xF0F0F0F0U, bytes_.before4 & 0xF0F0F0F0U, 2);
    }
    *h++ = bytes_.order(6);
    if constexpr (!kLean) {
      *h++ = hash_of(text_.word, last, 7);
    }
    *h++ = hash_of(bytes_.after_pair[last4 & 0xFFFFU], last) + 7;
    *h++ = hash_of(last4 & 0xFFFF00U, 9);
    *h++ = hash_of(field_, 10);
    *h++ = hash_of(up, last, 11);
    *h++ = hash_of(up, column_, 12);
    *h++ = hash_of(up | up2 << 8U, column_, 13);
    if constexpr (!kLean) {
      *h++ = hash_of(last, column_, 14);
    }
    *h++ = hash_of(field_, last, 15);
    if constexpr (!kLean) {
      *h++ = hash_of(field_, aligned, 16);
    }
    if constexpr (kContexts > 16) {
      more_contexts(h, {.up = up, .up2 = up2, .aligned = aligned});
    }
  }

  void select(const BitView& view, std::array<std::size_t, kSets>& rows) const noexcept {
    const std::size_t beside = view.bit * 256 + beside_;
    const std::size_t column = (records_ ? std::min(column_, 255U) : field_ & 255U) * 8 + view.bit;
    rows[0] = view.match * 256 + view.partial;
    if constexpr (kLean) {
      rows[1] = beside;
      rows[2] = column;
      return;
    }
    rows[1] = view.bit * 256 + bytes_.last();
    if constexpr (kSets > 3) {
      rows[2] = beside;
      rows[3] = column;
    }
    if constexpr (kSets > 4) {
      rows[4] = view.bit * 256 + bytes_.byte(4);
      rows[5] = view.bit * 256 + aligned_;
    }
  }

  [[nodiscard]] std::array<std::size_t, 2> refine(const BitView& view) const noexcept {
    return {hash_of(view.partial, bytes_.last()) >> 19U,
            hash_of(view.partial, beside_, column_) >> 19U};
  }

  [[nodiscard]] std::uint32_t place(std::uint32_t position) const noexcept {
    return records_ ? position % stride_ : hash_of(anchor_.id(), anchor_.distance(position));
  }

 private:
  /// The bytes above this one: a record or four bytes, two of these, and since the anchor before.
  struct Above {
    std::uint32_t up;
    std::uint32_t up2;
    std::uint32_t aligned;
  };
  void more_contexts(std::uint32_t* h, const Above& above) noexcept {
    const std::uint32_t last4 = bytes_.last4;
    const std::uint32_t last = bytes_.last();
    const auto [up, up2, aligned] = above;
    *h++ = hash_of(last4 & 0xF0F0F0F0U, up, 17);
    *h++ = hash_of(last4 & 0xFF00FF00U, 18);
    *h++ = hash_of(last4 & 0xFF00U, 19);
    *h++ = hash_of(last4 & 0xFF0000U, 20);
    *h++ = hash_of(last4 & 0xFF000000U, 21);
    *h++ = hash_of(last4 & 0xFF00FFU, 22);
    *h++ = hash_of(last4 & 0xFFFFFF00U, 23);
    *h++ = hash_of(bytes_.after_byte[last], last, 24);
    *h++ = hash_of(field_, bytes_.order(2), 25);
    *h++ = hash_of(up, bytes_.order(2), 26);
    *h++ = hash_of(up, up2, last, 27);
    *h++ = hash_of(last + up2 - up, column_, 28);
    *h++ = hash_of(column_, bytes_.order(2), 29);
    *h++ = hash_of(bytes_.byte(8), last, column_, 30);
    *h++ = hash_of(field_, aligned, last, 31);
    *h++ = bytes_.order(4);
  }

  std::uint32_t stride_;
  bool records_;
  ByteHistory bytes_;
  RecordAnchor anchor_;
  std::uint32_t field_ = 0;
  TextHistory text_;
  std::uint32_t column_ = 0;
  std::uint32_t beside_ = 0;
  std::uint32_t aligned_ = 0;
};

}  // namespace kompakt
