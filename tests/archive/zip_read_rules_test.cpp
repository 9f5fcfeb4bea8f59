// What a zip reader must refuse, must take, and how it must understand names and times.
#include <gtest/gtest.h>

#include "archive/zip_read_made.hpp"
#include "archive/zip_read_support.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

struct Read {
  ZipOutcome outcome;
  std::map<std::string, std::string> files;
  std::map<std::string, Entry> entries;
};

Read read_zip(const Bytes& bytes, const ZipRun& run = {}) {
  const auto source = memory_source(bytes);
  CollectingWriter writer;
  Read read;
  read.outcome = extract_zip(*source, writer, run);
  for (const auto& [path, file] : writer.files) {
    read.files[path] = {reinterpret_cast<const char*>(file.content.data()), file.content.size()};
    read.entries[path] = file.entry;
  }
  return read;
}

std::string reason_of(const Read& read, const std::string& path) {
  for (const auto& [name, why] : read.outcome.lost) {
    if (name == path) {
      return std::string(why.message());
    }
  }
  return "";
}

std::string rule_for(const Read& read, const std::string& path) {
  for (const auto& [name, rule] : read.outcome.refused) {
    if (name == path) {
      return rule;
    }
  }
  return "";
}

bool mentions(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST(ZipRules, AnEmptyArchiveIsSound) {
  MadeZip made;
  const Read read = read_zip(made.bytes());
  EXPECT_TRUE(read.outcome.clean()) << read.outcome.status.to_string();
  EXPECT_EQ(read.outcome.counts.entries, 0U);
}

TEST(ZipRules, OtherFilesAreNoZipArchives) {
  for (const Bytes& bytes : {Bytes{}, to_bytes("PK"), text_bytes(100'000), random_bytes(10'000)}) {
    EXPECT_EQ(read_zip(bytes).outcome.status.code(), Code::kUnsupported);
  }
}

TEST(ZipRules, LocalHeaderAndDirectoryMustAgree) {
  const struct {
    const char* about;
    void (*change)(MadeZip::Part&);
  } kCases[] = {
      {"the name", [](MadeZip::Part& part) { part.local_name = "other"; }},
      {"the method", [](MadeZip::Part& part) { part.local.method = zip::Method::kStore; }},
      {"the size", [](MadeZip::Part& part) { ++part.local.size; }},
      {"the size", [](MadeZip::Part& part) { ++part.local.stored_size; }},
      {"the checksum", [](MadeZip::Part& part) { ++part.local.crc32; }},
  };
  for (const auto& c : kCases) {
    MadeZip made;
    made.add("before", "1");
    c.change(made.add("wrong", "some content that is long enough"));
    made.add("behind", "2");
    const Read read = read_zip(made.bytes());
    EXPECT_EQ(read.outcome.lost.size(), 1U) << c.about;
    EXPECT_TRUE(mentions(reason_of(read, "wrong"), std::string("disagree on ") + c.about))
        << reason_of(read, "wrong");
    EXPECT_EQ(read.files, (std::map<std::string, std::string>{{"before", "1"}, {"behind", "2"}}));
  }
}

TEST(ZipRules, SizesThatLieAreCaughtAndNothingMoreIsWritten) {
  for (const int change : {-1, +1, +1000}) {
    for (const std::size_t size : {std::size_t{5000}, std::size_t{5} << 20U}) {
      MadeZip made;
      MadeZip::Part& part = made.add("file", text_bytes(size));
      part.local.size = part.central.size =
          static_cast<std::uint32_t>(static_cast<int>(size) + change);
      const Read read = read_zip(made.bytes());
      EXPECT_TRUE(mentions(reason_of(read, "file"),
                           change < 0 ? "decodes to more bytes" : "decodes to fewer bytes"))
          << change << " " << size << " " << reason_of(read, "file");
      EXPECT_TRUE(read.files.empty());
    }
  }
}

TEST(ZipRules, SizesThatNoDeflateStreamCanReachAreNotBelieved) {
  MadeZip made;
  MadeZip::Part& part = made.add("file", "little");
  part.local.size = part.central.size = 0xFFFFFFF0;
  made.add("next", "1");
  ZipRun run;
  run.limits.max_output = 1000;
  const Read read = read_zip(made.bytes(), run);
  EXPECT_TRUE(mentions(reason_of(read, "file"), "cannot hold"));
  EXPECT_EQ(read.files.size(), 1U);
}

TEST(ZipRules, WrongChecksumsLoseTheEntryAlone) {
  for (const std::size_t size : {std::size_t{100}, std::size_t{5} << 20U}) {
    MadeZip made;
    MadeZip::Part& part = made.add("file", text_bytes(size));
    part.local.crc32 = ++part.central.crc32;
    made.add("next", "1");
    const Read read = read_zip(made.bytes());
    EXPECT_TRUE(mentions(reason_of(read, "file"), "CRC-32"));
    EXPECT_EQ(read.files, (std::map<std::string, std::string>{{"next", "1"}}));
    EXPECT_EQ(read.outcome.counts.damage.code(), Code::kCorrupt);
  }
}

TEST(ZipRules, OverlappingMembersAreRefusedSoThatNothingIsDecodedTwice) {
  // The first member's data hold the second member as a whole: quoted by a stored block they would
  // decode, and so on for as many members as one likes.
  MadeZip inner;
  inner.add("inner", text_bytes(1000));
  Bytes quoted = inner.bytes();
  quoted.resize(quoted.size() - zip::kEndSize - zip::kCentralSize - 5);
  MadeZip made;
  made.add("outer", quoted, zip::Method::kStore);
  made.add("inner", text_bytes(1000));
  Bytes bytes = made.bytes();
  // Point the second record at the quoted header: 30 bytes and the name behind the first one.
  const std::size_t at = bytes.size() - zip::kEndSize - 5 - 4;
  bytes[at] = std::byte{zip::kLocalSize + 5};
  bytes[at + 1] = bytes[at + 2] = bytes[at + 3] = std::byte{0};
  const Read read = read_zip(bytes);
  EXPECT_EQ(rule_for(read, "outer"), "overlapping members");
  EXPECT_EQ(read.files.size(), 1U);
  EXPECT_TRUE(read.files.contains("inner"));
}

TEST(ZipRules, DataThatReachIntoTheDirectoryAreRefused) {
  MadeZip made;
  MadeZip::Part& part = made.add("file", "content", zip::Method::kStore);
  part.local.size = part.central.size = part.local.stored_size = part.central.stored_size = 20;
  EXPECT_EQ(rule_for(read_zip(made.bytes()), "file"), "overlapping members");
}

TEST(ZipRules, ADamagedOffsetDoesNotMakeItsNeighbourRefused) {
  MadeZip made;
  made.add("first", random_bytes(500), zip::Method::kStore);
  made.add("second", "1").central.local_offset = static_cast<std::uint32_t>(-300);
  const Read read = read_zip(made.bytes());
  EXPECT_TRUE(read.files.contains("first"));
  EXPECT_TRUE(mentions(reason_of(read, "second"), "no local header"));
}

TEST(ZipRules, TheLaterOfTwoEntriesOfOneNameWins) {
  MadeZip made;
  made.add("name", "old");
  made.add("between", text_bytes(3'000'000));
  made.add("name", "newer");
  made.add("name", "new");
  for (const unsigned threads : {1U, 4U}) {
    ZipRun run;
    run.threads = threads;
    const Read read = read_zip(made.bytes(), run);
    EXPECT_TRUE(read.outcome.clean());
    EXPECT_EQ(read.files.at("name"), "new");
  }
}

TEST(ZipRules, EncryptedEntriesAndUnknownMethodsAreRefusedByName) {
  MadeZip made;
  MadeZip::Part& secret = made.add("secret", "content");
  secret.local.flags = secret.central.flags = zip::kFlagEncrypted;
  MadeZip::Part& old = made.add("imploded", "content");
  old.local.method = old.central.method = zip::Method{6};
  made.add("plain", "1");
  const Read read = read_zip(made.bytes());
  EXPECT_EQ(rule_for(read, "secret"), "unsupported");
  EXPECT_EQ(rule_for(read, "imploded"), "unsupported");
  EXPECT_EQ(read.files.size(), 1U);
  EXPECT_TRUE(read.outcome.lost.empty());
}

TEST(ZipRules, ArchivesOfSeveralDisksAndHiddenDirectoriesAreUnsupported) {
  MadeZip disks;
  disks.add("file", "content");
  disks.end.disk = disks.end.central_disk = 1;
  EXPECT_EQ(read_zip(disks.bytes()).outcome.status.code(), Code::kUnsupported);
  MadeZip masked;
  masked.add("file", "content").central.flags = zip::kFlagMaskedHeaders | zip::kFlagEncrypted;
  EXPECT_EQ(read_zip(masked.bytes()).outcome.status.code(), Code::kUnsupported);
}

TEST(ZipRules, LimitsHold) {
  MadeZip zip;
  const Bytes zeros(10'000'000);
  const MadeZip::Part first = zip.add("file0", zeros);
  for (int i = 1; i < 10; ++i) {
    MadeZip::Part& part = zip.add("file" + std::to_string(i), "");
    const std::string name = part.local_name;
    part = first;
    part.local_name = part.central_name = name;
  }
  const Bytes bytes = zip.bytes();
  ZipRun entries;
  entries.read_limits.max_entries = 9;
  EXPECT_EQ(read_zip(bytes, entries).outcome.status.code(), Code::kLimitExceeded);
  ZipRun directory;
  directory.read_limits.max_directory = 100;
  EXPECT_EQ(read_zip(bytes, directory).outcome.status.code(), Code::kLimitExceeded);
  ZipRun output;
  output.limits.max_output = 25'000'000;
  const Read limited = read_zip(bytes, output);
  EXPECT_EQ(limited.outcome.status.code(), Code::kLimitExceeded);
  EXPECT_EQ(limited.files.size(), 2U);
  ZipRun ratio;
  ratio.limits.max_ratio = 100;
  const Read bomb = read_zip(bytes, ratio);
  EXPECT_EQ(bomb.outcome.status.code(), Code::kLimitExceeded);
  EXPECT_EQ(bomb.files.size(), 6U);  // up to the first 64 MiB the ratio does not count
}

TEST(ZipRules, WhatStandsAroundTheArchiveDoesNoHarm) {
  MadeZip made;
  made.prefix = random_bytes(5000);
  made.comment = "a comment with PK\x05\x06 in it";
  made.add("file", "content");
  Bytes bytes = made.bytes();
  EXPECT_EQ(read_zip(bytes).files.at("file"), "content");
  const Bytes junk = random_bytes(3000, 4);
  bytes.insert(bytes.end(), junk.begin(), junk.end());
  const Read read = read_zip(bytes);
  EXPECT_TRUE(read.outcome.clean());
  EXPECT_EQ(read.files.at("file"), "content");
}

TEST(ZipRules, NamesAreUnderstoodAsTheirAuthorsMeantThem) {
  MadeZip made;
  const auto dos = [&](const std::string& name) {
    made.add(name, "x").central.host = zip::kHostDos;
  };
  dos("gr\x81\xE1"
      "e");  // code page 437
  dos("back\\slash");
  made.add("back\\slash\\unix", "x");
  made.add("utf8-\xC3\xA9", "x");  // not said to be, but valid
  MadeZip::Part& said = made.add("said-\xC3\xA8", "x");
  said.local.flags = said.central.flags = zip::kFlagUtf8;
  const Read read = read_zip(made.bytes());
  ASSERT_TRUE(read.outcome.clean());
  std::vector<std::string> names;
  for (const auto& [name, content] : read.files) {
    names.push_back(name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"back/slash", "back\\slash\\unix",
                                             "gr\xC3\xBC\xC3\x9F"
                                             "e",
                                             "said-\xC3\xA8", "utf8-\xC3\xA9"}));
}

