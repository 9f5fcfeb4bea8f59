// Our programs under the names of the stock tools, beside those: same codes, same effect on files.
#include <gtest/gtest.h>

#include "stock.hpp"

namespace kompakt::testing {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

const std::string& content() {
  static const std::string kContent = sample_text(60000);
  return kContent;
}

/// What one tool packs `content()` into.
std::string pack(const std::string& tool) {
  return run_in("/tmp", stock_tool(tool), {"-c"}, content()).out;
}

/// The files that every command line below is tried on; S stands for the suffix.
class Scene {
 public:
  Scene(const std::string& suffix, const std::string& packed) : magic_(packed.substr(0, 2)) {
    const std::string dot = "." + suffix;
    write_file(folder_ / "a", content());
    write_file(folder_ / ("p" + dot), packed);
    write_file(folder_ / "plain", packed);
    write_file(folder_ / ("tar.t" + suffix), packed);
    write_file(folder_ / ("garbage" + dot), packed + "garbage");
    write_file(folder_ / ("zeros" + dot), packed + std::string(4096, '\0'));
    write_file(folder_ / ("cut" + dot), packed.substr(0, packed.size() / 2));
    std::string bad = packed;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 0x55);
    write_file(folder_ / ("bad" + dot), bad);
    write_file(folder_ / ("none" + dot), "");
    write_file(folder_ / "empty", "");
    write_file(folder_ / ("text" + dot), content().substr(0, 1000));
    write_file(folder_ / ("two" + dot), packed + packed);
    write_file(folder_ / "x", content());
    write_file(folder_ / ("x" + dot), "precious");
    write_file(folder_ / "q", "precious");
    write_file(folder_ / ("q" + dot), packed);
    std::filesystem::create_directory(folder_ / "dir");
    write_file(folder_ / "dir/f", content());
    write_file(folder_ / "h", content());
    std::filesystem::create_hard_link(folder_ / "h", folder_ / "h2");
    write_file(folder_ / "t", content());
    std::filesystem::create_symlink("t", folder_ / "link");
  }
  [[nodiscard]] const std::string& path() const { return folder_.path(); }
  /// Every file with what it holds, where that is ours to compare: encoders differ in their bytes.
  [[nodiscard]] std::map<std::string, std::string> look() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      const std::string name = entry.path().lexically_relative(folder_.path());
      if (entry.is_symlink()) {
        found[name] = "symlink";
      } else if (entry.is_regular_file()) {
        const std::string held = read_file(entry.path());
        const bool packed = held.size() >= 2000 || (held.size() > 1 && held.starts_with(magic_));
        found[name] = held == content() ? "content" : packed ? "packed" : held;
      }
    }
    return found;
  }

 private:
  std::string magic_;
  TempFolder folder_{On::kMemory};
};

struct Habits {
  std::string name;
  std::string suffix;
  std::vector<std::string> lines;
  bool same_nonzero_codes = true;  ///< lz4's are numbers of places in its source
};

/// What all of them have in common.
const std::vector<std::string> kCommon = {
    "a",      "-k a",     "-9 a",     "-f a",         "-d p.S",    "-dk p.S",   "-dc p.S",
    "-t p.S", "-t cut.S", "-t bad.S", "-d cut.S",     "-t text.S", "-d text.S", "-dc text.S",
    "-f x",   "-df q.S",  "nothing",  "-d nothing.S", "--bad a",   "-1 a",      "-dc zeros.S"};

std::vector<std::string> with(std::vector<std::string> more) {
  more.insert(more.end(), kCommon.begin(), kCommon.end());
  return more;
}

