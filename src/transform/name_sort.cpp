#include "transform/name_sort.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <utility>

namespace kompakt {
namespace {

constexpr std::uint32_t kFlag = 1U << 31U;
constexpr std::uint32_t kEmpty = ~0U;
constexpr std::size_t kAhead = 24;

// A start is "small" where its rotation is below the next one's, "large" otherwise, and "lowest"
// where it is small after a large one. Names of small starts are the last place of their bucket,
// those of large ones the first: names still compare in the same way, since within a bucket all
// large rotations lie before all small ones, and every bucket's pointer begins at its own index.
class NameSorter {
 public:
  NameSorter(std::span<std::uint32_t> names, std::span<std::uint32_t> places,
             std::span<std::uint32_t> heads)
      : names_(names.data()), places_(places.data()), heads_(heads.data()), size_(names.size()) {}

  void sort();

 private:
  std::size_t before(std::size_t at) const { return (at == 0 ? size_ : at) - 1; }
  bool first_is_small() const;
  void name_by_kind();
  template <typename Take>
  void for_lowest_backwards(Take&& take) const;
  void restart_heads() { std::iota(heads_, heads_ + size_, 0U); }
  void place_lowest(std::uint32_t at) { places_[heads_[names_[at]]--] = at; }
  template <bool kLast>
  void induce_large();
  template <bool kLast>
  void induce_small();
  std::size_t gather_lowest();
  bool same_lowest(std::uint32_t a, std::uint32_t b, std::uint32_t length) const;
  std::size_t name_lowest(std::size_t count);
  void order_lowest(std::size_t count);
  void prefetch(std::size_t place, bool up) const;

  std::uint32_t* names_;
  std::uint32_t* places_;
  std::uint32_t* heads_;
  std::size_t size_;
};

bool NameSorter::first_is_small() const {
  std::size_t i = 0;
  while (names_[i] == names_[i + 1]) {
    ++i;
  }
  return names_[i] < names_[i + 1];
}

// heads_[first place] is the last place of each bucket on entry.
void NameSorter::name_by_kind() {
  std::uint32_t next = names_[0];
  bool small = first_is_small();
  for (std::size_t i = size_; i-- > 0;) {
    if (i >= kAhead) {
      __builtin_prefetch(heads_ + names_[i - kAhead]);
    }
    const std::uint32_t name = names_[i];
    small = name < next + (small ? 1U : 0U);
    names_[i] = small ? heads_[name] : name;
    next = name;
  }
}

// take(start, next start) in falling order; starts follow one another in a circle.
template <typename Take>
void NameSorter::for_lowest_backwards(Take&& take) const {
  std::uint32_t next = names_[0];
  const bool first_small = first_is_small();
  bool small = first_small;
  for (std::size_t i = size_; i-- > 0;) {
    const std::uint32_t name = names_[i];
    const bool small_here = name < next + (small ? 1U : 0U);
    if (small && !small_here && i + 1 < size_) {
      take(static_cast<std::uint32_t>(i + 1));
    }
    small = small_here;
    next = name;
  }
  if (first_small && names_[size_ - 1] > names_[0]) {
    take(0U);
  }
}

inline void NameSorter::prefetch(std::size_t place, bool up) const {
  const std::size_t near = up ? place + kAhead : place - kAhead;
  const std::size_t far = up ? near + kAhead : near - kAhead;
  if (far < size_) {
    const std::uint32_t at = places_[far] & ~kFlag;
    if (at - 2 < size_ - 2) {
      __builtin_prefetch(names_ + at - 1);
    }
  }
  if (near < size_) {
    const std::uint32_t at = places_[near];
    if (at - 1 < size_ - 1) {
      __builtin_prefetch(heads_ + names_[at - 1], 1);
    }
  }
}

// Entries with kFlag are not for this direction. What is met changes its flag in the last pass, is
// taken away in the first one where it has been used.
template <bool kLast>
void NameSorter::induce_large() {
  for (std::size_t i = 0; i < size_; ++i) {
    prefetch(i, true);
    const std::uint32_t entry = places_[i];
    if (entry == kEmpty) {
      continue;
    }
    if ((entry & kFlag) != 0) {
      places_[i] = entry & ~kFlag;
      continue;
    }
    places_[i] = kLast ? entry | kFlag : kEmpty;
    const std::size_t at = before(entry);
    const std::uint32_t name = names_[at];
    const std::uint32_t flag = names_[before(at)] < name ? kFlag : 0;
    places_[heads_[name]++] = static_cast<std::uint32_t>(at) | flag;
  }
}

template <bool kLast>
void NameSorter::induce_small() {
  for (std::size_t i = size_; i-- > 0;) {
    prefetch(i, false);
    const std::uint32_t entry = places_[i];
    if ((entry & kFlag) != 0) {
      if (kLast) {
        places_[i] = entry & ~kFlag;
      }
      continue;
    }
    if (!kLast) {
      places_[i] = kEmpty;
    }
    const std::size_t at = before(entry);
    const std::uint32_t name = names_[at];
    const std::uint32_t flag = names_[before(at)] > name ? kFlag : 0;
    places_[heads_[name]--] = static_cast<std::uint32_t>(at) | flag;
  }
}

// Moves the sorted lowest starts to the end of the places.
std::size_t NameSorter::gather_lowest() {
  std::size_t end = size_;
  for (std::size_t i = size_; i-- > 0;) {
    if (places_[i] != kEmpty) {
      places_[--end] = places_[i] & ~kFlag;
    }
  }
  return size_ - end;
}

bool NameSorter::same_lowest(std::uint32_t a, std::uint32_t b, std::uint32_t length) const {
  if (std::max(a, b) + std::size_t{length} <= size_) {
    return std::equal(names_ + a, names_ + a + length, names_ + b);
  }
  for (std::size_t i = 0; i < length; ++i) {
    if (names_[(a + i) % size_] != names_[(b + i) % size_]) {
      return false;
    }
  }
  return true;
}

// Names by place among the lowest, in their order in the sequence, at the front of the places.
// Returns how many different ones there are. Lowest starts are at least 2 apart.
std::size_t NameSorter::name_lowest(std::size_t count) {
  std::uint32_t* const sorted = places_ + (size_ - count);
  const std::size_t slots = (size_ + 1) / 2;
  std::fill(places_, places_ + slots, 0U);
  std::uint32_t first = 0;
  std::uint32_t next = 0;
  for_lowest_backwards([&](std::uint32_t at) {
    if (next == 0) {
      first = at;
    } else {
      places_[at / 2] = next - at + 1;
    }
    next = at;
  });
  places_[first / 2] = next + static_cast<std::uint32_t>(size_) - first + 1;
  std::size_t different = 0;
  std::uint32_t begin = 0;
  std::uint32_t last = 0;
  std::uint32_t last_length = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i + 2 * kAhead < count) {
      __builtin_prefetch(names_ + sorted[i + kAhead]);
      __builtin_prefetch(places_ + sorted[i + kAhead] / 2, 1);
    }
    const std::uint32_t at = sorted[i];
    const std::uint32_t length = places_[at / 2];
    if (i == 0 || length != last_length || !same_lowest(at, last, length)) {
      begin = i;
      ++different;
    }
    heads_[begin] = i;
    places_[at / 2] = begin + 1;
    last = at;
    last_length = length;
  }
  std::size_t filled = 0;
  for (std::size_t i = 0; i < slots; ++i) {
    if (places_[i] != 0) {
      places_[filled++] = places_[i] - 1;
    }
  }
  return different;
}

