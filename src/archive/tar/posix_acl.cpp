#include "archive/tar/posix_acl.hpp"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/endian.hpp"

namespace kompakt::tar {
namespace {

// linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id.
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kEntrySize = 8;
constexpr std::uint32_t kNoId = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMostEntries = 8192;  // the kernel keeps 64 KiB of xattr at most

enum Tag : std::uint16_t {
  kUserObject = 1,
  kUser = 2,
  kGroupObject = 4,
  kGroup = 8,
  kMask = 16,
  kOther = 32,
};

struct AclEntry {
  std::uint16_t tag = 0;
  std::uint16_t permissions = 0;
  std::uint32_t id = kNoId;
};

std::optional<std::uint32_t> look_up(bool user, const std::string& name) {
  std::vector<char> buffer(16384);
  if (user) {
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? std::optional<std::uint32_t>(found->pw_uid) : std::nullopt;
  }
  group entry{};
  group* found = nullptr;
  ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? std::optional<std::uint32_t>(found->gr_gid) : std::nullopt;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty()
             ? std::optional(value)
             : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(from);
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

std::optional<std::uint16_t> permissions_of(std::string_view text) {
  unsigned bits = 0;
  for (const char c : text) {
    if (c == 'r') {
      bits |= 4U;
    } else if (c == 'w') {
      bits |= 2U;
    } else if (c == 'x') {
      bits |= 1U;
    } else if (c != '-') {
      return std::nullopt;
    }
  }
  return static_cast<std::uint16_t>(bits);
}

std::optional<AclEntry> parse_entry(std::string_view text) {
  constexpr std::size_t kMostFields = 5;
  std::array<std::string_view, kMostFields> fields{};
  std::size_t count = 0;
  for (bool more = true; more;) {
    if (count == kMostFields) {
      return std::nullopt;
    }
    const std::size_t colon = text.find(':');
    fields[count++] = trimmed(text.substr(0, colon));
    more = colon != std::string_view::npos;
    text.remove_prefix(more ? colon + 1 : text.size());
  }
  std::size_t first = count > 1 && (fields[0] == "default" || fields[0] == "d") ? 1 : 0;
  const std::string_view tag = fields[first];
  const bool user = tag == "user" || tag == "u";
  const bool owner = user || tag == "group" || tag == "g";
  const bool mask = tag == "mask" || tag == "m";
  if (!owner && !mask && tag != "other" && tag != "o") {
    return std::nullopt;
  }
  // Solaris leaves the empty name of masks and others out.
  const bool named_field = owner || count - first > 2;
  const std::string_view name = named_field ? fields[first + 1] : std::string_view();
  const std::size_t at = first + (named_field ? 2U : 1U);
  const auto permissions = at < count ? permissions_of(fields[at]) : std::nullopt;
  if (!permissions || (!owner && !name.empty())) {
    return std::nullopt;
  }
  if (!owner || name.empty()) {
    const Tag object = user ? kUserObject : kGroupObject;
    const Tag rest = mask ? kMask : kOther;
    return AclEntry{owner ? object : rest, *permissions, kNoId};
  }
  auto id = at + 1 < count ? number_of(fields[at + 1]) : std::nullopt;
  id = id ? id : number_of(name);
  id = id ? id : look_up(user, std::string(name));
  return id ? std::optional(AclEntry{user ? kUser : kGroup, *permissions, *id}) : std::nullopt;
}

std::string to_bytes(const std::vector<AclEntry>& entries) {
  std::string bytes(kHeaderSize + entries.size() * kEntrySize, '\0');
  MutableByteSpan out(reinterpret_cast<std::byte*>(bytes.data()), bytes.size());
  store_le<std::uint32_t>(out, kVersion);
  out = out.subspan(kHeaderSize);
  for (const AclEntry& entry : entries) {
    store_le<std::uint16_t>(out, entry.tag);
    store_le<std::uint16_t>(out.subspan(2), entry.permissions);
    store_le<std::uint32_t>(out.subspan(4), entry.id);
    out = out.subspan(kEntrySize);
  }
  return bytes;
}

std::string_view tag_text(std::uint16_t tag) {
  switch (tag) {
    case kUserObject:
    case kUser:
      return "user:";
    case kGroupObject:
    case kGroup:
      return "group:";
    case kMask:
      return "mask:";
    case kOther:
      return "other:";
    default:
      return {};
  }
}

}  // namespace

std::optional<std::string> acl_to_text(std::string_view bytes) {
  const ByteSpan raw(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
  if (raw.size() < kHeaderSize || (raw.size() - kHeaderSize) % kEntrySize != 0 ||
      load_le<std::uint32_t>(raw) != kVersion) {
    return std::nullopt;
  }
  std::string text;
  for (ByteSpan at = raw.subspan(kHeaderSize); !at.empty(); at = at.subspan(kEntrySize)) {
    const auto tag = load_le<std::uint16_t>(at);
    const auto permissions = load_le<std::uint16_t>(at.subspan(2));
    const std::string_view name = tag_text(tag);
    if (name.empty() || permissions > 7) {
      return std::nullopt;
    }
    text += text.empty() ? "" : ",";
    text += name;
    if (tag == kUser || tag == kGroup) {
      text += std::to_string(load_le<std::uint32_t>(at.subspan(4)));
    }
    text += ':';
    text += (permissions & 4U) != 0 ? 'r' : '-';
    text += (permissions & 2U) != 0 ? 'w' : '-';
    text += (permissions & 1U) != 0 ? 'x' : '-';
  }
  return text;
}

std::optional<std::string> acl_from_text(std::string_view text) {
  std::vector<AclEntry> entries;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) {
      continue;
    }
    const auto entry = parse_entry(line);
    if (!entry || entries.size() == kMostEntries) {
      return std::nullopt;
    }
    entries.push_back(*entry);
  }
  if (entries.empty()) {
    return std::nullopt;
  }
  // The kernel takes them in this order only.
  std::stable_sort(entries.begin(), entries.end(), [](const AclEntry& a, const AclEntry& b) {
    return a.tag != b.tag ? a.tag < b.tag : a.id < b.id;
  });
  return to_bytes(entries);
}

}  // namespace kompakt::tar
