/// \file
/// The folders on the way down from where a walk began, with few descriptors open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/system.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Names in a folder, in byte order, in one block of memory.
class NameList {
 public:
  struct Name {
    const char* text = nullptr;
    unsigned char type = 0;  ///< DT_REG and so on; DT_UNKNOWN where the file system does not say
  };

  /// Reads the folder behind `fd` to its end. What was read before a failure is kept.
  [[nodiscard]] Status read(const System& system, int fd, std::vector<char>& buffer);
  /// False when there are none left.
  [[nodiscard]] bool take(Name& out);

 private:
  struct Place {
    std::size_t offset = 0;
    unsigned char type = 0;
  };
  std::string text_;  // every name with its NUL
  std::vector<Place> places_;
  std::size_t next_ = 0;
};

/// A folder that is being walked.
struct Folder {
  std::string name;           ///< in the folder above; of the first, as it was given
  bool through_link = false;  ///< `name` is a symlink that is to be followed
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  NameList names;
  std::size_t member_length = 0;  ///< of the member path up to here
  std::size_t real_length = 0;    ///< of the real path up to here
};

/// Only the deepest folders are kept open, so that a tree may be deeper than there are descriptors.
/// One that was closed is opened again, as the parent of the one below it or by names from the
/// first, when the walk comes back to it, and must be the same folder still.
class FolderStack {
 public:
  static constexpr std::size_t kMaxOpen = 64;

  FolderStack(const System& system, int base_fd) : system_(system), base_fd_(base_fd) {}

  [[nodiscard]] bool empty() const noexcept { return folders_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return folders_.size(); }
  [[nodiscard]] Folder& top() { return folders_.back().folder; }
  [[nodiscard]] int top_fd() const { return folders_.back().fd.get(); }
  /// Whether the folder with this identity is on the way down.
  [[nodiscard]] bool contains(std::uint64_t device, std::uint64_t inode) const;

  void push(Descriptor fd, Folder folder);
  /// A failure says why the folder that is on top now cannot be gone on with: pop it, too.
  [[nodiscard]] Status pop();

 private:
  struct Level {
    Folder folder;
    Descriptor fd;
  };
  [[nodiscard]] Descriptor open_parent(int child_fd) const;
  [[nodiscard]] Descriptor open_by_names() const;
  [[nodiscard]] bool is_top(int fd) const;

  const System& system_;  // outlives the stack
  int base_fd_;
  std::vector<Level> folders_;
  std::size_t first_open_ = 0;  // folders from here on are open
};

}  // namespace kompakt
