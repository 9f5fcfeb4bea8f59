/// \file
/// What the tests against stock archivers share: one tree of every kind of file for all of them.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "format/stock_tools.hpp"
#include "support/packing.hpp"
#include "support/tree.hpp"

namespace kompakt::testing {

/// A folder with "tree" in it, which every test of a suite packs, and a folder of each test's own.
class Interop : public ::testing::Test {
 protected:
  /// Everything that a zip and the tools around it can hold.
  static TreeSpec modest() {
    return {.hostile_names = false,
            .decomposed_names = false,
            .fifos = false,
            .xattrs = false,
            .acls = false,
            .special_modes = false,
            .extreme_times = false,
            .devices = false,
            .owners = false,
            .large = 200'000,
            .small_files = 30};
  }
  static void share_tree(const TreeSpec& spec) {
    shared_ = std::make_unique<TreeFolder>();
    ASSERT_EQ(::mkdir((*shared_ / "tree").c_str(), 0755), 0);
    build_tree(*shared_ / "tree", spec);
    facts_ = std::make_unique<TreeFacts>(read_tree(*shared_ / "tree"));
  }
  static void TearDownTestSuite() {
    shared_.reset();
    facts_.reset();
  }
  static const std::string& base() { return shared_->path(); }
  static const TreeFacts& facts() { return *facts_; }

  /// A fresh folder to unpack into.
  std::string target(const std::string& name = "out") {
    std::string path = folder_ / name;
    EXPECT_EQ(::mkdir(path.c_str(), 0755), 0) << path;
    return path;
  }
  /// Runs a stock tool where UTF-8 names are names. Its exit code must be 0.
  static void run(std::vector<std::string> command) {
    command.insert(command.begin(), {"env", "LC_ALL=C.UTF-8"});
    run_tool(command, {});
  }
  /// Runs a shell line with arguments $1, $2, ...
  static void shell(const std::string& line, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"bash", "-o", "pipefail", "-c", line, "bash"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    run(command);
  }
  static void expect_tree(const std::string& out, const Kept& kept) {
    const auto differences = tree_differences(facts(), read_tree(out + "/tree"), kept);
    EXPECT_TRUE(differences.empty()) << joined(differences);
  }

  TreeFolder folder_;

 private:
  /// Whoever is not root loses what the umask takes.
  class NoUmask {
   public:
    NoUmask() : before_(::umask(0)) {}
    NoUmask(const NoUmask&) = delete;
    NoUmask& operator=(const NoUmask&) = delete;
    NoUmask(NoUmask&&) = delete;
    NoUmask& operator=(NoUmask&&) = delete;
    ~NoUmask() { ::umask(before_); }

   private:
    ::mode_t before_;
  };
  NoUmask no_umask_;
  static inline std::unique_ptr<TreeFolder> shared_;
  static inline std::unique_ptr<TreeFacts> facts_;
};

inline bool is_root() { return ::geteuid() == 0; }

/// A tar keeps everything.
inline Kept all_kept() {
  return {.owners = is_root(), .holes = true, .devices = is_root(), .root_itself = true};
}

/// The same as libarchive sees it.
inline Kept kept_by_libarchive() {
  Kept kept = all_kept();
  kept.decomposed_names = false;
  kept.fractions_before_the_epoch = false;
  return kept;
}

/// Speed is not what these tests are about.
inline ArchiveCreateOptions fast() {
  ArchiveCreateOptions options;
  options.level = 1;
  return options;
}

/// A zip keeps seconds, modes and symlinks.
inline Kept zip_kept() {
  return {.time_step = 2'000'000'000,
          .directory_times = false,
          .symlink_times = false,
          .special_modes = false,
          .hardlinks = false,
          .xattrs = false,
          .acls = false,
          .fifos = false};
}

}  // namespace kompakt::testing
