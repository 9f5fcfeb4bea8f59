// What the gzip reader decodes ahead must come to the same as reading from front to back, whatever
// a file claims about itself.
#include <gtest/gtest.h>

#include <string>

#include "format/gzip/part_coder.hpp"
#include "gzip_support.hpp"
#include "stock_tools.hpp"

namespace kompakt::testing {
namespace {

const FormatEntry& entry() { return gzip_format(); }

EncodeSettings parts_of(std::uint64_t size, int level = 6) {
  EncodeSettings settings;
  settings.block_size = size;
  settings.level = level;
  return settings;
}

/// A header that claims parts of `size` content bytes, as our writer has it.
Bytes parts_header(std::uint32_t size) {
  Bytes header = octets({0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 3, 9, 0, 'K', 'P', 5, 0, 1, 0, 0, 0, 0});
  store_le(MutableByteSpan(header).subspan(17), size);
  return header;
}

/// Content in stored blocks, each followed by a mark.
Bytes marked_body(ByteSpan content, std::size_t part) {
  Bytes body;
  while (!content.empty()) {
    const ByteSpan piece = content.first(std::min(part, content.size()));
    content = content.subspan(piece.size());
    const Bytes mark = content.empty() ? Bytes() : joined({octets({0}), gzip::kMark});
    body = joined({body, stored_block(piece, content.empty()), mark});
  }
  return body;
}

TEST(GzipParallel, OurPartsAreDecodedAlike) {
  const Bytes content = mixed_bytes(1'000'000);
  for (const int level : {0, 1, 6}) {
    const Bytes made = encoded(entry(), content, {.settings = parts_of(50'000, level)});
    const GzipOutcome back = decoded_every_way(entry(), made);
    EXPECT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(back.content == content);
  }
}

TEST(GzipParallel, AWrongPartSizeDoesNoHarm) {
  const Bytes content = mixed_bytes(400'000);
  const Bytes made = encoded(entry(), content, {.settings = parts_of(50'000)});
  for (const std::uint32_t claimed : {0U, 1U, 49'999U, 50'001U, 4'000'000'000U}) {
    Bytes lying = made;
    store_le(MutableByteSpan(lying).subspan(17), claimed);
    const GzipOutcome back = decoded_every_way(entry(), lying);
    EXPECT_TRUE(back.status.ok()) << claimed << ": " << back.status.to_string();
    EXPECT_TRUE(back.content == content) << claimed;
  }
}

TEST(GzipParallel, MarksInsideStoredContentAreSeenThrough) {
  // A file like ours inside a file of ours, not compressed any further.
  const Bytes inner = encoded(entry(), mixed_bytes(600'000), {.settings = parts_of(20'000)});
  for (const std::uint64_t part : {30'000U, 100'000U}) {
    const Bytes made = encoded(entry(), inner, {.settings = parts_of(part, 0)});
    const GzipOutcome back = decoded_every_way(entry(), made);
    EXPECT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(back.content == inner);
  }
}

TEST(GzipParallel, PartsThatReferToThoseBeforeAreDecodedInOrder) {
  if (!have_tool("python3")) {
    GTEST_SKIP() << "python3 is not installed";
  }
  // Two sync flushes make a mark; nothing is reset by them.
  const Bytes content = text_bytes(300'000);
  const Bytes body =
      run_tool({"python3", "-c",
                "import sys, zlib\n"
                "d = sys.stdin.buffer.read()\n"
                "c = zlib.compressobj(6, zlib.DEFLATED, -15)\n"
                "o = sys.stdout.buffer\n"
                "for i in range(0, len(d), 10000):\n"
                "  o.write(c.compress(d[i:i+10000]))\n"
                "  if i + 10000 < len(d):\n"
                "    o.write(c.flush(zlib.Z_SYNC_FLUSH)); o.write(b'\\0\\0\\0\\xff\\xff')\n"
                "o.write(c.flush())\n"},
               content);
  const GzipOutcome back =
      decoded_every_way(entry(), joined({parts_header(10'000), body, gzip_trailer(content)}));
  EXPECT_TRUE(back.status.ok()) << back.status.to_string();
  EXPECT_TRUE(back.content == content);
}

TEST(GzipParallel, DamageInAPartIsReportedAsInOrderedReading) {
  const Bytes content = mixed_bytes(500'000);
  const Bytes made = encoded(entry(), content, {.settings = parts_of(40'000)});
  for (std::size_t i = 0; i < 12; ++i) {
    Bytes bad = made;
    bad[30 + i * (made.size() - 60) / 12] ^= std::byte{0x55};
    EXPECT_FALSE(decoded_every_way(entry(), bad).status.ok()) << i;
  }
}

TEST(GzipParallel, MarksAllOverAndNoTruthInThem) {
  Bytes content;
  for (int i = 0; i < 20'000; ++i) {
    content.insert(content.end(), gzip::kMark.begin(), gzip::kMark.end());
  }
  for (const std::uint32_t claimed : {9U, 4096U, 40'000U}) {
    const Bytes made =
        joined({parts_header(claimed), marked_body(content, 40'000), gzip_trailer(content)});
    const GzipOutcome back = decoded_every_way(entry(), made);
    EXPECT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(back.content == content) << claimed;
  }
}

TEST(GzipParallel, MembersWhoseSizesAreLiesAreReadAsTheyAre) {
  const Bytes content = mixed_bytes(900'000);
  EncodeSettings settings;
  settings.seekable = true;
  const Bytes made = encoded(entry(), content, {.settings = settings});
  // Another size in the third member's header.
  std::size_t at = 0;
  for (int i = 0; i < 2; ++i) {
    at += load_le<std::uint16_t>(ByteSpan(made).subspan(at + 16)) + std::size_t{1};
  }
  for (const int change : {-1, 1, 500, -500}) {
    Bytes lying = made;
    const int size = load_le<std::uint16_t>(ByteSpan(made).subspan(at + 16)) + change;
    store_le(MutableByteSpan(lying).subspan(at + 16), static_cast<std::uint16_t>(size));
    const GzipOutcome back = decoded_every_way(entry(), lying);
    EXPECT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(back.content == content) << change;
  }
}

TEST(GzipParallel, LongMembersOfOthersAreDecodedFromManyPlacesAlike) {
  const std::size_t size = kSanitized ? 6'000'000 : 9'000'000;
  const Bytes content =
      joined({mixed_bytes(size / 2), record_bytes(size / 8), text_bytes(size / 8, 5),
              random_bytes(size / 8), text_bytes(size / 8, 6)});
  for (const std::string level : {"-1", "-4"}) {
    for (const std::string tool : {"pigz", "igzip"}) {
      if (!have_tool(tool) || (tool == "igzip" && level != "-1")) {
        continue;
      }
      const Bytes made = run_tool({tool, "-c", level}, content);
      for (const unsigned threads : {1U, 8U, 32U}) {
        const GzipOutcome back =
            decoded(entry(), made, {.threads = threads, .piped = threads == 8});
        EXPECT_TRUE(back.status.ok()) << tool << level << ' ' << back.status.to_string();
        EXPECT_TRUE(back.content == content) << tool << level << ' ' << threads;
      }
      Bytes bad = made;
      bad[bad.size() * 3 / 4] ^= std::byte{16};
      const GzipOutcome serial = decoded(entry(), bad, {.threads = 1});
      EXPECT_EQ(decoded(entry(), bad, {.threads = 8}).status.to_string(),
                serial.status.to_string());
      const ByteSpan cut = ByteSpan(made).first(made.size() / 2);
      EXPECT_EQ(decoded(entry(), cut, {.threads = 8}).status.to_string(),
                decoded(entry(), cut, {.threads = 1}).status.to_string());
      const Bytes twice = joined({made, made, to_bytes("x")});
      const GzipOutcome both = decoded(entry(), twice, {.threads = 8});
      EXPECT_EQ(both.facts.streams, 2U);
      EXPECT_EQ(both.facts.warnings.size(), 1U);
      EXPECT_TRUE(both.content == joined({content, content}));
    }
  }
}

TEST(GzipParallel, AHugeExpansionIsDecodedInConstantMemory) {
  const Bytes content(40'000'000);
  const Bytes small = text_bytes(4'000'000);
  if (!have_tool("gzip")) {
    GTEST_SKIP() << "gzip is not installed";
  }
  const Bytes made = run_tool({"gzip", "-c1"}, joined({small, content, small}));
  for (const unsigned threads : {1U, 8U}) {
    GzipOutcome back = decoded(entry(), made, {.threads = threads, .piped = true});
    EXPECT_TRUE(back.status.ok());
    EXPECT_EQ(back.content.size(), content.size() + 2 * small.size());
  }
}

}  // namespace
}  // namespace kompakt::testing
