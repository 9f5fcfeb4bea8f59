/// \file
/// Payloads of sidecar files: one zstd frame each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// `raw` as one zstd frame with `room` unused bytes in front of it.
[[nodiscard]] Result<std::vector<std::byte>> pack_payload(ByteSpan raw, std::size_t room);

/// The `raw_size` bytes that were packed; kCorrupt where there are others. The caller has checked
/// that it wants to hold that many.
[[nodiscard]] Result<std::vector<std::byte>> unpack_payload(ByteSpan stored, std::size_t raw_size,
                                                            std::uint64_t max_memory);

}  // namespace kompakt
