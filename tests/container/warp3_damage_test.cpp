// No damage passes unnoticed, and with keep_going it costs only what it hits.
#include <gtest/gtest.h>

#include "container/warp3_support.hpp"
#include "container/warp_decode.hpp"

namespace kompakt::testing::warp3 {
namespace {

using kompakt::warp3::FileHeader;
using kompakt::warp3::RecordHeader;
using kompakt::warp3::RecordType;

Bytes small_content() {
  return joined({text_bytes(4096), random_bytes(4096), Bytes(4096), text_bytes(77)});
}

/// Every bit of `file`, flipped alone: the damage is told, with a position, or did no harm.
void expect_no_silent_flip(const Bytes& file, const Bytes& content) {
  Bytes damaged = file;
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      flip(damaged, at, bit);
      const bool odd = (at + bit) % 2 != 0;
      for (const bool pipe : {false, true}) {
        if (kSanitized && pipe != odd) {
          continue;  // every byte both ways, but not every bit
        }
        const auto out = unpack(damaged, {.pipe_in = pipe, .threads = 1});
        if (out.status.ok()) {
          ASSERT_TRUE(out.content == content) << "byte " << at << " bit " << bit;
        } else {
          ASSERT_TRUE(is_damage(out.status))
              << "byte " << at << " bit " << bit << ": " << out.status.to_string();
          ASSERT_TRUE(out.status.block() || out.status.offset())
              << "byte " << at << " bit " << bit << ": " << out.status.to_string();
          // Once the header is over, the failure names a block, but for what lies between streams.
          ASSERT_TRUE(out.status.block() || at < FileHeader::kSize) << at << out.status.to_string();
        }
      }
      if (kSanitized && odd) {
        flip(damaged, at, bit);
        continue;
      }
      const auto range = unpack_range(damaged, 10, content.size() - 20);
      ASSERT_TRUE(range.status.ok() ? range.content == slice(content, 10, content.size() - 20)
                                    : is_damage(range.status))
          << "byte " << at << " bit " << bit << ": " << range.status.to_string();
      flip(damaged, at, bit);
    }
  }
}

TEST(Warp3Damage, NoBitFlipIsSilentInAFileOfSeveralBlocks) {
  // Coded, zero, stored and short blocks, of few bytes in the file: each bit costs three decodes.
  Bytes content = joined(
      {Bytes(4096, std::byte{'w'}), Bytes(4096), Bytes(4096, std::byte{'a'}), random_bytes(77)});
  auto options = small_blocks(HashId::kXxh64);
  options.codec = codec("zstd");
  options.metadata = named("n");
  expect_no_silent_flip(pack(content, options), content);
}

TEST(Warp3Damage, NoBitFlipIsSilentInAFileOfOneBlock) {
  const Bytes content = text_bytes(150);
  expect_no_silent_flip(pack(content, small_blocks(HashId::kBlake3)), content);
  expect_no_silent_flip(pack(content, small_blocks(HashId::kNone)), content);
}

TEST(Warp3Damage, NoBitFlipIsSilentInACompactFile) {
  const Bytes content = text_bytes(150);
  auto options = small_blocks(HashId::kBlake3);
  options.codec = codec("bwt");
  options.metadata = named("n");
  const Bytes coded = pack(content, options);
  ASSERT_LT(coded.size(), content.size() + 80);
  expect_no_silent_flip(coded, content);
  const Bytes noise = random_bytes(40);
  options.metadata.reset();
  expect_no_silent_flip(pack(noise, options), noise);
}

TEST(Warp3Damage, TruncationAtEveryByteIsTold) {
  for (const Bytes& content : {small_content(), text_bytes(50), Bytes()}) {
    const Bytes file = pack(content);
    for (std::size_t size = 0; size < file.size();
         size += size < 600 || size + 600 > file.size() ? 1 : 13) {
      const Bytes cut = slice(file, 0, size);
      for (const bool pipe : {false, true}) {
        const auto out = unpack(cut, {.pipe_in = pipe, .threads = 1});
        ASSERT_TRUE(is_damage(out.status) || (size < 5 && out.status.code() == Code::kUnsupported))
            << size << ": " << out.status.to_string();
        ASSERT_LE(out.content.size(), content.size());
        ASSERT_EQ(out.content, slice(content, 0, out.content.size())) << size;
      }
    }
  }
}

