/// \file
/// Everything that a MemberReader tells, in one go.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "archive/member_reader.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

struct ReadMember {
  Entry entry;
  std::string content;
  Status status;  ///< why the content could not be read
};

struct ReadArchive {
  std::vector<ReadMember> members;
  Status end;     ///< why reading ended early
  Status damage;  ///< what the reader stepped over
  std::string format;

  [[nodiscard]] const ReadMember* find(std::string_view path) const {
    const auto at = std::find_if(members.begin(), members.end(),
                                 [&](const ReadMember& each) { return each.entry.path == path; });
    return at == members.end() ? nullptr : &*at;
  }
  /// Nothing failed anywhere.
  [[nodiscard]] bool clean() const {
    return end.ok() && damage.ok() &&
           std::all_of(members.begin(), members.end(),
                       [](const ReadMember& each) { return each.status.ok(); });
  }
};

/// Reads contents in pieces of `piece` bytes. Contents past `most` bytes altogether are dropped.
inline ReadArchive read_members(MemberReader& reader, std::size_t piece = 65536,
                                std::size_t most = 256U << 20U) {
  ReadArchive all;
  Bytes buffer(piece);
  std::size_t kept = 0;
  std::uint64_t before = 0;
  for (;;) {
    ReadMember member;
    const auto more = reader.next(member.entry);
    if (!more.ok() || !*more) {
      all.end = more.status();
      break;
    }
    for (;;) {
      const auto got = reader.read(buffer);
      if (!got.ok()) {
        member.status = got.status();
        break;
      }
      kept += *got;
      if (kept <= most) {
        member.content.append(reinterpret_cast<const char*>(buffer.data()), *got);
      }
      if (*got < piece) {
        break;
      }
    }
    EXPECT_GE(reader.position(), before);
    before = reader.position();
    all.members.push_back(std::move(member));
  }
  all.damage = reader.damage();
  all.format = reader.format_name();
  return all;
}

}  // namespace kompakt::testing
