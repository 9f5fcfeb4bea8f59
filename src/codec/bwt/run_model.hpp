/// \file
/// The model behind run_coder: one set of adaptive predictions, driven in the same way by the
/// encoder and the decoder.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "codec/bwt/run_coder.hpp"
#include "codec/bwt/symbol_tree.hpp"
#include "core/buffer.hpp"
#include "entropy/adaptive_bit.hpp"

namespace kompakt::bwt {

/// Values and lengths of runs. A `Bits` has `unsigned code(unsigned bit, std::uint32_t p1)`: an
/// encoder codes the bit it is given and returns it, a decoder returns the one that it reads.
template <Effort kEffort>
class RunModel {
 public:
  static constexpr std::uint32_t kMaxLength = (1U << 30U) - 1;
  static constexpr bool kStrong = kEffort == Effort::kStrong;
  static constexpr bool kRefined = kEffort != Effort::kQuick;
  // Half the memory, and so fewer cache misses, for a little less precision.
  using Counter = std::conditional_t<kStrong, CountedBit, FixedRateBit>;
  static constexpr std::size_t kPairEntries = std::size_t{1} << (kStrong ? 22U : 20U);

  explicit RunModel(const SymbolTree& tree)
      : tree_(tree),
        groups_(
            std::clamp<std::size_t>(kPairEntries / (tree.leaves * tree.leaves), 1, tree.leaves)),
        single_(tree.leaves * tree.leaves),
        pair_memory_(tree.leaves * tree.leaves * groups_ * sizeof(Counter)),
        pair_(reinterpret_cast<Counter*>(pair_memory_.data())),
        length_value_(tree.leaves * kLengthNodes),
        slow_(kStrong ? tree.leaves * tree.leaves : 0),
        shape_(kStrong ? tree.leaves * tree.leaves * kShapes : 0),
        weights_by_value_(kStrong ? tree.leaves * tree.leaves : 0) {
    std::uninitialized_fill_n(pair_, tree.leaves * tree.leaves * groups_, Counter());
    for (std::size_t leaf = 0; leaf < tree.leaves; ++leaf) {
      group_of_[leaf] =
          static_cast<std::uint8_t>((tree.middle[leaf] * std::uint64_t{groups_}) >> 32U);
    }
  }

  /// Bytes that a model takes at the most.
  static constexpr std::uint64_t memory() noexcept {
    constexpr std::size_t kRows = kMaxLeaves * kMaxLeaves;
    constexpr std::size_t kLengths =
        (kMaxLeaves + (kLengthClasses + kAgeClasses) * kLengthClasses) * kLengthNodes;
    constexpr std::size_t kCounters = kLengths + (kStrong ? kRows * (1 + kShapes) : 0);
    return sizeof(RunModel) + (kRows + kPairEntries) * sizeof(Counter) +
           kCounters * sizeof(CountedBit) + kLengthNodes * kLengthClasses * sizeof(Refinement) +
           (kStrong ? kRows * sizeof(Weights<kLeafInputs>) : 0);
  }
  /// Asks for what coding `leaf` will read, where those are the leaves of the two runs before.
  void prefetch_leaf(std::size_t before, std::size_t before_that, std::size_t leaf) const noexcept {
    const Counter* const pair = pair_ + (before * groups_ + group_of_[before_that]) * tree_.leaves;
    __builtin_prefetch(pair, 1);
    __builtin_prefetch(pair + tree_.parent[leaf], 1);
  }
  /// The leaf of the next run. At least two leaves.
  template <typename Bits>
  std::size_t code_leaf(Bits& bits, std::size_t leaf);
  /// The length of a run of `leaf`, in [1, kMaxLength].
  template <typename Bits>
  std::uint32_t code_length(Bits& bits, std::size_t leaf, std::uint32_t length);

 private:
  // Decisions of a length: 0 .. 31 "the exponent is higher", then the mantissas of exponents 1 to 3
  // as trees, then the highest mantissa bit of longer ones.
  static constexpr unsigned kMaxExponent = 29;
  static constexpr std::size_t kShortMantissas = 32;
  static constexpr std::size_t kLongMantissas = kShortMantissas + 11;
  static constexpr std::size_t kLengthNodes = 72;
  static constexpr std::size_t kLengthClasses = 16;
  static constexpr std::size_t kAgeClasses = 8;
  static constexpr std::size_t kShapes = 8;  // of the run before: its length class, bounded
  static constexpr std::size_t kLeafInputs = kStrong ? 6 : 3;
  static constexpr std::size_t kLengthInputs = kRefined ? 3 : 2;

  struct RunState {
    std::uint32_t seen = 0;     // number of the run in which the value last occurred, from 1
    std::uint16_t average = 0;  // of length classes, in units of 1 / 64
    std::uint8_t last = 0;      // length class
  };

  static std::size_t length_class(std::uint32_t length) {
    if (length <= 4) {
      return length - 1;
    }
    const auto exponent = static_cast<std::uint32_t>(std::bit_width(length)) - 1;
    return std::min<std::size_t>(kLengthClasses - 1,
                                 2 * exponent + ((length >> (exponent - 1)) & 1U));
  }
  static std::size_t age_class(std::uint32_t age);

