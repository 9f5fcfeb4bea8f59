/// \file
/// The predictor: hashed contexts with bit histories, mixed by sets of weights. Compiled for each
/// instruction set (Highway); the operations are exact, so that all of them give the same bits.
///
/// For each context the history of the current node gives, through a map that learns what follows
/// such histories, two inputs: the logit and the distance from one half. Every selected set of
/// int16 weights makes one prediction of all inputs and is trained on its own error; a small mixer
/// joins them. The structure is that of lpaq and paq8 (M. Mahoney and others), the layout is ours.

#if defined(KOMPAKT_MIXING_PREDICTOR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef KOMPAKT_MIXING_PREDICTOR_INL
#undef KOMPAKT_MIXING_PREDICTOR_INL
#else
#define KOMPAKT_MIXING_PREDICTOR_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/adaptive_map.hpp"
#include "mixing/bit_history.hpp"
#include "mixing/logistic_tables.hpp"
#include "mixing/slot_table.hpp"

HWY_BEFORE_NAMESPACE();
namespace kompakt::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Vectors of at most 32 bytes: wider ones are no faster, for tables are looked up lane by lane.
using I32 = hn::CappedTag<std::int32_t, 8>;
using I16 = hn::CappedTag<std::int16_t, 16>;

/// kContexts: a multiple of 16. kExtra: inputs that the caller writes to extra(). kSets: weight
/// sets selected for every bit, at most 8.
template <std::size_t kContexts, std::size_t kExtra, std::size_t kSets>
class Predictor {
 public:
  static_assert(kContexts % 16 == 0 && kSets <= 8);
  /// Inputs of the mixer, padded: the contexts' logits, their distances, the caller's, a constant.
  static constexpr std::size_t kInputs = (kContexts * 2 + kExtra + 1 + 15) / 16 * 16;

  /// `maps`: kContexts * 256 entries. `weights`: 32-byte aligned room for weight_count(sizes).
  Predictor(SlotTable slots, AdaptiveEntry* maps, std::int16_t* weights,
            const std::array<std::size_t, kSets>& sizes) noexcept
      : slots_(slots), maps_(maps), histories_(bit_histories()), tables_(logistic_tables()) {
    for (std::size_t i = 0; i < kContexts * 256; ++i) {
      maps_[i] = histories_.guess[i % 256] << 10U;
    }
    constexpr auto kFirstWeight = static_cast<std::int16_t>(kOne * 7 / 5 / (kContexts + 2));
    for (std::size_t set = 0; set < kSets; ++set) {
      sets_[set] = weights;
      rows_[set] = weights;
      for (std::size_t i = 0; i < sizes[set] * kInputs; ++i) {
        const std::size_t at = i % kInputs;
        const bool logit = at < kContexts || (at >= 2 * kContexts && at < 2 * kContexts + kExtra);
        weights[i] = logit ? kFirstWeight : std::int16_t{0};
      }
      weights += sizes[set] * kInputs;
    }
    joint_.fill(kJointOne / static_cast<std::int32_t>(kSets));
    inputs_[2 * kContexts + kExtra] = 256;
  }

  static constexpr std::size_t weight_count(const std::array<std::size_t, kSets>& sizes) {
    std::size_t rows = 0;
    for (const std::size_t size : sizes) {
      rows += size;
    }
    return rows * kInputs;
  }

  [[nodiscard]] std::int16_t* extra() noexcept { return inputs_.data() + 2 * kContexts; }

  /// Begins a byte: `hashes` are of the kContexts contexts. Memory comes while the caller does
  /// something else; open_slots() ends the wait.
  void begin_byte(const std::uint32_t* hashes) noexcept {
    for (std::size_t i = 0; i < kContexts; ++i) {
      std::uint64_t x = (std::uint64_t{hashes[i]} + i * 0x632BE5ABU + 1) * 0x9E3779B97F4A7C15U;
      x ^= x >> 29U;
      hashes_[i] = x;
      choose(i, x);
    }
  }
  /// Begins the second half of a byte, of which `partial` (a one in front) is the first.
  void begin_half(unsigned partial) noexcept {
    const std::uint64_t salt = partial * 0xD6E8FEB86659FD93U;
    for (std::size_t i = 0; i < kContexts; ++i) {
      std::uint64_t x = (hashes_[i] ^ salt) * 0x9E3779B97F4A7C15U;
      x ^= x >> 31U;
      choose(i, x);
    }
  }
  void open_slots() noexcept {
    for (std::size_t i = 0; i < kContexts; ++i) {
      slot_[i] = SlotTable::find(line_[i], check_[i]);
    }
    for (std::size_t group = 0; group < kContexts; group += 16) {
      transpose<false>(group);
    }
    node_ = 1;
  }
  void close_slots() noexcept {
    for (std::size_t group = 0; group < kContexts; group += 16) {
      transpose<true>(group);
    }
  }

  /// Selects row `row` of weight set `set` for the next bit.
  void select(std::size_t set, std::size_t row) noexcept {
    rows_[set] = sets_[set] + row * kInputs;
    for (std::size_t i = 0; i < kInputs; i += 32) {
      __builtin_prefetch(rows_[set] + i);
    }
  }
  /// Selects the weights that join the sets' predictions.
  void select_joint(std::size_t row) noexcept { joint_row_ = joint_.data() + row * kSets; }

