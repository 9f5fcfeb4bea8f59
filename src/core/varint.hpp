/// \file
/// Integers of variable length: little-endian groups of seven bits, a byte each, whose high bit
/// says that more follow (LEB128).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kompakt/bytes.hpp"

namespace kompakt {

inline void put_varint(std::vector<std::byte>& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7U;
  }
  out.push_back(static_cast<std::byte>(value));
}

/// Takes one off the front of `in`. nullopt where there is none: `in` is empty then if it ends too
/// early, and not if the number has more than 64 bits.
inline std::optional<std::uint64_t> take_varint(ByteSpan& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto group = std::to_integer<std::uint64_t>(in.front());
    if (shift == 63 && group > 1) {
      return std::nullopt;
    }
    in = in.subspan(1);
    value |= (group & 0x7F) << shift;
    if (group < 0x80) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace kompakt
