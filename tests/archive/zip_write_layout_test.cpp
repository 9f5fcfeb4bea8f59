// The records of zip as types.
#include <limits>

#include "archive/zip/zip_write_record.hpp"
#include "zip_write_support.hpp"

namespace kompakt::testing {
namespace {

TEST(ZipLayout, RecordsComeBackAsTheyWent) {
  Bytes room(64);
  zip::CentralHeader central;
  central.version_needed = 45;
  central.flags = 0x808;
  central.method = zip::Method::kXz;
  central.modified = {.time = 0x1234, .date = 0x5678};
  central.crc32 = 0xCAFEBABE;
  central.stored_size = 1;
  central.size = 2;
  central.name_size = 3;
  central.extra_size = 4;
  central.comment_size = 5;
  central.external_attributes = 0x81A40000;
  central.local_offset = 7;
  central.store(room);
  const auto back = zip::CentralHeader::load(room);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->host, zip::kHostUnix);
  EXPECT_EQ(back->method, zip::Method::kXz);
  EXPECT_EQ(back->crc32, 0xCAFEBABE);
  EXPECT_EQ(back->comment_size, 5);
  EXPECT_EQ(back->external_attributes, 0x81A40000);
  EXPECT_EQ(back->local_offset, 7U);
  EXPECT_EQ(back->modified, central.modified);
}

TEST(ZipLayout, TellsShortRecordsFromWrongOnes) {
  Bytes room(zip::kZip64EndSize);
  zip::Zip64End().store(room);
  EXPECT_TRUE(zip::Zip64End::load(room).ok());
  EXPECT_EQ(zip::Zip64End::load(ByteSpan(room).first(room.size() - 1)).status().code(),
            Code::kTruncated);
  EXPECT_EQ(zip::LocalHeader::load(room).status().code(), Code::kCorrupt);
  EXPECT_EQ(zip::EndRecord::load({}).status().code(), Code::kTruncated);
}

TEST(ZipLayout, DosTimesAreKeptToTwoSecondsWithinTheirRange) {
  using zip::DosZone;
  for (const std::int64_t seconds : {315'532'800L, 951'782'399L, 1'709'210'000L, 4'354'819'198L}) {
    const auto dos = zip::dos_time_of(seconds, DosZone::kUtc);
    EXPECT_EQ(zip::seconds_of(dos, DosZone::kUtc), seconds / 2 * 2);
    EXPECT_EQ(zip::seconds_of(zip::dos_time_of(seconds, DosZone::kLocal), DosZone::kLocal),
              seconds / 2 * 2);
  }
  const auto first = zip::dos_time_of(315'532'800, DosZone::kUtc);
  const auto last = zip::dos_time_of(4'354'819'198, DosZone::kUtc);
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t early : {kLeast, std::int64_t{-1}, std::int64_t{315'532'799}}) {
    EXPECT_EQ(zip::dos_time_of(early, DosZone::kUtc), first) << early;
  }
  for (const std::int64_t late : {std::int64_t{4'354'819'200}, kMost}) {
    EXPECT_EQ(zip::dos_time_of(late, DosZone::kUtc), last) << late;
  }
}

TEST(ZipLayout, NtfsTimesAreKeptTo100Nanoseconds) {
  for (const std::int64_t seconds : {-11'644'473'600L, -1L, 0L, 1'700'000'000L}) {
    const auto ntfs = zip::ntfs_time_of(seconds, 999'999'950);
    ASSERT_TRUE(ntfs.has_value());
    EXPECT_EQ(zip::unix_time_of(*ntfs).seconds, seconds);
    EXPECT_EQ(zip::unix_time_of(*ntfs).nanoseconds, 999'999'900U);
  }
  EXPECT_FALSE(zip::ntfs_time_of(-11'644'473'601, 0));
  EXPECT_FALSE(zip::ntfs_time_of(std::numeric_limits<std::int64_t>::max(), 0));
}

TEST(ZipLayout, ExtraFieldsEndWhereTheRestIsNoWholeField) {
  const Bytes bytes = to_bytes(std::string_view("\x01\x00\x02\x00xy\x02\x00\x05\x00zz", 12));
  zip::ExtraFields fields(bytes);
  const auto first = fields.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->id, 1);
  EXPECT_EQ(first->data.size(), 2U);
  EXPECT_FALSE(fields.next());
  EXPECT_EQ(fields.leftover(), 6U);
}

// Whatever passes 32 bits goes into the zip64 field, and nothing else does.
TEST(ZipLayout, CentralDirectoryHoldsWhatPasses4GiB) {
  struct Case {
    std::uint64_t size;
    std::uint64_t stored;
    std::uint64_t offset;
    std::size_t wide;
  };
  const std::uint64_t past = std::uint64_t{1} << 40U;
  for (const auto& [size, stored, offset, wide] :
       {Case{10, 10, 10, 0}, Case{past, 10, 10, 8}, Case{10, 10, past, 8}, Case{past, past, 10, 16},
        Case{past, past, past, 24}, Case{zip::kIn64, 10, zip::kIn64 - 1, 8}}) {
    zip::Member member;
    member.entry.path = "name";
    member.size = size;
    member.stored_size = stored;
    zip::CentralDirectory directory;
    directory.add(member, offset);
    Bytes out;
    const auto sink = memory_sink(out);
    const auto written = directory.write(*sink, offset + stored);
    ASSERT_TRUE(written.ok());
    EXPECT_EQ(*written, out.size());
    const auto central = zip::CentralHeader::load(out);
    ASSERT_TRUE(central.ok());
    EXPECT_EQ(central->extra_size, wide == 0 ? 0 : 4 + wide);
    EXPECT_EQ(central->version_needed, wide == 0 ? 10 : 45);
    const auto end = zip::EndRecord::load(ByteSpan(out).last(zip::kEndSize));
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(end->entries, 1);
    const bool zip64 = offset + stored >= zip::kIn64;
    EXPECT_EQ(end->central_offset,
              zip64 ? zip::kIn64 : static_cast<std::uint32_t>(offset + stored));
    EXPECT_EQ(out.size(), zip::kCentralSize + 4 + (wide == 0 ? 0 : 4 + wide) + zip::kEndSize +
                              (zip64 ? zip::kZip64EndSize + zip::kZip64LocatorSize : 0));
  }
}

}  // namespace
}  // namespace kompakt::testing
