#include <fcntl.h>
#include <sys/stat.h>

#include "format/stock_tools.hpp"
#include "support/tree.hpp"

namespace kompakt::testing {
namespace {

TEST(TreeComparison, ACopyByCpIsEqual) {
  const TreeFolder folder;
  ASSERT_EQ(::mkdir((folder / "a").c_str(), 0755), 0);
  build_tree(folder / "a");
  run_tool({"cp", "-a", folder / "a", folder / "b"}, {});
  const TreeFacts a = read_tree(folder / "a");
  EXPECT_GT(a.size(), 200U);
  const auto differences = tree_differences(a, read_tree(folder / "b"),
                                            {.owners = true, .holes = true, .devices = true});
  EXPECT_TRUE(differences.empty()) << joined(differences);
}

TEST(TreeComparison, NamesEveryKindOfDifference) {
  const TreeFolder folder;
  ASSERT_EQ(::mkdir((folder / "a").c_str(), 0755), 0);
  build_tree(folder / "a", {.large = 100'000, .small_files = 3});
  run_tool({"cp", "-a", folder / "a", folder / "b"}, {});
  write_file(folder / "b/sizes/4096", std::string(4096, 'x'));
  EXPECT_EQ(::chmod((folder / "b/sizes/1").c_str(), 0600), 0);
  EXPECT_EQ(::unlink((folder / "b/links/hard-2").c_str()), 0);
  write_file(folder / "b/links/hard-2", read_file(folder / "a/links/hard-2"));
  EXPECT_EQ(::unlink((folder / "b/names/UPPER").c_str()), 0);
  write_file(folder / "b/names/more", "");
  const auto lines = tree_differences(read_tree(folder / "a"), read_tree(folder / "b"),
                                      {.directory_times = false});
  const auto told = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  EXPECT_TRUE(told("'sizes/4096': content differs"));
  EXPECT_TRUE(told("'sizes/1': mode 644 became 600"));
  EXPECT_TRUE(told("'links/hard-2': hardlink of 'links/hard-1' became one of ''"));
  EXPECT_TRUE(told("'names/UPPER': is missing"));
  EXPECT_TRUE(told("'names/more': was not there"));
}

}  // namespace
}  // namespace kompakt::testing
