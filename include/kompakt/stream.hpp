/// \file
/// Whole streams: compress, decompress, byte ranges. Source in, Sink out, all cores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// What an operation read and wrote.
struct StreamResult {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  unsigned threads = 1;  ///< that coded at the same time at most
  /// From the container, where it has any. Decompression only.
  std::optional<WarpMetadata> metadata;
};

/// Compresses all of `source` to `sink` as .warp version 3. The bytes depend on the content, the
/// options and (for holes) the source's extents, never on the number of threads.
[[nodiscard]] Result<StreamResult> compress(Source& source, Sink& sink, const CompressOptions& options = {});

/// Decompresses all of `source`, whose format is told by its first bytes: .warp of any version.
/// kUnsupported where they are of no known format.
[[nodiscard]] Result<StreamResult> decompress(Source& source, Sink& sink, const DecompressOptions& options = {});

/// Writes bytes [offset, offset + length) of the content of a random-access .warp v3 source,
/// decoding only the blocks that hold them. The range is cut at the content's end.
[[nodiscard]] Result<StreamResult> decompress_range(Source& source, Sink& sink, std::uint64_t offset,
                                                    std::uint64_t length, const DecompressOptions& options = {});

/// Threads that this process may use: the smaller of its CPU affinity and its cgroup quota.
[[nodiscard]] unsigned usable_threads();
/// Bytes of memory that this process should stay under: three quarters of the smaller of the
/// machine's memory and its cgroup limit.
[[nodiscard]] std::uint64_t usable_memory();

}  // namespace kompakt
