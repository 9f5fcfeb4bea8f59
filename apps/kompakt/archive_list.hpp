/// \file
/// Members of archives, for list and info.
#pragma once

#include <optional>

#include "archive_reading.hpp"
#include "examined.hpp"

namespace kompakt::cli {

/// An archive, and the index beside it where there is one.
struct ListedArchive {
  ArchiveTarget target;
  const ArchiveIndex* index = nullptr;  ///< kept by the examined input
  /// Nothing has to be decoded to know the members.
  [[nodiscard]] bool indexed() const { return index != nullptr && index->table; }
};

/// The archive in `examined`; nothing where there is none. A useless index raises `code`.
[[nodiscard]] std::optional<ListedArchive> find_archive(const Session& session, Examined& examined,
                                                        Exit& code);

/// Prints a row for each selected member and their totals, below a title where `titled`.
[[nodiscard]] Exit list_members(const Session& session, const Examined& examined,
                                const ListedArchive& archive, bool titled);

/// The totals alone; nothing where all of a stream would have to be decoded for them.
[[nodiscard]] std::optional<ArchiveResult> count_members(const Session& session,
                                                         const Examined& examined,
                                                         const ListedArchive& archive);

}  // namespace kompakt::cli
