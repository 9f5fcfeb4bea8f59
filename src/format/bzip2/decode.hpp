/// \file
/// Reads bzip2 files, whoever wrote them.
#pragma once

#include <memory>

#include "format/format.hpp"

namespace kompakt {

[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_bzip2_decoder(Source& source, Sink& sink,
                                                                    const DecodeSettings& settings);

}  // namespace kompakt
