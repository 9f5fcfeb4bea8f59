/// \file
/// Names of outputs, and what names say of formats.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "family.hpp"
#include "kompakt/format.hpp"

namespace kompakt::cli {

/// True when `path`, more than the suffix itself, ends with `suffix`.
[[nodiscard]] constexpr bool has_suffix(std::string_view path, std::string_view suffix) noexcept {
  const auto slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.size() > suffix.size() && name.ends_with(suffix);
}

/// What the last component of a path is called.
[[nodiscard]] std::string base_name(std::string_view path);

struct DecodedName {
  std::string path;
  bool guessed = false;  ///< the input has no known suffix: it is NAME.out
};

/// NAME<suffix> and NAME.gz become NAME, NAME.tgz becomes NAME.tar, and so for every format that
/// `family` reads.
[[nodiscard]] DecodedName decoded_name(const std::string& path,
                                       const std::optional<std::string>& suffix,
                                       const Family& family);

/// The known suffix that `path` ends with.
[[nodiscard]] std::optional<std::string> packed_suffix(const std::string& path,
                                                       const std::optional<std::string>& suffix,
                                                       const Family& family);

/// The format whose suffix, or whose suffix for archives, `path` ends with.
[[nodiscard]] std::optional<Format> format_by_suffix(std::string_view path);

}  // namespace kompakt::cli
