/// \file
/// From a header block, and what stood in front of it, to an Entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "archive/tar/pax.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::tar {

/// What stands in front of a member's own header.
struct Prelude {
  PaxAttributes pax;
  std::optional<std::string> long_name;  ///< GNU 'L'
  std::optional<std::string> long_link;  ///< GNU 'K'
};

/// The type of a member by the mark in its header; marks that are not known are files.
[[nodiscard]] EntryType entry_type_of(char mark) noexcept;

/// Sets every field of `entry` but size and data_runs, which are 0 and unset afterwards.
void fill_entry(ByteSpan block, const Prelude& prelude, const PaxAttributes& global, Entry& entry);

/// Bytes of the archive that follow the header; nullopt where the number is none or negative.
[[nodiscard]] std::optional<std::uint64_t> body_size(ByteSpan block,
                                                     const PaxAttributes& pax) noexcept;

}  // namespace kompakt::tar
