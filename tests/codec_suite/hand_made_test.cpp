// Streams written by hand: what the formats allow although our encoders do not write it, and damage
// that a bit flip would not hit.
#include <array>

#include "checksum/hasher.hpp"
#include "codec_suite/harness.hpp"

namespace kompakt::testing {
namespace {

using namespace std::string_view_literals;

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// One stored DEFLATE block, marked final: its length, the length's complement, the bytes.
Bytes stored_hello() { return to_bytes("\x01\x05\x00\xFA\xFFhello"sv); }

Bytes little_endian(std::uint32_t value, std::size_t size) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i, value >>= 8U) {
    bytes.push_back(static_cast<std::byte>(value & 0xFFU));
  }
  return bytes;
}

std::uint32_t crc32(ByteSpan bytes) {
  const Digest digest = hash_bytes(HashId::kCrc32, bytes);
  std::uint32_t value = 0;
  for (const std::byte byte : digest.span()) {
    value = value << 8U | std::to_integer<std::uint32_t>(byte);
  }
  return value;
}

// Decodes both ways, streams in small and large pieces; all must agree.
void expect_decodes(std::string_view spec, const Bytes& encoded, std::string_view content,
                    bool as_stream = true) {
  Bench bench(spec);
  Bytes out(content.size());
  const auto got = bench.decoder().decode(encoded, out);
  ASSERT_TRUE(got.ok()) << got.status().to_string();
  EXPECT_EQ(*got, content.size());
  EXPECT_EQ(out, to_bytes(content));
  for (const Pieces pieces : {Pieces{1, 1}, Pieces{3, 7}, Pieces{4096, 4096}}) {
    if (as_stream) {
      const auto decoder = bench.stream_decoder();
      const StreamRun run = drive(*decoder, encoded, pieces);
      EXPECT_TRUE(run.finished) << run.status.to_string();
      EXPECT_EQ(run.output, to_bytes(content));
    }
  }
}

void expect_fails(std::string_view spec, const Bytes& encoded, Code code, bool as_stream = true) {
  Bench bench(spec);
  Bytes out(5);
  const Status got = bench.decoder().decode(encoded, out).status();
  EXPECT_EQ(got.code(), code) << got.to_string();
  if (as_stream) {
    const auto decoder = bench.stream_decoder();
    const Status streamed = drive(*decoder, encoded, {2, 4096}).status;
    EXPECT_EQ(streamed.code(), code) << streamed.to_string();
  }
}

TEST(DeflateHandMade, StoredAndFixedBlocks) {
  expect_decodes("deflate", stored_hello(), "hello");
  // Final block with fixed codes: 1 (final), 01 (fixed), 0x91 for 'a' in 8 bits, 7 zero bits.
  expect_decodes("deflate", to_bytes("\x4B\x04\x00"sv), "a");
}

TEST(DeflateHandMade, ReservedBlockTypeIsCorrupt) {
  expect_fails("deflate", to_bytes("\x07\x00\x00\x00"sv), Code::kCorrupt);
}

TEST(DeflateHandMade, DistanceBeforeTheStartIsCorrupt) {
  // Fixed codes: 'a', then length 3 at distance 2 with one byte of history.
  // Bits: 1 01 10010001 0000001 00001 0000000.
  expect_fails("deflate", to_bytes("\x4B\x04\x42\x00\x00"sv), Code::kCorrupt);
}

TEST(DeflateHandMade, GzipMemberWithEveryOptionalField) {
  // Flags 0x1E: header CRC, extra field, name, comment; then time, XFL, OS.
  const Bytes header = to_bytes(
      "\x1F\x8B\x08\x1E\x01\x02\x03\x04\x00\x03"
      "\x04\x00xtra"
      "name\0comment\0"sv);
  const Bytes member = join({header, little_endian(crc32(header), 2), stored_hello(),
                             little_endian(crc32(to_bytes("hello")), 4), little_endian(5, 4)});
  expect_decodes("deflate:framing=gzip", member, "hello");
}

