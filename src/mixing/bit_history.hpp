/// \file
/// Bit histories: what one byte remembers of the bits that were seen in a context.
///
/// A history is the numbers of zeros and of ones, and for short ones the bits in order, for long
/// ones the last bit. A bit adds to its own number and makes the other one forget part of what
/// exceeds two, so that recent bits weigh more. The numbers are bounded together, which is what
/// makes a byte enough. The idea is that of the nonstationary states of the PAQ family; the table
/// follows from the bounds in bit_history.cpp.
#pragma once

#include <array>
#include <cstdint>

namespace kompakt {

struct BitHistories {
  /// By bit, then by history.
  std::array<std::array<std::uint8_t, 256>, 2> next{};
  /// The probability of a one that the numbers suggest, in units of 2^-22.
  std::array<std::uint32_t, 256> guess{};
  unsigned count = 0;  ///< histories in use; 0 is the empty one, and they are in order of length
};

/// The table, made on the first call.
[[nodiscard]] const BitHistories& bit_histories();

}  // namespace kompakt
