#pragma once

#include <cstdint>
#include <span>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// Text that a model reads before the first byte of a block, so that it knows common words and
/// idioms from the start.
struct Priming {
  std::uint8_t
      id;         ///< what streams name it by: 1 is prose, 2 is source code, JSON, markup and logs
  ByteSpan data;  ///< about 100 KB, there for the life of the program; what helps most comes last
};

/// All priming data in order of their numbers, which begin at 1. The bytes under a number never
/// change, because streams are decoded with them; other bytes get another number.
std::span<const Priming> primings() noexcept;

}  // namespace kompakt
