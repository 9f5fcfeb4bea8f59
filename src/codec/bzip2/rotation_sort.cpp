#include "codec/bzip2/rotation_sort.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace kompakt::bzip2 {
namespace {

// A packed word is a key above an index of kIndexBits; a packed row is the byte before a rotation
// above its position.
constexpr unsigned kIndexBits = 20;
constexpr std::uint64_t kIndexMask = (std::uint64_t{1} << kIndexBits) - 1;
constexpr std::uint32_t kRowMask = (std::uint32_t{1} << kIndexBits) - 1;
constexpr unsigned kKeyBits = 64 - kIndexBits;
// Whole bytes that a key covers.
constexpr std::uint32_t kKeyBytes = kKeyBits / 8;
// Bytes of the text repeated after its end, so that a key or comparison may start anywhere.
constexpr std::size_t kPadding = 16;
// Below this the rotations are compared naively.
constexpr std::uint32_t kTiny = 384;
// Rotations that agree this far, and on a whole substring, are told apart by rank: that is cheaper
// than looking at more of their bytes.
constexpr std::uint32_t kMaxDepth = 2 + kKeyBytes;

std::uint64_t load_key(const unsigned char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

// The pair (first byte, second byte) with the second in the high half.
std::uint32_t load_pair(const unsigned char* at) {
  return at[0] | (static_cast<std::uint32_t>(at[1]) << 8U);
}

void insertion_sort(std::uint64_t* words, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    const std::uint64_t word = words[i];
    std::size_t at = i;
    for (; at > 0 && words[at - 1] > word; --at) {
      words[at] = words[at - 1];
    }
    words[at] = word;
  }
}

// Sorts `count` words by kDigits digits of kDigit bits above bit `low`, least significant first.
// The result is in `words`.
template <unsigned kDigit, std::size_t kDigits>
void radix_sort(std::uint64_t* words, std::uint64_t* other, std::size_t count, unsigned low) {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kDigit) - 1;
  std::array<std::array<std::uint32_t, kMask + 1>, kDigits> ends{};
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t rest = words[i] >> low;
    for (auto& end : ends) {
      ++end[rest & kMask];
      rest >>= kDigit;
    }
  }
  std::uint64_t* from = words;
  std::uint64_t* to = other;
  unsigned shift = low;
  for (auto& end : ends) {
    if (end[(from[0] >> shift) & kMask] != count) {  // not all the same
      std::uint32_t sum = 0;
      for (std::uint32_t& value : end) {
        sum += std::exchange(value, sum);
      }
      for (std::size_t i = 0; i < count; ++i) {
        to[end[(from[i] >> shift) & kMask]++] = from[i];
      }
      std::swap(from, to);
    }
    shift += kDigit;
  }
  if (from != words) {
    std::memcpy(words, from, count * sizeof(std::uint64_t));
  }
}

// Sorts words whose keys are kBits wide, above the index; `other` is room for as many.
template <unsigned kBits>
void sort_words(std::uint64_t* words, std::uint64_t* other, std::size_t count) {
  constexpr std::size_t kInsertionUpTo = 40;
  constexpr std::size_t kBytesFrom = kBits > kIndexBits ? 64 : 256;
  constexpr std::size_t kWideFrom = 2048;
  if (count <= kInsertionUpTo) {
    insertion_sort(words, count);
  } else if (count < kBytesFrom) {
    std::sort(words, words + count);
  } else if (count < kWideFrom) {
    radix_sort<8, (kBits + 7) / 8>(words, other, count, kIndexBits);
  } else {
    radix_sort<11, (kBits + 10) / 11>(words, other, count, kIndexBits);
  }
}

}  // namespace

RotationSorter::RotationSorter(std::size_t max_size)
    : text_memory_(max_size + 2 + kPadding),
      words_memory_((max_size / 2 + 1) * sizeof(std::uint64_t)),
      other_memory_((max_size / 2 + 1) * sizeof(std::uint64_t)),
      rows_memory_((max_size + 1) * sizeof(std::uint32_t)),
      stars_memory_((max_size / 2 + 2) * sizeof(std::uint32_t)),
      ranks_memory_((max_size / 2 + 2) * sizeof(std::uint32_t)),
      text_(reinterpret_cast<unsigned char*>(text_memory_.data()) + 2),
      words_(reinterpret_cast<std::uint64_t*>(words_memory_.data())),
      other_(reinterpret_cast<std::uint64_t*>(other_memory_.data())),
      rows_(reinterpret_cast<std::uint32_t*>(rows_memory_.data())),
      stars_(reinterpret_cast<std::uint32_t*>(stars_memory_.data())),
      ranks_(reinterpret_cast<std::uint32_t*>(ranks_memory_.data())),
      capacity_(max_size),
      pairs_(65536),
      star_pairs_(65536) {}

