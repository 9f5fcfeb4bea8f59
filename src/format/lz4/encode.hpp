/// \file
/// The writer of .lz4.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt::lz4_frame {

[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_encoder(Source& source, Sink& sink,
                                                              const EncodeSettings& settings);

}  // namespace kompakt::lz4_frame
