#include "mixing/bit_history.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <map>
#include <vector>

namespace kompakt {
namespace {

// Histories of up to this many bits are kept in full.
constexpr unsigned kWholeLength = 4;
// The most of one bit, by the number of the other.
constexpr std::array<unsigned, 6> kBound = {38, 30, 10, 6, 5, 4};
// What is left of a number when the other bit is seen.
constexpr std::array<unsigned, 16> kKept = {0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6};
constexpr unsigned kKeptOfMany = 7;

struct History {
  unsigned length = 0;  // in order of length: a slot with a short history is replaced first
  unsigned zeros = 0;
  unsigned ones = 0;
  unsigned bits = 0;  // all of them, or the last one
  bool whole = true;
  auto operator<=>(const History&) const = default;
};

unsigned bound(unsigned other) { return other < kBound.size() ? kBound[other] : 0; }

History after(History history, unsigned bit) {
  unsigned& seen = bit != 0 ? history.ones : history.zeros;
  unsigned& other = bit != 0 ? history.zeros : history.ones;
  ++seen;
  if (history.whole && history.length < kWholeLength) {
    history.bits = history.bits * 2 + bit;
  } else {
    history.whole = false;
    if (other > 2) {
      other = other < kKept.size() ? kKept[other] : kKeptOfMany;
    }
    seen = std::min(seen, bound(other));
    other = std::min(other, bound(seen));
    history.bits = history.zeros != 0 && history.ones != 0 ? bit : 0;
  }
  history.length = history.zeros + history.ones;
  return history;
}

std::uint32_t guess_of(const History& history) {
  // (ones + 0.4) / (length + 0.8)
  const std::uint64_t numerator = (history.ones * 10 + 4) * std::uint64_t{(1U << 22U) - 1};
  return static_cast<std::uint32_t>(numerator / (history.length * 10 + 8));
}

BitHistories make() {
  std::map<History, std::uint8_t> numbers;
  std::vector<History> found = {History{}};
  numbers[found[0]] = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (unsigned bit = 0; bit < 2; ++bit) {
      const History next = after(found[i], bit);
      if (numbers.try_emplace(next, std::uint8_t{0}).second) {
        found.push_back(next);
      }
    }
  }
  BitHistories table;
  for (auto& [history, number] : numbers) {
    number = static_cast<std::uint8_t>(table.count++);
  }
  for (const auto& [history, number] : numbers) {
    table.guess[number] = guess_of(history);
    for (unsigned bit = 0; bit < 2; ++bit) {
      table.next[bit][number] = numbers.at(after(history, bit));
    }
  }
  return table;
}

}  // namespace

const BitHistories& bit_histories() {
  static const BitHistories kTable = make();
  return kTable;
}

}  // namespace kompakt
