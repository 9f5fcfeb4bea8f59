/// \file
/// The checksums of gzip and zlib, over content that many threads hold stretches of.
#pragma once

#include <cstdint>

#include "codec/deflate/framing.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::gzip {

using deflate::Framing;

/// CRC-32 for gzip, Adler-32 for zlib; of nothing: 0 and 1.
[[nodiscard]] std::uint32_t check_of(Framing framing, ByteSpan bytes) noexcept;

/// The checksum of stretches laid end to end, from the checksums of each.
class JoinedCheck {
 public:
  explicit JoinedCheck(Framing framing) noexcept : framing_(framing) { reset(); }

  void reset() noexcept;
  /// Takes a stretch of `size` bytes whose check_of() is `check`.
  void append(std::uint32_t check, std::uint64_t size) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept { return value_; }
  /// Bytes taken since reset().
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  Framing framing_;
  std::uint32_t value_ = 0;
  std::uint64_t size_ = 0;
  // Stretches are mostly of one size: the operator that shifts a CRC over it is kept.
  std::uint64_t shift_size_ = 0;
  std::uint32_t shift_ = 0x80000000U;
};

}  // namespace kompakt::gzip
