/// \file
/// Trees to pack, and what became of them.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tool.hpp"

namespace kompakt::testing {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

inline void set_time(const std::string& path, std::int64_t seconds) {
  const timespec time{.tv_sec = seconds, .tv_nsec = 0};
  const std::array<timespec, 2> both = {time, time};
  EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), both.data(), AT_SYMLINK_NOFOLLOW), 0) << path;
}

/// Files of several kinds below `root`.
inline void make_tree(const std::string& root) {
  namespace fs = std::filesystem;
  fs::create_directories(root + "/sub/deep");
  fs::create_directories(root + "/empty folder");
  write_file(root + "/a.txt", sample_text(30000));
  write_file(root + "/empty", "");
  write_file(root + "/sub/noise.bin", to_text(random_bytes(50000)));
  write_file(root + "/sub/deep/c.txt", "content of c\n");
  write_file(root + "/sub/\xC3\xBCml\xC3\xA4ut.txt", "umlaut\n");
  write_file(root + "/line\nbreak", "odd name\n");
  fs::create_symlink("../a.txt", root + "/sub/link");
  fs::create_hard_link(root + "/a.txt", root + "/twin.txt");
  ::chmod((root + "/sub/deep/c.txt").c_str(), 0640);
  std::int64_t time = 1'600'000'000;
  std::vector<std::string> all = {root};
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    all.push_back(entry.path().string());
  }
  for (auto path = all.rbegin(); path != all.rend(); ++path) {
    set_time(*path, time += 1000);
  }
}

/// What lies below `root`: type, mode, time, and content or target of everything.
inline std::map<std::string, std::string> tree_of(const std::string& root) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = entry.path().string();
    const struct stat status = stat_of(path);
    std::ostringstream text;
    text << std::oct << status.st_mode << std::dec << " " << status.st_mtim.tv_sec << " ";
    if (S_ISREG(status.st_mode)) {
      text << read_file(path);
    } else if (S_ISLNK(status.st_mode)) {
      text << fs::read_symlink(path).string();
    }
    tree[path.substr(root.size() + 1)] = text.str();
  }
  return tree;
}

/// Differences of two trees, by name.
inline std::string difference(const std::map<std::string, std::string>& expected,
                              const std::map<std::string, std::string>& found) {
  std::string text;
  for (const auto& [name, value] : expected) {
    const auto other = found.find(name);
    if (other == found.end()) {
      text += "missing: " + name + "\n";
    } else if (other->second != value) {
      text += "differs: " + name + ": " + value.substr(0, 40) + " | " +
              other->second.substr(0, 40) + "\n";
    }
  }
  for (const auto& [name, value] : found) {
    if (expected.count(name) == 0) {
      text += "unexpected: " + name + "\n";
    }
  }
  return text;
}

/// A tree, and room beside it.
class ArchiveTest : public ::testing::Test {
 protected:
  ArchiveTest() { make_tree(folder / "tree"); }
  /// Packs the tree as `name` in the test's folder.
  [[nodiscard]] std::string packed(const std::string& name,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"archive", folder / name, "-C", folder.path(), "tree"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_tool(words);
    EXPECT_EQ(outcome.code, 0) << name << outcome.err;
    return folder / name;
  }
  /// Extracts into a fresh folder of the test's own.
  Outcome extracted(const std::string& archive, const std::string& to,
                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"extract", archive, "-C", folder / to};
    words.insert(words.end(), more.begin(), more.end());
    return run_tool(words);
  }
  TempFolder folder{On::kMemory};
};

}  // namespace kompakt::testing
