#include "interop_support.hpp"

namespace kompakt::testing {
namespace {

class TarInterop : public Interop {
 protected:
  static void SetUpTestSuite() { share_tree({.large = 200'000}); }
  void TearDown() override {
    // Nothing that packing or unpacking does may change what was packed.
    const auto differences = tree_differences(facts(), read_tree(base() + "/tree"), all_kept());
    EXPECT_TRUE(differences.empty()) << joined(differences);
  }
};

constexpr const char* kGnuExtract =
    "tar --numeric-owner --xattrs '--xattrs-include=*' --acls -C \"$2\" -xpf -";

TEST_F(TarInterop, ATreeComesBackWholeThroughEveryStreamFormat) {
  for (const char* const suffix :
       {"tar", "tar.gz", "tar.zst", "tar.xz", "tar.bz2", "tar.lz4", "tar.br", "tar.zz", "tar.sz"}) {
    SCOPED_TRACE(suffix);
    const std::string archive = folder_ / ("a." + std::string(suffix));
    const auto packed = pack(base(), "tree", archive, fast());
    EXPECT_EQ(packed.entries, facts().size());
    const std::string out = target(suffix);
    auto options = trusting_options();
    if (std::string(suffix) == "tar.br") {
      options.read.decode.format = Format::kBrotli;
    }
    const auto got = unpack(archive, out, options);
    EXPECT_TRUE(got.clean()) << got.complaints();
    expect_tree(out, all_kept());
  }
}

TEST_F(TarInterop, GnuTarReadsOursBehindTheStockDecompressors) {
  for (const auto& [suffix, tool] :
       {std::pair{"tar", "cat"}, std::pair{"tar.gz", "gzip -dc"}, std::pair{"tar.zst", "zstd -qdc"},
        std::pair{"tar.xz", "xz -dc"}, std::pair{"tar.bz2", "bzip2 -dc"},
        std::pair{"tar.lz4", "lz4 -dc"}, std::pair{"tar.br", "brotli -dc"}}) {
    SCOPED_TRACE(suffix);
    if (!have_tool("tar") || !have_tool(std::string(tool).substr(0, std::string(tool).find(' ')))) {
      continue;
    }
    const std::string archive = folder_ / ("a." + std::string(suffix));
    pack(base(), "tree", archive, fast());
    const std::string out = target(suffix);
    shell(std::string(tool) + " < \"$1\" | " + kGnuExtract, {archive, out});
    expect_tree(out, all_kept());
  }
}

TEST_F(TarInterop, BsdtarReadsOurs) {
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "needs bsdtar";
  }
  for (const char* const suffix : {"tar", "tar.gz", "tar.zst", "tar.xz", "tar.bz2", "tar.lz4"}) {
    SCOPED_TRACE(suffix);
    const std::string archive = folder_ / ("a." + std::string(suffix));
    pack(base(), "tree", archive, fast());
    const std::string out = target(suffix);
    run({"bsdtar", "--numeric-owner", "--acls", "--xattrs", "-C", out, "-xpf", archive});
    expect_tree(out, kept_by_libarchive());
  }
}

TEST_F(TarInterop, PythonReadsOurs) {
  if (!have_python("tarfile")) {
    GTEST_SKIP() << "needs python3";
  }
  const std::string archive = folder_ / "a.tar.gz";
  pack(base(), "tree", archive, fast());
  const std::string out = target();
  run({"python3", "-c",
       "import sys, tarfile\n"
       "with tarfile.open(sys.argv[1], encoding='utf-8', errors='surrogateescape') as archive:\n"
       "  if hasattr(tarfile, 'fully_trusted_filter'):\n"
       "    archive.extraction_filter = staticmethod(tarfile.fully_trusted_filter)\n"
       "  archive.extractall(sys.argv[2], numeric_owner=True)\n",
       archive, out});
  Kept kept = all_kept();
  kept.time_step = 1000;  // tarfile counts in floating point
  kept.symlink_times = false;
  kept.xattrs = kept.acls = false;
  expect_tree(out, kept);
}

TEST_F(TarInterop, TarsOfGnuTarComeBackWhole) {
  struct Case {
    const char* name;
    const char* command;
    Kept kept;
  };
  Kept seconds = all_kept();
  seconds.time_step = 1'000'000'000;
  seconds.xattrs = seconds.acls = false;
  const Case cases[] = {
      {"a.tar", "tar --format=posix --xattrs '--xattrs-include=*' --acls --sparse", all_kept()},
      {"b.tar.gz", "tar --format=gnu --sparse -z", seconds},
      {"c.tar.xz", "tar --format=oldgnu -J", seconds},
      {"d.tar.bz2", "tar --format=posix --sparse --sparse-version=0.1 --xattrs --acls -j",
       all_kept()},
      {"e.tar.zst", "tar --format=posix --sparse --sparse-version=0.0 --xattrs --acls --zstd",
       all_kept()},
      {"f.tar.lz4", "tar --format=posix --xattrs --acls -I lz4", all_kept()},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.command);
    const std::string archive = folder_ / each.name;
    shell(std::string(each.command) + " -C \"$2\" -cf \"$1\" tree", {archive, base()});
    const std::string out = target(std::string("out-") + each.name);
    const auto got = unpack(archive, out);
    EXPECT_TRUE(got.clean()) << got.complaints();
    Kept kept = each.kept;
    kept.holes = std::string(each.command).find("--sparse") != std::string::npos;
    expect_tree(out, kept);
  }
}

TEST_F(TarInterop, TarsOfBsdtarComeBackWhole) {
  if (!have_tool("bsdtar") || !is_root()) {
    GTEST_SKIP() << "needs bsdtar, and root for it to read the whole tree";
  }
  for (const auto& [name, option] :
       {std::pair{"a.tar", "--format=pax"}, std::pair{"b.tar.gz", "--gzip"},
        std::pair{"c.tar.zst", "--zstd"}, std::pair{"d.tar.xz", "--xz"}}) {
    SCOPED_TRACE(name);
    const std::string archive = folder_ / name;
    run({"bsdtar", option, "--format=pax", "--acls", "--xattrs", "-C", base(), "-cf", archive,
         "tree"});
    const std::string out = target(std::string("out-") + name);
    const auto got = unpack(archive, out);
    EXPECT_TRUE(got.clean()) << got.complaints();
    Kept kept = kept_by_libarchive();
    // bsdtar stores the group's own rights as the mode beside a list, where the kernel has the
    // mask.
    kept.acls = false;
    expect_tree(out, kept);
  }
}

TEST_F(TarInterop, TarsOfPythonComeBackWhole) {
  if (!have_python("tarfile")) {
    GTEST_SKIP() << "needs python3";
  }
  for (const char* const format : {"PAX_FORMAT", "GNU_FORMAT"}) {
    SCOPED_TRACE(format);
    const std::string archive = folder_ / (std::string(format) + ".tar.gz");
    run({"python3", "-c",
         "import os, sys, tarfile\n"
         "with tarfile.open(sys.argv[1], 'w:gz', format=getattr(tarfile, sys.argv[3]),\n"
         "                  encoding='utf-8', errors='surrogateescape') as archive:\n"
         "  os.chdir(sys.argv[2])\n"
         "  archive.add('tree')\n",
         archive, base(), format});
    const std::string out = target(format);
    const auto got = unpack(archive, out);
    EXPECT_TRUE(got.clean()) << got.complaints();
    Kept kept = all_kept();
    kept.time_step = std::string(format) == "PAX_FORMAT" ? 1000 : 1'000'000'000;
    kept.xattrs = kept.acls = kept.holes = false;
    expect_tree(out, kept);
  }
}

TEST_F(TarInterop, ReproducibleArchivesDoNotDependOnWhoPacksThem) {
  ArchiveCreateOptions options;
  options.reproducible = true;
  options.epoch = 1'650'000'000;
  pack(base(), "tree", folder_ / "a.tar.zst", options);
  run({"cp", "-a", base() + "/tree", folder_ / "tree"});
  options.run.threads = 1;
  pack(folder_.path(), "tree", folder_ / "b.tar.zst", options);
  EXPECT_EQ(read_file(folder_ / "a.tar.zst"), read_file(folder_ / "b.tar.zst"));
}

}  // namespace
}  // namespace kompakt::testing
