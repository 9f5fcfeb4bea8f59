/// \file
/// Adaptive probability maps (secondary estimation): a probability is corrected by what came of
/// such probabilities in a context. The idea is the APM of the PAQ family.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "entropy/logistic.hpp"

namespace kompakt {

/// A row of a map: 32 probabilities at logits 128 apart, one cache line.
struct alignas(64) ApmRow {
  std::array<std::uint16_t, 32> p;
};

/// kRows contexts.
template <std::size_t kRows>
class Apm {
 public:
  explicit Apm(int rate) noexcept : rate_(rate) {
    for (ApmRow& row : rows_) {
      for (int i = 0; i < 32; ++i) {
        row.p[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(squash(i * kStep - kLimit));
      }
    }
  }

  /// Chooses the row for the next bit and asks for its memory.
  void select(std::size_t context) noexcept {
    row_ = &rows_[context % kRows];
    __builtin_prefetch(row_);
  }
  /// The corrected probability, in units of 1 / 65536.
  [[nodiscard]] int refine(int logit) noexcept {
    const int x = std::min(std::max(logit, -kLimit), kLimit - 1) + kLimit;
    const int low = x >> kStepBits;
    const int weight = x & (kStep - 1);
    nearest_ = static_cast<std::size_t>(low + (weight >> (kStepBits - 1)));
    const auto at = static_cast<std::size_t>(low);
    return (row_->p[at] * (kStep - weight) + row_->p[at + 1] * weight) >> kStepBits;
  }
  void update(unsigned bit) noexcept {
    const int target = bit != 0 ? 65535 : 0;
    std::uint16_t& p = row_->p[nearest_];
    p = static_cast<std::uint16_t>(p + ((target - p) >> rate_));
  }

 private:
  static constexpr int kStepBits = 7;
  static constexpr int kStep = 1 << kStepBits;
  static constexpr int kLimit = 31 * kStep / 2;

  std::array<ApmRow, kRows> rows_;
  ApmRow* row_ = rows_.data();
  std::size_t nearest_ = 0;
  int rate_;
};

}  // namespace kompakt
