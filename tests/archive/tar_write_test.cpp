// What the tar writer promises: everything a file has comes back, by our reader, by GNU tar and by
// bsdtar; and what those two write is read with the same outcome.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <map>

#include "archive/tar/posix_acl.hpp"
#include "archive/tar/tar_encode.hpp"
#include "archive/tar/tar_writer.hpp"
#include "archive/tree/tree_walk.hpp"
#include "format/stock_tools.hpp"
#include "tar_libarchive.hpp"

namespace {

using namespace kompakt;
using namespace kompakt::testing;

/// A walk over members that exist in memory only.
class ListedWalk final : public TreeWalk {
 public:
  struct Item {
    Entry entry;
    std::string content;
    bool unreadable = false;
  };
  explicit ListedWalk(std::vector<Item> items) : items_(std::move(items)) {}

  Result<bool> next(WalkedEntry& out) override {
    if (at_ == items_.size()) {
      return false;
    }
    out = {};
    out.entry = items_[at_].entry;
    out.real_path = out.entry.path;
    ++at_;
    return true;
  }
  Result<Descriptor> open_current() override {
    const Item& item = items_[at_ - 1];
    if (item.unreadable) {
      return Status(Code::kIo, "permission denied");
    }
    const int fd = ::memfd_create("content", MFD_CLOEXEC);
    EXPECT_EQ(::write(fd, item.content.data(), item.content.size()),
              static_cast<ssize_t>(item.content.size()));
    return Descriptor(real_system(), fd);
  }