TEST(Warp3Damage, TruncationBetweenConcatenatedFilesLeavesAValidFile) {
  const Bytes a = pack(text_bytes(5000));
  EXPECT_TRUE(unpack(a).status.ok());
  EXPECT_EQ(unpack(joined({a, slice(a, 0, a.size() - 1)})).status.code(), Code::kTruncated);
}

TEST(Warp3Damage, OneFlipNeverMakesAnotherVersionOfIt) {
  const Bytes content = text_bytes(9000);
  const Bytes file = pack(content);
  for (unsigned bit = 0; bit < 8; ++bit) {
    Bytes damaged = file;
    flip(damaged, 4, bit);
    EXPECT_EQ(unpack(damaged).status.code(), Code::kCorrupt) << "version bit " << bit;
    damaged = file;
    flip(damaged, 0, bit);
    EXPECT_EQ(unpack(damaged).status.code(), Code::kCorrupt) << "magic bit " << bit;
  }
}

TEST(Warp3Damage, FailureDoesNotDependOnTheNumberOfThreads) {
  const Bytes content = random_bytes(20 * 4096);
  Bytes file = pack(content);
  flip(file, block_of(file, 7).payload_at() + 5);
  flip(file, block_of(file, 12).payload_at() + 5);
  for (const Ends& ends : kAllEnds) {
    for (const unsigned threads : {1U, 2U, 8U}) {
      Ends with = ends;
      with.threads = threads;
      const auto out = unpack(file, with);
      EXPECT_EQ(out.status.code(), Code::kCorrupt);
      EXPECT_EQ(out.status.block(), 7U) << with;
      if (ends.pipe_out) {
        EXPECT_EQ(out.content, slice(content, 0, std::size_t{7} * 4096)) << with;
      }
    }
  }
}

void expect_lost(const Unpacked& out, std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges) {
  ASSERT_TRUE(out.status.ok()) << out.status.to_string();
  ASSERT_EQ(out.lost.size(), ranges.size());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(out.lost[i].offset, ranges[i].first);
    EXPECT_EQ(out.lost[i].length, ranges[i].second);
    EXPECT_TRUE(is_damage(out.lost[i].reason)) << out.lost[i].reason.to_string();
  }
}

TEST(Warp3KeepGoing, PayloadDamageLosesItsBlockOnly) {
  const Bytes content =
      joined({random_bytes(4096), text_bytes(4096), random_bytes(4096, 5), text_bytes(99)});
  Bytes file = pack(content);
  flip(file, block_of(file, 0).payload_at());
  flip(file, block_of(file, 2).payload_at() + 4000);
  for (const Ends& ends : kAllEnds) {
    const auto out = unpack_tolerantly(file, ends);
    expect_lost(out, {{0, 4096}, {8192, 4096}});
    EXPECT_EQ(out.content, with_zeros(with_zeros(content, 0, 4096), 8192, 4096)) << ends;
    if (ends.pipe_out) {
      continue;
    }
    EXPECT_EQ(out.lost[1].reason.block(), 2U);
  }
}

TEST(Warp3KeepGoing, HeaderDamageLosesItsBlockOnly) {
  const Bytes content =
      joined({random_bytes(4096), text_bytes(4096), random_bytes(4096, 5), text_bytes(99)});
  const Bytes file = pack(content);
  for (std::size_t block = 0; block < 4; ++block) {
    for (const std::size_t at : {0U, 9U, 12U, 20U, 47U, 50U}) {
      Bytes damaged = file;
      flip(damaged, block_of(file, block).at + at);
      const auto out = unpack_tolerantly(damaged, {.pipe_out = true, .threads = 2});
      const std::size_t size = block == 3 ? 99 : 4096;
      expect_lost(out, {{block * 4096, size}});
      EXPECT_EQ(out.content, with_zeros(content, block * 4096, size));
    }
  }
}

