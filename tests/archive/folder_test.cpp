// Folders file by file: what goes in comes out, nothing of anybody is lost, and no file's failure
// is another's.
#include "kompakt/folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "faulty_system.hpp"
#include "format/stock_tools.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/folder_system.hpp"
#include "support/tree.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Call;
using testing::FaultySystem;
using testing::read_file;
using testing::stat_of;
using testing::text_bytes;
using testing::TreeFolder;
using testing::write_file;

using Names = std::vector<std::string>;

std::string text(std::size_t size, std::uint64_t seed = 2) {
  const auto bytes = text_bytes(size, seed);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void make_folder(const std::string& path) { ASSERT_EQ(::mkdir(path.c_str(), 0755), 0) << path; }

/// Paths of everything but folders below `root`, sorted.
Names files_below(const std::string& root) {
  Names out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_directory() || entry.is_symlink()) {
      out.push_back(entry.path().string().substr(root.size() + 1));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

FolderOptions with_threads(unsigned threads) {
  FolderOptions options;
  options.num_workers = threads;
  options.sync = false;
  return options;
}

FolderResult compressed(const std::string& input, const std::string& output,
                        const FolderOptions& options = with_threads(2)) {
  auto result = compress_folder(input, output, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return result.ok() ? *result : FolderResult{};
}

FolderResult decompressed(const std::string& input, const std::string& output,
                          const FolderOptions& options = with_threads(2)) {
  auto result = decompress_folder(input, output, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return result.ok() ? *result : FolderResult{};
}

/// Content of a file that is compressed, by the public call for streams.
std::string decoded(const std::string& path) {
  auto source = open_file_source(path);
  std::vector<std::byte> out;
  const auto sink = memory_sink(out);
  if (!source.ok() || !decompress(**source, *sink).ok()) {
    return "<damaged>";
  }
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

void expect_round_trip(Format format, unsigned threads, std::size_t large) {
  const TreeFolder folder;
  make_folder(folder / "in");
  testing::build_tree(folder / "in", {.fifos = false, .devices = false, .large = large});
  FolderOptions options = with_threads(threads);
  options.format = format;
  const FolderResult packed = compressed(folder / "in", folder / "a/b/packed", options);
  const std::string suffix(format_info(format).suffix);
  std::set<std::string> too_long;  // names that have no room for a suffix
  EXPECT_EQ(packed.failed, 1U) << packed.first_failure.to_string();
  for (const auto& path : files_below(folder / "a/b/packed")) {
    const bool link = S_ISLNK(stat_of(folder / "a/b/packed/" + path).st_mode);
    EXPECT_TRUE(link || path.ends_with(suffix)) << path;
  }
  const FolderResult unpacked = decompressed(folder / "a/b/packed", folder / "out", options);
  EXPECT_EQ(unpacked.failed, 0U) << unpacked.first_failure.to_string();
  EXPECT_EQ(unpacked.coded, packed.coded);
  EXPECT_EQ(unpacked.bytes_out, packed.bytes_in);
  const auto before = testing::read_tree(folder / "in");
  auto expected = before;
  std::erase_if(expected, [](const auto& node) {
    return S_ISREG(node.second.mode) && node.first.size() - (node.first.rfind('/') + 1) > 250;
  });
  const auto differences = testing::tree_differences(expected, testing::read_tree(folder / "out"),
                                                     {.special_modes = false,
                                                      .owners = ::geteuid() == 0,
                                                      .hardlinks = false,
                                                      .root_itself = true});
  EXPECT_TRUE(differences.empty()) << testing::joined(differences);
}

TEST(Folder, ComesBackWithAllThatIsKnownOfItsFiles) {
  expect_round_trip(Format::kWarp, 2, 9 << 20U);
}
TEST(Folder, ComesBackFromOtherFormats) {
  expect_round_trip(Format::kGzip, 1, 300'000);
  expect_round_trip(Format::kLz4, 3, 300'000);
}

TEST(Folder, StockToolsReadWhatIsWritten) {
  if (!testing::have_tool("gzip")) {
    GTEST_SKIP() << "no gzip";
  }
  const TreeFolder folder;
  make_folder(folder / "in");
  make_folder(folder / "in/sub");
  write_file(folder / "in/sub/text", text(300'000));
  write_file(folder / "in/empty", "");
  FolderOptions options = with_threads(2);
  options.format = Format::kGzip;
  options.level = 9;
  compressed(folder / "in", folder / "out", options);
  int code = 1;
  testing::run_tool({"gzip", "-r", "-d", folder / "out"}, {}, &code);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(files_below(folder / "out"), (Names{"empty", "sub/text"}));
  EXPECT_EQ(read_file(folder / "out/sub/text"), text(300'000));
}

TEST(Folder, BytesDoNotDependOnTheThreads) {
  const TreeFolder folder;
  make_folder(folder / "in");
  testing::build_tree(folder / "in",
                      {.long_paths = false, .fifos = false, .devices = false, .large = 300'000});
  compressed(folder / "in", folder / "one", with_threads(1));
  compressed(folder / "in", folder / "three", with_threads(3));
  const auto differences = testing::tree_differences(testing::read_tree(folder / "one"),
                                                     testing::read_tree(folder / "three"), {});
  EXPECT_TRUE(differences.empty()) << testing::joined(differences);
  EXPECT_GT(files_below(folder / "one").size(), 60U);
}

TEST(Folder, ReportsComeInTheTreesOrderForSmallFiles) {
  const TreeFolder folder;
  make_folder(folder / "in");
  Names expected;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back(folder / "in/" + std::to_string(i));
    write_file(expected.back(), text(static_cast<std::size_t>(i % 300) * 10));
  }
  std::sort(expected.begin(), expected.end());
  Names told;
  std::uint64_t in = 0;
  FolderOptions options = with_threads(3);
  options.on_file = [&](const FileReport& report) {
    told.push_back(report.input);
    in += report.bytes_in;
  };
  const FolderResult result = compressed(folder / "in", folder / "out", options);
  EXPECT_EQ(told, expected);
  EXPECT_EQ(result.coded, 1000U);
  EXPECT_EQ(result.bytes_in, in);
}

TEST(Folder, AFileBecomesAFile) {
  const TreeFolder folder;
  write_file(folder / "text", text(100'000));
  ASSERT_TRUE(compress_folder(folder / "text", folder / "packed", 64 * kKiB, 2).ok());
  EXPECT_EQ(decoded(folder / "packed"), text(100'000));
  make_folder(folder / "into");
  ASSERT_TRUE(compress_folder(folder / "text", folder / "into").ok());
  EXPECT_EQ(decoded(folder / "into/text.warp"), text(100'000));
  ASSERT_TRUE(decompress_folder(folder / "packed", folder / "back").ok());
  EXPECT_EQ(read_file(folder / "back"), text(100'000));
  ASSERT_TRUE(decompress_folder(folder / "into/text.warp", folder / "into").ok());
  EXPECT_EQ(read_file(folder / "into/text"), text(100'000));
  EXPECT_EQ(compress_folder(folder / "missing", folder / "x").status().code(), Code::kIo);
  EXPECT_EQ(compress_folder("/dev/null", folder / "x").status().code(), Code::kUnsupported);
}

TEST(Folder, DecompressionCopiesWhatIsNotCompressed) {
  const TreeFolder folder;
  make_folder(folder / "in");
  write_file(folder / "in/plain", text(5000));
  write_file(folder / "in/notes.gz", "not what its name says");
  write_file(folder / "in/..gz", "a name with nothing before its suffix");
  write_file(folder / "gzipped", text(7000));
  FolderOptions gzip = with_threads(1);
  gzip.format = Format::kGzip;
  compressed(folder / "gzipped", folder / "in/a.tgz", gzip);
  // Compressed, but its name does not say so: it is left as it is.
  ASSERT_EQ(::link((folder / "in/a.tgz").c_str(), (folder / "in/image").c_str()), 0);
  const FolderResult result = decompressed(folder / "in", folder / "out");
  EXPECT_EQ(result.coded, 1U);
  EXPECT_EQ(result.copied, 4U);
  EXPECT_EQ(result.failed, 0U);
  EXPECT_EQ(files_below(folder / "out"), (Names{"..gz", "a.tar", "image", "notes.gz", "plain"}));
  EXPECT_EQ(read_file(folder / "out/a.tar"), text(7000));
  EXPECT_EQ(read_file(folder / "out/notes.gz"), "not what its name says");
  EXPECT_EQ(read_file(folder / "out/image"), read_file(folder / "in/a.tgz"));
  FolderOptions skipping = with_threads(1);
  skipping.skip_plain = true;
  EXPECT_EQ(decompressed(folder / "in", folder / "less", skipping).skipped, 4U);
  EXPECT_EQ(files_below(folder / "less"), (Names{"a.tar"}));
}

TEST(Folder, DamageOfOneFileIsNotCopiedNorInTheOthersWay) {
  const TreeFolder folder;
  make_folder(folder / "in");
  for (const char* name : {"a", "b", "c"}) {
    write_file(folder / "in/" + name, text(50'000));
  }
  compressed(folder / "in", folder / "packed");
  std::string bytes = read_file(folder / "packed/b.warp");
  bytes[0] = 'X';
  write_file(folder / "packed/b.warp", bytes);
  const FolderResult result = decompressed(folder / "packed", folder / "out");
  EXPECT_EQ(result.failed, 1U);
  EXPECT_EQ(result.first_failure.code(), Code::kCorrupt);
  EXPECT_EQ(result.first_failure.file(), folder / "packed/b.warp");
  EXPECT_EQ(files_below(folder / "out"), (Names{"a", "c"}));
}

TEST(Folder, ReplacesOnlyWhatItMay) {
  const TreeFolder folder;
  make_folder(folder / "in");
  make_folder(folder / "out");
  for (const char* name : {"a", "b"}) {
    write_file(folder / "in/" + name, text(1000));
  }
  ASSERT_EQ(::symlink("a", (folder / "in/l").c_str()), 0);
  write_file(folder / "out/a.warp", "precious");
  FolderResult result = compressed(folder / "in", folder / "out");
  EXPECT_EQ(result.failed, 1U);
  EXPECT_EQ(result.first_failure.code(), Code::kAlreadyExists);
  EXPECT_EQ(read_file(folder / "out/a.warp"), "precious");
  EXPECT_EQ(decoded(folder / "out/b.warp"), text(1000));
  FolderOptions options = with_threads(2);
  options.overwrite = true;
  result = compressed(folder / "in", folder / "out", options);
  EXPECT_EQ(result.failed, 0U) << result.first_failure.to_string();
  EXPECT_EQ(decoded(folder / "out/a.warp"), text(1000));
}

TEST(Folder, OutputsOfOneNameAreNotWrittenOverEachOther) {
  const TreeFolder folder;
  make_folder(folder / "in");
  write_file(folder / "x", "x");
  for (const auto& [format, name] : {std::pair{Format::kGzip, "a.gz"}, {Format::kXz, "a.xz"}}) {
    FolderOptions options = with_threads(1);
    options.format = format;
    compressed(folder / "x", folder / "in/" + name, options);
  }
  write_file(folder / "in/a", "plain");
  make_folder(folder / "in/b");
  write_file(folder / "in/b.warp", "?");
  FolderOptions options = with_threads(3);
  options.overwrite = true;
  const FolderResult result = decompressed(folder / "in", folder / "out", options);
  EXPECT_EQ(result.failed, 3U);
  EXPECT_EQ(read_file(folder / "out/a"), "plain");
  EXPECT_TRUE(S_ISDIR(stat_of(folder / "out/b").st_mode));
}

TEST(Folder, TheOutputMayLieInTheInputButNotBeIt) {
  const TreeFolder folder;
  write_file(folder / "a", "a");
  make_folder(folder / "sub");
  write_file(folder / "sub/b", "b");
  EXPECT_EQ(compress_folder(folder.path(), folder.path() + "/.").status().code(),
            Code::kInvalidArgument);
  const FolderResult result = compressed(folder.path(), folder / "out/deep");
  EXPECT_EQ(result.coded, 2U);
  EXPECT_EQ(files_below(folder / "out/deep"), (Names{"a.warp", "sub/b.warp"}));
}

TEST(Folder, WritesThroughNoSymlinkInThePlaceOfAFolder) {
  const TreeFolder folder;
  make_folder(folder / "in");
  make_folder(folder / "in/d");
  write_file(folder / "in/d/file", "x");
  write_file(folder / "in/e", "x");
  make_folder(folder / "elsewhere");
  make_folder(folder / "out");
  ASSERT_EQ(::symlink("../elsewhere", (folder / "out/d").c_str()), 0);
  const FolderResult result = compressed(folder / "in", folder / "out");
  EXPECT_EQ(result.failed, 1U);
  EXPECT_EQ(result.coded, 1U);
  EXPECT_TRUE(files_below(folder / "elsewhere").empty());
}

TEST(Folder, GlobsChooseFiles) {
  const TreeFolder folder;
  for (const char* name : {"in", "in/src", "in/gen", "in/docs"}) {
    make_folder(folder / name);
  }
  for (const char* name : {"in/src/m.c", "in/src/m.o", "in/gen/g.c", "in/docs/d.txt"}) {
    write_file(folder / name, "x");
  }
  FolderOptions options = with_threads(2);
  options.include = {"*.c"};
  options.exclude = {"gen"};
  const FolderResult result = compressed(folder / "in", folder / "out", options);
  EXPECT_EQ(files_below(folder / "out"), (Names{"src/m.c.warp"}));
  EXPECT_EQ(result.folders, 2U);
}

TEST(Folder, AFullDiskFailsTheFilesThatItHits) {
  const TreeFolder folder;
  make_folder(folder / "in");
  for (int i = 0; i < 20; ++i) {
    write_file(folder / "in/" + std::to_string(i), text(1000));
  }
  FaultySystem system({.call = Call::kPwrite, .nth = 7, .error = ENOSPC});
  const auto result = code_folder(system, FileTask::Kind::kCompress, folder / "in", folder / "out",
                                  with_threads(1));
  ASSERT_TRUE(result.ok()) << result.status().to_string();
  EXPECT_EQ(result->failed, 1U);
  EXPECT_EQ(result->coded, 19U);
  EXPECT_EQ(result->first_failure.code(), Code::kIo);
  EXPECT_EQ(files_below(folder / "out").size(), 19U);
}

TEST(Folder, EveryFailingCallLeavesWholeFilesOnly) {
  const TreeFolder folder;
  make_folder(folder / "in");
  make_folder(folder / "in/sub");
  const std::string small = text(3000);
  const std::string large = text(300'000);
  write_file(folder / "in/sub/a", small);
  write_file(folder / "in/b", large);
  for (const Call call : testing::kAllCalls) {
    for (std::size_t nth = 1; nth <= 8; ++nth) {
      const std::string out =
          folder / (std::string(testing::call_name(call)) + std::to_string(nth));
      const FaultySystem system({.call = call, .nth = nth});
      const std::size_t open = testing::open_descriptors();
      static_cast<void>(
          code_folder(system, FileTask::Kind::kCompress, folder / "in", out, with_threads(1)));
      EXPECT_EQ(testing::open_descriptors(), open);
      if (::access(out.c_str(), F_OK) != 0) {
        continue;
      }
      for (const std::string& path : files_below(out)) {
        const bool a = path == "sub/a.warp";
        EXPECT_TRUE(a || path == "b.warp") << path;
        EXPECT_EQ(decoded(out + "/" + path), a ? small : large);
      }
    }
  }
}

TEST(Folder, AKilledRunLeavesWholeFilesOnly) {
  const TreeFolder folder;
  make_folder(folder / "in");
  const std::string content = text(40'000);
  for (int i = 0; i < 600; ++i) {
    write_file(folder / "in/" + std::to_string(i), content);
  }
  for (const std::size_t after : {1U, 50U, 300U}) {
    const std::string out = folder / ("out" + std::to_string(after));
    make_folder(out);
    const ::pid_t child = ::fork();
    if (child == 0) {
      static_cast<void>(compress_folder(folder / "in", out, with_threads(2)));
      ::_exit(0);
    }
    int status = 0;
    while (files_below(out).size() < after && ::waitpid(child, &status, WNOHANG) == 0) {
      ::sched_yield();
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    const Names names = files_below(out);
    EXPECT_GE(names.size(), after);
    for (const std::string& name : names) {
      ASSERT_TRUE(name.ends_with(".warp") && !name.starts_with(".")) << name;
      ASSERT_EQ(decoded(out + "/" + name), content) << name;
    }
    // The next run goes on where that one stopped.
    const FolderResult rest = compressed(folder / "in", out);
    EXPECT_EQ(rest.coded + rest.failed, 600U);
    EXPECT_EQ(rest.failed, names.size());
  }
}

TEST(Folder, StopsWhenCancelled) {
  const TreeFolder folder;
  make_folder(folder / "in");
  for (int i = 0; i < 2000; ++i) {
    write_file(folder / "in/" + std::to_string(i), "x");
  }
  CancelToken cancel;
  FolderOptions options = with_threads(2);
  options.cancel = &cancel;
  options.on_file = [&](const FileReport&) { cancel.cancel(); };
  EXPECT_EQ(compress_folder(folder / "in", folder / "out", options).status().code(),
            Code::kCancelled);
  EXPECT_LT(files_below(folder / "out").size(), 2000U);
}

TEST(Folder, AFileThatNeedsMoreThanItsShareOfMemoryIsDoneAlone) {
  const TreeFolder folder;
  make_folder(folder / "in");
  for (const char* name : {"a", "b", "c"}) {
    write_file(folder / "in/" + name, text(300'000));
  }
  FolderOptions options = with_threads(2);
  options.format = Format::kXz;
  options.level = 6;
  options.max_memory = 160 * kMiB;  // level 6 takes about 97 MiB
  const FolderResult result = compressed(folder / "in", folder / "out", options);
  EXPECT_EQ(result.failed, 0U) << result.first_failure.to_string();
  EXPECT_EQ(result.coded, 3U);
}

TreeSelection selection_of(const std::string& base, Names paths = {"."}) {
  TreeSelection selection;
  selection.base = base;
  selection.paths = std::move(paths);
  return selection;
}

TEST(InPlace, FilesLieBesideTheirSourcesAndComeBack) {
  const TreeFolder folder;
  make_folder(folder / "t");
  testing::build_tree(folder / "t", {.long_paths = false, .hardlinks = false, .large = 300'000});
  const auto before = testing::read_tree(folder / "t");
  InPlaceOptions options;
  options.run.threads = 2;
  options.remove_source = true;
  options.sync = false;
  const auto packed = compress_in_place(selection_of(folder / "t"), options);
  ASSERT_TRUE(packed.ok()) << packed.status().to_string();
  EXPECT_EQ(packed->failed, 0U) << packed->first_failure.to_string();
  for (const auto& path : files_below(folder / "t")) {
    const mode_t mode = stat_of(folder / "t/" + path).st_mode;
    EXPECT_TRUE(!S_ISREG(mode) || path.ends_with(".warp")) << path;
  }
  const auto back = decompress_in_place(selection_of(folder / "t"), options);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(back->failed, 0U) << back->first_failure.to_string();
  EXPECT_EQ(back->coded, packed->coded);
  // Folders got new times when names in them came and went.
  const auto differences = testing::tree_differences(
      before, testing::read_tree(folder / "t"), {.directory_times = false, .special_modes = false});
  EXPECT_TRUE(differences.empty()) << testing::joined(differences);
}

TEST(InPlace, SuffixesDecideUnlessTheCallerDoes) {
  const TreeFolder folder;
  for (const char* name : {"a", "b.gz", "c.tgz"}) {
    write_file(folder / name, text(100));
  }
  InPlaceOptions options;
  options.run.threads = 1;
  std::map<std::string, FileReport::Fate> fates;
  options.on_file = [&](const FileReport& report) { fates[report.input] = report.fate; };
  const auto result = compress_in_place(selection_of(folder.path()), options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->coded, 1U);
  EXPECT_EQ(result->skipped, 2U);
  EXPECT_EQ(fates[folder / "b.gz"], FileReport::Fate::kSkipped);
  EXPECT_EQ(folder.names(), (Names{"a", "a.warp", "b.gz", "c.tgz"}));
  options.name_output = [](const std::string& path) -> Result<std::string> {
    return path.ends_with(".gz") ? Result<std::string>(path + ".packed")
                                 : Status(Code::kInvalidArgument, "not wanted");
  };
  ASSERT_TRUE(compress_in_place(selection_of(folder.path()), options).ok());
  EXPECT_EQ(decoded(folder / "b.gz.packed"), text(100));
}

TEST(InPlace, RemovesASourceOnlyOnceItsOutputIsDurable) {
  const TreeFolder folder;
  write_file(folder / "a", text(1000));
  FaultySystem system;
  InPlaceOptions options;
  options.run.threads = 1;
  options.remove_source = true;
  ASSERT_TRUE(
      code_in_place(system, selection_of(folder.path(), {"a"}), FileTask::Kind::kCompress, options)
          .ok());
  const auto log = system.log();
  const auto file = std::find(log.begin(), log.end(), "fsync file");
  const auto link = std::find(log.begin(), log.end(), "link a.warp");
  const auto directory = std::find(log.begin(), log.end(), "fsync directory");
  const auto removed = std::find(log.begin(), log.end(), "unlink a");
  EXPECT_LT(file, link);
  EXPECT_LT(link, directory);
  EXPECT_LT(directory, removed);
  EXPECT_NE(removed, log.end());
}

TEST(InPlace, NoFailureLosesASource) {
  for (const Call call : testing::kAllCalls) {
    for (std::size_t nth = 1; nth <= 10; ++nth) {
      const TreeFolder folder;
      write_file(folder / "a", text(1000));
      const FaultySystem system({.call = call, .nth = nth});
      InPlaceOptions options;
      options.run.threads = 1;
      options.remove_source = true;
      static_cast<void>(
          code_in_place(system, selection_of(folder.path()), FileTask::Kind::kCompress, options));
      const bool kept = ::access((folder / "a").c_str(), F_OK) == 0;
      const bool packed = ::access((folder / "a.warp").c_str(), F_OK) == 0;
      EXPECT_TRUE(kept || packed) << testing::call_name(call) << nth;
      if (packed) {
        EXPECT_EQ(decoded(folder / "a.warp"), text(1000)) << testing::call_name(call) << nth;
      }
    }
  }
}

TEST(InPlace, LeavesNamesOfLinkedFilesAloneWhereItWouldRemoveThem) {
  const TreeFolder folder;
  write_file(folder / "a", text(100));
  ASSERT_EQ(::link((folder / "a").c_str(), (folder / "b").c_str()), 0);
  InPlaceOptions options;
  options.run.threads = 2;
  options.sync = false;
  options.remove_source = true;
  auto result = compress_in_place(selection_of(folder.path()), options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->skipped, 2U);
  EXPECT_EQ(folder.names(), (Names{"a", "b"}));
  options.remove_source = false;
  result = compress_in_place(selection_of(folder.path()), options);
  EXPECT_EQ(result->coded, 2U);
  EXPECT_EQ(decoded(folder / "b.warp"), text(100));
}

TEST(InPlace, AFileThatChangedMeanwhileIsKept) {
  const TreeFolder folder;
  write_file(folder / "a", text(1000));
  FaultySystem system;
  system.after_each_call([&](Call call, const std::string& what) {
    if (call == Call::kOpen && what == "<unnamed>") {
      write_file(folder / "a", text(1000, 9));
    }
  });
  InPlaceOptions options;
  options.run.threads = 1;
  options.remove_source = true;
  std::vector<FileReport> reports;
  options.on_file = [&](const FileReport& report) { reports.push_back(report); };
  const auto result =
      code_in_place(system, selection_of(folder.path()), FileTask::Kind::kCompress, options);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_FALSE(reports[0].removed);
  EXPECT_FALSE(reports[0].warning.ok());
  EXPECT_EQ(read_file(folder / "a"), text(1000, 9));
  EXPECT_EQ(decoded(folder / "a.warp"), text(1000));
}

}  // namespace
}  // namespace kompakt