  /// The logit of a one; extra() and the selections are the caller's.
  HWY_INLINE int predict() noexcept {
    look_up();
    std::int32_t sum = 0;
    for (std::size_t set = 0; set < kSets; ++set) {
      outputs_[set] = dot(rows_[set]);
      sum += (joint_row_[set] >> 2) * outputs_[set];
    }
    sum >>= 14;
    sum = sum > kLogitLimit ? kLogitLimit : sum;
    logit_ = sum < -kLogitLimit ? -kLogitLimit : sum;
    probability_ = tables_.squash_at(logit_);
    return logit_;
  }
  /// What predict() said as a probability, in units of 1 / 65536.
  [[nodiscard]] int probability() const noexcept { return probability_; }

  HWY_INLINE void update(unsigned bit) noexcept {
    train_sets(bit);
    train_joint(bit);
    update_histories(bit);
    node_ = node_ * 2 + bit;
    if ((++bits_ & 1023U) == 0 && rate_ > kLastRate) {
      rate_ -= (rate_ - kLastRate) / 16 + 1;
    }
  }

 private:
  static constexpr int kOneBits = 14;
  static constexpr int kOne = 1 << kOneBits;  // a weight of one
  static constexpr std::int32_t kJointOne = 65536;
  static constexpr std::int32_t kJointMost = 4 * kJointOne;  // bounds the sum in predict()
  static constexpr std::int32_t kFirstRate = 20000;  // of learning, in units of 2^-20 or so
  static constexpr std::int32_t kLastRate = 10000;
  static constexpr std::int32_t kMapLimit = 255;

  void choose(std::size_t i, std::uint64_t hash) noexcept {
    line_[i] = slots_.line(hash);
    __builtin_prefetch(line_[i]);
    check_[i] = SlotTable::check(hash);
  }

  // Slots are rows of nodes; the kernels want rows of contexts. 16 by 16 bytes, both ways.
  template <bool kBack>
  void transpose(std::size_t group) noexcept {
    const hn::FixedTag<std::uint8_t, 16> d;
    using V = hn::Vec<decltype(d)>;
    V a[16];
    V b[16];
    for (std::size_t i = 0; i < 16; ++i) {
      a[i] = kBack ? hn::Load(d, &nodes_[i][group]) : hn::LoadU(d, slot_[group + i]);
    }
    for (int stage = 0; stage < 4; ++stage) {
      for (std::size_t i = 0; i < 8; ++i) {
        b[2 * i] = hn::InterleaveLower(d, a[i], a[i + 8]);
        b[2 * i + 1] = hn::InterleaveUpper(d, a[i], a[i + 8]);
      }
      for (std::size_t i = 0; i < 16; ++i) {
        a[i] = b[i];
      }
    }
    for (std::size_t i = 0; i < 16; ++i) {
      if constexpr (kBack) {
        hn::StoreU(a[i], d, slot_[group + i]);
      } else {
        hn::Store(a[i], d, &nodes_[i][group]);
      }
    }
  }

  // Histories -> map entries -> inputs.
  HWY_INLINE void look_up() noexcept {
    const I32 d;
    const hn::RebindToUnsigned<I32> du;
    const hn::Rebind<std::uint8_t, I32> d8;
    const hn::Rebind<std::int16_t, I32> d16;
    const auto first = hn::ShiftLeft<8>(hn::Iota(d, 0));
    const auto half = hn::Set(d, 32768);
    for (std::size_t i = 0; i < kContexts; i += hn::Lanes(d)) {
      const auto history = hn::PromoteTo(d, hn::Load(d8, &nodes_[node_][i]));
      const auto base = hn::Add(first, hn::Set(d, static_cast<std::int32_t>(i * 256)));
      const auto at = hn::Add(history, base);
      const auto entry = hn::BitCast(
          du, hn::GatherIndex(d, reinterpret_cast<const std::int32_t*>(maps_), at));
      hn::Store(at, d, &map_at_[i]);
      hn::Store(entry, du, &entries_[i]);
      const auto p12 = hn::BitCast(d, hn::ShiftRight<20>(entry));
      const auto logit = hn::GatherIndex(d, tables_.stretch.data(), p12);
      const auto p16 = hn::BitCast(d, hn::ShiftRight<16>(entry));
      const auto distance = hn::ShiftRight<5>(hn::Sub(p16, half));
      const auto seen = hn::IfThenZeroElse(hn::Eq(history, hn::Zero(d)), distance);
      hn::Store(hn::DemoteTo(d16, logit), d16, &inputs_[i]);
      hn::Store(hn::DemoteTo(d16, seen), d16, &inputs_[kContexts + i]);
    }
  }

