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
using U32 = hn::CappedTag<std::uint32_t, 8>;
using I16 = hn::CappedTag<std::int16_t, 16>;
using Four = hn::FixedTag<std::int32_t, 4>;
using Row = hn::FixedTag<std::uint8_t, 16>;

/// kContexts: a multiple of 16, or 4 less. kChosen: weight
/// sets of which the caller selects a row for every bit, at most 7. kBySeen: one more set, selected
/// by how many contexts were seen before. kLeastError, in units of 1 / 65536: what is foreseen
/// better than that teaches the weight sets nothing.
template <std::size_t kContexts, std::size_t kChosen, bool kBySeen, int kLeastError>
class Predictor {
 public:
  /// Contexts, padded to whole vectors.
  static constexpr std::size_t kLanes = (kContexts + 15) / 16 * 16;
  /// Whether the padding holds the inputs that are not of contexts.
  static constexpr bool kFolded = kLanes != kContexts;
  static_assert((!kFolded || kLanes - kContexts == 4) && kChosen < 8);
  static constexpr std::size_t kSets = kChosen + (kBySeen ? 1 : 0);
  /// Inputs of the mixer, padded: the contexts' logits, their distances, the caller's, a constant.
  /// Folded: the logits, the caller's, the distances, a constant.
  static constexpr std::size_t kExtra = 4;
  static constexpr std::size_t kInputs = kLanes * 2 + (kFolded ? 0 : 16);
  static constexpr std::size_t kExtraAt = kFolded ? kContexts : 2 * kContexts;
  static constexpr std::size_t kConstantAt = kFolded ? kLanes + kContexts : 2 * kContexts + kExtra;
  static constexpr std::size_t kMapEntries = kLanes * 256;

  /// `maps`: kMapEntries. `weights`: 32-byte aligned room for weight_count(chosen).
  Predictor(SlotTable slots, AdaptiveEntry* maps, std::int16_t* weights,
            const std::array<std::size_t, kChosen>& chosen) noexcept
      : slots_(slots), maps_(maps), histories_(bit_histories()), tables_(logistic_tables()) {
    for (std::size_t i = 0; i < kMapEntries; ++i) {
      maps_[i] = adaptive_entry(histories_.guess[i % 256], kAdaptiveFresh);
    }
    const auto sizes = set_sizes(chosen);
    constexpr auto kFirstWeight = static_cast<std::int16_t>(kOne * 7 / 5 / (kContexts + 2));
    for (std::size_t set = 0; set < kSets; ++set) {
      sets_[set] = weights;
      rows_[set] = weights;
      for (std::size_t i = 0; i < sizes[set] * kInputs; ++i) {
        const std::size_t at = i % kInputs;
        const bool logit = at < kContexts || (at >= kExtraAt && at < kExtraAt + kExtra);
        weights[i] = logit ? kFirstWeight : std::int16_t{0};
      }
      weights += sizes[set] * kInputs;
    }
    joint_.fill(kJointOne / static_cast<std::int32_t>(kSets));
    inputs_[kConstantAt] = kConstant;
  }

  static constexpr std::size_t weight_count(const std::array<std::size_t, kChosen>& chosen) {
    std::size_t rows = 0;
    for (const std::size_t size : set_sizes(chosen)) {
      rows += size;
    }
    return rows * kInputs;
  }

  /// Sets the caller's inputs of the next bit, the first in the lowest 16 bits.
  HWY_INLINE void set_extra(std::uint64_t four) noexcept {
    if constexpr (kFolded) {
      extra_ = four;
      return;
    }
    // One store of the length that dot() loads: what was stored in parts would be waited for.
    const I16 d;
    const hn::Repartition<std::uint64_t, I16> d64;
    const auto constant = hn::ShiftLeftBytes<8>(
        d64, hn::IfThenElseZero(hn::FirstN(d64, 1),
                                hn::Set(d64, static_cast<std::uint64_t>(kConstant))));
    const auto extra = hn::IfThenElseZero(hn::FirstN(d64, 1), hn::Set(d64, four));
    hn::Store(hn::BitCast(d, hn::Or(extra, constant)), d, &inputs_[kInputs - 16]);
  }

