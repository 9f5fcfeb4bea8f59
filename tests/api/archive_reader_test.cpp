// Archives that stay open: every kind, what is read, what is refused.
#include <gtest/gtest.h>

#include "api/archive_support.hpp"
#include "ordered_ends.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

class ArchiveReaderOfKind : public ::testing::TestWithParam<std::string> {};

std::string kind_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

void expect_files(ArchiveReader& reader, const Files& files, const std::string& kind) {
  for (const auto& [path, content] : files) {
    const auto got = reader.read(path);
    ASSERT_TRUE(got.ok()) << kind << ": " << got.status().to_string();
    EXPECT_EQ(*got == content, true) << kind << ": " << path;
  }
}

TEST_P(ArchiveReaderOfKind, GivesEveryMemberBackInAnyOrder) {
  const Files files = assorted_files();
  const auto reader = reader_of(archive_of(GetParam(), files), GetParam());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->format_name(), GetParam());
  expect_files(*reader, files, GetParam());  // before entries()
  const auto entries = reader->entries();
  ASSERT_TRUE(entries.ok()) << entries.status().to_string();
  EXPECT_TRUE(reader->damage().ok());
  ASSERT_EQ(entries->size(), files.size());
  for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
    const auto& content = files.at(entry->path);
    EXPECT_EQ(entry->size, content.size());
    Bytes got;
    const auto sink = memory_sink(got);
    const Status read = reader->read(entry->path, *sink);
    EXPECT_TRUE(read.ok()) << read.to_string();
    EXPECT_EQ(got == content, true) << entry->path;
  }
  const auto tested = reader->test();
  ASSERT_TRUE(tested.ok()) << tested.status().to_string();
  EXPECT_TRUE(tested->damage.ok());
  EXPECT_EQ(tested->files, files.size());
  expect_files(*reader, files, GetParam());
}

TEST_P(ArchiveReaderOfKind, ExtractsWithTheOptionsOfTheCallOrOfOpen) {
  const Files files = assorted_files();
  ArchiveReadOptions options;
  options.members.names = {"deep"};
  std::vector<std::string> told;
  options.on_entry = [&](const Entry& entry) { told.push_back(entry.path); };
  const auto reader = reader_of(archive_of(GetParam(), files), GetParam(), options);
  ASSERT_TRUE(reader);
  const TempFolder folder(On::kMemory);
  ArchiveExtractOptions extraction;
  extraction.directory = folder.path();
  auto done = reader->extract(extraction);
  ASSERT_TRUE(done.ok()) << done.status().to_string();
  EXPECT_EQ(done->files, 2U);
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"deep"}));
  const auto entries = reader->entries();
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->size(), 2U);  // what is selected
  EXPECT_TRUE(reader->read("notes.txt").ok());
  extraction.read.members.names = {"notes.txt"};
  done = reader->extract(extraction);
  ASSERT_TRUE(done.ok()) << done.status().to_string();
  EXPECT_EQ(read_file(folder / "notes.txt"), "one line\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "large.txt"));
}

TEST_P(ArchiveReaderOfKind, SaysByNameWhatCannotBeRead) {
  Bytes bytes;
  const auto sink = memory_sink(bytes);
  auto writer = ArchiveWriter::open(*sink, options_for(GetParam()));
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->add(typed_entry(EntryType::kDirectory, "folder"), ByteSpan()).ok());
  ASSERT_TRUE((*writer)->add(file_entry("folder/file"), as_bytes("content")).ok());
  ASSERT_TRUE((*writer)->add(typed_entry(EntryType::kSymlink, "link", "folder"), ByteSpan()).ok());
  ASSERT_TRUE((*writer)->close().ok());
  ArchiveReadOptions options;
  const auto reader = reader_of(bytes, GetParam(), options);
  ASSERT_TRUE(reader);
  for (const auto& [path, message] :
       {std::pair("nowhere", "nowhere: is not in the archive"), std::pair("folder/file/", ""),
        std::pair("./folder/file", ""), std::pair("folder", "folder: is no file but a directory"),
        std::pair("link", "link: is no file but a symlink")}) {
    const auto got = reader->read(path);
    if (*message == '\0') {
      EXPECT_TRUE(got.ok()) << got.status().to_string();
      continue;
    }
    EXPECT_EQ(got.status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(got.status().to_string(), message);
  }
  FailingSink full(3);
  const Status written = reader->read("folder/file", full);
  EXPECT_EQ(written.code(), Code::kIo);
  EXPECT_EQ(written.to_string(), "folder/file: no space left on the moon");
}

