/// \file
/// Joins runs of bits that each start at a byte into one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/endian.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Bits are taken most significant first. Up to seven wait for the next call.
class BitJoiner {
 public:
  /// Appends the first `count` bits of `bits` to what came before, and all whole bytes of that to
  /// `out`.
  void append(ByteSpan bits, std::uint64_t count, std::vector<std::byte>& out) {
    const auto whole = static_cast<std::size_t>(count / 8);
    const std::size_t begin = out.size();
    out.resize(begin + whole + 1);
    std::byte* to = out.data() + begin;
    std::size_t i = 0;
    if (held_ == 0) {
      to = std::copy_n(bits.data(), whole, to);
      i = whole;
    }
    for (; i + 8 <= whole; i += 8, to += 8) {
      const auto here = byte_swap(load_le<std::uint64_t>(bits.subspan(i)));
      store_be(MutableByteSpan(to, 8), (pending_ << (64 - held_)) | (here >> held_));
      pending_ = here;
    }
    for (; i < whole; ++i, ++to) {
      pending_ = (pending_ << 8U) | std::to_integer<std::uint64_t>(bits[i]);
      *to = static_cast<std::byte>(pending_ >> held_);
    }
    const auto rest = static_cast<unsigned>(count % 8);
    if (rest != 0) {
      pending_ = (pending_ << rest) | (std::to_integer<std::uint64_t>(bits[whole]) >> (8 - rest));
      held_ += rest;
      if (held_ >= 8) {
        held_ -= 8;
        *to++ = static_cast<std::byte>(pending_ >> held_);
      }
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
  }

  /// Fills the last byte up with zeros.
  void finish(std::vector<std::byte>& out) {
    if (held_ != 0) {
      out.push_back(static_cast<std::byte>(pending_ << (8 - held_)));
      held_ = 0;
    }
  }

 private:
  std::uint64_t pending_ = 0;  // the bits that wait, lowest; what is above them is done with
  unsigned held_ = 0;          // fewer than 8 between calls
};

}  // namespace kompakt::bzip2
