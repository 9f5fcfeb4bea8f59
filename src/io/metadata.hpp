/// \file
/// What is kept of a file besides its bytes.
#pragma once

#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "io/system.hpp"

namespace kompakt {

/// Mode, owner, times and extended attributes (access control lists are among those).
struct FileMetadata {
  mode_t mode = 0;
  bool has_owner = false;  ///< without one, the group is taken as not kept
  uid_t uid = 0;
  gid_t gid = 0;
  timespec accessed{};
  timespec modified{};
  std::vector<std::pair<std::string, std::string>> xattrs;
};

/// Reads mode, owner, times and extended attributes through an open descriptor. Attributes that the
/// file system refuses to show are left out.
[[nodiscard]] Result<FileMetadata> read_metadata(const System& system, int fd);

/// Puts `metadata` on the file behind `fd`, which has mode 0600 until then. What the file system or
/// the user's rights do not allow is left out, and wherever something is left out the mode is cut
/// so that nobody may do more with this file than with the one that `metadata` came from.
[[nodiscard]] Status apply_metadata(int fd, const FileMetadata& metadata);

/// Puts the mode of a file without any history on `fd`: 0666 less the umask.
[[nodiscard]] Status apply_default_mode(int fd);

/// The umask of this process, without changing it.
[[nodiscard]] mode_t process_umask();

}  // namespace kompakt
