// What a walk gives of a tree: every kind of file, once, in a fixed order, whatever happens to the
// tree meanwhile.
#include "archive/tree/tree_walk.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checksum/hasher.hpp"
#include "support/tree.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::On;
using testing::TempFolder;
using testing::TreeFolder;
using testing::write_file;

/// Everything that a walk gave.
struct Walked {
  std::vector<WalkedEntry> entries;
  std::vector<Status> warnings;
  std::map<std::string, std::string> contents;

  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> out;
    for (const auto& each : entries) {
      out.push_back(each.entry.path);
    }
    return out;
  }
  [[nodiscard]] const Entry& at(const std::string& path) const {
    for (const auto& each : entries) {
      if (each.entry.path == path) {
        return each.entry;
      }
    }
    throw std::runtime_error("no entry " + path);
  }
};

std::string content_of(TreeWalk& walk, const WalkedEntry& walked) {
  auto fd = walk.open_current();
  EXPECT_TRUE(fd.ok()) << walked.real_path << ": " << fd.status().to_string();
  if (!fd.ok()) {
    return "";
  }
  std::vector<std::byte> bytes(walked.entry.size);
  bool changed = false;
  EXPECT_TRUE(read_exactly(real_system(), fd->get(), 0, bytes, &changed).ok());
  EXPECT_FALSE(changed);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Walked walk_all(const TreeSelection& selection, WalkOptions options = {},
                const System& system = real_system(), bool read = false) {
  Walked out;
  options.on_warning = [&](const Status& warning) { out.warnings.push_back(warning); };
  auto walk = TreeWalk::open(system, selection, options);
  EXPECT_TRUE(walk.ok()) << walk.status().to_string();
  if (!walk.ok()) {
    return out;
  }
  for (;;) {
    WalkedEntry entry;
    const auto more = (*walk)->next(entry);
    EXPECT_TRUE(more.ok()) << more.status().to_string();
    if (!more.ok() || !*more) {
      return out;
    }
    if (read && entry.entry.type == EntryType::kFile) {
      out.contents[entry.entry.path] = content_of(**walk, entry);
    }
    out.entries.push_back(std::move(entry));
  }
}

TreeSelection select(const std::string& base, std::vector<std::string> paths = {"."}) {
  TreeSelection selection;
  selection.base = base;
  selection.paths = std::move(paths);
  return selection;
}

void make_folder(const std::string& path) { ASSERT_EQ(::mkdir(path.c_str(), 0755), 0) << path; }

using Names = std::vector<std::string>;

EntryType type_of(mode_t mode) {
  return S_ISREG(mode)    ? EntryType::kFile
         : S_ISDIR(mode)  ? EntryType::kDirectory
         : S_ISLNK(mode)  ? EntryType::kSymlink
         : S_ISFIFO(mode) ? EntryType::kFifo
         : S_ISCHR(mode)  ? EntryType::kCharDevice
                          : EntryType::kBlockDevice;
}

void expect_same(const Entry& entry, const testing::NodeFacts& facts) {
  SCOPED_TRACE(entry.path);
  const bool hardlink = entry.type == EntryType::kHardlink;
  if (!hardlink) {
    EXPECT_EQ(entry.type, type_of(facts.mode));
    EXPECT_EQ((std::map<std::string, std::string>(entry.xattrs.begin(), entry.xattrs.end())),
              facts.xattrs);
  }
  EXPECT_EQ(entry.mode, facts.mode & 07777U);
  EXPECT_EQ(entry.size, entry.type == EntryType::kFile ? facts.size : 0);
  EXPECT_EQ(entry.modified->seconds, facts.seconds);
  EXPECT_EQ(entry.modified->nanoseconds, facts.nanoseconds);
  EXPECT_EQ(entry.owner->uid, facts.uid);
  EXPECT_EQ(entry.owner->gid, facts.gid);
  EXPECT_EQ(entry.link_target, hardlink ? facts.first_link : facts.link_target);
}

void expect_whole_tree(bool open_files) {
  const TreeFolder folder;
  const std::string top = folder / "top";
  make_folder(top);
  testing::build_tree(top, {.large = 300'000});
  const auto facts = testing::read_tree(top);
  WalkOptions options;
  options.open_files = open_files;
  const Walked walked = walk_all(select(top), options, real_system(), true);
  EXPECT_TRUE(walked.warnings.empty()) << walked.warnings.front().to_string();
  EXPECT_EQ(walked.entries.size(), facts.size() - 1);
  std::set<std::string> given{""};
  for (const auto& [entry, real_path, device, inode] : walked.entries) {
    const auto fact = facts.find(entry.path);
    ASSERT_NE(fact, facts.end()) << entry.path;
    expect_same(entry, fact->second);
    const auto slash = entry.path.rfind('/');
    EXPECT_TRUE(given.contains(slash == std::string::npos ? "" : entry.path.substr(0, slash)));
    EXPECT_TRUE(given.insert(entry.path).second) << entry.path;
    if (entry.type == EntryType::kFile) {
      EXPECT_EQ(walked.contents.at(entry.path), testing::read_file(real_path));
    }
  }
}

TEST(TreeWalk, GivesEveryKindOfFileWithAllThatIsKnownOfIt) { expect_whole_tree(true); }
TEST(TreeWalk, GivesTheSameWhereFilesAreOpenedLater) { expect_whole_tree(false); }

TEST(TreeWalk, FindsTheDataOfSparseFiles) {
  const TreeFolder folder;
  testing::write_sparse_file(folder / "sparse", {.runs = 3, .run = 8192, .gap = 1 << 18U});
  ASSERT_EQ(::truncate((folder / "sparse").c_str(), 4 << 20U), 0);
  const int fd = ::open((folder / "hole").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::ftruncate(fd, 1 << 20U), 0);
  ::close(fd);
  write_file(folder / "full", std::string(100'000, 'x'));
  const Walked walked = walk_all(select(folder.path()));
  EXPECT_FALSE(walked.at("full").data_runs.has_value());
  ASSERT_TRUE(walked.at("hole").data_runs.has_value());
  EXPECT_TRUE(walked.at("hole").data_runs->empty());
  const Entry& sparse = walked.at("sparse");
  ASSERT_TRUE(sparse.data_runs.has_value());
  EXPECT_EQ(sparse.data_runs->size(), 3U);
  // Whatever lies outside the runs must be zeros.
  std::string content = testing::read_file(folder / "sparse");
  ASSERT_EQ(content.size(), sparse.size);
  std::uint64_t data = 0;
  for (const Extent& run : *sparse.data_runs) {
    EXPECT_FALSE(run.hole);
    data += run.length;
    std::fill_n(content.begin() + static_cast<long>(run.offset), run.length, '\0');
  }
  EXPECT_EQ(content.find_first_not_of('\0'), std::string::npos);
  EXPECT_LT(data, 100'000U);
}

TEST(TreeWalk, OrdersNamesByBytesAndFoldersBeforeTheirContent) {
  const TempFolder folder;
  for (const char* name : {"b", "a.b", "a", "A"}) {
    make_folder(folder / name);
  }
  for (const char* name : {"a/\xff", "a/\xc3\xa9", "a/z", "a/\n", "a/Z"}) {
    write_file(folder / name, "x");
  }
  EXPECT_EQ(walk_all(select(folder.path())).paths(),
            (Names{"A", "a", "a/\n", "a/Z", "a/z", "a/\xc3\xa9", "a/\xff", "a.b", "b"}));
}

TEST(TreeWalk, GivesAMemberOnceHoweverOftenItsPathIsGiven) {
  const TempFolder folder;
  make_folder(folder / "a");
  make_folder(folder / "a/b");
  write_file(folder / "a/b/c", "c");
  write_file(folder / "a/d", "d");
  const auto names = [&](std::vector<std::string> paths) {
    return walk_all(select(folder.path(), std::move(paths))).paths();
  };
  EXPECT_EQ(names({"a", "a/b", "./a//b/c", "a/"}), (Names{"a", "a/b", "a/b/c", "a/d"}));
  EXPECT_EQ(names({"a/b", "a"}), (Names{"a/b", "a/b/c", "a", "a/d"}));
  EXPECT_EQ(names({"a/d", "a/d"}), (Names{"a/d"}));
  EXPECT_EQ(names({"a/b", "."}), (Names{"a/b", "a/b/c", "a", "a/d"}));
  EXPECT_EQ(names({".", "a/b"}), (Names{"a", "a/b", "a/b/c", "a/d"}));
  EXPECT_EQ(names({"a/b/.."}), (Names{"b", "b/c", "d"}));
  EXPECT_EQ(names({"a/./b/"}), (Names{"a/b", "a/b/c"}));
}

TEST(TreeWalk, LeavesSlashesAndParentsOutOfNamesWithOneWarning) {
  const TempFolder folder;
  make_folder(folder / "a");
  make_folder(folder / "b");
  write_file(folder / "a/x", "x");
  const Walked absolute = walk_all(select(".", {folder / "a", folder / "b"}));
  EXPECT_EQ(absolute.paths(), (Names{(folder / "a").substr(1), (folder / "a/x").substr(1),
                                     (folder / "b").substr(1)}));
  EXPECT_EQ(absolute.warnings.size(), 1U);
  EXPECT_EQ(absolute.entries[1].real_path, folder / "a/x");
  const Walked parent = walk_all(select(folder / "b", {"../a"}));
  EXPECT_EQ(parent.paths(), (Names{"a", "a/x"}));
  EXPECT_EQ(parent.warnings.size(), 1U);
}

TEST(TreeWalk, RefusesPathsThatAreMissingEmptyOrClash) {
  const TempFolder folder;
  make_folder(folder / "a");
  make_folder(folder / "a/a");
  const auto code = [&](const std::string& base, std::vector<std::string> paths) {
    return TreeWalk::open(real_system(), select(base, std::move(paths)), {}).status().code();
  };
  EXPECT_EQ(code(folder.path(), {"a", "missing"}), Code::kIo);
  EXPECT_EQ(code(folder.path(), {""}), Code::kInvalidArgument);
  EXPECT_EQ(code(folder.path(), {std::string("a\0b", 3)}), Code::kInvalidArgument);
  EXPECT_EQ(code(folder / "missing", {"."}), Code::kIo);
  EXPECT_EQ(code(folder / "a", {"a", "../a"}), Code::kInvalidArgument);
  EXPECT_EQ(code(folder / "a", {"../a", "a"}), Code::kInvalidArgument);
  EXPECT_EQ(code(folder / "a",
                 {"../a", "../../" + folder.path().substr(folder.path().rfind('/') + 1) + "/a"}),
            Code::kOk);
}

TEST(TreeWalk, DoesNotEnterWhatIsExcluded) {
  const TempFolder folder;
  for (const char* name : {"src", "src/node_modules", "src/node_modules/x", "docs"}) {
    make_folder(folder / name);
  }
  for (const char* name : {"src/m.c", "src/m.o", "src/node_modules/x/y.c", "docs/m.o"}) {
    write_file(folder / name, "x");
  }
  auto selection = select(folder.path());
  selection.exclude = {"node_modules", "/src/*.o"};
  EXPECT_EQ(walk_all(selection).paths(), (Names{"docs", "docs/m.o", "src", "src/m.c"}));
  selection.paths = {"src/node_modules/x", "docs"};
  EXPECT_EQ(walk_all(selection).paths(), (Names{"docs", "docs/m.o"}));
}

TEST(TreeWalk, WithIncludesGivesOnlyFoldersThatHoldSomething) {
  const TempFolder folder;
  for (const char* name : {"a", "a/b", "a/b/c", "a/e", "z", "z/keep"}) {
    make_folder(folder / name);
  }
  for (const char* name : {"a/b/c/m.c", "a/b/c/n.h", "a/e/x.o", "a/p.c", "z/q"}) {
    write_file(folder / name, "x");
  }
  auto selection = select(folder.path());
  selection.include = {"*.c", "keep"};
  const Walked walked = walk_all(selection, {}, real_system(), true);
  EXPECT_EQ(walked.paths(), (Names{"a", "a/b", "a/b/c", "a/b/c/m.c", "a/p.c", "z", "z/keep"}));
  EXPECT_EQ(walked.contents.size(), 2U);
  selection.paths = {"a/e", "a/p.c", "z/q"};
  EXPECT_EQ(walk_all(selection).paths(), (Names{"a/p.c"}));
  selection.exclude = {"p.*"};
  EXPECT_TRUE(walk_all(selection).entries.empty());
}

TEST(TreeWalk, WithoutRecursionGivesFoldersAlone) {
  const TempFolder folder;
  make_folder(folder / "a");
  write_file(folder / "a/x", "x");
  auto selection = select(folder.path(), {"a", "a/x"});
  selection.recurse = false;
  EXPECT_EQ(walk_all(selection).paths(), (Names{"a", "a/x"}));
}

TEST(TreeWalk, FollowsSymlinksButNoLoops) {
  const TempFolder folder;
  for (const char* name : {"1", "2", "3", "4"}) {
    make_folder(folder / name);
    write_file(folder / name + "/file", name);
  }
  const std::vector<std::pair<const char*, const char*>> links = {
      {"../2", "1/to"},          {"../3", "2/to"},          {"../4", "3/to"},  {"../1", "4/to"},
      {"nowhere", "4/dangling"}, {"../1/file", "4/linked"}, {"self", "4/self"}};
  for (const auto& [target, path] : links) {
    ASSERT_EQ(::symlink(target, (folder / path).c_str()), 0);
  }
  auto selection = select(folder.path(), {"1"});
  selection.follow_symlinks = true;
  const Walked walked = walk_all(selection, {}, real_system(), true);
  EXPECT_EQ(walked.paths(), (Names{"1", "1/file", "1/to", "1/to/file", "1/to/to", "1/to/to/file",
                                   "1/to/to/to", "1/to/to/to/file", "1/to/to/to/linked"}));
  EXPECT_EQ(walked.contents.at("1/to/to/to/linked"), "1");
  EXPECT_EQ(walked.warnings.size(), 3U);  // the loop, and two links that lead nowhere
  selection.follow_symlinks = false;
  EXPECT_EQ(walk_all(selection).paths(), (Names{"1", "1/file", "1/to"}));
  // A slash behind it makes it a folder, as everywhere.
  selection.paths = {"1/to/"};
  EXPECT_EQ(walk_all(selection).paths(), (Names{"1/to", "1/to/file", "1/to/to"}));
}

TEST(TreeWalk, LeavesOutSocketsAndWhatItIsToldToSkip) {
  const TempFolder folder;
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder / "socket";
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  write_file(folder / "archive", "x");
  write_file(folder / "file", "x");
  const struct stat archive = testing::stat_of(folder / "archive");
  WalkOptions options;
  options.skip = {{archive.st_dev, archive.st_ino}};
  const Walked walked = walk_all(select(folder.path()), options);
  ::close(listener);
  EXPECT_EQ(walked.paths(), (Names{"file"}));
  ASSERT_EQ(walked.warnings.size(), 1U);
  EXPECT_EQ(walked.warnings[0].file(), path);
}

/// Runs `body` as a user without rights, in a child; `body` returns whether all was well.
bool as_nobody(const std::function<bool()>& body) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    ::_exit(dropped && body() ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST(TreeWalk, GoesOnAfterWhatItMayNotRead) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs to be root in order to become somebody else";
  }
  const TempFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  for (const char* name : {"closed", "open", "unlisted"}) {
    make_folder(folder / name);
    write_file(folder / name + "/file", "x");
  }
  write_file(folder / "secret", "x");
  ASSERT_EQ(::chmod((folder / "closed").c_str(), 0700), 0);
  ASSERT_EQ(::chmod((folder / "unlisted").c_str(), 0744), 0);
  ASSERT_EQ(::chmod((folder / "secret").c_str(), 0600), 0);
  EXPECT_TRUE(as_nobody([&] {
    const Walked walked = walk_all(select(folder.path()), {}, real_system(), true);
    return walked.paths() == Names{"closed", "open", "open/file", "unlisted"} &&
           walked.warnings.size() == 3;
  }));
}

/// The real system, but for what happens to the tree at the moment a name is opened or examined.
class TreacherousSystem final : public System {
 public:
  std::function<void(const std::string& name)> before;
  std::map<std::string, dev_t> devices;  // of files by name, other than they are
  mutable int open_now = 0;
  mutable int most_open = 0;
  mutable std::map<std::string, int> calls;

  int open(int dir_fd, const char* path, int flags, mode_t mode) const override {
    happen("open", path);
    const int fd = System::open(dir_fd, path, flags, mode);
    open_now += fd >= 0 ? 1 : 0;
    most_open = std::max(most_open, open_now);
    last_opened_ = path;
    return fd;
  }
  int close(int fd) const override {
    ++calls["close"];
    --open_now;
    return System::close(fd);
  }
  int fstat(int fd, struct stat* out) const override {
    ++calls["fstat"];
    const int result = System::fstat(fd, out);
    pretend(last_opened_, out);
    return result;
  }
  int lstat(int dir_fd, const char* path, struct stat* out) const override {
    happen("lstat", path);
    const int result = System::lstat(dir_fd, path, out);
    pretend(path, out);
    return result;
  }
  ssize_t list_xattrs(int dir_fd, const char* path, char* buffer, std::size_t size) const override {
    ++calls["list_xattrs"];
    return xattr_error != 0 ? xattr_error : System::list_xattrs(dir_fd, path, buffer, size);
  }
  ssize_t read_directory(int fd, void* buffer, std::size_t size) const override {
    ++calls["read_directory"];
    return directory_error != 0 && calls["read_directory"] > 1
               ? directory_error
               : System::read_directory(fd, buffer, size);
  }
  int xattr_error = 0;
  int directory_error = 0;

 private:
  void happen(const char* call, const char* path) const {
    ++calls[call];
    if (before) {
      before(path);
    }
  }
  void pretend(const std::string& name, struct stat* out) const {
    if (const auto at = devices.find(name); at != devices.end()) {
      out->st_dev = at->second;
    }
  }
  mutable std::string last_opened_;
};

TEST(TreeWalk, SurvivesFilesThatVanishOrTurnIntoOthersMeanwhile) {
  const TempFolder folder;
  for (const char* name : {"a", "fifo", "folder", "gone", "link", "z"}) {
    write_file(folder / name, "content");
  }
  make_folder(folder / "tree");
  write_file(folder / "tree/inside", "x");
  TreacherousSystem system;
  system.before = [&](const std::string& name) {
    const std::string path = folder / name;
    if (name == "gone") {
      ::unlink(path.c_str());
    } else if (name == "link" || name == "tree") {
      std::filesystem::remove_all(path);
      (void)::symlink("/etc", path.c_str());
    } else if (name == "fifo") {
      ::unlink(path.c_str());
      ::mkfifo(path.c_str(), 0600);
    } else if (name == "folder") {
      ::unlink(path.c_str());
      ::mkdir(path.c_str(), 0700);
    }
  };
  const Walked walked = walk_all(select(folder.path()), {}, system, true);
  EXPECT_EQ(walked.paths(), (Names{"a", "fifo", "folder", "link", "tree", "z"}));
  EXPECT_EQ(walked.at("fifo").type, EntryType::kFifo);
  EXPECT_EQ(walked.at("folder").type, EntryType::kDirectory);
  EXPECT_EQ(walked.at("link").type, EntryType::kSymlink);
  EXPECT_EQ(walked.at("tree").type, EntryType::kSymlink);
  ASSERT_EQ(walked.warnings.size(), 1U);
  EXPECT_EQ(walked.warnings[0].file(), folder / "gone");
}

TEST(TreeWalk, OpensNoOtherFileThanItExamined) {
  const TempFolder folder;
  write_file(folder / "file", "content");
  write_file(folder / "other", "other");
  WalkOptions options;
  options.open_files = false;
  auto walk = TreeWalk::open(real_system(), select(folder.path()), options);
  ASSERT_TRUE(walk.ok());
  WalkedEntry entry;
  EXPECT_EQ((*walk)->open_current().status().code(), Code::kInvalidArgument);
  ASSERT_TRUE(*(*walk)->next(entry));
  ASSERT_TRUE(open_walked(real_system(), entry).ok());
  ASSERT_EQ(::rename((folder / "other").c_str(), (folder / "file").c_str()), 0);
  EXPECT_EQ((*walk)->open_current().status().code(), Code::kIo);
  EXPECT_EQ(open_walked(real_system(), entry).status().code(), Code::kIo);
}

TEST(TreeWalk, KeepsWhatItReadOfAFolderThatFails) {
  const TempFolder folder;
  write_file(folder / "file", "x");
  TreacherousSystem system;
  system.directory_error = -EIO;
  const Walked walked = walk_all(select(folder.path()), {}, system);
  EXPECT_EQ(walked.paths(), (Names{"file"}));
  EXPECT_EQ(walked.warnings.size(), 1U);
}

TEST(TreeWalk, NamesOfMembersNeverHaveDotsSlashesOrNothingInThem) {
  const TempFolder folder;
  make_folder(folder / "a");
  write_file(folder / "a/b", "x");
  for (const char* path : {".", "./", "a/..", "a/../a", "./a/./", "a//b", "a/../a/../a/b"}) {
    for (const auto& name : walk_all(select(folder.path(), {path})).paths()) {
      EXPECT_FALSE(name.empty() || name.starts_with('/') || name.ends_with('/')) << path;
      EXPECT_EQ(("/" + name + "/").find("/../"), std::string::npos) << path;
      EXPECT_EQ(("/" + name + "/").find("/./"), std::string::npos) << path;
      EXPECT_EQ(name.find("//"), std::string::npos) << path;
    }
  }
}

TEST(TreeWalk, StaysOnOneFileSystem) {
  const TempFolder folder;
  make_folder(folder / "mounted");
  write_file(folder / "mounted/inside", "x");
  write_file(folder / "bound", "x");
  write_file(folder / "file", "x");
  TreacherousSystem system;
  system.devices = {{"mounted", 12345}, {"bound", 12345}};
  auto selection = select(folder.path());
  selection.one_file_system = true;
  EXPECT_EQ(walk_all(selection, {}, system).paths(), (Names{"file", "mounted"}));
  selection.one_file_system = false;
  EXPECT_EQ(walk_all(selection, {}, system).paths(),
            (Names{"bound", "file", "mounted", "mounted/inside"}));
}

TEST(TreeWalk, MakesNoMoreCallsThanNeeded) {
  const TempFolder folder(On::kMemory);
  constexpr int kFiles = 500;
  for (int i = 0; i < kFiles; ++i) {
    write_file(folder / std::to_string(i), "x");
  }
  TreacherousSystem system;
  EXPECT_EQ(walk_all(select(folder.path()), {}, system, true).entries.size(), std::size_t{kFiles});
  constexpr int kForTheFolder = 8;
  for (const char* call : {"open", "fstat", "close", "list_xattrs"}) {
    EXPECT_LE(system.calls[call], kFiles + kForTheFolder) << call;
  }
  EXPECT_LE(system.calls["lstat"], kForTheFolder);
  TreacherousSystem without;
  without.xattr_error = -EOPNOTSUPP;
  EXPECT_EQ(walk_all(select(folder.path()), {}, without).entries.size(), std::size_t{kFiles});
  EXPECT_EQ(without.calls["list_xattrs"], 1);
}

TEST(TreeWalk, TenThousandLevelsNeedFewDescriptors) {
  constexpr int kLevels = 10'000;
  const TempFolder folder(On::kMemory);
  int at = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  for (int level = 0; level < kLevels; ++level) {
    ASSERT_EQ(::mkdirat(at, "d", 0700), 0);
    const int file = ::openat(at, "f", O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(file, 0);
    ASSERT_EQ(::write(file, "x", 1), 1);
    ::close(file);
    const int next = ::openat(at, "d", O_RDONLY | O_DIRECTORY);
    ::close(at);
    at = next;
  }
  ::close(at);
  TreacherousSystem system;
  {
    auto walk = TreeWalk::open(system, select(folder.path()), {});
    ASSERT_TRUE(walk.ok());
    std::size_t files = 0;
    std::size_t deepest = 0;
    WalkedEntry entry;
    WalkedEntry last_file;
    while (*(*walk)->next(entry)) {
      deepest = std::max(deepest, entry.entry.path.size());
      if (entry.entry.type == EntryType::kFile) {
        files += content_of(**walk, entry) == "x" ? 1 : 0;
        last_file = files == 1 ? entry : last_file;
      }
    }
    EXPECT_EQ(files, std::size_t{kLevels});
    EXPECT_EQ(deepest, 2U * kLevels - 1);
    // The file given first is the deepest one: its path is longer than any call takes.
    EXPECT_TRUE(open_walked(system, last_file).ok());
  }
  EXPECT_EQ(system.open_now, 0);
  EXPECT_LE(system.most_open, 80);
  // remove_all() of the standard library would hold a descriptor for each level.
  for (int level = 0; level < kLevels; ++level) {
    const std::string top = folder / "d";
    const std::string aside = folder / "aside";
    ::unlink((folder / "f").c_str());
    ::rename(top.c_str(), aside.c_str());
    ::rename((aside + "/d").c_str(), top.c_str());
    ::unlink((aside + "/f").c_str());
    ::rmdir(aside.c_str());
  }
}

TEST(TreeWalk, AFolderThatMovedWhileItWasBelowIsWarnedOf) {
  const TempFolder folder(On::kMemory);
  std::string path = folder / "top";
  make_folder(path);
  write_file(path + "/z", "x");
  for (int level = 0; level < 100; ++level) {
    path += "/d";
    make_folder(path);
  }
  write_file(path + "/last", "x");
  auto walk = TreeWalk::open(real_system(), select(folder.path()), {});
  ASSERT_TRUE(walk.ok());
  WalkedEntry entry;
  while (*(*walk)->next(entry) && !entry.entry.path.ends_with("/last")) {
  }
  // Folder number 50 goes elsewhere: what is above it can still be found by its names.
  std::string middle = folder / "top";
  for (int level = 0; level < 50; ++level) {
    middle += "/d";
  }
  ASSERT_EQ(::rename(middle.c_str(), (folder / "elsewhere").c_str()), 0);
  bool found = false;
  while (*(*walk)->next(entry)) {
    found = found || entry.entry.path == "top/z";
  }
  EXPECT_TRUE(found);
}

TEST(TreeWalk, ReadsZerosWhereAFileShrank) {
  const TempFolder folder;
  write_file(folder / "file", "abc");
  const int fd = ::open((folder / "file").c_str(), O_RDONLY);
  std::vector<std::byte> bytes(6, std::byte{0xFF});
  bool changed = false;
  EXPECT_TRUE(read_exactly(real_system(), fd, 1, bytes, &changed).ok());
  ::close(fd);
  EXPECT_TRUE(changed);
  EXPECT_EQ(bytes, testing::to_bytes({"bc\0\0\0\0", 6}));
  EXPECT_EQ(read_exactly(real_system(), fd, 0, bytes, &changed).code(), Code::kIo);
}

}  // namespace
}  // namespace kompakt
