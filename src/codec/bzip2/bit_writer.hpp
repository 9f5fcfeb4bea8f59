/// \file
/// Bits into bytes, most significant first.
#pragma once

#include <bit>
#include <cstdint>

#include "core/endian.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Writes into a span whose owner has made sure that there is room for all that will be put, and
/// eight bytes more.
class BitWriter {
 public:
  explicit BitWriter(MutableByteSpan out) noexcept : begin_(out.data()), at_(out.data()) {}

  /// Appends the low `count` (0 to 32) bits of `value`, whose other bits are zero.
  void put(std::uint32_t value, unsigned count) noexcept {
    pending_ = (pending_ << count) | value;
    held_ += count;
    if (held_ >= 32) {
      held_ -= 32;
      store_be(MutableByteSpan(at_, 4), static_cast<std::uint32_t>(pending_ >> held_));
      at_ += 4;
    }
  }

  /// Bits put so far.
  [[nodiscard]] std::uint64_t size() const noexcept {
    return static_cast<std::uint64_t>(at_ - begin_) * 8 + held_;
  }

  /// Writes out what is pending, filled up with zero bits.
  void flush() noexcept {
    if (held_ > 0) {
      store_be(MutableByteSpan(at_, 4), static_cast<std::uint32_t>(pending_ << (32 - held_)));
    }
  }

 private:
  std::byte* begin_;
  std::byte* at_;
  std::uint64_t pending_ = 0;
  unsigned held_ = 0;  // fewer than 32 between calls
};

}  // namespace kompakt::bzip2
