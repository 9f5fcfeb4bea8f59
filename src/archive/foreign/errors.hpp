/// \file
/// What libarchive's complaints mean.
#pragma once

#include <string_view>

#include "kompakt/status.hpp"

namespace kompakt {

/// libarchive tells kinds of failure by its words more than by its numbers: truncated, unsupported
/// and too large for memory are told from corrupt by what it says.
[[nodiscard]] Status foreign_failure(int error_number, std::string_view message);

}  // namespace kompakt
