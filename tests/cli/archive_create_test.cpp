// The verb archive: formats by name, what is packed, what is said of it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "archive_tool.hpp"
#include "faulty_system.hpp"
#include "stock.hpp"

namespace kompakt::testing {
namespace {

using Archive = ArchiveTest;

const std::vector<std::string> kNames = {"x.warp",    "x.zip",     "x.tar",    "x.tar.gz",
                                         "x.tgz",     "x.tar.zst", "x.tar.xz", "x.tar.bz2",
                                         "x.tar.lz4", "x.tar.br",  "x.tar.sz", "x.TZST"};

TEST_F(Archive, OfEveryFormatComesBackAsItWas) {
  const auto before = tree_of(folder / "tree");
  for (const auto& name : kNames) {
    const bool has_level = name != "x.tar" && name != "x.tar.sz";
    const std::string path =
        packed(name, has_level ? std::vector<std::string>{"--fast"} : std::vector<std::string>{});
    const Outcome outcome = extracted(path, "out");
    EXPECT_EQ(outcome.code, 0) << name << outcome.err;
    EXPECT_EQ(difference(before, tree_of(folder / "out/tree")), "") << name;
    std::filesystem::remove_all(folder / "out");
  }
}

TEST_F(Archive, TellsTheFormatByOptionToo) {
  for (const char* format : {"warp", "zip", "tar", "tar.zst", "tar.zstd", "tgz", "tar.bz2"}) {
    const Outcome outcome = run_tool({"archive", "-", "-F", format, "-C", folder.path(), "tree"});
    EXPECT_EQ(outcome.code, 0) << format << outcome.err;
    write_file(folder / "packed", outcome.out);
    EXPECT_EQ(extracted(folder / "packed", "out").code, 0) << format;
    EXPECT_EQ(difference(tree_of(folder / "tree"), tree_of(folder / "out/tree")), "") << format;
    std::filesystem::remove_all(folder / "out");
    EXPECT_EQ(run_tool({"archive", "-c", "-F", format, "-C", folder.path(), "tree"}).out,
              outcome.out);
  }
  EXPECT_EQ(run_tool({"archive", folder / "x.gz", folder / "tree"}).code, 1);
  EXPECT_EQ(run_tool({"archive", folder / "x", folder / "tree"}).code, 1);
  EXPECT_EQ(run_tool({"archive", "-", folder / "tree"}).code, 1);
  EXPECT_EQ(run_tool({"archive", folder / "x", "-F", "gzip", folder / "tree"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "x"));
}

TEST_F(Archive, IsReadByStockTools) {
  const auto before = tree_of(folder / "tree");
  const std::vector<std::pair<std::string, std::vector<std::string>>> readers = {
      {"tar", {"-xf", "x.tar"}},
      {"bsdtar", {"-xf", "x.tar.gz"}},
      {"bsdtar", {"-xf", "x.zip"}},
      {"7zz", {"x", "-bso0", "x.zip"}}};
  for (const auto& [tool, words] : readers) {
    const std::string program = stock_tool(tool);
    if (program.empty()) {
      continue;
    }
    const std::string& name = words.back();
    std::filesystem::create_directory(folder / "out");
    // 7zz makes no links that lead upwards.
    std::filesystem::rename(packed(name, {"--exclude", tool == "7zz" ? "link" : "none"}),
                            folder / ("out/" + name));
    const Outcome outcome = run_in(folder / "out", program, words);
    EXPECT_EQ(outcome.code, 0) << tool << outcome.err;
    EXPECT_EQ(difference(before, tree_of(folder / "out/tree")),
              tool == "7zz" ? "missing: sub/link\n" : "")
        << tool << name;
    std::filesystem::remove_all(folder / "out");
  }
}

TEST_F(Archive, NamesMembersFromTheFolderOnWhichItWasTold) {
  const auto names = [&](const std::vector<std::string>& words) {
    std::vector<std::string> all = {"archive", "-f", folder / "x.tar"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome made = run_tool(all);
    EXPECT_EQ(made.code, 0) << made.err;
    return lines_of(run_tool({"list", "-q", folder / "x.tar"}).out);
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({"-C", folder / "tree", "empty", "sub/deep"}),
            (Names{"empty", "sub/deep", "sub/deep/c.txt"}));
  EXPECT_EQ(names({"-C", folder / "tree", "./sub/deep/"}), (Names{"sub/deep", "sub/deep/c.txt"}));
  EXPECT_EQ(names({"-C", folder / "tree", "sub", "--exclude", "*.txt", "--exclude=link"}),
            (Names{"sub", "sub/deep", "sub/noise.bin"}));
  EXPECT_EQ(names({"-C", folder / "tree", ".", "--include", "*.bin", "--exclude", "deep"}).back(),
            "sub/noise.bin");
  const std::string absolute = (folder / "tree/empty").substr(1);
  const Outcome outcome = run_tool({"archive", "-f", folder / "x.tar", folder / "tree/empty"});
  EXPECT_LE(outcome.code, 2);
  EXPECT_EQ(run_tool({"list", "-q", folder / "x.tar"}).out, absolute + "\n");
}

TEST_F(Archive, TakesNamesFromFiles) {
  write_file(folder / "list", "tree/empty\n\ntree/sub/deep\n");
  write_file(folder / "list0", std::string("tree/line\nbreak\0tree/empty\0", 28));
  write_file(folder / "not", "*.txt\n");
  const auto pack = [&](std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), {"archive", "-f", folder / "x.zip", "-C", folder.path()});
    const Outcome made = run_tool(words, {.input = input});
    EXPECT_EQ(made.code, 0) << made.err;
    return run_tool({"list", "--null", folder / "x.zip"}).out;
  };
  using std::string_literals::operator""s;
  EXPECT_EQ(pack({"--files-from", folder / "list", "--exclude-from", folder / "not"}),
            "tree/empty\0tree/sub/deep\0"s);
  EXPECT_EQ(pack({"--files-from0", folder / "list0"}), "tree/line\nbreak\0tree/empty\0"s);
  EXPECT_EQ(pack({"--null", "--files-from=-"}, "tree/empty\0"s), "tree/empty\0"s);
  EXPECT_EQ(pack({"--files-from", "-", "tree/a.txt"}, "tree/empty"), "tree/a.txt\0tree/empty\0"s);
  EXPECT_EQ(run_tool({"archive", "-f", folder / "x.zip", "--files-from", folder / "list0"}).code, 1)
      << "names with NUL in a list of lines";
  EXPECT_EQ(run_tool({"archive", "-f", folder / "x.zip", "--files-from", folder / "none"}).code, 1);
}

TEST_F(Archive, NeverHoldsItself) {
  const std::string out = folder / "tree/self.tar";
  ASSERT_EQ(run_tool({"archive", out, "-C", folder.path(), "tree"}).code, 0);
  const std::string first = run_tool({"list", "-q", out}).out;
  EXPECT_FALSE(contains(first, "self"));
  ASSERT_EQ(run_tool({"archive", "-f", out, "-C", folder.path(), "tree"}).code, 0);
  EXPECT_EQ(run_tool({"list", "-q", out}).out, first) << "what is replaced is left out too";
  std::filesystem::remove(out);
  FaultySystem system;
  system.refuse_unnamed_files();
  ASSERT_EQ(run_tool({"archive", out, "-C", folder.path(), "tree"}, {.system = &system}).code, 0);
  EXPECT_EQ(run_tool({"list", "-q", out}).out, first) << "under its hidden name";
  std::filesystem::remove(out);
  const int fd = ::open(out.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  EXPECT_EQ(
      run_tool({"archive", "-c", "-F", "tar", "-C", folder.path(), "tree"}, {.out_fd = fd}).code,
      0);
  ::close(fd);
  EXPECT_EQ(run_tool({"list", "-q", out}).out, first) << "through stdout";
}

TEST_F(Archive, IsWholeOrNotThere) {
  const std::string out = packed("x.tar.gz");
  const std::string content = read_file(out);
  const std::vector<std::string> again = {"archive", out, "-C", folder.path(), "tree"};
  EXPECT_EQ(run_tool(again).code, 1) << "it exists";
  EXPECT_EQ(read_file(out), content);
  EXPECT_EQ(run_tool({"archive", folder / "y.zip", folder / "nothing"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "y.zip"));
  for (const char* name : {"y.zip", "y.warp", "y.tar.zst", "y.tar"}) {
    const FaultySystem full(
        Fault{.call = Call::kPwrite, .nth = 2, .error = ENOSPC, .for_ever = true});
    const FaultySystem full_from_the_start(
        Fault{.call = Call::kPwrite, .nth = 1, .error = ENOSPC, .for_ever = true});
    for (const FaultySystem* system : {&full, &full_from_the_start}) {
      const Outcome outcome =
          run_tool({"archive", folder / name, "-C", folder.path(), "tree"}, {.system = system});
      if (system->count(Call::kPwrite) > (system == &full ? 1U : 0U)) {
        EXPECT_EQ(outcome.code, 1) << name;
        EXPECT_TRUE(contains(outcome.err, "No space left")) << outcome.err;
      }
      std::filesystem::remove(folder / (outcome.code == 0 ? name : "none"));
      EXPECT_EQ(folder.names(), (std::vector<std::string>{"tree", "x.tar.gz"})) << name;
    }
  }
}

TEST_F(Archive, IsWholeOrNotThereAfterAKill) {
  for (const char* name : {"y.zip", "y.warp", "y.tar.zst", "y.tar"}) {
    const std::vector<std::string> words = {"archive",     folder / name, "-C",
                                            folder.path(), "tree",        "-T1"};
    FaultySystem counting;
    ASSERT_EQ(run_tool(words, {.system = &counting}).code, 0);
    std::filesystem::remove(folder / name);
    std::size_t total = 0;
    for (const Call call : kAllCalls) {
      total += counting.count(call);
    }
    for (std::size_t number = 1; number <= total; number += 1 + total / (kSanitized ? 4 : 12)) {
      const pid_t child = ::fork();
      if (child == 0) {
        FaultySystem system;
        std::atomic<std::size_t> calls = 0;
        system.after_each_call([&](Call, const std::string&) {
          if (++calls == number) {
            ::raise(SIGKILL);
          }
        });
        ::_exit(run_tool(words, {.system = &system}).code);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      if (std::filesystem::exists(folder / name)) {
        EXPECT_EQ(run_tool({"-t", folder / name}).code, 0) << name << number;
        std::filesystem::remove(folder / name);
      }
    }
  }
}

TEST_F(Archive, IsVerifiedWhereAsked) {
  for (const char* name : {"x.zip", "x.warp", "x.tar.zst", "x.tar"}) {
    const Outcome outcome =
        run_tool({"archive", "--verify", "--json", folder / name, "-C", folder.path(), "tree"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(contains(outcome.out, "\"verified\":true")) << name << outcome.out;
  }
  // Bytes that the disk gives back differently from what was written.
  class LyingSystem final : public System {
   public:
    ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) const override {
      const ssize_t got = System::pread(fd, buffer, size, offset);
      if (got > 4000 && (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR) {
        static_cast<char*>(buffer)[got / 2] ^= 1;
      }
      return got;
    }
  };
  const LyingSystem system;
  for (const char* name : {"y.zip", "y.warp", "y.tar.zst"}) {
    EXPECT_EQ(run_tool({"archive", "--verify", folder / name, "-C", folder.path(), "tree"},
                       {.system = &system})
                  .code,
              3)
        << name;
    EXPECT_FALSE(std::filesystem::exists(folder / name));
  }
}

TEST_F(Archive, IsReproducible) {
  for (const char* name : {"x.tar.gz", "x.zip", "x.warp"}) {
    const std::vector<std::string> words = {"archive", "--reproducible", "-f",  folder / name,
                                            "-C",      folder.path(),    "tree"};
    const Setting setting{.environment = {{"SOURCE_DATE_EPOCH", "1500000000"}}};
    ASSERT_EQ(run_tool(words, setting).code, 0);
    const std::string first = read_file(folder / name);
    set_time(folder / "tree/a.txt", 1'700'000'000);
    ASSERT_EQ(run_tool(words, setting).code, 0);
    EXPECT_EQ(read_file(folder / name), first) << name;
    for (const auto& line : lines_of(run_tool({"list", "--json", folder / name}).out)) {
      const auto json = nlohmann::json::parse(line);
      if (json["type"] == "member" && json.contains("modified_seconds")) {
        EXPECT_LE(json["modified_seconds"], 1'500'000'000) << line;
      }
      if (json["type"] == "member" && json.contains("uid")) {
        EXPECT_EQ(json["uid"], 0);
      }
    }
  }
}

TEST_F(Archive, FollowsLinksWhereAsked) {
  ASSERT_EQ(extracted(packed("x.tar", {"-L"}), "out").code, 0);
  EXPECT_TRUE(std::filesystem::is_regular_file(
      std::filesystem::symlink_status(folder / "out/tree/sub/link")));
  EXPECT_EQ(read_file(folder / "out/tree/sub/link"), read_file(folder / "tree/a.txt"));
}

TEST_F(Archive, TakesLevelsOfItsFormat) {
  const auto code = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"archive", "-f", "-C", folder.path()};
    words.insert(words.end(), more.begin(), more.end());
    words.emplace_back("tree");
    return run_tool(words).code;
  };
  EXPECT_EQ(code({"-12", folder / "x.zip"}), 0);
  EXPECT_EQ(code({"-13", folder / "x.zip"}), 1);
  EXPECT_EQ(code({"--best", folder / "x.zip"}), 0);
  EXPECT_EQ(code({"--zip-method=store", folder / "x.zip"}), 0);
  EXPECT_EQ(code({"--zip-method", "zstd", "-19", folder / "x.zip"}), 0);
  EXPECT_EQ(code({"--zip-method", "bzip2", "-10", folder / "x.zip"}), 1);
  EXPECT_EQ(code({"--zip-method", "xz", "--level=max", folder / "x.zip"}), 0);
  EXPECT_EQ(code({"--zip-method", "lzma", folder / "x.zip"}), 1);
  EXPECT_EQ(code({"--zip-method", "store", folder / "x.tar"}), 1);
  EXPECT_EQ(code({"-3", folder / "x.tar"}), 1);
  EXPECT_EQ(code({"-9", folder / "x.tar.xz"}), 0);
  EXPECT_EQ(code({"-10", folder / "x.tar.xz"}), 1);
  EXPECT_EQ(code({"-19", folder / "x.tar.zst"}), 0);
  EXPECT_EQ(code({"-20", folder / "x.tar.zst"}), 1);
  EXPECT_EQ(code({"-e", "-1", folder / "x.tar.xz"}), 0);
  EXPECT_EQ(code({"-e", folder / "x.warp"}), 1);
  EXPECT_EQ(code({"--codec", "zstd:level=5", folder / "x.warp"}), 0);
  EXPECT_EQ(code({"--codec", "zstd:level=5", folder / "x.zip"}), 1);
  EXPECT_EQ(code({"--chunk-size=64K", "--checksum=xxh3", folder / "x.warp"}), 0);
  EXPECT_EQ(code({"--chunk-size=64K", folder / "x.zip"}), 1);
  EXPECT_EQ(code({"--seekable", folder / "x.tar.zst"}), 0);
  EXPECT_EQ(code({"--no-check", folder / "x.tar.zst"}), 0);
  EXPECT_EQ(code({"--no-check", folder / "x.zip"}), 1);
}

TEST_F(Archive, SaysWhatItDid) {
  const Outcome verbose =
      run_tool({"archive", "-v", folder / "x.zip", "-C", folder.path(), "tree"});
  EXPECT_TRUE(contains(verbose.err, "tree/sub/deep/c.txt\n")) << verbose.err;
  EXPECT_TRUE(contains(verbose.err, "tree/line\\x0abreak\n")) << verbose.err;
  EXPECT_TRUE(contains(verbose.err, "saved")) << verbose.err;
  EXPECT_EQ(verbose.out, "");
  const Outcome json =
      run_tool({"archive", "--json", folder / "x.tar.gz", "-C", folder.path(), "tree"});
  ASSERT_EQ(lines_of(json.out).size(), 1U) << json.out;
  const auto line = nlohmann::json::parse(json.out);
  EXPECT_EQ(line["schema"], "kompakt/1");
  EXPECT_EQ(line["type"], "archive");
  EXPECT_EQ(line["format"], "tar.gz");
  EXPECT_EQ(line["members"], 12);
  EXPECT_EQ(line["bytes_out"], read_file(folder / "x.tar.gz").size());
  EXPECT_EQ(line["verified"], false);
  const Outcome data =
      run_tool({"archive", "--json", "-c", "-F", "tar", "-C", folder.path(), "tree"});
  EXPECT_TRUE(contains(data.err, "\"type\":\"archive\"")) << "JSON must not mix with data";
}

TEST_F(Archive, IsNotWrittenToATerminal) {
  EXPECT_EQ(
      run_tool({"archive", "-c", "-F", "zip", folder / "tree"}, {.out_is_terminal = true}).code, 1);
}

}  // namespace
}  // namespace kompakt::testing
