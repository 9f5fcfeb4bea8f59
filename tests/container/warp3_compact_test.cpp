// The compact form of streams of one small block.
#include <gtest/gtest.h>

#include <functional>

#include "container/compact_stream.hpp"
#include "container/warp3_support.hpp"
#include "core/endian.hpp"
#include "kompakt/coder.hpp"
#include "kompakt/inspect.hpp"

namespace kompakt::testing::warp3 {
namespace {

using namespace kompakt::warp3;

CompressOptions for_size(HashId hash = HashId::kXxh3) {
  auto options = small_blocks(hash);
  options.codec = codec("bwt");
  options.block_size = std::size_t{1} << 20U;
  return options;
}

bool is_compact(ByteSpan file) { return CompactStream::size_from_header(file) == file.size(); }

WarpMetadata all_metadata() {
  WarpMetadata metadata = named("letters.txt");
  metadata.mode = 0640;
  metadata.modified = WarpMetadata::Time{-5, 999'999'999};
  metadata.owner = WarpMetadata::Owner{1000, 65534};
  metadata.xattrs = {{"user.k", std::string(200, 'v')}};
  return metadata;
}

TEST(Warp3Compact, IsWrittenForOneSmallBlockOfACodecForSize) {
  EXPECT_TRUE(is_compact(pack(text_bytes(1), for_size())));
  EXPECT_TRUE(is_compact(pack(random_bytes(500), for_size()))) << "stored";
  EXPECT_TRUE(is_compact(pack(Bytes(500), for_size()))) << "a zero block";
  EXPECT_TRUE(is_compact(pack(random_bytes(CompactStream::kMaxContent), for_size())));
  EXPECT_FALSE(is_compact(pack(random_bytes(CompactStream::kMaxContent + 1), for_size())));
  EXPECT_FALSE(is_compact(pack({}, for_size())));
  auto full = for_size();
  full.block_size = 4096;
  EXPECT_FALSE(is_compact(pack(text_bytes(4096), full))) << "a pipe could not tell that it is all";
  EXPECT_TRUE(is_compact(pack(text_bytes(4095), full)));
  auto fast = for_size();
  fast.codec = codec("zstd");
  EXPECT_FALSE(is_compact(pack(text_bytes(100), fast))) << "readers of the first revision read it";
  auto long_field = for_size();
  long_field.metadata = named(std::string(256, 'n'));
  EXPECT_FALSE(is_compact(pack(text_bytes(100), long_field)));
}

TEST(Warp3Compact, AFileAndAPipeGiveTheSameBytes) {
  const Bytes content = text_bytes(3000);
  Bytes of_pipe;
  OrderedSource source(content);
  const auto sink = memory_sink(of_pipe);
  ASSERT_TRUE(compress(source, *sink, for_size()).ok());
  EXPECT_EQ(of_pipe, pack(content, for_size()));
}

TEST(Warp3Compact, ContentAndMetadataComeBackEveryWay) {
  for (const HashId hash : {HashId::kNone, HashId::kXxh64, HashId::kXxh3, HashId::kBlake3}) {
    for (const Bytes& content : {text_bytes(2000), random_bytes(300), Bytes(77)}) {
      auto options = for_size(hash);
      options.metadata = all_metadata();
      const Bytes file = pack(content, options);
      ASSERT_TRUE(is_compact(file));
      for (const Ends& ends : kAllEnds) {
        DecompressOptions verify;
        verify.verify_digests = true;
        const auto out = unpack(file, ends, verify);
        ASSERT_TRUE(out.status.ok()) << ends << ": " << out.status.to_string();
        EXPECT_EQ(out.content, content) << ends;
        EXPECT_EQ(out.result.metadata, all_metadata()) << ends;
      }
      EXPECT_EQ(unpack_range(file, 20, 50).content, slice(content, 20, 50));
    }
  }
}

TEST(Warp3Compact, TheFactsOfAFileAreThoseOfTheRecordForm) {
  const Bytes content = text_bytes(2000);
  auto options = for_size(HashId::kBlake3);
  options.metadata = all_metadata();
  const Bytes file = pack(content, options);
  options.block_size = 4096;
  options.codec = codec("zstd");
  const Bytes records = pack(content, options);
  const auto small = inspect(*memory_source(file)).value();
  const auto large = inspect(*memory_source(records)).value();
  EXPECT_EQ(small.raw_size, content.size());
  EXPECT_EQ(small.stored_size, file.size());
  EXPECT_EQ(small.blocks, 1U);
  EXPECT_EQ(small.content_digest, large.content_digest);
  EXPECT_EQ(small.metadata, large.metadata);
  const CodecSpec spec = for_size().codec.value();
  EXPECT_LT(small.decode_memory, spec.codec->memory(spec.options, *for_size().block_size).decode)
      << "by the content, not by the block size";
}

TEST(Warp3Compact, StreamsOfBothFormsMayBeJoined) {
  const Bytes a = text_bytes(700);
  const Bytes b = text_bytes(9000, 3);
  const Bytes c = random_bytes(90);
  const Bytes file = joined({pack(a, for_size()), pack(b), pack(c, for_size()), pack(b)});
  const Bytes content = joined({a, b, c, b});
  for (const Ends& ends : kAllEnds) {
    const auto out = unpack(file, ends);
    ASSERT_TRUE(out.status.ok()) << ends << ": " << out.status.to_string();
    EXPECT_EQ(out.content, content) << ends;
  }
  for (const std::size_t from : {0U, 650U, 9650U, 9700U, 9790U}) {
    EXPECT_EQ(unpack_range(file, from, 200).content, slice(content, from, 200)) << from;
  }
  // Without the end the streams are found from the front.
  EXPECT_EQ(unpack_range(slice(file, 0, file.size() - 9), 650, 9100).content,
            slice(content, 650, 9100));
}

TEST(Warp3Compact, DamageCostsOneStream) {
  const Bytes a = text_bytes(700);
  const Bytes b = text_bytes(900, 3);
  Bytes damaged = pack(a, for_size());
  flip(damaged, damaged.size() / 2);
  const Bytes file = joined({pack(b, for_size()), damaged, pack(b, for_size())});
  EXPECT_EQ(unpack(file).status.code(), Code::kCorrupt);
  const auto out = unpack_tolerantly(file);
  EXPECT_EQ(out.content, joined({b, b}));
  ASSERT_EQ(out.lost.size(), 1U);
  EXPECT_EQ(out.lost[0].offset, b.size());
}

TEST(Warp3Compact, TruncationAtEveryByteIsTold) {
  const Bytes file = pack(text_bytes(200), for_size());
  for (std::size_t size = 4; size < file.size(); ++size) {
    for (const bool pipe : {false, true}) {
      const auto out = unpack(slice(file, 0, size), {.pipe_in = pipe});
      ASSERT_EQ(out.status.code(), Code::kTruncated) << size << ": " << out.status.to_string();
    }
    ASSERT_FALSE(unpack_range(slice(file, 0, size), 0, 10).status.ok()) << size;
  }
}

TEST(Warp3Compact, AHandFedDecoderStopsBehindIt) {
  const Bytes content = text_bytes(500);
  const Bytes file = joined({pack(content, for_size()), to_bytes("more")});
  auto decoder = make_decompressor(DecompressOptions()).value();
  Bytes out(1000);
  const auto step = decoder->step(file, out, StreamMode::kFinish);
  ASSERT_TRUE(step.ok()) << step.status().to_string();
  EXPECT_EQ(step->state, StreamState::kFinished);
  EXPECT_EQ(step->consumed, file.size() - 4);
  EXPECT_EQ(slice(out, 0, step->produced), content);
}

/// A stream whose checksums fit what `change` makes of it.
Bytes forged(const Bytes& file, const std::function<void(Bytes&)>& change) {
  Bytes forged = file;
  change(forged);
  const MutableByteSpan bytes(forged);
  store_le<std::uint32_t>(bytes.subspan(12), crc32c(bytes.subspan(FileHeader::kSize)));
  store_le<std::uint32_t>(bytes.subspan(20), crc32c(bytes.first(20)));
  return forged;
}

TEST(Warp3Compact, WellFormedLiesAreToldApart) {
  // 24: content size less one, 26: codec, 28: size of its parameters, 29: checksum of the content,
  // 37: no digest, 37: size of the metadata, 39: payload, tail.
  const Bytes content = random_bytes(300);
  const Bytes file = pack(content, for_size(HashId::kNone));
  ASSERT_EQ(file.size(), 39U + 300 + 4);
  struct Lie {
    const char* what;
    Code code;
    std::function<void(Bytes&)> change;
  };
  const auto set = [](std::size_t at, unsigned value) {
    return [at, value](Bytes& bytes) { bytes[at] = static_cast<std::byte>(value); };
  };
  const std::vector<Lie> lies = {
      {"nothing", Code::kOk, [](Bytes&) {}},
      {"unknown hash", Code::kUnsupported, set(6, 9)},
      {"flags", Code::kUnsupported, set(7, 1)},
      {"another size", Code::kCorrupt, set(8, 0x50)},
      {"a size beyond all bounds", Code::kCorrupt, set(11, 0x7F)},
      {"content larger than it is", Code::kCorrupt, set(24, 0x2C)},
      {"content smaller than what is stored", Code::kCorrupt, set(25, 0)},
      {"unknown codec", Code::kUnsupported, set(27, 0x70)},
      {"a zero block with a payload", Code::kCorrupt, set(26, 1)},
      {"parameters of the stored", Code::kCorrupt, set(28, 3)},
      {"more parameters than any has", Code::kCorrupt, set(28, 9)},
      {"another checksum", Code::kCorrupt, set(29, 0)},
      {"metadata beyond the end", Code::kCorrupt, set(38, 0x40)},
      {"another size in the tail", Code::kCorrupt,
       [](Bytes& bytes) { flip(bytes, bytes.size() - 4); }},
      {"no tail", Code::kCorrupt, [](Bytes& bytes) { flip(bytes, bytes.size() - 1); }},
  };
  for (const Lie& lie : lies) {
    const Bytes told = forged(file, lie.change);
    for (const Ends& ends : kAllEnds) {
      const auto out = unpack(told, ends);
      EXPECT_EQ(out.status.code(), lie.code)
          << lie.what << ", " << ends << ": " << out.status.to_string();
    }
    EXPECT_EQ(unpack_range(told, 0, 10).status.ok(), lie.code == Code::kOk) << lie.what;
  }
}

}  // namespace
}  // namespace kompakt::testing::warp3
