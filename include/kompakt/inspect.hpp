/// \file
/// What a container says of itself, without decoding it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kompakt/export.h"
#include "kompakt/options.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// The facts of a .warp file, all streams in it together.
struct ContainerInfo {
  unsigned version = 0;           ///< 1, 2 or 3
  std::string layout;             ///< "v1", "v2", "stream v2" or "v3"
  std::uint64_t raw_size = 0;     ///< bytes of content
  std::uint64_t stored_size = 0;  ///< bytes of the file
  std::uint64_t blocks = 0;
  std::uint64_t block_size = 0;  ///< no block but a run of zeros holds more content; 0: not known
  std::uint32_t streams = 1;     ///< .warp streams laid end to end
  /// Codec names in order of first use, each with its number of blocks; 0 where that is not known
  /// without reading on. Empty unless asked for.
  std::vector<std::pair<std::string, std::uint64_t>> codecs;
  HashId checksum = HashId::kNone;
  std::vector<std::byte> content_digest;  ///< of the only stream; empty where there is none
  std::uint64_t decode_memory = 0;        ///< bytes that decoding on one thread needs; 0: not known
  std::optional<WarpMetadata> metadata;   ///< of the first stream
  std::uint64_t damaged_blocks = 0;       ///< whose headers cannot be read; counted with the codecs
  /// Not ok when the end of the file was missing or damaged: why, and that the facts were put
  /// together from block headers instead.
  Status recovered;
};

/// How much inspect() reads.
struct InspectOptions {
  bool count_codecs = true;  ///< reads every block header
};

/// Reads headers, indexes and trailers of a random-access .warp file of any version, and no
/// payload. kUnsupported where the source is a pipe or of no known format.
[[nodiscard]] KOMPAKT_API Result<ContainerInfo> inspect(Source& source,
                                                        const InspectOptions& options = {});

}  // namespace kompakt
