/// \file
/// Modes, owners, times and extended attributes of what is extracted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/extract/folder_cache.hpp"
#include "archive/extract/tree_writer.hpp"
#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// What is put on a file, of the Entry that asks for it.
struct MemberMetadata {
  using Xattrs = std::vector<std::pair<std::string, std::string>>;

  std::optional<std::uint32_t> mode;
  std::optional<Entry::Time> modified;
  std::optional<Entry::Time> accessed;
  std::optional<Entry::Owner> owner;  ///< as it is to be on this system; unset: not kept
  const Xattrs* xattrs = nullptr;     ///< of the entry, which must live on
};

/// How a regular file comes to its mode.
struct ModePlan {
  mode_t create = 0;      ///< for open(), less the umask
  mode_t final_mode = 0;  ///< for set_mode(), where `set` says so
  bool set = false;
  bool set_owner = false;
  bool drop_inherited_list = false;  ///< the folder gave it an access control list of its own
};

/// Thread-safe.
class MetadataWriter {
 public:
  MetadataWriter(const System& system, const TreeWriterOptions& options);

  [[nodiscard]] MemberMetadata of(const Entry& entry) const;

  /// In the fewest calls: where the mode of open() says it all, nothing else is needed. Otherwise
  /// the file is its maker's alone until the end, because no mode is right for a wrong owner.
  [[nodiscard]] ModePlan plan(const MemberMetadata& metadata, const Folder& folder) const;
  [[nodiscard]] Status apply(int fd, const MemberMetadata& metadata, const ModePlan& plan) const;

  /// For a folder that is open, `made` by this run or there before.
  [[nodiscard]] Status apply_to_folder(int fd, const MemberMetadata& metadata) const;
  /// For a symlink, a device or a fifo.
  [[nodiscard]] Status apply_by_name(int folder, const std::string& name, EntryType type,
                                     const MemberMetadata& metadata) const;

 private:
  [[nodiscard]] std::optional<Entry::Owner> local_owner(const Entry& entry) const;
  [[nodiscard]] mode_t wanted_mode(const MemberMetadata& metadata, mode_t otherwise) const;
  [[nodiscard]] mode_t apply_owner(int fd, const Entry::Owner& owner, mode_t mode) const;
  [[nodiscard]] mode_t apply_xattrs(int fd, const MemberMetadata::Xattrs& xattrs,
                                    mode_t mode) const;
  [[nodiscard]] bool may_set(const std::string& xattr) const;
  [[nodiscard]] Status apply_times(int fd, const char* path, const MemberMetadata& metadata) const;

  const System& system_;  // outlives the writer
  bool exact_modes_;
  bool keep_owner_;
  bool keep_xattrs_;
  bool keep_times_;
  mode_t mode_mask_;  // 07777, or less the bits that are dropped
  bool allow_setuid_;
  mode_t umask_;
  Entry::Owner self_;
  mutable std::mutex names_mutex_;  // guards the two
  mutable std::map<std::string, std::optional<std::uint32_t>> users_;
  mutable std::map<std::string, std::optional<std::uint32_t>> groups_;
};

}  // namespace kompakt
