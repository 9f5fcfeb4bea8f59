// The public zip files: what we say of each is what at least one of unzip, 7zz and Python says.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "archive/zip_read_support.hpp"
#include "format/stock_tools.hpp"
#include "format/verdicts.hpp"

namespace kompakt::testing {
namespace {

// Python, which is not in the list of verdicts, rejects these as we do: a local header names its
// entry otherwise than the directory does. unzip warns and 7zz does not look.
const std::set<std::string>& exceptions() {
  static const std::set<std::string> kExceptions = {
      "libarchive/libarchive/test/test_read_format_zip_7075_utf8_paths.zip",
      "libzip/regress/data/incons-local-filename-missing.zip",
      "libzip/regress/data/incons-local-filename.zip",
  };
  return kExceptions;
}

// Whether the reference tools take the file: unzip's 1 is a warning.
struct References {
  Bytes input;
  bool any_accepts = false;
  bool any_rejects = false;
};

ZipOutcome test_zip(const Bytes& input) {
  const auto source = memory_source(input);
  CollectingWriter writer;
  ZipRun run;
  run.limits.max_output = std::uint64_t{64} << 20U;
  return extract_zip(*source, writer, run);
}

TEST(ZipPublicFiles, AgreesWithAReferenceToolOnEveryPublicFile) {
  std::map<std::string, References> files;
  if (!for_each_verdict("zip", [&](const Verdict& verdict) {
        References& references = files[verdict.path];
        const bool accepts =
            verdict.exit_code == 0 || (verdict.tool.starts_with("unzip") && verdict.exit_code == 1);
        references.any_accepts = references.any_accepts || accepts;
        references.any_rejects = references.any_rejects || !accepts;
        references.input = verdict.input;
      })) {
    GTEST_SKIP() << "the public files are not here";
  }
  EXPECT_GT(files.size(), 200U);
  for (const auto& [path, references] : files) {
    const ZipOutcome outcome = test_zip(references.input);
    EXPECT_NE(outcome.status.code(), Code::kInternal) << path;
    if (exceptions().contains(path)) {
      EXPECT_FALSE(outcome.clean()) << path << " is an exception no longer";
      continue;
    }
    EXPECT_TRUE(outcome.clean() ? references.any_accepts : references.any_rejects)
        << path << ": " << outcome.status.to_string() << " " << outcome.counts.damage.to_string();
  }
}

TEST(ZipPublicFiles, HostileArchivesAreRefusedByRule) {
  const std::string folder = std::string(KOMPAKT_SHARED) + "/interop/hostile/";
  const Bytes overlap = to_bytes(read_file(folder + "z_overlap.zip"));
  const Bytes bomb = to_bytes(read_file(folder + "z_bomb.zip"));
  if (overlap.empty() || bomb.empty()) {
    GTEST_SKIP() << "the hostile archives are not here";
  }
  const ZipOutcome overlapping = test_zip(overlap);
  EXPECT_FALSE(overlapping.refused.empty());
  for (const auto& [path, rule] : overlapping.refused) {
    EXPECT_EQ(rule, "overlapping members") << path;
  }
  EXPECT_LE(overlapping.counts.files, 1U);
  EXPECT_EQ(test_zip(bomb).status.code(), Code::kLimitExceeded);
}

// Python's own view of names, sizes and sums, where it can read an archive.
TEST(ZipPublicFiles, ListsWhatPythonLists) {
  if (!have_python("zipfile")) {
    GTEST_SKIP() << "python3 is not installed";
  }
  const std::string folder = std::string(KOMPAKT_SHARED) + "/interop/libzip/regress/data/";
  std::string script =
      "import zipfile,sys\n"
      "for n in sys.argv[1:]:\n"
      " for i in zipfile.ZipFile(n).infolist():\n"
      "  print(n.split('/')[-1],i.file_size,i.compress_size,i.CRC,i.header_offset,sep='|')\n";
  std::vector<std::string> command{"python3", "-c", script};
  const std::vector<std::string> names = {"test.zip",      "test2.zip",     "testdir.zip",
                                          "teststdin.zip", "zip64.zip",     "junk-at-start.zip",
                                          "gap.zip",       "fileorder.zip", "testcomment.zip"};
  std::string expected;
  for (const std::string& name : names) {
    if (read_file(folder + name).empty()) {
      GTEST_SKIP() << "the public files are not here";
    }
    command.push_back(folder + name);
    const auto source = open_file_source(folder + name);
    ASSERT_TRUE(source.ok());
    const auto archive = ZipArchive::open(**source);
    ASSERT_TRUE(archive.ok()) << name;
    for (std::size_t i = 0; i < (*archive)->size(); ++i) {
      const auto record = (*archive)->record(i);
      expected += name + "|" + std::to_string(record.size) + "|" +
                  std::to_string(record.stored_size) + "|" + std::to_string(record.fixed.crc32) +
                  "|" + std::to_string((*archive)->begin(i)) + "\n";
    }
  }
  const Bytes told = run_tool(command, {});
  EXPECT_EQ(expected, std::string(reinterpret_cast<const char*>(told.data()), told.size()));
}

}  // namespace
}  // namespace kompakt::testing
