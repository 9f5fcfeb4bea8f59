/// \file
/// The rules on names: what a stored path must be to become a path below the target folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kompakt/status.hpp"

namespace kompakt {

struct PathLimits {
  std::size_t strip_components = 0;
  std::size_t max_depth = 1024;
  std::size_t max_path = 65'536;
};

/// `stored` without empty components, "." and the first `strip_components`. "." where it names the
/// target folder itself; empty where stripping leaves nothing. A failure is a rule (refusals.hpp):
/// names that lead out of the folder are refused, not repaired, because whoever made them meant it.
[[nodiscard]] Result<std::string> clean_member_path(std::string_view stored,
                                                    const PathLimits& limits);

/// Whether a symlink at the clean path `path` can lead out of the target folder. True for absolute
/// targets and for any ".." but leading ones: behind a name it is resolved in whatever that name
/// leads to, which may be another symlink. Leading ones start in a real folder, because no
/// component of `path` is a symlink, so counting them is exact.
[[nodiscard]] bool symlink_leads_outside(std::string_view path, std::string_view target) noexcept;

/// ASCII letters and the two-byte letters of Latin-1, Greek and Cyrillic in lower case: what the
/// common case-insensitive file systems take for the same name, near enough for a warning.
[[nodiscard]] std::string fold_case(std::string_view path);

/// The part before the last '/', empty for a path without one.
[[nodiscard]] constexpr std::string_view parent_of(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}
/// The part behind the last '/'.
[[nodiscard]] constexpr std::string_view base_of(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace kompakt
