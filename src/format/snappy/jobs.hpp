/// \file
/// What the snappy framing format offers to the table of formats.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_snappy_encoder(
    Source& source, Sink& sink, const EncodeSettings& settings);
[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_snappy_decoder(
    Source& source, Sink& sink, const DecodeSettings& settings);
/// Walks over the chunk headers.
[[nodiscard]] Result<StreamFacts> scan_snappy(const Source& source);
/// Points are the offsets of chunk headers; they need no context.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_snappy_range_decoder(
    const Source& source, Sink& sink, const SeekIndex& index, const RangeSettings& settings);

}  // namespace kompakt
