/// \file
/// The binary decisions by which a byte value is told: a tree whose leaves are the values that
/// occur, in their order, split so that both sides weigh about the same. Frequent values take few
/// decisions, and neighbours in value stay neighbours in the tree, which numeric data rewards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kompakt/status.hpp"

namespace kompakt::bwt {

inline constexpr std::size_t kMaxLeaves = 256;

/// Leaves are numbered 0 .. leaves - 1 by rising value. Inner nodes are numbered from the root (0)
/// level by level, so that those visited most lie together.
struct SymbolTree {
  static constexpr std::uint16_t kLeaf = 0x100;  ///< marks a child that is leaf (child & 0xFF)

  std::size_t leaves = 0;
  std::array<std::uint8_t, kMaxLeaves> values{};   ///< byte value of each leaf
  std::array<std::uint8_t, kMaxLeaves> leaf_of{};  ///< the inverse, where a value occurs
  std::array<std::array<std::uint16_t, 2>, kMaxLeaves> child{};  ///< of inner nodes
  std::array<std::uint16_t, kMaxLeaves> split{};   ///< leaves from this one on lie on side 1
  std::array<std::uint16_t, kMaxLeaves> parent{};  ///< the last inner node before each leaf
  std::array<std::uint32_t, kMaxLeaves>
      middle{};  ///< of the leaf's share of [0, 2^32), by its depth
};

/// The weight-balanced tree over the values with a weight above zero.
[[nodiscard]] SymbolTree balanced_tree(std::span<const std::uint64_t, 256> weights);

/// The bytes that describe a tree: 32 that say which values occur, then for each inner node two
/// bits that say whether its sides 0 and 1 are inner nodes. All bits from the lowest of each byte.
inline constexpr std::size_t kMaxTreeBytes = 32 + 64;
/// Writes them and returns their number.
std::size_t write_tree(const SymbolTree& tree, std::span<std::byte, kMaxTreeBytes> out);
/// Reads a tree off the front of `in` and takes its bytes away. kCorrupt for what no tree gives,
/// kTruncated where bytes are missing.
[[nodiscard]] Result<SymbolTree> read_tree(std::span<const std::byte>& in);

}  // namespace kompakt::bwt
