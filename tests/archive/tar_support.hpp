/// \file
/// For the tests of tar: archives made by hand, members read whole.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/tar/tar_header.hpp"
#include "archive/tar/tar_reader.hpp"
#include "kompakt/source.hpp"
#include "ordered_ends.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// A member as read back, its holes filled with zeros.
struct Member {
  Entry entry;
  std::uint64_t header = 0;
  Status status;  ///< why it is lost; ok otherwise
  std::string content;
};

struct Listing {
  std::vector<Member> members;
  Status end;     ///< what next() failed with; ok at a clean end
  Status damage;  ///< what was stepped over
  [[nodiscard]] bool clean() const { return end.ok() && damage.ok(); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Member& member : members) {
      out.push_back(member.entry.path);
    }
    return out;
  }
};

/// Content past this is read and dropped.
inline constexpr std::uint64_t kMostContent = std::uint64_t{64} << 20U;

inline void read_member(MemberReader& reader, Member& member, std::size_t piece) {
  member.status = reader.lost();
  if (member.entry.type != EntryType::kFile || !member.status.ok()) {
    return;
  }
  std::string data;
  std::string buffer(piece, '\0');
  for (;;) {
    const auto got = reader.read({reinterpret_cast<std::byte*>(buffer.data()), buffer.size()});
    if (!got.ok()) {
      member.status = got.status();
      break;
    }
    data.append(buffer, 0, *got);
    if (*got < buffer.size()) {
      break;
    }
  }
  if (!member.entry.data_runs) {
    member.content = std::move(data);
    return;
  }
  if (member.entry.size > kMostContent) {
    return;
  }
  member.content.assign(static_cast<std::size_t>(member.entry.size), '\0');
  std::size_t at = 0;
  for (const Extent& run : *member.entry.data_runs) {
    const auto count =
        std::min<std::size_t>(static_cast<std::size_t>(run.length), data.size() - at);
    member.content.replace(static_cast<std::size_t>(run.offset), count, data, at, count);
    at += count;
  }
}

struct ReadWay {
  bool pipe = false;
  bool content = true;
  std::size_t piece = 65536;
  TarReadOptions options = {};
};

inline Listing read_tar(ByteSpan archive, const ReadWay& way = {}) {
  const auto file = memory_source(archive);
  OrderedSource pipe(archive);
  Source& source = way.pipe ? static_cast<Source&>(pipe) : *file;
  Listing listing;
  const auto reader = open_tar_reader(source, way.options);
  for (;;) {
    Member member;
    const auto more = (*reader)->next(member.entry);
    if (!more.ok()) {
      listing.end = more.status();
      break;
    }
    if (!*more) {
      break;
    }
    member.header = (*reader)->member_position();
    if (way.content) {
      read_member(**reader, member, way.piece);
    } else {
      member.status = (*reader)->lost();
    }
    listing.members.push_back(std::move(member));
  }
  listing.damage = (*reader)->damage();
  return listing;
}

inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// A header block of a plain ustar member, to be changed before seal().
class HandMade {
 public:
  explicit HandMade(std::string_view name, char type = '0', std::uint64_t size = 0) {
    set(tar::kMagic.at, std::string_view("ustar\0"
                                         "00",
                                         8));
    set(tar::kName.at, name);
    set(tar::kMode.at, "0000644");
    set(tar::kUid.at, "0001000");
    set(tar::kGid.at, "0001000");
    set(tar::kMtime.at, "00000000001");
    octal(tar::kSize, size);
    block_[tar::kTypeAt] = type;
  }
  HandMade& set(std::size_t at, std::string_view text) {
    block_.replace(at, text.size(), text);
    return *this;
  }
  HandMade& octal(tar::Field field, std::uint64_t value) {
    static_cast<void>(tar::put_octal(bytes().subspan(field.at, field.size), value));
    return *this;
  }
  /// The header with its checksum, `body` and its padding.
  [[nodiscard]] std::string with(std::string_view body = {}) {
    tar::put_checksum(bytes());
    std::string out = block_ + std::string(body);
    out.resize(out.size() + tar::padding_of(body.size()), '\0');
    return out;
  }

 private:
  MutableByteSpan bytes() { return {reinterpret_cast<std::byte*>(block_.data()), block_.size()}; }
  std::string block_ = std::string(tar::kBlock, '\0');
};

inline std::string file_member(std::string_view name, std::string_view content) {
  return HandMade(name, '0', content.size()).with(content);
}
inline std::string pax_header(std::string_view records, char type = 'x') {
  return HandMade("PaxHeader", type, records.size()).with(records);
}
inline std::string end_mark() { return std::string(2 * tar::kBlock, '\0'); }

}  // namespace kompakt::testing
