// Archives that are put together member by member: what goes in, what is refused, what is left
// behind when it goes wrong.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "api/archive_support.hpp"
#include "ordered_ends.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

using namespace std::string_literals;

std::unique_ptr<ArchiveWriter> writer_to(Sink& sink, const ArchiveCreateOptions& options) {
  auto writer = ArchiveWriter::open(sink, options);
  EXPECT_TRUE(writer.ok()) << writer.status().to_string();
  return writer.ok() ? std::move(*writer) : nullptr;
}

std::vector<std::string> paths_in(const Bytes& archive, const std::string& kind) {
  const auto reader = reader_of(archive, kind);
  std::vector<std::string> paths;
  if (const auto entries = reader->entries(); entries.ok()) {
    for (const Entry& entry : *entries) {
      paths.push_back(entry.path);
    }
  }
  return paths;
}

/// A folder with a little tree in it.
class LittleTree {
 public:
  LittleTree() {
    std::filesystem::create_directories(folder_ / "tree/sub");
    write_file(folder_ / "tree/a.txt", "a");
    write_file(folder_ / "tree/sub/b.txt", as_text(text_bytes(400'000)));
    std::filesystem::create_symlink("a.txt", folder_ / "tree/link");
    std::filesystem::create_hard_link(folder_ / "tree/a.txt", folder_ / "tree/sub/again.txt");
  }
  [[nodiscard]] TreeSelection selection() const {
    TreeSelection selection;
    selection.base = folder_.path();
    selection.paths = {"tree"};
    return selection;
  }
  [[nodiscard]] std::string operator/(std::string_view name) const { return folder_ / name; }

 private:
  TempFolder folder_{On::kMemory};
};

TEST(ArchiveWriter, GivesTheBytesOfCreateArchiveForATree) {
  const LittleTree tree;
  for (const std::string& kind : written_kinds()) {
    // .warp numbers its streams by chance.
    const bool named_by_chance = kind.ends_with("warp");
    const ArchiveCreateOptions options = options_for(kind);
    Bytes created;
    const auto whole = memory_sink(created);
    const auto result = create_archive(tree.selection(), *whole, options);
    ASSERT_TRUE(result.ok()) << kind << ": " << result.status().to_string();
    Bytes written;
    const auto sink = memory_sink(written);
    const auto writer = writer_to(*sink, options);
    ASSERT_TRUE(writer->add_tree(tree.selection()).ok());
    const auto closed = writer->close();
    ASSERT_TRUE(closed.ok()) << kind << ": " << closed.status().to_string();
    EXPECT_EQ(closed->entries, result->entries) << kind;
    EXPECT_EQ(closed->content, result->content) << kind;
    EXPECT_EQ(closed->bytes_out, written.size()) << kind;
    EXPECT_EQ(written == created || named_by_chance, true) << kind;
    EXPECT_EQ(paths_in(written, kind), paths_in(created, kind));
  }
}

TEST(ArchiveWriter, GivesTheBytesOfCreateArchiveForTheSameMembersFromMemory) {
  const TempFolder folder(On::kMemory);
  const Files files = {{"a", to_bytes("abc")}, {"b", text_bytes(2'500'000)}, {"c", {}}};
  TreeSelection selection;
  selection.base = folder.path();
  for (const auto& [path, content] : files) {
    write_file(folder / path, as_text(content));
    ASSERT_EQ(::chmod((folder / path).c_str(), 0644), 0);
    selection.paths.push_back(path);
  }
  for (const std::string kind : {"tar", "tar.gz", "zip"}) {
    ArchiveCreateOptions options = options_for(kind);
    options.reproducible = true;
    options.epoch = 1'500'000'000;
    Bytes created;
    const auto sink = memory_sink(created);
    ASSERT_TRUE(create_archive(selection, *sink, options).ok());
    EXPECT_EQ(archive_of(kind, files, options) == created, true) << kind;
  }
}

TEST(ArchiveWriter, TakesMembersFromEverywhereIntoOneArchive) {
  const LittleTree tree;
  const Bytes large = random_bytes(900'000);
  for (const std::string& kind : written_kinds()) {
    Bytes archive;
    const auto sink = memory_sink(archive);
    ArchiveCreateOptions options = options_for(kind);
    std::vector<std::string> told;
    std::uint64_t progress = 0;
    options.on_entry = [&](const Entry& entry) { told.push_back(entry.path); };
    options.run.on_progress = [&](const Progress& now) { progress = now.bytes_in; };
    const auto writer = writer_to(*sink, options);
    OrderedSource pipe(large);
    const auto file = memory_source(as_bytes("from a source"));
    EXPECT_TRUE(writer->add(file_entry("made/first"), as_bytes("from memory")).ok());
    EXPECT_TRUE(writer->add_tree(tree.selection()).ok());
    EXPECT_TRUE(writer->add(file_entry("made/pipe"), pipe).ok());
    EXPECT_TRUE(writer->add(tree / "tree/sub", "renamed/folder").ok());
    EXPECT_TRUE(writer->add(tree / "tree/a.txt", "renamed/file").ok());
    EXPECT_TRUE(writer->add(tree / "tree/sub/..", "dots").ok());
    EXPECT_TRUE(writer->add(file_entry("made/source"), *file).ok());
    EXPECT_TRUE(writer->add(typed_entry(EntryType::kDirectory, "made"), ByteSpan()).ok());
    EXPECT_TRUE(writer->add(typed_entry(EntryType::kSymlink, "to", "made/pipe"), ByteSpan()).ok());
    const auto closed = writer->close();
    ASSERT_TRUE(closed.ok()) << kind << ": " << closed.status().to_string();
    EXPECT_EQ(closed->entries, told.size()) << kind;
    EXPECT_GE(progress, large.size()) << kind;

    const auto reader = reader_of(archive, kind);
    EXPECT_EQ(as_text(*reader->read("made/first")), "from memory");
    EXPECT_EQ(*reader->read("made/pipe") == large, true) << kind;
    EXPECT_EQ(as_text(*reader->read("made/source")), "from a source");
    EXPECT_EQ(as_text(*reader->read("renamed/file")), "a");
    EXPECT_EQ(as_text(*reader->read("renamed/folder/again.txt")), "a");
    EXPECT_EQ(reader->read("renamed/folder/b.txt")->size(), 400'000U);
    EXPECT_EQ(as_text(*reader->read("tree/sub/again.txt")), "a");
    EXPECT_EQ(as_text(*reader->read("dots/a.txt")), "a");
    const auto entries = reader->entries();
    ASSERT_TRUE(entries.ok());
    EXPECT_EQ(entries->size(), closed->entries) << kind;
    const auto link = std::find_if(entries->begin(), entries->end(),
                                   [](const Entry& entry) { return entry.path == "to"; });
    ASSERT_NE(link, entries->end());
    EXPECT_EQ(link->type, EntryType::kSymlink);
    EXPECT_EQ(link->link_target, kind == "zip" ? "" : "made/pipe");
    EXPECT_TRUE(reader->test()->damage.ok());
  }
}

TEST(ArchiveWriter, TakesTenThousandMembersFromMemory) {
  for (const std::string kind : {"tar.zst", "zip", "warp"}) {
    Bytes archive;
    const auto sink = memory_sink(archive);
    const auto writer = writer_to(*sink, options_for(kind));
    for (int i = 0; i < 10'000; ++i) {
      const std::string name = "folder-" + std::to_string(i % 100) + "/" + std::to_string(i);
      ASSERT_TRUE(writer->add(file_entry(name), as_bytes("content of " + name)).ok());
    }
    const auto closed = writer->close();
    ASSERT_TRUE(closed.ok()) << closed.status().to_string();
    EXPECT_EQ(closed->files, 10'000U);
    const auto reader = reader_of(archive, kind);
    EXPECT_EQ(reader->entries()->size(), 10'000U);
    EXPECT_EQ(as_text(*reader->read("folder-42/9942")), "content of folder-42/9942") << kind;
  }
}

TEST(ArchiveWriter, RefusesNamesThatNoMemberMayHave) {
  Bytes archive;
  const auto sink = memory_sink(archive);
  const auto writer = writer_to(*sink, options_for("tar"));
  const TempFolder folder;
  write_file(folder / "file", "x");
  for (const auto& [name, rule] :
       {std::pair(""s, "it is empty"), std::pair("/etc/passwd"s, "absolute path"),
        std::pair("a/../b"s, "parent directory"), std::pair(".."s, "parent directory"),
        std::pair("./a"s, "component '.'"), std::pair("a//b"s, "empty component"),
        std::pair("a/"s, "empty component"), std::pair("a\0b"s, "it has a NUL in it")}) {
    for (const Status& status :
         {writer->add(file_entry(name), ByteSpan()), writer->add(folder / "file", name)}) {
      EXPECT_EQ(status.code(), Code::kInvalidArgument) << name;
      EXPECT_EQ(status.message(), "not a name for a member: " + std::string(rule));
    }
  }
  EXPECT_TRUE(writer->add(file_entry("..."), ByteSpan()).ok());
  EXPECT_TRUE(writer->add(file_entry("a/..b/c..:\\\n"), ByteSpan()).ok());
  ASSERT_TRUE(writer->close().ok());
  EXPECT_EQ(paths_in(archive, "tar"), (std::vector<std::string>{"...", "a/..b/c..:\\\n"}));
}

TEST(ArchiveWriter, RefusesEntriesThatContradictThemselves) {
  Bytes archive;
  const auto sink = memory_sink(archive);
  const auto tar = writer_to(*sink, options_for("tar"));
  const auto refused = [&](const Entry& entry, ByteSpan content = {}) {
    const Status status = tar->add(entry, content);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.to_string();
    EXPECT_EQ(status.file(), entry.path);
  };
  refused(typed_entry(EntryType::kDirectory, "d"), as_bytes("content"));
  refused(typed_entry(EntryType::kSymlink, "s"));
  refused(typed_entry(EntryType::kHardlink, "h", "of/nothing"));
  refused(typed_entry(EntryType::kFile, "f", "target"));
  Entry odd = file_entry("mode");
  odd.mode = 010000;
  refused(odd);
  odd = file_entry("time");
  odd.modified->nanoseconds = 1'000'000'000;
  refused(odd);
  odd = file_entry("attribute");
  odd.xattrs = {{"user.a=b", "value"}};
  refused(odd);
  EXPECT_EQ(tar->add("/nowhere/at/all", "name").code(), Code::kIo);
  const auto zip = writer_to(*sink, options_for("zip"));
  EXPECT_EQ(zip->add(typed_entry(EntryType::kFifo, "pipe"), ByteSpan()).code(), Code::kUnsupported);
  EXPECT_EQ(zip->add(file_entry(std::string(70'000, 'n')), ByteSpan()).code(), Code::kUnsupported);

  ArchiveCreateOptions odd_options = options_for("tar");
  odd_options.level = 3;
  EXPECT_EQ(ArchiveWriter::open(*sink, odd_options).status().code(), Code::kInvalidArgument);
  odd_options = {};
  odd_options.target.kind = ArchiveKind::kOther;
  EXPECT_EQ(ArchiveWriter::open(*sink, odd_options).status().code(), Code::kUnsupported);
}

TEST(ArchiveWriter, HasEveryNameOnce) {
  const LittleTree tree;
  for (const std::string kind : {"tar", "zip", "warp"}) {
    Bytes archive;
    const auto sink = memory_sink(archive);
    auto writer = writer_to(*sink, options_for(kind));
    EXPECT_TRUE(writer->add(file_entry("x/y"), as_bytes("1")).ok());
    for (const Entry& taken : {file_entry("x/y"), file_entry("x"), file_entry("x/y/z"),
                               typed_entry(EntryType::kDirectory, "x/y")}) {
      const Status status = writer->add(taken, ByteSpan());
      EXPECT_EQ(status.code(), Code::kInvalidArgument) << taken.path;
      EXPECT_EQ(status.to_string(), taken.path + ": the name is taken by another member");
    }
    EXPECT_TRUE(writer->add(typed_entry(EntryType::kDirectory, "x"), ByteSpan()).ok());
    EXPECT_TRUE(writer->add(typed_entry(EntryType::kDirectory, "x"), ByteSpan()).ok());
    EXPECT_TRUE(writer->add_tree(tree.selection()).ok());
    const auto closed = writer->close();
    ASSERT_TRUE(closed.ok()) << closed.status().to_string();

    // Of a tree it shows when it is walked.
    writer = writer_to(*sink, options_for(kind));
    EXPECT_TRUE(writer->add_tree(tree.selection()).ok());
    EXPECT_TRUE(writer->add(file_entry("tree/a.txt"), as_bytes("1")).ok());
    const auto failed = writer->close();
    EXPECT_EQ(failed.status().code(), Code::kInvalidArgument) << kind;
    EXPECT_EQ(failed.status().file(), "tree/a.txt") << failed.status().to_string();
  }
}

TEST(ArchiveWriter, IsAsItWasAfterASourceThatFails) {
  for (const std::string kind : {"tar.gz", "zip", "warp"}) {
    Bytes archive;
    const auto sink = memory_sink(archive);
    const auto writer = writer_to(*sink, options_for(kind));
    EXPECT_TRUE(writer->add(file_entry("before"), as_bytes("1")).ok());
    for (const std::size_t good : {0U, 1000U, 3'000'000U}) {
      FailingSource source(good);
      const Status status = writer->add(file_entry("broken"), source);
      EXPECT_EQ(status.code(), Code::kIo);
      EXPECT_EQ(status.to_string(), "broken: the well is dry");
    }
    const Bytes large = text_bytes(800'000);
    EXPECT_TRUE(writer->add(file_entry("broken"), ByteSpan(large)).ok());  // the name is free
    ASSERT_TRUE(writer->close().ok());
    const auto reader = reader_of(archive, kind);
    EXPECT_EQ(reader->entries()->size(), 2U);
    EXPECT_EQ(*reader->read("broken") == large, true);
  }
}

TEST(ArchiveWriter, LeavesNothingBehindUnlessClosed) {
  const TempFolder folder;
  const Bytes large = random_bytes(2'000'000);
  const std::size_t before = open_descriptors();
  {
    auto writer = ArchiveWriter::open_file(folder / "x.zip");
    ASSERT_TRUE(writer.ok()) << writer.status().to_string();
    EXPECT_TRUE((*writer)->add(file_entry("a"), ByteSpan(large)).ok());
  }
  EXPECT_TRUE(folder.names().empty());
  EXPECT_EQ(open_descriptors(), before);
  Bytes untouched;
  const auto sink = memory_sink(untouched);
  static_cast<void>(writer_to(*sink, options_for("warp"))->add(file_entry("a"), ByteSpan(large)));
  EXPECT_TRUE(untouched.empty());
}

TEST(ArchiveWriter, MakesAFileThatIsCompleteOrNotThere) {
  const TempFolder folder;
  const std::string path = folder / "x.tar.zst";
  write_file(path, "something older");
  EXPECT_EQ(ArchiveWriter::open_file(path).status().code(), Code::kAlreadyExists);
  EXPECT_EQ(ArchiveWriter::open_file(folder / "x.odt").status().code(), Code::kInvalidArgument);
  // The archive lies in the folder that is packed: neither it nor what it replaces is a member.
  write_file(folder / "member", "content");
  TreeSelection selection;
  selection.base = folder.path();
  selection.paths = {"."};
  auto writer = ArchiveWriter::open_file(path, {}, true);
  ASSERT_TRUE(writer.ok()) << writer.status().to_string();
  EXPECT_TRUE((*writer)->add_tree(selection).ok());
  EXPECT_EQ(read_file(path), "something older");
  ASSERT_TRUE((*writer)->close().ok());
  const auto reader = ArchiveReader::open_file(path);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  const auto entries = (*reader)->entries();
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().path, "member");
  EXPECT_EQ((*writer)->close().status().code(), Code::kInvalidArgument);
  EXPECT_EQ((*writer)->add(file_entry("late"), ByteSpan()).code(), Code::kInvalidArgument);
  EXPECT_EQ((*writer)->add_tree(selection).code(), Code::kInvalidArgument);
}

TEST(ArchiveWriter, ReturnsTheFailureOfItsSink) {
  for (const std::string& kind : written_kinds()) {
    FailingSink sink(100'000);
    const auto writer = writer_to(sink, options_for(kind));
    ASSERT_TRUE(writer->add(file_entry("noise"), ByteSpan(random_bytes(400'000))).ok());
    const auto closed = writer->close();
    EXPECT_EQ(closed.status().code(), Code::kIo) << kind;
    EXPECT_NE(closed.status().to_string().find("no space left on the moon"), std::string::npos)
        << kind << ": " << closed.status().to_string();
  }
}

TEST(ArchiveWriter, StopsWhenAsked) {
  for (const std::string kind : {"tar", "zip", "warp"}) {
    CancelToken cancel;
    ArchiveCreateOptions options = options_for(kind);
    options.run.cancel = &cancel;
    Bytes archive;
    const auto sink = memory_sink(archive);
    const auto writer = writer_to(*sink, options);
    ASSERT_TRUE(writer->add(file_entry("a"), ByteSpan(text_bytes(500'000))).ok());
    cancel.cancel();
    FailingSource source(1'000'000);
    EXPECT_EQ(writer->add(file_entry("b"), source).code(), Code::kCancelled);
    EXPECT_EQ(writer->close().status().code(), Code::kCancelled) << kind;
  }
}

/// What is given to a member is what a reader finds.
TEST(ArchiveWriter, KeepsWhatEntriesSay) {
  Entry entry = file_entry("script");
  entry.mode = 0751;
  entry.owner = Entry::Owner{.uid = 1234, .gid = 4321};
  entry.user = "somebody";
  entry.group = "some";
  entry.modified = Entry::Time{.seconds = 1'234'567'890, .nanoseconds = 500};
  entry.xattrs = {{"user.note", "value"}};
  Entry bare;
  bare.path = "bare";
  for (const std::string kind : {"tar", "warp", "zip"}) {
    Bytes archive;
    const auto sink = memory_sink(archive);
    const auto writer = writer_to(*sink, options_for(kind));
    ASSERT_TRUE(writer->add(bare, as_bytes("b")).ok());
    ASSERT_TRUE(writer->add(entry, as_bytes("#!")).ok());
    ASSERT_TRUE(writer->close().ok());
    const auto entries = reader_of(archive, kind)->entries();
    ASSERT_TRUE(entries.ok());
    const Entry& got = entries->at(1);
    EXPECT_EQ(got.mode, entry.mode) << kind;
    EXPECT_EQ(got.modified->seconds, 1'234'567'890) << kind;
    EXPECT_EQ(entries->at(0).mode, 0644U) << kind;
    if (kind != "zip") {
      EXPECT_EQ(got.owner, entry.owner) << kind;
      EXPECT_EQ(got.user, "somebody") << kind;
      EXPECT_EQ(got.xattrs, entry.xattrs) << kind;
      EXPECT_EQ(got.modified->nanoseconds, 500U) << kind;
    }
  }
}

}  // namespace
}  // namespace kompakt::testing
