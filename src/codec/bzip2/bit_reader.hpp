/// \file
/// Bits out of bytes, most significant first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Reads a span from any bit on. Behind its end there are zeros without end; whoever reads tells by
/// overrun() that the data has run out.
class BitReader {
 public:
  BitReader(ByteSpan in, std::uint64_t bit) noexcept
      : data_(in.data()), size_(in.size()), next_(static_cast<std::size_t>(bit / 8)) {
    refill();
    skip(static_cast<unsigned>(bit % 8));
  }

  /// Makes at least 56 bits ready.
  void refill() noexcept {
    std::uint64_t more = 0;
    if (next_ + sizeof more <= size_) [[likely]] {
      std::memcpy(&more, data_ + next_, sizeof more);
      if constexpr (std::endian::native == std::endian::little) {
        more = __builtin_bswap64(more);
      }
    } else {
      for (std::size_t i = 0; i < sizeof more; ++i) {
        more = (more << 8U) |
               (next_ + i < size_ ? std::to_integer<std::uint64_t>(data_[next_ + i]) : 0);
      }
    }
    bits_ |= more >> ready_;
    next_ += (63 - ready_) / 8;
    ready_ |= 56;
  }

  /// The next `count` (1 to 56) bits, which must be ready.
  [[nodiscard]] std::uint64_t peek(unsigned count) const noexcept { return bits_ >> (64 - count); }
  /// Takes `count` bits, which must be ready.
  void skip(unsigned count) noexcept {
    bits_ <<= count;
    ready_ -= count;
  }
  /// The next `count` (1 to 48) bits, whether ready or not.
  std::uint64_t take(unsigned count) noexcept {
    refill();
    const std::uint64_t value = peek(count);
    skip(count);
    return value;
  }

  /// Bits from the beginning of the span to the next one.
  [[nodiscard]] std::uint64_t position() const noexcept {
    return static_cast<std::uint64_t>(next_) * 8 - ready_;
  }
  /// Whether bits behind the end were taken.
  [[nodiscard]] bool overrun() const noexcept {
    return position() > static_cast<std::uint64_t>(size_) * 8;
  }

 private:
  const std::byte* data_;
  std::size_t size_;
  std::size_t next_;        // byte behind those that are ready in whole
  std::uint64_t bits_ = 0;  // the next bit on top
  unsigned ready_ = 0;      // bits counted as ready; more of bits_ may be filled in, rightly
};

}  // namespace kompakt::bzip2
