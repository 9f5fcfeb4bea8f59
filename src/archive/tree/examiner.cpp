#include "archive/tree/examiner.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>
#include <utility>

namespace kompakt {
namespace {

// What the kernel gives at most: XATTR_LIST_MAX and XATTR_SIZE_MAX.
constexpr std::size_t kMaxXattrBytes = 65'536;
// Tried first: the kernel allocates as much as it is offered, which costs more than the rest of the
// call.
constexpr std::size_t kUsualXattrBytes = 256;
// A file with more holes than this is stored as if it had none: its map would be worth more than
// the holes.
constexpr std::size_t kMaxDataRuns = std::size_t{1} << 20U;
constexpr std::size_t kMaxNameBuffer = std::size_t{1} << 20U;

std::optional<EntryType> type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return EntryType::kFile;
    case S_IFDIR:
      return EntryType::kDirectory;
    case S_IFLNK:
      return EntryType::kSymlink;
    case S_IFIFO:
      return EntryType::kFifo;
    case S_IFCHR:
      return EntryType::kCharDevice;
    case S_IFBLK:
      return EntryType::kBlockDevice;
    default:
      return std::nullopt;
  }
}

Entry::Time time_of(const timespec& time) {
  return {.seconds = time.tv_sec, .nanoseconds = static_cast<std::uint32_t>(time.tv_nsec)};
}

/// Calls getpwuid_r() or getgrgid_r() with a buffer that is large enough.
template <typename Record, typename LookUp>
std::string look_up_name(LookUp look_up, char* Record::*name) {
  std::vector<char> buffer(1024);
  for (;;) {
    Record record{};
    Record* found = nullptr;
    const int error = look_up(&record, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kMaxNameBuffer) {
      buffer.resize(buffer.size() * 4);
    } else if (error != EINTR) {
      return error == 0 && found != nullptr ? std::string(record.*name) : std::string();
    }
  }
}

/// Attributes of the system's own besides access control lists are other views of what is kept
/// anyway.
bool is_kept(std::string_view name) {
  return !name.starts_with("system.") || name.starts_with("system.posix_acl_");
}

}  // namespace

Examiner::Examiner(const System& system, Options options)
    : system_(system), options_(options), names_(kMaxXattrBytes) {}

bool Examiner::describe(const struct stat& status, Entry& entry) {
  const auto type = type_of(status.st_mode);
  if (!type) {
    return false;
  }
  entry.type = *type;
  entry.size = *type == EntryType::kFile ? static_cast<std::uint64_t>(status.st_size) : 0;
  entry.mode = status.st_mode & 07777U;
  entry.modified = time_of(status.st_mtim);
  entry.accessed = time_of(status.st_atim);
  entry.owner = Entry::Owner{.uid = status.st_uid, .gid = status.st_gid};
  if (options_.owner_names) {
    entry.user = user_name(status.st_uid);
    entry.group = group_name(status.st_gid);
  }
  if (*type == EntryType::kCharDevice || *type == EntryType::kBlockDevice) {
    entry.device_major = major(status.st_rdev);
    entry.device_minor = minor(status.st_rdev);
  }
  return true;
}

void Examiner::read_xattrs(int dir_fd, const char* path, std::uint64_t device, Entry& entry) {
  if (!options_.xattrs || without_xattrs_.contains(device)) {
    return;
  }
  ssize_t listed = system_.list_xattrs(dir_fd, path, names_.data(), kUsualXattrBytes);
  if (listed == -ERANGE) {
    listed = system_.list_xattrs(dir_fd, path, names_.data(), names_.size());
  }
  if (listed == -EOPNOTSUPP || listed == -ENOSYS) {
    without_xattrs_.insert(device);
  }
  std::string_view rest(names_.data(), listed > 0 ? static_cast<std::size_t>(listed) : 0);
  while (!rest.empty()) {
    const std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (!is_kept(name)) {
      continue;
    }
    value_.resize(kMaxXattrBytes);
    const ssize_t got = system_.get_xattr(dir_fd, path, name.c_str(), value_.data(), value_.size());
    if (got >= 0) {
      entry.xattrs.emplace_back(name, value_.substr(0, static_cast<std::size_t>(got)));
    }
  }
}

Status Examiner::read_link(int dir_fd, const char* path, Entry& entry) {
  std::string& target = entry.link_target;
  for (std::size_t room = 256; room <= std::size_t{16} * PATH_MAX; room *= 4) {
    target.resize(room);
    const ssize_t got = system_.read_link(dir_fd, path, target.data(), room);
    if (got < 0) {
      return system_error("cannot read the symlink", got);
    }
    if (static_cast<std::size_t>(got) < room) {
      target.resize(static_cast<std::size_t>(got));
      return {};
    }
  }
  return {Code::kUnsupported, "the symlink is too long"};
}

bool Examiner::may_have_holes(const struct stat& status) const {
  // Only a file with fewer blocks than its size takes can have holes worth keeping.
  return options_.sparse && status.st_size > 0 &&
         static_cast<std::uint64_t>(status.st_blocks) * 512 <
             static_cast<std::uint64_t>(status.st_size);
}

void Examiner::find_holes(int fd, const struct stat& status, Entry& entry) {
  if (!may_have_holes(status)) {
    return;
  }
  auto runs = data_runs(fd, status.st_size);
  static_cast<void>(system_.lseek(fd, 0, SEEK_SET));
  const bool all_data = runs && runs->size() == 1 && (*runs)[0].length == entry.size;
  if (!all_data) {
    entry.data_runs = std::move(runs);
  }
}

/// nullopt where the file system does not know, or the file is changing.
std::optional<std::vector<Extent>> Examiner::data_runs(int fd, off_t size) const {
  std::vector<Extent> runs;
  for (off_t at = 0; at < size;) {
    const off_t data = system_.lseek(fd, at, SEEK_DATA);
    if (data == -ENXIO) {
      break;  // a hole up to the end
    }
    const off_t hole = data < at ? data : system_.lseek(fd, data, SEEK_HOLE);
    if (hole <= data || data < at || runs.size() == kMaxDataRuns) {
      return std::nullopt;
    }
    const off_t end = std::min<off_t>(hole, size);
    if (data < end) {
      runs.push_back({.offset = static_cast<std::uint64_t>(data),
                      .length = static_cast<std::uint64_t>(end - data),
                      .hole = false});
    }
    at = hole;
  }
  return runs;
}

const std::string& Examiner::user_name(std::uint32_t uid) {
  const auto [at, added] = users_.try_emplace(uid);
  if (added) {
    at->second = look_up_name<passwd>(
        [uid](auto... arguments) { return ::getpwuid_r(uid, arguments...); }, &passwd::pw_name);
  }
  return at->second;
}

const std::string& Examiner::group_name(std::uint32_t gid) {
  const auto [at, added] = groups_.try_emplace(gid);
  if (added) {
    at->second = look_up_name<group>(
        [gid](auto... arguments) { return ::getgrgid_r(gid, arguments...); }, &group::gr_name);
  }
  return at->second;
}

}  // namespace kompakt
