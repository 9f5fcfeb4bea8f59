/// \file
/// The tables that the stock tools print with -l.
#pragma once

#include "kompakt/session.hpp"

namespace kompakt::cli {

/// Lists all inputs as the tool does whose name the program was called by.
[[nodiscard]] Exit list_as_original(const Session& session);

}  // namespace kompakt::cli
