/// \file
/// The files and folders that go into an archive, in a fixed order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// A file that was met, open for as long as the walk stands on it.
struct WalkedEntry {
  Entry entry;            ///< type, metadata, link target; hardlinks to files met before
  std::string real_path;  ///< for messages, and to open it again later
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

/// What to look at besides names.
struct WalkOptions {
  /// Open each regular file as it is met, so that its metadata, its holes and the descriptor that
  /// open_current() hands out are of one and the same file for the fewest calls. For walks that
  /// read every file at once; without it a file is opened by open_current() only.
  bool open_files = true;
  bool xattrs = true;
  bool owner_names = true;
  bool sparse = true;      ///< find the holes of files that have some
  bool hard_links = true;  ///< tell names of files met before from files of their own
  /// What the only path of the selection is called as a member, instead of by its own name.
  std::string root_member;
  /// Files to leave out without a word: (device, inode), as of the archive that is being written.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> skip;
  std::function<void(const Status&)> on_warning;
};

/// Walks the selection: its paths in their order, below each depth first, every folder before what
/// is in it, names in byte order, so that the same files come in the same order everywhere. Memory
/// is bounded by the folders on the way down, by the number of files with more than one link and by
/// that of the paths; few descriptors are open however deep the tree. Not thread-safe.
///
/// A member appears once, also where paths are given several times or one below another. The
/// folders "." and ".." stand for what is in them. With `include`, a folder appears where it
/// matches or something below it is taken. A folder that cannot be read is given, empty, with a
/// warning. Of a file system that is not entered the folder it is mounted on is given.
class TreeWalk {
 public:
  /// kIo where a path of the selection does not exist; kInvalidArgument where different files would
  /// become members of the same name ("../x" and "x").
  [[nodiscard]] static Result<std::unique_ptr<TreeWalk>> open(const System& system,
                                                              const TreeSelection& selection,
                                                              const WalkOptions& options);
  TreeWalk() = default;
  TreeWalk(const TreeWalk&) = delete;
  TreeWalk& operator=(const TreeWalk&) = delete;
  TreeWalk(TreeWalk&&) = delete;
  TreeWalk& operator=(TreeWalk&&) = delete;
  virtual ~TreeWalk() = default;

  /// False at the end. What cannot be read is warned of and left out. Sockets are left out with a
  /// warning.
  [[nodiscard]] virtual Result<bool> next(WalkedEntry& out) = 0;

  /// Opens the file that next() gave last for reading (O_NOFOLLOW, relative to the folder that is
  /// open anyway), and checks that it is the same file still.
  [[nodiscard]] virtual Result<Descriptor> open_current() = 0;
};

/// Opens a file that was walked before, by its path, and checks that it is the same still (device,
/// inode; kIo "file changed" otherwise). `*found`, where given, is what it is at that moment.
[[nodiscard]] Result<Descriptor> open_walked(const System& system, const WalkedEntry& file,
                                             struct stat* found = nullptr);

/// open_walked() for files that come folder by folder: the folder of the last one stays open.
class WalkedOpener {
 public:
  explicit WalkedOpener(const System& system) : system_(system) {}
  [[nodiscard]] Result<Descriptor> open(const WalkedEntry& file, struct stat* found = nullptr);

 private:
  const System& system_;  // NOLINT(cppcoreguidelines-*): outlives the opener
  std::string folder_path_;
  Descriptor folder_;
};

/// Reads exactly the bytes [offset, offset + out.size()) of a file that may shrink meanwhile: what
/// is missing reads as zeros and `*changed` is set.
[[nodiscard]] Status read_exactly(const System& system, int fd, std::uint64_t offset,
                                  MutableByteSpan out, bool* changed);

}  // namespace kompakt
