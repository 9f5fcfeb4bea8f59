#include "archive/extract/member_metadata.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "io/metadata.hpp"

namespace kompakt {
namespace {

constexpr const char* kAccessList = "system.posix_acl_access";
constexpr mode_t kSetBits = S_ISUID | S_ISGID;

// Some file systems have no modes, owners, times or attributes, and some users may not set them.
// Losing those is no reason to lose the data.
bool means_not_here(int result) {
  return result == -EPERM || result == -ENOSYS || result == -EOPNOTSUPP || result == -EINVAL;
}

Status unless_not_here(const char* what, int result) {
  return result >= 0 || means_not_here(result) ? Status() : system_error(what, result);
}

// Who was in the file's group may now be among the others and the other way round, so both get only
// what both had.
mode_t without_group(mode_t mode) {
  const mode_t common = (mode >> 3U) & mode & static_cast<mode_t>(S_IRWXO);
  return (mode & ~static_cast<mode_t>(S_IRWXG | S_IRWXO)) | common | (common << 3U);
}

timespec to_timespec(const std::optional<Entry::Time>& time) {
  if (!time) {
    return {.tv_sec = 0, .tv_nsec = UTIME_OMIT};
  }
  // Larger numbers mean "now" and "leave" to the kernel.
  return {.tv_sec = static_cast<time_t>(time->seconds),
          .tv_nsec = static_cast<long>(std::min<std::uint32_t>(time->nanoseconds, 999'999'999U))};
}

bool has_rights(const MemberMetadata& metadata) {
  return metadata.xattrs != nullptr &&
         std::any_of(metadata.xattrs->begin(), metadata.xattrs->end(),
                     [](const auto& each) { return each.first.starts_with("system."); });
}

constexpr std::size_t kNameRecord = 16384;  // getpwnam_r's strings

std::optional<std::uint32_t> find_user(const std::string& name) {
  std::array<char, kNameRecord> room{};
  passwd record{};
  passwd* found = nullptr;
  return ::getpwnam_r(name.c_str(), &record, room.data(), room.size(), &found) == 0 &&
                 found != nullptr
             ? std::optional(record.pw_uid)
             : std::nullopt;
}

std::optional<std::uint32_t> find_group(const std::string& name) {
  std::array<char, kNameRecord> room{};
  group record{};
  group* found = nullptr;
  return ::getgrnam_r(name.c_str(), &record, room.data(), room.size(), &found) == 0 &&
                 found != nullptr
             ? std::optional(record.gr_gid)
             : std::nullopt;
}

// An archive may name millions of owners; nobody's machine has that many.
constexpr std::size_t kMaxNames = 10'000;

template <typename Find>
std::uint32_t number_of(std::map<std::string, std::optional<std::uint32_t>>& known,
                        const std::string& name, std::uint32_t otherwise, Find find) {
  if (name.empty()) {
    return otherwise;
  }
  auto at = known.find(name);
  if (at == known.end()) {
    if (known.size() >= kMaxNames) {
      return otherwise;
    }
    at = known.emplace(name, find(name)).first;
  }
  return at->second.value_or(otherwise);
}

}  // namespace

MetadataWriter::MetadataWriter(const System& system, const TreeWriterOptions& options)
    : system_(system),
      exact_modes_(::geteuid() == 0),
      keep_owner_(options.keep_owner.value_or(::geteuid() == 0)),
      keep_xattrs_(options.keep_xattrs),
      keep_times_(options.keep_times),
      mode_mask_(options.allow_setuid ? 07777 : 0777),
      allow_setuid_(options.allow_setuid),
      umask_(process_umask()),
      self_{.uid = ::geteuid(), .gid = ::getegid()} {}

MemberMetadata MetadataWriter::of(const Entry& entry) const {
  MemberMetadata metadata;
  metadata.mode = entry.mode;
  if (keep_times_) {
    metadata.modified = entry.modified;
    metadata.accessed = entry.accessed;
  }
  metadata.owner = local_owner(entry);
  if (keep_xattrs_ && !entry.xattrs.empty()) {
    metadata.xattrs = &entry.xattrs;
  }
  return metadata;
}

std::optional<Entry::Owner> MetadataWriter::local_owner(const Entry& entry) const {
  if (!keep_owner_ || !entry.owner) {
    return std::nullopt;
  }
  Entry::Owner owner = *entry.owner;
  if (!entry.user.empty() || !entry.group.empty()) {
    const std::lock_guard lock(names_mutex_);
    owner.uid = number_of(users_, entry.user, owner.uid, find_user);
    owner.gid = number_of(groups_, entry.group, owner.gid, find_group);
  }
  return owner;
}

mode_t MetadataWriter::wanted_mode(const MemberMetadata& metadata, mode_t otherwise) const {
  const mode_t mode = metadata.mode.value_or(otherwise) & mode_mask_;
  return exact_modes_ && metadata.mode ? mode : mode & ~umask_;
}

ModePlan MetadataWriter::plan(const MemberMetadata& metadata, const Folder& folder) const {
  ModePlan plan;
  plan.final_mode = wanted_mode(metadata, 0666);
  const bool exact = exact_modes_ && metadata.mode;
  plan.set_owner = metadata.owner && (*metadata.owner != self_ || !folder.plain);
  plan.drop_inherited_list = exact && !folder.plain;
  plan.set = plan.set_owner || (plan.final_mode & 07000U) != 0 || has_rights(metadata) ||
             (exact && (!folder.plain || (plan.final_mode & umask_) != 0));
  // Of a user's file the kernel takes the umask off, or what the folder's list has instead of it.
  plan.create = plan.set ? 0600 : metadata.mode.value_or(0666) & 0777;
  return plan;
}

// The owner comes first, because changing it drops set-id bits and capabilities; the mode comes
// after everything that decides how much of it may be granted; the times come after every write.
Status MetadataWriter::apply(int fd, const MemberMetadata& metadata, const ModePlan& plan) const {
  mode_t mode = plan.final_mode;
  if (plan.set_owner) {
    mode = apply_owner(fd, *metadata.owner, mode);
  }
  if (plan.drop_inherited_list) {
    static_cast<void>(system_.remove_xattr(fd, kAccessList));
  }
  if (metadata.xattrs != nullptr) {
    mode = apply_xattrs(fd, *metadata.xattrs, mode);
  }
  if (plan.set) {
    if (Status set = unless_not_here("cannot set the mode", system_.set_mode(fd, "", mode));
        !set.ok()) {
      return set;
    }
  }
  return apply_times(fd, "", metadata);
}

Status MetadataWriter::apply_to_folder(int fd, const MemberMetadata& metadata) const {
  struct stat found {};
  if (const int result = system_.fstat(fd, &found); result < 0) {
    return system_error("cannot examine", result);
  }
  mode_t mode = wanted_mode(metadata, 0777);
  if (!exact_modes_ || !metadata.mode) {
    mode |= found.st_mode & static_cast<mode_t>(S_ISGID);  // of the folder above, by its wish
  }
  if (metadata.owner &&
      (metadata.owner->uid != found.st_uid || metadata.owner->gid != found.st_gid)) {
    mode = apply_owner(fd, *metadata.owner, mode);
  }
  if (metadata.xattrs != nullptr) {
    mode = apply_xattrs(fd, *metadata.xattrs, mode);
  }
  if (Status set = unless_not_here("cannot set the mode", system_.set_mode(fd, "", mode));
      !set.ok()) {
    return set;
  }
  return apply_times(fd, "", metadata);
}

Status MetadataWriter::apply_by_name(int folder, const std::string& name, EntryType type,
                                     const MemberMetadata& metadata) const {
  mode_t mode = wanted_mode(metadata, 0666);
  if (metadata.owner) {
    const int result =
        system_.set_owner(folder, name.c_str(), metadata.owner->uid, metadata.owner->gid);
    mode = result < 0 ? without_group(mode & ~kSetBits) : mode;
  }
  if (type != EntryType::kSymlink) {
    if (Status set =
            unless_not_here("cannot set the mode", system_.set_mode(folder, name.c_str(), mode));
        !set.ok()) {
      return set;
    }
  }
  return apply_times(folder, name.c_str(), metadata);
}

mode_t MetadataWriter::apply_owner(int fd, const Entry::Owner& owner, mode_t mode) const {
  if (system_.set_owner(fd, "", owner.uid, owner.gid) == 0) {
    return mode;
  }
  // A group that the user belongs to can be kept even where the owner cannot.
  const bool group_kept = system_.set_owner(fd, "", static_cast<uid_t>(-1), owner.gid) == 0;
  mode &= ~kSetBits;
  return group_kept ? mode : without_group(mode);
}

bool MetadataWriter::may_set(const std::string& xattr) const {
  if (xattr == "security.capability") {
    return allow_setuid_ && keep_owner_;  // rights like those of a set-id bit
  }
  if (xattr == "security.ima" || xattr == "security.evm") {
    return false;  // signatures over another inode
  }
  return xattr.starts_with("user.") || xattr.starts_with("system.") || keep_owner_;
}

mode_t MetadataWriter::apply_xattrs(int fd, const MemberMetadata::Xattrs& xattrs,
                                    mode_t mode) const {
  for (const auto& [name, value] : xattrs) {
    const bool set = may_set(name) && name.find('\0') == std::string::npos &&
                     system_.set_xattr(fd, name.c_str(), value.data(), value.size()) == 0;
    if (!set && name.starts_with("system.")) {
      // With a list the group's bits are the most that anyone named in it has, and a name may be
      // listed to be shut out. Only the owner's bits still mean what they say.
      mode &= ~static_cast<mode_t>(S_IRWXG | S_IRWXO);
    }
  }
  return mode;
}

Status MetadataWriter::apply_times(int fd, const char* path, const MemberMetadata& metadata) const {
  if (!metadata.modified && !metadata.accessed) {
    return {};
  }
  const std::array<timespec, 2> times = {to_timespec(metadata.accessed),
                                         to_timespec(metadata.modified)};
  return unless_not_here("cannot set the times", system_.set_times(fd, path, times.data()));
}

}  // namespace kompakt
