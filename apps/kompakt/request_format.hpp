/// \file
/// What a request says of formats: which one, how strong, in what layout.
#pragma once

#include "request.hpp"

namespace kompakt::cli {

/// Fills in the format and what belongs to it. Verb and output of `request` are known by then.
[[nodiscard]] Status understand_format(const Arguments& arguments, Request& request);

}  // namespace kompakt::cli
