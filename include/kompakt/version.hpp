/// \file
/// Which library this is and what it can do.
#pragma once

#include <string_view>

#include "kompakt/export.h"

namespace kompakt {

/// "0.1.0": of the library that the program runs with, which with a shared library may be another
/// one than the headers came from.
[[nodiscard]] KOMPAKT_API std::string_view version() noexcept;

}  // namespace kompakt
