/// \file
/// What an archive keeps of a file besides its name and its bytes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Reads metadata into entries. Remembers names of owners, and which file systems have no extended
/// attributes, so that both cost next to nothing for most files.
class Examiner {
 public:
  struct Options {
    bool xattrs = true;
    bool owner_names = true;
    bool sparse = true;
  };
  Examiner(const System& system, Options options);

  /// Type, permissions, owner, times, size and device numbers. False for kinds of files that no
  /// archive holds (sockets).
  [[nodiscard]] bool describe(const struct stat& status, Entry& entry);
  /// Extended attributes of `path` in the folder `dir_fd`, or of `dir_fd` where `path` is empty.
  /// Those that cannot be read are left out.
  void read_xattrs(int dir_fd, const char* path, std::uint64_t device, Entry& entry);
  [[nodiscard]] Status read_link(int dir_fd, const char* path, Entry& entry);
  [[nodiscard]] bool may_have_holes(const struct stat& status) const;
  /// Sets data_runs where the file behind `fd` has holes.
  void find_holes(int fd, const struct stat& status, Entry& entry);

 private:
  using Names = std::unordered_map<std::uint32_t, std::string>;
  [[nodiscard]] std::optional<std::vector<Extent>> data_runs(int fd, off_t size) const;
  [[nodiscard]] const std::string& user_name(std::uint32_t uid);
  [[nodiscard]] const std::string& group_name(std::uint32_t gid);

  const System& system_;  // outlives the examiner
  Options options_;
  Names users_;
  Names groups_;
  std::unordered_set<std::uint64_t> without_xattrs_;  // devices
  std::vector<char> names_;                           // of attributes
  std::string value_;
};

}  // namespace kompakt