// From sorted up to the next lowest start, at the end of the places, to sorted as rotations, at
// their front.
void NameSorter::order_lowest(std::size_t count) {
  if (name_lowest(count) == count) {
    std::copy(places_ + (size_ - count), places_ + size_, places_);
    return;
  }
  std::uint32_t* const order = places_ + count;
  sort_names(std::span(places_, count), std::span(order, count), std::span(heads_, count));
  std::uint32_t* start = order;
  for_lowest_backwards([&](std::uint32_t at) { *--start = at; });
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      __builtin_prefetch(places_ + order[i + kAhead]);
    }
    order[i] = places_[order[i]];
  }
  std::copy(order, order + count, places_);
}

void NameSorter::sort() {
  name_by_kind();
  restart_heads();
  std::fill(places_, places_ + size_, kEmpty);
  for_lowest_backwards([&](std::uint32_t at) { place_lowest(at); });
  induce_large<false>();
  restart_heads();
  induce_small<false>();
  const std::size_t count = gather_lowest();
  order_lowest(count);
  restart_heads();
  std::fill(places_ + count, places_ + size_, kEmpty);
  // Each goes to its own place or to one above it.
  for (std::size_t i = count; i-- > 0;) {
    if (i >= kAhead) {
      __builtin_prefetch(names_ + places_[i - kAhead]);
    }
    place_lowest(std::exchange(places_[i], kEmpty));
  }
  induce_large<true>();
  restart_heads();
  induce_small<true>();
}

}  // namespace

void sort_names(std::span<std::uint32_t> names, std::span<std::uint32_t> places,
                std::span<std::uint32_t> heads) {
  NameSorter(names, places, heads).sort();
}

}  // namespace kompakt