std::uint64_t RotationSorter::memory(std::size_t max_size) {
  return max_size * (1 + 4 + 4 + 4 + 2 + 2) + std::size_t{2} * 65536 * sizeof(std::uint32_t) + 4096;
}

void RotationSorter::copy_text(ByteSpan text) {
  size_ = static_cast<std::uint32_t>(text.size());
  std::memcpy(text_, text.data(), text.size());
  for (std::size_t i = 0; i < kPadding; ++i) {
    text_[size_ + i] = text_[i];
  }
  text_[-1] = text_[size_ - 1];
  text_[-2] = text_[size_ > 1 ? size_ - 2 : 0];
}

std::uint32_t RotationSorter::sort(ByteSpan text, MutableByteSpan last) {
  copy_text(text);
  if (size_ < kTiny) {
    return sort_tiny(last);
  }
  if (!collect()) {  // one byte value only
    std::memcpy(last.data(), text.data(), text.size());
    return 0;
  }
  sort_by_prefix();
  refine_groups();
  sort_by_rank();
  place_buckets();
  induce_ascending();
  return induce_descending(last);
}

std::uint32_t RotationSorter::sort_tiny(MutableByteSpan last) {
  std::array<unsigned char, std::size_t{2} * kTiny> twice{};
  std::copy_n(text_, size_, twice.begin());
  std::copy_n(text_, size_, twice.begin() + size_);
  std::array<std::uint32_t, kTiny> order{};
  for (std::uint32_t i = 0; i < size_; ++i) {
    order[i] = i;
  }
  std::sort(order.begin(), order.begin() + size_, [&](std::uint32_t a, std::uint32_t b) {
    return std::memcmp(&twice[a], &twice[b], size_) < 0;
  });
  std::uint32_t row = 0;
  for (std::uint32_t i = 0; i < size_; ++i) {
    last[i] = static_cast<std::byte>(twice[order[i] + size_ - 1]);
    if (order[i] == 0) {
      row = i;
    }
  }
  return row;
}

// Finds the types of all rotations, counts pairs and lists the B* rotations. A rotation is of type
// B where the one behind it is greater, of type A where that is smaller; equal first bytes leave it
// to the next. B* is a B before an A. False where all bytes are the same.
bool RotationSorter::collect() {
  std::fill(pairs_.begin(), pairs_.end(), 0);
  std::fill(star_pairs_.begin(), star_pairs_.end(), 0);
  level_.fill(0);
  std::uint32_t ahead = 0;
  while (ahead < size_ && text_[ahead] == text_[size_ - 1]) {
    ++ahead;
  }
  if (ahead == size_) {
    return false;
  }
  bool next_ascends = text_[size_ - 1] < text_[ahead];  // of rotation 0 if it starts level
  for (std::uint32_t i = 0;; ++i) {
    if (text_[i] != text_[i + 1]) {
      next_ascends = text_[i] < text_[i + 1];
      break;
    }
  }
  // Filled from the end of its room, as the scan runs backwards.
  const auto room = static_cast<std::uint32_t>(capacity_ / 2 + 2);
  std::uint32_t at = room;
  std::uint32_t following = text_[size_];
  for (std::uint32_t i = size_; i-- > 0;) {
    const std::uint32_t byte = text_[i];
    ++pairs_[(following << 8U) | byte];
    const bool level = byte == following;
    const bool ascends = (byte < following) || (level && next_ascends);
    if (level) {
      level_[byte] += static_cast<std::uint32_t>(ascends);
    }
    const bool star = ascends && !next_ascends;
    stars_[at - 1] = i;
    at -= static_cast<std::uint32_t>(star);
    next_ascends = ascends;
    following = byte;
  }
  count_ = room - at;
  std::memmove(stars_, stars_ + at, count_ * sizeof(std::uint32_t));
  for (std::uint32_t j = 0; j < count_; ++j) {
    ++star_pairs_[load_pair(text_ + stars_[j])];
  }
  return true;
}

std::uint64_t RotationSorter::key_at(std::uint32_t star, std::uint32_t depth) const {
  std::uint32_t at = stars_[star] + depth;
  while (at >= size_) {
    at -= size_;
  }
  return load_key(text_ + at);
}

