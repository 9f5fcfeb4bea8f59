/// \file
/// Decode tables of DEFLATE's Huffman codes (RFC 1951, 3.2), built from code lengths.
///
/// A table is indexed with the next bits of the stream, the first of them lowest. Codes longer than
/// the main index continue in subtables behind the main part. Every index leads to a valid entry,
/// so a decoder needs no range checks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kompakt::deflate {

/// One decoded symbol, ready for use:
///   bits 0..7    bits to consume: the code's, and a length's or distance's extra bits
///   bits 8..11   the code's bits alone; of a subtable pointer: index bits of the subtable
///   bit 12..15   the flags below
///   bits 16..31  literal, base of a length or distance, or where the subtable starts
/// An entry inside a subtable counts only the bits after those that indexed the main part.
using Entry = std::uint32_t;

inline constexpr Entry kEntrySubtable = 1U << 12U;     // with kEntryExceptional: continue there
inline constexpr Entry kEntryExceptional = 1U << 13U;  // alone: a code that means nothing
inline constexpr Entry kEntryEndOfBlock = 1U << 14U;   // with kEntryExceptional
inline constexpr Entry kEntryLiteral = 1U << 15U;
inline constexpr unsigned kEntryValueShift = 16;

[[nodiscard]] constexpr unsigned entry_bits(Entry entry) noexcept { return entry & 0xFFU; }
[[nodiscard]] constexpr unsigned entry_code_bits(Entry entry) noexcept {
  return (entry >> 8U) & 0xFU;
}
[[nodiscard]] constexpr unsigned entry_value(Entry entry) noexcept {
  return entry >> kEntryValueShift;
}

inline constexpr unsigned kMaxCodeBits = 15;
inline constexpr unsigned kLitlenSymbols = 288;
inline constexpr unsigned kDistanceSymbols = 32;
inline constexpr unsigned kPrecodeSymbols = 19;
inline constexpr unsigned kEndOfBlockSymbol = 256;
inline constexpr std::size_t kWindowSize = 32768;
inline constexpr std::size_t kMaxMatch = 258;

/// Entries that a table needs at most: a subtable of k index bits holds more than k codes, so each
/// symbol accounts for at most 2^k / (k + 1) entries, which grows with k.
[[nodiscard]] constexpr std::size_t table_bound(unsigned main_bits, unsigned symbols) noexcept {
  const unsigned deepest = kMaxCodeBits - main_bits;
  return (std::size_t{1} << main_bits) + ((symbols << deepest) + deepest) / (deepest + 1);
}

inline constexpr unsigned kLitlenBits = 11;
inline constexpr unsigned kDistanceBits = 8;
inline constexpr unsigned kPrecodeBits = 7;

using LitlenTable = std::array<Entry, table_bound(kLitlenBits, kLitlenSymbols)>;
using DistanceTable = std::array<Entry, table_bound(kDistanceBits, kDistanceSymbols)>;
using PrecodeTable = std::array<Entry, std::size_t{1} << kPrecodeBits>;

/// Both tables of a block, side by side so that a loop reaches them from one address.
struct CodeTables {
  LitlenTable litlen{};
  DistanceTable distance{};
};

enum class CodeFault : std::uint8_t { kNone, kOverSubscribed, kIncomplete };

/// Whether the lengths (0: unused; at most 15) are those of a code that zlib accepts: complete, or
/// a single code of one bit, or, for `may_be_empty`, no code at all.
[[nodiscard]] CodeFault check_code(std::span<const std::uint8_t> lengths,
                                   bool may_be_incomplete) noexcept;

/// Build the table for `lengths`, of at most as many symbols as the code has. On a fault the table
/// must not be used. Distances and literals may be the incomplete codes that zlib accepts: one code
/// of one bit, or none.
[[nodiscard]] CodeFault build_litlen_table(std::span<const std::uint8_t> lengths,
                                           LitlenTable& table) noexcept;
[[nodiscard]] CodeFault build_distance_table(std::span<const std::uint8_t> lengths,
                                             DistanceTable& table) noexcept;
/// Entries hold the symbol as their value. Incomplete codes are faults.
[[nodiscard]] CodeFault build_precode_table(std::span<const std::uint8_t> lengths,
                                            PrecodeTable& table) noexcept;
/// Tables for walking over a block without decoding it.
struct WalkTables {
  static constexpr std::size_t kNoDistance = std::size_t{1} << kDistanceBits;
  /// The value of an entry is the content bytes that it stands for (1 for a literal), and where two
  /// symbols of which the first is a literal fit into the main index, one entry stands for both.
  LitlenTable litlen{};
  /// As many entries of no bits as the main index has, so that a literal takes its distance from
  /// there without a branch; behind them a DistanceTable.
  std::array<Entry, kNoDistance + std::tuple_size_v<DistanceTable>> distance{};

  [[nodiscard]] std::span<const Entry> true_distance() const noexcept {
    return std::span(distance).subspan<kNoDistance>();
  }
};
/// As build_litlen_table() and build_distance_table().
[[nodiscard]] CodeFault build_walk_litlen(std::span<const std::uint8_t> lengths,
                                          WalkTables& tables) noexcept;
[[nodiscard]] CodeFault build_walk_distance(std::span<const std::uint8_t> lengths,
                                            WalkTables& tables) noexcept;

}  // namespace kompakt::deflate
