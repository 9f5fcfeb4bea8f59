#include "interop_support.hpp"

namespace kompakt::testing {
namespace {

class ZipInterop : public Interop {
 protected:
  static void SetUpTestSuite() { share_tree(modest()); }
};

TEST_F(ZipInterop, ATreeComesBackWholeByEveryMethod) {
  for (const char* const method : {"", "store", "zstd", "bzip2", "xz"}) {
    SCOPED_TRACE(method);
    const std::string archive = folder_ / ("a" + std::string(method) + ".zip");
    ArchiveCreateOptions options = fast();
    options.zip_method = method;
    pack(base(), "tree", archive, options);
    const std::string out = target("out" + std::string(method));
    const auto got = unpack(archive, out);
    EXPECT_TRUE(got.clean()) << got.complaints();
    Kept kept = zip_kept();
    kept.directory_times = true;
    expect_tree(out, kept);
  }
}

TEST_F(ZipInterop, StockToolsReadOurs) {
  const std::string archive = folder_ / "a.zip";
  pack(base(), "tree", archive);
  const std::pair<const char*, std::vector<std::string>> readers[] = {
      {"unzip", {"unzip", "-q", archive, "-d"}},
      // 7zz is left out: it refuses links with "..", and takes the umask off modes.
      {"bsdtar", {"bsdtar", "-xpf", archive, "-C"}},
  };
  for (const auto& [tool, command] : readers) {
    SCOPED_TRACE(tool);
    if (!have_tool(tool)) {
      continue;
    }
    const std::string out = target(tool);
    auto full = command;
    full.push_back(out);
    run(full);
    expect_tree(out, zip_kept());
  }
}

TEST_F(ZipInterop, StockToolsFindNoFaultInOurs) {
  for (const char* const method : {"", "store", "bzip2"}) {
    const std::string archive = folder_ / ("a" + std::string(method) + ".zip");
    ArchiveCreateOptions options = fast();
    options.zip_method = method;
    pack(base(), "tree", archive, options);
    if (have_tool("unzip")) {
      run({"unzip", "-tq", archive});
    }
    if (have_tool("7zz")) {
      run({"7zz", "t", "-bso0", "-bsp0", archive});
    }
    if (have_python("zipfile, bz2")) {
      run({"python3", "-c",
           "import sys, zipfile\nassert zipfile.ZipFile(sys.argv[1]).testzip() is None", archive});
    }
  }
}

TEST_F(ZipInterop, ZipsOfStockToolsComeBackWhole) {
  struct Case {
    const char* tool;
    const char* command;
    bool symlinks;
  };
  const Case cases[] = {
      {"zip", "cd \"$2\" && zip -qry \"$1\" tree", true},
      {"zip", "cd \"$2\" && zip -qry - tree > \"$1\"", true},  // with data descriptors
      {"7zz", "cd \"$2\" && 7zz a -tzip -snl -bso0 -bsp0 \"$1\" tree", true},
      {"bsdtar", "bsdtar --format zip -C \"$2\" -cf \"$1\" tree", true},
  };
  int number = 0;
  for (const auto& each : cases) {
    SCOPED_TRACE(each.command);
    if (!have_tool(each.tool)) {
      continue;
    }
    const std::string archive = folder_ / (std::to_string(++number) + ".zip");
    shell(each.command, {archive, base()});
    const std::string out = target(std::to_string(number));
    const auto got = unpack(archive, out);
    EXPECT_TRUE(got.clean()) << got.complaints();
    expect_tree(out, zip_kept());
  }
}

}  // namespace
}  // namespace kompakt::testing