TEST(Warp3KeepGoing, HeaderDamageInAPipeLosesTheRest) {
  const Bytes content = random_bytes(5 * 4096);
  Bytes file = pack(content);
  flip(file, block_of(file, 2).at + 3);
  const auto out = unpack_tolerantly(file, {.pipe_in = true, .threads = 2});
  expect_lost(out, {{8192, 0}});
  EXPECT_EQ(out.content, slice(content, 0, 8192));
}

TEST(Warp3KeepGoing, IndexDamageLosesNothing) {
  const Bytes content = random_bytes(5 * 4096);
  const Bytes file = pack(content);
  for (const auto& record : records_of(file)) {
    if (record.header.type == RecordType::kBlock) {
      continue;
    }
    for (const std::uint64_t at : {record.at, record.payload_at()}) {
      Bytes damaged = file;
      flip(damaged, at);
      EXPECT_FALSE(unpack(damaged).status.ok());
      const auto out = unpack_tolerantly(damaged);
      ASSERT_TRUE(out.status.ok()) << out.status.to_string();
      EXPECT_EQ(out.content, content);
    }
  }
}

TEST(Warp3KeepGoing, EveryDamagedSectorCostsOnlyTheBlocksItTouches) {
  const Bytes content = joined({random_bytes(6 * 4096), text_bytes(5 * 4096)});
  const Bytes file = pack(content);
  const auto records = records_of(file);
  for (std::size_t at = 512; at < file.size(); at += 512) {
    Bytes damaged = file;
    const std::size_t end = std::min(at + 512, file.size());
    std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(at),
              damaged.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0xAA});
    Bytes expected = content;
    for (const auto& record : records) {
      const std::uint64_t record_end = record.at + record.header.stored_size();
      if (record.header.type == RecordType::kBlock && record.at < end && record_end > at) {
        expected = with_zeros(expected, static_cast<std::size_t>(record.header.raw_offset),
                              static_cast<std::size_t>(record.header.raw_size));
      }
    }
    const auto out = unpack_tolerantly(damaged);
    ASSERT_TRUE(out.status.ok()) << out.status.to_string();
    // Where the end is hit too, what is missing at the end is not made up.
    ASSERT_EQ(out.content, slice(expected, 0, out.content.size())) << "sector at " << at;
    ASSERT_TRUE(out.content.size() == content.size() || at + 1024 > file.size())
        << "sector at " << at;
  }
}

TEST(Warp3KeepGoing, MissingBytesInTheMiddleLoseOnlyTheirBlocks) {
  const Bytes content = random_bytes(8 * 4096);
  const Bytes file = pack(content);
  // From inside the payload of block 2 to inside the payload of block 4.
  const auto from = static_cast<std::ptrdiff_t>(block_of(file, 2).payload_at() + 100);
  const auto to = static_cast<std::ptrdiff_t>(block_of(file, 4).payload_at() + 200);
  Bytes cut(file.begin(), file.begin() + from);
  cut.insert(cut.end(), file.begin() + to, file.end());
  auto out = unpack_tolerantly(cut);
  expect_lost(out, {{8192, 4096}, {12288, 8192}});
  EXPECT_EQ(out.content, with_zeros(content, 8192, 12288));
  // Exactly two records: what is left looks whole.
  Bytes without(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(block_of(file, 2).at));
  without.insert(without.end(), file.begin() + static_cast<std::ptrdiff_t>(block_of(file, 4).at),
                 file.end());
  EXPECT_EQ(unpack(without).status.code(), Code::kCorrupt);
  out = unpack_tolerantly(without, {.pipe_in = true, .threads = 2});
  expect_lost(out, {{8192, 8192}});
  EXPECT_EQ(out.content, with_zeros(content, 8192, 8192));
  // From inside one payload only: the next header comes too early.
  Bytes squeezed(file.begin(), file.begin() + from);
  squeezed.insert(squeezed.end(), file.begin() + from + 50, file.end());
  out = unpack_tolerantly(squeezed);
  expect_lost(out, {{8192, 4096}});
  EXPECT_EQ(out.content, with_zeros(content, 8192, 4096));
}

