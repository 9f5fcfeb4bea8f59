/// \file
/// -r: files below folders.
#pragma once

#include "session.hpp"

namespace kompakt::cli {

/// Compresses or decompresses every file of the inputs and below them.
[[nodiscard]] Exit recurse(const Session& session);

/// The request with the compressed files below its folders in the place of those.
[[nodiscard]] Request with_files_of_folders(const Request& request);

}  // namespace kompakt::cli
