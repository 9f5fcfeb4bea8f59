/// \file
/// Differences at a fixed distance, in place: for data whose next value is close to the last one of
/// its column or channel.
#pragma once

#include <cstddef>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// The largest stride of the calls below, in bytes.
inline constexpr std::size_t kMaxDeltaStride = 4096;

/// Every byte becomes its difference, modulo 256, to the one `stride` bytes before; the first
/// `stride` bytes stay. `stride` is 1 to kMaxDeltaStride; others leave the data as it is.
void encode_delta(MutableByteSpan data, std::size_t stride) noexcept;

/// Takes back encode_delta().
void decode_delta(MutableByteSpan data, std::size_t stride) noexcept;

/// The same for 16-bit little-endian values, modulo 65536: a carry goes from the lower byte into
/// the upper one. `stride` counts bytes and is even, 2 to kMaxDeltaStride; others leave the data as
/// it is, and so does the last byte of an odd number of them.
void encode_delta16(MutableByteSpan data, std::size_t stride) noexcept;

/// Takes back encode_delta16().
void decode_delta16(MutableByteSpan data, std::size_t stride) noexcept;

}  // namespace kompakt
