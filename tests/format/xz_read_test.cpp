// Files that others made, whole and damaged, read by our .xz reader.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "format/rows.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"
#include "verdicts.hpp"

namespace kompakt::testing {
namespace {

// Every way that a file may be read: with and without its index, blocks held and scattered.
constexpr std::array kAllWays{Ways{1, false}, Ways{2, false}, Ways{2, true},
                              Ways{3, true},  Ways{8, false}, Ways{32, true}};

void expect_content(ByteSpan packed, const Bytes& content, const std::string& what) {
  for (const Ways ways : kAllWays) {
    const Decoded back = decode(xz_format(), packed, {}, ways);
    ASSERT_TRUE(back.status.ok()) << what << ": " << back.status.to_string();
    ASSERT_EQ(back.bytes, content) << what << ways.threads << ways.piped;
    EXPECT_EQ(back.facts.content, content.size()) << what;
    EXPECT_EQ(back.facts.compressed, packed.size()) << what;
    EXPECT_TRUE(back.facts.warnings.empty()) << what;
  }
}

TEST(XzRead, ReadsWhatStockToolsWrite) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz";
  }
  const Bytes content = text_bytes(300'000);
  const std::vector<std::vector<std::string>> commands{
      {"xz", "-0"},
      {"xz", "-9e"},
      {"xz", "-1", "-T2", "--block-size=70000"},
      {"xz", "-1", "-T1", "--block-size=70000"},  // headers without sizes
      {"xz", "-1", "--check=none", "--block-size=50000"},
      {"xz", "-1", "--check=crc32"},
      {"xz", "-1", "--check=sha256", "-T2", "--block-size=100000"},
      {"xz", "--x86", "--lzma2=preset=1"},
      {"xz", "--delta=dist=4", "--arm", "--lzma2=preset=0", "-T2", "--block-size=65536"},
      {"xz", "--lzma2=preset=1,lc=0,lp=2,pb=0,dict=64KiB"},
      {"xz", "--format=lzma", "-1"},
  };
  for (const auto& command : commands) {
    auto argv = command;
    argv.emplace_back("-c");
    expect_content(run_tool(argv, content), content, command.back());
  }
  if (have_tool("pixz")) {
    expect_content(run_tool({"pixz", "-1"}, content), content, "pixz");
  }
  if (have_python("lzma")) {
    expect_content(run_tool({"python3", "-c",
                             "import lzma,sys;sys.stdout.buffer.write(lzma.compress("
                             "sys.stdin.buffer.read(),preset=1))"},
                            content),
                   content, "python");
  }
}

TEST(XzRead, ReadsSizesAroundTheBlockSize) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz";
  }
  for (const std::size_t size : {0U, 1U, 9'999U, 10'000U, 10'001U}) {
    const Bytes content = random_bytes(size);
    expect_content(run_tool({"xz", "-0c", "-T2", "--block-size=10000"}, content), content,
                   std::to_string(size));
  }
}

Bytes packed_sample(std::size_t size = 3000, std::uint64_t block = 64 * kKiB,
                    const char* check = "crc32") {
  EncodeSettings settings;
  settings.level = 0;
  settings.block_size = block;
  settings.check = check;
  return encode(xz_format(), text_bytes(size), settings).bytes;
}

