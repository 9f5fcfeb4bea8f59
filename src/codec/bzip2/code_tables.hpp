/// \file
/// The choice of a block's prefix codes: up to six tables, and which of them codes each group of 50
/// symbols.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/bzip2/layout.hpp"

namespace kompakt::bzip2 {

using CodeLengths = std::array<std::uint8_t, kMaxAlphabet>;
using SymbolCounts = std::array<std::uint32_t, kMaxAlphabet>;

/// Code lengths (1 to 17 bits) of a prefix code for `alphabet` >= 2 symbols that occur this often;
/// those that never occur get a code too.
void make_code_lengths(const SymbolCounts& counts, std::size_t alphabet, CodeLengths& lengths);

/// The codes of one block. Reused block after block.
class CodeTables {
 public:
  /// Chooses for `symbols` (not empty), of which each occurs counts[symbol] times.
  void choose(std::span<const std::uint16_t> symbols, const SymbolCounts& counts,
              std::size_t alphabet);

  [[nodiscard]] unsigned tables() const noexcept { return tables_; }
  [[nodiscard]] const CodeLengths& lengths(unsigned table) const { return lengths_[table]; }
  /// The table of each group.
  [[nodiscard]] std::span<const std::uint8_t> selectors() const noexcept { return selectors_; }

 private:
  void start(const SymbolCounts& counts, std::size_t symbols);
  bool assign(std::span<const std::uint16_t> symbols);
  void move_group(std::span<const std::uint16_t> group, unsigned from, unsigned to);

  unsigned tables_ = kMinTables;
  std::size_t alphabet_ = 0;
  std::array<CodeLengths, kMaxTables> lengths_{};
  std::array<SymbolCounts, kMaxTables> used_{};  // how often each table codes each symbol
  std::vector<std::uint8_t> selectors_;
};

}  // namespace kompakt::bzip2
