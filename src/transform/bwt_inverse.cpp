#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

#include "transform/bwt.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kPairs = 65536;
constexpr unsigned kLookupBits = 17;

// Rows begin with two known bytes: rows are sorted, so those with one pair lie together. This finds
// the pair of a row. Only pairs that occur are listed, which bounds the search in one slot of the
// lookup table by the rows that it covers.
struct PairIndex {
  std::array<std::uint32_t, kPairs + 1> starts{};  // first row of each listed pair; the size behind
  std::array<std::uint16_t, kPairs> bytes{};       // the pair, as it lies in memory
  std::array<std::uint16_t, (std::size_t{1} << kLookupBits) + 2> slots{};  // pair of its first row
  unsigned shift = 0;

  [[nodiscard]] std::uint16_t bytes_of(std::uint32_t row) const noexcept {
    const std::size_t slot = row >> shift;
    std::uint32_t low = slots[slot];
    std::uint32_t high = slots[slot + 1];
    while (low < high) {
      const std::uint32_t middle = (low + high + 1) / 2;
      if (starts[middle] <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return bytes[low];
  }
};

struct Starts {
  std::array<std::uint32_t, 257> of_byte{};
  std::array<std::uint32_t, kPairs> of_pair{};
};

std::uint16_t in_memory_order(std::size_t pair) {
  const std::array<std::byte, 2> bytes = {static_cast<std::byte>(pair >> 8U),
                                          static_cast<std::byte>(pair & 0xFFU)};
  return std::bit_cast<std::uint16_t>(bytes);
}

// First rows of all bytes and pairs. Row i begins with some byte d and is preceded by in[i].
void count(ByteSpan in, Starts& starts) {
  for (const std::byte byte : in) {
    ++starts.of_byte[std::to_integer<std::size_t>(byte) + 1];
  }
  for (std::size_t value = 0; value < 256; ++value) {
    starts.of_byte[value + 1] += starts.of_byte[value];
  }
  for (std::size_t second = 0; second < 256; ++second) {
    for (std::size_t i = starts.of_byte[second]; i < starts.of_byte[second + 1]; ++i) {
      ++starts.of_pair[(std::to_integer<std::size_t>(in[i]) << 8U) | second];
    }
  }
}

// Turns counts of pairs into their first rows, and lists them.
void list_pairs(std::size_t size, Starts& starts, PairIndex& index) {
  std::size_t listed = 0;
  std::uint32_t row = 0;
  const auto width = static_cast<unsigned>(std::bit_width(size));
  index.shift = std::max(width, kLookupBits) - kLookupBits;
  std::size_t slot = 0;
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    const std::uint32_t rows = std::exchange(starts.of_pair[pair], row);
    if (rows == 0) {
      continue;
    }
    index.starts[listed] = row;
    index.bytes[listed] = in_memory_order(pair);
    row += rows;
    for (; (slot << index.shift) < row; ++slot) {
      index.slots[slot] = static_cast<std::uint16_t>(listed);
    }
    ++listed;
  }
  index.starts[listed] = row;
  index.slots[slot] = static_cast<std::uint16_t>(listed - 1);
}

// links[r]: the row of the rotation that starts two bytes after that of row r. The k-th row that is
// preceded by d is followed from the k-th row that begins with d: i; and row i from the next row of
// the pair (in[i], d).
void link(ByteSpan in, Starts& starts, std::uint32_t* links) {
  std::array<std::uint32_t, 256> next{};
  std::copy_n(starts.of_byte.begin(), 256, next.begin());
  for (std::size_t k = 0; k < in.size(); ++k) {
    const auto second = std::to_integer<std::size_t>(in[k]);
    const std::uint32_t i = next[second]++;
    const auto first = std::to_integer<std::size_t>(in[i]);
    links[starts.of_pair[(first << 8U) | second]++] = static_cast<std::uint32_t>(k);
  }
}

struct Walk {
  const std::uint32_t* links = nullptr;
  const PairIndex* index = nullptr;
  std::byte* out = nullptr;
  std::size_t step = 0;
  std::array<std::uint32_t, kMaxBwtRows> rows{};
};

// Writes bytes [from, to) of each of kChains chains; both even.
template <std::size_t kChains>
void follow(Walk& walk, std::size_t from, std::size_t to) {
  std::array<std::uint32_t, kChains> rows{};
  std::copy_n(walk.rows.begin(), kChains, rows.begin());
  const std::uint32_t* const links = walk.links;
  const PairIndex& index = *walk.index;
  std::byte* out = walk.out + from;
  for (std::size_t at = from; at < to; at += 2) {
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      const std::uint16_t pair = index.bytes_of(rows[chain]);
      std::memcpy(out + chain * walk.step, &pair, 2);
      rows[chain] = links[rows[chain]];
    }
    out += 2;
  }
  std::copy_n(rows.begin(), kChains, walk.rows.begin());
}

using Follow = void (*)(Walk&, std::size_t, std::size_t);
template <std::size_t... kCounts>
constexpr std::array<Follow, sizeof...(kCounts)> follow_table(std::index_sequence<kCounts...>) {
  return {&follow<kCounts + 1>...};
}
constexpr auto kFollow = follow_table(std::make_index_sequence<kMaxBwtRows>());

}  // namespace

std::size_t bwt_inverse_memory(std::size_t size) noexcept {
  return 4 * size + sizeof(PairIndex) + sizeof(Starts);
}

Status bwt_inverse(ByteSpan in, std::span<const std::uint32_t> rows, MutableByteSpan out,
                   Buffer& work) {
  const std::size_t size = in.size();
  if (std::any_of(rows.begin(), rows.end(), [&](std::uint32_t row) { return row >= size; })) {
    return {Code::kCorrupt, "bwt: a row lies outside the block"};
  }
  work.resize_discard(4 * size);
  auto* const links = reinterpret_cast<std::uint32_t*>(work.data());
  const auto index = std::make_unique<PairIndex>();
  {
    const auto starts = std::make_unique<Starts>();
    count(in, *starts);
    list_pairs(size, *starts, *index);
    link(in, *starts, links);
  }
  Walk walk{.links = links, .index = index.get(), .out = out.data(), .step = bwt_step(size)};
  std::copy(rows.begin(), rows.end(), walk.rows.begin());
  // The last chain may be shorter than the others, and end in half a pair.
  const std::size_t whole = rows.size() - 1;
  const std::size_t last = size - whole * walk.step;
  const std::size_t even = last & ~std::size_t{1};
  kFollow[whole](walk, 0, even);
  if (last != even) {
    const std::uint16_t pair = index->bytes_of(walk.rows[whole]);
    std::memcpy(out.data() + size - 1, &pair, 1);
  }
  if (whole != 0) {
    kFollow[whole - 1](walk, even, walk.step);
  }
  return {};
}

}  // namespace kompakt