TEST(XzRead, StreamsAndPaddingBetweenThemAreOneContent) {
  const Bytes one = packed_sample(200'000);
  const Bytes other = packed_sample(1000, 64 * kKiB, "sha256");
  const Bytes none = encode(xz_format(), {}).bytes;
  const Bytes padding(8);
  const Bytes content = joined({text_bytes(200'000), text_bytes(1000), text_bytes(1000)});
  expect_content(joined({one, padding, other, none, other, padding, padding}), content, "padded");
  const Bytes uneven(6);
  for (const Ways ways : kAllWays) {
    EXPECT_EQ(decode(xz_format(), joined({one, uneven}), {}, ways).status.code(), Code::kCorrupt);
    EXPECT_EQ(decode(xz_format(), joined({one, uneven, other}), {}, ways).status.code(),
              Code::kCorrupt);
    EXPECT_EQ(decode(xz_format(), joined({padding, one}), {}, ways).status.code(), Code::kCorrupt);
    EXPECT_EQ(decode(xz_format(), joined({one, to_bytes("garbage")}), {}, ways).status.code(),
              Code::kCorrupt);
  }
}

TEST(XzRead, FactsAreTheSameWithAndWithoutTheIndex) {
  const Bytes packed = joined({packed_sample(200'000), packed_sample(200'000, 64 * kKiB, "none")});
  for (const Ways ways : kAllWays) {
    const Decoded back = decode(xz_format(), packed, {}, ways);
    EXPECT_EQ(back.facts.streams, 2U);
    EXPECT_EQ(back.facts.blocks, 8U);
    EXPECT_EQ(back.facts.check, "CRC32");
    EXPECT_EQ(back.facts.window, 64 * kKiB);
  }
  const auto scanned = xz_format().scan(*memory_source(packed));
  ASSERT_TRUE(scanned.ok());
  EXPECT_EQ(scanned->streams, 2U);
  EXPECT_EQ(scanned->blocks, 8U);
  EXPECT_EQ(scanned->compressed, packed.size());
  EXPECT_EQ(scanned->content, 400'000U);
  EXPECT_EQ(scanned->check, "CRC32");
}

TEST(XzRead, ACutAnywhereIsTruncation) {
  const Bytes packed = packed_sample(150'000);
  std::vector<std::size_t> cuts;
  for (std::size_t size = 0; size < packed.size();
       size += size < 100 || size + 200 > packed.size() ? 1 : 997) {
    cuts.push_back(size);
  }
  for (const std::size_t size : cuts) {
    for (const bool piped : {false, true}) {
      const Decoded back = decode(xz_format(), ByteSpan(packed).first(size), {}, {2, piped});
      EXPECT_EQ(back.status.code(), Code::kTruncated) << size << back.status.to_string();
    }
  }
}

TEST(XzRead, AFlippedBitIsFoundAndTheSameForAnyThreads) {
  const Bytes content = text_bytes(200);
  Bytes packed = encode(xz_format(), content).bytes;
  for (std::size_t bit = 0; bit < packed.size() * 8; bit += kBitStep) {
    packed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const Status first = decode(xz_format(), packed, {}, {1, false}).status;
    EXPECT_FALSE(first.ok()) << bit;
    EXPECT_NE(first.code(), Code::kInternal) << bit;
    for (const Ways ways : {Ways{3, false}, Ways{1, true}}) {
      EXPECT_EQ(decode(xz_format(), packed, {}, ways).status.code(), first.code()) << bit;
    }
    packed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
}

TEST(XzRead, DamageIsNamedByItsBlock) {
  Bytes packed = packed_sample(5 * 64 * kKiB);
  const auto index = xz_format().native_index(*memory_source(packed));
  ASSERT_TRUE(index.ok() && *index);
  ASSERT_EQ((*index)->points.size(), 5U);
  const std::uint64_t start = (*index)->points[3].bit / 8;
  packed[start + 5000] ^= std::byte{1};
  for (const Ways ways : kAllWays) {
    const Decoded back = decode(xz_format(), packed, {}, ways);
    EXPECT_EQ(back.status.code(), Code::kCorrupt);
    EXPECT_EQ(back.status.block(), 3U);
    EXPECT_EQ(back.status.offset(), start);
    EXPECT_GE(back.bytes.size(), ways.piped ? 3 * 64 * kKiB : 0);
  }
}

TEST(XzRead, MemoryLimitSaysHowMuchIsNeeded) {
  EncodeSettings settings;
  settings.level = 6;
  const Bytes packed = encode(xz_format(), random_bytes(9'000'000), settings).bytes;
  for (const Ways ways : kAllWays) {
    DecodeSettings limited;
    limited.limits.max_memory = 4 * kMiB;
    const Decoded back = decode(xz_format(), packed, limited, ways);
    EXPECT_EQ(back.status.code(), Code::kLimitExceeded);
    EXPECT_NE(back.status.to_string().find("9 MiB"), std::string::npos) << back.status.to_string();
    limited.limits.max_memory = 9 * kMiB;
    EXPECT_TRUE(decode(xz_format(), packed, limited, ways).status.ok());
  }
}

TEST(XzRead, OutputLimitHoldsBeforeAnythingBeyondItIsWritten) {
  const Bytes packed = packed_sample(300'000);
  for (const Ways ways : kAllWays) {
    DecodeSettings limited;
    limited.limits.max_output = 299'999;
    const Decoded back = decode(xz_format(), packed, limited, ways);
    EXPECT_EQ(back.status.code(), Code::kLimitExceeded);
    EXPECT_LE(back.bytes.size(), 299'999U);
    limited.limits.max_output = 300'000;
    EXPECT_TRUE(decode(xz_format(), packed, limited, ways).status.ok());
  }
}

/// What our reader makes of a judged file, in the terms of the stock tool's exit code.
enum class Outcome : std::uint8_t { kFine, kWarned, kRefused };

std::string compare(const Verdict& verdict, Outcome wanted) {
  for (const Ways ways : kAllWays) {
    const Decoded back = decode(xz_format(), verdict.input, {}, ways);
    const Outcome outcome = !back.status.ok()             ? Outcome::kRefused
                            : back.facts.warnings.empty() ? Outcome::kFine
                                                          : Outcome::kWarned;
    if (outcome != wanted) {
      return "outcome " + std::to_string(static_cast<int>(outcome)) + " " + back.status.to_string();
    }
    if (back.status.code() == Code::kInternal) {
      return "internal error";
    }
    if (outcome == Outcome::kFine &&
        (back.bytes.size() != verdict.bytes || sha256_hex(back.bytes) != verdict.sha256)) {
      return "other content";
    }
  }
  return {};
}

TEST(XzRead, PublicXzFilesAreJudgedAsByXz) {
  const bool found = for_each_verdict("xz", [](const Verdict& verdict) {
    const Outcome wanted = verdict.exit_code == 0   ? Outcome::kFine
                           : verdict.exit_code == 2 ? Outcome::kWarned
                                                    : Outcome::kRefused;
    EXPECT_EQ(compare(verdict, wanted), "") << verdict.path;
  });
  if (!found) {
    GTEST_SKIP() << "the public files are not here";
  }
}

TEST(XzRead, PublicLzmaFilesAreJudgedAsByXz) {
  const bool found = for_each_verdict("lzma", [](const Verdict& verdict) {
    EXPECT_EQ(compare(verdict, verdict.exit_code == 0 ? Outcome::kFine : Outcome::kRefused), "")
        << verdict.path;
  });
  if (!found) {
    GTEST_SKIP() << "the public files are not here";
  }
}

TEST(XzRead, PublicLzipFilesAreJudgedAsByLzipButForWhatXzDoesOtherwise) {
  // xz reads version 0 and trailing data that begin like a member; it knows no sync markers and no
  // streams whose first byte is not 0.
  const std::set<std::string> as_by_xz{
      "lzlib/lzlib/testsuite/fox_nz.lz",  "lzlib/lzlib/testsuite/test_sync.lz",
      "xz/files/good-1-v0-trailing-1.lz", "xz/files/good-1-v0.lz",
      "xz/files/good-1-v1-trailing-2.lz", "xz/files/good-2-v0-v1.lz",
      "xz/files/good-2-v1-v0.lz"};
  const bool found = for_each_verdict("lzip", [&](const Verdict& verdict) {
    const Outcome by_lzip = verdict.exit_code == 0 ? Outcome::kFine : Outcome::kRefused;
    if (as_by_xz.contains(verdict.path)) {
      EXPECT_EQ(decode(xz_format(), verdict.input).status.ok(), by_lzip == Outcome::kRefused)
          << verdict.path;
    } else {
      EXPECT_EQ(compare(verdict, by_lzip), "") << verdict.path;
    }
  });
  if (!found) {
    GTEST_SKIP() << "the public files are not here";
  }
}

TEST(XzRead, LzmaAndLzipFilesAreToldByTheirHeaders) {
  EXPECT_TRUE(xz_format().recognises(to_bytes("LZIP\x01\x0c")));
  const Bytes lzma = joined({Bytes{std::byte{0x5D}}, Bytes(2), Bytes{std::byte{0x80}}, Bytes(1),
                             Bytes(8, std::byte{0xFF})});
  EXPECT_TRUE(xz_format().recognises(lzma));
  EXPECT_FALSE(xz_format().recognises(ByteSpan(lzma).first(12)));
  EXPECT_FALSE(xz_format().recognises(text_bytes(16)));
  EXPECT_FALSE(xz_format().recognises(Bytes(16)));
}

}  // namespace
}  // namespace kompakt::testing