// Fills words_ with the B* rotations in order of their first two bytes and then of the key behind
// those. star_pairs_ becomes the end of each bucket in words_.
void RotationSorter::sort_by_prefix() {
  std::uint32_t sum = 0;
  for (std::uint32_t first = 0; first < 256; ++first) {
    for (std::uint32_t second = first + 1; second < 256; ++second) {
      std::uint32_t& pair = star_pairs_[(second << 8U) | first];
      const std::uint32_t here = pair;
      pair = sum;
      sum += here;
    }
  }
  for (std::uint32_t j = 0; j < count_; ++j) {
    const unsigned char* at = text_ + stars_[j];
    words_[star_pairs_[load_pair(at)]++] = (load_key(at + 2) & ~kIndexMask) | j;
  }
}

// Sorts each bucket and, group by group, what its key leaves equal.
void RotationSorter::refine_groups() {
  groups_.clear();
  std::uint32_t begin = 0;
  for (std::uint32_t first = 0; first < 256; ++first) {
    for (std::uint32_t second = first + 1; second < 256; ++second) {
      const std::uint32_t end = star_pairs_[(second << 8U) | first];
      if (end != begin) {
        refine(begin, end, 2);
        begin = end;
      }
    }
  }
}

// Whether rotations that agree with `star` for `depth` bytes have their next B* rotation at the
// same distance. That begins with an ascent to a byte behind which the next other byte is smaller:
// only with that byte it shows.
bool RotationSorter::shares_substring(std::uint32_t star, std::uint32_t depth) const {
  const std::uint32_t begin = stars_[star];
  const std::uint32_t next = star + 1 < count_ ? stars_[star + 1] : stars_[0] + size_;
  const auto byte_at = [this](std::uint32_t at) { return text_[at < size_ ? at : at % size_]; };
  const unsigned char peak = byte_at(next + 1);
  for (std::uint32_t at = next + 2; at - begin < depth; ++at) {
    if (byte_at(at) != peak) {
      return true;
    }
  }
  return false;
}

void RotationSorter::refine_small(std::uint32_t begin, std::uint32_t end, std::uint32_t depth) {
  const auto a = static_cast<std::uint32_t>(words_[begin] & kIndexMask);
  const auto b = static_cast<std::uint32_t>(words_[begin + 1] & kIndexMask);
  while (depth < kMaxDepth || !shares_substring(a, depth)) {
    const std::uint64_t key_a = key_at(a, depth);
    const std::uint64_t key_b = key_at(b, depth);
    if (key_a != key_b) {
      words_[begin] = key_a < key_b ? a : b;
      words_[begin + 1] = key_a < key_b ? b : a;
      return;
    }
    depth += 8;
  }
  groups_.push_back({begin, end});
}

// Sorts words_[begin, end), which agree for `depth` bytes. At depth 2 the keys are in place.
void RotationSorter::refine(std::uint32_t begin, std::uint32_t end, std::uint32_t depth) {
  const std::uint32_t count = end - begin;
  if (count == 1) {
    return;
  }
  if (count == 2) {
    refine_small(begin, end, depth);
    return;
  }
  std::uint64_t* words = words_ + begin;
  if (depth != 2) {
    if (depth >= kMaxDepth &&
        shares_substring(static_cast<std::uint32_t>(words[0] & kIndexMask), depth)) {
      groups_.push_back({begin, end});
      return;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint64_t index = words[i] & kIndexMask;
      words[i] = (key_at(static_cast<std::uint32_t>(index), depth) & ~kIndexMask) | index;
    }
  }
  sort_words<kKeyBits>(words, other_, count);
  for (std::uint32_t i = 0; i < count;) {
    std::uint32_t same = i + 1;
    while (same < count && ((words[same] ^ words[i]) >> kIndexBits) == 0) {
      ++same;
    }
    if (same - i > 1) {
      refine(begin + i, begin + same, depth + kKeyBytes);
    }
    i = same;
  }
}

// Sorts the remaining groups by the ranks of the rotations `distance` B* further on, doubling the
// distance each round (Larsson and Sadakane's scheme on the B* rotations alone).
void RotationSorter::sort_by_rank() {
  if (groups_.empty()) {
    return;
  }
  for (std::uint32_t i = 0; i < count_; ++i) {
    ranks_[words_[i] & kIndexMask] = i;
  }
  for (const Group& group : groups_) {
    for (std::uint32_t i = group.begin; i < group.end; ++i) {
      ranks_[words_[i] & kIndexMask] = group.begin;
    }
  }
  // Every group agrees on at least one substring.
  for (std::uint32_t distance = 1; !groups_.empty() && distance < count_; distance *= 2) {
    rest_.clear();
    for (const Group& group : groups_) {
      split_by_rank(group, distance, rest_);
    }
    groups_.swap(rest_);
  }
}

