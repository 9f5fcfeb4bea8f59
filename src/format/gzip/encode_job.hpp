/// \file
/// The writers of gzip and zlib.
#pragma once

#include <memory>

#include "codec/deflate/framing.hpp"
#include "format/format.hpp"

namespace kompakt::gzip {

using deflate::Framing;

/// The writer that `settings` ask for; kInvalidArgument, naming the option, where there is none.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_encode_job(Source& source, Sink& sink,
                                                                 const EncodeSettings& settings,
                                                                 Framing framing);

}  // namespace kompakt::gzip
