/// \file
/// Byte ranges of .xz files, from the blocks that hold them.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_xz_range_decoder(
    const Source& source, Sink& sink, const SeekIndex& index, const RangeSettings& settings);

}  // namespace kompakt
