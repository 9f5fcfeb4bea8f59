#include "transform/suffix_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <vector>

#include "transform/name_sort.hpp"

namespace kompakt {
namespace {

constexpr std::ptrdiff_t kAhead = 20;        // entries whose symbols are asked for early
constexpr std::size_t kMargin = 2 * kAhead;  // words around the entries that prefetching looks at
// Names up to this number, and repeated this often, are sorted like bytes.
constexpr std::size_t kMaxValues = std::size_t{1} << 17U;
constexpr std::size_t kRepeated = 16;
constexpr std::uint32_t kSmallGroup = 128;
constexpr std::size_t kFewNames = 8;
constexpr std::uint32_t kNewGroup = 1U << 31U;
constexpr std::uint32_t kPlace = kNewGroup - 1;

// A start is "small" where its rotation is below the next one's, "large" otherwise. Kinds by the
// start and the one before it.
enum Kind : std::uint8_t {
  kLargeLarge = 0,  // large after large: induces a large one
  kLastLarge = 1,   // large after small: induces a small one
  kLowest = 2,      // small after large: induces a large one
  kSmallSmall = 3,  // small after small: induces a small one
};

// Where a sorter of bytes puts what it finds: the last bytes, and the places of some starts.
struct BlockResult {
  std::uint8_t* last;
  std::uint32_t* rows;
  std::size_t mask;
  unsigned shift;

  void take(std::uint32_t rank, std::uint32_t start, unsigned before) const {
    last[rank] = static_cast<std::uint8_t>(before);
    if ((start & mask) == 0) [[unlikely]] {
      rows[start >> shift] = rank;
    }
  }
};

// Where a sorter of names puts what it finds: the starts in order.
struct StartsResult {
  std::uint32_t* starts;

  void take(std::uint32_t rank, std::uint32_t start, std::uint32_t /*before*/) const {
    starts[rank] = start;
  }
};

// Entries wait in streams, one for each value and kind, for the pass that they induce in; so every
// entry that is read induces, and no branch depends on its kind. A pass to larger places reads and
// feeds the streams upwards, the one to smaller places downwards.
template <typename Symbol, typename Output>
class StreamSorter {
 public:
  // `work` has room for 1.5 words a symbol, with kMargin words before and 4 * kMargin after them.
  StreamSorter(std::span<const Symbol> in, std::size_t values, Output output, std::uint32_t* work)
      : in_(in.data()),
        size_(in.size()),
        values_(values),
        output_(output),
        work_(work),
        begin_(values + 1),
        cursors_(values) {}

  void sort();

 private:
  static constexpr bool kNames = !std::is_same_v<Symbol, std::uint8_t>;

  // Where the next entry of a value goes, by whether the start before it is of the other sort; and
  // the group of the last one there. In the last pass, the next rank of the value is group[0].
  struct Cursor {
    std::array<std::uint32_t, 2> next{};
    std::array<std::uint32_t, 2> group{};
  };

  bool first_is_small() const;
  template <typename Take>
  void for_starts_backwards(Take&& take) const;
  void lay_out();
  void place_lowest();
  std::uint32_t rank_of(std::size_t value) const;
  template <bool kLast>
  void go_up();
  template <bool kLast>
  void go_down();
  template <bool kLast, bool kUp>
  void induce(std::uint32_t place, std::uint32_t group);
  std::size_t name_lowest(std::uint32_t* firsts);
  void sort_as_names(std::uint32_t* firsts, std::size_t groups);
  void order_lowest();
  void prefetch(const std::uint32_t* entry, std::ptrdiff_t step) const;

