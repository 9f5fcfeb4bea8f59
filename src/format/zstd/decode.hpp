/// \file
/// The reader of .zst.
#pragma once

#include <memory>

#include "format/common/input_reader.hpp"
#include "format/format.hpp"

namespace kompakt::zstd {

/// Where a reader begins and ends. The whole input by default.
struct Stretch {
  std::uint64_t content = 0;  ///< offset in the content of the frame that the input stands at
  /// Nothing that lies at or behind this offset in the content is needed.
  std::uint64_t stop = std::numeric_limits<std::uint64_t>::max();
  bool partial =
      false;  ///< the input does not begin at its beginning, or may not be read to its end
};

/// A place to start from: the frame at `input_offset`.
[[nodiscard]] inline SeekPoint frame_point(std::uint64_t content, std::uint64_t input_offset,
                                           std::uint64_t lines) {
  SeekPoint point;
  point.content = content;
  point.bit = input_offset * 8;
  point.lines = lines;
  return point;
}

/// Reads all frames that `input` holds from its position on.
[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_decode_job(InputReader input,
                                                                 bool random_access, Sink& sink,
                                                                 const DecodeSettings& settings,
                                                                 const Stretch& stretch);

[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                              const DecodeSettings& settings);
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_range_decoder(const Source& source,
                                                                    Sink& sink,
                                                                    const SeekIndex& index,
                                                                    const RangeSettings& settings);
[[nodiscard]] Result<StreamFacts> scan(const Source& source);
[[nodiscard]] Result<std::optional<SeekIndex>> native_index(const Source& source);

}  // namespace kompakt::zstd
