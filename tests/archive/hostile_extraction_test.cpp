// Archives that were made to break out, and every other archive at hand, extracted in a child
// process each: nothing outside the target changes, nothing crashes, nothing hangs.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "atomic_writing.hpp"
#include "kompakt/archive.hpp"
#include "temp_folder.hpp"

namespace kompakt {
namespace {

using testing::in_child;
using testing::read_file;
using testing::TempFolder;
using testing::write_file;
namespace fs = std::filesystem;

const std::string kInterop = std::string(KOMPAKT_SHARED) + "/interop/";

constexpr std::array kArchiveSuffixes = {
    ".tar", ".zip", ".zipx", ".7z",   ".rar", ".cpio", ".cab",   ".iso",   ".xar", ".lzh",
    ".exe", ".tgz", ".tlz",  ".tbz",  ".tz",  ".gz",   ".lzma",  ".bz2",   ".xz",  ".zst",
    ".Z",   ".lz",  ".lz4",  ".warc", ".rpm", ".newc", ".ustar", ".mtree", ".ar",  ".jar"};

bool may_be_archive(const fs::directory_entry& each) {
  const std::string suffix = each.path().extension();
  return each.is_regular_file() && each.file_size() < (16U << 20U) &&
         std::find(kArchiveSuffixes.begin(), kArchiveSuffixes.end(), suffix) !=
             kArchiveSuffixes.end();
}

std::vector<std::string> archives_below(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& each : fs::recursive_directory_iterator(folder)) {
    if (may_be_archive(each)) {
      found.push_back(each.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What a break-out would touch: everything beside the target, with inode, size and time.
std::map<std::string, std::string> surroundings(const std::string& parent) {
  std::map<std::string, std::string> found;
  for (auto at = fs::recursive_directory_iterator(parent); at != fs::recursive_directory_iterator();
       ++at) {
    if (at->path() == parent + "/target") {
      at.disable_recursion_pending();
      continue;
    }
    const auto status = testing::stat_of(at->path());
    found[at->path()] = std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
                        std::to_string(status.st_nlink) + " " + std::to_string(status.st_mode) +
                        " " + std::to_string(status.st_mtim.tv_nsec);
  }
  return found;
}

struct Judged {
  bool ended = false;  ///< by itself, in time
  bool contained = false;
  int exit_code = 0;
};

Judged extract_in_child(const std::string& archive, bool overwrite) {
  const TempFolder parent(testing::On::kMemory);
  fs::create_directory(parent / "target");
  fs::create_directory(parent / "outside");
  for (const char* const name :
       {"canary", "outside/canary", "passwd", "pwned", "evil", "evil.txt"}) {
    write_file(parent / name, "alive");
  }
  const auto before = surroundings(parent.path());
  const int ended = in_child([&] {
    // Ten seconds of the processor; the wall clock only ends what waits for ever.
    const rlimit seconds{.rlim_cur = 10, .rlim_max = 10};
    ::setrlimit(RLIMIT_CPU, &seconds);
    ::alarm(100);
    ASSERT_EQ(::chdir((parent / "target").c_str()), 0);
    auto source = open_file_source(archive);
    ASSERT_TRUE(source.ok());
    ArchiveExtractOptions options;
    options.directory = parent / "target";
    options.overwrite = overwrite;
    options.allow_devices = false;
    options.read.max_entries = 100'000;
    options.read.decode.max_output = 64U << 20U;
    options.read.decode.run.threads = 2;
    const auto result = extract_archive(**source, options);
    // An answer is all that is asked for; that it was no accident is checked with the rules.
    EXPECT_TRUE(result.ok() || result.status().code() != Code::kInternal)
        << result.status().to_string();
  });
  Judged judged;
  judged.ended = WIFEXITED(ended);
  judged.exit_code = ended;
  judged.contained = surroundings(parent.path()) == before;
  for (const auto& each : fs::recursive_directory_iterator(parent / "target")) {
    // No symlink that was let in may lead out either.
    if (each.is_symlink()) {
      const std::string leads = fs::weakly_canonical(each.path());
      judged.contained = judged.contained && leads.starts_with(parent / "target");
    }
  }
  return judged;
}

// Names that the archives of hostile/ try to make by absolute paths.
std::size_t escaped() {
  std::size_t found = 0;
  for (const auto& each : fs::directory_iterator("/tmp")) {
    found += each.path().filename().string().starts_with("kompakt_escape") ? 1U : 0U;
  }
  return found;
}

void expect_contained(const std::vector<std::string>& archives) {
  const std::size_t before = escaped();
  for (const std::string& archive : archives) {
    for (const bool overwrite : {false, true}) {
      const Judged judged = extract_in_child(archive, overwrite);
      EXPECT_TRUE(judged.contained) << archive;
      EXPECT_TRUE(judged.ended) << archive << " ended " << judged.exit_code;
      EXPECT_EQ(judged.exit_code, 0) << archive;
      if (archive.find("/hostile/") == std::string::npos) {
        break;
      }
    }
  }
  EXPECT_EQ(escaped(), before);
}

TEST(HostileArchives, ThoseMadeToBreakOutStayInside) {
  if (!fs::is_directory(kInterop + "hostile")) {
    GTEST_SKIP() << "no " << kInterop << "hostile";
  }
  const auto archives = archives_below(kInterop + "hostile");
  EXPECT_GE(archives.size(), 20U);
  expect_contained(archives);
}

class EveryArchiveAtHand : public ::testing::TestWithParam<std::size_t> {};

// In parts, so that processes can share them.
constexpr std::size_t kParts = 8;

TEST_P(EveryArchiveAtHand, StaysInside) {
  if (!fs::is_directory(kInterop)) {
    GTEST_SKIP() << "no " << kInterop;
  }
  std::vector<std::string> part;
  std::size_t number = 0;
  for (const std::string& archive : archives_below(kInterop)) {
    if (number++ % kParts == GetParam()) {
      part.push_back(archive);
    }
  }
  EXPECT_FALSE(part.empty());
  expect_contained(part);
}
INSTANTIATE_TEST_SUITE_P(Parts, EveryArchiveAtHand, ::testing::Range<std::size_t>(0, kParts));

// The rules that the hand-made ones must meet, by name.
TEST(HostileArchives, EachIsRefusedByItsRule) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"absolute.tar", "absolute path"},
      {"dotdot.tar", "parent directory"},
      {"dotdot_mid.tar", "parent directory"},
      {"slashes.tar", "absolute path"},
      {"symlink_abs.tar", "symlink leads outside"},
      {"hard_out.tar", "hard link leads outside"},
      {"device.tar", "device"},
      {"z_abs.zip", "absolute path"},
      {"z_dotdot.zip", "parent directory"},
      {"z_backslash.zip", "parent directory"},
  };
  for (const auto& [name, rule] : cases) {
    if (!fs::exists(kInterop + "hostile/" + name)) {
      GTEST_SKIP() << "no " << name;
    }
    const TempFolder parent(testing::On::kMemory);
    auto source = open_file_source(kInterop + "hostile/" + name);
    ASSERT_TRUE(source.ok());
    std::vector<std::string> rules;
    ArchiveExtractOptions options;
    options.directory = parent / "a/b/c/d/target";
    options.on_refused = [&](const Refusal& refusal) { rules.push_back(refusal.rule); };
    const auto result = extract_archive(**source, options);
    EXPECT_NE(std::find(rules.begin(), rules.end(), rule), rules.end())
        << name << ": " << (rules.empty() ? result.status().to_string() : rules.front());
  }
}

}  // namespace
}  // namespace kompakt
