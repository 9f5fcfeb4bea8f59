#include "archive/tar/tar_entry.hpp"

#include <limits>
#include <string_view>

#include "archive/tar/tar_header.hpp"

namespace kompakt::tar {
namespace {

std::optional<std::uint32_t> parse_u32(ByteSpan block, Field field) noexcept {
  const auto number = parse_number(field_of(block, field));
  return number && *number >= 0 && *number <= std::numeric_limits<std::uint32_t>::max()
             ? std::optional(static_cast<std::uint32_t>(*number))
             : std::nullopt;
}

void fill_path(ByteSpan block, Dialect dialect, const Prelude& prelude, std::string& path) {
  if (prelude.pax.sparse_name) {
    path = *prelude.pax.sparse_name;
    return;
  }
  if (prelude.pax.path || prelude.long_name) {
    path = prelude.pax.path ? *prelude.pax.path : *prelude.long_name;
    return;
  }
  path.clear();
  if (dialect == Dialect::kUstar || dialect == Dialect::kStar) {
    path = text_of(block, dialect == Dialect::kStar ? kStarPrefix : kPrefix);
    if (!path.empty() && path.back() != '/') {
      path += '/';
    }
  }
  path += text_of(block, kName);
}

void fill_owner(ByteSpan block, Dialect dialect, const PaxAttributes& pax,
                const PaxAttributes& global, Entry& entry) {
  auto uid = pax.uid ? pax.uid : global.uid;
  auto gid = pax.gid ? pax.gid : global.gid;
  uid = uid ? uid : parse_u32(block, kUid);
  gid = gid ? gid : parse_u32(block, kGid);
  entry.owner = uid && gid ? std::optional(Entry::Owner{.uid = *uid, .gid = *gid}) : std::nullopt;
  const bool named = dialect != Dialect::kV7;
  const auto& user = pax.user ? pax.user : global.user;
  const auto& group = pax.group ? pax.group : global.group;
  entry.user = user ? std::string_view(*user) : text_of(block, {kUser.at, named ? kUser.size : 0});
  entry.group =
      group ? std::string_view(*group) : text_of(block, {kGroup.at, named ? kGroup.size : 0});
}

void fill_times(ByteSpan block, Dialect dialect, const PaxAttributes& pax,
                const PaxAttributes& global, Entry& entry) {
  entry.modified = pax.modified ? pax.modified : global.modified;
  if (!entry.modified) {
    if (const auto seconds = parse_number(field_of(block, kMtime))) {
      entry.modified = Entry::Time{.seconds = *seconds, .nanoseconds = 0};
    }
  }
  entry.accessed = pax.accessed ? pax.accessed : global.accessed;
  if (!entry.accessed && (dialect == Dialect::kGnu || dialect == Dialect::kStar)) {
    // Blank where the writer does not keep it.
    const auto seconds =
        parse_number(field_of(block, dialect == Dialect::kGnu ? kGnuAtime : kStarAtime));
    if (seconds && *seconds != 0) {
      entry.accessed = Entry::Time{.seconds = *seconds, .nanoseconds = 0};
    }
  }
}

}  // namespace

EntryType entry_type_of(char mark) noexcept {
  switch (mark) {
    case '1':
      return EntryType::kHardlink;
    case '2':
      return EntryType::kSymlink;
    case '3':
      return EntryType::kCharDevice;
    case '4':
      return EntryType::kBlockDevice;
    case '5':
    case 'D':  // GNU: a folder with a list of what was in it
      return EntryType::kDirectory;
    case '6':
      return EntryType::kFifo;
    default:
      return EntryType::kFile;
  }
}

void fill_entry(ByteSpan block, const Prelude& prelude, const PaxAttributes& global, Entry& entry) {
  const Dialect dialect = dialect_of(block);
  const PaxAttributes& pax = prelude.pax;
  entry.type = entry_type_of(static_cast<char>(block[kTypeAt]));
  fill_path(block, dialect, prelude, entry.path);
  if (entry.path.ends_with('/') && entry.type == EntryType::kFile) {
    entry.type = EntryType::kDirectory;  // v7 has no other mark
  }
  while (entry.type == EntryType::kDirectory && entry.path.size() > 1 && entry.path.back() == '/') {
    entry.path.pop_back();
  }
  entry.link_target.clear();
  if (entry.type == EntryType::kSymlink || entry.type == EntryType::kHardlink) {
    entry.link_target = pax.link_path       ? std::string_view(*pax.link_path)
                        : prelude.long_link ? std::string_view(*prelude.long_link)
                                            : text_of(block, kLink);
  }
  const auto mode = parse_number(field_of(block, kMode));
  entry.mode = mode ? std::optional(static_cast<std::uint32_t>(*mode) & 07777U) : std::nullopt;
  fill_owner(block, dialect, pax, global, entry);
  fill_times(block, dialect, pax, global, entry);
  const bool device = entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
  entry.device_major = device ? parse_u32(block, kMajor).value_or(0) : 0;
  entry.device_minor = device ? parse_u32(block, kMinor).value_or(0) : 0;
  entry.xattrs = pax.xattrs;
  settle_xattrs(entry.xattrs);
  entry.size = 0;
  entry.stored_size.reset();
  entry.data_runs.reset();
  entry.method.clear();
  entry.crc32.reset();
  entry.digest.clear();
  entry.comment.clear();
}

std::optional<std::uint64_t> body_size(ByteSpan block, const PaxAttributes& pax) noexcept {
  if (pax.size) {
    return pax.size;
  }
  const auto size = parse_number(field_of(block, kSize));
  return size && *size >= 0 ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt;
}

}  // namespace kompakt::tar
