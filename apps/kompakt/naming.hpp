/// \file
/// Names of outputs.
#pragma once

#include <string>
#include <string_view>

namespace kompakt::cli {

/// True when `path`, more than the suffix itself, ends with `suffix`.
[[nodiscard]] constexpr bool has_suffix(std::string_view path, std::string_view suffix) noexcept {
  const auto slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.size() > suffix.size() && name.ends_with(suffix);
}

struct DecodedName {
  std::string path;
  bool guessed = false;  ///< the input has no known suffix
};

/// NAME.warp and NAME<suffix> become NAME, anything else NAME.out.
[[nodiscard]] inline DecodedName decoded_name(const std::string& path, std::string_view suffix) {
  for (const std::string_view known : {suffix, std::string_view(".warp")}) {
    if (has_suffix(path, known)) {
      return {.path = path.substr(0, path.size() - known.size())};
    }
  }
  return {.path = path + ".out", .guessed = true};
}

}  // namespace kompakt::cli
