#include "io/metadata.hpp"

#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>

namespace kompakt {
namespace {

constexpr const char* kAccessList = "system.posix_acl_access";

// Some network and removable file systems have no modes or times. Losing those is no reason to lose
// the data: the file just stays at mode 0600.
bool means_not_here(int error) { return error == EPERM || error == ENOSYS || error == EOPNOTSUPP; }

Status set_mode(int fd, mode_t mode) {
  return ::fchmod(fd, mode) == 0 || means_not_here(errno)
             ? Status()
             : system_error("cannot set the mode", -errno);
}

// Who was in the file's group may now be among the others and the other way round, so both get only
// what both had.
mode_t without_group(mode_t mode) {
  const mode_t common = (mode >> 3U) & mode & S_IRWXO;
  return (mode & ~static_cast<mode_t>(S_IRWXG | S_IRWXO)) | common | (common << 3U);
}

struct Ownership {
  bool owner_kept = true;
  bool group_kept = true;
};

Ownership apply_owner(int fd, const FileMetadata& metadata) {
  if (!metadata.has_owner) {
    return {.owner_kept = false, .group_kept = false};
  }
  if (::fchown(fd, metadata.uid, metadata.gid) == 0) {
    return {};
  }
  // A group that the user belongs to can be kept even where the owner cannot.
  return {.owner_kept = false,
          .group_kept = ::fchown(fd, static_cast<uid_t>(-1), metadata.gid) == 0};
}

// True unless a list of rights could not be carried over.
bool apply_xattrs(int fd, const FileMetadata& metadata, const Ownership& ownership) {
  bool rights_kept = true;
  bool has_list = false;
  for (const auto& [name, value] : metadata.xattrs) {
    if (name.starts_with("security.") &&
        (!ownership.owner_kept || name == "security.ima" || name == "security.evm")) {
      continue;  // capabilities go with the owner; the other two sign the bytes of another file
    }
    const bool is_rights = name.starts_with("system.");
    has_list = has_list || name == kAccessList;
    // A list speaks of "the group": without that group it would speak of another.
    const bool kept = (!is_rights || ownership.group_kept) &&
                      ::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0;
    rights_kept = rights_kept && (kept || !is_rights);
  }
  if (!has_list) {
    // The directory may have given the new file a list that the original never had. It sleeps while
    // the mode is 0600 and would wake with the group's bits.
    ::fremovexattr(fd, kAccessList);
  }
  return rights_kept;
}

}  // namespace

// Read from /proc, because umask() can only be read by changing it, which would give files that
// other threads create at that moment the wrong mode.
mode_t process_umask() {
  std::ifstream status("/proc/self/status");
  constexpr std::string_view kKey = "Umask:\t";
  for (std::string line; std::getline(status, line);) {
    unsigned mask = 0;
    if (line.starts_with(kKey) &&
        std::from_chars(line.data() + kKey.size(), line.data() + line.size(), mask, 8).ec ==
            std::errc()) {
      return mask;
    }
  }
  return 077;  // no /proc: what every umask in use allows
}

Result<FileMetadata> read_metadata(const System& system, int fd) {
  struct stat status {};
  if (const int result = system.fstat(fd, &status); result < 0) {
    return system_error("cannot examine", result);
  }
  FileMetadata metadata{.mode = status.st_mode & 07777U,
                        .has_owner = true,
                        .uid = status.st_uid,
                        .gid = status.st_gid,
                        .accessed = status.st_atim,
                        .modified = status.st_mtim,
                        .xattrs = {}};
  const ssize_t listed = ::flistxattr(fd, nullptr, 0);
  if (listed <= 0) {
    return metadata;
  }
  std::string names(static_cast<std::size_t>(listed), '\0');
  const ssize_t got = ::flistxattr(fd, names.data(), names.size());
  names.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  for (std::size_t at = 0; at < names.size();) {
    const std::string name(names.c_str() + at);
    at += name.size() + 1;
    const ssize_t size = ::fgetxattr(fd, name.c_str(), nullptr, 0);
    if (size < 0) {
      continue;
    }
    std::string value(static_cast<std::size_t>(size), '\0');
    if (::fgetxattr(fd, name.c_str(), value.data(), value.size()) == size) {
      metadata.xattrs.emplace_back(name, std::move(value));
    }
  }
  return metadata;
}

// The owner comes first, because changing it drops set-id bits and capabilities; the mode comes
// after everything that decides how much of it may be granted.
Status apply_metadata(int fd, const FileMetadata& metadata) {
  mode_t mode = metadata.mode & 07777U;
  const Ownership ownership = apply_owner(fd, metadata);
  if (!ownership.owner_kept) {
    mode &= ~static_cast<mode_t>(S_ISUID | S_ISGID);
  }
  if (!ownership.group_kept) {
    mode = without_group(mode);
  }
  if (!apply_xattrs(fd, metadata, ownership)) {
    // With a list the group's bits are the most that anyone named in it has, and a name may be
    // listed to be shut out. Only the owner's bits still mean what they say.
    mode &= ~static_cast<mode_t>(S_IRWXG | S_IRWXO);
  }
  if (Status set = set_mode(fd, mode); !set.ok()) {
    return set;
  }
  const std::array<timespec, 2> times = {metadata.accessed, metadata.modified};
  if (::futimens(fd, times.data()) != 0 && !means_not_here(errno)) {
    return system_error("cannot set the times", -errno);
  }
  return {};
}

Status apply_default_mode(int fd) { return set_mode(fd, 0666U & ~process_umask()); }

}  // namespace kompakt
