#include "codec/bwt/symbol_tree.hpp"

#include <algorithm>

namespace kompakt::bwt {
namespace {

constexpr std::size_t kValueBytes = 32;

// Leaves [first, last) below one node.
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
  unsigned depth = 0;
};

// Numbers the inner nodes level by level. `choose_split` gets the number of a node and its range of
// at least two leaves, and names the first leaf of side 1.
template <typename ChooseSplit>
void grow(SymbolTree& tree, ChooseSplit choose_split) {
  std::array<Range, kMaxLeaves> nodes{};
  std::array<unsigned, kMaxLeaves> depths{};
  std::size_t made = 0;
  const auto place = [&](Range range, std::size_t parent) -> std::uint16_t {
    if (range.last - range.first == 1) {
      depths[range.first] = range.depth;
      tree.parent[range.first] = static_cast<std::uint16_t>(parent);
      return static_cast<std::uint16_t>(SymbolTree::kLeaf | range.first);
    }
    nodes[made] = range;
    return static_cast<std::uint16_t>(made++);
  };
  if (tree.leaves >= 2) {
    place({0, tree.leaves, 0}, 0);
  }
  for (std::size_t node = 0; node < made; ++node) {
    const auto [first, last, depth] = nodes[node];
    const std::size_t split = choose_split(node, first, last);
    tree.split[node] = static_cast<std::uint16_t>(split);
    tree.child[node] = {place({first, split, depth + 1}, node),
                        place({split, last, depth + 1}, node)};
  }
  std::uint64_t start = 0;
  for (std::size_t leaf = 0; leaf < tree.leaves; ++leaf) {
    const std::uint64_t share = depths[leaf] <= 32 ? (std::uint64_t{1} << 32U) >> depths[leaf] : 0;
    // A leaf deeper than 32 has no share and may stand at the very end.
    tree.middle[leaf] =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(start + share / 2, 0xFFFFFFFFU));
    start += share;
  }
}

void set_values(SymbolTree& tree, std::span<const bool, 256> occurs) {
  for (std::size_t value = 0; value < 256; ++value) {
    if (occurs[value]) {
      tree.leaf_of[value] = static_cast<std::uint8_t>(tree.leaves);
      tree.values[tree.leaves++] = static_cast<std::uint8_t>(value);
    }
  }
}

bool bit_at(std::span<const std::byte> bytes, std::size_t position) {
  return ((bytes[position / 8] >> (position % 8)) & std::byte{1}) != std::byte{0};
}

void set_bit(std::span<std::byte> bytes, std::size_t position) {
  bytes[position / 8] |= std::byte{1} << (position % 8);
}

std::size_t shape_bytes(std::size_t leaves) { return leaves < 2 ? 0 : (2 * (leaves - 1) + 7) / 8; }

// Leaves below side 0 of every inner node, from the shape; false where the shape is no tree of
// `leaves` leaves.
bool count_side_0(std::span<const std::byte> shape, std::size_t leaves,
                  std::array<std::uint16_t, kMaxLeaves>& side_0) {
  const std::size_t inner = leaves - 1;
  std::array<std::array<std::uint16_t, 2>, kMaxLeaves> child{};
  std::size_t made = 1;
  for (std::size_t node = 0; node < inner; ++node) {
    if (node >= made) {
      return false;  // no earlier node has this one
    }
    for (std::size_t side = 0; side < 2; ++side) {
      if (bit_at(shape, 2 * node + side)) {
        if (made == inner) {
          return false;
        }
        child[node][side] = static_cast<std::uint16_t>(made++);
      }
    }
  }
  // Children have higher numbers than their parents; 0 stands for a leaf, since nothing has the
  // root.
  std::array<std::uint16_t, kMaxLeaves> below{};
  for (std::size_t node = inner; node-- > 0;) {
    const auto count = [&](std::size_t side) {
      const std::uint16_t next = child[node][side];
      return next == 0 ? std::uint16_t{1} : below[next];
    };
    side_0[node] = count(0);
    below[node] = static_cast<std::uint16_t>(count(0) + count(1));
  }
  return below[0] == leaves;
}

}  // namespace

SymbolTree balanced_tree(std::span<const std::uint64_t, 256> weights) {
  SymbolTree tree;
  std::array<bool, 256> occurs{};
  std::transform(weights.begin(), weights.end(), occurs.begin(),
                 [](std::uint64_t weight) { return weight != 0; });
  set_values(tree, occurs);
  grow(tree, [&](std::size_t /*node*/, std::size_t first, std::size_t last) {
    std::uint64_t total = 0;
    for (std::size_t leaf = first; leaf < last; ++leaf) {
      total += weights[tree.values[leaf]];
    }
    std::uint64_t before = 0;
    std::uint64_t least = ~std::uint64_t{0};
    std::size_t best = first + 1;
    for (std::size_t leaf = first; leaf + 1 < last; ++leaf) {
      before += weights[tree.values[leaf]];
      const std::uint64_t apart = std::max(2 * before, total) - std::min(2 * before, total);
      if (apart < least) {
        least = apart;
        best = leaf + 1;
      }
    }
    return best;
  });
  return tree;
}

std::size_t write_tree(const SymbolTree& tree, std::span<std::byte, kMaxTreeBytes> out) {
  std::fill(out.begin(), out.end(), std::byte{0});
  for (std::size_t leaf = 0; leaf < tree.leaves; ++leaf) {
    set_bit(out, tree.values[leaf]);
  }
  const auto shape = out.subspan(kValueBytes);
  for (std::size_t node = 0; node + 1 < tree.leaves; ++node) {
    for (std::size_t side = 0; side < 2; ++side) {
      if ((tree.child[node][side] & SymbolTree::kLeaf) == 0) {
        set_bit(shape, 2 * node + side);
      }
    }
  }
  return kValueBytes + shape_bytes(tree.leaves);
}

Result<SymbolTree> read_tree(std::span<const std::byte>& in) {
  if (in.size() < kValueBytes) {
    return Status(Code::kTruncated, "bwt: the block ends inside its tree");
  }
  std::array<bool, 256> occurs{};
  for (std::size_t value = 0; value < 256; ++value) {
    occurs[value] = bit_at(in, value);
  }
  SymbolTree tree;
  set_values(tree, occurs);
  if (tree.leaves == 0) {
    return Status(Code::kCorrupt, "bwt: no byte value occurs");
  }
  in = in.subspan(kValueBytes);
  const std::size_t size = shape_bytes(tree.leaves);
  if (in.size() < size) {
    return Status(Code::kTruncated, "bwt: the block ends inside its tree");
  }
  std::array<std::uint16_t, kMaxLeaves> side_0{};
  if (tree.leaves >= 2 && !count_side_0(in.first(size), tree.leaves, side_0)) {
    return Status(Code::kCorrupt, "bwt: the shape of the tree contradicts its leaves");
  }
  in = in.subspan(size);
  grow(tree, [&](std::size_t node, std::size_t first, std::size_t /*last*/) {
    return first + side_0[node];
  });
  return tree;
}

}  // namespace kompakt::bwt
