// Files that are well formed to the last checksum and lie all the same, or come from the future.
#include <gtest/gtest.h>

#include "container/index_builder.hpp"
#include "container/metadata.hpp"
#include "container/warp3_support.hpp"
#include "container/warp_index.hpp"
#include "core/endian.hpp"
#include "kompakt/inspect.hpp"

namespace kompakt::testing::warp3 {
namespace {

using namespace kompakt::warp3;

constexpr std::uint32_t kStream = 0x1234;
constexpr HashId kHash = HashId::kXxh3;

/// Writes a stream record by record; the index and the end follow from the blocks unless a test
/// adds its own.
class StreamMaker {
 public:
  explicit StreamMaker(FileHeader header = default_header())
      : header_(header), index_(header.hash) {
    bytes_.resize(FileHeader::kSize);
    header_.encode(bytes_);
  }
  static FileHeader default_header() {
    FileHeader header;
    header.hash = kHash;
    header.block_log = 12;
    header.stream_id = kStream;
    return header;
  }
  StreamMaker& add(RecordHeader header, ByteSpan extension, ByteSpan payload) {
    header.stream_id = header_.stream_id;
    const Bytes record = make_record(header, extension, payload);
    bytes_.insert(bytes_.end(), record.begin(), record.end());
    return *this;
  }
  StreamMaker& block(ByteSpan raw) { return block_with_digest(raw, hash_bytes(header_.hash, raw)); }
  StreamMaker& block_with_digest(ByteSpan raw, const Digest& digest) {
    const RecordHeader header = next_block(raw.size());
    index_.add_block(raw.size(), bytes_.size(), digest);
    return add(header, extension(CodecId::kStore, digest, xxh3_64(raw)), raw);
  }
  StreamMaker& zeros(std::uint64_t size) {
    const Digest none{.bytes = {}, .size = digest_size(header_.hash)};
    const RecordHeader header = next_block(size);
    index_.add_block(size, bytes_.size(), none);
    return add(header, extension(CodecId::kZero, none), {});
  }
  [[nodiscard]] RecordHeader next_block(std::uint64_t size) const {
    RecordHeader header;
    header.raw_offset = index_.raw_size();
    header.raw_size = size;
    header.sequence = index_.blocks();
    return header;
  }
  static Bytes extension(CodecId codec, const Digest& digest, std::uint64_t raw_hash = 0) {
    BlockExtension extension;
    extension.chain.push_back({static_cast<std::uint16_t>(codec), {}});
    extension.raw_hash = raw_hash;
    extension.digest = digest;
    return extension.encode();
  }
  StreamMaker& index() {
    if (index_.last_segment_due()) {
      const auto payload = index_.segment_payload();
      const auto header = index_.segment_header(header_.stream_id);
      index_.segment_done(bytes_.size());
      add(header, {}, payload);
    }
    return *this;
  }
  [[nodiscard]] End end_record() const {
    End end;
    end.top_index_offset = index_.top_index();
    end.file = header_;
    end.content = index_.content_digest();
    end.stream_size = bytes_.size() + RecordHeader::kSize + end.encode().size() + End::kTailSize;
    return end;
  }
  [[nodiscard]] RecordHeader end_header() const {
    RecordHeader header;
    header.type = RecordType::kEnd;
    header.raw_offset = index_.raw_size();
    header.sequence = index_.blocks();
    return header;
  }
  Bytes finish(const RecordHeader& header, const End& end) {
    const auto payload = end.encode();
    add(header, {}, payload);
    const auto tail = End::tail(
        static_cast<std::uint32_t>(RecordHeader::kSize + payload.size() + End::kTailSize));
    bytes_.insert(bytes_.end(), tail.begin(), tail.end());
    return bytes_;
  }
  Bytes finish() {
    index();
    return finish(end_header(), end_record());
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  FileHeader header_;
  IndexBuilder index_;
  Bytes bytes_;
};

RecordHeader record_of_type(unsigned type) {
  RecordHeader header;
  header.type = static_cast<RecordType>(type);
  return header;
}

/// The code that reading the whole file gives through a file and a pipe, which must agree.
Code code_of(const Bytes& file) {
  const auto out = unpack(file);
  const auto piped = unpack(file, {.pipe_in = true, .pipe_out = true, .threads = 2});
  EXPECT_EQ(out.status.code(), piped.status.code())
      << out.status.to_string() << " / " << piped.status.to_string();
  return out.status.code();
}

TEST(Warp3Growth, StreamsMadeByHandAreRead) {
  const Bytes content = random_bytes(5000);
  const Bytes file =
      StreamMaker().block(slice(content, 0, 4096)).block(slice(content, 4096, 904)).finish();
  for (const Ends& ends : kAllEnds) {
    const auto out = unpack(file, ends);
    ASSERT_TRUE(out.status.ok()) << out.status.to_string();
    EXPECT_EQ(out.content, content);
  }
  EXPECT_EQ(unpack_range(file, 4000, 200).content, slice(content, 4000, 200));
}

TEST(Warp3Growth, SkippableRecordsOfUnknownTypesAreSteppedOver) {
  const Bytes content = random_bytes(5000);
  const Bytes parity = random_bytes(300'000, 8);
  auto flagged = record_of_type(0xC1);
  flagged.flags = 0xFF;
  flagged.raw_size = 77;
  StreamMaker maker;
  maker.add(record_of_type(0x82), {}, {});
  maker.block(slice(content, 0, 4096));
  maker.add(flagged, to_bytes("an extension"), parity);
  maker.block(slice(content, 4096, 904));
  maker.add(record_of_type(0xFF), {}, to_bytes("signature"));
  const Bytes file = maker.finish();
  for (const Ends& ends : kAllEnds) {
    const auto out = unpack(file, ends);
    ASSERT_TRUE(out.status.ok()) << out.status.to_string();
    EXPECT_EQ(out.content, content);
  }
  EXPECT_EQ(unpack_range(file, 4000, 200).content, slice(content, 4000, 200));
  const Bytes cut = slice(file, 0, file.size() - 1);
  EXPECT_EQ(unpack_range(cut, 4000, 200).content, slice(content, 4000, 200));
  // Their payloads are checked all the same.
  Bytes damaged = file;
  flip(damaged, file.size() / 2);
  EXPECT_EQ(code_of(damaged), Code::kCorrupt);
}

TEST(Warp3Growth, OneBlockBehindSkippableRecordsIsFound) {
  const Bytes content = random_bytes(500);
  StreamMaker maker;
  maker.add(record_of_type(0x90), {}, to_bytes("first"));
  WarpMetadata metadata;
  metadata.name = "n";
  maker.add(record_of_type(0x81), {}, encode_metadata(metadata));
  const Bytes file = maker.block(content).finish();
  EXPECT_EQ(unpack_range(file, 10, 20).content, slice(content, 10, 20));
  EXPECT_EQ(unpack(file).result.metadata, metadata);
  const auto source = memory_source(file);
  EXPECT_EQ(inspect(*source).value().metadata, metadata);
}

TEST(Warp3Growth, CriticalRecordsOfUnknownTypesNeedANewerReader) {
  for (const unsigned type : {0x00U, 0x05U, 0x7FU}) {
    StreamMaker maker;
    maker.block(random_bytes(10)).add(record_of_type(type), {}, {});
    const auto out = unpack(maker.finish());
    EXPECT_EQ(out.status.code(), Code::kUnsupported) << type;
    EXPECT_NE(out.status.message().find("newer"), std::string_view::npos);
  }
}

TEST(Warp3Growth, NewerRevisionHashOrReservedFieldOfTheFileNeedsANewerReader) {
  auto header = StreamMaker::default_header();
  header.minimum_revision = 2;
  EXPECT_EQ(code_of(StreamMaker(header).finish()), Code::kUnsupported);
  Bytes file = StreamMaker().block(random_bytes(10)).finish();
  const auto reseal = [&file] {
    store_le<std::uint32_t>(MutableByteSpan(file).subspan(20), crc32c(ByteSpan(file).first(20)));
  };
  file[16] = std::byte{1};
  reseal();
  EXPECT_EQ(code_of(file), Code::kUnsupported);
  file[16] = std::byte{0};
  file[6] = std::byte{5};
  reseal();
  EXPECT_EQ(code_of(file), Code::kUnsupported);
  file[6] = std::byte{2};
  file[7] = std::byte{31};
  reseal();
  EXPECT_EQ(code_of(file), Code::kCorrupt);
  file[7] = std::byte{11};
  reseal();
  EXPECT_EQ(code_of(file), Code::kCorrupt);
}

TEST(Warp3Growth, UnknownCodecsTransformsAndFlagsNeedANewerReader) {
  const Bytes raw = random_bytes(10);
  const Digest digest = hash_bytes(kHash, raw);
  const auto with = [&](std::uint8_t flags, const Bytes& extension) {
    StreamMaker maker;
    auto header = maker.next_block(raw.size());
    header.flags = flags;
    return unpack(maker.add(header, extension, raw).finish()).status;
  };
  const Bytes stored = StreamMaker::extension(CodecId::kStore, digest, xxh3_64(raw));
  EXPECT_EQ(with(0x02, stored).code(), Code::kUnsupported);
  EXPECT_EQ(with(0x80, stored).code(), Code::kUnsupported);
  const Status codec =
      with(0, StreamMaker::extension(static_cast<CodecId>(999), digest, xxh3_64(raw)));
  EXPECT_EQ(codec.code(), Code::kUnsupported);
  EXPECT_EQ(codec.block(), 0U);
  BlockExtension chain;
  chain.chain = {{0x8001, {}}, {0, {}}};
  chain.raw_hash = xxh3_64(raw);
  chain.digest = digest;
  EXPECT_EQ(with(0, chain.encode()).code(), Code::kUnsupported);
}

TEST(Warp3Hostile, BlocksThatContradictThemselvesOrTheFileHeader) {
  const Bytes raw = random_bytes(100);
  const Digest digest = hash_bytes(kHash, raw);
  const Digest none{.bytes = {}, .size = digest_size(kHash)};
  const auto with = [](const RecordHeader& header, const Bytes& extension, ByteSpan payload) {
    return code_of(StreamMaker().add(header, extension, payload).finish());
  };
  const RecordHeader fine = StreamMaker().next_block(100);
  const Bytes stored = StreamMaker::extension(CodecId::kStore, digest, xxh3_64(raw));
  const Bytes zero = StreamMaker::extension(CodecId::kZero, none);
  auto header = fine;
  header.raw_size = 0;
  EXPECT_EQ(with(header, stored, {}), Code::kCorrupt);
  header.raw_size = 4097;  // more than 2^12
  EXPECT_EQ(with(header, stored, Bytes(4097)), Code::kCorrupt);
  header.raw_size = 99;  // payload larger than content
  EXPECT_EQ(with(header, stored, raw), Code::kCorrupt);
  header.raw_size = 101;  // stored block of another size
  EXPECT_EQ(with(header, stored, raw), Code::kCorrupt);
  header = fine;
  header.raw_offset = UINT64_MAX - 50;  // wraps
  EXPECT_EQ(with(header, stored, raw), Code::kCorrupt);
  header.raw_offset = 1;
  EXPECT_EQ(with(header, stored, raw), Code::kCorrupt);
  header = fine;
  header.sequence = 1;
  EXPECT_EQ(with(header, stored, raw), Code::kCorrupt);
  header = fine;
  header.flags = kFlagHole;  // a hole with bytes
  EXPECT_EQ(with(header, stored, raw), Code::kCorrupt);
  EXPECT_EQ(with(fine, zero, raw), Code::kCorrupt);  // zeros with bytes
  EXPECT_EQ(with(fine, StreamMaker::extension(CodecId::kZero, digest), {}), Code::kCorrupt);
  EXPECT_EQ(with(fine, {}, raw), Code::kCorrupt);
  EXPECT_EQ(with(fine, Bytes(9), raw), Code::kCorrupt);                // no steps
  EXPECT_EQ(with(fine, Bytes(9, std::byte{5}), raw), Code::kCorrupt);  // too many
  Bytes longer = stored;
  longer.push_back(std::byte{0});
  EXPECT_EQ(with(fine, longer, raw), Code::kCorrupt);
  BlockExtension parameters;
  parameters.chain = {{0, Bytes(1)}};
  parameters.raw_hash = xxh3_64(raw);
  parameters.digest = digest;
  EXPECT_EQ(with(fine, parameters.encode(), raw), Code::kCorrupt);
  EXPECT_EQ(with(fine, StreamMaker::extension(CodecId::kStore, digest, 1), raw),
            Code::kCorrupt);  // wrong checksum of the content
  EXPECT_EQ(with(fine, StreamMaker::extension(CodecId::kZero, none, 1), {}), Code::kCorrupt);
}

TEST(Warp3Hostile, AWrongDigestIsFoundWhenDigestsAreAskedFor) {
  const Bytes raw = random_bytes(100);
  const Digest wrong = hash_bytes(kHash, random_bytes(99));
  for (const bool pipe : {false, true}) {
    for (const bool verify : {false, true}) {
      DecompressOptions options;
      options.verify_digests = verify;
      const auto out = unpack(StreamMaker().block_with_digest(raw, wrong).finish(),
                              {.pipe_in = pipe, .pipe_out = pipe, .threads = 2}, options);
      EXPECT_EQ(out.status.code(), verify ? Code::kCorrupt : Code::kOk);
    }
  }
}

TEST(Warp3Hostile, SizesNearTheEndOfNumbers) {
  // A zero block of nearly 2^64 bytes is legal; limits are for the caller to set.
  const Bytes bomb = StreamMaker().zeros(UINT64_MAX - 1).finish();
  DecompressOptions limited;
  limited.max_output = std::uint64_t{1} << 40U;
  for (const bool pipe : {false, true}) {
    EXPECT_EQ(
        unpack(bomb, {.pipe_in = pipe, .pipe_out = true, .threads = 2}, limited).status.code(),
        Code::kLimitExceeded);
  }
  EXPECT_EQ(unpack(bomb).status.code(), Code::kLimitExceeded);  // no memory is that large
  EXPECT_EQ(unpack_range(bomb, std::uint64_t{1} << 60U, 5).content, Bytes(5));
  // Two streams whose sum wraps.
  const Bytes twice = joined({bomb, bomb});
  const auto source = memory_source(twice);
  EXPECT_EQ(decompress(*source, *null_sink(), {}).status().code(), Code::kLimitExceeded);
  EXPECT_FALSE(unpack_range(twice, 5, 5).status.ok() &&
               unpack_range(twice, 5, 5).content != Bytes(5));
  // With keep_going a block may be far away.
  StreamMaker maker;
  maker.block(random_bytes(10));
  auto far = maker.next_block(10);
  far.raw_offset = UINT64_MAX - 20;
  far.sequence = 2;
  const Bytes raw = random_bytes(10);
  maker.add(far, StreamMaker::extension(CodecId::kStore, hash_bytes(kHash, raw)), raw);
  limited.keep_going = true;
  EXPECT_EQ(unpack(joined({StreamMaker().block(raw).finish(), maker.finish()}),
                   {.pipe_out = true, .threads = 1}, limited)
                .status.code(),
            Code::kLimitExceeded);
}

TEST(Warp3Hostile, EndRecordsThatLie) {
  const Bytes raw = random_bytes(100);
  const auto with = [&raw](auto change) {
    StreamMaker maker;
    maker.block(raw).block(raw).index();
    RecordHeader header = maker.end_header();
    End end = maker.end_record();
    change(header, end);
    const Bytes file = maker.finish(header, end);
    const auto range = unpack_range(file, 50, 100);
    EXPECT_TRUE(range.status.ok() ? range.content == slice(joined({raw, raw}), 50, 100)
                                  : is_damage(range.status))
        << range.status.to_string();
    return code_of(file);
  };
  EXPECT_EQ(with([](RecordHeader&, End&) {}), Code::kOk);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.raw_offset += 1; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.raw_offset = UINT64_MAX; }),
            Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.raw_offset = 0; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.raw_size = 1; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.sequence = 1; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.sequence = 5000; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader& header, End&) { header.sequence = UINT32_MAX; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.top_index_offset += 1; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.top_index_offset = 0; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.top_index_offset = UINT64_MAX; }),
            Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.stream_size -= 1; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.stream_size = 0; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.stream_size = UINT64_MAX; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.content.bytes[0] ^= std::byte{1}; }),
            Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.file.block_log = 13; }), Code::kCorrupt);
  EXPECT_EQ(with([](RecordHeader&, End& end) { end.file.stream_id += 1; }), Code::kCorrupt);
}