  [[nodiscard]] HWY_INLINE std::int32_t dot(const std::int16_t* weights) const noexcept {
    const I16 d;
    const I32 d32;
    auto sum = hn::Zero(d32);
    auto more = hn::Zero(d32);
    HWY_UNROLL(8)
    for (std::size_t i = 0; i < kInputs; i += hn::Lanes(d)) {
      sum = hn::ReorderWidenMulAccumulate(d32, hn::Load(d, &inputs_[i]), hn::Load(d, weights + i),
                                          sum, more);
    }
    const auto total = hn::ShiftRight<kOneBits>(hn::SumOfLanes(d32, hn::Add(sum, more)));
    return hn::GetLane(hn::Min(hn::Max(total, hn::Set(d32, -kLogitLimit)),
                               hn::Set(d32, kLogitLimit)));
  }

  HWY_INLINE void train_sets(unsigned bit) noexcept {
    const I32 d32;
    const I16 d;
    alignas(32) std::array<std::int32_t, 8> steps;
    const auto target = hn::Set(d32, static_cast<std::int32_t>(bit << 16U));
    const auto rate = hn::Set(d32, rate_);
    for (std::size_t i = 0; i < kSets; i += hn::Lanes(d32)) {
      const auto p = hn::GatherIndex(d32, tables_.squash.data() + kLogitLimit + 1,
                                     hn::Load(d32, &outputs_[i]));
      const auto error = hn::ShiftRight<2>(hn::Sub(target, p));
      hn::Store(hn::ShiftRight<16>(hn::Mul(error, rate)), d32, &steps[i]);
    }
    for (std::size_t set = 0; set < kSets; ++set) {
      std::int16_t* weights = rows_[set];
      const auto step = hn::Set(d, static_cast<std::int16_t>(steps[set]));
      HWY_UNROLL(8)
      for (std::size_t i = 0; i < kInputs; i += hn::Lanes(d)) {
        const auto change = hn::MulFixedPoint15(hn::Load(d, &inputs_[i]), step);
        hn::Store(hn::SaturatedAdd(hn::Load(d, weights + i), change), d, weights + i);
      }
    }
  }

  HWY_INLINE void train_joint(unsigned bit) noexcept {
    const int error = (static_cast<int>(bit << 16U) - probability_) >> 1;
    for (std::size_t set = 0; set < kSets; ++set) {
      const std::int32_t weight = joint_row_[set] + ((outputs_[set] * error + (1 << 15)) >> 16);
      joint_row_[set] = std::min(std::max(weight, -kJointMost), kJointMost);
    }
  }

  HWY_INLINE void update_histories(unsigned bit) noexcept {
    const I32 d;
    const hn::RebindToUnsigned<I32> du;
    const hn::Rebind<std::uint8_t, I32> d8;
    const auto target = hn::Set(d, bit != 0 ? kAdaptiveOne : 0);
    const auto limit = hn::Set(d, kMapLimit);
    const auto byte = hn::Set(d, 255);
    const std::int32_t* next = histories_.next[bit].data();
    for (std::size_t i = 0; i < kContexts; i += hn::Lanes(d)) {
      const auto entry = hn::Load(du, &entries_[i]);
      const auto at = hn::Load(d, &map_at_[i]);
      const auto count = hn::BitCast(d, hn::And(entry, hn::Set(du, 1023)));
      auto p = hn::BitCast(d, hn::ShiftRight<10>(entry));
      const auto rate = hn::GatherIndex(d, kAdaptiveRates.data(), count);
      const auto gap = hn::ShiftRight<4>(hn::Sub(target, p));
      p = hn::Add(p, hn::ShiftRight<8>(hn::Mul(gap, rate)));
      const auto counted = hn::Min(hn::Add(count, hn::Set(d, 1)), limit);
      hn::ScatterIndex(hn::Or(hn::ShiftLeft<10>(p), counted), d,
                       reinterpret_cast<std::int32_t*>(maps_), at);
      const auto history = hn::And(at, byte);
      const auto after = hn::GatherIndex(d, next, history);
      hn::Store(hn::DemoteTo(d8, after), d8, &nodes_[node_][i]);
    }
  }

  SlotTable slots_;
  AdaptiveEntry* maps_;
  const BitHistories& histories_;
  const LogisticTables& tables_;
  alignas(64) std::array<std::array<std::uint8_t, kContexts>, 16> nodes_{};
  alignas(64) std::array<std::int32_t, kContexts> map_at_{};
  alignas(64) std::array<std::uint32_t, kContexts> entries_{};
  alignas(64) std::array<std::int16_t, kInputs> inputs_{};
  alignas(32) std::array<std::int32_t, 8> outputs_{};
  std::array<std::uint8_t*, kContexts> slot_{};
  std::array<std::uint8_t*, kContexts> line_{};
  std::array<std::uint8_t, kContexts> check_{};
  std::array<std::uint64_t, kContexts> hashes_{};
  std::array<std::int16_t*, kSets> sets_{};
  std::array<std::int16_t*, kSets> rows_{};
  std::array<std::int32_t, 256 * kSets> joint_{};
  std::int32_t* joint_row_ = joint_.data();
  std::size_t node_ = 1;
  int logit_ = 0;
  int probability_ = 32768;
  std::int32_t rate_ = kFirstRate;
  std::uint32_t bits_ = 0;
};

}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard, once for each target
