// What the options of archives and folders mean, and what does not go together.
#include <gtest/gtest.h>

#include "archive_tool.hpp"
#include "kompakt/request.hpp"

namespace kompakt::testing {
namespace {

using cli::Request;
using cli::Verb;

Result<Request> request(std::vector<std::string> words, std::optional<std::string> defaults = {}) {
  cli::World world;
  world.args = {"kompakt"};
  world.args.insert(world.args.end(), words.begin(), words.end());
  world.environment = [defaults](const std::string&) { return defaults; };
  return cli::make_request(world);
}

Request good(std::vector<std::string> words, std::optional<std::string> defaults = {}) {
  auto made = request(std::move(words), std::move(defaults));
  EXPECT_TRUE(made.ok()) << made.status().to_string();
  return made.ok() ? *made : Request();
}

TEST(ArchiveOptions, TellOutputFromPaths) {
  const Request verb = good({"archive", "out.zip", "a", "b"});
  EXPECT_EQ(verb.verb, Verb::kArchive);
  EXPECT_EQ(verb.output, "out.zip");
  EXPECT_EQ(verb.inputs, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(verb.archive.target.kind, ArchiveKind::kZip);
  const Request option = good({"archive", "a", "-o", "out.tar.xz", "b"});
  EXPECT_EQ(option.output, "out.tar.xz");
  EXPECT_EQ(option.inputs, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(option.archive.target.filter, Format::kXz);
  EXPECT_EQ(option.format, Format::kXz);
  EXPECT_EQ(good({"archive", "-c", "-F", "warp", "a"}).output, "-");
}

TEST(ArchiveOptions, MakeAnArchiveOfAFolderBesideIt) {
  const Request beside = good({"-r", "--archive", "some/folder/"});
  EXPECT_EQ(beside.verb, Verb::kArchive);
  EXPECT_EQ(beside.output, "some/folder.warp");
  EXPECT_EQ(good({"-r", "--archive", "-F", "tar.zst", "x"}).output, "x.tar.zst");
  EXPECT_EQ(good({"-r", "--archive", "-o", "y.zip", "x", "z"}).output, "y.zip");
  EXPECT_FALSE(request({"-r", "--archive", "x", "y"}).ok());
  EXPECT_FALSE(request({"-r", "--archive", "."}).ok());
  EXPECT_FALSE(request({"-d", "-r", "--archive", "x"}).ok());
}

TEST(ArchiveOptions, AddUp) {
  const Request many =
      good({"extract", "x.tar", "--exclude", "a", "--exclude=b", "--include=c", "m", "n"});
  EXPECT_EQ(many.inputs, std::vector<std::string>{"x.tar"});
  EXPECT_EQ(many.archive.members, (std::vector<std::string>{"m", "n"}));
  EXPECT_EQ(many.archive.exclude, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(many.archive.include, std::vector<std::string>{"c"});
  const Request lists =
      good({"archive", "x.tar", "--null", "--files-from", "f", "--files-from0=g"});
  ASSERT_EQ(lists.archive.files_from.size(), 2U);
  EXPECT_TRUE(lists.archive.files_from[0].nul);
  EXPECT_TRUE(lists.inputs.empty());
}

TEST(ArchiveOptions, ArriveAtTheirVerb) {
  const Request extract =
      good({"extract", "x", "-C", "dir", "--strip-components=2", "--skip-existing",
            "--allow-devices", "--allow-setuid", "--no-same-owner", "--no-xattrs", "--sync",
            "--max-ratio=50", "--max-entries=7"});
  EXPECT_EQ(extract.archive.directory, "dir");
  EXPECT_EQ(extract.archive.strip_components, 2U);
  EXPECT_TRUE(extract.archive.skip_existing);
  EXPECT_TRUE(extract.archive.allow_devices);
  EXPECT_TRUE(extract.archive.allow_setuid);
  EXPECT_EQ(extract.archive.same_owner, false);
  EXPECT_FALSE(extract.archive.xattrs);
  EXPECT_TRUE(extract.archive.sync);
  EXPECT_EQ(extract.archive.max_ratio, 50U);
  EXPECT_EQ(extract.archive.max_entries, 7U);
  const Request archive = good({"archive", "x.zip", "y", "--reproducible", "--one-file-system",
                                "--dereference", "--zip-method", "bzip2", "-C", "z", "-7"});
  EXPECT_TRUE(archive.archive.reproducible);
  EXPECT_TRUE(archive.archive.one_file_system);
  EXPECT_TRUE(archive.archive.dereference);
  EXPECT_EQ(archive.archive.zip_method, "bzip2");
  EXPECT_EQ(archive.archive.directory, "z");
  EXPECT_EQ(archive.level, 7);
}

TEST(ArchiveOptions, RefuseWhatDoesNotGoTogether) {
  const std::vector<std::vector<std::string>> contradictions = {
      {"archive"},
      {"archive", "x.zip"},
      {"archive", "x.zip", "-"},
      {"archive", "x.zip", "y", "--rm"},
      {"archive", "x.zip", "y", "--strip-components=1"},
      {"archive", "x.zip", "y", "--skip-existing"},
      {"archive", "x.zip", "y", "-S", ".z"},
      {"archive", "x.warp", "y", "-n"},
      {"archive", "x.zip", "y", "--max-output=1"},
      {"archive", "x.warp", "y", "--warp-version=2"},
      {"archive", "-", "y", "-F", "zip", "--verify"},
      {"archive", "x.zip", "y", "--index"},
      {"archive", "x.zip", "y", "--null"},
      {"archive", "x.zip", "-C", "", "y"},
      {"archive", "-d", "x.zip", "y"},
      {"extract", "x.zip", "-o", "dir"},
      {"extract", "x.zip", "--rm"},
      {"extract", "x.zip", "--skip-existing", "-f"},
      {"extract", "x.zip", "--reproducible"},
      {"extract", "x.zip", "--zip-method=store"},
      {"extract", "-", "--files-from", "-"},
      {"extract", "x.zip", "--strip-components", "-1"},
      {"extract", "x.zip", "--same-owner", "--no-same-owner"},
      {"list", "x.zip", "-C", "y"},
      {"list", "x.zip", "--allow-devices"},
      {"cat", "x.zip", "a", "--lines=1-2"},
      {"cat", "x.zip", "a", "b", "--range=1+2"},
      {"--exclude", "x", "file"},
      {"-r", "-c", "x"},
      {"-r"},
      {"-r", "--archive", "-c", "x"},
      {"-C", "x", "file"},
      {"-d", "--strip-components=1", "x"}};
  for (const auto& words : contradictions) {
    std::string line;
    for (const auto& word : words) {
      line += word + " ";
    }
    const auto made = request(words);
    EXPECT_FALSE(made.ok()) << line;
    EXPECT_EQ(made.status().code(), Code::kInvalidArgument) << line;
  }
}

TEST(ArchiveOptions, MayBeDefaultsWhereTheyChooseNoFiles) {
  EXPECT_TRUE(good({"archive", "x.zip", "y"}, "--reproducible -T2").archive.reproducible);
  EXPECT_EQ(good({"archive", "x.zip", "y"}, "-F xz -9").archive.target.kind, ArchiveKind::kZip)
      << "a default stream format is none of archives";
  EXPECT_EQ(good({"x"}, "--reproducible").verb, Verb::kCompress);
  EXPECT_EQ(good({"archive", "x.tar", "y"}, "-3").level, std::nullopt);
  for (const char* defaults : {"--exclude x", "-C x", "--allow-setuid", "--archive",
                               "--files-from x", "--skip-existing"}) {
    EXPECT_FALSE(request({"archive", "x.zip", "y"}, defaults).ok()) << defaults;
  }
}

}  // namespace
}  // namespace kompakt::testing
