/// \file
/// Places inside a compressed stream from which decoding can start.
#pragma once

#include <cstdint>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/format.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// One place to start from.
struct SeekPoint {
  std::uint64_t content = 0;  ///< offset in the decoded content, in bytes
  std::uint64_t bit = 0;      ///< offset in the compressed input, in bits
  /// What the format's decoder must know besides; each format states its meaning. Checked by the
  /// format before use, because an index is read from a file.
  std::uint64_t context = 0;
  /// The content right before the point that the decoder refers back to; may be empty.
  std::vector<std::byte> window;
  /// Newlines in the content before the point; meaningful where the index says so.
  std::uint64_t lines = 0;
};

/// The points of one input in order. The first has content 0.
struct KOMPAKT_API SeekIndex {
  Format format = Format::kWarp;
  std::uint64_t compressed_size = 0;
  std::uint64_t content_size = 0;
  std::uint64_t fingerprint = 0;  ///< seek_fingerprint() of the compressed input
  bool has_lines = false;
  std::uint64_t lines = 0;  ///< newlines in the whole content
  std::vector<SeekPoint> points;

  /// The last point at or before `content`. The index must have a point.
  [[nodiscard]] std::size_t point_before(std::uint64_t content) const;
};

/// A hash of the first and last 64 KiB of a random-access source, by which a changed file is told.
[[nodiscard]] KOMPAKT_API Result<std::uint64_t> seek_fingerprint(const Source& source);
/// kInvalidArgument, saying so, unless `index` was made of what `source` holds.
[[nodiscard]] KOMPAKT_API Status check_seek_index(const SeekIndex& index, const Source& source);

/// The bytes of a sidecar file, FILE.kidx (docs/format/kidx.md). Windows are kept compressed.
[[nodiscard]] KOMPAKT_API Result<std::vector<std::byte>> encode_seek_index(const SeekIndex& index);
/// Reads such bytes; every number in them is checked. kCorrupt, kTruncated, kUnsupported (a newer
/// version), kLimitExceeded (more than `max_memory` bytes of points and windows).
[[nodiscard]] KOMPAKT_API Result<SeekIndex> decode_seek_index(
    ByteSpan bytes, std::uint64_t max_memory = std::uint64_t{1} << 30U);

}  // namespace kompakt
