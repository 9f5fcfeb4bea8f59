/// \file
/// From libarchive's entries to ours.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "archive/foreign/foreign.hpp"
#include "archive/foreign/library.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Fills `to`, whole. kCorrupt where the member has no usable name or size, kUnsupported where it
/// is of a type that has no place here (a socket). A hardlink that comes with content keeps its
/// size.
[[nodiscard]] Status convert_entry(const ArchiveLibrary& library, struct archive_entry* from,
                                   ForeignKind kind, Entry& to);

/// Puts cpio's hard links into the order that everybody else has. The newer cpio formats store the
/// content of a file with the last of its names, and nothing with those before. Names without
/// content are held back until the content comes, and told as links to that name then. What is held
/// back is part of the archive, so its size is bounded by the archive's.
class CpioLinks {
 public:
  enum class Verdict : std::uint8_t {
    kTell,      ///< `entry`, which may have been changed, is the member
    kHoldBack,  ///< it will come from next() later
  };
  /// Takes an entry as convert_entry() gave it, with the inode that it says it has.
  [[nodiscard]] Verdict take(Entry& entry, std::uint64_t device, std::uint64_t inode,
                             std::uint32_t links);
  /// A member that was held back and can be told now.
  [[nodiscard]] std::optional<Entry> next();
  /// After the last member of the archive: files of which no name came with content are empty.
  void finish();

 private:
  struct File {
    std::string told_as;  ///< the name that links lead to; empty as long as none was told
    std::deque<Entry> held;
  };
  void release(File& file, const std::string& target);

  std::map<std::pair<std::uint64_t, std::uint64_t>, File> files_;
  std::deque<Entry> ready_;
};

}  // namespace kompakt