TEST(Warp3Hostile, EndRecordsThatPointAtEachOtherDoNotMakeAReaderGoInCircles) {
  // Every end claims that its stream is empty space before itself.
  Bytes file = StreamMaker().block(random_bytes(100)).finish();
  for (int i = 0; i < 3; ++i) {
    StreamMaker maker;
    End end = maker.end_record();
    end.stream_size = 0;
    const Bytes next = maker.finish(maker.end_header(), end);
    file.insert(file.end(), next.begin(), next.end());
  }
  const auto source = memory_source(file);
  static_cast<void>(WarpIndex::open(*source));
  EXPECT_EQ(unpack(file).status.code(), Code::kCorrupt);
}

TEST(Warp3Hostile, IndexRecordsWhereNoneBelong) {
  const Bytes raw = random_bytes(100);
  IndexBuilder empty(kHash);
  // Before any block, twice, before the last block, behind a single block, a root for one index.
  StreamMaker before;
  EXPECT_EQ(code_of(before.add(empty.segment_header(kStream), {}, {}).block(raw).finish()),
            Code::kCorrupt);
  StreamMaker early;
  EXPECT_EQ(code_of(early.block(raw).block(raw).index().block(raw).finish()), Code::kCorrupt);
  StreamMaker none;
  none.block(raw).block(raw);
  EXPECT_EQ(code_of(none.finish(none.end_header(), none.end_record())), Code::kCorrupt);
  StreamMaker rooted;
  rooted.block(raw).block(raw).index();
  EXPECT_EQ(code_of(rooted.add(record_of_type(3), {}, {}).finish()), Code::kCorrupt);
  StreamMaker late;
  late.block(raw).block(raw);
  WarpMetadata metadata;
  metadata.name = "n";
  EXPECT_EQ(code_of(late.add(record_of_type(0x81), {}, encode_metadata(metadata)).finish()),
            Code::kCorrupt);
}

