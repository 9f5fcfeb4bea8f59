/// \file
/// Splits elements of several bytes in planes: all first bytes, then all second ones, and so on.
#pragma once

#include <cstddef>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// The largest element, in bytes.
inline constexpr std::size_t kMaxPlanes = 16;

/// Writes the bytes of the whole elements of `from` plane by plane to `to`, and what is left of an
/// element behind them. Both spans have the same size and do not overlap; `width` is the size of an
/// element, 1 to kMaxPlanes. Returns false, with nothing written, where that is not so.
[[nodiscard]] bool split_planes(ByteSpan from, std::size_t width, MutableByteSpan to) noexcept;

/// Takes back split_planes().
[[nodiscard]] bool join_planes(ByteSpan from, std::size_t width, MutableByteSpan to) noexcept;

}  // namespace kompakt
