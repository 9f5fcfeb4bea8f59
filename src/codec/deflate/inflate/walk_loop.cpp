#include "codec/deflate/inflate/walk_loop.hpp"

#include "codec/deflate/inflate/bit_input.hpp"
#include "codec/deflate/inflate/cpu_target.hpp"

namespace kompakt::deflate {
namespace {

constexpr std::uint64_t kLitlenMask = (1U << kLitlenBits) - 1;
constexpr std::uint64_t kDistanceMask = (1U << kDistanceBits) - 1;
// A step begins ahead of this many bytes: it reads 8, and passes up to 7.
constexpr std::size_t kStepInput = 16;
static_assert(kWalkInput >= kStepInput + 2 * kBitInputSlack);

// A lane in registers. Between steps 56 bits are counted, and `entry` belongs to the next of them.
struct Registers {
  const WalkTables* tables;
  const std::byte* in;
  const std::byte* in_end;
  std::uint64_t buffer = 0;
  std::uint64_t content = 0;
  unsigned count = 0;
  Entry entry = 0;
};

[[gnu::always_inline]] inline Registers load(const WalkLane& lane) noexcept {
  Registers at{.tables = lane.tables,
               .in = lane.in.data() + lane.bit / 8,
               .in_end = lane.in.data() + lane.in.size() - kStepInput,
               .content = lane.content};
  refill_bits(at.in, at.buffer, at.count);
  at.buffer >>= lane.bit % 8;
  at.count -= static_cast<unsigned>(lane.bit % 8);
  at.entry = at.tables->litlen[at.buffer & kLitlenMask];
  refill_bits(at.in, at.buffer, at.count);
  return at;
}

[[gnu::always_inline]] inline void store(const Registers& at, WalkLane& lane) noexcept {
  lane.bit = static_cast<std::uint64_t>(at.in - lane.in.data()) * 8 - (at.count & 0xFFU);
  lane.content = at.content;
}

// Where a literal finds no distance and a match its own.
[[gnu::always_inline]] inline std::size_t distance_index(Entry entry,
                                                         std::uint64_t buffer) noexcept {
  static_assert(kEntryLiteral >> 7U == WalkTables::kNoDistance);
  return (buffer & kDistanceMask) + ((~entry >> 7U) & WalkTables::kNoDistance);
}

// Passes a symbol, or a literal and a symbol, with its distance. False at the block's end, which is
// passed, and at an invalid symbol, which is not.
[[gnu::always_inline]] inline bool step(Registers& at, bool& block_ended) noexcept {
  const unsigned token_count = at.count;
  Entry entry = at.entry;
  std::uint64_t before = at.buffer;
  at.buffer >>= entry & 63U;
  at.count -= entry;
  Entry far = at.tables->distance[distance_index(entry, at.buffer)];
  if (((entry | far) & kEntryExceptional) != 0) [[unlikely]] {
    if ((entry & kEntryExceptional) != 0) {
      if ((entry & kEntrySubtable) != 0) {
        entry = at.tables->litlen[entry_value(entry) + low_bits(at.buffer, entry_code_bits(entry))];
        before = at.buffer;
        at.buffer >>= entry & 63U;
        at.count -= entry;
      }
      if ((entry & kEntryExceptional) != 0) {
        block_ended = (entry & kEntryEndOfBlock) != 0;
        at.count = block_ended ? at.count : token_count;
        return false;
      }
      far = at.tables->distance[distance_index(entry, at.buffer)];
    }
    if ((far & kEntryExceptional) != 0) {
      if ((far & kEntrySubtable) != 0) {
        at.buffer >>= far & 63U;
        at.count -= far;
        far = at.tables->distance[WalkTables::kNoDistance + entry_value(far) +
                                  low_bits(at.buffer, entry_code_bits(far))];
      }
      if ((far & kEntryExceptional) != 0) {
        at.count = token_count;
        return false;
      }
    }
  }
  at.buffer >>= far & 63U;
  at.count -= far;
  at.entry = at.tables->litlen[at.buffer & kLitlenMask];
  refill_bits(at.in, at.buffer, at.count);
  at.content +=
      entry_value(entry) + (low_bits(before, entry_bits(entry)) >> ((entry >> 8U) & 63U & 0xFU));
  return true;
}

[[gnu::always_inline]] inline void walk_one(WalkLane& lane) noexcept {
  Registers at = load(lane);
  bool ended = false;
  while (at.in < at.in_end && step(at, ended)) {
  }
  store(at, lane);
  lane.block_ended = ended;
}

[[gnu::always_inline]] inline void walk_two(WalkLane& first, WalkLane& second) noexcept {
  Registers a = load(first);
  Registers b = load(second);
  bool a_ended = false;
  bool b_ended = false;
  while (a.in < a.in_end && b.in < b.in_end && step(a, a_ended) && step(b, b_ended)) {
  }
  store(a, first);
  store(b, second);
  first.block_ended = a_ended;
  second.block_ended = b_ended;
}

#if KOMPAKT_BMI2_TARGET
[[gnu::target("bmi,bmi2")]] void walk_one_bmi2(WalkLane& lane) noexcept { walk_one(lane); }
[[gnu::target("bmi,bmi2")]] void walk_two_bmi2(WalkLane& first, WalkLane& second) noexcept {
  walk_two(first, second);
}
#endif

}  // namespace

void walk_lane(WalkLane& lane) noexcept {
#if KOMPAKT_BMI2_TARGET
  if (cpu_has_bmi2()) {
    walk_one_bmi2(lane);
    return;
  }
#endif
  walk_one(lane);
}

void walk_lanes(WalkLane& first, WalkLane& second) noexcept {
#if KOMPAKT_BMI2_TARGET
  if (cpu_has_bmi2()) {
    walk_two_bmi2(first, second);
    return;
  }
#endif
  walk_two(first, second);
}

}  // namespace kompakt::deflate
