/// \file
/// Frames by coders that are fed by hand.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt::zstd {

[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
    const EncodeSettings& settings);
/// Passes over skippable frames before the frame.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_decoder(
    const DecodeSettings& settings);

}  // namespace kompakt::zstd
