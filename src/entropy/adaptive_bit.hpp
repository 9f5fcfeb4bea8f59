/// \file
/// Probabilities that learn from the bits they predict, and what combines them. Integers only: the
/// same everywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "entropy/logistic.hpp"

namespace kompakt {

/// A probability that moves by a fixed share of its error.
class FixedRateBit {
 public:
  [[nodiscard]] std::uint32_t p12() const noexcept { return p_ >> 4U; }
  /// Moves by 2^-rate.
  void update(unsigned bit, unsigned rate) noexcept {
    const int target = bit != 0 ? 65535 : 0;
    p_ = static_cast<std::uint16_t>(p_ + (target - p_) / (1 << rate));
  }

 private:
  std::uint16_t p_ = 32768;
};

/// A probability of 22 bits with a count: the n-th bit moves it by 1 / (n + 1.6), down to a limit.
class CountedBit {
 public:
  [[nodiscard]] std::uint32_t p12() const noexcept { return state_ >> 20U; }
  /// `limit` < 1024 bounds the count.
  void update(unsigned bit, unsigned limit) noexcept {
    const std::uint32_t count = state_ & 0x3FFU;
    const std::int64_t p = state_ >> 10U;
    const std::int64_t target = bit != 0 ? 0x3FFFFF : 0;
    // The share is at most 0.625, so p stays within its 22 bits.
    const std::int64_t moved = p + (((target - p) * kShares[count]) >> 16U);
    state_ = (static_cast<std::uint32_t>(moved) << 10U) | (count + (count < limit ? 1U : 0U));
  }

 private:
  static constexpr std::array<std::uint16_t, 1024> kShares = [] {
    std::array<std::uint16_t, 1024> shares{};
    for (std::uint32_t n = 0; n < 1024; ++n) {
      shares[n] = static_cast<std::uint16_t>(655360 / (10 * n + 16));
    }
    return shares;
  }();
  std::uint32_t state_ = 0x80000000U;
};

/// Weights of one context over kInputs logits. Trained online, towards fewer bits. 64 bits wide: no
/// input can drive them to an overflow (an update moves a weight by less than 2^17).
template <std::size_t kInputs>
class Weights {
 public:
  Weights() noexcept { weights_.fill(65536 * 2 / (2 * static_cast<int>(kInputs) - 1)); }
  [[nodiscard]] int mix(const std::array<int, kInputs>& logits) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kInputs; ++i) {
      sum += logits[i] * weights_[i];
    }
    return static_cast<int>(std::clamp<std::int64_t>(sum >> 16U, -kLogitLimit, kLogitLimit));
  }
  /// `p1` is what the mix predicted, in units of 1 / 65536.
  void update(const std::array<int, kInputs>& logits, unsigned bit, std::uint32_t p1,
              unsigned rate) noexcept {
    const int error = ((static_cast<int>(bit) << 16U) - static_cast<int>(p1)) >> 4U;
    for (std::size_t i = 0; i < kInputs; ++i) {
      weights_[i] += (logits[i] * error + (1 << (rate - 1))) >> rate;
    }
  }

 private:
  std::array<std::int64_t, kInputs> weights_{};
};

/// Maps a logit to the probability that has been seen there: one row a context.
class Refinement {
 public:
  Refinement() noexcept {
    for (std::size_t i = 0; i < kKnots; ++i) {
      const int logit = static_cast<int>(i << kStepBits) - (kLogitLimit + 1);
      knots_[i] = squash(std::clamp(logit, -kLogitLimit, kLogitLimit)) << 16U;
    }
  }
  struct Place {
    std::uint32_t p1 = 0;     ///< in units of 1 / 65536; may be 0
    std::size_t nearest = 0;  ///< the knot to be updated
  };
  [[nodiscard]] Place look_up(int logit) const noexcept {
    const auto position = logistic_detail::index_of(logit);
    const std::size_t low = position >> kStepBits;
    const auto high_share = static_cast<std::uint32_t>(position & (kStep - 1));
    const std::uint32_t sum =
        (knots_[low] >> 16U) * (kStep - high_share) + (knots_[low + 1] >> 16U) * high_share;
    return {.p1 = sum >> kStepBits, .nearest = low + (high_share >= kStep / 2 ? 1U : 0U)};
  }
  void update(std::size_t nearest, unsigned bit, unsigned rate) noexcept {
    std::uint32_t& knot = knots_[nearest];
    knot += bit != 0 ? ~knot >> rate : 0U - (knot >> rate);
  }

 private:
  static constexpr unsigned kStepBits = 8;
  static constexpr std::uint32_t kStep = 1U << kStepBits;
  static constexpr std::size_t kKnots = 2 * (kLogitLimit + 1) / kStep + 1;
  std::array<std::uint32_t, kKnots> knots_{};
};

}  // namespace kompakt