  template <typename Bits>
  unsigned code_refined(Bits& bits, unsigned bit, int logit, std::uint32_t mixed,
                        Refinement& refinement);
  template <typename Bits>
  unsigned code_length_bit(Bits& bits, unsigned bit, std::size_t node);

  const SymbolTree& tree_;
  std::size_t groups_;
  std::array<std::uint8_t, kMaxLeaves> group_of_{};

  std::array<FixedRateBit, kMaxLeaves> recent_{};
  std::vector<Counter> single_;  // by the value before
  // By the value before and the group of the one before that. No vector: the heap may keep what
  // that gives back, next to the memory of the transform.
  Buffer pair_memory_;
  Counter* pair_;
  std::array<Weights<kLeafInputs>, kMaxLeaves> leaf_weights_{};
  std::array<Refinement, kRefined ? kMaxLeaves : 1> leaf_refinement_{};
  std::size_t before_ = 0;
  std::size_t before_that_ = 0;
  std::size_t class_before_ = 0;  // length class of the run before

  std::vector<CountedBit> length_value_;  // by the value
  std::vector<CountedBit> length_last_ = std::vector<CountedBit>(
      kRefined ? kLengthClasses * kLengthClasses * kLengthNodes : 0);  // by last and average length
  std::vector<CountedBit> length_age_ = std::vector<CountedBit>(
      kAgeClasses * kLengthClasses * kLengthNodes);  // by age and average length
  std::array<Weights<kLengthInputs>, kLengthNodes> length_weights_{};
  std::vector<Refinement> length_refinement_ =
      std::vector<Refinement>(kRefined ? kLengthNodes * kLengthClasses : 1);  // by last length
  // For Effort::kStrong alone.
  std::array<FixedRateBit, kMaxLeaves> lately_{};
  std::vector<CountedBit> slow_;   // by the value before, with a long memory
  std::vector<CountedBit> shape_;  // by the value before that and the length of the run before
  std::vector<Weights<kLeafInputs>> weights_by_value_;  // by the value before

