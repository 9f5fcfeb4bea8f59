/// \file
/// Whole streams: compress, decompress, byte ranges. Source in, Sink out, all cores.
#pragma once

#include <cstdint>
#include <functional>
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
  /// After decompression with keep_going: the first damage that was met, whether or not content
  /// was lost with it. ok for an intact input.
  Status damage;
};

/// Compresses all of `source` to `sink` as .warp version 3. The bytes depend on the content, the
/// options and (for holes) the source's extents, never on the number of threads.
[[nodiscard]] Result<StreamResult> compress(Source& source, Sink& sink,
                                            const CompressOptions& options = {});

/// Decompresses all of `source`, whose format is told by its first bytes: .warp of any version.
/// kUnsupported where they are of no known format.
[[nodiscard]] Result<StreamResult> decompress(Source& source, Sink& sink,
                                              const DecompressOptions& options = {});

/// Writes bytes [offset, offset + length) of the content of a random-access .warp v3 source,
/// decoding only the blocks that hold them. The range is cut at the content's end.
[[nodiscard]] Result<StreamResult> decompress_range(Source& source, Sink& sink,
                                                    std::uint64_t offset, std::uint64_t length,
                                                    const DecompressOptions& options = {});

/// How to write the old version 2 of .warp. Its levels and defaults are its own.
struct V2Options {
  std::string level = "auto";               ///< auto, fastest, max or throughput
  std::optional<std::string> method;        ///< instead of the level's: zstd, lz4, snappy or brotli
  std::optional<std::uint64_t> chunk_size;  ///< instead of the level's; 128 KiB to 1 GiB
  int zstd_level = 3;
  int brotli_quality = 5;
  HashId checksum = HashId::kNone;  ///< none, xxh64, blake3 or blake2b
  /// In chunk order, from one thread at a time.
  std::function<void(const BlockReport&)> on_block;
  RunControl run;
};

/// Compresses all of `source` to `sink` as .warp version 2, for readers that know nothing newer.
/// The tables of that layout lie before the data, so the source must have random access (or be
/// empty) and the sink be positional: kUnsupported otherwise.
[[nodiscard]] Result<StreamResult> compress_v2(Source& source, Sink& sink,
                                               const V2Options& options = {});

/// Threads that this process may use: the smaller of its CPU affinity and its cgroup quota.
[[nodiscard]] unsigned usable_threads();
/// Bytes of memory that this process should stay under: three quarters of the smaller of the
/// machine's memory and its cgroup limit.
[[nodiscard]] std::uint64_t usable_memory();

}  // namespace kompakt
