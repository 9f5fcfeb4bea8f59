/// \file
/// The metadata record of a .warp v3 stream: what the compressed file was called and how it was
/// kept.
#pragma once

#include <cstddef>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Metadata never takes more than this; extended attributes that would exceed it are left out.
inline constexpr std::size_t kMaxMetadataSize = std::size_t{1} << 20U;

/// kInvalidArgument for what no reader would take back: a name with a slash, impossible mode bits
/// or nanoseconds, an attribute without a name.
[[nodiscard]] Status check_metadata(const WarpMetadata& metadata);
/// `metadata` must have passed check_metadata().
[[nodiscard]] std::vector<std::byte> encode_metadata(const WarpMetadata& metadata);
/// kCorrupt for a malformed or repeated field; fields with unknown tags are skipped.
[[nodiscard]] Result<WarpMetadata> decode_metadata(ByteSpan payload);

}  // namespace kompakt
