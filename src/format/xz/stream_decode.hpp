/// \file
/// The .xz reader from front to back: for pipes, for single blocks, for files whose index cannot be
/// used.
#pragma once

#include <memory>

#include "format/common/input_reader.hpp"
#include "format/format.hpp"

namespace kompakt {

/// Blocks that state their sizes, as `xz -T` writes them, are decoded in parallel; others in
/// read(), where checking and writing overlap with it. `input` reads `source` and may have looked
/// ahead.
[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_xz_stream_decoder(
    Source& source, InputReader input, Sink& sink, const DecodeSettings& settings);

}  // namespace kompakt
