#include "codec/deflate/inflate/huffman_tables.hpp"

#include <bit>
#include <cstring>

namespace kompakt::deflate {
namespace {

constexpr Entry kInvalid = kEntryExceptional;
// What a code adds to its symbol's template: its bits, in both places.
constexpr Entry kPerCodeBit = 0x101;
constexpr unsigned kFirstLength = kEndOfBlockSymbol + 1;

constexpr std::array<std::uint16_t, 29> kLengthBase = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                       15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                       67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, 29> kLengthExtra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

// Entries without their code's bits. Walking counts literals; decoding stores them.
template <bool kWalk>
consteval std::array<Entry, kLitlenSymbols> litlen_templates() {
  std::array<Entry, kLitlenSymbols> all{};
  for (unsigned symbol = 0; symbol < kEndOfBlockSymbol; ++symbol) {
    all[symbol] = kEntryLiteral | ((kWalk ? 1 : symbol) << kEntryValueShift);
  }
  all[kEndOfBlockSymbol] = kEntryExceptional | kEntryEndOfBlock;
  for (unsigned symbol = kFirstLength; symbol < kLitlenSymbols; ++symbol) {
    const unsigned i = symbol - kFirstLength;
    all[symbol] = i < kLengthBase.size()
                      ? (Entry{kLengthBase[i]} << kEntryValueShift) | kLengthExtra[i]
                      : kInvalid;
  }
  return all;
}

consteval std::array<Entry, kDistanceSymbols> distance_templates() {
  std::array<Entry, kDistanceSymbols> all{};
  for (unsigned symbol = 0; symbol < 30; ++symbol) {
    const unsigned extra = symbol < 2 ? 0 : symbol / 2 - 1;
    const unsigned base = symbol < 2 ? symbol + 1 : ((2 + (symbol & 1U)) << extra) + 1;
    all[symbol] = (base << kEntryValueShift) | extra;
  }
  all[30] = all[31] = kInvalid;
  return all;
}

consteval std::array<Entry, kPrecodeSymbols> precode_templates() {
  std::array<Entry, kPrecodeSymbols> all{};
  for (unsigned symbol = 0; symbol < kPrecodeSymbols; ++symbol) {
    all[symbol] = symbol << kEntryValueShift;
  }
  return all;
}

constexpr auto kLitlenTemplates = litlen_templates<false>();
constexpr auto kWalkTemplates = litlen_templates<true>();
constexpr auto kDistanceTemplates = distance_templates();
constexpr auto kPrecodeTemplates = precode_templates();

using LengthCounts = std::array<std::uint16_t, kMaxCodeBits + 1>;

LengthCounts count_lengths(std::span<const std::uint8_t> lengths) noexcept {
  // Two sets of counters: equal neighbours, which are common, would wait for each other's store.
  LengthCounts even{};
  LengthCounts odd{};
  std::size_t i = 0;
  for (; i + 2 <= lengths.size(); i += 2) {
    ++even[lengths[i]];
    ++odd[lengths[i + 1]];
  }
  if (i < lengths.size()) {
    ++even[lengths[i]];
  }
  for (unsigned bits = 0; bits <= kMaxCodeBits; ++bits) {
    even[bits] = static_cast<std::uint16_t>(even[bits] + odd[bits]);
  }
  return even;
}

CodeFault check_counts(const LengthCounts& counts, unsigned symbols,
                       bool may_be_incomplete) noexcept {
  std::uint32_t used = 0;  // of the 2^15 code space
  for (unsigned bits = 1; bits <= kMaxCodeBits; ++bits) {
    used += std::uint32_t{counts[bits]} << (kMaxCodeBits - bits);
  }
  constexpr std::uint32_t kWhole = 1U << kMaxCodeBits;
  if (used > kWhole) {
    return CodeFault::kOverSubscribed;
  }
  const unsigned codes = symbols - counts[0];
  const bool accepted =
      used == kWhole || (may_be_incomplete && (codes == 0 || (codes == 1 && counts[1] == 1)));
  return accepted ? CodeFault::kNone : CodeFault::kIncomplete;
}

// The code after `code` among those of `bits` bits, first bit lowest: the highest clear bit is set
// and those above it are cleared. `code` must not be all ones.
unsigned next_code(unsigned code, unsigned bits) noexcept {
  const unsigned clear = code ^ ((1U << bits) - 1);
  const unsigned top = std::bit_floor(clear);
  return (code & (top - 1)) | top;
}

struct Build {
  std::span<const Entry> templates;
  unsigned main_bits = 0;
  bool may_be_incomplete = false;
};

// Places the codes longer than the main index. `sorted` are their symbols, shortest code first.
void fill_subtables(const Build& build, LengthCounts counts, const std::uint16_t* sorted,
                    unsigned code, Entry* table) noexcept {
  const unsigned main_bits = build.main_bits;
  const unsigned main_mask = (1U << main_bits) - 1;
  unsigned next_free = 1U << main_bits;
  unsigned start = 0;
  unsigned index_bits = 0;
  unsigned prefix = ~0U;
  for (unsigned bits = main_bits + 1; bits <= kMaxCodeBits; ++bits) {
    while (counts[bits] > 0) {
      if ((code & main_mask) != prefix) {
        prefix = code & main_mask;
        // As many index bits as it takes until the codes that follow fill the subtable.
        index_bits = bits - main_bits;
        unsigned used = counts[bits];
        while (used < (1U << index_bits)) {
          ++index_bits;
          used = (used << 1U) + counts[main_bits + index_bits];
        }
        start = next_free;
        next_free += 1U << index_bits;
        table[prefix] = kEntryExceptional | kEntrySubtable | (start << kEntryValueShift) |
                        (index_bits << 8U) | main_bits;
      }
      const unsigned own_bits = bits - main_bits;
      const Entry entry = build.templates[*sorted++] + own_bits * kPerCodeBit;
      for (unsigned at = code >> main_bits; at < (1U << index_bits); at += 1U << own_bits) {
        table[start + at] = entry;
      }
      --counts[bits];
      if (code == (1U << bits) - 1) {
        return;
      }
      code = next_code(code, bits);
    }
  }
}

// Fills the main part: a table for codes of at most b bits, copied behind itself, is the one for
// b + 1 bits but for the codes of that length.
CodeFault build_table(const Build& build, std::span<const std::uint8_t> lengths,
                      Entry* table) noexcept {
  const LengthCounts counts = count_lengths(lengths);
  const auto symbols = static_cast<unsigned>(lengths.size());
  const CodeFault fault = check_counts(counts, symbols, build.may_be_incomplete);
  if (fault != CodeFault::kNone) {
    return fault;
  }
  std::array<std::uint16_t, kMaxCodeBits + 1> next{};
  std::uint16_t total = 0;
  for (unsigned bits = 1; bits <= kMaxCodeBits; ++bits) {
    next[bits] = total;
    total = static_cast<std::uint16_t>(total + counts[bits]);
  }
  next[0] = total;  // unused symbols sort behind the used ones
  std::array<std::uint16_t, kLitlenSymbols> sorted;
  for (unsigned symbol = 0; symbol < symbols; ++symbol) {
    sorted[next[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
  }
  const unsigned main_bits = build.main_bits;
  if (total < 2) {
    const Entry invalid = kInvalid + kPerCodeBit;
    const Entry lone = total == 0 ? invalid : build.templates[sorted[0]] + kPerCodeBit;
    for (std::size_t i = 0; i < (std::size_t{1} << main_bits); i += 2) {
      table[i] = lone;
      table[i + 1] = invalid;
    }
    return CodeFault::kNone;
  }
  const std::uint16_t* symbol = sorted.data();
  unsigned bits = 1;
  while (counts[bits] == 0) {
    ++bits;
  }
  unsigned code = 0;
  bool ended = false;
  for (; bits <= main_bits; ++bits) {
    const Entry code_bits = bits * kPerCodeBit;
    for (unsigned left = counts[bits]; left > 0; --left) {
      table[code] = build.templates[*symbol++] + code_bits;
      ended = code == (1U << bits) - 1;
      code = ended ? code : next_code(code, bits);
    }
    if (bits < main_bits) {
      std::memcpy(table + (std::size_t{1} << bits), table, sizeof(Entry) << bits);
    }
  }
  if (!ended) {
    fill_subtables(build, counts, symbol, code, table);
  }
  return CodeFault::kNone;
}

}  // namespace

CodeFault check_code(std::span<const std::uint8_t> lengths, bool may_be_incomplete) noexcept {
  return check_counts(count_lengths(lengths), static_cast<unsigned>(lengths.size()),
                      may_be_incomplete);
}

CodeFault build_litlen_table(std::span<const std::uint8_t> lengths, LitlenTable& table) noexcept {
  return build_table(
      {.templates = kLitlenTemplates, .main_bits = kLitlenBits, .may_be_incomplete = true}, lengths,
      table.data());
}

CodeFault build_distance_table(std::span<const std::uint8_t> lengths,
                               DistanceTable& table) noexcept {
  return build_table(
      {.templates = kDistanceTemplates, .main_bits = kDistanceBits, .may_be_incomplete = true},
      lengths, table.data());
}

CodeFault build_precode_table(std::span<const std::uint8_t> lengths, PrecodeTable& table) noexcept {
  return build_table({.templates = kPrecodeTemplates, .main_bits = kPrecodeBits}, lengths,
                     table.data());
}

CodeFault build_walk_litlen(std::span<const std::uint8_t> lengths, WalkTables& tables) noexcept {
  LitlenTable& table = tables.litlen;
  const CodeFault fault = build_table(
      {.templates = kWalkTemplates, .main_bits = kLitlenBits, .may_be_incomplete = true}, lengths,
      table.data());
  if (fault != CodeFault::kNone) {
    return fault;
  }
  // Downwards, because an entry is joined with one at a lower index, which must still be single.
  for (std::size_t i = std::size_t{1} << kLitlenBits; i-- > 0;) {
    const Entry first = table[i];
    if ((first & kEntryLiteral) != 0) {
      const Entry second = table[i >> entry_bits(first)];
      const bool fits = entry_bits(first) + entry_code_bits(second) <= kLitlenBits &&
                        (second & kEntryExceptional) == 0;
      table[i] = fits ? first - kEntryLiteral + second : first;
    }
  }
  return CodeFault::kNone;
}

CodeFault build_walk_distance(std::span<const std::uint8_t> lengths, WalkTables& tables) noexcept {
  return build_table(
      {.templates = kDistanceTemplates, .main_bits = kDistanceBits, .may_be_incomplete = true},
      lengths, tables.distance.data() + WalkTables::kNoDistance);
}

}  // namespace kompakt::deflate
