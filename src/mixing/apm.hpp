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

/// kRows contexts, a power of two.
template <std::size_t kRows>
class Apm {
 public:
  explicit Apm(int rate) noexcept : rate_(rate) {
    for (ApmRow& row : rows_) {
      for (int i = 0; i < 16; ++i) {
        row.p[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(squash(i * kStep - kLimit));
      }
    }
  }

  /// Begins a byte in a context.
  void begin_byte(std::size_t context) noexcept {
    context_ = context;
    __builtin_prefetch(&rows_[pair(0)]);
  }
  /// Chooses the row for the bit after `partial` (a one in front), and asks for the memory of the
  /// two rows, one line, of which the next bit takes one.
  void select(unsigned partial) noexcept {
    row_ = &rows_[pair(partial / 2) + (partial & 1U)];
    __builtin_prefetch(&rows_[pair(partial)]);
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
    const int target = -static_cast<int>(bit) & 65535;
    std::uint16_t& p = row_->p[nearest_];
    p = static_cast<std::uint16_t>(p + ((target - p) >> rate_));
  }

 private:
  static constexpr int kStepBits = 8;
  static constexpr int kStep = 1 << kStepBits;
  static constexpr int kLimit = 15 * kStep / 2;

  [[nodiscard]] std::size_t pair(std::size_t partial) const noexcept {
    return ((context_ + partial * 0x9E5U) * 2) % kRows;
  }

  alignas(64) std::array<ApmRow, kRows> rows_;
  ApmRow* row_ = rows_.data();
  std::size_t context_ = 0;
  std::size_t nearest_ = 0;
  int rate_;
};

}  // namespace kompakt
