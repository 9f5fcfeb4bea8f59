/// \file
/// The .xz reader for files whose index can be read: every block apart.
#pragma once

#include <memory>

#include "format/format.hpp"
#include "format/xz/index.hpp"

namespace kompakt {

/// nullptr where going from front to back is better: one block, or blocks too large to be held by
/// many workers under the limits.
[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_xz_index_decoder(
    const Source& source, Sink& sink, const DecodeSettings& settings, LzmaIndex index);

}  // namespace kompakt
