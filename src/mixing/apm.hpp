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

/// A row of a map: probabilities at logits 256 apart.
struct alignas(32) ApmRow {
  std::array<std::uint16_t, 16> p;
};

/// Where a logit lies in a row.
struct ApmPoint {
  static constexpr int kStepBits = 8;
  static constexpr int kStep = 1 << kStepBits;
  static constexpr int kLimit = 15 * kStep / 2;

  explicit ApmPoint(int logit) noexcept {
    const int x = std::min(std::max(logit, -kLimit), kLimit - 1) + kLimit;
    weight = x & (kStep - 1);
    low = static_cast<std::size_t>(x >> kStepBits);
    nearest = static_cast<std::size_t>((x + kStep / 2) >> kStepBits);
  }
  std::size_t low;
  std::size_t nearest;
  int weight;
};

/// kRows contexts, a power of two.
template <std::size_t kRows>
class Apm {
 public:
  explicit Apm(int rate) noexcept : rate_(rate) {
    for (ApmRow& row : rows_) {
      for (int i = 0; i < 16; ++i) {
        row.p[static_cast<std::size_t>(i)] =
            static_cast<std::uint16_t>(squash(i * ApmPoint::kStep - ApmPoint::kLimit));
      }
    }
  }

  /// Begins a byte in a context.
  void begin_byte(std::size_t context) noexcept {
    context_ = context * 2;
    next_ = &rows_[context_ % kRows];
    __builtin_prefetch(next_);
  }
  /// Chooses the row for the bit after `partial` (a one in front), and asks for the memory of the
  /// two rows, one line, of which the bit after that takes one.
  void select(std::size_t partial) noexcept {
    row_ = next_ + (partial & 1U);
    next_ = &rows_[(context_ + partial * 0x13CAU) % kRows];
    __builtin_prefetch(next_);
  }
  /// The corrected probability, in units of 1 / 65536.
  [[nodiscard]] int refine(ApmPoint point) noexcept {
    nearest_ = &row_->p[point.nearest];
    return (row_->p[point.low] * (ApmPoint::kStep - point.weight) +
            row_->p[point.low + 1] * point.weight) >>
           ApmPoint::kStepBits;
  }
  void update(unsigned bit) noexcept {
    const int target = -static_cast<int>(bit) & 65535;
    *nearest_ = static_cast<std::uint16_t>(*nearest_ + ((target - *nearest_) >> rate_));
  }

 private:
  alignas(64) std::array<ApmRow, kRows> rows_;
  ApmRow* row_ = rows_.data();
  std::size_t context_ = 0;
  ApmRow* next_ = rows_.data();
  std::uint16_t* nearest_ = rows_[0].p.data();
  int rate_;
};

}  // namespace kompakt
