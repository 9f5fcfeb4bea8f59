/// \file
/// POSIX access control lists: the kernel's bytes (xattr system.posix_acl_*) and the text that tar
/// archives carry.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kompakt::tar {

inline constexpr const char* kAccessAcl = "system.posix_acl_access";
inline constexpr const char* kDefaultAcl = "system.posix_acl_default";

/// "user::rwx,user:1000:r-x,group::r-x,mask::r-x,other::---". Owners are numbers, which every
/// reader takes. nullopt where the bytes are of another version or make no sense.
[[nodiscard]] std::optional<std::string> acl_to_text(std::string_view bytes);

/// Takes that text, one entry a line too, names of users and groups (by the number behind them as
/// star writes it, or else looked up), short tags, and "default:" in front. nullopt where an entry
/// makes no sense or names somebody unknown here.
[[nodiscard]] std::optional<std::string> acl_from_text(std::string_view text);

}  // namespace kompakt::tar
