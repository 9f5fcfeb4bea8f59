#include "interop_support.hpp"

namespace kompakt::testing {
namespace {

class WarpInterop : public Interop {
 protected:
  static void SetUpTestSuite() { share_tree({.large = 200'000}); }
};

TEST_F(WarpInterop, ATreeComesBackWhole) {
  const std::string archive = folder_ / "a.warp";
  const auto packed = pack(base(), "tree", archive);
  EXPECT_EQ(packed.entries, facts().size());
  const std::string out = target();
  const auto got = unpack(archive, out);
  EXPECT_TRUE(got.clean()) << got.complaints();
  Kept kept = all_kept();
  kept.holes = false;
  expect_tree(out, kept);
}

TEST_F(WarpInterop, BytesDoNotDependOnTheNumberOfThreads) {
  ArchiveCreateOptions options;
  options.run.threads = 1;
  pack(base(), "tree", folder_ / "1.warp", options);
  options.run.threads = 3;
  pack(base(), "tree", folder_ / "3.warp", options);
  EXPECT_EQ(read_file(folder_ / "1.warp"), read_file(folder_ / "3.warp"));
}

}  // namespace
}  // namespace kompakt::testing
