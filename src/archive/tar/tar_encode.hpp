/// \file
/// From an Entry to the header blocks of a tar: ustar, and pax where ustar has no room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kompakt/archive.hpp"

namespace kompakt::tar {

struct EncodeRules {
  bool reproducible = false;          ///< owner 0 without names, times in whole seconds
  std::optional<std::int64_t> epoch;  ///< no later time is stored
};

/// Appends everything that stands in front of the content of `entry`; of a sparse file its map too.
void append_headers(const Entry& entry, const EncodeRules& rules, std::string& out);

/// Bytes of content behind the headers: of a sparse file, of its runs.
[[nodiscard]] std::uint64_t stored_content(const Entry& entry) noexcept;

}  // namespace kompakt::tar
