#include "codec/bzip2/code_tables.hpp"

#include <algorithm>
#include <cstring>

namespace kompakt::bzip2 {
namespace {

// Longer codes do not pay, and old decoders know no more.
constexpr unsigned kLongest = 17;
constexpr unsigned kSymbolBits = 9;
constexpr unsigned kNone = 0xFF;
// Rounds of assigning groups to tables and fitting the tables to their groups. More gain less than
// a tenth of a per cent.
constexpr unsigned kRounds = 4;

// The code lengths of a group under all tables, side by side.
using Costs [[gnu::vector_size(16)]] = std::uint16_t;
constexpr std::size_t kLanes = 8;

// Depths of the leaves of a Huffman tree over ascending weights, by joining the two smallest of two
// ascending queues: the leaves, and the nodes made so far. Returns the greatest depth.
unsigned leaf_depths(std::span<const std::uint64_t> weights, std::span<std::uint8_t> depths) {
  const std::size_t leaves = weights.size();
  std::array<std::uint64_t, kMaxAlphabet> sums{};
  std::array<std::uint16_t, std::size_t{2} * kMaxAlphabet> parents{};
  std::size_t leaf = 0;
  std::size_t node = 0;
  for (std::size_t made = 0; made + 1 < leaves; ++made) {
    std::uint64_t sum = 0;
    for (int child = 0; child < 2; ++child) {
      const bool take_leaf = leaf < leaves && (node >= made || weights[leaf] <= sums[node]);
      sum += take_leaf ? weights[leaf] : sums[node];
      parents[take_leaf ? leaf++ : leaves + node++] = static_cast<std::uint16_t>(leaves + made);
    }
    sums[made] = sum;
  }
  std::array<std::uint8_t, std::size_t{2} * kMaxAlphabet> depth{};
  const std::size_t root = 2 * leaves - 2;
  for (std::size_t i = root; i-- > 0;) {
    depth[i] = static_cast<std::uint8_t>(depth[parents[i]] + 1);
  }
  std::copy_n(depth.begin(), leaves, depths.begin());
  return leaves == 0 ? 0 : *std::max_element(depths.begin(), depths.end());
}

}  // namespace

void make_code_lengths(const SymbolCounts& counts, std::size_t alphabet, CodeLengths& lengths) {
  std::array<std::uint64_t, kMaxAlphabet> order{};
  for (std::size_t i = 0; i < alphabet; ++i) {
    order[i] = (static_cast<std::uint64_t>(std::max(counts[i], 1U)) << kSymbolBits) | i;
  }
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(alphabet));
  std::array<std::uint64_t, kMaxAlphabet> weights{};
  for (std::size_t i = 0; i < alphabet; ++i) {
    weights[i] = order[i] >> kSymbolBits;
  }
  std::array<std::uint8_t, kMaxAlphabet> depths{};
  // Flatter weights until the tree is flat enough; equal ones give at most nine levels.
  while (leaf_depths(std::span(weights).first(alphabet), std::span(depths).first(alphabet)) >
         kLongest) {
    for (std::size_t i = 0; i < alphabet; ++i) {
      weights[i] = weights[i] / 2 + 1;
    }
  }
  for (std::size_t i = 0; i < alphabet; ++i) {
    lengths[order[i] & ((1U << kSymbolBits) - 1)] = depths[i];
  }
}

// The first guess: each table is for a stretch of the alphabet with an equal share of the symbols.
void CodeTables::start(const SymbolCounts& counts, std::size_t symbols) {
  constexpr std::uint8_t kLikely = 0;
  constexpr std::uint8_t kUnlikely = 15;
  std::size_t begin = 0;
  std::uint64_t left = symbols;
  for (unsigned table = 0; table < tables_; ++table) {
    const std::uint64_t share = left / (tables_ - table);
    std::size_t end = begin;
    std::uint64_t sum = 0;
    while (end < alphabet_ && (sum < share || end == begin)) {
      sum += counts[end++];
    }
    // The symbol that crosses the share goes to either side in turn.
    if (end > begin + 1 && table != 0 && table != tables_ - 1 && table % 2 == 1) {
      sum -= counts[--end];
    }
    for (std::size_t i = 0; i < alphabet_; ++i) {
      lengths_[table][i] = i >= begin && i < end ? kLikely : kUnlikely;
    }
    begin = end;
    left -= std::min(left, sum);
  }
}

void CodeTables::move_group(std::span<const std::uint16_t> group, unsigned from, unsigned to) {
  if (from != kNone) {
    for (const std::uint16_t symbol : group) {
      --used_[from][symbol];
    }
  }
  for (const std::uint16_t symbol : group) {
    ++used_[to][symbol];
  }
}

// Gives each group the table that codes it in the fewest bits. Whether any changed.
bool CodeTables::assign(std::span<const std::uint16_t> symbols) {
  std::array<Costs, kMaxAlphabet> side_by_side{};
  for (std::size_t i = 0; i < alphabet_; ++i) {
    for (unsigned table = 0; table < tables_; ++table) {
      side_by_side[i][table] = lengths_[table][i];
    }
  }
  bool changed = false;
  std::size_t number = 0;
  for (std::size_t at = 0; at < symbols.size(); at += kGroupSize, ++number) {
    const auto group = symbols.subspan(at, std::min<std::size_t>(kGroupSize, symbols.size() - at));
    Costs costs{};
    if (group.size() == kGroupSize) {
      Costs more{};
      for (std::size_t i = 0; i < kGroupSize; i += 2) {
        costs += side_by_side[group[i]];
        more += side_by_side[group[i + 1]];
      }
      costs += more;
    } else {
      for (const std::uint16_t symbol : group) {
        costs += side_by_side[symbol];
      }
    }
    std::array<std::uint16_t, kLanes> bits{};
    std::memcpy(bits.data(), &costs, sizeof costs);
    unsigned best = 0;
    for (unsigned table = 1; table < tables_; ++table) {
      best = bits[table] < bits[best] ? table : best;
    }
    if (selectors_[number] != best) {
      move_group(group, selectors_[number], best);
      selectors_[number] = static_cast<std::uint8_t>(best);
      changed = true;
    }
  }
  return changed;
}

void CodeTables::choose(std::span<const std::uint16_t> symbols, const SymbolCounts& counts,
                        std::size_t alphabet) {
  constexpr std::array<std::size_t, 4> kMoreTablesFrom = {200, 600, 1200, 2400};
  alphabet_ = alphabet;
  tables_ = kMinTables;
  for (const std::size_t from : kMoreTablesFrom) {
    tables_ += static_cast<unsigned>(symbols.size() >= from);
  }
  selectors_.assign((symbols.size() + kGroupSize - 1) / kGroupSize, kNone);
  for (SymbolCounts& used : used_) {
    used.fill(0);
  }
  start(counts, symbols.size());
  for (unsigned round = 0; round < kRounds && assign(symbols); ++round) {
    for (unsigned table = 0; table < tables_; ++table) {
      make_code_lengths(used_[table], alphabet, lengths_[table]);
    }
  }
}

}  // namespace kompakt::bzip2
