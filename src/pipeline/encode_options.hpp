/// \file
/// What can be said of an encoder's options before there is content.
#pragma once

#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// The failure that compress() with these options has whatever the content is.
[[nodiscard]] Status check_encode_options(const CompressOptions& options);

}  // namespace kompakt
