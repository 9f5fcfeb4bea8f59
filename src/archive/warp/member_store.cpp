#include "archive/warp/member_store.hpp"

#include <algorithm>

#include "core/endian.hpp"

namespace kompakt {
namespace {

constexpr std::uint8_t kHasMode = 1;
constexpr std::uint8_t kHasTime = 2;
constexpr std::uint8_t kHasOwner = 4;
constexpr std::uint8_t kIsSparse = 8;
constexpr std::size_t kSizeField = 4;

}  // namespace

std::uint64_t MemberStore::intern(const std::string& name) {
  const auto known = std::find(names_.begin(), names_.end(), name);
  const auto number = static_cast<std::uint64_t>(known - names_.begin());
  if (known == names_.end()) {
    names_.push_back(name);
  }
  return number;
}

// Texts come first, so that path() has little to go over.
void MemberStore::add(const Entry& entry, const Origin& origin) {
  ByteWriter& row = scratch_;
  row.clear();
  row.byte(static_cast<std::uint8_t>(entry.type));
  row.number(entry.path.size());
  row.put(entry.path);
  row.number(origin.real_path.size());
  row.put(origin.real_path);
  row.number(origin.device);
  row.number(origin.inode);
  row.byte(static_cast<std::uint8_t>((entry.mode ? kHasMode : 0) | (entry.modified ? kHasTime : 0) |
                                     (entry.owner ? kHasOwner : 0) |
                                     (entry.data_runs ? kIsSparse : 0)));
  row.number(entry.size);
  row.number(entry.mode.value_or(0));
  if (entry.modified) {
    row.difference(0, static_cast<std::uint64_t>(entry.modified->seconds));
    row.number(entry.modified->nanoseconds);
  }
  if (entry.owner) {
    row.number(entry.owner->uid);
    row.number(entry.owner->gid);
  }
  row.number(intern(entry.user));
  row.number(intern(entry.group));
  row.number(entry.link_target.size());
  row.put(entry.link_target);
  row.number(entry.device_major);
  row.number(entry.device_minor);
  if (entry.data_runs) {
    row.number(entry.data_runs->size());
    for (const auto& run : *entry.data_runs) {
      row.number(run.offset);
      row.number(run.length);
    }
  }
  row.number(entry.xattrs.size());
  for (const auto& [name, value] : entry.xattrs) {
    row.number(name.size());
    row.put(name);
    row.number(value.size());
    row.put(value);
  }
  row.number(entry.digest.size());
  row.put(ByteSpan(entry.digest));

  const std::size_t needed = kSizeField + row.size();
  if (needed > room_ || chunks_.empty()) {
    room_ = std::max(kChunk, needed);
    chunks_.push_back(std::make_unique<std::byte[]>(room_));  // NOLINT(*-avoid-c-arrays)
  }
  // The last chunk is filled from its end, so that what is left is also where to write.
  room_ -= needed;
  std::byte* at = chunks_.back().get() + room_;
  store_le<std::uint32_t>(MutableByteSpan(at, kSizeField), static_cast<std::uint32_t>(row.size()));
  std::copy(row.bytes().begin(), row.bytes().end(), at + kSizeField);
  rows_.push_back(at);
}

ByteSpan MemberStore::row(std::size_t index) const {
  const std::byte* at = rows_[index];
  return {at + kSizeField, load_le<std::uint32_t>(ByteSpan(at, kSizeField))};
}

std::string_view MemberStore::path(std::size_t index) const {
  ByteReader in(row(index).subspan(1));
  return in.take_text(in.number());
}

EntryType MemberStore::type(std::size_t index) const {
  return static_cast<EntryType>(row(index).front());
}

MemberStore::Origin MemberStore::origin(std::size_t index) const {
  ByteReader in(row(index).subspan(1));
  static_cast<void>(in.take(in.number()));
  Origin origin;
  origin.real_path = in.take_text(in.number());
  origin.device = in.number();
  origin.inode = in.number();
  return origin;
}

void MemberStore::get(std::size_t index, Entry& entry) const {
  ByteReader in(row(index));
  std::string path = std::move(entry.path);
  entry = Entry{};
  entry.type = static_cast<EntryType>(in.byte());
  path = in.take_text(in.number());
  entry.path = std::move(path);
  static_cast<void>(in.take(in.number()));
  static_cast<void>(in.number());
  static_cast<void>(in.number());
  const std::uint8_t flags = in.byte();
  entry.size = in.number();
  const std::uint64_t mode = in.number();
  if ((flags & kHasMode) != 0) {
    entry.mode = static_cast<std::uint32_t>(mode);
  }
  if ((flags & kHasTime) != 0) {
    const auto seconds = static_cast<std::int64_t>(in.difference(0));
    entry.modified = Entry::Time{seconds, static_cast<std::uint32_t>(in.number())};
  }
  if ((flags & kHasOwner) != 0) {
    const auto uid = static_cast<std::uint32_t>(in.number());
    entry.owner = Entry::Owner{uid, static_cast<std::uint32_t>(in.number())};
  }
  entry.user = names_[static_cast<std::size_t>(in.number())];
  entry.group = names_[static_cast<std::size_t>(in.number())];
  entry.link_target = in.take_text(in.number());
  entry.device_major = static_cast<std::uint32_t>(in.number());
  entry.device_minor = static_cast<std::uint32_t>(in.number());
  if ((flags & kIsSparse) != 0) {
    entry.data_runs.emplace(static_cast<std::size_t>(in.number()));
    for (auto& run : *entry.data_runs) {
      run.offset = in.number();
      run.length = in.number();
    }
  }
  entry.xattrs.resize(static_cast<std::size_t>(in.number()));
  for (auto& [name, value] : entry.xattrs) {
    name = in.take_text(in.number());
    value = in.take_text(in.number());
  }
  const ByteSpan digest = in.take(in.number());
  entry.digest.assign(digest.begin(), digest.end());
}

}  // namespace kompakt