std::vector<Habits> all_habits() {
  return {
      {.name = "gzip", .suffix = "gz", .lines = with({"x",
                                                      "-c link",
                                                      "-d q.S",
                                                      "dir",
                                                      "-r dir",
                                                      "h",
                                                      "-k h",
                                                      "-f h",
                                                      "link",
                                                      "-f link",
                                                      "a nothing",
                                                      "p.S",
                                                      "-f p.S",
                                                      "-d plain",
                                                      "-dc plain",
                                                      "-t garbage.S",
                                                      "-d garbage.S",
                                                      "-dc garbage.S",
                                                      "-t none.S",
                                                      "empty",
                                                      "-dcf text.S",
                                                      "-dc two.S",
                                                      "-d tar.tgz",
                                                      "-tv p.S",
                                                      "-dc p",
                                                      "-td p.S",
                                                      "-S .foo a",
                                                      "--fast a",
                                                      "--best a",
                                                      "--decomp -k p.S",
                                                      "-l p.S",
                                                      "-lv p.S",
                                                      "-l nothing.S",
                                                      "-n a",
                                                      "-19 a",
                                                      "-d -S .foo p.S"})},
      {.name = "pigz",
       .suffix = "gz",
       .lines =
           with({"x",         "-c link",     "-d q.S", "dir",      "-r dir",       "h",
                 "link",      "a nothing",   "p.S",    "-d plain", "-t garbage.S", "-d garbage.S",
                 "-t none.S", "-dc two.S",   "-p 2 a", "-11 a",    "-z a",         "-b 256 a",
                 "-i a",      "-dcf text.S", "-l p.S", "-td p.S",  "-0 a"})},
      {.name = "xz",
       .suffix = "xz",
       .lines = with({"x",
                      "-c link",
                      "-d q.S",
                      "dir",
                      "h",
                      "-k h",
                      "link",
                      "-k link",
                      "p.S",
                      "-f p.S",
                      "-d plain",
                      "-t garbage.S",
                      "-t none.S",
                      "-dcf text.S",
                      "-dc two.S",
                      "-d tar.txz",
                      "-e a",
                      "-6e a",
                      "-T0 a",
                      "-C sha256 a",
                      "-C nonsense a",
                      "-z a",
                      "-F xz a",
                      "-Q dir",
                      "-l p.S",
                      "-l p.S two.S",
                      "--robot -l p.S",
                      "-l text.S",
                      "-S .foo a",
                      "--block-size=64KiB a"})},
      {.name = "bzip2",
       .suffix = "bz2",
       .lines = with({"x",         "-c link",     "-d q.S",       "dir",
                      "h",         "-k h",        "link",         "p.S",
                      "-f p.S",    "-d plain",    "-t garbage.S", "-dc garbage.S",
                      "-t none.S", "-dcf text.S", "-dc two.S",    "-d tar.tbz2",
                      "-s a",      "-z a",        "--best a",     "-q dir"})},
      {.name = "zstd",
       .suffix = "zst",
       .lines = with({"x",
                      "-d q.S",
                      "dir",
                      "-r dir",
                      "h",
                      "link",
                      "a nothing",
                      "p.S",
                      "-d plain",
                      "-t garbage.S",
                      "-t none.S",
                      "-dcf text.S",
                      "-dc two.S",
                      "-d tar.tzst",
                      "--rm a",
                      "-d --rm p.S",
                      "-c --rm a",
                      "-19 a",
                      "--ultra -22 a",
                      "--fast=3 a",
                      "-T2 a",
                      "-B1M a",
                      "--long a",
                      "--no-check a",
                      "a -o out",
                      "--format=gzip a",
                      "--format=xz a",
                      "--format=lz4 a",
                      "-t p.S nothing.S",
                      "-q a",
                      "-z a",
                      "--adapt a",
                      "--sparse -dk p.S",
                      "-M128M -dk p.S",
                      "--long=27 -dk p.S"})},
      {.name = "lz4",
       .suffix = "lz4",
       .lines = {"a out.lz4",
                 "-9 a out.lz4",
                 "-z a out",
                 "-d p.S out",
                 "-dc p.S",
                 "-t p.S",
                 "-t cut.S",
                 "-t bad.S",
                 "-t text.S",
                 "-d p.S q",
                 "-df p.S q",
                 "-m a",
                 "-m a x",
                 "-dm p.S two.S",
                 "-c a",
                 "--rm -m a",
                 "nothing out",
                 "--bad a",
                 "-dcf text.S",
                 "-dc text.S",
                 "-B4 a out",
                 "-B5 -BD a out",
                 "-BI a out",
                 "--best a out",
                 "--fast=4 a out",
                 "--no-frame-crc a out",
                 "--content-size a out",
                 "-f a q",
                 "p.S out",
                 "-d p.S null",
                 "--list p.S",
                 "-t none.S",
                 "-1 a out",
                 "-12 a out"},
       .same_nonzero_codes = false},
      {.name = "brotli",
       .suffix = "br",
       .lines = {"a",        "-k a",          "-9 a",      "-f a",      "-d p.S",    "-dc p.S",
                 "-t p.S",   "-t cut.S",      "-d cut.S",  "-t text.S", "-d text.S", "x",
                 "-f x",     "-d q.S",        "-df q.S",   "dir",       "h",         "link",
                 "nothing",  "--bad a",       "-j a",      "--rm a",    "-q 5 a",    "-Z a",
                 "-w 20 a",  "--lgwin=0 a",   "-w 9 a",    "-o out a",  "-n a",      "-S .foo a",
                 "-d plain", "--quality=4 a", "-t none.S", "-dj p.S"}}};
}

