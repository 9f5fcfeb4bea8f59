// Archives that other programs wrote: content, names and metadata come out as they went in.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <map>

#include "archive/zip_read_support.hpp"
#include "format/stock_tools.hpp"

namespace kompakt::testing {
namespace {

// A tree with what matters to a zip reader: sizes around the bounds of batches, nothing at all, an
// executable, a symlink, an empty folder, a name that is not ASCII.
const std::map<std::string, Bytes>& contents() {
  static const std::map<std::string, Bytes> kContents = [] {
    std::map<std::string, Bytes> files;
    files["empty"] = {};
    files["one"] = to_bytes("x");
    files["text"] = text_bytes(300'000);
    files["noise"] = random_bytes(70'000);
    files["sub/deep/script"] = to_bytes("#!/bin/sh\n");
    files
        ["sub/gr\xC3\xBC\xC3\x9F"
         "e"] = to_bytes("names in UTF-8\n");
    for (int i = 0; i < 14; ++i) {
      files["large"].insert(files["large"].end(), files["text"].begin(), files["text"].end());
    }
    for (std::size_t i = 0; i < 300; ++i) {
      files["many/file" + std::to_string(i)] = {files["text"].begin(),
                                                files["text"].begin() + static_cast<long>(i * 7)};
    }
    return files;
  }();
  return kContents;
}

const std::map<std::string, Bytes>& make_tree(const std::string& root) {
  const auto& files = contents();
  for (const char* folder : {"/sub", "/sub/deep", "/many", "/hollow"}) {
    std::filesystem::create_directory(root + folder);
  }
  for (const auto& [name, content] : files) {
    write_file(root + "/" + name, {reinterpret_cast<const char*>(content.data()), content.size()});
  }
  ::chmod((root + "/sub/deep/script").c_str(), 0755);
  ::chmod((root + "/one").c_str(), 0640);
  std::filesystem::create_symlink("deep/script", root + "/sub/link");
  return files;
}

struct Author {
  std::string name;
  std::string tool;
  std::string command;  // run in the tree, writes ../out.zip
  bool unix_modes = true;
  bool symlinks = true;
  std::string method;  // of "text"
};

// What gtest calls an author in its messages.
void PrintTo(const Author& author, std::ostream* out) { *out << author.name; }

class ZipFromStockTool : public ::testing::TestWithParam<Author> {};

TEST_P(ZipFromStockTool, ComesOutAsItWentIn) {
  const Author& author = GetParam();
  if (!have_tool(author.tool)) {
    GTEST_SKIP() << author.tool << " is not installed";
  }
  const TempFolder folder(On::kMemory);
  std::filesystem::create_directory(folder / "tree");
  const auto& files = make_tree(folder / "tree");
  run_tool({"sh", "-c", "cd '" + (folder / "tree") + "' && { " + author.command + "; } >&2"}, {});
  const auto source = open_file_source(folder / "out.zip");
  ASSERT_TRUE(source.ok()) << source.status().to_string();
  CollectingWriter writer;
  const ZipOutcome outcome = extract_zip(**source, writer);
  ASSERT_TRUE(outcome.clean()) << outcome.status.to_string()
                               << (outcome.lost.empty() ? std::string()
                                                        : outcome.lost[0].second.to_string());
  EXPECT_EQ(writer.finished, 1);
  std::size_t matched = 0;
  for (const auto& [name, content] : files) {
    const auto found = writer.files.find(name);
    ASSERT_NE(found, writer.files.end()) << name;
    EXPECT_EQ(found->second.content, content) << name;
    ++matched;
    const Entry& entry = found->second.entry;
    const struct stat on_disk = stat_of(folder / ("tree/" + name));
    if (author.unix_modes) {
      ASSERT_TRUE(entry.mode.has_value()) << name;
      EXPECT_EQ(*entry.mode, on_disk.st_mode & 07777) << name;
    }
    ASSERT_TRUE(entry.modified.has_value()) << name;
    EXPECT_LE(std::abs(entry.modified->seconds - on_disk.st_mtim.tv_sec), 2) << name;
  }
  EXPECT_EQ(writer.files.size(), matched + (author.symlinks ? 0 : 1));
  if (author.symlinks) {
    EXPECT_EQ(writer.links, (std::map<std::string, std::string>{{"sub/link", "deep/script"}}));
  }
  if (!author.method.empty()) {
    EXPECT_EQ(writer.files["text"].entry.method, author.method);
  }
  EXPECT_EQ(outcome.counts.files, writer.files.size());
}

INSTANTIATE_TEST_SUITE_P(
    Authors, ZipFromStockTool,
    ::testing::Values(
        Author{"InfoZip", "zip", "zip -q -r -y ../out.zip .", true, true, "deflate"},
        Author{"InfoZipStored", "zip", "zip -q -0 -r -y ../out.zip .", true, true, "store"},
        Author{"InfoZipBzip2", "zip", "zip -q -Z bzip2 -r -y ../out.zip .", true, true, "bzip2"},
        // Into a pipe: sizes stand behind the data.
        Author{"InfoZipPiped", "zip", "zip -q -r -y - . | cat > ../out.zip", true, true, "deflate"},
        // In front of the archive stands something that offsets do not know of.
        Author{"InfoZipBehindProgram", "zip",
               "zip -q -r -y ../in.zip . && (echo '#!/bin/true'; cat ../in.zip) > ../out.zip", true,
               true, "deflate"},
        Author{"SevenZip", "7zz", "7zz a -tzip -snl -bd ../out.zip .", true, true, "deflate"},
        Author{"SevenZipDeflate64", "7zz", "7zz a -tzip -mm=Deflate64 -snl -bd ../out.zip .", true,
               true, "deflate64"},
        Author{"SevenZipBzip2", "7zz", "7zz a -tzip -mm=BZip2 -snl -bd ../out.zip .", true, true,
               "bzip2"},
        Author{"SevenZipLzma", "7zz", "7zz a -tzip -mm=LZMA -md=1m -snl -bd ../out.zip .", true,
               true, "lzma"},
        Author{"SevenZipXz", "7zz", "7zz a -tzip -mm=xz -md=1m -snl -bd ../out.zip .", true, true,
               "xz"},
        Author{"Bsdtar", "bsdtar", "bsdtar -c -f ../out.zip --format=zip *", true, true, "deflate"},
        Author{"Python", "python3",
               "python3 -m zipfile -c ../out.zip empty one text noise large sub many", true, false,
               "deflate"}),
    [](const auto& at) { return at.param.name; });

TEST(ZipRead, TakesOneMemberAndFoldersWithWhatIsBelow) {
  if (!have_tool("zip")) {
    GTEST_SKIP() << "zip is not installed";
  }
  const TempFolder folder(On::kMemory);
  std::filesystem::create_directory(folder / "tree");
  const auto& files = make_tree(folder / "tree");
  run_tool({"sh", "-c", "cd '" + (folder / "tree") + "' && zip -q -r -y ../out.zip ."}, {});
  const auto source = open_file_source(folder / "out.zip");
  ASSERT_TRUE(source.ok());
  CollectingWriter writer;
  ZipRun run;
  run.members.names = {"many", "text"};
  run.members.exclude = {"file1*"};
  const ZipOutcome outcome = extract_zip(**source, writer, run);
  ASSERT_TRUE(outcome.clean());
  EXPECT_EQ(writer.files.size(), 300U - 111U + 1U);
  EXPECT_EQ(writer.files["text"].content, files.at("text"));
}

TEST(ZipRead, ReportsTheSameInTheSameOrderForAnyNumberOfThreads) {
  if (!have_tool("zip")) {
    GTEST_SKIP() << "zip is not installed";
  }
  const TempFolder folder(On::kMemory);
  std::filesystem::create_directory(folder / "tree");
  make_tree(folder / "tree");
  run_tool({"sh", "-c", "cd '" + (folder / "tree") + "' && zip -q -r -y ../out.zip ."}, {});
  const auto source = open_file_source(folder / "out.zip");
  ASSERT_TRUE(source.ok());
  std::vector<std::string> first;
  for (const unsigned threads : {1U, 2U, 5U}) {
    CollectingWriter writer;
    ZipRun run;
    run.threads = threads;
    const ZipOutcome outcome = extract_zip(**source, writer, run);
    ASSERT_TRUE(outcome.clean());
    first = first.empty() ? outcome.order : first;
    EXPECT_EQ(outcome.order, first);
  }
}

}  // namespace
}  // namespace kompakt::testing
