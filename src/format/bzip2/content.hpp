/// \file
/// A decoded block on its way to the sink.
#pragma once

#include <cstdint>
#include <utility>

#include "codec/bzip2/block_decoder.hpp"
#include "codec/bzip2/run_length.hpp"
#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::bzip2 {

/// The content of one block. Its runs are undone at once where that gives no more than kMaxExpanded
/// bytes; a block of long runs, which may hold 46 MB, is undone piece by piece when it is written.
class BlockContent {
 public:
  static constexpr std::size_t kMaxExpanded = std::size_t{4} << 20U;
  /// Memory of one of these.
  static constexpr std::uint64_t memory() { return kMaxBlock + kMaxExpanded; }

  /// Decodes the block at bit `begin` of `in` and checks its CRC.
  [[nodiscard]] Status decode(BlockDecoder& decoder, ByteSpan in, std::uint64_t begin,
                              bool count_lines);

  [[nodiscard]] const DecodedBlock& block() const noexcept { return block_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

  /// Calls `take(bytes)`, which returns a Status, for all content in order, until one fails.
  template <typename Take>
  [[nodiscard]] Status for_each(Take take) const {
    const auto total = static_cast<std::size_t>(size_);
    if (size_ <= kMaxExpanded) {
      return take(expanded_.first(total));
    }
    Buffer piece(kPiece);
    for (ByteSpan rest = coded_.first(block_.size); !rest.empty();) {
      const RunProgress done = decode_runs(rest, piece.first(kPiece));
      rest = rest.subspan(done.consumed);
      if (Status taken = take(std::as_const(piece).first(done.produced)); !taken.ok()) {
        return taken;
      }
    }
    return {};
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 18U;

  Buffer coded_;
  Buffer expanded_;
  DecodedBlock block_;
  std::uint64_t size_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace kompakt::bzip2