class Applets : public ::testing::TestWithParam<Habits> {};

TEST_P(Applets, DoWhatTheirOriginalsDo) {
  const Habits& habits = GetParam();
  const std::string stock = stock_tool(habits.name);
  if (stock.empty()) {
    GTEST_SKIP() << habits.name << " is not installed";
  }
  const std::string packed = pack(habits.name);
  for (std::string line : habits.lines) {
    for (auto at = line.find(".S"); at != std::string::npos; at = line.find(".S")) {
      line.replace(at, 2, "." + habits.suffix);
    }
    const Scene theirs(habits.suffix, packed);
    const Scene ours(habits.suffix, packed);
    const Outcome expected = run_in(theirs.path(), stock, words_of(line));
    const Outcome got = run_in(ours.path(), applet_folder() + "/" + habits.name, words_of(line));
    const std::string where = habits.name + " " + line + "\n" + got.err;
    if (habits.same_nonzero_codes || expected.code == 0) {
      EXPECT_EQ(got.code, expected.code) << where;
    } else {
      EXPECT_NE(got.code, 0) << where;
    }
    EXPECT_EQ(ours.look(), theirs.look()) << where;
    // Compressed bytes are each encoder's own; the help on stdout is too.
    if (expected.out.size() < 3000 || contains(line, "-d")) {
      if (expected.code == 0) {
        EXPECT_EQ(got.out, expected.out) << where;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Applets, ::testing::ValuesIn(all_habits()),
                         [](const auto& habits) { return habits.param.name; });

/// Our program `name` in a scene of its own.
class Applet : public ::testing::Test {
 protected:
  [[nodiscard]] Outcome run(const std::string& name, const std::string& line,
                            const std::string& input = "",
                            const std::map<std::string, std::string>& environment = {}) const {
    return run_in(folder.path(), applet_folder() + "/" + name, words_of(line), input, environment);
  }
  TempFolder folder{On::kMemory};
};

TEST_F(Applet, PipesReadEachOther) {
  for (const auto& [tool, opener] :
       std::vector<std::pair<std::string, std::string>>{{"gzip", "gunzip"},
                                                        {"pigz", "unpigz"},
                                                        {"zstd", "unzstd"},
                                                        {"zstdmt", "unzstd"},
                                                        {"xz", "unxz"},
                                                        {"lz4", "unlz4"},
                                                        {"bzip2", "bunzip2"},
                                                        {"lbzip2", "lbunzip2"},
                                                        {"brotli", "unbrotli"}}) {
    const Outcome packed = run(tool, "", content());
    ASSERT_EQ(packed.code, 0) << tool << packed.err;
    EXPECT_EQ(run(opener, "", packed.out).out, content()) << opener;
    const std::string base = tool == "zstdmt" ? "zstd" : tool;
    const std::string stock = stock_tool(base);
    if (!stock.empty()) {
      EXPECT_EQ(run_in(folder.path(), stock, {"-dc"}, packed.out).out, content()) << tool;
      const std::string theirs = run_in(folder.path(), stock, {"-c"}, content()).out;
      EXPECT_EQ(run(opener, "-c", theirs).out, content()) << opener;
    }
  }
}

TEST_F(Applet, CatsNeverDelete) {
  for (const auto& [tool, cat, suffix] :
       std::vector<std::array<std::string, 3>>{{"gzip", "zcat", ".gz"},
                                               {"gzip", "gzcat", ".gz"},
                                               {"zstd", "zstdcat", ".zst"},
                                               {"xz", "xzcat", ".xz"},
                                               {"lz4", "lz4cat", ".lz4"},
                                               {"bzip2", "bzcat", ".bz2"},
                                               {"brotli", "brcat", ".br"}}) {
    const std::string name = "f" + suffix;
    write_file(folder / name, run(tool, "-c", content()).out);
    EXPECT_EQ(run(cat, name).out, content()) << cat;
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << cat;
    EXPECT_FALSE(std::filesystem::exists(folder / "f")) << cat;
  }
  write_file(folder / "text", "plain\n");
  EXPECT_EQ(run("zcat", "-f text").out, "plain\n");
  EXPECT_EQ(run("zcat", "-f", "piped").out, "piped");
  EXPECT_EQ(run("zcat", "text").code, 1);
  EXPECT_EQ(run("zstdcat", "text").out, "plain\n");
  EXPECT_EQ(run("bzcat", "text").code, 2);
}

TEST_F(Applet, ServesTarBothWays) {
  if (stock_tool("tar").empty()) {
    GTEST_SKIP() << "tar is not installed";
  }
  std::filesystem::create_directory(folder / "tree");
  write_file(folder / "tree/f", content());
  for (const char* name : {"gzip", "pigz", "zstd", "xz", "lz4", "bzip2", "brotli"}) {
    const std::string program = applet_folder() + "/" + name;
    const auto tar = [&](const std::vector<std::string>& words) {
      return run_in(folder.path(), stock_tool("tar"), words).code;
    };
    EXPECT_EQ(tar({"--use-compress-program=" + program, "-cf", "t", "tree"}), 0) << name;
    std::filesystem::remove_all(folder / "tree");
    EXPECT_EQ(tar({"-I", program, "-xf", "t"}), 0) << name;
    EXPECT_EQ(read_file(folder / "tree/f"), content()) << name;
  }
  const std::string path = applet_folder() + ":/usr/bin:/bin";
  const std::map<std::string, std::string> ours = {{"PATH", path}};
  for (const char* flags : {"-czf", "-cjf", "-cJf"}) {
    EXPECT_EQ(run_in(folder.path(), stock_tool("tar"), {flags, "t", "tree"}, "", ours).code, 0);
    EXPECT_EQ(run_in(folder.path(), stock_tool("tar"), {"-tf", "t"}).code, 0) << flags;
  }
}

TEST_F(Applet, RemovesItsSourceOnlyWhenTheOutputIsThere) {
  write_file(folder / "a", content());
  std::filesystem::create_directory(folder / "a.gz");
  EXPECT_NE(run("gzip", "-f a").code, 0);
  EXPECT_EQ(read_file(folder / "a"), content());
}

TEST_F(Applet, ReadsItsVariablesAndNoOthers) {
  const auto size = [&](const std::string& name, const std::string& variable,
                        const std::string& value) {
    const Outcome outcome = run(name, "-c", content(), {{variable, value}});
    EXPECT_EQ(outcome.code, 0) << name << variable << outcome.err;
    return outcome.out.size();
  };
  EXPECT_GT(size("gzip", "GZIP", "-1"), size("gzip", "GZIP", "-9"));
  EXPECT_GT(size("pigz", "PIGZ", "-1"), size("pigz", "PIGZ", "-9"));
  EXPECT_GT(size("xz", "XZ_OPT", "-0"), size("xz", "XZ_OPT", "-6"));
  EXPECT_GT(size("xz", "XZ_DEFAULTS", "-0"), size("xz", "XZ_DEFAULTS", "-6"));
  EXPECT_GT(size("zstd", "ZSTD_CLEVEL", "1"), size("zstd", "ZSTD_CLEVEL", "15"));
  EXPECT_GT(size("lz4", "LZ4_CLEVEL", "1"), size("lz4", "LZ4_CLEVEL", "12"));
  EXPECT_EQ(size("zstd", "ZSTD_CLEVEL", "nonsense"), size("zstd", "XZ_OPT", "-0"));
  EXPECT_EQ(size("zstd", "KOMPAKT_OPT", "-1"), size("zstd", "GZIP", "-1"));
  EXPECT_NE(run("gzip", "-c", content(), {{"GZIP", "-d"}}).code, 0);
  EXPECT_NE(run("gzip", "-c", content(), {{"GZIP", "file"}}).code, 0);
}

TEST_F(Applet, NamesWhatItDoesNotSupport) {
  write_file(folder / "a", content());
  for (const auto& [name, line] :
       std::vector<std::pair<std::string, std::string>>{{"lzma", "a"},
                                                        {"xz", "--lzma2=preset=9 a"},
                                                        {"xz", "-F raw a"},
                                                        {"lz4", "-l a"},
                                                        {"zstd", "--train a"},
                                                        {"pigz", "-K a"},
                                                        {"zstd", "--patch-from=x a"}}) {
    const Outcome outcome = run(name, line);
    EXPECT_NE(outcome.code, 0) << name << line;
    EXPECT_TRUE(contains(outcome.err, "not supported") || contains(outcome.err, "not written"))
        << outcome.err;
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a"});
  }
  if (!stock_tool("xz").empty()) {
    const std::string lzma = run_in("/tmp", stock_tool("xz"), {"-F", "lzma"}, content()).out;
    EXPECT_EQ(run("unlzma", "-c", lzma).out, content());
    EXPECT_EQ(run("xzcat", "", lzma).out, content());
  }
}

TEST_F(Applet, HelpsAndTellsItsVersion) {
  for (const char* name : {"gzip", "pigz", "zstd", "xz", "lz4", "bzip2", "brotli", "zcat"}) {
    EXPECT_TRUE(contains(run(name, "-h").out, std::string("Usage: ") + name)) << name;
    EXPECT_TRUE(contains(run(name, "-V").out, "kompakt")) << name;
  }
}

TEST_F(Applet, ListsAsItsOriginalDoes) {
  write_file(folder / "a", content());
  for (const auto& [name, suffix, line] :
       std::vector<std::array<std::string, 3>>{{"gzip", ".gz", "-l a.gz a.gz"},
                                               {"gzip", ".gz", "-lv a.gz"},
                                               {"gzip", ".gz", "-lN a.gz"},
                                               {"pigz", ".gz", "-l a.gz"},
                                               {"xz", ".xz", "-l a.xz a.xz"},
                                               {"zstd", ".zst", "-l a.zst"},
                                               {"zstd", ".zst", "-l a.zst a.zst"},
                                               {"lz4", ".lz4", "--list a.lz4"}}) {
    const std::string stock = stock_tool(name);
    if (stock.empty()) {
      continue;
    }
    const std::string flags = name == "lz4" ? "-fm --content-size a" : "-kf a";
    ASSERT_EQ(run_in(folder.path(), stock, words_of(flags)).code, 0) << name;
    ASSERT_TRUE(std::filesystem::exists(folder / ("a" + suffix)));
    const Outcome ours = run(name, line);
    EXPECT_EQ(ours.out, run_in(folder.path(), stock, words_of(line)).out) << name << line;
    EXPECT_EQ(ours.code, 0);
  }
}

}  // namespace
}  // namespace kompakt::testing
