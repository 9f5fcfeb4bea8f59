#include "codec/bwt/run_coder.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "codec/bwt/run_model.hpp"
#include "codec/bwt/symbol_tree.hpp"
#include "entropy/binary_coder.hpp"

namespace kompakt::bwt {
namespace {

struct EncodedBits {
  BinaryEncoder coder;
  unsigned code(unsigned bit, std::uint32_t p1) noexcept {
    coder.encode(bit, p1);
    return bit;
  }
};

struct DecodedBits {
  BinaryDecoder coder;
  unsigned code(unsigned /*bit*/, std::uint32_t p1) noexcept { return coder.decode(p1); }
};

// Length of the run that starts at `start`.
std::size_t run_length(ByteSpan bytes, std::size_t start) {
  const std::byte value = bytes[start];
  const std::uint64_t eight = 0x0101010101010101U * std::to_integer<std::uint64_t>(value);
  std::size_t end = start + 1;
  while (bytes.size() - end >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + end, 8);
    if (word != eight) {
      break;
    }
    end += 8;
  }
  while (end < bytes.size() && bytes[end] == value) {
    ++end;
  }
  return end - start;
}

std::array<std::uint64_t, 256> runs_of_values(ByteSpan in) {
  std::array<std::uint64_t, 256> runs{};
  int before = -1;
  for (const std::byte byte : in) {
    const auto value = std::to_integer<int>(byte);
    runs[static_cast<std::size_t>(value)] += value != before ? 1U : 0U;
    before = value;
  }
  return runs;
}

struct Run {
  std::uint32_t leaf = 0;
  std::uint32_t length = 0;
};
constexpr std::size_t kRunsAhead = 4;

template <Effort kEffort>
std::optional<std::size_t> encode(const SymbolTree& tree, ByteSpan in, MutableByteSpan out) {
  const auto model = std::make_unique<RunModel<kEffort>>(tree);
  EncodedBits bits{.coder = BinaryEncoder(out)};
  // A ring of the next runs, so that what the model keeps for them is asked for early.
  std::array<Run, kRunsAhead> next{};
  std::size_t before = 0;
  std::size_t before_that = 0;
  std::size_t found = 0;
  std::size_t coded = 0;
  for (std::size_t i = 0; bits.coder.fits();) {
    for (; found - coded < kRunsAhead && i < in.size(); ++found) {
      const std::size_t leaf = tree.leaf_of[std::to_integer<std::size_t>(in[i])];
      const std::size_t length = run_length(in, i);
      next[found % kRunsAhead] = {.leaf = static_cast<std::uint32_t>(leaf),
                                  .length = static_cast<std::uint32_t>(length)};
      model->prefetch_leaf(before, before_that, leaf);
      before_that = std::exchange(before, leaf);
      i += length;
    }
    if (found == coded) {
      break;
    }
    const Run run = next[coded++ % kRunsAhead];
    model->code_leaf(bits, run.leaf);
    model->code_length(bits, run.leaf, run.length);
  }
  return bits.coder.finish();
}

template <Effort kEffort>
Status decode(const SymbolTree& tree, ByteSpan in, MutableByteSpan out) {
  const auto model = std::make_unique<RunModel<kEffort>>(tree);
  DecodedBits bits{.coder = BinaryDecoder(in)};
  for (std::size_t i = 0; i < out.size();) {
    const std::size_t leaf = model->code_leaf(bits, 0);
    const std::size_t length = model->code_length(bits, leaf, 1);
    if (length > out.size() - i) {
      return {Code::kCorrupt, "bwt: a run goes beyond the end of the block"};
    }
    // Most runs are short: one store of fixed size, whose rest is written over.
    const bool fixed = length < 16 && out.size() - i >= 16;
    std::memset(out.data() + i, tree.values[leaf], fixed ? 16 : length);
    i += length;
  }
  if (bits.coder.overread()) {
    return {Code::kTruncated, "bwt: the block ends too early"};
  }
  if (bits.coder.consumed() != in.size()) {
    return {Code::kCorrupt, "bwt: bytes after the block"};
  }
  return {};
}

}  // namespace

std::uint64_t run_coder_memory(Effort effort) noexcept {
  switch (effort) {
    case Effort::kStrong:
      return RunModel<Effort::kStrong>::memory();
    case Effort::kQuick:
      return RunModel<Effort::kQuick>::memory();
    case Effort::kFast:
      break;
  }
  return RunModel<Effort::kFast>::memory();
}

std::optional<std::size_t> encode_runs(ByteSpan in, MutableByteSpan out, Effort effort) {
  const SymbolTree tree = balanced_tree(runs_of_values(in));
  std::array<std::byte, kMaxTreeBytes> header{};
  const std::size_t header_size = write_tree(tree, header);
  if (out.size() < header_size) {
    return std::nullopt;
  }
  std::memcpy(out.data(), header.data(), header_size);
  if (tree.leaves == 1) {
    return header_size;
  }
  out = out.subspan(header_size);
  const auto size = effort == Effort::kStrong  ? encode<Effort::kStrong>(tree, in, out)
                    : effort == Effort::kQuick ? encode<Effort::kQuick>(tree, in, out)
                                               : encode<Effort::kFast>(tree, in, out);
  return size ? std::optional(header_size + *size) : std::nullopt;
}

Status decode_runs(ByteSpan in, MutableByteSpan out, Effort effort) {
  const auto tree = read_tree(in);
  if (!tree.ok()) {
    return tree.status();
  }
  if (tree->leaves == 1) {
    std::memset(out.data(), tree->values[0], out.size());
    return in.empty() ? Status() : Status(Code::kCorrupt, "bwt: bytes after the block");
  }
  return effort == Effort::kStrong  ? decode<Effort::kStrong>(*tree, in, out)
         : effort == Effort::kQuick ? decode<Effort::kQuick>(*tree, in, out)
                                    : decode<Effort::kFast>(*tree, in, out);
}

}  // namespace kompakt::bwt