  /// Begins a byte: `hashes` are of the contexts, kLanes of them. Memory comes while the caller
  /// does something else; open_slots() ends the wait.
  void begin_byte(const std::uint32_t* hashes) noexcept {
    const U32 d;
    for (std::size_t i = 0; i < kLanes; i += hn::Lanes(d)) {
      // The same value in two contexts is two things.
      const auto own =
          hn::Mul(hn::Iota(d, static_cast<std::uint32_t>(i + 1)), hn::Set(d, 0x632BE5ABU));
      hn::Store(mixed(hn::Add(hn::Load(d, hashes + i), own)), d, &hashes_[i]);
    }
    seen_.fill(0xFF);
    choose<false>(0);
  }
  /// Asks for the memory of the second half of a byte, after three bits: what is under either value
  /// of the fourth lies in one line. `partial`: a one and the three bits.
  HWY_INLINE void foresee_half(unsigned partial) noexcept {
    // Where this half was never seen, what looks like a slot of the other one is another context's.
    const Row d;
    for (std::size_t i = 0; i < kContexts; i += 16) {
      const auto fresh = hn::Eq(hn::Load(d, &nodes_[node_][i]), hn::Zero(d));
      hn::Store(hn::Not(hn::VecFromMask(d, fresh)), d, &seen_[i]);
    }
    choose<true>(partial * 0x9E3779B1U);
  }
  /// Begins the second half of a byte after its fourth bit.
  HWY_INLINE void begin_half(unsigned bit) noexcept {
    const Row d;
    const auto flip = hn::Set(d, static_cast<std::uint8_t>(bit * 0xA5U));
    for (std::size_t i = 0; i < kContexts; i += 16) {
      hn::Store(hn::Xor(hn::Load(d, &next_check_[i]), flip), d, &next_check_[i]);
    }
  }
  HWY_INLINE void open_slots() noexcept {
    line_ = next_line_;
    check_ = next_check_;
    for (std::size_t i = 0; i < kContexts; ++i) {
      const std::uint8_t* line = slots_.line(line_[i]);
      checks_[i] = SlotTable::word(line);
      roots_[i] = SlotTable::word(line + 4);
    }
    const U32 d;
    for (std::size_t i = 0; i < kLanes; i += hn::Lanes(d)) {
      find(i);
    }
    for (std::size_t group = 0; group < kContexts; group += 16) {
      open_group(group);
    }
    node_ = 1;
  }
  HWY_INLINE void close_slots() noexcept {
    for (std::size_t group = 0; group < kContexts; group += 16) {
      close_group(group);
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
  void select_joint(std::size_t row) noexcept { joint_row_ = joint_.data() + row * kSlots; }

  /// The logit of a one; set_extra() and the selections are the caller's.
  HWY_INLINE int predict() noexcept {
    if constexpr (kBySeen) {
      select(kChosen, seen_contexts() * 8 + bits_ % 8);
    }
    look_up();
    const Four d;
    auto joined = hn::Zero(d);
    for (std::size_t set = 0; set < kSlots; set += 4) {
      const auto outputs = four_dots(set);
      hn::Store(outputs, d, &outputs_[set]);
      joined = hn::Add(joined, hn::Mul(hn::ShiftRight<2>(hn::Load(d, joint_row_ + set)), outputs));
    }
    const auto sum = hn::ShiftRight<14>(hn::SumOfLanes(d, joined));
    logit_ = hn::GetLane(hn::Min(hn::Max(sum, hn::Set(d, -kLogitLimit)), hn::Set(d, kLogitLimit)));
    probability_ = tables_.squash_at(logit_);
    return logit_;
  }
  /// What predict() said as a probability, in units of 1 / 65536.
  [[nodiscard]] int probability() const noexcept { return probability_; }

  HWY_INLINE void update(unsigned bit) noexcept {
    const int error = static_cast<int>(bit << 16U) - probability_;
    if (error > kLeastError || error < -kLeastError) {
      train_sets(bit);
    }
    train_joint(bit);
    update_histories(bit);
    node_ = node_ * 2 + bit;
    if ((++bits_ & 1023U) == 0 && rate_ > kLastRate) {
      rate_ -= (rate_ - kLastRate) / 16 + 1;
    }
  }

 private:
  static constexpr std::array<std::size_t, kSets> set_sizes(
      const std::array<std::size_t, kChosen>& chosen) {
    std::array<std::size_t, kSets> sizes{};
    for (std::size_t set = 0; set < kSets; ++set) {
      sizes[set] = set < kChosen ? chosen[set] : 8 * (kContexts + 1);
    }
    return sizes;
  }

  static constexpr std::size_t kSlots = (kSets + 3) / 4 * 4;  // sets, padded
  static constexpr int kPageBits = 6;                         // of the lines of 4 KiB
  static constexpr std::uint32_t kPageLines = 1U << kPageBits;
  static constexpr std::int16_t kConstant = 256;  // the last input
  static constexpr int kOneBits = 14;
  static constexpr int kOne = 1 << kOneBits;  // a weight of one
  static constexpr std::int32_t kJointOne = 65536;
  static constexpr std::int32_t kJointMost = 4 * kJointOne;  // bounds the sum in predict()
  static constexpr std::int32_t kFirstRate = 20000;          // of learning, in units of 2^-20 or so
  static constexpr std::int32_t kLastRate = 14000;

  template <class V>
  static HWY_INLINE V mixed(V x) noexcept {
    const hn::DFromV<V> d;
    x = hn::Mul(x, hn::Set(d, 0x9E3779B1U));
    return hn::Xor(x, hn::ShiftRight<15>(x));
  }

  // Lines and checks of all contexts under `salt`. The second half's line lies in the 4 KiB page of
  // the first one's: its address is translated already.
  template <bool kSecond>
  HWY_INLINE void choose(std::uint32_t salt) noexcept {
    const U32 d;
    const hn::Rebind<std::uint8_t, U32> d8;
    const int shift = 32 - static_cast<int>(slots_.line_bits());
    for (std::size_t i = 0; i < kLanes; i += hn::Lanes(d)) {
      const auto x = mixed(hn::Add(hn::Load(d, &hashes_[i]), hn::Set(d, salt)));
      const auto place = hn::Mul(x, hn::Set(d, 0x85EBCA6BU));
      if constexpr (kSecond) {
        const auto page = hn::AndNot(hn::Set(d, kPageLines - 1), hn::Load(d, &line_[i]));
        hn::Store(hn::Or(page, hn::ShiftRight<32 - kPageBits>(place)), d, &next_line_[i]);
      } else {
        hn::Store(hn::ShiftRightSame(place, shift), d, &next_line_[i]);
      }
      const auto check = hn::ShiftRight<24>(hn::Mul(x, hn::Set(d, 0xC2B2AE35U)));
      hn::Store(hn::TruncateTo(d8, check), d8, &next_check_[i]);
    }
    for (std::size_t i = 0; i < kContexts; ++i) {
      __builtin_prefetch(slots_.line(next_line_[i]));
    }
  }

  // NOLINTBEGIN(modernize-avoid-c-arrays): std::array hides vectors from some compilers' registers
  using Rows = hn::Vec<Row>[16];
  // NOLINTEND(modernize-avoid-c-arrays)
  // Slots are rows of nodes; the kernels want rows of contexts. 16 by 16 bytes.
  static HWY_INLINE void transpose(Rows& a) noexcept {
    const Row d;
    Rows b;
    HWY_UNROLL(4)
    for (int stage = 0; stage < 4; ++stage) {
      HWY_UNROLL(8)
      for (std::size_t i = 0; i < 8; ++i) {
        b[2 * i] = hn::InterleaveLower(d, a[i], a[i + 8]);
        b[2 * i + 1] = hn::InterleaveUpper(d, a[i], a[i + 8]);
      }
      HWY_UNROLL(16)
      for (std::size_t i = 0; i < 16; ++i) {
        a[i] = b[i];
      }
    }
  }
  // The slot for each check in its line. Where there is none, the one whose root has the shortest
  // history makes room. Without branches: none of them could be foreseen.
  HWY_INLINE void find(std::size_t i) noexcept {
    const U32 d;
    const hn::Rebind<std::uint8_t, U32> d8;
    const auto ones = hn::Set(d, 0x01010101U);
    const auto check = hn::PromoteTo(d, hn::Load(d8, &check_[i]));
    const auto gap = hn::Xor(hn::Load(d, &checks_[i]), hn::Mul(check, ones));
    const auto equal = hn::And(hn::AndNot(gap, hn::Sub(gap, ones)), hn::Set(d, 0x80808080U));
    const auto lowest = hn::And(equal, hn::Sub(hn::Zero(d), equal));
    const auto below = hn::And(hn::Sub(lowest, hn::Set(d, 1)), ones);
    const auto hit = hn::Sub(hn::ShiftRight<24>(hn::Mul(below, ones)), hn::Set(d, 1));
    const auto known = hn::VecFromMask(d, hn::Ne(equal, hn::Zero(d)));

    const auto roots = hn::Load(d, &roots_[i]);
    const auto most = hn::Set(d, 0x3FC);
    const auto r0 = hn::And(hn::ShiftLeft<2>(roots), most);
    const auto r1 = hn::Or(hn::And(hn::ShiftRight<6>(roots), most), hn::Set(d, 1));
    const auto r2 = hn::Or(hn::And(hn::ShiftRight<14>(roots), most), hn::Set(d, 2));
    const auto r3 = hn::Or(hn::And(hn::ShiftRight<22>(roots), most), hn::Set(d, 3));
    const auto shortest = hn::And(hn::Min(hn::Min(r0, r1), hn::Min(r2, r3)), hn::Set(d, 3));

    const auto at = hn::Or(hn::And(known, hit), hn::AndNot(known, shortest));
    hn::Store(at, d, &which_[i]);
    const auto begin = hn::Add(hn::Mul(at, hn::Set(d, kSlotBytes)), hn::Set(d, kSlotsBegin));
    hn::Store(hn::Add(hn::ShiftLeft<6>(hn::Load(d, &line_[i])), begin), d, &slot_[i]);
    const auto keep = hn::And(hn::TruncateTo(d8, known), hn::Load(d8, &seen_[i]));
    hn::Store(keep, d8, &seen_[i]);
    const auto root = hn::And(hn::Shr(roots, hn::ShiftLeft<3>(at)), hn::Set(d, 0xFF));
    hn::Store(hn::And(hn::TruncateTo(d8, root), keep), d8, &nodes_[1][i]);
  }

  HWY_INLINE void open_group(std::size_t group) noexcept {
    const Row d;
    Rows a;
    HWY_UNROLL(16)
    for (std::size_t i = 0; i < 16; ++i) {
      a[i] = group + i < kContexts ? hn::LoadU(d, slots_.at(slot_[group + i]) - 2) : hn::Zero(d);
    }
    transpose(a);
    const auto keep = hn::Load(d, &seen_[group]);
    HWY_UNROLL(16)
    for (std::size_t i = 2; i < 16; ++i) {
      hn::Store(hn::And(a[i], keep), d, &nodes_[i][group]);
    }
  }
  HWY_INLINE void close_group(std::size_t group) noexcept {
    const Row d;
    const hn::Half<Row> half;
    Rows a;
    HWY_UNROLL(16)
    for (std::size_t i = 0; i < 16; ++i) {
      a[i] = hn::Load(d, &nodes_[i][group]);
    }
    transpose(a);
    HWY_UNROLL(16)
    for (std::size_t i = 0; i < 16; ++i) {
      if (group + i >= kContexts) {
        break;
      }
      std::uint8_t* slot = slots_.at(slot_[group + i]);
      hn::StoreU(hn::LowerHalf(half, hn::ShiftRightBytes<2>(d, a[i])), half, slot);
      hn::StoreU(hn::UpperHalf(half, a[i]), half, slot + 6);
      std::uint8_t* line = slots_.line(line_[group + i]) + which_[group + i];
      line[0] = check_[group + i];
      line[4] = nodes_[1][group + i];
    }
  }

  [[nodiscard]] HWY_INLINE std::size_t seen_contexts() const noexcept {
    const Row d;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < kContexts; i += 16) {
      seen += hn::CountTrue(d, hn::Ne(hn::Load(d, &nodes_[node_][i]), hn::Zero(d)));
    }
    return seen;
  }

  // Histories -> map entries -> inputs.
  HWY_INLINE void look_up() noexcept {
    const I32 d;
    const I16 d16;
    const auto first = hn::ShiftLeft<8>(hn::Iota(d, 0));
    const std::size_t n = hn::Lanes(d);
    HWY_UNROLL(2)
    for (std::size_t i = 0; i < kLanes; i += 2 * n) {
      // NOLINTBEGIN(modernize-avoid-c-arrays)
      hn::Vec<I32> logit[2];
      hn::Vec<I32> distance[2];
      // NOLINTEND(modernize-avoid-c-arrays)
      HWY_UNROLL(2)
      for (std::size_t k = 0; k < 2; ++k) {
        look_up_some(i + k * n, first, logit[k], distance[k]);
      }
      // One whole store, for one whole load by dot().
      const hn::Rebind<std::int16_t, I32> half;
      auto logits = hn::Combine(d16, hn::DemoteTo(half, logit[1]), hn::DemoteTo(half, logit[0]));
      auto distances =
          hn::Combine(d16, hn::DemoteTo(half, distance[1]), hn::DemoteTo(half, distance[0]));
      if (kFolded && i + 2 * n == kLanes) {
        logits = with_last_four(logits, extra_);
        distances = with_last_four(distances, static_cast<std::uint64_t>(kConstant));
      }
      hn::Store(logits, d16, &inputs_[i]);
      hn::Store(distances, d16, &inputs_[kLanes + i]);
    }
  }
  // `v` with `four` in place of its last four lanes.
  static HWY_INLINE hn::Vec<I16> with_last_four(hn::Vec<I16> v, std::uint64_t four) noexcept {
    const I16 d;
    const hn::Repartition<std::uint64_t, I16> d64;
    const auto kept = hn::FirstN(d64, hn::Lanes(d64) - 1);
    return hn::BitCast(d, hn::IfThenElse(kept, hn::BitCast(d64, v), hn::Set(d64, four)));
  }
  HWY_INLINE void look_up_some(std::size_t i, hn::Vec<I32> first, hn::Vec<I32>& logit,
                               hn::Vec<I32>& distance) noexcept {
    const I32 d;
    const U32 du;
    const hn::Rebind<std::uint8_t, I32> d8;
    const auto history = hn::PromoteTo(d, hn::Load(d8, &nodes_[node_][i]));
    const auto base = hn::Add(first, hn::Set(d, static_cast<std::int32_t>(i * 256)));
    const auto at = hn::Add(history, base);
    const auto entry =
        hn::BitCast(du, hn::GatherIndex(d, reinterpret_cast<const std::int32_t*>(maps_), at));
    hn::Store(at, d, &map_at_[i]);
    hn::Store(entry, du, &entries_[i]);
    const auto at_p12 = hn::BitCast(d, hn::And(hn::ShiftRight<19>(entry), hn::Set(du, 0x1FFE)));
    const auto pair =
        hn::GatherOffset(d, reinterpret_cast<const std::int32_t*>(tables_.stretch.data()), at_p12);
    logit = hn::ShiftRight<16>(hn::ShiftLeft<16>(pair));
    const auto p16 = hn::BitCast(d, hn::ShiftRight<16>(entry));
    const auto far = hn::ShiftRight<5>(hn::Sub(p16, hn::Set(d, 32768)));
    distance = hn::IfThenZeroElse(hn::Eq(history, hn::Zero(d)), far);
  }

  // What the four sets from `set` on foresee: sums over all inputs, of the sets side by side.
  [[nodiscard]] HWY_INLINE hn::Vec<Four> four_dots(std::size_t set) const noexcept {
    const Four d;
    const auto v0 = dot(set);
    const auto v1 = dot(set + 1);
    const auto v2 = dot(set + 2);
    const auto v3 = dot(set + 3);
    const auto a = hn::Add(hn::InterleaveLower(d, v0, v1), hn::InterleaveUpper(d, v0, v1));
    const auto b = hn::Add(hn::InterleaveLower(d, v2, v3), hn::InterleaveUpper(d, v2, v3));
    const auto total = hn::Add(hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a));
    return hn::Min(hn::Max(hn::ShiftRight<kOneBits>(total), hn::Set(d, -kLogitLimit)),
                   hn::Set(d, kLogitLimit));
  }
  template <class V>
  static HWY_INLINE hn::Vec<Four> four_of(V sum) noexcept {
    if constexpr (sizeof(V) == sizeof(hn::Vec<Four>)) {
      return sum;
    } else {
      return hn::Add(hn::LowerHalf(Four(), sum), hn::UpperHalf(Four(), sum));
    }
  }
  // Four partial sums.
  [[nodiscard]] HWY_INLINE hn::Vec<Four> dot(std::size_t set) const noexcept {
    const I16 d;
    const I32 d32;
    if (set >= kSets) {
      return hn::Zero(Four());
    }
    const std::int16_t* weights = rows_[set];
    auto sum = hn::Zero(d32);
    auto more = hn::Zero(d32);
    HWY_UNROLL(8)
    for (std::size_t i = 0; i < kInputs; i += hn::Lanes(d)) {
      sum = hn::ReorderWidenMulAccumulate(d32, hn::Load(d, &inputs_[i]), hn::Load(d, weights + i),
                                          sum, more);
    }
    sum = hn::Add(sum, more);
    return four_of(sum);
  }

