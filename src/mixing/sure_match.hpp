/// \file
/// Whether a byte is the one that a match foresees, as one decision in place of eight.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "entropy/logistic.hpp"
#include "mixing/adaptive_map.hpp"
#include "mixing/context_hash.hpp"

namespace kompakt {

/// What the decision depends on.
struct SureView {
  std::uint32_t length = 0;    ///< of the match, above 0
  std::uint32_t expected = 0;  ///< the byte that it foresees
  std::uint32_t last4 = 0;     ///< the four bytes before, the last one lowest
  std::uint32_t place = 0;     ///< in a line, a record or the like
  bool by_far = false;         ///< the long match foresees it
  bool by_near = false;        ///< the short one does
};

/// Foresees the decision from adaptive probabilities, joined by weights that are learned. Where the
/// probability is under kSure the byte had better be coded by all contexts; either way update() is
/// told what came. kMore: one probability more, by four bytes, and a lower bound.
template <bool kMore>
class SureMatch {
 public:
  /// Of a match, in bytes.
  static constexpr std::uint32_t kLeastLength = 8;
  /// In units of 1 / 65536. Lower ones cost size, higher ones time: docs/decisions/0014.
  static constexpr std::uint32_t kSure = kMore ? 64800 : 65200;

  SureMatch() noexcept {
    by_length_.fill(kLikely);
    by_byte_.fill(kLikely);
    by_context_.fill(kLikely);
    by_place_.fill(kLikely);
    by_four_.fill(kLikely);
    weights_.fill({kOne / 2, kOne / 4, kOne / 4, kOne / 4});
  }

  /// The probability that the byte is the one foreseen, in units of 1 / 65536, in [2, 65534].
  [[nodiscard]] std::uint32_t predict(const SureView& view) noexcept {
    const auto bucket =
        std::min(static_cast<std::size_t>(std::bit_width(view.length)) - 1, kBuckets - 1);
    const std::uint32_t last = view.last4 & 0xFFU;
    const std::uint32_t last2 = view.last4 & 0xFFFFU;
    const std::size_t matches = (view.by_far ? 2 : 0) + (view.by_near ? 1 : 0);
    entries_[0] = &by_length_[(bucket * 4 + matches) * 256 + outcomes_];
    entries_[1] = &by_byte_[last << 8U | view.expected];
    entries_[2] =
        &by_context_[hash_of(last2, view.expected, static_cast<std::uint32_t>(bucket / 2)) >> 16U];
    entries_[3] = &by_place_[hash_of(view.place, view.expected) >> 16U];
    if constexpr (kMore) {
      entries_[kInputs - 1] = &by_four_[hash_of(view.last4, view.expected) >> (32U - kFourBits)];
    }
    row_ = &weights_[bucket];
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < kInputs; ++i) {
      inputs_[i] = stretch(*entries_[i] >> 20U);
      sum += inputs_[i] * (*row_)[i];
    }
    probability_ =
        static_cast<std::int32_t>(squash(std::clamp(sum >> kOneBits, -kLogitLimit, kLogitLimit)));
    return static_cast<std::uint32_t>(std::clamp(probability_, 2, 65534));
  }

  /// Takes what came of the last prediction.
  void update(bool hit) noexcept {
    const std::int32_t error = (hit ? 65535 : 0) - probability_;
    for (std::size_t i = 0; i < kInputs; ++i) {
      std::int32_t& weight = (*row_)[i];
      weight = std::clamp(weight + ((inputs_[i] * (error >> 2)) >> 14), -kMost, kMost);
      adapt(*entries_[i], hit ? 1 : 0);
    }
    outcomes_ = (outcomes_ << 1U | (hit ? 1U : 0U)) & 0xFFU;
  }

 private:
  static constexpr std::size_t kInputs = kMore ? 5 : 4;
  static constexpr unsigned kFourBits = 17;
  static constexpr std::size_t kBuckets = 16;  // lengths by their powers of two
  static constexpr int kOneBits = 16;
  static constexpr std::int32_t kOne = 1 << kOneBits;  // a weight of one
  static constexpr std::int32_t kMost = 2 * kOne;      // bounds the sum in predict()
  static constexpr AdaptiveEntry kLikely = adaptive_entry((1U << 22U) / 64 * 63, kAdaptiveFresh);

  std::array<AdaptiveEntry, kBuckets * 4 * 256> by_length_;  // which match, outcomes
  std::array<AdaptiveEntry, 65536> by_byte_;                 // the last one and the next
  std::array<AdaptiveEntry, 65536> by_context_;              // the same with one byte more, hashed
  std::array<AdaptiveEntry, 65536> by_place_;                // the place and the next
  std::array<AdaptiveEntry, kMore ? std::size_t{1} << kFourBits : 1> by_four_;  // four and the next
  std::array<std::array<std::int32_t, kInputs>, kBuckets> weights_;
  std::array<AdaptiveEntry*, kInputs> entries_{};
  std::array<std::int32_t, kInputs> inputs_{};
  std::array<std::int32_t, kInputs>* row_ = nullptr;
  std::int32_t probability_ = 0;
  std::uint32_t outcomes_ = 0xFF;  // of the last eight decisions
};

}  // namespace kompakt
