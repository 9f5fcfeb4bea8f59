// Byte ranges: right bytes, few reads, and a way without the index.
#include <gtest/gtest.h>

#include <atomic>

#include "container/index_builder.hpp"
#include "container/warp3_support.hpp"
#include "container/warp_index.hpp"
#include "core/endian.hpp"
#include "io/decorators.hpp"

namespace kompakt::testing::warp3 {
namespace {

using kompakt::warp3::kIndexFanout;
using kompakt::warp3::RecordHeader;
using kompakt::warp3::RecordType;

TEST(Warp3Range, EveryRangeOverBlockBordersIsRight) {
  const Bytes content =
      joined({text_bytes(4096), random_bytes(4096), Bytes(4096), text_bytes(1000)});
  const Bytes file = pack(content);
  const std::size_t offsets[] = {0, 1, 4095, 4096, 4097, 8191, 8192, 12287, 12288, 13287, 13288};
  for (const std::size_t offset : offsets) {
    for (const std::size_t length : {0U, 1U, 2U, 4096U, 4097U, 8193U, 100000U}) {
      for (const Ends& ends : {Ends{.threads = 1}, Ends{.pipe_out = true, .threads = 2}}) {
        const auto out = unpack_range(file, offset, length, ends);
        ASSERT_TRUE(out.status.ok()) << out.status.to_string();
        ASSERT_EQ(out.content, slice(content, offset, length))
            << offset << '+' << length << ' ' << ends;
      }
    }
  }
}

TEST(Warp3Range, EndIsCutAtTheContentsEndAndBeginMustLieWithin) {
  const Bytes content = text_bytes(5000);
  const Bytes file = pack(content);
  EXPECT_EQ(unpack_range(file, 4000, UINT64_MAX).content, slice(content, 4000, 1000));
  EXPECT_EQ(unpack_range(file, 5001, 1).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(unpack_range(file, UINT64_MAX, UINT64_MAX).status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(unpack_range(pack({}), 0, 10).status.ok());
}

TEST(Warp3Range, EmptyRangeReadsNoBlock) {
  const Bytes file = pack(random_bytes(20 * 4096));
  const auto memory = memory_source(file);
  CountingSource source(*memory);
  ASSERT_TRUE(decompress_range(source, *null_sink(), 4096, 0).ok());
  EXPECT_LT(source.bytes(), 500U);
}

TEST(Warp3Range, OfAPipeIsDecodedFromItsBeginning) {
  const Bytes content = text_bytes(20'000);
  const Bytes file = pack(content);
  OrderedSource pipe(file);
  Bytes out;
  ASSERT_TRUE(decompress_range(pipe, *memory_sink(out), 5000, 100).ok());
  EXPECT_EQ(out, Bytes(content.begin() + 5000, content.begin() + 5100));
  OrderedSource again(file);
  EXPECT_EQ(decompress_range(again, *null_sink(), 20'001, 1).status().code(),
            Code::kInvalidArgument);
}

TEST(Warp3Range, AcrossStreams) {
  const Bytes a = random_bytes(9000);
  const Bytes b = text_bytes(100);
  const Bytes whole = joined({a, b, a});
  const Bytes file = joined({pack(a), pack(b, small_blocks(HashId::kNone)), pack({}), pack(a)});
  for (std::size_t offset = 8000; offset < 10200; offset += 99) {
    const auto out = unpack_range(file, offset, 1200);
    ASSERT_TRUE(out.status.ok()) << out.status.to_string();
    ASSERT_EQ(out.content, slice(whole, offset, 1200));
  }
}

/// Blocks enough for two index records and a root, of very little content.
const Bytes& many_blocks() {
  static const Bytes kContent = [] {
    Bytes bytes((kIndexFanout + 100) * 4096);
    for (std::size_t block = 0; block < kIndexFanout + 100; ++block) {
      store_le<std::uint64_t>(MutableByteSpan(bytes).subspan(block * 4096), block * 7919 + 1);
    }
    return bytes;
  }();
  return kContent;
}

TEST(Warp3Index, MoreBlocksThanOneIndexRecordHolds) {
  const Bytes& content = many_blocks();
  auto options = small_blocks();
  options.run.threads = 2;
  const Bytes file = pack(content, options);
  std::size_t indexes = 0;
  std::size_t roots = 0;
  for (const auto& record : records_of(file)) {
    indexes += record.header.type == RecordType::kIndex ? 1 : 0;
    roots += record.header.type == RecordType::kRoot ? 1 : 0;
  }
  EXPECT_EQ(indexes, 2U);
  EXPECT_EQ(roots, 1U);
  for (const bool pipe : {false, true}) {
    const auto out = unpack(file, {.pipe_in = pipe, .threads = 2});
    ASSERT_TRUE(out.status.ok()) << out.status.to_string();
    ASSERT_TRUE(out.content == content);
  }
  const std::size_t border = kIndexFanout * 4096;
  for (const std::size_t offset :
       {std::size_t{0}, border - 5000, border - 1, border, content.size() - 3}) {
    const auto memory = memory_source(file);
    CountingSource source(*memory);
    Bytes range;
    const auto sink = memory_sink(range);
    ASSERT_TRUE(decompress_range(source, *sink, offset, 3).ok());
    EXPECT_EQ(range, slice(content, offset, 3));
    // At most two index records of 4096 and 100 entries of 24 bytes, the root, the end, two blocks.
    EXPECT_LT(source.bytes(), (kIndexFanout + 100) * 24 + 1500);
  }
  // Damage in one index record does not stand in the way of the blocks.
  Bytes damaged = file;
  for (const auto& record : records_of(file)) {
    if (record.header.type == RecordType::kIndex) {
      flip(damaged, record.payload_at() + 100);
      break;
    }
  }
  EXPECT_EQ(unpack_range(damaged, border - 1, 3).content, slice(content, border - 1, 3));
  EXPECT_EQ(unpack_range(damaged, 12345, 9).content, slice(content, 12345, 9));
}

TEST(Warp3Index, ExactlyOneFullIndexRecordNeedsNoRoot) {
  const Bytes content = slice(many_blocks(), 0, kIndexFanout * 4096);
  const Bytes file = pack(content);
  for (const auto& record : records_of(file)) {
    EXPECT_NE(record.header.type, RecordType::kRoot);
  }
  EXPECT_TRUE(unpack(file).content == content);
  EXPECT_EQ(unpack_range(file, content.size() - 5000, 9).content,
            slice(content, content.size() - 5000, 9));
}

TEST(Warp3Index, RangesWorkWithoutTheEndOfTheFile) {
  const Bytes content = random_bytes(10 * 4096);
  const Bytes file = pack(content);
  const auto records = records_of(file);
  const auto index_at = static_cast<std::size_t>(records[10].at);
  for (const std::size_t cut :
       {file.size() - 1, file.size() - 8, static_cast<std::size_t>(records.back().at),
        index_at + 20, index_at}) {
    const Bytes lost = slice(file, 0, cut);
    const auto source = memory_source(lost);
    const auto index = WarpIndex::open(*source);
    ASSERT_TRUE(index.ok()) << index.status().to_string();
    EXPECT_TRUE(is_damage(index->recovered()));
    EXPECT_EQ(index->raw_size(), content.size());
    EXPECT_EQ(unpack_range(lost, 5000, 9000).content, slice(content, 5000, 9000));
    // A range up to an end that nobody knows must not look complete.
    const auto rest = unpack_range(lost, 5000, UINT64_MAX);
    EXPECT_TRUE(rest.status.ok() ? cut > records.back().at : rest.status.code() == Code::kTruncated)
        << cut;
  }
  // Blocks are missing too.
  const Bytes half = slice(file, 0, static_cast<std::size_t>(block_of(file, 6).payload_at() + 5));
  EXPECT_EQ(unpack_range(half, 4096, 5 * 4096).content, slice(content, 4096, 5 * 4096));
  EXPECT_EQ(unpack_range(half, 6 * 4096 - 5, 10).status.code(), Code::kTruncated);
}

TEST(Warp3Index, RangesWorkAroundDamagedHeaders) {
  const Bytes content = random_bytes(10 * 4096);
  Bytes file = pack(content);
  flip(file, block_of(file, 3).at + 2);
  flip(file, file.size() - 1);  // so that the index cannot be used
  EXPECT_EQ(unpack_range(file, 4 * 4096, 6 * 4096).content, slice(content, 4 * 4096, 6 * 4096));
  EXPECT_EQ(unpack_range(file, 0, 3 * 4096).content, slice(content, 0, 3 * 4096));
  EXPECT_EQ(unpack_range(file, 3 * 4096 - 1, 2).status.code(), Code::kCorrupt);
  EXPECT_EQ(unpack_range(file, 4 * 4096 - 1, 2).status.code(), Code::kCorrupt);
}

TEST(Warp3Index, ScanGoesFromStreamToStream) {
  const Bytes a = random_bytes(9000);
  const Bytes b = text_bytes(9000);
  const Bytes file = joined({pack(a), pack(b), pack(a)});
  const Bytes whole = joined({a, b, a});
  const Bytes cut = slice(file, 0, file.size() - 8);
  const auto source = memory_source(cut);
  auto index = WarpIndex::open(*source);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->streams().size(), 3U);
  EXPECT_EQ(index->raw_size(), whole.size());
  for (std::size_t offset = 0; offset + 4000 < whole.size(); offset += 1999) {
    EXPECT_EQ(unpack_range(cut, offset, 4000).content, slice(whole, offset, 4000)) << offset;
  }
  // The end of the first stream is damaged: where the second begins in the content is not known.
  Bytes damaged = file;
  flip(damaged, records_of(pack(a)).back().at);
  EXPECT_EQ(unpack_range(damaged, 100, 8900).content, slice(whole, 100, 8900));
  EXPECT_EQ(unpack_range(damaged, 100, 8901).status.code(), Code::kTruncated);
}

TEST(Warp3Index, TheIndexIsCheckedAgainstTheContentDigest) {
  // Two blocks of equal size change places in the index; everything that guards the record itself
  // is made to fit again.
  const Bytes content = random_bytes(4 * 4096);
  Bytes file = pack(content);
  for (const auto& record : records_of(file)) {
    if (record.header.type != RecordType::kIndex) {
      continue;
    }
    const std::size_t entry = kompakt::warp3::IndexEntry::size(HashId::kXxh3);
    const auto payload = MutableByteSpan(file).subspan(
        static_cast<std::size_t>(record.payload_at()), record.header.payload_size);
    std::swap_ranges(payload.begin() + 8, payload.begin() + static_cast<std::ptrdiff_t>(entry),
                     payload.begin() + static_cast<std::ptrdiff_t>(entry) + 8);
    auto header = record.header;
    header.payload_hash = xxh3_64(payload);
    header.encode(
        MutableByteSpan(file).subspan(static_cast<std::size_t>(record.at), RecordHeader::kSize),
        {});
  }
  EXPECT_EQ(unpack(file).status.code(), Code::kCorrupt);
  const auto source = memory_source(file);
  auto index = WarpIndex::open(*source);
  ASSERT_TRUE(index.ok());
  EXPECT_TRUE(index->recovered().ok());
  const auto blocks = index->find(0, 4096);
  ASSERT_TRUE(blocks.ok());
  EXPECT_EQ(index->recovered().code(), Code::kCorrupt);
  // Found by scanning, the content is right.
  EXPECT_EQ(unpack_range(file, 0, 4096).content, slice(content, 0, 4096));
}

/// Content of any size that exists only while it is read: each 8-byte word is a function of its
/// place.
class SynthesisedSource final : public Source {
 public:
  explicit SynthesisedSource(std::uint64_t size) : size_(size) {}
  Result<std::size_t> read(MutableByteSpan out) override {
    auto got = read_at(position_, out);
    position_ += got.ok() ? *got : 0;
    return got;
  }
  std::optional<std::uint64_t> size() const override { return size_; }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    if (offset >= size_) {
      return std::size_t{0};
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
    std::fill_n(out.begin(), count, std::byte{0});
    for (std::uint64_t page = (offset + kPage - 1) / kPage * kPage; page < offset + count;
         page += kPage) {
      for (std::uint64_t i = 0; i < 8 && page + i < offset + count; ++i) {
        out[static_cast<std::size_t>(page + i - offset)] =
            static_cast<std::byte>((page / kPage + 1) >> (8 * i));
      }
    }
    return count;
  }

 private:
  static constexpr std::uint64_t kPage = std::uint64_t{1} << 16U;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

TEST(Warp3Range, OfALargeFileReadsOnlyTheBlocksItNeeds) {
  SynthesisedSource content(1'300'000'000);
  auto options = small_blocks();
  options.block_size = std::size_t{4} << 20U;
  Bytes file;
  const auto file_sink = memory_sink(file);
  ASSERT_TRUE(compress(content, *file_sink, options).ok());
  const auto memory = memory_source(file);
  CountingSource source(*memory);
  const std::uint64_t offset = 1'234'567'890;
  const std::size_t length = 200'000;
  Bytes range;
  const auto sink = memory_sink(range);
  ASSERT_TRUE(decompress_range(source, *sink, offset, length).ok());
  Bytes expected(length);
  ASSERT_TRUE(content.read_at(offset, expected).ok());
  EXPECT_TRUE(range == expected);
  const std::uint64_t blocks = 1'300'000'000 / *options.block_size + 1;
  const std::uint64_t block = block_of(file, 3).header.stored_size();
  EXPECT_LT(source.bytes(), blocks * 24 + 1000 + 2 * block);
  EXPECT_LT(source.bytes(), file.size() / 50);
}

}  // namespace
}  // namespace kompakt::testing::warp3
