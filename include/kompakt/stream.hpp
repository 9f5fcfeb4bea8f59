/// \file
/// Whole streams: compress, decompress, byte ranges. Source in, Sink out, all cores.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "kompakt/export.h"
#include "kompakt/options.hpp"
#include "kompakt/seek_index.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// What an operation read and wrote.
struct StreamResult {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  unsigned threads = 1;  ///< that coded at the same time at most
  Format format = Format::kWarp;
  /// What a stream of another format than .warp said of itself. Decompression only.
  StreamFacts facts;
  std::optional<SeekIndex> index;  ///< where DecompressOptions asked for one and there can be one
  /// From the container, where it has any. Decompression only.
  std::optional<WarpMetadata> metadata;
  /// After decompression with keep_going: the first damage that was met, whether or not content
  /// was lost with it. ok for an intact input.
  Status damage;
};

/// Compresses all of `source` to `sink`. The bytes depend on the content, the options and (for
/// holes in .warp) the source's extents, never on the number of threads. kInvalidArgument for
/// options that the format has no place for.
[[nodiscard]] KOMPAKT_API Result<StreamResult> compress(Source& source, Sink& sink,
                                                        const CompressOptions& options = {});

/// Decompresses all of `source`: .warp of any version and every other stream format, told by the
/// first bytes unless options.format names it. Members and frames laid end to end, padding and
/// trailing bytes are treated as the format's stock tool does; what it warns of is in
/// StreamResult::facts. kUnsupported where the first bytes are of no known format.
[[nodiscard]] KOMPAKT_API Result<StreamResult> decompress(Source& source, Sink& sink,
                                                          const DecompressOptions& options = {});

/// Writes bytes [offset, offset + length) of the content. Of a random-access source of .warp v3 or
/// of a format with an index, the file's own or `index`, only the parts that hold them are decoded;
/// anything else is decoded from its beginning up to the range's end. The range is cut at the
/// content's end; kInvalidArgument where it begins behind it.
[[nodiscard]] KOMPAKT_API Result<StreamResult> decompress_range(
    Source& source, Sink& sink, std::uint64_t offset, std::uint64_t length,
    const DecompressOptions& options = {}, const SeekIndex* index = nullptr);

/// Writes the lines `first` to `last` (counted from 1, both included) of the content, each with its
/// newline. An index with lines saves decoding what lies before them. Stops where the content
/// ends; kInvalidArgument where it has fewer than `first` lines.
[[nodiscard]] KOMPAKT_API Result<StreamResult> decompress_lines(
    Source& source, Sink& sink, std::uint64_t first, std::uint64_t last,
    const DecompressOptions& options = {}, const SeekIndex* index = nullptr);

/// What a random-access source of a format other than .warp says of itself, decoding content only
/// where headers do not tell its size.
[[nodiscard]] KOMPAKT_API Result<StreamResult> inspect_stream(
    Source& source, const DecompressOptions& options = {});

/// What convert() read and wrote.
struct ConvertResult {
  StreamResult decoded;
  StreamResult encoded;
  std::uint64_t content_hash = 0;  ///< XXH3-64
};
/// Re-encodes `source` into another format without the content ever lying in a file: decoding and
/// encoding run side by side. The content is hashed where it leaves the decoder (kXxh3), so that
/// the caller can prove the output equal.
[[nodiscard]] KOMPAKT_API Result<ConvertResult> convert(Source& source, Sink& sink,
                                                        const CompressOptions& to = {},
                                                        const DecompressOptions& from = {});

/// How to write the old version 2 of .warp. Its levels and defaults are its own.
struct V2Options {
  std::string level = "auto";           ///< auto, fastest, max or throughput
  std::optional<std::string> method{};  ///< instead of the level's: zstd, lz4, snappy or brotli
  std::optional<std::uint64_t> chunk_size{};  ///< instead of the level's; 128 KiB to 1 GiB
  int zstd_level = 3;
  int brotli_quality = 5;
  HashId checksum = HashId::kNone;  ///< none, xxh64, blake3 or blake2b
  /// In chunk order, from one thread at a time.
  std::function<void(const BlockReport&)> on_block{};
  RunControl run{};
};

/// Compresses all of `source` to `sink` as .warp version 2, for readers that know nothing newer.
/// The tables of that layout lie before the data, so the source must have random access (or be
/// empty) and the sink be positional: kUnsupported otherwise.
[[nodiscard]] KOMPAKT_API Result<StreamResult> compress_v2(Source& source, Sink& sink,
                                                           const V2Options& options = {});

/// Threads that this process may use: the smaller of its CPU affinity and its cgroup quota.
[[nodiscard]] KOMPAKT_API unsigned usable_threads();
/// Bytes of memory that this process should stay under: three quarters of the smaller of the
/// machine's memory and its cgroup limit.
[[nodiscard]] KOMPAKT_API std::uint64_t usable_memory();

}  // namespace kompakt
