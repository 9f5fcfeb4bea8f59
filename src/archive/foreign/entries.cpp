#include "archive/foreign/entries.hpp"

#include <algorithm>
#include <cerrno>

#include "core/checked.hpp"

namespace kompakt {
namespace {

/// A text of the entry, or nullptr where there is none that can be read. libarchive takes an ENOMEM
/// that any earlier call left in errno for its own, and then ends the process.
const char* ask(const char* (*get)(struct archive_entry*), struct archive_entry* from) {
  errno = 0;
  return get(from);
}

std::string text_of(const char* (*get)(struct archive_entry*), struct archive_entry* from) {
  const char* const text = ask(get, from);
  return text == nullptr ? std::string() : text;
}

std::optional<EntryType> type_of(unsigned filetype) {
  switch (filetype) {
    case 0:
    case AE_IFREG:
      return EntryType::kFile;
    case AE_IFDIR:
      return EntryType::kDirectory;
    case AE_IFLNK:
      return EntryType::kSymlink;
    case AE_IFIFO:
      return EntryType::kFifo;
    case AE_IFCHR:
      return EntryType::kCharDevice;
    case AE_IFBLK:
      return EntryType::kBlockDevice;
    default:
      return std::nullopt;
  }
}

/// Formats that always say whose a file is. In the others the owner is optional, and libarchive
/// tells a missing one as root.
bool always_has_owner(ForeignKind kind) {
  return kind == ForeignKind::kCpio || kind == ForeignKind::kAr || kind == ForeignKind::kXar;
}

std::optional<Entry::Time> time_of(bool is_set, std::int64_t seconds, long nanoseconds) {
  if (!is_set || nanoseconds < 0 || nanoseconds >= 1'000'000'000) {
    return std::nullopt;
  }
  return Entry::Time{.seconds = seconds, .nanoseconds = static_cast<std::uint32_t>(nanoseconds)};
}

void convert_owner(const ArchiveLibrary& library, struct archive_entry* from, ForeignKind kind,
                   Entry& to) {
  to.user = text_of(library.entry_uname, from);
  to.group = text_of(library.entry_gname, from);
  const auto uid = checked_cast<std::uint32_t>(library.entry_uid(from));
  const auto gid = checked_cast<std::uint32_t>(library.entry_gid(from));
  const bool said = always_has_owner(kind) || uid.value_or(0) != 0 || gid.value_or(0) != 0 ||
                    !to.user.empty() || !to.group.empty();
  if (uid && gid && said) {
    to.owner = Entry::Owner{.uid = *uid, .gid = *gid};
  }
}

void convert_xattrs(const ArchiveLibrary& library, struct archive_entry* from, Entry& to) {
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  library.entry_xattr_reset(from);
  while (library.entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
    if (name != nullptr && (value != nullptr || size == 0)) {
      to.xattrs.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
  }
}

Status convert_size(const ArchiveLibrary& library, struct archive_entry* from, Entry& to) {
  if (library.entry_size_is_set(from) == 0) {
    return {};
  }
  const auto size = checked_cast<std::uint64_t>(library.entry_size(from));
  if (!size) {
    return {Code::kCorrupt, to.path + ": the size is negative"};
  }
  to.size = *size;
  return {};
}

}  // namespace

Status convert_entry(const ArchiveLibrary& library, struct archive_entry* from, ForeignKind kind,
                     Entry& to) {
  to = Entry{};
  to.path = text_of(library.entry_pathname, from);
  if (to.path.empty()) {
    return {Code::kCorrupt, "a member has no name that could be read"};
  }
  while (to.path.size() > 1 && to.path.back() == '/') {
    to.path.pop_back();
  }
  const auto type = type_of(library.entry_filetype(from));
  if (!type) {
    return {Code::kUnsupported, to.path + ": a kind of file that cannot be extracted"};
  }
  to.type = *type;
  if (to.type == EntryType::kFile) {
    if (Status status = convert_size(library, from, to); !status.ok()) {
      return status;
    }
    if (const char* const target = ask(library.entry_hardlink, from)) {
      to.type = EntryType::kHardlink;
      to.link_target = target;
    }
  } else if (to.type == EntryType::kSymlink) {
    to.link_target = text_of(library.entry_symlink, from);
  } else if (to.type == EntryType::kCharDevice || to.type == EntryType::kBlockDevice) {
    to.device_major = static_cast<std::uint32_t>(library.entry_rdevmajor(from));
    to.device_minor = static_cast<std::uint32_t>(library.entry_rdevminor(from));
  }
  to.mode = static_cast<std::uint32_t>(library.entry_perm(from)) & 07777U;
  to.modified = time_of(library.entry_mtime_is_set(from) != 0, library.entry_mtime(from),
                        library.entry_mtime_nsec(from));
  to.accessed = time_of(library.entry_atime_is_set(from) != 0, library.entry_atime(from),
                        library.entry_atime_nsec(from));
  convert_owner(library, from, kind, to);
  convert_xattrs(library, from, to);
  return {};
}

CpioLinks::Verdict CpioLinks::take(Entry& entry, std::uint64_t device, std::uint64_t inode,
                                   std::uint32_t links) {
  const bool is_file = entry.type == EntryType::kFile || entry.type == EntryType::kHardlink;
  if (!is_file || links <= 1) {
    return Verdict::kTell;
  }
  File& file = files_[{device, inode}];
  if (!file.told_as.empty()) {
    // The older formats repeat the content with every name; it is not needed again.
    entry.type = EntryType::kHardlink;
    entry.link_target = file.told_as;
    entry.size = 0;
    return Verdict::kTell;
  }
  entry.type = EntryType::kFile;
  entry.link_target.clear();
  if (entry.size == 0) {
    file.held.push_back(std::move(entry));
    return Verdict::kHoldBack;
  }
  file.told_as = entry.path;
  release(file, file.told_as);
  return Verdict::kTell;
}

void CpioLinks::release(File& file, const std::string& target) {
  for (Entry& entry : file.held) {
    entry.type = EntryType::kHardlink;
    entry.link_target = target;
    ready_.push_back(std::move(entry));
  }
  file.held.clear();
}

std::optional<Entry> CpioLinks::next() {
  if (ready_.empty()) {
    return std::nullopt;
  }
  Entry entry = std::move(ready_.front());
  ready_.pop_front();
  return entry;
}

void CpioLinks::finish() {
  for (auto& [inode, file] : files_) {
    if (file.held.empty()) {
      continue;
    }
    const std::string first = file.held.front().path;
    ready_.push_back(std::move(file.held.front()));
    file.held.pop_front();
    release(file, first);
  }
  files_.clear();
}

}  // namespace kompakt
