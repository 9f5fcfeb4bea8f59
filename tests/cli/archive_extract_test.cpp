// The verb extract: which members, where to, what is refused and what is lost.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include <csignal>

#include "archive_tool.hpp"

namespace kompakt::testing {
namespace {

using Extract = ArchiveTest;

TEST_F(Extract, TakesMembersByPathAndByGlob) {
  for (const char* name : {"x.tar.gz", "x.zip", "x.warp"}) {
    const std::string path = packed(name);
    const auto files = [&](const std::vector<std::string>& more) {
      EXPECT_EQ(extracted(path, "out", more).code, 0) << name << more[0];
      std::vector<std::string> found;
      for (const auto& [file, value] : tree_of(folder / "out")) {
        if (value.starts_with("10")) {  // regular files
          found.push_back(file);
        }
      }
      std::filesystem::remove_all(folder / "out");
      return found;
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(files({"tree/sub/deep/c.txt"}), Names{"tree/sub/deep/c.txt"}) << name;
    EXPECT_EQ(files({"tree/sub/deep"}), Names{"tree/sub/deep/c.txt"}) << name;
    EXPECT_EQ(files({"*.bin", "tree/empty"}), (Names{"tree/empty", "tree/sub/noise.bin"})) << name;
    EXPECT_EQ(files({"--include", "c.*"}), Names{"tree/sub/deep/c.txt"}) << name;
    EXPECT_EQ(files({"tree/sub", "--exclude", "*.txt"}), Names{"tree/sub/noise.bin"}) << name;
    write_file(folder / "members", "tree/empty\n");
    EXPECT_EQ(files({"--files-from", folder / "members"}), Names{"tree/empty"}) << name;
    EXPECT_EQ(files({"--strip-components=2", "tree/sub", "--exclude=link"}),
              (Names{"deep/c.txt", "noise.bin", "\xC3\xBCml\xC3\xA4ut.txt"}))
        << name;
  }
}

TEST_F(Extract, NamesMembersThatAreNotThere) {
  const std::string path = packed("x.zip");
  const Outcome none = extracted(path, "out", {"nothing", "no*thing"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(contains(none.err, "nothing: is not in the archive")) << none.err;
  EXPECT_TRUE(contains(none.err, "no*thing")) << none.err;
  const Outcome some = extracted(path, "out", {"nothing", "tree/empty"});
  EXPECT_EQ(some.code, 7);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/tree/empty"));
}

TEST_F(Extract, WritesContentToStdout) {
  for (const char* name : {"x.tar.zst", "x.zip", "x.warp"}) {
    const std::string path = packed(name);
    EXPECT_EQ(run_tool({"extract", "-c", path, "tree/sub/deep/c.txt"}).out, "content of c\n");
    EXPECT_EQ(run_tool({"cat", path, "tree/sub/deep/c.txt"}).out, "content of c\n");
    EXPECT_EQ(run_tool({"cat", path, "tree/sub/deep/c.txt", "--range=8+2"}).out, "of");
    EXPECT_EQ(run_tool({"cat", path, "tree/sub/noise.bin", "--range=100+1000"}).out,
              read_file(folder / "tree/sub/noise.bin").substr(100, 1000));
    EXPECT_EQ(run_tool({"cat", path, "tree/sub/deep/c.txt", "--range=14+1"}).code, 1);
    EXPECT_EQ(run_tool({"cat", path, "none"}).code, 1);
    EXPECT_EQ(run_tool({"cat", path, "--include", "c.txt"}).out, "content of c\n");
  }
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"tree", "x.tar.zst", "x.warp", "x.zip"}));
}

TEST_F(Extract, OverwritesOnlyWhereAsked) {
  const std::string path = packed("x.tar");
  ASSERT_EQ(extracted(path, "out").code, 0);
  write_file(folder / "out/tree/empty", "mine");
  const Outcome refused = extracted(path, "out");
  EXPECT_EQ(refused.code, 7) << refused.err;
  EXPECT_TRUE(contains(refused.err, "tree/empty: refused: exists")) << refused.err;
  EXPECT_EQ(read_file(folder / "out/tree/empty"), "mine");
  const Outcome skipped = extracted(path, "out", {"--skip-existing", "tree/empty"});
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_EQ(read_file(folder / "out/tree/empty"), "mine");
  EXPECT_EQ(extracted(path, "out", {"--overwrite"}).code, 0);
  EXPECT_EQ(difference(tree_of(folder / "tree"), tree_of(folder / "out/tree")), "");
}

TEST_F(Extract, ReadsTarsFromAPipe) {
  for (const char* name : {"x.tar", "x.tar.gz", "x.tar.xz", "x.tar.zst", "x.tar.lz4"}) {
    const std::string bytes = read_file(packed(name));
    const Outcome outcome = run_tool({"extract", "-", "-C", folder / "out"}, {.input = bytes});
    EXPECT_EQ(outcome.code, 0) << name << outcome.err;
    EXPECT_EQ(difference(tree_of(folder / "tree"), tree_of(folder / "out/tree")), "") << name;
    std::filesystem::remove_all(folder / "out");
  }
  const std::string brotli = read_file(packed("x.tar.br", {"--fast"}));
  EXPECT_EQ(run_tool({"extract", "-F", "tar.br", "-C", folder / "out"}, {.input = brotli}).code, 0);
  for (const char* name : {"x.zip", "x.warp"}) {
    const Outcome outcome =
        run_tool({"extract", "-", "-C", folder / "never"}, {.input = read_file(packed(name))});
    EXPECT_NE(outcome.code, 0) << name;
    EXPECT_TRUE(contains(outcome.err, "file")) << outcome.err;
  }
}

TEST_F(Extract, GivesTheIntactMembersOfADamagedArchive) {
  const std::vector<std::string> names = {"x.zip", "x.tar", "x.warp"};
  for (const auto& name : names) {
    const std::string path =
        packed(name, name == "x.warp" ? std::vector<std::string>{"--chunk-size=8K"}
                                      : std::vector<std::string>{});
    const std::string bytes = read_file(path);
    std::string noise = read_file(folder / "tree/sub/noise.bin").substr(20000, 100);
    const auto at = bytes.find(noise);
    if (at == std::string::npos) {
      continue;
    }
    flip_bit(path, at);
    const Outcome outcome = extracted(path, "out", {"--json"});
    if (name == "x.tar") {
      EXPECT_EQ(outcome.code, 0) << "a plain tar has no checksums of content";
    } else {
      EXPECT_EQ(outcome.code, 3) << name << outcome.err;
      EXPECT_TRUE(contains(outcome.err, "noise.bin: lost")) << outcome.err;
      EXPECT_TRUE(contains(outcome.out, "\"type\":\"lost\"")) << outcome.out;
      EXPECT_FALSE(std::filesystem::exists(folder / "out/tree/sub/noise.bin"));
      EXPECT_EQ(run_tool({"-t", path}).code, 3);
    }
    EXPECT_EQ(read_file(folder / "out/tree/sub/deep/c.txt"), "content of c\n") << name;
    EXPECT_EQ(read_file(folder / "out/tree/a.txt"), read_file(folder / "tree/a.txt")) << name;
    std::filesystem::remove_all(folder / "out");
  }
  const std::string path = packed("y.tar.gz");
  const std::string bytes = read_file(path);
  write_file(path, bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(extracted(path, "out").code, 3);
  EXPECT_EQ(run_tool({"list", path}).code, 3);
  EXPECT_EQ(run_tool({"-t", path}).code, 3);
}

TEST_F(Extract, StopsAtLimits) {
  const std::string path = packed("x.tar.zst");
  EXPECT_EQ(extracted(path, "out", {"--max-output=1K"}).code, 4);
  EXPECT_EQ(extracted(path, "out2", {"--max-entries=3"}).code, 4);
  EXPECT_EQ(extracted(path, "out3", {"--max-entries=12", "--max-output", "1M"}).code, 0);
}

TEST_F(Extract, SaysWhatItDid) {
  const std::string path = packed("x.tar.gz");
  const Outcome verbose = extracted(path, "out", {"-v"});
  EXPECT_TRUE(contains(verbose.err, "tree/sub/deep/\n")) << verbose.err;
  const Outcome json = extracted(path, "out", {"--json"});
  EXPECT_EQ(json.code, 7);
  std::size_t refusals = 0;
  for (const auto& text : lines_of(json.out)) {
    const auto line = nlohmann::json::parse(text);
    EXPECT_EQ(line["schema"], "kompakt/1");
    if (line["type"] == "refusal") {
      ++refusals;
      EXPECT_EQ(line["file"], path);
      EXPECT_FALSE(line["member"].get<std::string>().empty());
      EXPECT_FALSE(line["rule"].get<std::string>().empty());
    } else if (line["type"] == "extract") {
      EXPECT_EQ(line["format"], "tar.gz");
      EXPECT_EQ(line["refused"], refusals);
      EXPECT_EQ(line["lost"], 0);
    }
  }
  EXPECT_GE(refusals, 6U);
}

TEST_F(Extract, LetsNoHostileArchiveOut) {
  const std::filesystem::path hostile = std::string(KOMPAKT_SHARED) + "/interop/hostile";
  if (!std::filesystem::exists(hostile)) {
    GTEST_SKIP() << "no hostile archives here";
  }
  for (const auto& file : std::filesystem::directory_iterator(hostile)) {
    const std::string name = file.path().filename().string();
    const TempFolder outer(On::kMemory);
    const Outcome outcome =
        run_tool({"extract", "--max-output=64M", "-C", outer / "target", file.path().string()});
    const bool harmless = name == "case.tar" || name == "duplicate.tar" || name == "setuid.tar" ||
                          name == "nul_name.tar" || name == "z_bomb.zip";
    EXPECT_NE(outcome.code, harmless ? 1 : 0) << name << outcome.err;
    EXPECT_LE(outer.names().size(), 1U) << name;
    EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos) << "no escapes reach the terminal";
    if (outcome.code == 7) {
      EXPECT_TRUE(contains(outcome.err, ": refused: ")) << name << outcome.err;
    }
  }
  for (const char* escaped :
       {"/tmp/kompakt_escape_abs", "/tmp/kompakt_escape_slashes", "/tmp/kompakt_escape_symabs"}) {
    EXPECT_FALSE(std::filesystem::exists(escaped));
  }
}

TEST_F(Extract, LeavesNoPartOfAFileOnAFullDisk) {
  const std::string path = packed("x.tar.gz");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 40000, .rlim_max = 40000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(extracted(path, "out").code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  const auto before = tree_of(folder / "tree");
  for (const auto& [name, value] : tree_of(folder / "out")) {
    EXPECT_EQ(name.find("noise.bin"), std::string::npos) << name;
    if (value.starts_with("10")) {
      EXPECT_EQ(read_file(folder / ("out/" + name)), read_file(folder / name)) << name;
    }
  }
}

TEST_F(Extract, LeavesNoPartOfAFileAfterAKill) {
  const std::string bytes = read_file(packed("x.tar"));
  for (const std::size_t part : {bytes.size() / 3, bytes.size() / 2, bytes.size() - 11000}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
    Process process({"extract", "-", "-C", folder / "out"}, {ends[0], -1, -1});
    ::close(ends[0]);
    // What has been taken out of a pipe of one page is being worked on.
    for (std::size_t at = 0; at < part;) {
      const ssize_t put = ::write(ends[1], bytes.data() + at, part - at);
      ASSERT_GT(put, 0);
      at += static_cast<std::size_t>(put);
    }
    ::kill(process.pid(), SIGKILL);
    EXPECT_EQ(process.code(), 128 + SIGKILL);
    ::close(ends[1]);
    if (std::filesystem::exists(folder / "out/tree")) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "out")) {
        const std::string name = entry.path().string().substr((folder / "out").size() + 1);
        const bool hidden = entry.path().filename().string().starts_with('.');
        if (entry.is_regular_file() && !hidden) {
          EXPECT_EQ(read_file(entry.path().string()), read_file(folder / name)) << name;
        }
      }
    }
    std::filesystem::remove_all(folder / "out");
  }
}

TEST_F(Extract, IsNamedWhereDecompressionIsTheWrongVerb) {
  const Outcome warp = run_tool({"-d", packed("x.warp")});
  EXPECT_EQ(warp.code, 1);
  EXPECT_TRUE(contains(warp.err, "kompakt extract")) << warp.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "x"));
  EXPECT_EQ(run_tool({"-d", "-c", folder / "x.warp"}).code, 0) << "whoever insists";
  const Outcome zip = run_tool({"-d", packed("x.zip")});
  EXPECT_EQ(zip.code, 5);
  EXPECT_TRUE(contains(zip.err, "kompakt extract")) << zip.err;
  const Outcome folder_given = run_tool({folder / "tree"});
  EXPECT_EQ(folder_given.code, 2);
  EXPECT_TRUE(contains(folder_given.err, "archive")) << folder_given.err;
}

}  // namespace
}  // namespace kompakt::testing
