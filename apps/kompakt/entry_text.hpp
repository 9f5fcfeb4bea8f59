/// \file
/// Members of archives as text and as JSON.
#pragma once

#include <string>

#include "json_line.hpp"
#include "kompakt/archive.hpp"

namespace kompakt::cli {

/// "drwxr-xr-x"; '?' for what is not known.
[[nodiscard]] std::string mode_text(const Entry& entry);
/// "root/wheel", "1000/100", "-".
[[nodiscard]] std::string owner_text(const Entry& entry);
/// "2024-02-29 12:00" as the clock on the wall says, with `seconds` "2024-02-29
/// 12:00:59.123456789".
[[nodiscard]] std::string entry_time_text(const Entry& entry, bool seconds);
/// The path, '/' behind a folder's, and where a link leads to.
[[nodiscard]] std::string name_text(const Entry& entry);
/// Bytes, or the numbers of a device: "1,3".
[[nodiscard]] std::string size_text(const Entry& entry);

/// The fields of a member.
void add_entry(JsonLine& line, const Entry& entry);

}  // namespace kompakt::cli