  const Symbol* in_;
  std::size_t size_;
  std::size_t values_;
  Output output_;
  std::uint32_t* work_;
  std::vector<std::array<std::uint32_t, 4>> begin_;  // of the streams, in work_
  std::vector<Cursor> cursors_;
  std::size_t lowest_ = 0;
  std::uint32_t* sorted_ = nullptr;  // the lowest starts
};

// Sorts the starts of each group by the few names that follow, in linear time: groups of more than
// kSmallGroup are not tried. False, with `firsts` as it was, where that leaves some undecided.
// firsts[i] is where group i begins, and the last entry is their number.
bool sort_small_groups(std::span<const std::uint32_t> names, std::span<std::uint32_t> firsts,
                       std::uint32_t* order) {
  const std::size_t groups = firsts.size() - 1;
  for (std::size_t group = 0; group < groups; ++group) {
    if (firsts[group + 1] - firsts[group] > kSmallGroup) {
      return false;
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i + kAhead < names.size()) {
      __builtin_prefetch(&firsts[names[i + kAhead]], 1);
    }
    order[firsts[names[i]]++] = static_cast<std::uint32_t>(i);
  }
  std::copy_backward(firsts.begin(), firsts.end() - 2, firsts.end() - 1);
  firsts[0] = 0;
  const auto name = [&](std::size_t at) {
    return names[at < names.size() ? at : at - names.size()];
  };
  const auto compare = [&](std::uint32_t a, std::uint32_t b) {
    for (std::size_t i = 1; i <= std::min(kFewNames, names.size()); ++i) {
      if (name(a + i) != name(b + i)) {
        return name(a + i) < name(b + i) ? -1 : 1;
      }
    }
    return 0;
  };
  for (std::size_t group = 0; group < groups; ++group) {
    std::uint32_t* const begin = order + firsts[group];
    std::uint32_t* const end = order + firsts[group + 1];
    if (end - begin < 2) {
      continue;
    }
    std::sort(begin, end, [&](std::uint32_t a, std::uint32_t b) { return compare(a, b) < 0; });
    for (const std::uint32_t* at = begin + 1; at != end; ++at) {
      if (compare(at[-1], at[0]) == 0) {
        return false;
      }
    }
  }
  return true;
}

void sort_repeated_names(std::span<const std::uint32_t> names, std::size_t values,
                         std::uint32_t* starts, std::uint32_t* work);

template <typename Symbol, typename Output>
bool StreamSorter<Symbol, Output>::first_is_small() const {
  std::size_t i = 0;
  while (in_[i] == in_[i + 1]) {
    ++i;
  }
  return in_[i] < in_[i + 1];
}

// take(start, kind) for all starts, falling.
template <typename Symbol, typename Output>
template <typename Take>
void StreamSorter<Symbol, Output>::for_starts_backwards(Take&& take) const {
  const unsigned first_small = first_is_small() ? 1 : 0;
  std::uint32_t next = in_[size_ - 1];
  const unsigned last_small = next < in_[0] + first_small ? 1 : 0;
  unsigned small = last_small;
  for (std::size_t i = size_ - 1; i-- > 0;) {
    const std::uint32_t value = in_[i];
    const unsigned small_before = value < next + small ? 1 : 0;
    take(static_cast<std::uint32_t>(i + 1), next, 2 * small + small_before);
    small = small_before;
    next = value;
  }
  take(0, next, 2 * first_small + last_small);
}

// The last large ones in front, the lowest at the end, and between them room that the large ones
// use on the way up and the small ones on the way down.
template <typename Symbol, typename Output>
void StreamSorter<Symbol, Output>::lay_out() {
  std::uint32_t* listed = work_;
  for_starts_backwards([&](std::uint32_t start, std::uint32_t value, unsigned kind) {
    ++begin_[std::size_t{value} + 1][kind];
    *listed = start;
    listed += kind == kLowest ? 1 : 0;
  });
  std::array<std::uint32_t, 4> totals{};
  for (const auto& counts : begin_) {
    for (std::size_t kind = 0; kind < 4; ++kind) {
      totals[kind] += counts[kind];
    }
  }
  lowest_ = totals[kLowest];
  sorted_ = work_ + (size_ - lowest_);
  begin_[0] = {totals[kLastLarge], 0, static_cast<std::uint32_t>(size_ - lowest_),
               totals[kLastLarge]};
  for (std::size_t value = 0; value < values_; ++value) {
    for (std::size_t kind = 0; kind < 4; ++kind) {
      begin_[value + 1][kind] += begin_[value][kind];
    }
  }
}

// The first rank of a value.
template <typename Symbol, typename Output>
std::uint32_t StreamSorter<Symbol, Output>::rank_of(std::size_t value) const {
  std::uint32_t rank = 0;
  for (std::size_t kind = 0; kind < 4; ++kind) {
    rank += begin_[value][kind] - begin_[0][kind];
  }
  return rank;
}

// A read of what an entry some way ahead will read; what lies there may not be an entry yet.
template <typename Symbol, typename Output>
inline void StreamSorter<Symbol, Output>::prefetch(const std::uint32_t* entry,
                                                   std::ptrdiff_t step) const {
  const std::size_t far = (entry[kNames ? 2 * step : step] & kPlace) - std::size_t{1};
  __builtin_prefetch(in_ + (far < size_ ? far : 0));
  if constexpr (kNames) {
    const std::size_t near = (entry[step] & kPlace) - 1;
    if (near < size_) {
      __builtin_prefetch(&cursors_[in_[near]], 1);
    }
  }
}

// The lowest starts, from the front where they are listed, by their first symbols.
template <typename Symbol, typename Output>
void StreamSorter<Symbol, Output>::place_lowest() {
  for (std::size_t value = 0; value < values_; ++value) {
    cursors_[value].next[0] = begin_[value][kLowest];
  }
  for (std::size_t i = 0; i < lowest_; ++i) {
    work_[cursors_[in_[work_[i]]].next[0]++] = work_[i];
  }
}

// Passes on to the start before `place`, whose value and kind follow from the two symbols before.
template <typename Symbol, typename Output>
template <bool kLast, bool kUp>
inline void StreamSorter<Symbol, Output>::induce(std::uint32_t place, std::uint32_t group) {
  std::uint32_t value = 0;
  std::uint32_t before = 0;
  if (place >= 2) [[likely]] {
    place -= 1;
    value = in_[place];
    before = in_[place - 1];
  } else {
    place = static_cast<std::uint32_t>((place + size_ - 1) % size_);
    value = in_[place];
    before = in_[(place + size_ - 1) % size_];
  }
  const std::size_t other = (kUp ? before < value : before > value) ? 1 : 0;
  Cursor& cursor = cursors_[value];
  std::uint32_t entry = place;
  if constexpr (kLast) {
    output_.take(kUp ? cursor.group[0]++ : --cursor.group[0], place, before);
  } else {
    entry |= cursor.group[other] != group ? kNewGroup : 0;
    cursor.group[other] = group;
  }
  work_[kUp ? cursor.next[other]++ : --cursor.next[other]] = entry;
}

template <typename Symbol, typename Output>
template <bool kLast>
void StreamSorter<Symbol, Output>::go_up() {
  for (std::size_t value = 0; value < values_; ++value) {
    cursors_[value] = {.next = {begin_[value][kLargeLarge], begin_[value][kLastLarge]},
                       .group = {kLast ? rank_of(value) : 0, 0}};
  }
  std::uint32_t group = 1;
  for (std::size_t value = 0; value < values_; ++value) {
    for (std::uint32_t i = begin_[value][kLargeLarge]; i != cursors_[value].next[0]; ++i) {
      prefetch(work_ + i, kAhead);
      group += work_[i] >> 31U;
      induce<kLast, true>(work_[i] & kPlace, group);
    }
    ++group;
    const std::uint32_t end = begin_[value + 1][kLowest];
    for (std::uint32_t i = begin_[value][kLowest]; i != end; ++i) {
      prefetch(work_ + i, kAhead);
      // Those of one first symbol are one group.
      induce<kLast, true>(work_[i], group);
    }
    ++group;
  }
}

template <typename Symbol, typename Output>
template <bool kLast>
void StreamSorter<Symbol, Output>::go_down() {
  for (std::size_t value = 0; value < values_; ++value) {
    cursors_[value] = {.next = {begin_[value + 1][kSmallSmall], begin_[value + 1][kLowest]},
                       .group = {kLast ? rank_of(value + 1) : 0, 0}};
  }
  std::uint32_t group = 1;
  for (std::size_t value = values_; value-- > 0;) {
    for (std::uint32_t i = begin_[value + 1][kSmallSmall]; i != cursors_[value].next[0];) {
      --i;
      prefetch(work_ + i, -kAhead);
      group += work_[i] >> 31U;
      induce<kLast, false>(work_[i] & kPlace, group);
    }
    ++group;
    const std::uint32_t end = begin_[value][kLastLarge];
    for (std::uint32_t i = begin_[value + 1][kLastLarge]; i != end;) {
      --i;
      prefetch(work_ + i, -kAhead);
      induce<kLast, false>(work_[i] & kPlace, group);
      // Marks were set on the way up: here the marked one is the last of its group.
      group += work_[i] >> 31U;
    }
    ++group;
  }
}

// Numbers the groups of the lowest starts; their numbers in the order of the block at the front of
// the work space. Lowest starts are at least 2 apart. firsts[i] is where group i begins among the
// sorted. Returns how many groups there are.
template <typename Symbol, typename Output>
std::size_t StreamSorter<Symbol, Output>::name_lowest(std::uint32_t* firsts) {
  const std::size_t slots = (size_ + 1) / 2;
  std::fill(work_, work_ + slots, 0U);
  std::uint32_t group = 0;
  firsts[0] = 0;
  for (std::size_t i = 0; i < lowest_; ++i) {
    if (i + kAhead < lowest_) {
      __builtin_prefetch(work_ + (sorted_[i + kAhead] & kPlace) / 2, 1);
    }
    const std::uint32_t entry = sorted_[i];
    work_[(entry & kPlace) / 2] = group + 1;
    firsts[group + 1] = static_cast<std::uint32_t>(i + 1);
    // The way down marked the last of each group.
    group += entry >> 31U;
  }
  if (group < lowest_) {
    std::size_t filled = 0;
    for (std::size_t i = 0; i < slots; ++i) {
      const std::uint32_t name = work_[i];
      work_[filled] = name - 1;
      filled += name != 0 ? 1 : 0;
    }
  }
  return group;
}

// The order of rotations of the `lowest_` names at the front, into the words behind them.
template <typename Symbol, typename Output>
void StreamSorter<Symbol, Output>::sort_as_names(std::uint32_t* firsts, std::size_t groups) {
  std::uint32_t* const order = work_ + lowest_;
  if (sort_small_groups(std::span(work_, lowest_), std::span(firsts, groups + 1), order)) {
    return;
  }
  for (std::size_t i = 0; i < lowest_; ++i) {
    if (i + kAhead < lowest_) {
      __builtin_prefetch(firsts + work_[i + kAhead]);
    }
    work_[i] = firsts[work_[i]];
  }
  std::copy(firsts, firsts + groups + 1, order);
  std::uint32_t* const heads = firsts;
  for (std::size_t i = 0; i < groups; ++i) {
    heads[order[i]] = order[i + 1] - 1;
  }
  sort_names(std::span(work_, lowest_), std::span(order, lowest_), std::span(heads, lowest_));
}

// From sorted up to the next lowest start to sorted as rotations.
template <typename Symbol, typename Output>
void StreamSorter<Symbol, Output>::order_lowest() {
  std::uint32_t* const firsts = work_ + size_;
  const std::size_t groups = name_lowest(firsts);
  if (groups == lowest_) {
    for (std::size_t i = 0; i < lowest_; ++i) {
      sorted_[i] &= kPlace;
    }
    return;
  }
  std::uint32_t* order = work_ + lowest_;
  if (groups <= kMaxValues && groups * kRepeated <= lowest_) {
    std::uint32_t* const room = order + kMargin;
    order = room + lowest_ + kMargin;
    sort_repeated_names(std::span(work_, lowest_), groups, order, room);
  } else {
    sort_as_names(firsts, groups);
  }
  std::uint32_t* listed = work_ + lowest_;
  for_starts_backwards([&](std::uint32_t start, std::uint32_t /*value*/, unsigned kind) {
    listed[-1] = start;
    listed -= kind == kLowest ? 1 : 0;
  });
  for (std::size_t i = 0; i < lowest_; ++i) {
    if (i + kAhead < lowest_) {
      __builtin_prefetch(work_ + order[i + kAhead]);
    }
    order[i] = work_[order[i]];
  }
  std::memmove(sorted_, order, lowest_ * sizeof(*order));
}

template <typename Symbol, typename Output>
void StreamSorter<Symbol, Output>::sort() {
  lay_out();
  place_lowest();
  go_up<false>();
  go_down<false>();
  order_lowest();
  go_up<true>();
  go_down<true>();
}

void sort_repeated_names(std::span<const std::uint32_t> names, std::size_t values,
                         std::uint32_t* starts, std::uint32_t* work) {
  StreamSorter<std::uint32_t, StartsResult>(names, values, {.starts = starts}, work).sort();
}

}  // namespace

ByteSpan sort_rotations(ByteSpan in, std::size_t step, std::span<std::uint32_t> rows,
                        std::span<std::uint32_t> work) {
  // The last bytes go where the names of the lowest starts were sorted, which is done by then.
  std::uint32_t* const room = work.data() + kMargin;
  auto* const last = reinterpret_cast<std::uint8_t*>(room + in.size() + kMargin);
  const BlockResult result{.last = last,
                           .rows = rows.data(),
                           .mask = step - 1,
                           .shift = static_cast<unsigned>(std::countr_one(step - 1))};
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(in.data()), in.size());
  StreamSorter<std::uint8_t, BlockResult>(bytes, 256, result, room).sort();
  return {reinterpret_cast<const std::byte*>(last), in.size()};
}

}  // namespace kompakt
