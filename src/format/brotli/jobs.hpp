/// \file
/// What the brotli format offers to the table of formats.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_brotli_encoder(
    Source& source, Sink& sink, const EncodeSettings& settings);
[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_brotli_decoder(
    Source& source, Sink& sink, const DecodeSettings& settings);

}  // namespace kompakt
