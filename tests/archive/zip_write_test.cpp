// What the zip writer promises of its records, judged by the records alone.
#include <libdeflate.h>

#include <map>
#include <numeric>

#include "core/endian.hpp"
#include "ordered_ends.hpp"
#include "zip_write_support.hpp"

namespace kompakt::testing {
namespace {

std::vector<ListedFile> make_mixed_files() {
  std::vector<ListedFile> files;
  files.push_back(listed("folder", EntryType::kDirectory));
  for (std::size_t i = 0; i < 700; ++i) {
    files.push_back(listed("folder/" + std::to_string(i), text_bytes(i * 7, i)));
  }
  files.push_back(listed("large", text_bytes(2'500'000)));
  files.push_back(listed("noise", random_bytes(400'000)));
  files.push_back(listed("large noise", random_bytes(1'500'000)));
  files.push_back(listed("records", record_bytes(900'000)));
  files.push_back(listed("empty", Bytes()));
  return files;
}

const std::vector<ListedFile>& mixed_files() {
  static const std::vector<ListedFile> kFiles = make_mixed_files();
  return kFiles;
}

/// The content of an entry that was stored or deflated.
Bytes content_of(const ZipPart& part) {
  if (part.central.method == zip::Method::kStore) {
    return part.data;
  }
  EXPECT_EQ(part.central.method, zip::Method::kDeflate) << part.name;
  Bytes content(part.size);
  auto* const decoder = libdeflate_alloc_decompressor();
  std::size_t used = 0;
  EXPECT_EQ(libdeflate_deflate_decompress_ex(decoder, part.data.data(), part.data.size(),
                                             content.data(), content.size(), &used, nullptr),
            LIBDEFLATE_SUCCESS)
      << part.name;
  EXPECT_EQ(used, part.data.size()) << part.name;
  libdeflate_free_decompressor(decoder);
  return content;
}

std::uint32_t crc_of(const Bytes& bytes) {
  return bytes.empty() ? 0 : libdeflate_crc32(0, bytes.data(), bytes.size());
}

/// Bytes of the only member at a level.
std::uint64_t coded_size(const Bytes& content, int level) {
  const BuiltZip made = make_zip(walk_of({listed("file", content)}), with_method("", level));
  EXPECT_TRUE(made.status.ok()) << made.status.to_string();
  return ZipParts(made.bytes).all().at(0).data.size();
}

TEST(ZipWrite, TheDefaultSearchesWhereContentIsDenseAndNotWhereItRepeats) {
  const Bytes dense = text_bytes(300'000);
  EXPECT_EQ(coded_size(dense, 9), coded_size(dense, 10));
  EXPECT_LT(coded_size(dense, 9), coded_size(dense, 7));
  std::string rows;
  while (rows.size() < 300'000) {
    rows +=
        "#define REGISTER_" + std::to_string(rows.size() / 50 % 700) + "__FIELD_MASK 0x0000FF00L\n";
  }
  EXPECT_EQ(coded_size(to_bytes(rows), 9), coded_size(to_bytes(rows), 7));
}

TEST(ZipWrite, ContentComesBackAtEveryLevel) {
  const auto& files = mixed_files();
  for (const int level : {0, 1, 6, 9}) {
    const BuiltZip made = make_zip(walk_of(files), with_method("", level));
    ASSERT_TRUE(made.status.ok()) << made.status.to_string();
    EXPECT_TRUE(made.warnings.empty());
    const ZipParts parts(made.bytes);
    ASSERT_EQ(parts.all().size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      const ZipPart& part = parts.all()[i];
      EXPECT_EQ(content_of(part), files[i].content) << part.name << " at level " << level;
      EXPECT_EQ(part.central.crc32, crc_of(files[i].content)) << part.name;
    }
    EXPECT_EQ(made.counts.entries, files.size());
    EXPECT_EQ(made.counts.files, files.size() - 1);
    EXPECT_EQ(made.counts.content, std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                                                   [](std::uint64_t sum, const ListedFile& file) {
                                                     return sum + file.content.size();
                                                   }));
  }
}

TEST(ZipWrite, BytesDependNeitherOnThreadsNorOnTheSink) {
  const BuiltZip one = make_zip(walk_of(mixed_files()), {}, 1);
  ASSERT_TRUE(one.status.ok());
  for (const unsigned threads : {2U, 7U}) {
    EXPECT_EQ(make_zip(walk_of(mixed_files()), {}, threads).bytes, one.bytes);
  }
  Bytes piped;
  OrderedSink pipe(piped);
  const auto job = make_zip_encode_job(walk_of(mixed_files()), pipe, {});
  ASSERT_TRUE(job.ok());
  ASSERT_TRUE(run_job(**job, {}).ok());
  EXPECT_EQ(piped, one.bytes);
  EXPECT_EQ((*job)->progress().bytes_out, piped.size());
}

TEST(ZipWrite, SmallFilesHaveTheirSizesInFrontAndLargeOnesBehind) {
  const BuiltZip made = make_zip(walk_of(mixed_files()));
  const ZipParts parts(made.bytes);
  for (const ZipPart& part : parts.all()) {
    const bool behind = (part.local.flags & zip::kFlagDescriptor) != 0;
    EXPECT_EQ(behind, part.size > kMiB) << part.name;
  }
}

TEST(ZipWrite, WhatDoesNotShrinkIsStored) {
  for (const char* const method : {"deflate", "zstd", "bzip2", "xz"}) {
    const BuiltZip made = make_zip(
        walk_of({listed("noise", random_bytes(100'000)), listed("short noise", random_bytes(200)),
                 listed("one", to_bytes("x")), listed("none", Bytes())}),
        with_method(method));
    ASSERT_TRUE(made.status.ok()) << made.status.to_string();
    const ZipParts parts(made.bytes);
    for (const ZipPart& part : parts.all()) {
      EXPECT_EQ(part.central.method, zip::Method::kStore) << method << ' ' << part.name;
      EXPECT_EQ(part.central.version_needed, 10) << method << ' ' << part.name;
      EXPECT_EQ(part.stored_size, part.size);
    }
  }
}

TEST(ZipWrite, LargeNoiseGrowsByAlmostNothing) {
  const BuiltZip made = make_zip(walk_of({listed("noise", random_bytes(5'000'000))}));
  EXPECT_LT(made.bytes.size(), 5'002'000U);
}

TEST(ZipWrite, EveryMethodTellsTheVersionItNeeds) {
  const std::map<std::string, std::pair<zip::Method, int>> expected = {
      {"", {zip::Method::kDeflate, 20}},    {"deflate", {zip::Method::kDeflate, 20}},
      {"store", {zip::Method::kStore, 10}}, {"zstd", {zip::Method::kZstd, 63}},
      {"bzip2", {zip::Method::kBzip2, 46}}, {"xz", {zip::Method::kXz, 63}}};
  for (const auto& [name, facts] : expected) {
    const BuiltZip made = make_zip(
        walk_of({listed("folder", EntryType::kDirectory), listed("small", text_bytes(5000)),
                 listed("large", text_bytes(1'200'000))}),
        with_method(name));
    ASSERT_TRUE(made.status.ok()) << made.status.to_string();
    const ZipParts parts(made.bytes);
    EXPECT_EQ(parts.at("folder/").central.version_needed, 20);
    for (const char* const file : {"small", "large"}) {
      EXPECT_EQ(parts.at(file).central.method, facts.first) << name;
      EXPECT_EQ(parts.at(file).central.version_needed, facts.second) << name;
      EXPECT_EQ(parts.at(file).local.version_needed, facts.second) << name;
    }
  }
}

TEST(ZipWrite, RefusesMethodsAndLevelsThatThereAreNot) {
  const auto refused = [](std::string method, std::optional<int> level) {
    const BuiltZip made = make_zip(walk_of({}), with_method(std::move(method), level));
    EXPECT_EQ(made.status.code(), Code::kInvalidArgument);
    return std::string(made.status.message());
  };
  EXPECT_NE(refused("rar", {}).find("bzip2"), std::string::npos);
  EXPECT_NE(refused("", 13).find("0 to 12"), std::string::npos);
  EXPECT_NE(refused("deflate", -1).find("0 to 12"), std::string::npos);
  EXPECT_NE(refused("bzip2", 0).find("1 to 9"), std::string::npos);
  EXPECT_NE(refused("xz", 10).find("0 to 9"), std::string::npos);
  EXPECT_NE(refused("zstd", 23).find("1 to"), std::string::npos);
}

TEST(ZipWrite, AnEmptyWalkIsAnEmptyArchive) {
  const BuiltZip made = make_zip(walk_of({}));
  EXPECT_TRUE(made.status.ok());
  EXPECT_EQ(made.bytes.size(), zip::kEndSize);
  EXPECT_TRUE(ZipParts(made.bytes).all().empty());
}

TEST(ZipWrite, ManyEntriesGetZip64Records) {
  for (const std::size_t count : {65'534U, 65'535U}) {
    std::vector<ListedFile> files;
    for (std::size_t i = 0; i < count; ++i) {
      files.push_back(listed(std::to_string(i), EntryType::kDirectory));
    }
    const BuiltZip made = make_zip(walk_of(std::move(files)));
    const ZipParts parts(made.bytes);
    EXPECT_EQ(parts.all().size(), count);
    EXPECT_EQ(parts.zip64(), count >= 65'535);
    if (count == 65'535) {
      for (const char* const tool : {"python3", "unzip"}) {
        EXPECT_TRUE(accepts(tool, made.bytes)) << tool;
      }
    }
  }
}

TEST(ZipWrite, FilesThatChangeAreCutToWhatTheyWereAndWarnedOf) {
  auto grows = listed("grows", text_bytes(1000));
  grows.entry.size = 900;
  auto shrinks = listed("shrinks", text_bytes(1000));
  shrinks.entry.size = 1100;
  auto vanishes = listed("vanishes", text_bytes(1000));
  vanishes.opens = false;
  auto grows_large = listed("large grows", text_bytes(3'000'000));
  grows_large.entry.size = 2'000'000;
  auto shrinks_large = listed("large shrinks", text_bytes(1'500'000));
  shrinks_large.entry.size = 2 * kMiB;
  const BuiltZip made = make_zip(walk_of(
      {grows, shrinks, vanishes, grows_large, shrinks_large, listed("same", text_bytes(1000))}));
  ASSERT_TRUE(made.status.ok());
  const ZipParts parts(made.bytes);
  EXPECT_EQ(parts.all().size(), 5U);
  const auto first = [](Bytes bytes, std::size_t size) {
    bytes.resize(size);
    return bytes;
  };
  EXPECT_EQ(content_of(parts.at("grows")), first(text_bytes(1000), 900));
  EXPECT_EQ(content_of(parts.at("shrinks")), text_bytes(1000));
  EXPECT_EQ(content_of(parts.at("large grows")), first(text_bytes(3'000'000), 2'000'000));
  EXPECT_EQ(content_of(parts.at("large shrinks")), text_bytes(1'500'000));
  EXPECT_EQ(content_of(parts.at("same")), text_bytes(1000));
  std::vector<std::string> warned;
  for (const Status& status : made.warnings) {
    warned.push_back(status.file().value_or("?"));
  }
  EXPECT_EQ(warned, (std::vector<std::string>{"grows", "shrinks", "vanishes", "large grows",
                                              "large shrinks"}));
}

TEST(ZipWrite, SizesThatMayPass4GiBHave64BitDescriptors) {
  auto huge = listed("huge", text_bytes(2'000'000));
  huge.entry.size = 5 * kGiB;  // so it says before it is read
  const BuiltZip made = make_zip(walk_of({huge, listed("after", text_bytes(10))}));
  ASSERT_TRUE(made.status.ok());
  const ZipParts parts(made.bytes);
  EXPECT_EQ(parts.at("huge").local.size, zip::kIn64);
  EXPECT_EQ(parts.at("huge").central.version_needed, zip::kVersionZip64);
  EXPECT_EQ(content_of(parts.at("huge")), text_bytes(2'000'000));
  for (const char* const tool : {"unzip", "7zz", "python3", "bsdtar"}) {
    EXPECT_TRUE(accepts(tool, made.bytes)) << tool;
  }
}

TEST(ZipWrite, SpecialFilesAreLeftOutWithAWarning) {
  const BuiltZip made =
      make_zip(walk_of({listed("fifo", EntryType::kFifo), listed("device", EntryType::kCharDevice),
                        listed("file", text_bytes(10))}));
  EXPECT_EQ(ZipParts(made.bytes).all().size(), 1U);
  ASSERT_EQ(made.warnings.size(), 2U);
  EXPECT_EQ(made.warnings[0].file(), "fifo");
  EXPECT_EQ(made.warnings[0].code(), Code::kUnsupported);
}

TEST(ZipWrite, HardlinksAreFilesAgain) {
  const TempFolder folder(On::kMemory);
  write_file(folder / "first", std::string(5000, 'x'));
  ASSERT_EQ(::link((folder / "first").c_str(), (folder / "second").c_str()), 0);
  const BuiltZip made = make_zip(walk_folder(folder.path()));
  EXPECT_TRUE(made.warnings.empty());
  EXPECT_EQ(content_of(ZipParts(made.bytes).at("second")), to_bytes(std::string(5000, 'x')));
  EXPECT_EQ(made.counts.files, 2U);
}

TEST(ZipWrite, SymlinksHoldTheirTargetsUncompressed) {
  auto link = listed("link", EntryType::kSymlink);
  link.entry.link_target = std::string(300, 'a') + "/target";
  link.entry.mode = 0777;
  const BuiltZip made = make_zip(walk_of({link}));
  const ZipParts parts(made.bytes);
  EXPECT_EQ(parts.at("link").central.method, zip::Method::kStore);
  EXPECT_EQ(parts.at("link").data, to_bytes(link.entry.link_target));
  EXPECT_EQ(parts.at("link").central.external_attributes >> 16U, 0120777U);
}

TEST(ZipWrite, NamesAreMarkedUtf8WhereTheyAreAndNotAscii) {
  const BuiltZip made =
      make_zip(walk_of({listed("plain", Bytes()), listed("gr\xC3\xBC\xC3\x9F", Bytes()),
                        listed("latin-\xFC", Bytes()), listed(std::string(4000, 'n'), Bytes()),
                        listed(std::string(65'535, 'n'), Bytes())}));
  const ZipParts parts(made.bytes);
  ASSERT_EQ(parts.all().size(), 4U);
  EXPECT_EQ(parts.at("plain").central.flags & zip::kFlagUtf8, 0);
  EXPECT_NE(parts.at("gr\xC3\xBC\xC3\x9F").central.flags & zip::kFlagUtf8, 0);
  EXPECT_EQ(parts.at("latin-\xFC").central.flags & zip::kFlagUtf8, 0);
  EXPECT_EQ(made.warnings.size(), 1U) << "the name that does not fit";
}

TEST(ZipWrite, ModesAreInTheExternalAttributes) {
  auto file = listed("file", Bytes());
  file.entry.mode = 04751;
  auto read_only = listed("read-only", Bytes());
  read_only.entry.mode = 0444;
  auto folder = listed("folder", EntryType::kDirectory);
  folder.entry.mode = 01777;
  const BuiltZip made = make_zip(walk_of({file, read_only, folder}));
  const ZipParts parts(made.bytes);
  EXPECT_EQ(parts.at("file").central.external_attributes, 0104751U << 16U);
  EXPECT_EQ(parts.at("read-only").central.external_attributes, 0100444U << 16U | zip::kDosReadOnly);
  EXPECT_EQ(parts.at("folder/").central.external_attributes, 0041777U << 16U | zip::kDosDirectory);
}

TEST(ZipWrite, TimesAreKeptInTheFieldThatHoldsThem) {
  const auto at = [](std::string name, std::int64_t seconds, std::uint32_t nanoseconds) {
    ListedFile file = listed(std::move(name), Bytes());
    file.entry.modified = Entry::Time{.seconds = seconds, .nanoseconds = nanoseconds};
    return file;
  };
  const BuiltZip made =
      make_zip(walk_of({at("whole", 1'700'000'001, 0), at("fraction", 1'700'000'001, 123'456'789),
                        at("before 1970", -5, 0), at("behind 2038", 5'000'000'000, 0)}),
               reproducible());
  const ZipParts parts(made.bytes);
  const auto unix_seconds = [&](const char* name, bool central) {
    const Bytes field = parts.at(name).extra(zip::kExtraTime, central);
    return field.size() == 5 ? load_le<std::uint32_t>(ByteSpan(field).subspan(1)) : 0;
  };
  for (const bool central : {false, true}) {
    EXPECT_EQ(unix_seconds("whole", central), 1'700'000'001U);
    EXPECT_EQ(unix_seconds("fraction", central), 1'700'000'001U);
    EXPECT_EQ(unix_seconds("before 1970", central), 0xFFFFFFFBU);
    EXPECT_EQ(unix_seconds("behind 2038", central), 0U);
    const auto late =
        zip::load_ntfs(parts.at("behind 2038").extra(zip::kExtraNtfs, central)).value();
    EXPECT_EQ(zip::unix_time_of(late.modified).seconds, 5'000'000'000);
  }
  EXPECT_TRUE(parts.at("whole").extra(zip::kExtraNtfs, true).empty());
  const auto times = zip::load_ntfs(parts.at("fraction").extra(zip::kExtraNtfs, true)).value();
  EXPECT_EQ(zip::unix_time_of(times.modified).seconds, 1'700'000'001);
  EXPECT_EQ(zip::unix_time_of(times.modified).nanoseconds, 123'456'700U);
  EXPECT_TRUE(parts.at("fraction").extra(zip::kExtraNtfs, false).empty());
  // 2023-11-14 22:13:21 in UTC, since the archive is reproducible.
  EXPECT_EQ(
      parts.at("whole").central.modified,
      (zip::DosTime{.time = 22U << 11U | 13U << 5U | 10U, .date = 43U << 9U | 11U << 5U | 14U}));
}

TEST(ZipWrite, OwnersTakeAsFewBytesAsTheyNeed) {
  const auto owned = [](std::string name, std::uint32_t uid, std::uint32_t gid) {
    ListedFile file = listed(std::move(name), Bytes());
    file.entry.owner = Entry::Owner{.uid = uid, .gid = gid};
    return file;
  };
  const BuiltZip made =
      make_zip(walk_of({owned("narrow", 1000, 65'535), owned("wide", 70'000, 1)}));
  const ZipParts parts(made.bytes);
  for (const bool central : {false, true}) {
    EXPECT_EQ(parts.at("narrow").extra(zip::kExtraOwner, central),
              to_bytes(std::string_view("\x01\x02\xE8\x03\x02\xFF\xFF", 7)));
    EXPECT_EQ(parts.at("wide").extra(zip::kExtraOwner, central),
              to_bytes(std::string_view("\x01\x04\x70\x11\x01\x00\x04\x01\x00\x00\x00", 11)));
  }
}

TEST(ZipWrite, ReproducibleArchivesHoldNeitherOwnersNorLateTimes) {
  const auto by = [](std::uint32_t uid, std::int64_t time) {
    auto file = listed("file", text_bytes(100));
    file.entry.owner = Entry::Owner{.uid = uid, .gid = uid};
    file.entry.user = "somebody";
    file.entry.modified = Entry::Time{.seconds = time, .nanoseconds = 5'000};
    file.entry.accessed = Entry::Time{.seconds = time + uid, .nanoseconds = 0};
    return walk_of({file});
  };
  const ZipWriteOptions options = reproducible(1'000'000);
  const BuiltZip made = make_zip(by(1, 2'000'000), options);
  EXPECT_EQ(make_zip(by(2, 3'000'000), options).bytes, made.bytes);
  EXPECT_NE(make_zip(by(2, 999'999), options).bytes, made.bytes) << "earlier times are kept";
  const ZipParts parts(made.bytes);
  EXPECT_TRUE(parts.at("file").extra(zip::kExtraOwner, true).empty());
  EXPECT_EQ(
      load_le<std::uint32_t>(ByteSpan(parts.at("file").extra(zip::kExtraTime, true)).subspan(1)),
      1'000'000U);
}

TEST(ZipWrite, EveryMemberIsToldOfInOrderBeforeItIsWritten) {
  const BuiltZip made = make_zip(walk_of(mixed_files()));
  const ZipParts parts(made.bytes);
  ASSERT_EQ(made.told.size(), parts.all().size());
  for (std::size_t i = 0; i < made.told.size(); ++i) {
    const ZipPart& part = parts.all()[i];
    const bool folder = made.told[i].type == EntryType::kDirectory;
    EXPECT_EQ(made.told[i].path + (folder ? "/" : ""), part.name);
    EXPECT_EQ(made.told[i].method, zip::method_name(part.central.method));
    EXPECT_EQ(made.told[i].stored_size.has_value(), part.size <= kMiB) << part.name;
  }
}

TEST(ZipWrite, AFailingSinkEndsTheRun) {
  class FullSink final : public Sink {
   public:
    Status write(ByteSpan bytes) override {
      room_ -= std::min(room_, bytes.size());
      return room_ == 0 ? Status(Code::kIo, "no space left") : Status();
    }

   private:
    std::size_t room_ = 500'000;
  };
  FullSink sink;
  const auto job = make_zip_encode_job(walk_of(mixed_files()), sink, {});
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(run_job(**job, {}).code(), Code::kIo);
}

}  // namespace
}  // namespace kompakt::testing
