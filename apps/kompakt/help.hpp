/// \file
/// What -h and -V print.
#pragma once

#include <string_view>

namespace kompakt::cli {

[[nodiscard]] std::string_view help_text() noexcept;
[[nodiscard]] std::string_view warp_compress_help_text() noexcept;

}  // namespace kompakt::cli
