// Damaged archives: no crash, no wrong content, and every member that is intact comes out.
#include <gtest/gtest.h>

#include <map>

#include "archive/zip_read_made.hpp"
#include "archive/zip_read_support.hpp"
#include "format/stock_tools.hpp"

namespace kompakt::testing {
namespace {

using Contents = std::map<std::string, Bytes>;

struct Read {
  ZipOutcome outcome;
  Contents files;
};

Read read_zip(const Bytes& bytes) {
  const auto source = memory_source(bytes);
  CollectingWriter writer;
  ZipRun run;
  run.threads = 1;
  run.limits.max_output = 10'000'000;
  Read read;
  read.outcome = extract_zip(*source, writer, run);
  for (auto& [path, file] : writer.files) {
    read.files[path] = std::move(file.content);
  }
  return read;
}

const Contents& contents() {
  static const Contents kContents = {{"a-stored", random_bytes(300)},
                                     {"b-deflated", text_bytes(900)},
                                     {"c-empty", {}},
                                     {"d-last", text_bytes(400, 8)}};
  return kContents;
}

MadeZip small_zip() {
  MadeZip made;
  for (const auto& [name, content] : contents()) {
    made.add(
        name, content,
        name == "b-deflated" || name == "d-last" ? zip::Method::kDeflate : zip::Method::kStore);
  }
  return made;
}

// Sizes and checksum behind the data only, as for output into a pipe.
MadeZip streamed_zip(bool signature) {
  MadeZip made;
  for (const auto& [name, content] : contents()) {
    MadeZip::Part& part = made.add(name, content);
    part.local.flags = part.central.flags = zip::kFlagDescriptor;
    part.local.crc32 = part.local.size = part.local.stored_size = 0;
    Bytes descriptor(zip::kDescriptorSize);
    zip::Descriptor{.crc32 = part.central.crc32,
                    .stored_size = part.central.stored_size,
                    .size = part.central.size}
        .store(descriptor, false);
    part.descriptor.assign(descriptor.begin() + (signature ? 0 : 4), descriptor.end());
  }
  return made;
}

// What came out is content of a member under its name. `renamed`: names may be damaged.
void expect_true_content(const Read& read, bool renamed, const std::string& about) {
  for (const auto& [name, content] : read.files) {
    bool known = false;
    for (const auto& [original, expected] : contents()) {
      known = known || (content == expected && (renamed || name == original));
    }
    EXPECT_TRUE(known) << about << ": " << name;
  }
}

TEST(ZipDamage, TruncatedAnywhereItGivesEveryWholeMember) {
  for (const MadeZip& made : {small_zip(), streamed_zip(true), streamed_zip(false)}) {
    const Bytes whole = made.bytes();
    ASSERT_EQ(read_zip(whole).files, contents());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Read read =
          read_zip(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
      EXPECT_FALSE(read.outcome.clean()) << size;
      expect_true_content(read, false, std::to_string(size));
      // All members stand before the directory.
      if (size + 22 >= whole.size()) {
        EXPECT_EQ(read.files, contents()) << size;
        EXPECT_EQ(read.outcome.counts.damage.code(), Code::kTruncated) << size;
      }
    }
  }
}

TEST(ZipDamage, TheFirstMemberSurvivesAsSoonAsItIsWhole) {
  const Bytes whole = small_zip().bytes();
  const std::size_t end = zip::kLocalSize + std::string("a-stored").size() + 300;
  for (const std::size_t size : {end, end + 1, end + 20, end + 100}) {
    const Read read =
        read_zip(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_TRUE(read.outcome.recovered);
    EXPECT_TRUE(read.files.contains("a-stored")) << size;
  }
}

TEST(ZipDamage, NoFlippedByteGivesWrongContent) {
  for (const MadeZip& made : {small_zip(), streamed_zip(true)}) {
    const Bytes whole = made.bytes();
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const unsigned flip : {0x01U, 0xFFU}) {
        Bytes damaged = whole;
        damaged[at] ^= static_cast<std::byte>(flip);
        const Read read = read_zip(damaged);
        EXPECT_NE(read.outcome.status.code(), Code::kInternal) << at;
        expect_true_content(read, true, std::to_string(at));
        // One byte belongs to one member, to its record, or to the end record.
        EXPECT_GE(read.files.size() + 1, contents().size()) << at << " " << flip;
      }
    }
  }
}

TEST(ZipDamage, AHoleInTheDirectoryCostsNoMember) {
  Bytes bytes = small_zip().bytes();
  const std::size_t directory = bytes.size() - zip::kEndSize - 4 * zip::kCentralSize;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(directory), 60, std::byte{0});
  const Read read = read_zip(bytes);
  EXPECT_TRUE(read.outcome.recovered);
  EXPECT_EQ(read.files, contents());
}

TEST(ZipDamage, ALostDescriptorIsReplacedByDecodingToTheEnd) {
  MadeZip made = streamed_zip(true);
  Bytes bytes = made.bytes();
  bytes.resize(bytes.size() - 400);  // without directory
  const Bytes mark = to_bytes("PK\x07\x08");
  auto at = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
  ASSERT_NE(at, bytes.end());
  std::fill_n(at, zip::kDescriptorSize, std::byte{0});
  const Read read = read_zip(bytes);
  EXPECT_TRUE(read.files.contains("a-stored"));
  EXPECT_TRUE(read.files.contains("b-deflated"));
}

TEST(ZipDamage, ADamagedMemberLeavesItsNeighboursAlone) {
  const TempFolder folder(On::kMemory);
  MadeZip made;
  std::map<std::string, Bytes> expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "file" + std::to_string(i);
    expected[name] = text_bytes(500 + static_cast<std::size_t>(i), static_cast<std::uint64_t>(i));
    made.add(name, expected[name]);
  }
  Bytes bytes = made.bytes();
  // A lost sector in the middle of the members.
  const std::size_t sector = bytes.size() / 2 / 512 * 512;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(sector), 512, std::byte{0xAA});
  const Read read = read_zip(bytes);
  EXPECT_GE(read.files.size(), 1997U);
  EXPECT_EQ(read.files.size() + read.outcome.lost.size(), 2000U);
  for (const auto& [name, content] : read.files) {
    EXPECT_EQ(content, expected[name]);
  }
}

TEST(ZipDamage, ManyHeadersThatLeadNowhereTakeLinearTime) {
  // Each header promises deflate data of unknown size; none of them ends.
  MadeZip made;
  for (int i = 0; i < 20'000; ++i) {
    MadeZip::Part& part = made.add("f", Bytes(1));
    part.local.flags = zip::kFlagDescriptor;
    part.local.crc32 = part.local.size = part.local.stored_size = 0;
    part.stored.assign(3, std::byte{0});
  }
  Bytes bytes = made.bytes();
  bytes.resize(20'000 * (zip::kLocalSize + 4));
  const auto source = memory_source(bytes);
  const auto archive = ZipArchive::open(*source);
  ASSERT_TRUE(archive.ok());
  EXPECT_GT((*archive)->size(), 10'000U);
}

}  // namespace
}  // namespace kompakt::testing