 private:
  std::vector<Item> items_;
  std::size_t at_ = 0;
};

Entry file_entry(std::string path, std::uint64_t size) {
  Entry entry;
  entry.path = std::move(path);
  entry.size = size;
  entry.mode = 0644;
  entry.owner = Entry::Owner{.uid = 1, .gid = 2};
  return entry;
}

struct Written {
  std::string bytes;
  TarCounts counts;
  std::vector<std::string> warnings;
};

Written write(std::unique_ptr<TreeWalk> walk, TarWriteOptions options = {},
              std::size_t piece = 100'000) {
  Written out;
  options.on_warning = [&](const Status& status) { out.warnings.push_back(status.to_string()); };
  const auto source = make_tar_source(std::move(walk), options);
  std::string buffer(piece, '\0');
  for (;;) {
    const auto got = (*source)->read({reinterpret_cast<std::byte*>(buffer.data()), buffer.size()});
    EXPECT_TRUE(got.ok()) << got.status().to_string();
    out.bytes.append(buffer, 0, *got);
    if (*got < buffer.size()) {
      break;
    }
  }
  out.counts = (*source)->counts();
  EXPECT_EQ(out.counts.bytes, out.bytes.size());
  EXPECT_EQ(out.bytes.size() % 10240, 0U);
  return out;
}

Written write(std::vector<ListedWalk::Item> items, const TarWriteOptions& options = {},
              std::size_t piece = 100'000) {
  return write(std::make_unique<ListedWalk>(std::move(items)), options, piece);
}

Written write_tree(const std::string& base, const TarWriteOptions& options = {}) {
  TreeSelection selection;
  selection.base = base;
  selection.paths = {"tree"};
  WalkOptions walking;
  walking.on_warning = [](const Status& status) { ADD_FAILURE() << status.to_string(); };
  auto walk = TreeWalk::open(real_system(), selection, walking);
  EXPECT_TRUE(walk.ok()) << walk.status().to_string();
  return write(std::move(*walk), options);
}

/// All that a member must keep. Times of whole seconds where the format has no others.
std::string describe(const Member& member, bool nanoseconds) {
  const Entry& entry = member.entry;
  std::string out = std::string(entry_type_name(entry.type)) + " '" + entry.path + "' size " +
                    std::to_string(entry.size) + " mode " + std::to_string(entry.mode.value_or(0)) +
                    " owner " + std::to_string(entry.owner.value_or(Entry::Owner{}).uid) + ":" +
                    std::to_string(entry.owner.value_or(Entry::Owner{}).gid) + " time " +
                    std::to_string(entry.modified.value_or(Entry::Time{}).seconds);
  out +=
      nanoseconds ? "." + std::to_string(entry.modified.value_or(Entry::Time{}).nanoseconds) : "";
  out += " -> '" + entry.link_target + "' dev " + std::to_string(entry.device_major) + ":" +
         std::to_string(entry.device_minor);
  return out + " #" + std::to_string(std::hash<std::string>()(member.content));
}

std::map<std::string, std::string> by_name(const Listing& listing, bool nanoseconds = true) {
  std::map<std::string, std::string> out;
  for (const Member& member : listing.members) {
    out[member.entry.path] = describe(member, nanoseconds);
  }
  return out;
}

/// Without the file whose time is before 1970: libarchive 3.6 cuts the fraction of such times off
/// towards the wrong side, and its GNU format has no room for them.
std::map<std::string, std::string> for_bsdtar(std::map<std::string, std::string> members) {
  EXPECT_EQ(members.erase("tree/large"), 1U);
  return members;
}

const Member* find(const Listing& listing, std::string_view path) {
  for (const Member& member : listing.members) {
    if (member.entry.path == path) {
      return &member;
    }
  }
  return nullptr;
}

void set_time(const std::string& path, std::int64_t seconds, long nanoseconds) {
  const timespec times[2] = {{1000, 0}, {seconds, nanoseconds}};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
}

/// Every kind of file below base/tree; devices, owners and lists only where they can be made.
void make_tree(const TempFolder& base) {
  const std::string root = base / "tree";
  const std::string deep = root + "/" + std::string(120, 'd') + "/" + std::string(90, 'e');
  std::filesystem::create_directories(deep);
  write_file(root + "/empty", "");
  write_file(root + "/text", "some text\n");
  write_file(root + "/" + std::string(200, 'n'), "a long name");
  write_file(deep + "/deep", "a long path");
  write_file(root +
                 "/gr\xC3\xBC\xC3\x9F"
                 "e",
             "not ASCII");
  write_file(root + "/\xFF\xFE", "not UTF-8");
  write_file(root + "/new\nline", "a newline in a name");
  write_file(root + "/large", std::string(300'000, 'L'));
  write_file(root + "/setuid", "x");
  EXPECT_EQ(::chmod((root + "/setuid").c_str(), 06755), 0);
  std::filesystem::create_symlink("text", root + "/symlink");
  std::filesystem::create_symlink(std::string(250, 't'), root + "/long symlink");
  std::filesystem::create_hard_link(root + "/text", root + "/zz hardlink");
  EXPECT_EQ(::mkfifo((root + "/fifo").c_str(), 0600), 0);
  const int sparse = ::open((root + "/sparse").c_str(), O_RDWR | O_CREAT, 0600);
  EXPECT_EQ(::pwrite(sparse, "begin", 5, 0), 5);
  EXPECT_EQ(::pwrite(sparse, "middle", 6, 1 << 20), 6);
  EXPECT_EQ(::ftruncate(sparse, 3 << 20), 0);
  ::close(sparse);
  const int hole = ::open((root + "/hole").c_str(), O_RDWR | O_CREAT, 0600);
  EXPECT_EQ(::ftruncate(hole, 1 << 20), 0);
  ::close(hole);
  const std::string value("\0\n=\xFF", 4);
  static_cast<void>(
      ::setxattr((root + "/text").c_str(), "user.kompakt", value.data(), value.size(), 0));
  const auto acl = tar::acl_from_text("user::rw-,user:1234:r--,group::r--,mask::r--,other::---");
  static_cast<void>(
      ::setxattr((root + "/large").c_str(), tar::kAccessAcl, acl->data(), acl->size(), 0));
  if (::geteuid() == 0) {
    static_cast<void>(::mknod((root + "/null").c_str(), S_IFCHR | 0600, makedev(1, 3)));
    static_cast<void>(::mknod((root + "/block").c_str(), S_IFBLK | 0600, makedev(7, 99)));
    EXPECT_EQ(::lchown((root + "/empty").c_str(), 3'000'000, 70'000), 0);
  }
  set_time(root + "/empty", 1'500'000'000, 123'456'789);
  set_time(root + "/large", -5, 500'000'000);
  set_time(root + "/symlink", 1'400'000'000, 0);
}

Bytes run_in(const std::string& folder, std::vector<std::string> argv, ByteSpan input = {}) {
  argv.insert(argv.begin() + 1, {"-C", folder});
  int code = 0;
  Bytes out = run_tool(argv, input, &code);
  EXPECT_EQ(code, 0) << argv[0] << " " << argv[3];
  return out;
}

TEST(TarWrite, EveryKindOfFileComesBack) {
  const TempFolder base(On::kMemory);
  make_tree(base);
  const Written tar = write_tree(base.path());
  EXPECT_TRUE(tar.warnings.empty());
  const Listing got = read_tar(as_bytes(tar.bytes));
  ASSERT_TRUE(got.clean()) << got.damage.to_string();
  EXPECT_EQ(got.members.size(), tar.counts.entries);
  for (const Member& member : got.members) {
    const std::string real = base / member.entry.path;
    const struct stat status = stat_of(real);
    EXPECT_TRUE(member.status.ok());
    EXPECT_EQ(*member.entry.mode, status.st_mode & 07777U) << real;
    EXPECT_EQ(member.entry.owner->uid, status.st_uid) << real;
    EXPECT_EQ(
        *member.entry.modified,
        (Entry::Time{status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)}))
        << real;
    if (member.entry.type == EntryType::kFile) {
      EXPECT_EQ(member.content, read_file(real)) << real;
    }
  }
  ASSERT_NE(find(got, "tree/zz hardlink"), nullptr);
  EXPECT_EQ(find(got, "tree/zz hardlink")->entry.type, EntryType::kHardlink);
  EXPECT_EQ(find(got, "tree/zz hardlink")->entry.link_target, "tree/text");
  EXPECT_LT(tar.counts.read, 500'000U) << "holes were read";
  if (::getxattr((base / "tree/text").c_str(), "user.kompakt", nullptr, 0) == 4) {
    EXPECT_EQ(find(got, "tree/text")->entry.xattrs.at(0).second, std::string("\0\n=\xFF", 4));
  }
  char raw[256];
  const ssize_t size = ::getxattr((base / "tree/large").c_str(), tar::kAccessAcl, raw, sizeof(raw));
  if (size > 0) {
    EXPECT_EQ(find(got, "tree/large")->entry.xattrs.at(0).second,
              std::string(raw, static_cast<std::size_t>(size)));
  }
}

TEST(TarWrite, GnuTarAndBsdtarUnpackToTheSameTree) {
  const TempFolder base(On::kMemory);
  make_tree(base);
  const Written tar = write_tree(base.path());
  const auto before = by_name(read_tar(as_bytes(tar.bytes)));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"tar", "--xattrs", "--acls", "-xpf", "-"},
        std::vector<std::string>{"bsdtar", "-xpf", "-"}}) {
    if (!have_tool(command[0])) {
      continue;
    }
    const TempFolder out(On::kMemory);
    run_in(out.path(), command, as_bytes(tar.bytes));
    // What lies there now, as our own walk and reader see it.
    const Written again = write_tree(out.path());
    const auto after = by_name(read_tar(as_bytes(again.bytes)));
    if (command[0] == "bsdtar") {
      EXPECT_EQ(for_bsdtar(after), for_bsdtar(before));
    } else {
      EXPECT_EQ(after, before);
    }
    EXPECT_EQ(again.counts.read, tar.counts.read) << command[0] << " filled holes";
    char raw[256];
    EXPECT_EQ(::getxattr((base / "tree/large").c_str(), tar::kAccessAcl, raw, sizeof(raw)),
              ::getxattr((out / "tree/large").c_str(), tar::kAccessAcl, raw, sizeof(raw)))
        << command[0];
  }
}

TEST(TarWrite, WhatGnuTarAndBsdtarPackIsReadAsItIs) {
  const TempFolder base(On::kMemory);
  make_tree(base);
  const auto ours = read_tar(as_bytes(write_tree(base.path()).bytes));
  const std::vector<std::vector<std::string>> commands = {
      {"tar", "--format=gnu", "-cf", "-", "tree"},
      {"tar", "--format=gnu", "-S", "-cf", "-", "tree"},
      {"tar", "--format=oldgnu", "-S", "-cf", "-", "tree"},
      {"tar", "--format=posix", "--xattrs", "--acls", "-cf", "-", "tree"},
      {"tar", "--format=posix", "-S", "-cf", "-", "tree"},
      {"tar", "--format=posix", "-S", "--sparse-version=0.0", "-cf", "-", "tree"},
      {"tar", "--format=posix", "-S", "--sparse-version=0.1", "-cf", "-", "tree"},
      {"bsdtar", "--format=pax", "-cf", "-", "tree"},
      {"bsdtar", "--format=gnutar", "-cf", "-", "tree"},
  };
  for (const auto& command : commands) {
    if (!have_tool(command[0])) {
      continue;
    }
    const Bytes bytes = run_in(base.path(), command);
    const bool pax = command[1] == "--format=posix" || command[1] == "--format=pax";
    auto wanted = by_name(ours, pax);
    const Listing listing = read_tar(bytes);
    EXPECT_TRUE(listing.clean()) << command[1] << listing.damage.to_string();
    auto got = by_name(listing, pax);
    // Which of two names is the link depends on the order of reading.
    for (const char* const linked : {"tree/text", "tree/zz hardlink"}) {
      wanted.erase(linked);
      EXPECT_EQ(got.erase(linked), 1U);
    }
    if (command[0] == "bsdtar") {
      got = for_bsdtar(got);
      wanted = for_bsdtar(wanted);
    }
    EXPECT_EQ(got, wanted) << command[0] << " " << command[1] << " " << command[2];
  }
}

TEST(TarWrite, EveryFieldAtItsLimits) {
  std::vector<ListedWalk::Item> items;
  const auto add = [&](Entry entry) {
    items.push_back({.entry = std::move(entry), .content = {}});
  };
  for (const std::size_t size : {99U, 100U, 101U, 155U, 156U, 255U, 256U, 257U, 5000U}) {
    add(file_entry(std::string(size, 'f'), 0));
    Entry folder = file_entry(std::string(size - 1, 'g'), 0);
    folder.type = EntryType::kDirectory;
    add(folder);
    Entry link = file_entry("link" + std::to_string(size), 0);
    link.type = EntryType::kSymlink;
    link.link_target = std::string(size, 't');
    add(link);
    std::string path = std::string(size / 2, 'a') + "/" + std::string(size - size / 2 - 1, 'b');
    add(file_entry(path, 0));
    add(file_entry(std::string(size - 2, 'c') + "/d", 0));
  }
  for (const std::uint32_t id : {0U, 07777777U, 010000000U, UINT32_MAX}) {
    Entry entry = file_entry("id" + std::to_string(id), 0);
    entry.owner = Entry::Owner{.uid = id, .gid = id};
    entry.user = std::string(31 + id % 3, 'u');
    entry.group =
        "gr\xC3\xBC"
        "n";
    add(entry);
  }
  for (const std::int64_t seconds :
       {std::int64_t{0}, std::int64_t{077777777777}, std::int64_t{0100000000000}, std::int64_t{-1},
        std::int64_t{-9'000'000'000'000}}) {
    for (const std::uint32_t nanoseconds : {0U, 1U, 999'999'999U, 500'000'000U}) {
      Entry entry =
          file_entry("t" + std::to_string(seconds) + "." + std::to_string(nanoseconds), 0);
      entry.modified = Entry::Time{.seconds = seconds, .nanoseconds = nanoseconds};
      add(entry);
    }
  }
  Entry device = file_entry("device", 0);
  device.type = EntryType::kBlockDevice;
  device.device_major = 4095;
  device.device_minor = 1048575;
  add(device);
  const Written tar = write(items, {}, 777);
  const Listing got = read_tar(as_bytes(tar.bytes));
  ASSERT_TRUE(got.clean()) << got.damage.to_string();
  ASSERT_EQ(got.members.size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Entry wanted = items[i].entry;
    wanted.modified = wanted.modified.value_or(Entry::Time{});
    const Member& member = got.members[i];
    EXPECT_EQ(describe(Member{.entry = wanted, .header = 0, .status = {}, .content = {}}, true),
              describe(member, true));
    EXPECT_EQ(wanted.user, member.entry.user);
    EXPECT_EQ(wanted.group, member.entry.group);
  }
  if (const LibarchiveJudge judge; judge.available()) {
    const auto theirs = judge.read(as_bytes(tar.bytes));
    ASSERT_TRUE(theirs.has_value());
    EXPECT_TRUE(theirs->clean());
    EXPECT_EQ(theirs->names(), got.names());
  }
  if (have_tool("tar")) {
    run_tool({"tar", "-tf", "-"}, as_bytes(tar.bytes));
  }
}

TEST(TarWrite, SizesBeyondTheFieldAreTold) {
  for (const std::uint64_t size : {std::uint64_t{077777777777}, std::uint64_t{0100000000000},
                                   static_cast<std::uint64_t>(INT64_MAX)}) {
    std::string headers;
    tar::append_headers(file_entry("huge", size), {}, headers);
    const Listing got = read_tar(as_bytes(headers), {.content = false});
    ASSERT_EQ(got.members.size(), 1U);
    EXPECT_EQ(got.members[0].entry.size, size);
  }
}

TEST(TarWrite, FilesThatShrinkOrGrowKeepTheirAnnouncedSize) {
  const Written tar = write({{.entry = file_entry("shrunk", 1000), .content = "short"},
                             {.entry = file_entry("grown", 3), .content = "longer"},
                             {.entry = file_entry("after", 2), .content = "ok"}});
  EXPECT_EQ(tar.warnings.size(), 2U);
  const Listing got = read_tar(as_bytes(tar.bytes));
  ASSERT_TRUE(got.clean());
  std::string shrunk = "short";
  shrunk.resize(1000, '\0');
  EXPECT_EQ(got.members[0].content, shrunk);
  EXPECT_EQ(got.members[1].content, "lon");
  EXPECT_EQ(got.members[2].content, "ok");
}

TEST(TarWrite, FilesThatCannotBeOpenedAreLeftOutWithTheirOtherNames) {
  Entry link = file_entry("other name", 0);
  link.type = EntryType::kHardlink;
  link.link_target = "secret";
  const Written tar =
      write({{.entry = file_entry("secret", 10), .content = "0123456789", .unreadable = true},
             {.entry = link, .content = {}},
             {.entry = file_entry("public", 1), .content = "1"}});
  EXPECT_EQ(tar.warnings.size(), 2U);
  EXPECT_EQ(tar.counts.entries, 1U);
  EXPECT_EQ(read_tar(as_bytes(tar.bytes)).names(), std::vector<std::string>{"public"});
}

TEST(TarWrite, ReproducibleArchivesForgetWhoPackedThem) {
  const auto pack = [](std::uint32_t uid, const char* user, std::uint32_t nanoseconds) {
    Entry entry = file_entry("f", 1);
    entry.owner = Entry::Owner{.uid = uid, .gid = uid};
    entry.user = user;
    entry.group = user;
    entry.modified = Entry::Time{.seconds = 2000 + uid, .nanoseconds = nanoseconds};
    TarWriteOptions options;
    options.reproducible = true;
    options.epoch = 1000;
    return write({{.entry = entry, .content = "1"}}, options).bytes;
  };
  const std::string one = pack(1, "me", 5);
  EXPECT_EQ(one, pack(2000, "somebody else", 99));
  const Listing got = read_tar(as_bytes(one));
  EXPECT_EQ(*got.members[0].entry.modified, (Entry::Time{1000, 0}));
  EXPECT_EQ(got.members[0].entry.owner->uid, 0U);
  EXPECT_EQ(one.size(), 10240U);
}

}  // namespace
