/// \file
/// Byte ranges of bzip2 files, from the blocks that hold them.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

/// The points of `index` are block starts; their context is the level of the stream (1 to 9).
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_bzip2_range_decoder(
    const Source& source, Sink& sink, const SeekIndex& index, const RangeSettings& settings);

}  // namespace kompakt
