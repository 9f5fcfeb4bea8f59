/// \file
/// Contexts for binary data: of any kind, or of records of a measured length.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/bit_view.hpp"
#include "mixing/byte_history.hpp"
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
  /// The place as far from the anchor before; below `position`.
  [[nodiscard]] std::uint32_t above(std::uint32_t position) const noexcept {
    return above_ + (position - begin_);
  }

 private:
  static constexpr std::uint32_t kLeastGap = 16;
  static constexpr std::uint32_t kMostGap = 512;
  static constexpr std::uint32_t kTrusted = 16;
  struct Pair {
    std::uint32_t position;
    std::uint32_t regular;
  };
  std::uint32_t begin_ = 0;
  std::uint32_t above_ = 0;
  std::uint32_t id_ = 0;
  std::array<Pair, 65536> pairs_{};
};

template <MixStrength kStrength>
class RecordsModel {
 public:
  static constexpr std::size_t kContexts = kStrength == MixStrength::kStrongest ? 32 : 16;
  static constexpr std::size_t kSets = kStrength == MixStrength::kFast ? 2 : 4;
  static constexpr std::array<std::size_t, kSets> kSetRows = [] {
    std::array<std::size_t, kSets> rows;
    rows.fill(2048);
    return rows;
  }();
  static constexpr unsigned kShortMatch = 5;
  static constexpr unsigned kLongMatch = 16;

  /// A stride of 0: no records.
  explicit RecordsModel(const MixSettings& settings) noexcept
      : stride_(std::max(settings.stride, 1U)), records_(settings.stride > 1) {}

  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    const std::uint32_t byte = history[position - 1];
    text_.update(byte, bytes_.last(), position);
    bytes_.update(byte);
    anchor_.update(bytes_.last4, position);
  }

  void contexts(const std::uint8_t* history, std::uint32_t position, std::uint32_t* h) noexcept {
    const std::uint32_t last = bytes_.last();
    const auto back = [&](std::uint32_t n) -> std::uint32_t {
      return position >= n ? history[position - n] : 0U;
    };
    column_ = records_ ? position % stride_ : position % 4;
    const std::uint32_t up = records_ ? back(stride_) : bytes_.byte(4);
    const std::uint32_t up2 = records_ ? back(2 * stride_) : bytes_.byte(8);
    up_ = up;
    const std::uint32_t d = anchor_.distance(position);
    field_ = hash_of(anchor_.id(), d);
    const std::uint32_t aup = history[anchor_.above(position)];
    if (!records_) up_ = aup;
    for (unsigned order = 1; order <= 6; ++order) {
      *h++ = bytes_.order(order);
    }
    *h++ = hash_of(text_.word, last, 7);
    *h++ = hash_of(bytes_.after_pair[bytes_.last4 & 0xFFFFU], last) + 7;
    *h++ = hash_of(bytes_.last4 & 0xFFFF00U, 9);
    *h++ = hash_of(bytes_.last4 & 0xFF0000FFU, 10);
    *h++ = hash_of(up, last, 11);
    *h++ = hash_of(up, column_, 12);
    *h++ = hash_of(up | up2 << 8U, column_, 13);
    *h++ = hash_of(last, column_, 14);
    *h++ = hash_of(field_, last, 15);
    *h++ = hash_of(field_, aup, 16);
    if constexpr (kContexts > 16) {
      more_contexts(h, up, up2);
    }
  }

  void select(const BitView& view, std::array<std::size_t, kSets>& rows) const noexcept {
    rows[0] = view.match * 256 + view.partial;
    rows[1] = view.bit * 256 + bytes_.last();
    if constexpr (kSets > 2) {
      rows[2] = view.bit * 256 + up_;
      rows[3] = (records_ ? std::min(column_, 255U) : field_ & 255U) * 8 + view.bit;
    }
  }

  [[nodiscard]] std::array<std::size_t, 2> refine(const BitView& view) const noexcept {
    return {hash_of(view.partial, bytes_.last()) >> 19U,
            hash_of(view.partial, up_, column_) >> 19U};
  }

 private:
  void more_contexts(std::uint32_t* h, std::uint32_t up, std::uint32_t up2) noexcept {
    const std::uint32_t last = bytes_.last();
    *h++ = hash_of(bytes_.order(7), 17);
    *h++ = hash_of(bytes_.order(8), 18);
    *h++ = hash_of(bytes_.last4 & 0xFF00U, 19);
    *h++ = hash_of(bytes_.last4 & 0xFF0000U, 20);
    *h++ = hash_of(bytes_.last4 & 0xFF000000U, 21);
    *h++ = hash_of(bytes_.last4 & 0xFF00FFU, 22);
    *h++ = hash_of(bytes_.last4 & 0xFFFFFF00U, 23);
    *h++ = hash_of(bytes_.after_byte[last], last, 24);
    *h++ = hash_of(text_.word, text_.earlier[0], 25);
    *h++ = hash_of(up, bytes_.order(2), 26);
    *h++ = hash_of(up, up2, last, 27);
    *h++ = hash_of(last + up2 - up, column_, 28);
    *h++ = hash_of(column_, bytes_.order(2), 29);
    *h++ = hash_of(column_, 30);
    *h++ = hash_of(bytes_.last4 & 0xFFF0F0U, 31);
    *h++ = hash_of(bytes_.after_pair[bytes_.last4 & 0xFFFFU], bytes_.order(3), 32);
  }

  std::uint32_t stride_;
  bool records_;
  ByteHistory bytes_;
  RecordAnchor anchor_;
  std::uint32_t field_ = 0;
  TextHistory text_;
  std::uint32_t column_ = 0;
  std::uint32_t up_ = 0;
};

}  // namespace kompakt