TEST(Warp3KeepGoing, TruncatedFilesGiveEveryWholeBlock) {
  const Bytes content = random_bytes(6 * 4096);
  const Bytes file = pack(content);
  for (const bool pipe : {false, true}) {
    for (const std::uint64_t at :
         {block_of(file, 4).at, block_of(file, 4).at + 30, block_of(file, 4).payload_at() + 9}) {
      const auto out = unpack_tolerantly(slice(file, 0, static_cast<std::size_t>(at)),
                                         {.pipe_in = pipe, .threads = 2});
      expect_lost(out, {{std::uint64_t{4} * 4096, 0}});
      EXPECT_EQ(out.content, slice(content, 0, std::size_t{4} * 4096));
    }
  }
}

TEST(Warp3KeepGoing, DamagedFileHeaderIsReplacedByItsCopy) {
  const Bytes content = random_bytes(3 * 4096);
  Bytes file = pack(content);
  flip(file, 6);
  flip(file, 14, 3);
  EXPECT_EQ(unpack(file).status.code(), Code::kCorrupt);
  const auto out = unpack_tolerantly(file);
  ASSERT_TRUE(out.status.ok()) << out.status.to_string();
  EXPECT_EQ(out.content, content);
  EXPECT_TRUE(out.lost.empty());
}

TEST(Warp3KeepGoing, DamageInOneStreamLeavesTheOthersAlone) {
  const Bytes content = random_bytes(4 * 4096);
  const Bytes file = pack(content);
  const auto last = records_of(file).back();
  // The end of the first of two equal files: nothing tells their records apart but their place.
  Bytes damaged = file;
  flip(damaged, last.at + 1);
  auto out = unpack_tolerantly(joined({damaged, file}));
  expect_lost(out, {{content.size(), 0}});
  EXPECT_EQ(out.content, joined({content, content}));
  // A block in the first, the file header of the second, the last block of the third.
  Bytes first = file;
  flip(first, block_of(file, 1).at);
  Bytes second = file;
  flip(second, 7, 6);
  Bytes third = file;
  flip(third, block_of(file, 3).at);
  out = unpack_tolerantly(joined({first, second, third}), {.pipe_out = true, .threads = 3});
  expect_lost(out, {{4096, 4096}, {2 * content.size() + 12288, 4096}});
  EXPECT_EQ(out.content,
            joined({with_zeros(content, 4096, 4096), content, with_zeros(content, 12288, 4096)}));
}

TEST(Warp3KeepGoing, ForeignBytesBetweenStreamsAreSteppedOver) {
  const Bytes content = random_bytes(2 * 4096);
  const Bytes file = pack(content);
  const auto out = unpack_tolerantly(joined({file, random_bytes(700), file}));
  expect_lost(out, {{content.size(), 0}});
  EXPECT_EQ(out.content, joined({content, content}));
}

TEST(Warp3KeepGoing, TheJobTellsOfDamageThatCostNothing) {
  const Bytes content = random_bytes(3 * 4096);
  Bytes file = pack(content);
  flip(file, file.size() - 1);
  const auto source = memory_source(file);
  Bytes back;
  const auto sink = memory_sink(back);
  auto job = make_warp_decode_job(
      *source, *sink, {.limits = {}, .verify_digests = true, .keep_going = true, .on_lost = {}});
  ASSERT_TRUE(job.ok());
  const auto worker = (*job)->make_worker();
  const auto slot = (*job)->make_slot();
  for (;;) {
    const auto more = (*job)->read(*slot);
    ASSERT_TRUE(more.ok());
    if (!*more) {
      break;
    }
    ASSERT_TRUE((*job)->work(*slot, **worker).ok());
    ASSERT_TRUE((*job)->write(*slot).ok());
  }
  EXPECT_TRUE((*job)->finish().ok());
  EXPECT_EQ(back, content);
  EXPECT_EQ((*job)->damage().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace kompakt::testing::warp3