void RotationSorter::split_by_rank(const Group& group, std::uint32_t distance,
                                   std::vector<Group>& rest) {
  std::uint64_t* words = words_ + group.begin;
  const std::uint32_t count = group.end - group.begin;
  std::uint32_t differ = 0;
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t index = words[i] & kIndexMask;
    std::uint32_t other = static_cast<std::uint32_t>(index) + distance;
    other = other >= count_ ? other - count_ : other;
    const std::uint32_t rank = ranks_[other];
    first = i == 0 ? rank : first;
    differ |= rank ^ first;
    words[i] = (static_cast<std::uint64_t>(rank) << kIndexBits) | index;
  }
  if (differ == 0) {
    rest.push_back(group);
    return;
  }
  sort_words<kIndexBits>(words, other_, count);
  for (std::uint32_t i = 0; i < count;) {
    std::uint32_t same = i + 1;
    while (same < count && ((words[same] ^ words[i]) >> kIndexBits) == 0) {
      ++same;
    }
    if (same - i > 1) {
      rest.push_back({group.begin + i, group.begin + same});
    }
    for (std::uint32_t k = i; k < same; ++k) {
      ranks_[words[k] & kIndexMask] = group.begin + i;
    }
    i = same;
  }
}

// Lays out the rows: for each first byte type A, then type B by second byte, and within such a pair
// B* before the others. Puts the B* rotations in their places; pairs_ becomes the end of each pair
// of type B, where the next is induced.
void RotationSorter::place_buckets() {
  std::uint32_t row = 0;
  std::uint32_t star = 0;
  for (std::uint32_t first = 0; first < 256; ++first) {
    start_[first] = row;
    std::uint32_t descending = pairs_[(first << 8U) | first] - level_[first];
    for (std::uint32_t second = 0; second < first; ++second) {
      descending += pairs_[(second << 8U) | first];
    }
    row += descending;
    middle_[first] = row;
    for (std::uint32_t second = first; second < 256; ++second) {
      std::uint32_t& pair = pairs_[(second << 8U) | first];
      const std::uint32_t total = second == first ? level_[first] : pair;
      if (second > first && total != 0) {
        const std::uint32_t end = star_pairs_[(second << 8U) | first];
        for (std::uint32_t at = row; star < end; ++star, ++at) {
          const std::uint32_t position = stars_[words_[star] & kIndexMask];
          rows_[at] = position | (static_cast<std::uint32_t>(text_[static_cast<int>(position) - 1])
                                  << kIndexBits);
        }
      }
      row += total;
      pair = row;
    }
  }
  start_[256] = row;
}

// From the greatest row down, every rotation of type B puts its predecessor, where that is of type
// B too, before the greatest place that is left of its pair.
void RotationSorter::induce_ascending() {
  const std::uint32_t wrap = size_ - 1;
  for (std::uint32_t byte = 256; byte-- > 0;) {
    std::uint32_t* ends = pairs_.data() + (byte << 8U);
    const std::uint32_t begin = middle_[byte];
    for (std::uint32_t i = start_[byte + 1]; i-- > begin;) {
      const std::uint32_t row = rows_[i];
      const std::uint32_t before = row >> kIndexBits;
      if (before <= byte) {
        const std::uint32_t position = row & kRowMask;
        const std::uint32_t previous = position == 0 ? wrap : position - 1;
        const std::uint32_t further = text_[static_cast<int>(position) - 2];
        rows_[--ends[before]] = previous | (further << kIndexBits);
      }
    }
  }
}

// From the smallest row up, every rotation puts its predecessor, where that is of type A, behind
// the smallest place that is left of its first byte.
std::uint32_t RotationSorter::induce_descending(MutableByteSpan last) {
  const std::uint32_t wrap = size_ - 1;
  std::array<std::uint32_t, 256> next{};
  std::copy_n(start_.begin(), 256, next.begin());
  std::uint32_t origin = 0;
  const auto step = [&](std::uint32_t i, std::uint32_t least) {
    const std::uint32_t row = rows_[i];
    const std::uint32_t before = row >> kIndexBits;
    const std::uint32_t position = row & kRowMask;
    last[i] = static_cast<std::byte>(before);
    std::uint32_t previous = position - 1;
    if (position == 0) {
      origin = i;
      previous = wrap;
    }
    if (before >= least) {
      const std::uint32_t further = text_[static_cast<int>(position) - 2];
      rows_[next[before]++] = previous | (further << kIndexBits);
    }
  };
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    for (std::uint32_t i = start_[byte]; i < middle_[byte]; ++i) {
      step(i, byte);
    }
    for (std::uint32_t i = middle_[byte]; i < start_[byte + 1]; ++i) {
      step(i, byte + 1);
    }
  }
  return origin;
}

}  // namespace kompakt::bzip2
