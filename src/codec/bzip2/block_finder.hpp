/// \file
/// Finds where blocks and stream ends may be: a bzip2 block starts at any bit.
#pragma once

#include <cstdint>
#include <functional>

#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Calls `found(bit, footer)` for every place in `bytes`, in order, where all 48 bits of the magic
/// of a block, or of a stream's footer, stand. Content may hold the same bits by chance.
void find_magics(ByteSpan bytes, const std::function<void(std::uint64_t bit, bool footer)>& found);

}  // namespace kompakt::bzip2
