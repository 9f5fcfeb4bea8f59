/// \file
/// A tar's bytes in order: blocks to look at, content to hand on, stretches to skip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt::tar {

/// Reads a source with random access at offsets of its own, so that skipping costs nothing; any
/// other in order. A failure of the source is final: every later call returns it.
class TarInput {
 public:
  /// `source` must outlive this. Begins at `offset`; without random access the source must stand
  /// there.
  TarInput(Source& source, std::uint64_t offset);

  /// Offset of the next byte.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_ - (end_ - at_); }

  /// The next `count` bytes (4 KiB at most) without taking them; fewer at the end. Valid until the
  /// next call.
  [[nodiscard]] Result<ByteSpan> peek(std::size_t count);
  /// Takes what peek() has shown.
  void take(std::size_t count) noexcept { at_ += count; }

  /// Fewer bytes than asked for only at the end.
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out);

  /// Bytes skipped: fewer than asked for at the end.
  [[nodiscard]] Result<std::uint64_t> skip(std::uint64_t count);

 private:
  [[nodiscard]] Result<std::size_t> read_source(MutableByteSpan out);
  [[nodiscard]] Status refill();

  Source& source_;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0;          // in the buffer
  std::size_t end_ = 0;         // of what is in the buffer
  std::uint64_t position_ = 0;  // in the source, behind what is in the buffer
  std::size_t refill_size_;     // small after a skip, growing while reading goes on in order
  bool random_access_;
  Status failure_;
};

}  // namespace kompakt::tar
