/// \file
/// Files that hold names or patterns: --files-from, --exclude-from.
#pragma once

#include <string>
#include <vector>

#include "request.hpp"

namespace kompakt::cli {

/// The names in a file, in order; empty ones are left out.
[[nodiscard]] Result<std::vector<std::string>> read_names(const World& world, const NameFile& file);

/// The request with what its files of names and patterns hold put in their place.
[[nodiscard]] Result<Request> with_listed_names(const World& world, const Request& request);

}  // namespace kompakt::cli
