// The gzip reader on what others write, whole and damaged.
#include <gtest/gtest.h>

#include <string>

#include "gzip_support.hpp"
#include "stock_tools.hpp"
#include "verdicts.hpp"

namespace kompakt::testing {
namespace {

const FormatEntry& entry() { return gzip_format(); }

/// A member whose header has the given flag byte and fields, with stored content.
Bytes member(unsigned flags, ByteSpan fields, ByteSpan content) {
  return joined({octets({0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 3}), fields,
                 stored_block(content, true), gzip_trailer(content)});
}

TEST(GzipRead, WhatStockToolsWriteAtEveryLevel) {
  const Bytes content = mixed_bytes(900'000);
  for (const std::string tool : {"gzip", "pigz", "igzip", "libdeflate-gzip", "bgzip"}) {
    if (!have_tool(tool)) {
      continue;
    }
    const int last = tool == "igzip" ? 3 : 9;
    for (int level = 1; level <= last; level += tool == "igzip" ? 1 : 4) {
      const std::string option = (tool == "bgzip" ? "-l" : "-") + std::to_string(level);
      const Bytes made = run_tool({tool, "-c", option}, content);
      const GzipOutcome back = decoded_every_way(entry(), made);
      EXPECT_TRUE(back.status.ok()) << tool << ": " << back.status.to_string();
      EXPECT_TRUE(back.content == content) << tool << ' ' << level;
    }
  }
}

TEST(GzipRead, EveryFlushModeAndStrategyOfZlib) {
  if (!have_tool("python3")) {
    GTEST_SKIP() << "python3 is not installed";
  }
  const Bytes content = mixed_bytes(150'000);
  // One run of Python for all: each stream behind its size.
  const std::vector<std::string> flushes = {"Z_SYNC_FLUSH", "Z_FULL_FLUSH", "Z_PARTIAL_FLUSH",
                                            "Z_BLOCK"};
  const std::vector<std::string> strategies = {"Z_DEFAULT_STRATEGY", "Z_FIXED", "Z_HUFFMAN_ONLY",
                                               "Z_RLE", "Z_FILTERED"};
  std::vector<std::string> command = {
      "python3", "-c",
      "import sys, zlib\n"
      "d = sys.stdin.buffer.read()\n"
      "for how in sys.argv[1:]:\n"
      "  flush, strategy = how.split()\n"
      "  f = getattr(zlib, flush, 5)  # Z_BLOCK, where it has no name\n"
      "  s = getattr(zlib, strategy)\n"
      "  c = zlib.compressobj(6, zlib.DEFLATED, 31, 8, s)\n"
      "  o = b''\n"
      "  for i in range(0, len(d), 30011):\n"
      "    o += c.compress(d[i:i+30011]) + c.flush(f)\n"
      "  o += c.flush()\n"
      "  sys.stdout.buffer.write(len(o).to_bytes(4, 'little') + o)\n"};
  for (const auto& flush : flushes) {
    for (const auto& strategy : strategies) {
      command.push_back(flush + " " + strategy);
    }
  }
  const Bytes made = run_tool(command, content);
  ByteSpan left = made;
  for (std::size_t i = 3; i < command.size(); ++i) {
    ASSERT_GE(left.size(), 4U) << command[i];
    const std::size_t size = load_le<std::uint32_t>(left);
    ASSERT_LE(size, left.size() - 4) << command[i];
    const GzipOutcome back = decoded(entry(), left.subspan(4, size), {.threads = 8});
    EXPECT_TRUE(back.content == content) << command[i] << ' ' << back.status.to_string();
    left = left.subspan(4 + size);
  }
  EXPECT_TRUE(left.empty());
}

TEST(GzipRead, HeadersOfEveryKind) {
  const Bytes content = text_bytes(500);
  const Bytes name = to_bytes(std::string_view("a name\0", 7));
  const Bytes comment = to_bytes(std::string_view("a comment\0", 10));
  const Bytes extra = joined({octets({6, 0, 'X', 'Y', 2, 0}), octets({1, 2})});
  EXPECT_TRUE(decoded_every_way(entry(), member(0, {}, content)).content == content);
  EXPECT_TRUE(decoded_every_way(entry(), member(1, {}, content)).content == content);
  const GzipOutcome back =
      decoded_every_way(entry(), member(0x1C, joined({extra, name, comment}), content));
  EXPECT_TRUE(back.content == content);
  EXPECT_EQ(back.facts.name, "a name");
  // FHCRC is checked.
  const Bytes head = joined({octets({0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 3})});
  const std::uint32_t crc = gzip::check_of(deflate::Framing::kGzip, head) & 0xFFFFU;
  EXPECT_TRUE(decoded(entry(), member(2, octets({crc & 0xFFU, crc >> 8U}), content)).status.ok());
  EXPECT_EQ(decoded_every_way(entry(), member(2, octets({(crc & 0xFFU) ^ 1U, crc >> 8U}), content))
                .status.code(),
            Code::kCorrupt);
  EXPECT_FALSE(decoded_every_way(entry(), member(0x20, {}, content)).status.ok());
}

TEST(GzipRead, AMalformedExtraFieldIsSkippedAsAWhole) {
  const Bytes content = text_bytes(500);
  // A subfield that claims more than there is; BGZF's with a size that is a lie.
  EXPECT_TRUE(
      decoded_every_way(entry(), member(4, octets({5, 0, 'B', 'C', 200, 0, 1}), content)).content ==
      content);
  for (const unsigned size : {0U, 5U, 100U, 540U, 60'000U}) {
    EXPECT_TRUE(
        decoded_every_way(
            entry(), member(4, octets({6, 0, 'B', 'C', 2, 0, size & 0xFFU, size >> 8U}), content))
            .content == content)
        << size;
  }
}

TEST(GzipRead, ManyMembersWithPadding) {
  Bytes all;
  Bytes content;
  for (std::size_t i = 0; i < 300; ++i) {
    const Bytes piece = text_bytes(i * 7, i);
    const Bytes made = member(0, {}, piece);
    all.insert(all.end(), made.begin(), made.end());
    content.insert(content.end(), piece.begin(), piece.end());
  }
  GzipOutcome back = decoded_every_way(entry(), all);
  EXPECT_TRUE(back.content == content);
  EXPECT_EQ(back.facts.streams, 300U);
  all.resize(all.size() + 10'000);
  back = decoded_every_way(entry(), all);
  EXPECT_TRUE(back.content == content);
  EXPECT_TRUE(back.facts.warnings.empty());
}

TEST(GzipRead, TrailingGarbageIsIgnoredWithAWarning) {
  const Bytes content = text_bytes(5000);
  const Bytes first = member(0, {}, content);
  for (const Bytes& garbage : {to_bytes("garbage"), octets({0, 0, 0, 1}), octets({0x1F}),
                               octets({0x1F, 0x8C, 8, 0, 0, 0})}) {
    const GzipOutcome back = decoded_every_way(entry(), joined({first, garbage}));
    EXPECT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(back.content == content);
    ASSERT_EQ(back.facts.warnings.size(), 1U);
    EXPECT_GE(back.facts.warnings.front().offset().value_or(0), first.size());
  }
  EXPECT_EQ(decoded_every_way(entry(), joined({first, octets({0x1F, 0x8B, 8})})).status.code(),
            Code::kTruncated);
  EXPECT_FALSE(decoded_every_way(entry(), to_bytes("not gzip at all")).status.ok());
}

TEST(GzipRead, AChecksumThatDoesNotMatchNamesTheMember) {
  const Bytes content = text_bytes(40'000);
  const Bytes good = member(0, {}, content);
  for (const std::size_t back : {std::size_t{8}, std::size_t{1}}) {
    Bytes all = joined({good, good, good});
    all[2 * good.size() - back] ^= std::byte{1};
    const GzipOutcome result = decoded_every_way(entry(), all);
    EXPECT_EQ(result.status.code(), Code::kCorrupt);
    EXPECT_EQ(result.status.block(), 1U);
    EXPECT_EQ(result.status.offset(), 2 * good.size() - 8);
    EXPECT_NE(result.status.message().find("member 1"), std::string_view::npos);
  }
}

TEST(GzipRead, ReferencesCannotReachIntoTheMemberBefore) {
  // A fixed block with a match of distance 1 as its first symbol: length 3, distance 1, end.
  const Bytes body = octets({0x03, 0x02, 0x00});
  const Bytes bad = joined({octets({0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3}), body, gzip_trailer({})});
  EXPECT_EQ(decoded_every_way(entry(), joined({member(0, {}, text_bytes(100)), bad})).status.code(),
            Code::kCorrupt);
}

TEST(GzipRead, PublicFilesAgreeWithGzip) {
  const bool present = for_each_verdict("gzip", [](const Verdict& verdict) {
    const GzipOutcome back = decoded(entry(), verdict.input, {.threads = 3});
    const bool warned = !back.facts.warnings.empty();
    const int code = !back.status.ok() ? 1 : warned ? 2 : 0;
    EXPECT_EQ(code, verdict.exit_code) << verdict.path << ": " << back.status.to_string();
    if (verdict.exit_code == 0) {
      EXPECT_EQ(sha256_hex(back.content), verdict.sha256) << verdict.path;
    }
  });
  if (!present) {
    GTEST_SKIP() << "the public files are not here";
  }
}

TEST(GzipRead, TruncationAtEveryByteIsToldFromDamage) {
  const Bytes content = joined({text_bytes(700), Bytes(4'000), random_bytes(200)});
  EncodeSettings parts;
  parts.block_size = 4096;
  EncodeSettings seekable = parts;
  seekable.seekable = true;
  for (const EncodeSettings& settings : {parts, seekable}) {
    const Bytes made = encoded(entry(), content, {.settings = settings});
    for (std::size_t size = 0; size < made.size(); ++size) {
      const GzipOutcome back =
          decoded(entry(), ByteSpan(made).first(size),
                  {.threads = static_cast<unsigned>(1 + size % 3), .piped = size % 2 == 0});
      if (back.status.ok()) {
        // Cut between two members, which nobody can see.
        EXPECT_TRUE(settings.seekable);
        EXPECT_LT(back.content.size(), content.size() + 1);
        continue;
      }
      EXPECT_EQ(back.status.code(), Code::kTruncated) << size << ": " << back.status.to_string();
    }
  }
}

TEST(GzipRead, EveryBitFlipIsDetectedOrHarmless) {
  const Bytes content = joined({Bytes(4096), text_bytes(700), Bytes(3500), random_bytes(60)});
  EncodeSettings parts;
  parts.block_size = 4096;
  parts.level = 2;
  EncodeSettings seekable = parts;
  seekable.seekable = true;
  for (const EncodeSettings& settings : {parts, seekable}) {
    Bytes made = encoded(entry(), content, {.settings = settings});
    for (std::size_t bit = 0; bit < made.size() * 8; bit += kSanitized ? 3 : 1) {
      made[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
      const GzipOutcome serial = decoded(entry(), made, {.threads = 1});
      // A member's magic that is hit makes trailing garbage of it, with a warning.
      EXPECT_TRUE(!serial.status.ok() || serial.content == content ||
                  !serial.facts.warnings.empty())
          << bit;
      if (bit % 7 == 0) {
        const GzipOutcome parallel = decoded(entry(), made, {.threads = 3});
        EXPECT_EQ(parallel.status.to_string(), serial.status.to_string()) << bit;
        EXPECT_EQ(parallel.content == content, serial.content == content) << bit;
      }
      made[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    }
  }
}

TEST(GzipRead, TheOutputLimitHoldsForEveryLayout) {
  const Bytes content(3'000'000);
  EncodeSettings seekable;
  seekable.seekable = true;
  for (const EncodeSettings& settings : {EncodeSettings{}, seekable}) {
    const Bytes made = encoded(entry(), content, {.settings = settings});
    DecodeSettings limited;
    limited.limits.max_output = content.size() - 1;
    EXPECT_EQ(decoded_every_way(entry(), made, limited).status.code(), Code::kLimitExceeded);
    limited.limits.max_output = content.size();
    EXPECT_TRUE(decoded_every_way(entry(), made, limited).status.ok());
  }
}

TEST(GzipRead, EmptyInputIsTruncated) {
  EXPECT_EQ(decoded_every_way(entry(), {}).status.code(), Code::kTruncated);
}

}  // namespace
}  // namespace kompakt::testing