TEST(DeflateHandMade, WrongTrailersAreCorrupt) {
  const Bytes header = to_bytes("\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03"sv);
  const Bytes crc = little_endian(crc32(to_bytes("hello")), 4);
  const auto member = [&](const Bytes& checksum, std::uint32_t size) {
    return join({header, stored_hello(), checksum, little_endian(size, 4)});
  };
  expect_decodes("deflate:framing=gzip", member(crc, 5), "hello");
  expect_fails("deflate:framing=gzip", member(crc, 6), Code::kCorrupt);
  expect_fails("deflate:framing=gzip", member(little_endian(1, 4), 5), Code::kCorrupt);
  // 78 01: zlib, 32 KiB window; the Adler-32 of "hello" is 062C0215.
  const Bytes zlib = join({to_bytes("\x78\x01"sv), stored_hello(), to_bytes("\x06\x2C\x02\x15"sv)});
  expect_decodes("deflate:framing=zlib", zlib, "hello");
  Bytes wrong = zlib;
  wrong.back() ^= std::byte{1};
  expect_fails("deflate:framing=zlib", wrong, Code::kCorrupt);
}

TEST(DeflateHandMade, PresetDictionaryIsAMissingResource) {
  // 78 20: the dictionary bit is set and the header check still divides by 31; then its Adler-32.
  expect_fails("deflate:framing=zlib",
               join({to_bytes("\x78\x20\x00\x00\x00\x01"sv), stored_hello(), Bytes(4)}),
               Code::kMissingResource);
}

TEST(Lz4HandMade, SkippableAndSeveralFramesJoin) {
  Bench bench("lz4:framing=frame");
  // Magic numbers 184D2A50 to 184D2A5F mark user data to skip, here four bytes.
  const Bytes skip = to_bytes("\x5A\x2A\x4D\x18\x04\x00\x00\x00user"sv);
  const Bytes joined =
      join({skip, bench.encode(to_bytes("hel")), skip, bench.encode(to_bytes("lo")), skip});
  expect_decodes("lz4:framing=frame", joined, "hello", false);
  expect_fails("lz4:framing=frame", join({joined, to_bytes("junkjunk")}), Code::kCorrupt, false);
}

TEST(XzHandMade, StoredChunk) {
  // Control 1: a stored chunk that resets the dictionary; length - 1; the bytes; the end marker.
  const Bytes data = to_bytes("\x01\x00\x04hello\x00"sv);
  expect_decodes("xz", data, "hello");
  expect_fails("xz", Bytes(data.begin(), data.end() - 1), Code::kTruncated);
  // The first chunk must reset the dictionary.
  expect_fails("xz", to_bytes("\x02\x00\x04hello\x00"sv), Code::kCorrupt);
}

TEST(SnappyHandMade, DeclaredLengthIsCheckedFirst) {
  // Length 5, then a literal of five bytes: (5 - 1) << 2.
  expect_decodes("snappy", to_bytes("\x05\x10hello"sv), "hello", false);
  expect_fails("snappy", to_bytes("\xFF\xFF\xFF\xFF\x0F\x10hello"sv), Code::kCorrupt, false);
  expect_fails("snappy", to_bytes("\x05\x10hell"sv), Code::kTruncated, false);
  expect_fails("snappy", to_bytes("\x05"sv), Code::kTruncated, false);
  // A copy with offset 1 before anything was produced: length 5, one-byte offset.
  expect_fails("snappy", to_bytes("\x05\x05\x01"sv), Code::kCorrupt, false);
}

TEST(BrotliHandMade, EmptyStream) {
  // Window bits 0, last and empty: 0 1 1.
  expect_decodes("brotli", to_bytes("\x06"sv), "");
}

TEST(Bzip2HandMade, EmptyStreamsJoin) {
  // "BZh9", the square root of pi that ends a stream, and a combined checksum of nothing.
  const Bytes empty = to_bytes("BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00"sv);
  expect_decodes("bzip2", empty, "");
  expect_decodes("bzip2", join({empty, Bench("bzip2").encode(to_bytes("hello")), empty}), "hello",
                 false);
  expect_fails("bzip2", join({empty, to_bytes("junk")}), Code::kCorrupt, false);
  expect_fails("bzip2", join({empty, to_bytes("BZ")}), Code::kTruncated, false);
}

}  // namespace
}  // namespace kompakt::testing
