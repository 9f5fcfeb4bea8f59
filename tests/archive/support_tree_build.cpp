#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "core/endian.hpp"
#include "support/tree.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

void write_bytes(const std::string& path, const Bytes& bytes) {
  write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void make_folder(const std::string& path) { EXPECT_EQ(::mkdir(path.c_str(), 0755), 0) << path; }

/// Failure is fine: not every file system has attributes.
void try_xattr(const std::string& path, const char* name, const std::string& value) {
  (void)::lsetxattr(path.c_str(), name, value.data(), value.size(), 0);
}

void set_time(const std::string& path, std::int64_t seconds, long nanoseconds) {
  const timespec time{.tv_sec = seconds, .tv_nsec = nanoseconds};
  const timespec both[2] = {time, time};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), both, AT_SYMLINK_NOFOLLOW), 0) << path;
}

void add_sizes(const std::string& root, const TreeSpec& spec) {
  const std::string folder = root + "/sizes";
  make_folder(folder);
  for (const std::size_t size : {0U, 1U, 2U, 511U, 512U, 513U, 4095U, 4096U, 4097U, 10240U, 65535U,
                                 65536U, 65537U, 1048575U, 1048577U}) {
    if (size <= spec.large) {
      write_bytes(folder + "/" + std::to_string(size), text_bytes(size, size + 1));
    }
  }
  write_bytes(folder + "/random", random_bytes(std::min<std::size_t>(spec.large / 4, 200'000)));
  write_bytes(folder + "/records", record_bytes(std::min<std::size_t>(spec.large / 4, 300'000)));
  Bytes large = text_bytes(spec.large / 2);
  const Bytes noise = random_bytes(spec.large - large.size(), 9);
  large.insert(large.end(), noise.begin(), noise.end());
  write_bytes(folder + "/large", large);
  make_folder(root + "/many");
  for (std::size_t i = 0; i < spec.small_files; ++i) {
    const std::string sub = root + "/many/" + std::to_string(i % 7);
    (void)::mkdir(sub.c_str(), 0755);
    write_bytes(sub + "/file" + std::to_string(i) + ".txt", text_bytes(17 * i, i));
  }
}

void add_names(const std::string& root, const TreeSpec& spec) {
  const std::string folder = root + "/names";
  make_folder(folder);
  std::vector<std::string> names = {"with space",
                                    " leading",
                                    ".hidden",
                                    "-dash",
                                    "a.b.c",
                                    "UPPER",
                                    "caf\xC3\xA9",
                                    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
                                    "\xF0\x9F\x98\x80",
                                    "#hash",
                                    "percent%20",
                                    "semi;colon",
                                    "dollar$"};
  if (spec.decomposed_names) {
    names.emplace_back("cafe\xCC\x81");
  }
  if (spec.hostile_names) {
    for (const char* name :
         {"line\nend", "back\\slash", "quote'", "double\"", "star*", "what?", "[class]",
          "tab\there", "\xFF\xFE no utf-8", "latin-\xE9", "trailing ", "trailing."}) {
      names.emplace_back(name);
    }
  }
  for (const auto& name : names) {
    write_file(folder + "/" + name, "the file " + name);
  }
  make_folder(folder + "/empty folder");
  make_folder(folder + "/Ordner-\xC3\xBC");
  write_file(folder + "/Ordner-\xC3\xBC/x", "x");
  if (!spec.long_paths) {
    return;
  }
  for (const std::size_t length : {99U, 100U, 101U, 155U, 156U, 255U}) {
    write_file(folder + "/" + std::string(length, 'n'), std::to_string(length));
  }
  std::string deep = folder;
  for (int level = 0; level < 12; ++level) {
    deep += "/" + std::string(90, static_cast<char>('a' + level));
    make_folder(deep);
  }
  write_file(deep + "/bottom", "deep");
  std::string narrow = folder + "/d";
  make_folder(narrow);
  for (int level = 0; level < 100; ++level) {
    narrow += "/d";
    make_folder(narrow);
  }
  write_file(narrow + "/bottom", "deeper");
}

void add_links(const std::string& root, const TreeSpec& spec) {
  const std::string folder = root + "/links";
  make_folder(folder);
  make_folder(folder + "/sub");
  write_file(folder + "/target", "what links lead to");
  if (spec.symlinks) {
    const std::pair<std::string, std::string> links[] = {
        {"to-file", "target"},
        {"to-folder", "sub"},
        {"sub/up", "../target"},
        {"sub/to-sizes", "../../sizes/1"},
        {"dangling", "nothing-here"},
        {"non-ascii-\xC3\xA4", "caf\xC3\xA9"},
        {"long-target", std::string(120, 'p') + "/" + std::string(100, 'q')},
    };
    for (const auto& [name, target] : links) {
      EXPECT_EQ(::symlink(target.c_str(), (folder + "/" + name).c_str()), 0) << name;
    }
  }
  if (spec.hardlinks) {
    write_bytes(folder + "/hard-1", text_bytes(70'000, 5));
    write_file(folder + "/empty-1", "");
    for (const auto& [from, to] :
         {std::pair{"/hard-1", "/hard-2"}, std::pair{"/hard-1", "/sub/hard-3"},
          std::pair{"/empty-1", "/empty-2"}}) {
      EXPECT_EQ(::link((folder + from).c_str(), (folder + to).c_str()), 0) << to;
    }
  }
}

void add_sparse(const std::string& root) {
  const std::string folder = root + "/sparse";
  make_folder(folder);
  write_sparse_file(folder + "/middle", {.runs = 2, .hole_first = false, .hole_last = false});
  write_sparse_file(folder + "/both-ends", {.runs = 1, .gap = 1U << 20U});
  write_sparse_file(folder + "/many-runs", {.runs = 60, .gap = 12288});
  write_sparse_file(folder + "/only-hole", {.runs = 0, .gap = 3U << 20U});
  write_sparse_file(folder + "/odd-end", {.runs = 3, .run = 5000, .hole_last = false});
}

void add_attributes(const std::string& root, const TreeSpec& spec) {
  const std::string folder = root + "/attributes";
  make_folder(folder);
  make_folder(folder + "/inherits");
  for (const char* name : {"/text", "/binary", "/big", "/several", "/acl", "/acl-and-attribute"}) {
    write_file(folder + name, name);
  }
  if (spec.xattrs) {
    try_xattr(folder + "/text", "user.comment", "plain text");
    try_xattr(folder + "/binary", "user.bytes", std::string("\0\n=\xFF", 4));
    try_xattr(folder + "/big", "user.big", std::string(4000, 'v'));
    try_xattr(folder + "/several", "user.a", "1");
    try_xattr(folder + "/several", "user.b", "");
    try_xattr(folder + "/several", "user.c_d-e.f", "2");
    try_xattr(folder + "/acl-and-attribute", "user.c", "3");
    try_xattr(folder + "/inherits", "user.on-folder", "yes");
  }
  if (spec.acls) {
    try_xattr(folder + "/acl", "system.posix_acl_access", acl_value(1001, 7));
    try_xattr(folder + "/acl-and-attribute", "system.posix_acl_access", acl_value(1002, 4));
    try_xattr(folder + "/inherits", "system.posix_acl_access", acl_value(1003, 5));
    try_xattr(folder + "/inherits", "system.posix_acl_default", acl_value(1004, 6));
  }
}

void add_special(const std::string& root, const TreeSpec& spec) {
  const std::string folder = root + "/special";
  make_folder(folder);
  if (spec.fifos) {
    EXPECT_EQ(::mkfifo((folder + "/fifo").c_str(), 0640), 0);
  }
  if (::geteuid() != 0) {
    return;
  }
  if (spec.devices) {
    (void)::mknod((folder + "/char").c_str(), S_IFCHR | 0620, ::makedev(1, 3));
    (void)::mknod((folder + "/block").c_str(), S_IFBLK | 0660, ::makedev(7, 300));
  }
  if (spec.owners) {
    int number = 0;
    for (const auto& [uid, gid] :
         {std::pair{1234U, 5678U}, std::pair{4'000'000U, 3'000'000U}, std::pair{65534U, 0U}}) {
      const std::string path = folder + "/owned-" + std::to_string(++number);
      write_file(path, path);
      (void)::lchown(path.c_str(), uid, gid);
    }
  }
}

void set_modes(const std::string& root, const TreeSpec& spec) {
  const std::string folder = root + "/modes";
  make_folder(folder);
  std::vector<::mode_t> modes = {0400, 0444, 0600, 0640, 0644, 0700, 0755, 0777, 0711};
  if (spec.special_modes) {
    for (const ::mode_t mode : {04755U, 02755U, 06711U, 01644U}) {
      modes.push_back(mode);
    }
  }
  for (const auto mode : modes) {
    const std::string path = folder + "/file-" + std::to_string(mode);
    write_file(path, path);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  }
  std::vector<::mode_t> folder_modes = {0755, 0700, 0555};
  if (spec.special_modes) {
    folder_modes.push_back(01777);
    folder_modes.push_back(02775);
  }
  for (const auto mode : folder_modes) {
    const std::string path = folder + "/folder-" + std::to_string(mode);
    make_folder(path);
    write_file(path + "/inside", path);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  }
}

/// Deepest first, so that no time of a folder changes after it was set.
void set_times(const std::string& root, const TreeSpec& spec) {
  std::vector<std::string> paths;
  for (const auto& found : std::filesystem::recursive_directory_iterator(root)) {
    paths.push_back(found.path().string());
  }
  std::sort(paths.begin(), paths.end());
  Random random(4);
  for (const auto& path : paths) {
    const auto seconds = static_cast<std::int64_t>(1'000'000'000 + random.below(700'000'000));
    set_time(path, seconds, static_cast<long>(random.below(1'000'000'000)));
  }
  if (!spec.extreme_times) {
    return;
  }
  set_time(root + "/sizes/1", 0, 0);
  set_time(root + "/sizes/2", -1'000'000'000, 250'000'000);
  set_time(root + "/sizes/511", 2'208'988'800, 999'999'999);
  set_time(root + "/sizes/512", 1'700'000'000, 1);
  set_time(root + "/sizes/513", -1, 500'000'000);
}

}  // namespace

std::string acl_value(unsigned user, unsigned permissions) {
  struct Line {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
  };
  constexpr std::uint32_t kNobody = 0xFFFFFFFFU;
  const Line lines[] = {{0x01, 6, kNobody},
                        {0x02, static_cast<std::uint16_t>(permissions), user},
                        {0x04, 4, kNobody},
                        {0x10, 7, kNobody},
                        {0x20, 4, kNobody}};
  Bytes bytes(4 + 8 * std::size(lines));
  store_le<std::uint32_t>(bytes, 2);
  std::size_t at = 4;
  for (const auto& line : lines) {
    const MutableByteSpan place = MutableByteSpan(bytes).subspan(at, 8);
    store_le(place, line.tag);
    store_le(place.subspan(2), line.permissions);
    store_le(place.subspan(4), line.id);
    at += 8;
  }
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_sparse_file(const std::string& path, const SparseShape& shape) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  ASSERT_GE(fd, 0) << path;
  std::size_t at = shape.hole_first ? shape.gap : 0;
  for (std::size_t i = 0; i < shape.runs; ++i) {
    const Bytes data = text_bytes(shape.run, i + 1);
    EXPECT_EQ(::pwrite(fd, data.data(), data.size(), static_cast<::off_t>(at)),
              static_cast<::ssize_t>(data.size()));
    at += shape.run + (i + 1 < shape.runs || shape.hole_last ? shape.gap : 0);
  }
  EXPECT_EQ(::ftruncate(fd, static_cast<::off_t>(at)), 0);
  EXPECT_EQ(::close(fd), 0);
}

void build_tree(const std::string& root, const TreeSpec& spec) {
  add_sizes(root, spec);
  add_names(root, spec);
  add_links(root, spec);
  if (spec.sparse) {
    add_sparse(root);
  }
  add_attributes(root, spec);
  add_special(root, spec);
  set_modes(root, spec);
  set_times(root, spec);
}

}  // namespace kompakt::testing
