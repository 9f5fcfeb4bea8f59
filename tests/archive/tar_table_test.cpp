// What the sidecar's table of members promises.
#include <gtest/gtest.h>

#include "archive/tar/member_table.hpp"
#include "tar_support.hpp"

namespace {

using namespace kompakt;
using namespace kompakt::testing;

Entry full_entry(EntryType type, std::size_t i) {
  Entry entry;
  entry.path = "some/folder/" + std::to_string(i / 10) + "/name" + std::to_string(i);
  entry.type = type;
  entry.size = type == EntryType::kFile ? i * 1000 : 0;
  entry.mode = static_cast<std::uint32_t>(i % 07777);
  entry.modified = Entry::Time{.seconds = static_cast<std::int64_t>(i) - 5,
                               .nanoseconds = static_cast<std::uint32_t>(i)};
  entry.owner = Entry::Owner{.uid = static_cast<std::uint32_t>(i / 7), .gid = UINT32_MAX};
  entry.user = "user" + std::to_string(i / 7);
  if (type == EntryType::kSymlink || type == EntryType::kHardlink) {
    entry.link_target = "to/" + std::to_string(i);
  }
  if (i % 5 == 0) {
    entry.accessed = Entry::Time{.seconds = INT64_MIN, .nanoseconds = 999'999'999};
    entry.xattrs = {{"user.a", std::string(i, 'v')}, {"user.b", std::string("\0", 1)}};
    entry.stored_size = UINT32_MAX + std::uint64_t{1};
    entry.crc32 = 0xFFFFFFFF;
    entry.digest = to_bytes("digest");
    entry.method = "deflate";
    entry.comment = "comment";
    entry.device_major = 7;
    entry.device_minor = UINT32_MAX;
  }
  if (i % 3 == 0 && type == EntryType::kFile && i > 0) {
    entry.data_runs = std::vector<Extent>{{.offset = 0, .length = 1, .hole = false},
                                          {.offset = i * 1000 - 1, .length = 1, .hole = false}};
  }
  if (i % 11 == 0) {
    entry.mode.reset();
    entry.modified.reset();
    entry.owner.reset();
  }
  return entry;
}

MemberTable full_table(std::size_t rows) {
  MemberTable table;
  for (std::size_t i = 0; i < rows; ++i) {
    table.rows.push_back(
        {.header = i * 1536, .entry = full_entry(static_cast<EntryType>(i % 7), i)});
  }
  return table;
}

void expect_same(const MemberTable& a, const MemberTable& b) {
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    const Entry& x = a.rows[i].entry;
    const Entry& y = b.rows[i].entry;
    EXPECT_EQ(a.rows[i].header, b.rows[i].header);
    EXPECT_EQ(x.path, y.path);
    EXPECT_EQ(x.type, y.type);
    EXPECT_EQ(x.size, y.size);
    EXPECT_EQ(x.stored_size, y.stored_size);
    EXPECT_EQ(x.mode, y.mode);
    EXPECT_EQ(x.modified, y.modified);
    EXPECT_EQ(x.accessed, y.accessed);
    EXPECT_EQ(x.owner, y.owner);
    EXPECT_EQ(x.user, y.user);
    EXPECT_EQ(x.group, y.group);
    EXPECT_EQ(x.link_target, y.link_target);
    EXPECT_EQ(x.device_major, y.device_major);
    EXPECT_EQ(x.device_minor, y.device_minor);
    EXPECT_EQ(x.xattrs, y.xattrs);
    EXPECT_EQ(x.method, y.method);
    EXPECT_EQ(x.crc32, y.crc32);
    EXPECT_EQ(x.digest, y.digest);
    EXPECT_EQ(x.comment, y.comment);
    ASSERT_EQ(x.data_runs.has_value(), y.data_runs.has_value());
    if (x.data_runs) {
      ASSERT_EQ(x.data_runs->size(), y.data_runs->size());
      for (std::size_t k = 0; k < x.data_runs->size(); ++k) {
        EXPECT_EQ((*x.data_runs)[k].offset, (*y.data_runs)[k].offset);
        EXPECT_EQ((*x.data_runs)[k].length, (*y.data_runs)[k].length);
      }
    }
  }
}

SeekIndex index_of(const Source& file) {
  SeekIndex index;
  index.format = Format::kGzip;
  index.compressed_size = *file.size();
  index.content_size = 100000;
  index.fingerprint = *seek_fingerprint(file);
  index.points = {
      {.content = 0, .bit = 0, .context = 0, .window = {}, .lines = 0},
      {.content = 5000, .bit = 77, .context = 1, .window = text_bytes(300), .lines = 0}};
  return index;
}

