/// \file
/// .xz, and the older .lzma and .lz on the way back, by coders that are fed by hand.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

/// One block. None for settings that ask for more.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_xz_hand_encoder(
    const EncodeSettings& settings);
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_xz_hand_decoder(
    const DecodeSettings& settings);

}  // namespace kompakt