  HWY_INLINE void train_sets(unsigned bit) noexcept {
    const I16 d;
    const auto target = static_cast<std::int32_t>(bit << 16U);
    for (std::size_t set = 0; set < kSets; ++set) {
      const std::int32_t error = (target - tables_.squash_at(outputs_[set])) >> 2;
      std::int16_t* weights = rows_[set];
      const auto step = hn::Set(d, static_cast<std::int16_t>((error * rate_) >> 16));
      HWY_UNROLL(8)
      for (std::size_t i = 0; i < kInputs; i += hn::Lanes(d)) {
        const auto change = hn::MulFixedPoint15(hn::Load(d, &inputs_[i]), step);
        hn::Store(hn::SaturatedAdd(hn::Load(d, weights + i), change), d, weights + i);
      }
    }
  }

  HWY_INLINE void train_joint(unsigned bit) noexcept {
    const Four d;
    const auto error = hn::Set(d, (static_cast<int>(bit << 16U) - probability_) >> 1);
    for (std::size_t set = 0; set < kSlots; set += 4) {
      const auto gain = hn::Mul(hn::Load(d, &outputs_[set]), error);
      const auto change = hn::ShiftRight<16>(hn::Add(gain, hn::Set(d, 1 << 15)));
      const auto weight = hn::Add(hn::Load(d, joint_row_ + set), change);
      hn::Store(hn::Min(hn::Max(weight, hn::Set(d, -kJointMost)), hn::Set(d, kJointMost)), d,
                joint_row_ + set);
    }
  }

