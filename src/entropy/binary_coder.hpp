/// \file
/// Arithmetic coding of bits, each under a probability of its own.
///
/// The interval is a 64-bit `low` and a 64-bit `range`; 32 bits leave at a time, once the range has
/// fallen under 2^32. So a probability keeps its 16 bits at every moment (the split is exact to one
/// part in 65536 of the range even when it is smallest, and far better on average), and the
/// renormalising branch is taken once in 32 bits of information. A carry out of `low` is
/// remembered and added to the bytes already written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/endian.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

inline constexpr unsigned kProbabilityBits = 16;
/// Probabilities lie in [1, kProbabilityOne - 1].
inline constexpr std::uint32_t kProbabilityOne = 1U << kProbabilityBits;

/// Writes into a span of the caller's. What does not fit is counted as lost, and finish() says so.
class BinaryEncoder {
 public:
  explicit BinaryEncoder(MutableByteSpan out) noexcept : out_(out) {}

  /// Codes `bit` (0 or 1); `p1` is the probability of a one in units of 1 / 65536, in [1, 65535].
  void encode(unsigned bit, std::uint32_t p1) noexcept {
    const std::uint64_t bound = (range_ >> kProbabilityBits) * p1;
    const std::uint64_t above = std::uint64_t{bit} - 1;  // all ones for a zero
    low_ += bound & above;
    carry_ |= low_ < (bound & above) ? 1U : 0U;
    range_ = bit != 0 ? bound : range_ - bound;
    if (range_ < kSmallest) {
      put_word();
    }
  }

  /// Completes the encoding. The number of bytes written; nullopt where they do not fit.
  [[nodiscard]] std::optional<std::size_t> finish() noexcept {
    // The multiple of 2^32 in [low, low + range): there is one, because range is at least 2^32.
    // Its low word is zero, which the decoder makes up for itself.
    const std::uint64_t last = low_ + (kSmallest - 1);
    carry_ |= last < low_ ? 1U : 0U;
    low_ = last;
    put_word();
    return lost_ ? std::nullopt : std::optional<std::size_t>(position_);
  }

  /// Whether all that was coded so far has found room: lets a caller stop early.
  [[nodiscard]] bool fits() const noexcept { return !lost_; }
  /// Bytes that are out.
  [[nodiscard]] std::size_t written() const noexcept { return position_; }

 private:
  static constexpr std::uint64_t kSmallest = std::uint64_t{1} << 32U;

  void put_word() noexcept {
    if (carry_ != 0) {
      propagate();
      carry_ = 0;
    }
    if (out_.size() - position_ >= 4) {
      store_be(out_.subspan(position_), static_cast<std::uint32_t>(low_ >> 32U));
      position_ += 4;
    } else {
      lost_ = true;
    }
    low_ <<= 32U;
    range_ <<= 32U;
  }

  // The number written so far stays below one, so some byte before the start of the span takes the
  // carry; after a loss the bytes no longer matter.
  void propagate() noexcept {
    std::size_t i = position_;
    while (i > 0) {
      --i;
      const auto byte = static_cast<std::uint8_t>(std::to_integer<unsigned>(out_[i]) + 1U);
      out_[i] = std::byte{byte};
      if (byte != 0) {
        break;
      }
    }
  }

  MutableByteSpan out_;
  std::size_t position_ = 0;
  std::uint64_t low_ = 0;
  std::uint64_t range_ = ~std::uint64_t{0};
  unsigned carry_ = 0;
  bool lost_ = false;
};

/// Reads what BinaryEncoder wrote, under the same probabilities in the same order. Safe on any
/// bytes: past their end it reads zeros and counts them.
class BinaryDecoder {
 public:
  explicit BinaryDecoder(ByteSpan in) noexcept : in_(in) {
    code_ = std::uint64_t{next_word()} << 32U;
    code_ |= next_word();
  }

  /// The next bit; `p1` as for BinaryEncoder::encode().
  [[nodiscard]] unsigned decode(std::uint32_t p1) noexcept {
    const std::uint64_t bound = (range_ >> kProbabilityBits) * p1;
    const bool one = code_ < bound;
    range_ = one ? bound : range_ - bound;
    code_ -= one ? 0 : bound;
    if (range_ < kSmallest) {
      range_ <<= 32U;
      code_ = (code_ << 32U) | next_word();
    }
    return one ? 1U : 0U;
  }

  /// True where more was read than any encoder leaves to be made up (4 bytes): the input is damaged
  /// or cut short.
  [[nodiscard]] bool overread() const noexcept { return missing_ > 4; }
  /// Bytes of the input that the encoding has taken.
  [[nodiscard]] std::size_t consumed() const noexcept { return position_; }

 private:
  static constexpr std::uint64_t kSmallest = std::uint64_t{1} << 32U;

  std::uint32_t next_word() noexcept {
    if (in_.size() - position_ >= 4) {
      const std::uint32_t word = byte_swap(load_le<std::uint32_t>(in_.subspan(position_)));
      position_ += 4;
      return word;
    }
    return partial_word();
  }

  std::uint32_t partial_word() noexcept {
    std::uint32_t word = 0;
    for (unsigned i = 0; i < 4; ++i) {
      word <<= 8U;
      if (position_ < in_.size()) {
        word |= std::to_integer<std::uint32_t>(in_[position_++]);
      } else if (missing_ <= 4) {  // saturates: a hostile length cannot wrap it
        ++missing_;
      }
    }
    return word;
  }

  ByteSpan in_;
  std::size_t position_ = 0;
  std::uint64_t code_ = 0;
  std::uint64_t range_ = ~std::uint64_t{0};
  unsigned missing_ = 0;
};

}  // namespace kompakt
