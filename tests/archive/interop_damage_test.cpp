#include <map>
#include <set>

#include "interop_support.hpp"

namespace kompakt::testing {
namespace {

/// Archives with one byte wrong, or cut short: what is intact comes out, what is not is named, and
/// nothing wrong passes for right.
class DamagedArchive : public Interop, public ::testing::WithParamInterface<const char*> {
 protected:
  static void SetUpTestSuite() {
    TreeSpec spec = modest();
    spec.large = 1U << 20U;
    spec.small_files = 200;
    share_tree(spec);
  }

  std::string damaged(const std::function<void(std::string&)>& harm) {
    std::string path = folder_ / ("a." + std::string(GetParam()));
    std::string& whole = packed_[GetParam()];
    if (whole.empty()) {
      ArchiveCreateOptions options = fast();
      if (path.ends_with(".warp")) {
        options.block_size = 65536;
      }
      pack(base(), "tree", path, options);
      whole = read_file(path);
    }
    std::string bytes = whole;
    harm(bytes);
    write_file(path, bytes);
    return path;
  }
  [[nodiscard]] bool has_directory() const {
    return std::string(GetParam()) == "zip" || std::string(GetParam()) == "warp";
  }

  /// How many regular files came out with the right content. Archives with a checksum for each
  /// member give no others; behind a stream format's damage that only its last checksum tells, some
  /// content may be wrong, which the result says.
  std::size_t count_right(const std::string& out) {
    std::size_t right = 0;
    const TreeFacts found = read_tree(out);
    for (const auto& [path, facts] : found) {
      if (!S_ISREG(facts.mode)) {
        continue;
      }
      // A zip without its directory does not say which of its files are symlinks.
      const auto at = Interop::facts().find(path.substr(std::min(path.size(), sizeof("tree"))));
      if (at == Interop::facts().end()) {
        ADD_FAILURE() << path << " was never packed";
      } else if (!S_ISREG(at->second.mode)) {
        continue;
      } else if (facts.content_hash == at->second.content_hash) {
        ++right;
      } else {
        EXPECT_FALSE(has_directory()) << path << ": wrong content passed for right";
      }
    }
    return right;
  }
  static std::size_t files_packed() {
    return static_cast<std::size_t>(std::count_if(
        facts().begin(), facts().end(), [](auto& each) { return S_ISREG(each.second.mode); }));
  }

 private:
  static inline std::map<std::string, std::string> packed_;  ///< by kind: the shared tree, whole
};

INSTANTIATE_TEST_SUITE_P(Kinds, DamagedArchive,
                         ::testing::Values("tar", "tar.gz", "tar.zst", "zip", "warp"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_P(DamagedArchive, AFlippedByteCostsOnlyWhatItTouches) {
  for (const double place : {0.3, 0.5, 0.8}) {
    SCOPED_TRACE(place);
    const std::string archive = damaged([&](std::string& bytes) {
      bytes[static_cast<std::size_t>(static_cast<double>(bytes.size()) * place)] ^= 0x20;
    });
    const std::string out = target("out" + std::to_string(place));
    const auto got = unpack(archive, out);
    if (std::string(GetParam()) == "tar") {
      continue;  // a plain tar has no checksum of contents: only crashing is wrong
    }
    EXPECT_FALSE(got.status.ok() && got.result.damage.ok() && got.lost.empty())
        << "damage went unnoticed";
    const std::size_t right = count_right(out);
    if (has_directory()) {
      EXPECT_GE(right, files_packed() / 2) << got.complaints();
      // Links to a file that was lost are refused, by name.
      EXPECT_EQ(right + got.lost.size() + got.refused.size(), files_packed()) << got.complaints();
    }
  }
}

TEST_P(DamagedArchive, ATruncatedArchiveGivesWhatIsThere) {
  const std::string archive =
      damaged([](std::string& bytes) { bytes.resize(bytes.size() * 6 / 10); });
  const std::string out = target();
  const auto got = unpack(archive, out);
  EXPECT_FALSE(got.status.ok() && got.result.damage.ok()) << "truncation went unnoticed";
  const std::size_t right = count_right(out);
  EXPECT_LT(right, files_packed());
  // Without its index, which is at the end, a .warp names no members.
  EXPECT_TRUE(right >= 1 || std::string(GetParam()) == "warp") << got.complaints();
}

TEST_P(DamagedArchive, TestNoticesWhatExtractionWould) {
  const std::string archive = damaged([](std::string& bytes) { bytes[bytes.size() / 2] ^= 0x01; });
  if (std::string(GetParam()) == "tar") {
    GTEST_SKIP() << "a plain tar has no checksum of contents";
  }
  auto source = open_file_source(archive);
  ASSERT_TRUE(source.ok());
  ArchiveReadOptions options;
  std::size_t lost = 0;
  options.on_lost = [&](const Entry&, const Status&) { ++lost; };
  const auto result = test_archive(**source, options);
  EXPECT_TRUE(!result.ok() || !result->damage.ok());
}

}  // namespace
}  // namespace kompakt::testing