  // As adapt() does it, for all contexts.
  HWY_INLINE void update_histories(unsigned bit) noexcept {
    const I32 d;
    const U32 du;
    const auto target = hn::Set(d, -static_cast<std::int32_t>(bit) & kAdaptiveOne);
    HWY_UNROLL(2)
    for (std::size_t i = 0; i < kLanes; i += hn::Lanes(d)) {
      const auto entry = hn::Load(du, &entries_[i]);
      const auto count = hn::And(entry, hn::Set(du, kAdaptiveCountMask));
      const auto power = hn::ShiftRight<kAdaptiveStepBits>(count);
      const auto rate = hn::Sub(hn::Set(du, 256), hn::And(count, hn::Set(du, kAdaptiveStepMask)));
      const auto p = hn::BitCast(d, hn::ShiftRight<kAdaptiveCountBits>(entry));
      const auto gap = hn::Mul(hn::Sub(target, p), hn::BitCast(d, rate));
      const auto moved = hn::Add(p, hn::Shr(gap, hn::BitCast(d, hn::Add(power, hn::Set(du, 8)))));
      const auto more = hn::Shr(hn::Set(du, 1U << kAdaptiveStepBits), power);
      const auto after =
          hn::Or(hn::ShiftLeft<kAdaptiveCountBits>(hn::BitCast(du, moved)), hn::Add(count, more));
      hn::Store(after, du, &entries_[i]);
    }
    const std::uint8_t* next = histories_.next[bit].data();
    std::uint8_t* histories = nodes_[node_].data();
    HWY_UNROLL(16)
    for (std::size_t i = 0; i < kContexts; ++i) {
      maps_[map_at_[i]] = entries_[i];
      histories[i] = next[histories[i]];
    }
  }

