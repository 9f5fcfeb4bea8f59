// Damaged and hostile .warp archives: never wrong content with success, and damage costs only what
// it hits.
#include <gtest/gtest.h>

#include <algorithm>

#include "archive/warp/index_records.hpp"
#include "container/warp3_support.hpp"
#include "core/endian.hpp"
#include "warp_support.hpp"

namespace kompakt::testing::warp_archive {
namespace {

/// Files of two blocks and a bit, several in a block and one across two.
Bytes small_archive(HashId hash = HashId::kXxh3) {
  const TempFolder folder(On::kMemory);
  for (int i = 0; i < 8; ++i) {
    const Bytes text = text_bytes(700, static_cast<std::uint64_t>(i) + 20);
    std::string content(text.size(), '\0');
    std::transform(text.begin(), text.end(), content.begin(),
                   [](std::byte byte) { return static_cast<char>(byte); });
    write_file(folder / ("file" + std::to_string(i)), content);
  }
  auto walked = walk_of(folder.path());
  for (auto& each : walked) {
    each.entry.modified = Entry::Time{1'700'000'000, 5};
    each.entry.owner = Entry::Owner{1000, 1000};
    each.entry.user = "somebody";
    each.entry.group = "some";
  }
  return pack(walked, {.codec = "lz4", .hash = hash}).file;
}

/// Every member that came out is as it was.
void expect_no_wrong_content(const Unpacked& out, const Unpacked& whole, const std::string& what) {
  for (const auto& [path, kept] : out.members) {
    const auto original = whole.members.find(path);
    ASSERT_NE(original, whole.members.end()) << what << ": " << path;
    ASSERT_EQ(kept.content, original->second.content) << what << ": " << path;
  }
  if (out.clean()) {
    ASSERT_EQ(out.members.size(), whole.members.size()) << what;
  }
}

TEST(WarpArchiveDamage, NoFlippedBitGivesWrongContentOrAnUnnoticedLoss) {
  const Bytes file = small_archive();
  const Unpacked whole = unpack(file);
  ASSERT_TRUE(whole.clean());
  ASSERT_EQ(whole.members.size(), 8U);
  std::vector<bool> is_content(file.size());
  for (const auto& record : warp3::records_of(file)) {
    if (record.header.type == kompakt::warp3::RecordType::kBlock) {
      std::fill_n(is_content.begin() + static_cast<std::ptrdiff_t>(record.payload_at()),
                  record.header.payload_size, true);
    }
  }
  // All content is under checksums of one kind; under the sanitizers every fourth byte of it stands
  // for the others.
  for (std::size_t at = 0; at < file.size(); ++at) {
    if (is_content[at] && kSanitized && at % 4 != 0) {
      continue;
    }
    const unsigned step = is_content[at] || kSanitized ? 8 : 1;
    for (unsigned bit = static_cast<unsigned>((at ^ at >> 2U) % step); bit < 8; bit += step) {
      Bytes damaged = file;
      damaged[at] ^= static_cast<std::byte>(1U << bit);
      const Unpacked out = unpack(damaged);
      ASSERT_NO_FATAL_FAILURE(expect_no_wrong_content(
          out, whole, "bit " + std::to_string(bit) + " of byte " + std::to_string(at)));
    }
  }
}

TEST(WarpArchiveDamage, NoTruncationGivesWrongContentOrAnUnnoticedLoss) {
  const Bytes file = small_archive();
  const Unpacked whole = unpack(file);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Unpacked out = unpack(ByteSpan(file).first(size));
    ASSERT_FALSE(out.clean()) << size;
    ASSERT_NO_FATAL_FAILURE(expect_no_wrong_content(out, whole, "cut to " + std::to_string(size)));
  }
}

TEST(WarpArchiveDamage, ADamagedRecordCostsOnlyWhatIsInIt) {
  const Bytes file = small_archive();
  const Unpacked whole = unpack(file);
  for (const auto& record : warp3::records_of(file)) {
    for (const std::uint64_t at : {record.at + 20, record.payload_at()}) {
      Bytes damaged = file;
      warp3::flip(damaged, at);
      const Unpacked out = unpack(damaged);
      const auto type = record.header.type;
      const auto part = static_cast<warp_index::Part>(record.header.flags);
      if (type == kompakt::warp3::RecordType::kBlock) {
        ASSERT_TRUE(out.status.ok()) << out.status.to_string();
        EXPECT_GE(out.lost.size(), 1U);
        EXPECT_LE(out.lost.size(), 6U);
        EXPECT_EQ(out.members.size() + out.lost.size(), whole.members.size());
        EXPECT_FALSE(out.counts.damage.ok());
      } else if (type == warp_index::kMemberRecord && part == warp_index::Part::kSegment) {
        EXPECT_FALSE(out.clean());  // the only segment
        EXPECT_TRUE(out.members.empty());
      } else {
        ASSERT_TRUE(out.status.ok()) << out.status.to_string();
        EXPECT_EQ(out.members.size(), whole.members.size());
        EXPECT_FALSE(out.counts.damage.ok());
      }
    }
  }
}

TEST(WarpArchiveDamage, ADamagedSegmentCostsItsMembersOnly) {
  const TempFolder folder(On::kMemory);
  for (int i = 0; i < 5'000; ++i) {
    write_file(folder / std::to_string(10'000 + i), "x");
  }
  Bytes file = pack(walk_of(folder.path())).file;
  for (const auto& record : warp3::records_of(file)) {
    if (record.header.type == warp_index::kMemberRecord &&
        record.header.flags == static_cast<std::uint8_t>(warp_index::Part::kSegment)) {
      warp3::flip(file, record.payload_at() + 10);
      break;
    }
  }
  const Unpacked out = unpack(file);
  EXPECT_TRUE(out.status.ok());
  EXPECT_FALSE(out.counts.damage.ok());
  EXPECT_EQ(out.members.size(), 5'000 - warp_index::kSegmentMembers);
}

/// Decodes a hand-made segment; the first failure, or ok.
Status read_segment(const warp_index::SegmentReader::Bounds& bounds, ByteSpan segment) {
  auto reader = warp_index::SegmentReader::open(segment, bounds);
  if (!reader.ok()) {
    return reader.status();
  }
  Entry entry;
  warp_index::MemberRange range;
  for (;;) {
    const auto more = reader->next(entry, range);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      return {};
    }
  }
}

Entry file_entry(std::string path, std::uint64_t size) {
  Entry entry;
  entry.path = std::move(path);
  entry.size = size;
  return entry;
}

TEST(WarpArchiveDamage, ASegmentIsCheckedAgainstItsBounds) {
  warp_index::SegmentWriter writer(0);
  const auto segment = [&](const std::vector<std::pair<Entry, std::uint64_t>>& members) {
    for (const auto& [entry, offset] : members) {
      writer.add(entry, offset);
    }
    return writer.finish();
  };
  const auto good = segment({{file_entry("a", 10), 0}, {file_entry("b", 5), 10}});
  EXPECT_TRUE(read_segment({.members = 2, .content = 15}, good).ok());
  EXPECT_EQ(read_segment({.members = 2, .content = 14}, good).code(), Code::kCorrupt);
  EXPECT_EQ(read_segment({.members = 1, .content = 15}, good).code(), Code::kCorrupt);
  EXPECT_EQ(read_segment({.members = 3, .content = 15}, good).code(), Code::kCorrupt);
  const auto equal = segment({{file_entry("a", 1), 0}, {file_entry("a", 1), 0}});
  EXPECT_EQ(read_segment({.members = 2, .content = 15}, equal).code(), Code::kCorrupt);
  const auto descending = segment({{file_entry("b", 1), 0}, {file_entry("a", 1), 0}});
  EXPECT_EQ(read_segment({.members = 2, .content = 15}, descending).code(), Code::kCorrupt);
  const auto nameless = segment({{file_entry("", 1), 0}});
  EXPECT_EQ(read_segment({.members = 1, .content = 15}, nameless).code(), Code::kCorrupt);
  const auto endless = segment({{file_entry("a", UINT64_MAX), 10}});
  EXPECT_EQ(read_segment({.members = 1, .content = 15}, endless).code(), Code::kCorrupt);
  Entry sparse = file_entry("a", 10);
  sparse.data_runs = {{.offset = 8, .length = 3, .hole = false}};
  EXPECT_EQ(read_segment({.members = 1, .content = 15}, segment({{sparse, 0}})).code(),
            Code::kCorrupt);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(read_segment({.members = 2, .content = 15}, ByteSpan(good).first(size)).ok());
  }
}

TEST(WarpArchiveDamage, PartsAreNotUnpackedToMoreThanTheyMayBe) {
  auto packed = warp_index::pack(Bytes(1000, std::byte{7})).value();
  EXPECT_EQ(warp_index::unpack(packed).value().size(), 1000U);
  store_le<std::uint32_t>(MutableByteSpan(packed).subspan(2), 999);
  EXPECT_EQ(warp_index::unpack(packed).status().code(), Code::kCorrupt);
  store_le<std::uint32_t>(MutableByteSpan(packed).subspan(2), UINT32_MAX);
  EXPECT_EQ(warp_index::unpack(packed).status().code(), Code::kLimitExceeded);
  store_le<std::uint16_t>(packed, 999);
  store_le<std::uint32_t>(MutableByteSpan(packed).subspan(2), 1000);
  EXPECT_EQ(warp_index::unpack(packed).status().code(), Code::kUnsupported);
}

}  // namespace
}  // namespace kompakt::testing::warp_archive
