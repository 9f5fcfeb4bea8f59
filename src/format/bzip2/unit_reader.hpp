/// \file
/// Cuts a bzip2 file where blocks and footers seem to start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "core/buffer.hpp"
#include "format/common/input_reader.hpp"
#include "kompakt/status.hpp"

namespace kompakt::bzip2 {

/// A stretch of the file, between two magics or at one end of it. Bit positions count from the
/// beginning of the file.
struct RawUnit {
  std::uint64_t begin = 0;  ///< bit: where a magic stands, except at the start and in long units
  std::uint64_t end = 0;    ///< bit: where the next unit begins
  bool block = false;       ///< begins with the magic of a block
  bool last = false;        ///< ends with the file
  Buffer bytes;             ///< the bytes that hold any of its bits
  std::size_t size = 0;     ///< of bytes

  [[nodiscard]] ByteSpan span() const noexcept { return bytes.first(size); }
};

/// Reads ahead for the next magic. What it cuts may be a block that content, by chance, makes look
/// like two: whoever puts the units together finds out.
class UnitReader {
 public:
  /// A longer stretch without a magic is cut: most blocks are shorter, and garbage has any length.
  static constexpr std::size_t kMaxUnit = std::size_t{1} << 20U;
  static constexpr std::size_t kChunk = std::size_t{1} << 18U;

  explicit UnitReader(Source& source) : input_(source, kChunk) {}

  /// The next unit; false behind the last. An empty file is one empty unit.
  [[nodiscard]] Result<bool> next(RawUnit& unit);

  static constexpr std::uint64_t memory() { return 2 * (kMaxUnit + kChunk); }

 private:
  struct Magic {
    std::uint64_t bit = 0;
    bool footer = false;
  };

  void scan();

  InputReader input_;
  std::deque<Magic> magics_;   // found, not yet reached
  std::uint64_t begin_ = 0;    // bit where the next unit begins
  std::uint64_t scanned_ = 0;  // byte up to which magics that start before it are known
  bool block_ = false;         // the next unit begins with a block's magic
  bool done_ = false;
};

}  // namespace kompakt::bzip2
