/// \file
/// Byte spans and the unit constants every interface shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kompakt {

/// Bytes that a callee only reads. Never owns.
using ByteSpan = std::span<const std::byte>;
/// Bytes that a callee may write. Never owns.
using MutableByteSpan = std::span<std::byte>;

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

}  // namespace kompakt