  std::array<RunState, kMaxLeaves> runs_{};
  std::uint32_t run_number_ = 256;
  // Rows of the current length.
  std::size_t value_row_ = 0;
  std::size_t last_row_ = 0;
  std::size_t age_row_ = 0;
  std::size_t refinement_row_ = 0;
};

namespace run_model_detail {
inline constexpr unsigned kRecentRate = 3;
inline constexpr unsigned kSingleRate = 5;
inline constexpr unsigned kPairRate = 4;
inline constexpr unsigned kLatelyRate = 5;
inline constexpr unsigned kSingleLimit = 30;
inline constexpr unsigned kSlowLimit = 255;
inline constexpr unsigned kShapeLimit = 60;
inline constexpr unsigned kPairLimit = 40;
inline constexpr unsigned kLengthLimit = 127;
inline constexpr unsigned kLengthAgeLimit = 1023;
inline constexpr unsigned kLeafMixRate = 10;
inline constexpr unsigned kLengthMixRate = 11;
inline constexpr unsigned kRefinementRate = 6;

// Half of the mix, half of what was seen where the mix said so; at least 1 and at most 65535.
inline std::uint32_t average(std::uint32_t mixed, std::uint32_t refined) {
  return std::max<std::uint32_t>((mixed + refined) >> 1U, 1);
}
}  // namespace run_model_detail

template <Effort kEffort>
std::size_t RunModel<kEffort>::age_class(std::uint32_t age) {
  constexpr std::array<std::uint32_t, kAgeClasses - 1> kUpTo = {2, 3, 4, 6, 10, 20, 60};
  std::size_t found = 0;
  for (const std::uint32_t bound : kUpTo) {
    found += age > bound ? 1U : 0U;
  }
  return found;
}

template <Effort kEffort>
template <typename Bits>
std::size_t RunModel<kEffort>::code_leaf(Bits& bits, std::size_t leaf) {
  using namespace run_model_detail;
  Counter* const single = single_.data() + before_ * tree_.leaves;
  Counter* const pair = pair_ + (before_ * groups_ + group_of_[before_that_]) * tree_.leaves;
  CountedBit* const slow = slow_.data() + (kStrong ? before_ * tree_.leaves : 0);
  CountedBit* const shape =
      shape_.data() + (kStrong ? (before_that_ * kShapes + class_before_) * tree_.leaves : 0);
  auto* const by_value = weights_by_value_.data() + (kStrong ? before_ * tree_.leaves : 0);
  std::size_t node = 0;
  while (true) {
    std::array<int, kLeafInputs> logits{};
    logits[0] = stretch(recent_[node].p12());
    logits[1] = stretch(single[node].p12());
    logits[2] = stretch(pair[node].p12());
    if constexpr (kStrong) {
      logits[3] = stretch(lately_[node].p12());
      logits[4] = stretch(slow[node].p12());
      logits[5] = stretch(shape[node].p12());
    }
    int logit = leaf_weights_[node].mix(logits);
    const std::uint32_t mixed = squash(logit);
    std::uint32_t mixed_by_value = mixed;
    if constexpr (kStrong) {
      const int other = by_value[node].mix(logits);
      mixed_by_value = squash(other);
      logit = (logit + other) / 2;
    }
    const std::uint32_t combined = kStrong ? squash(logit) : mixed;
    const unsigned bit = code_refined(bits, leaf >= tree_.split[node] ? 1U : 0U, logit, combined,
                                      leaf_refinement_[kRefined ? node : 0]);
    leaf_weights_[node].update(logits, bit, mixed, kLeafMixRate);
    recent_[node].update(bit, kRecentRate);
    single[node].update(bit, kStrong ? kSingleLimit : kSingleRate);
    pair[node].update(bit, kStrong ? kPairLimit : kPairRate);
    if constexpr (kStrong) {
      by_value[node].update(logits, bit, mixed_by_value, kLeafMixRate);
      lately_[node].update(bit, kLatelyRate);
      slow[node].update(bit, kSlowLimit);
      shape[node].update(bit, kShapeLimit);
    }
    const std::uint16_t next = tree_.child[node][bit];
    if ((next & SymbolTree::kLeaf) != 0) {
      before_that_ = before_;
      before_ = next & 0xFFU;
      return before_;
    }
    node = next;
  }
}

template <Effort kEffort>
template <typename Bits>
unsigned RunModel<kEffort>::code_refined(Bits& bits, unsigned bit, int logit, std::uint32_t mixed,
                                         Refinement& refinement) {
  using namespace run_model_detail;
  if constexpr (kRefined) {
    const auto refined = refinement.look_up(logit);
    bit = bits.code(bit, average(mixed, refined.p1));
    refinement.update(refined.nearest, bit, kRefinementRate);
    return bit;
  }
  return bits.code(bit, mixed);
}

template <Effort kEffort>
template <typename Bits>
unsigned RunModel<kEffort>::code_length_bit(Bits& bits, unsigned bit, std::size_t node) {
  using namespace run_model_detail;
  CountedBit& by_value = length_value_[value_row_ + node];
  CountedBit& by_age = length_age_[age_row_ + node];
  CountedBit& by_last = kRefined ? length_last_[last_row_ + node] : by_age;
  std::array<int, kLengthInputs> logits{};
  logits[0] = stretch(by_value.p12());
  logits[1] = stretch(by_last.p12());
  logits[kLengthInputs - 1] = stretch(by_age.p12());
  const int logit = length_weights_[node].mix(logits);
  const std::uint32_t mixed = squash(logit);
  bit = code_refined(bits, bit, logit, mixed,
                     length_refinement_[kRefined ? refinement_row_ + node : 0]);
  length_weights_[node].update(logits, bit, mixed, kLengthMixRate);
  by_value.update(bit, kLengthLimit);
  by_age.update(bit, kLengthAgeLimit);
  if constexpr (kRefined) {
    by_last.update(bit, kLengthLimit);
  }
  return bit;
}

template <Effort kEffort>
template <typename Bits>
std::uint32_t RunModel<kEffort>::code_length(Bits& bits, std::size_t leaf, std::uint32_t length) {
  RunState& run = runs_[leaf];
  const std::size_t average_class = run.average >> 6U;
  value_row_ = leaf * kLengthNodes;
  last_row_ = (run.last * kLengthClasses + average_class) * kLengthNodes;
  age_row_ = (age_class(run_number_ - run.seen) * kLengthClasses + average_class) * kLengthNodes;
  refinement_row_ = run.last * kLengthNodes;
  run.seen = run_number_++;

  const auto wanted = static_cast<unsigned>(std::bit_width(length)) - 1;
  unsigned exponent = 0;
  while (exponent < kMaxExponent &&
         code_length_bit(bits, exponent < wanted ? 1U : 0U, exponent) != 0) {
    ++exponent;
  }
  std::uint32_t value = 1;
  for (unsigned i = exponent; i-- > 0;) {
    const unsigned bit = (length >> i) & 1U;
    if (exponent <= 3) {
      const std::size_t node =
          kShortMantissas + (std::size_t{1} << exponent) - exponent - 1 + value - 1;
      value = 2 * value + code_length_bit(bits, bit, node);
    } else if (i == exponent - 1) {
      value = 2 * value + code_length_bit(bits, bit, kLongMantissas + exponent - 4);
    } else {
      value = 2 * value + bits.code(bit, 32768);
    }
  }
  const auto now = static_cast<int>(length_class(value));
  run.last = static_cast<std::uint8_t>(now);
  class_before_ = std::min(static_cast<std::size_t>(now), kShapes - 1);
  run.average = static_cast<std::uint16_t>(run.average + ((now * 64 - run.average) >> 2U));
  return value;
}

}  // namespace kompakt::bwt
