/// \file
/// The rules of safe extraction, by name, and the failures that they give.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kompakt/status.hpp"

namespace kompakt::rule {

inline constexpr std::string_view kEmptyName = "empty name";
inline constexpr std::string_view kNul = "NUL in name";
inline constexpr std::string_view kAbsolute = "absolute path";
inline constexpr std::string_view kParent = "parent directory";
inline constexpr std::string_view kDrive = "drive letter";
inline constexpr std::string_view kNameTooLong = "name too long";
inline constexpr std::string_view kPathTooLong = "path too long";
inline constexpr std::string_view kTooDeep = "path too deep";
/// The only one that ends the extraction.
inline constexpr std::string_view kTooManyEntries = "too many entries";
inline constexpr std::string_view kDevice = "device";
inline constexpr std::string_view kSymlinkInPath = "symlink in path";
inline constexpr std::string_view kSymlinkOutside = "symlink leads outside";
inline constexpr std::string_view kHardlinkOutside = "hard link leads outside";
inline constexpr std::string_view kHardlinkTarget = "hard link without its file";
inline constexpr std::string_view kExists = "exists";
inline constexpr std::string_view kNotFolder = "not a folder";
inline constexpr std::string_view kNameRefused = "name refused";
inline constexpr std::string_view kTooLarge = "too large";

}  // namespace kompakt::rule

namespace kompakt {

/// A failure that rule_of() gives `rule` for.
[[nodiscard]] Status refused(Code code, std::string_view rule, std::string_view detail);

/// What a negative result of a call that resolves or makes `path` means: a rule where it concerns
/// this member, kIo where the extraction cannot go on.
[[nodiscard]] Status creation_error(std::string_view what, std::string_view path,
                                    std::int64_t result);

}  // namespace kompakt