TEST_P(ArchiveReaderOfKind, ReadsWhatAHardLinkIsAnotherNameOf) {
  Bytes bytes;
  const auto sink = memory_sink(bytes);
  auto writer = ArchiveWriter::open(*sink, options_for(GetParam()));
  ASSERT_TRUE(writer.ok());
  const Bytes content = text_bytes(100'000);
  ASSERT_TRUE((*writer)->add(file_entry("b/first"), ByteSpan(content)).ok());
  const Entry link = typed_entry(EntryType::kHardlink, "c/second", "b/first");
  ASSERT_TRUE((*writer)->add(link, ByteSpan()).ok());
  const auto closed = (*writer)->close();
  ASSERT_TRUE(closed.ok()) << closed.status().to_string();
  const auto reader = reader_of(bytes, GetParam());
  ASSERT_TRUE(reader);
  const auto got = reader->read("c/second");
  ASSERT_TRUE(got.ok()) << got.status().to_string();
  EXPECT_EQ(*got == content, true);
}

TEST_P(ArchiveReaderOfKind, KeepsToTheLimitOfOutput) {
  const Bytes archive = archive_of(GetParam(), {{"a", text_bytes(50'000)}, {"b", text_bytes(900)}});
  ArchiveReadOptions options;
  options.decode.max_output = 1000;
  auto reader =
      ArchiveReader::open(std::make_unique<WatchedSource>(archive, "x." + GetParam()), options);
  if (!reader.ok()) {  // the decoder of the stream around it has given more already
    EXPECT_EQ(reader.status().code(), Code::kLimitExceeded) << reader.status().to_string();
    return;
  }
  EXPECT_EQ((*reader)->read("a").status().code(), Code::kLimitExceeded);
  if (GetParam() == "zip" || GetParam() == "warp" || GetParam() == "tar") {
    EXPECT_TRUE((*reader)->read("b").ok());
  }
}

TEST_P(ArchiveReaderOfKind, StopsWhenAsked) {
  const Bytes archive = archive_of(GetParam(), assorted_files());
  CancelToken cancel;
  ArchiveReadOptions options;
  options.decode.run.cancel = &cancel;
  const auto reader = reader_of(archive, GetParam(), options);
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->entries().ok());
  cancel.cancel();
  EXPECT_EQ(reader->read("large.txt").status().code(), Code::kCancelled);
}

TEST_P(ArchiveReaderOfKind, OpensOneWithoutMembers) {
  const auto reader = reader_of(archive_of(GetParam(), {}), GetParam());
  ASSERT_TRUE(reader);
  const auto entries = reader->entries();
  ASSERT_TRUE(entries.ok()) << entries.status().to_string();
  EXPECT_TRUE(entries->empty());
  EXPECT_EQ(reader->read("a").status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(reader->test().ok());
}

INSTANTIATE_TEST_SUITE_P(Kinds, ArchiveReaderOfKind, ::testing::ValuesIn(written_kinds()),
                         kind_name);

TEST(ArchiveReader, RefusesAPipeAndWhatIsNoArchive) {
  const Bytes tar = archive_of("tar", {{"a", to_bytes("a")}});
  EXPECT_EQ(ArchiveReader::open(std::make_unique<OrderedSource>(tar)).status().code(),
            Code::kUnsupported);
  EXPECT_EQ(ArchiveReader::open(std::make_unique<WatchedSource>(text_bytes(5000), "x.tar"))
                .status()
                .code(),
            Code::kUnsupported);
  EXPECT_EQ(ArchiveReader::open(nullptr).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ArchiveReader::open_file("/nowhere/at/all.zip").status().code(), Code::kIo);
}

TEST(ArchiveReader, TakesTheLastOfSeveralMembersWithOneName) {
  // Two tars end to end, the first without the zeros behind its only member.
  Bytes tar = archive_of("tar", {{"a", to_bytes("first")}});
  tar.resize(1024);
  const Bytes second = archive_of("tar", {{"a", to_bytes("second")}, {"b", to_bytes("other")}});
  tar.insert(tar.end(), second.begin(), second.end());
  const auto reader = reader_of(tar, "tar");
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->entries()->size(), 3U);
  EXPECT_EQ(as_text(*reader->read("a")), "second");
}

/// Reading one member of incompressible ones must not touch the others.
TEST(ArchiveReader, TouchesTheBytesOfTheMemberThatIsRead) {
  Files files;
  for (std::uint64_t i = 0; i < 40; ++i) {
    files["noise-" + std::to_string(i)] = random_bytes(200'000, i);
  }
  constexpr std::uint64_t kMember = 200'000;
  for (const auto& [kind, most] :
       {std::pair("zip", kMember + 5'000), std::pair("tar", kMember + 5'000),
        std::pair("warp", std::uint64_t{700'000}), std::pair("tar.gz", std::uint64_t{2'500'000})}) {
    ArchiveCreateOptions options = options_for(kind);
    if (options.target.kind == ArchiveKind::kWarp) {
      options.block_size = 256 * 1024;
    }
    auto source =
        std::make_unique<WatchedSource>(archive_of(kind, files, options), std::string("x.") + kind);
    WatchedSource& watched = *source;
    ArchiveReadOptions reading;
    reading.decode.index_spacing = 512 * 1024;
    auto reader = ArchiveReader::open(std::move(source), reading);
    ASSERT_TRUE(reader.ok()) << reader.status().to_string();
    const std::uint64_t opened = watched.take_count();
    ASSERT_TRUE((*reader)->entries().ok());
    const std::uint64_t listed = watched.take_count();
    const auto got = (*reader)->read("noise-33");
    ASSERT_TRUE(got.ok()) << got.status().to_string();
    EXPECT_EQ(*got == files.at("noise-33"), true);
    const std::uint64_t read = watched.take_count();
    EXPECT_LE(read, most) << kind;
    if (*got == files.at("noise-33") &&
        (std::string(kind) == "zip" || std::string(kind) == "warp")) {
      EXPECT_LE(opened + listed, 250'000U) << kind;
    }
  }
}

/// With FILE.kidx nothing is decoded for the list, and little for a member.
TEST(ArchiveReader, TakesTheTableBesideTheArchive) {
  Files files;
  for (std::uint64_t i = 0; i < 30; ++i) {
    files["noise-" + std::to_string(i)] = random_bytes(200'000, i);
  }
  const Bytes archive = archive_of("tar.gz", files);
  const auto source = memory_source(archive);
  ArchiveReadOptions collecting;
  collecting.decode.index_spacing = 256 * 1024;
  const auto listed = list_archive(*source, collecting, true);
  ASSERT_TRUE(listed.ok() && listed->table && listed->index);
  const auto sidecar =
      encode_archive_index({.index = listed->index, .table = listed->table}, *source);
  ASSERT_TRUE(sidecar.ok());

  ArchiveReadOptions options;
  options.index = &*listed->index;
  options.table = &*listed->table;
  auto watched = std::make_unique<WatchedSource>(archive, "x.tar.gz");
  WatchedSource& counts = *watched;
  const auto reader = ArchiveReader::open(std::move(watched), options);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  EXPECT_EQ((*reader)->format_name(), "tar.gz");
  EXPECT_EQ((*reader)->entries()->size(), files.size());
  EXPECT_LE(counts.take_count(), 1000U);
  EXPECT_EQ(*(*reader)->read("noise-7") == files.at("noise-7"), true);
  EXPECT_LE(counts.take_count(), 2'500'000U);

  const TempFolder folder;
  const std::string path = folder / "x.tar.gz";
  write_file(path, as_text(archive));
  write_file(path + ".kidx", as_text(*sidecar));
  std::vector<Status> warnings;
  ArchiveReadOptions warned;
  warned.on_warning = [&](const Status& warning) { warnings.push_back(warning); };
  auto beside = ArchiveReader::open_file(path, warned);
  ASSERT_TRUE(beside.ok()) << beside.status().to_string();
  EXPECT_EQ(*(*beside)->read("noise-3") == files.at("noise-3"), true);
  EXPECT_TRUE(warnings.empty());
  // One that belongs to another file is told of and not used.
  write_file(path, as_text(archive_of("tar.gz", {{"another", text_bytes(1000)}})));
  beside = ArchiveReader::open_file(path, warned);
  ASSERT_TRUE(beside.ok()) << beside.status().to_string();
  EXPECT_EQ((*beside)->entries()->size(), 1U);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].file(), path + ".kidx");
}

TEST(ArchiveReader, NamesTheMemberThatIsDamagedAndReadsTheOthers) {
  const Files files = {{"first", random_bytes(60'000, 1)},
                       {"second", random_bytes(60'000, 2)},
                       {"third", random_bytes(60'000, 3)}};
  for (const std::string kind : {"zip", "warp"}) {
    ArchiveCreateOptions options = options_for(kind);
    if (kind == "warp") {
      options.block_size = 16 * 1024;
    }
    Bytes archive = archive_of(kind, files, options);
    const auto at = std::search(archive.begin(), archive.end(), files.at("second").begin() + 30'000,
                                files.at("second").begin() + 30'016);
    ASSERT_NE(at, archive.end()) << kind;
    *at ^= std::byte{1};
    const auto reader = reader_of(archive, kind);
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->read("first").ok()) << kind;
    EXPECT_TRUE(reader->read("third").ok()) << kind;
    const Status status = reader->read("second").status();
    EXPECT_EQ(status.code(), Code::kCorrupt) << kind;
    EXPECT_NE(status.to_string().find("second"), std::string::npos) << status.to_string();
  }
}

TEST(ArchiveReader, ReadsWhatComesBeforeTheEndOfACutArchive) {
  const Files files = {{"first", random_bytes(300'000, 1)}, {"second", random_bytes(300'000, 2)}};
  for (const std::string kind : {"tar", "tar.gz", "tar.zst"}) {
    Bytes archive = archive_of(kind, files);
    archive.resize(archive.size() - 150'000);
    std::vector<std::string> lost;
    ArchiveReadOptions options;
    options.on_lost = [&](const Entry& entry, const Status&) { lost.push_back(entry.path); };
    const auto reader = reader_of(archive, kind, options);
    ASSERT_TRUE(reader);
    const auto entries = reader->entries();
    ASSERT_TRUE(entries.ok()) << entries.status().to_string();
    EXPECT_EQ(reader->damage().code(), Code::kTruncated) << reader->damage().to_string();
    const auto got = reader->read("first");
    EXPECT_TRUE(got.ok() && *got == files.at("first")) << kind << got.status().to_string();
    const Status second = reader->read("second").status();
    EXPECT_EQ(second.code(), Code::kTruncated) << kind << ": " << second.to_string();
    EXPECT_NE(second.to_string().find("second"), std::string::npos) << second.to_string();
  }
}

}  // namespace
}  // namespace kompakt::testing