TEST(Warp3Hostile, SideRecordsLargerThanAnyAreNotRead) {
  for (const unsigned type : {0x02U, 0x03U, 0x04U, 0x81U, 0x99U}) {
    StreamMaker maker;
    RecordHeader header = record_of_type(type);
    header.stream_id = kStream;
    header.payload_size = UINT32_MAX;
    Bytes bytes(RecordHeader::kSize);
    header.encode(bytes, {});
    Bytes file = StreamMaker().block(random_bytes(10)).finish();
    file.insert(file.begin() + FileHeader::kSize, bytes.begin(), bytes.end());
    EXPECT_EQ(code_of(file), Code::kCorrupt) << type;
  }
}

TEST(Warp3Hostile, AFullFanoutOfBlocksMustBeFollowedByItsIndex) {
  // Otherwise what a reader has to keep would grow with the file.
  StreamMaker maker;
  for (std::size_t i = 0; i <= kIndexFanout; ++i) {
    maker.zeros(1);
  }
  EXPECT_EQ(unpack(maker.finish()).status.code(), Code::kCorrupt);
}

TEST(Warp3Limits, MemoryThatTheFileHeaderDeclaresIsHeldAgainstTheLimit) {
  DecompressOptions options;
  options.run.max_memory = std::uint64_t{8} << 20U;
  auto header = StreamMaker::default_header();
  header.decode_kib = 16U << 10U;
  const Bytes raw = random_bytes(100);
  const Bytes large = StreamMaker(header).block(raw).finish();
  const Bytes small = StreamMaker().block(raw).finish();
  header.decode_kib = 0;
  header.block_log = 30;
  const Bytes huge_blocks = StreamMaker(header).block(raw).finish();
  for (const bool pipe : {false, true}) {
    const Ends ends{.pipe_in = pipe, .threads = 2};
    for (const Bytes& file :
         {large, huge_blocks, joined({small, large}), joined({small, huge_blocks})}) {
      const auto out = unpack(file, ends, options);
      EXPECT_EQ(out.status.code(), Code::kLimitExceeded) << out.status.to_string();
      EXPECT_NE(out.status.message().find("MiB"), std::string_view::npos);
    }
    EXPECT_TRUE(unpack(small, ends, options).status.ok());
  }
  const auto source = memory_source(huge_blocks);
  EXPECT_EQ(decompress_range(*source, *null_sink(), 0, 10, options).status().code(),
            Code::kLimitExceeded);
  // Without a limit the gibibyte is only reserved, never touched.
  EXPECT_TRUE(unpack(huge_blocks, {.pipe_in = true, .threads = 1}).status.ok());
}

TEST(Warp3Limits, OutputStopsAtTheLimit) {
  const Bytes content = random_bytes(10000);
  const Bytes file = pack(content);
  DecompressOptions options;
  options.max_output = 10000;
  EXPECT_TRUE(unpack(file, {}, options).status.ok());
  options.max_output = 9999;
  for (const Ends& ends : kAllEnds) {
    const auto out = unpack(file, ends, options);
    EXPECT_EQ(out.status.code(), Code::kLimitExceeded);
    EXPECT_EQ(out.status.block(), 2U);
    EXPECT_LE(out.content.size(), 9999U);
  }
  options.max_output = 15000;
  EXPECT_EQ(unpack(joined({file, file}), {}, options).status.code(), Code::kLimitExceeded);
  options.max_output = 10;
  const auto source = memory_source(file);
  EXPECT_EQ(decompress_range(*source, *null_sink(), 5000, 11, options).status().code(),
            Code::kLimitExceeded);
  EXPECT_TRUE(decompress_range(*source, *null_sink(), 5000, 10, options).ok());
}

}  // namespace
}  // namespace kompakt::testing::warp3
