/// \file
/// Frames by coders that are fed by hand.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt::lz4_frame {

[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
    const EncodeSettings& settings);
/// Passes over skippable frames before the frame. kUnsupported for legacy frames, which have no end
/// of their own. None where a dictionary is given.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_decoder(
    const DecodeSettings& settings);

}  // namespace kompakt::lz4_frame
