/// \file
/// gzip members and zlib streams by coders that are fed by hand.
#pragma once

#include <memory>

#include "codec/deflate/framing.hpp"
#include "format/format.hpp"

namespace kompakt::gzip {

/// None for levels above 9 and whatever a header of its own is needed for.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
    const EncodeSettings& settings, deflate::Framing framing);
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_decoder(
    const DecodeSettings& settings, deflate::Framing framing);

}  // namespace kompakt::gzip
