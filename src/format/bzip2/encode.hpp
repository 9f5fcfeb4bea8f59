/// \file
/// Writes a bzip2 stream.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

/// One stream of full blocks, which are coded in parallel.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_bzip2_encoder(Source& source, Sink& sink,
                                                                    const EncodeSettings& settings);

}  // namespace kompakt
