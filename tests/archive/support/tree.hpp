/// \file
/// A folder with every kind of file in it, and a comparison of folders by content and metadata:
/// what the round trips of archives are judged by.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "temp_folder.hpp"

namespace kompakt::testing {

/// What build_tree() puts into the tree. Everything in it can be extracted by safe rules: no link
/// leads outside.
struct TreeSpec {
  bool hostile_names = true;     ///< line ends, backslashes, quotes, bytes that are no UTF-8
  bool decomposed_names = true;  ///< a name with an accent of its own beside the composed one
  bool long_paths = true;        ///< names of 255 bytes, paths of more than 1000
  bool sparse = true;            ///< files with holes
  bool hardlinks = true;
  bool symlinks = true;
  bool fifos = true;
  bool xattrs = true;         ///< user.* with text, zero bytes and 4000 bytes
  bool acls = true;           ///< access lists, and a default list of a folder
  bool special_modes = true;  ///< setuid, setgid, sticky, and files that their owner cannot write
  bool extreme_times = true;  ///< before 1970, behind 2038, all nine digits
  bool devices = true;        ///< as root only
  bool owners = true;         ///< as root only
  std::size_t large = 5 << 20U;  ///< bytes of the largest file
  std::size_t small_files = 60;  ///< besides those of particular sizes
};

/// Builds the tree in the folder `root`, which must exist. What the file system or the rights of
/// the user do not allow (devices in a container, attributes on some file systems) is left out. The
/// same spec gives the same tree.
void build_tree(const std::string& root, const TreeSpec& spec = {});

/// What is known of one file. Content is kept as a hash.
struct NodeFacts {
  ::mode_t mode = 0;  ///< type and permissions
  std::uint64_t size = 0;
  std::uint64_t content_hash = 0;
  std::string link_target;  ///< of a symlink
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  ::uid_t uid = 0;
  ::gid_t gid = 0;
  ::dev_t device = 0;           ///< of a device node
  std::string first_link;       ///< of a file with several names: the first of them in byte order
  std::uint64_t allocated = 0;  ///< bytes that it takes on disk
  std::map<std::string, std::string> xattrs;
};

/// By path below the root; the root itself is "".
using TreeFacts = std::map<std::string, NodeFacts>;

/// Never follows a symlink.
[[nodiscard]] TreeFacts read_tree(const std::string& root);

/// What an archive format, and the tools on both sides of it, keep.
struct Kept {
  /// Times may differ by less than this many nanoseconds; unset: not compared.
  std::optional<std::int64_t> time_step = 1;
  bool directory_times = true;
  bool symlink_times = true;
  bool modes = true;
  bool special_modes = true;  ///< setuid, setgid, sticky
  bool owners = false;
  bool hardlinks = true;
  bool holes = false;  ///< a file may take no more space than before
  bool xattrs = true;  ///< user.*
  bool acls = true;    ///< system.posix_acl_*
  bool fifos = true;
  bool devices = false;
  bool decomposed_names = true;            ///< libarchive composes accents
  bool fractions_before_the_epoch = true;  ///< libarchive takes them for those of the next second
  bool root_itself = false;                ///< the metadata of the folder at the top
};

/// One line for each difference; empty where the trees are equal as far as `kept` goes.
[[nodiscard]] std::vector<std::string> tree_differences(const TreeFacts& expected,
                                                        const TreeFacts& found, const Kept& kept);

/// The first few differences as text for a failure message.
[[nodiscard]] std::string joined(const std::vector<std::string>& lines, std::size_t most = 12);

/// A temporary folder that can be removed whatever the modes of the folders in it.
class TreeFolder : public TempFolder {
 public:
  explicit TreeFolder(On where = On::kMemory) : TempFolder(where) {}
  TreeFolder(const TreeFolder&) = delete;
  TreeFolder& operator=(const TreeFolder&) = delete;
  TreeFolder(TreeFolder&&) = delete;
  TreeFolder& operator=(TreeFolder&&) = delete;
  ~TreeFolder();
};

/// A file with runs of data between holes: `runs` of them, `run` bytes each, `gap` bytes apart; it
/// begins with a hole where `hole_first` and ends with one where `hole_last`.
struct SparseShape {
  std::size_t runs = 1;
  std::size_t run = 4096;
  std::size_t gap = 65536;
  bool hole_first = true;
  bool hole_last = true;
};
void write_sparse_file(const std::string& path, const SparseShape& shape);

/// The kernel's form of an access list: the owner, one named user, the group, the mask, the others.
[[nodiscard]] std::string acl_value(unsigned user, unsigned permissions);

}  // namespace kompakt::testing
