/// \file
/// What -h prints.
#pragma once

#include <string>

namespace kompakt::cli {

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string warp_compress_help_text();

}  // namespace kompakt::cli
