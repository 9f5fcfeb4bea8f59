/// \file
/// The content probe: a cheap look at a block before an expensive codec sees it.
#pragma once

#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt {

enum class ContentClass : std::uint8_t {
  kZero,            ///< nothing but zero bytes
  kIncompressible,  ///< random to order 0, without repeats near or far: store it
  kCompressible,    ///< everything else
};

/// True when every byte is zero. Stops at the first that is not.
[[nodiscard]] bool is_all_zero(ByteSpan block) noexcept;

/// Classifies a block. Reads samples of about 1/16 of a large block, and all of it only when the
/// samples look random.
[[nodiscard]] ContentClass probe_content(ByteSpan block);

}  // namespace kompakt