TEST(MemberTable, EverythingAnEntryHasComesBack) {
  const Bytes content = text_bytes(100'000);
  const auto file = memory_source(content);
  const MemberTable table = full_table(500);
  const SeekIndex index = index_of(*file);
  for (const SeekIndex* const with : {static_cast<const SeekIndex*>(nullptr), &index}) {
    const auto bytes = encode_sidecar(*file, with, &table);
    ASSERT_TRUE(bytes.ok()) << bytes.status().to_string();
    const auto back = decode_sidecar(*bytes);
    ASSERT_TRUE(back.ok()) << back.status().to_string();
    ASSERT_TRUE(back->table.has_value());
    expect_same(*back->table, table);
    EXPECT_EQ(back->index.has_value(), with != nullptr);
    EXPECT_TRUE(check_sidecar(*back, *file).ok());
    const auto other = memory_source(ByteSpan(content).first(99'999));
    EXPECT_EQ(check_sidecar(*back, *other).code(), Code::kInvalidArgument);
    if (with != nullptr) {
      EXPECT_EQ(back->index->points.size(), 2U);
      // Whoever wants the index alone takes it from the same file.
      EXPECT_TRUE(decode_seek_index(*bytes).ok());
    }
  }
  const auto alone = encode_seek_index(index);
  const auto sidecar = decode_sidecar(*alone);
  ASSERT_TRUE(sidecar.ok());
  EXPECT_FALSE(sidecar->table.has_value());
  EXPECT_TRUE(check_sidecar(*sidecar, *file).ok());
}

TEST(MemberTable, DamageAnywhereIsFound) {
  const Bytes content = text_bytes(1000);
  const auto file = memory_source(content);
  const MemberTable table = full_table(20);
  const SeekIndex index = index_of(*file);
  const Bytes bytes = *encode_sidecar(*file, &index, &table);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes hit = bytes;
    hit[at] ^= std::byte{0x10};
    EXPECT_FALSE(decode_sidecar(hit).ok()) << at;
    if (at > 0) {
      const auto cut = decode_sidecar(ByteSpan(bytes).first(at));
      EXPECT_TRUE(!cut.ok() || !cut->table) << at;
    }
  }
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_EQ(decode_sidecar(longer).status().code(), Code::kCorrupt);
  EXPECT_EQ(decode_sidecar({}).status().code(), Code::kUnsupported);
}

TEST(MemberTable, RowsThatWereTamperedWithNeverCrash) {
  const auto raw = encode_rows(full_table(30));
  ASSERT_TRUE(raw.ok());
  for (std::size_t at = 0; at < raw->size(); ++at) {
    for (const unsigned flip : {1U, 0x80U, 0xFFU}) {
      Bytes hit = *raw;
      hit[at] ^= static_cast<std::byte>(flip);
      const auto table = decode_rows(hit, 30, 1U << 20U);
      for (const auto& row : table.ok() ? table->rows : std::vector<MemberTable::Row>()) {
        EXPECT_LE(row.entry.mode.value_or(0), 07777U);
        EXPECT_LT(row.entry.modified.value_or(Entry::Time{}).nanoseconds, 1'000'000'000U);
      }
    }
  }
  EXPECT_EQ(decode_rows(*raw, 29, 1U << 20U).status().code(), Code::kCorrupt);
  EXPECT_EQ(decode_rows(*raw, 31, 1U << 20U).status().code(), Code::kCorrupt);
  EXPECT_EQ(decode_rows(*raw, UINT64_MAX, 1U << 20U).status().code(), Code::kCorrupt);
  EXPECT_EQ(decode_rows(*raw, 30, 10'000).status().code(), Code::kLimitExceeded);
}

TEST(MemberTable, PathsThatUnfoldBeyondTheLimitAreRefused) {
  MemberTable table;
  for (std::size_t i = 0; i < 500; ++i) {
    MemberTable::Row row;
    row.entry.path = std::string(50'000, 'p') + std::to_string(i);
    table.rows.push_back(row);
  }
  const auto raw = encode_rows(table);
  EXPECT_LT(raw->size(), 100'000U);
  EXPECT_EQ(decode_rows(*raw, 500, 10U << 20U).status().code(), Code::kLimitExceeded);
  EXPECT_TRUE(decode_rows(*raw, 500, 50U << 20U).ok());
}

TEST(MemberTable, RowsOutOfOrderAreNotEncoded) {
  MemberTable table = full_table(3);
  std::swap(table.rows[0], table.rows[2]);
  EXPECT_EQ(encode_rows(table).status().code(), Code::kInvalidArgument);
}

}  // namespace
