#include "interop_support.hpp"

namespace kompakt::testing {
namespace {

/// What others write and Kompakt only reads.
class ForeignInterop : public Interop {
 protected:
  static void SetUpTestSuite() { share_tree(modest()); }
};

TEST_F(ForeignInterop, ArchivesOfBsdtarAnd7zzAreExtracted) {
  struct Case {
    const char* tool;
    const char* name;
    const char* command;
    bool hardlinks;
  };
  const Case cases[] = {
      {"bsdtar", "newc.cpio", "bsdtar --format newc -C \"$2\" -cf \"$1\" tree", true},
      {"bsdtar", "odc.cpio", "bsdtar --format odc -C \"$2\" -cf \"$1\" tree", true},
      {"bsdtar", "newc.cpio.gz", "bsdtar --format newc -C \"$2\" -cf - tree | gzip > \"$1\"", true},
      {"bsdtar", "b.7z", "bsdtar --format 7zip -C \"$2\" -cf \"$1\" tree", false},
      {"bsdtar", "x.xar", "bsdtar --format xar -C \"$2\" -cf \"$1\" tree", true},
      {"7zz", "a.7z", "cd \"$2\" && 7zz a -snl -bso0 -bsp0 \"$1\" tree", false},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    if (!have_tool(each.tool)) {
      continue;
    }
    const std::string archive = folder_ / each.name;
    shell(each.command, {archive, base()});
    const std::string out = target(std::string("out-") + each.name);
    const auto got = unpack(archive, out);
    EXPECT_TRUE(got.clean()) << got.complaints();
    Kept kept = zip_kept();
    kept.hardlinks = each.hardlinks;
    expect_tree(out, kept);
  }
}

}  // namespace
}  // namespace kompakt::testing