  SlotTable slots_;
  AdaptiveEntry* maps_;
  const BitHistories& histories_;
  const LogisticTables& tables_;
  alignas(64) std::array<std::array<std::uint8_t, kLanes>, 16> nodes_{};
  alignas(64) std::array<std::int32_t, kLanes> map_at_{};
  alignas(64) std::array<std::uint32_t, kLanes> entries_{};
  alignas(64) std::array<std::int16_t, kInputs> inputs_{};
  alignas(32) std::array<std::int32_t, kSlots> outputs_{};
  // Of the slots: numbers of lines, which of the four, where in the table; words of their lines.
  alignas(64) std::array<std::uint32_t, kLanes> hashes_{};
  alignas(64) std::array<std::uint32_t, kLanes> line_{};
  alignas(64) std::array<std::uint32_t, kLanes> next_line_{};
  alignas(64) std::array<std::uint32_t, kLanes> which_{};
  alignas(64) std::array<std::uint32_t, kLanes> slot_{};
  alignas(64) std::array<std::uint32_t, kLanes> checks_{};
  alignas(64) std::array<std::uint32_t, kLanes> roots_{};
  alignas(64) std::array<std::uint8_t, kLanes> check_{};
  alignas(64) std::array<std::uint8_t, kLanes> next_check_{};
  alignas(64) std::array<std::uint8_t, kLanes> seen_{};  // 0: the slot is another context's
  std::array<std::int16_t*, kSets> sets_{};
  std::array<std::int16_t*, kSets> rows_{};
  alignas(64) std::array<std::int32_t, 256 * kSlots> joint_{};
  std::int32_t* joint_row_ = joint_.data();
  std::uint64_t extra_ = 0;  // the caller's inputs, where they are folded
  std::size_t node_ = 1;
  int logit_ = 0;
  int probability_ = 32768;
  std::int32_t rate_ = kFirstRate;
  std::uint32_t bits_ = 0;
};

}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard, once for each target
