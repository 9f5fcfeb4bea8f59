/// \file
/// The header of a DEFLATE block: its type, its length or its codes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/deflate/inflate/huffman_tables.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::deflate {

/// What can be wrong with a DEFLATE stream.
enum class Fault : std::uint8_t {
  kNone,
  kTruncated,  ///< right as far as it goes, but the input ends
  kBlockType,
  kStoredLength,  ///< LEN and NLEN disagree
  kTooManySymbols,
  kPrecode,  ///< the code of the code lengths is over-subscribed or incomplete
  kRepeatWithoutLength,
  kTooManyLengths,
  kNoEndOfBlock,
  kLitlenCode,    ///< over-subscribed or incomplete
  kDistanceCode,  ///< over-subscribed or incomplete
  kLitlenSymbol,
  kDistanceSymbol,
  kDistanceTooFar,  ///< before the content, or before the window that is there
};

/// The error of a fault met at `bit` of the stream: kTruncated or kCorrupt, with the byte offset.
[[nodiscard]] Status fault_status(Fault fault, std::uint64_t bit);

enum class BlockType : std::uint8_t { kStored = 0, kFixed = 1, kDynamic = 2 };

struct BlockHeader {
  bool final = false;
  BlockType type = BlockType::kStored;
  std::uint16_t stored_length = 0;
  std::uint64_t end_bit = 0;  ///< of the header; where the block's codes or stored bytes begin
  std::uint16_t litlen_count = 0;
  std::uint16_t distance_count = 0;
  /// Code lengths of a dynamic block, literals and lengths first, then distances. The room behind
  /// them takes what a repeat code writes too much before it is seen to be too much.
  std::array<std::uint8_t, 320 + 144> lengths{};

  [[nodiscard]] std::span<const std::uint8_t> litlen_lengths() const noexcept {
    return std::span(lengths).first(litlen_count);
  }
  [[nodiscard]] std::span<const std::uint8_t> distance_lengths() const noexcept {
    return std::span(lengths).subspan(litlen_count, distance_count);
  }
};

/// Code lengths of the fixed codes, with the symbols that must not occur.
struct FixedLengths {
  std::array<std::uint8_t, kLitlenSymbols> litlen{};
  std::array<std::uint8_t, kDistanceSymbols> distance{};
};
[[nodiscard]] const FixedLengths& fixed_lengths() noexcept;

/// Reads the header that starts at bit `bit` of `in` (at most 8 * in.size()). kTruncated where `in`
/// ends within it. On a fault, header.end_bit is where it was met. The lengths are checked against
/// everything but whether their codes are complete, which building the tables finds out.
[[nodiscard]] Fault read_block_header(ByteSpan in, std::uint64_t bit, BlockHeader& header) noexcept;

}  // namespace kompakt::deflate