TEST(ZipRules, FoldersSymlinksAndOwnersAreRecognised) {
  MadeZip made;
  made.add("folder/", "", zip::Method::kStore).central.external_attributes = 040700U << 16U;
  MadeZip::Part& marked = made.add("dosfolder", "", zip::Method::kStore);
  marked.central.host = zip::kHostDos;
  marked.central.external_attributes = zip::kDosDirectory;
  made.add("link", "tar\\get").central.external_attributes = 0120777U << 16U;
  // "ux": version 1, two numbers of four bytes.
  made.add("owned", "x").central_extra =
      Bytes{std::byte{0x75}, std::byte{0x78}, std::byte{11}, std::byte{0}, std::byte{1},
            std::byte{4},    std::byte{0xE8}, std::byte{3},  std::byte{0}, std::byte{0},
            std::byte{4},    std::byte{100},  std::byte{0},  std::byte{0}, std::byte{0}};
  const Bytes bytes = made.bytes();
  const auto source = memory_source(bytes);
  CollectingWriter writer;
  ASSERT_TRUE(extract_zip(*source, writer).clean());
  EXPECT_EQ(writer.folders, (std::set<std::string>{"dosfolder", "folder"}));
  EXPECT_EQ(writer.links, (std::map<std::string, std::string>{{"link", "tar\\get"}}));
  const Entry& owned = writer.files["owned"].entry;
  ASSERT_TRUE(owned.owner.has_value());
  EXPECT_EQ(owned.owner->uid, 1000U);
  EXPECT_EQ(owned.owner->gid, 100U);
}

TEST(ZipRules, ASymlinkWithATargetOfMegabytesIsNoSymlink) {
  MadeZip made;
  made.add("link", Bytes(100'000)).central.external_attributes = 0120777U << 16U;
  EXPECT_TRUE(mentions(reason_of(read_zip(made.bytes()), "link"), "too long"));
}

TEST(ZipRules, AnEntryIsReadInOrderAsASource) {
  MadeZip made;
  const Bytes content = text_bytes(3'000'000);
  made.add("file", content);
  const Bytes bytes = made.bytes();
  const auto source = memory_source(bytes);
  const auto archive = ZipArchive::open(*source);
  ASSERT_TRUE(archive.ok());
  const auto entry = (*archive)->open_entry(0);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ((*entry)->size(), content.size());
  Bytes read(content.size() + 1);
  const auto got = (*entry)->read(read);
  ASSERT_TRUE(got.ok()) << got.status().to_string();
  ASSERT_EQ(*got, content.size());
  read.resize(*got);
  EXPECT_EQ(read, content);
}

}  // namespace
}  // namespace kompakt::testing
