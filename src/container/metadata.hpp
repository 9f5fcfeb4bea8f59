/// \file
/// The metadata record of a .warp v3 stream: what the compressed file was called and how it was kept.
#pragma once

#include <cstddef>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Metadata never takes more than this; extended attributes that would exceed it are left out.
inline constexpr std::size_t kMaxMetadataSize = std::size_t{1} << 20U;

[[nodiscard]] std::vector<std::byte> encode_metadata(const WarpMetadata& metadata);
/// kCorrupt for a malformed field; fields with unknown tags are skipped.
[[nodiscard]] Result<WarpMetadata> decode_metadata(ByteSpan payload);

}  // namespace kompakt
