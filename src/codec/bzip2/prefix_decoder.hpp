/// \file
/// One prefix code of a block, as lookup tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/bzip2/bit_reader.hpp"
#include "codec/bzip2/layout.hpp"

namespace kompakt::bzip2 {

/// Decodes symbols of a code that is given by its lengths. Any lengths will do, as in the reference
/// decoder: codes beyond a complete set are never met, and bits that are no code are an error.
class PrefixDecoder {
 public:
  static constexpr unsigned kInvalid = kMaxAlphabet;

  /// `lengths` of `alphabet` symbols, each 1 to kMaxCodeLength.
  void build(const std::array<std::uint8_t, kMaxAlphabet>& lengths, std::size_t alphabet);

  /// The next symbol, or kInvalid. kMaxCodeLength bits must be ready.
  unsigned decode(BitReader& bits) const noexcept {
    const std::uint32_t entry = fast_[bits.peek(kFastBits)];
    if (entry != 0) [[likely]] {
      bits.skip(entry & 31U);
      return entry >> 5U;
    }
    return decode_long(bits);
  }

 private:
  static constexpr unsigned kFastBits = 10;

  unsigned decode_long(BitReader& bits) const noexcept;

  std::array<std::uint16_t, std::size_t{1} << kFastBits> fast_{};  // symbol above length; 0: longer
  std::array<std::uint16_t, kMaxAlphabet> by_code_{};  // symbols in order of their codes
  // For each length: the first code of greater lengths, as kMaxCodeLength bits, and what to
  // subtract from a code of this length to get its place in by_code_.
  std::array<std::uint32_t, kMaxCodeLength + 1> end_{};
  std::array<std::uint32_t, kMaxCodeLength + 1> base_{};
};

}  // namespace kompakt::bzip2
