// One file to one file, and outputs that appear whole or not at all.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "kompakt/kompakt.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

std::string as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

FileOptions quick(Format format) {
  FileOptions options;
  options.compress.format = format;
  options.sync = false;
  if (format_info(format).min_level != format_info(format).max_level) {
    options.compress.level = format == Format::kBrotli ? 4 : 1;
  }
  return options;
}

TEST(FileCalls, EveryFormatGivesTheFileBackUnderItsOwnNames) {
  const std::string content = as_text(text_bytes(400'000));
  for (const FormatInfo& format : all_formats()) {
    const TempFolder folder(On::kMemory);
    write_file(folder / "data.json", content);
    const auto packed = compress_file(folder / "data.json", {}, quick(format.id));
    ASSERT_TRUE(packed.ok()) << format.name << packed.status().to_string();
    EXPECT_EQ(packed->output, (folder / "data.json") + std::string(format.suffix));
    EXPECT_EQ(packed->bytes_in, content.size());
    EXPECT_EQ(packed->bytes_out, read_file(packed->output).size());
    ASSERT_EQ(::unlink((folder / "data.json").c_str()), 0);
    const auto back = decompress_file(packed->output, {}, quick(format.id));
    ASSERT_TRUE(back.ok()) << format.name << back.status().to_string();
    EXPECT_EQ(back->output, folder / "data.json");
    EXPECT_EQ(read_file(back->output), content) << format.name;
    EXPECT_EQ(folder.names().size(), 2U);
  }
}

TEST(FileCalls, EmptyFilesAreFiles) {
  for (const FormatInfo& format : all_formats()) {
    const TempFolder folder(On::kMemory);
    write_file(folder / "nothing", "");
    const auto packed = compress_file(folder / "nothing", folder / "packed", quick(format.id));
    ASSERT_TRUE(packed.ok()) << format.name << packed.status().to_string();
    FileOptions options = quick(format.id);
    options.decompress.format = format.id;
    const auto back = decompress_file(folder / "packed", folder / "back", options);
    ASSERT_TRUE(back.ok()) << format.name << back.status().to_string();
    EXPECT_EQ(stat_of(folder / "back").st_size, 0);
  }
}

TEST(FileCalls, SuffixesOfCompressedTarsBecomeTar) {
  const TempFolder folder;
  write_file(folder / "x.tar", "not really a tar, and nobody looks");
  ASSERT_TRUE(compress_file(folder / "x.tar", folder / "y.tgz", quick(Format::kGzip)).ok());
  const auto back = decompress_file(folder / "y.tgz");
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(back->output, folder / "y.tar");
}

TEST(FileCalls, ANameWithoutASuffixNeedsAnOutput) {
  const TempFolder folder;
  write_file(folder / "plain", "text");
  const Status status = decompress_file(folder / "plain").status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.to_string(),
            (folder / "plain") + ": has no known suffix: say what the output is to be called");
}

TEST(FileCalls, ExistingOutputsStayUnlessTheyMayBeReplaced) {
  const TempFolder folder;
  write_file(folder / "a", "content");
  write_file(folder / "a.gz", "precious");
  FileOptions options = quick(Format::kGzip);
  EXPECT_EQ(compress_file(folder / "a", {}, options).status().code(), Code::kAlreadyExists);
  EXPECT_EQ(read_file(folder / "a.gz"), "precious");
  options.overwrite = true;
  ASSERT_TRUE(compress_file(folder / "a", {}, options).ok());
  EXPECT_NE(read_file(folder / "a.gz"), "precious");
  EXPECT_EQ(decompress_file(folder / "a.gz").status().code(), Code::kAlreadyExists);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "a.gz"}));
}

TEST(FileCalls, AFailureLeavesWhatWasThereBefore) {
  const TempFolder folder;
  write_file(folder / "a", as_text(text_bytes(100'000)));
  ASSERT_TRUE(compress_file(folder / "a", {}, quick(Format::kGzip)).ok());
  std::string packed = read_file(folder / "a.gz");
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 4);
  write_file(folder / "bad.gz", packed);
  write_file(folder / "bad", "older");
  FileOptions options = quick(Format::kGzip);
  options.overwrite = true;
  const Status status = decompress_file(folder / "bad.gz", {}, options).status();
  EXPECT_TRUE(is_damage(status)) << status.to_string();
  EXPECT_EQ(status.file(), folder / "bad.gz");
  EXPECT_EQ(read_file(folder / "bad"), "older");
  write_file(folder / "plain.gz", "this is not gzip");
  EXPECT_EQ(decompress_file(folder / "plain.gz").status().code(), Code::kUnsupported);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "a.gz", "bad", "bad.gz", "plain.gz"}));
}

TEST(FileCalls, WhatCannotBeReadOrWrittenIsToldByName) {
  const TempFolder folder;
  const Status missing = compress_file(folder / "missing").status();
  EXPECT_EQ(missing.code(), Code::kIo);
  EXPECT_EQ(missing.file(), folder / "missing");
  const Status directory = compress_file(folder.path()).status();
  EXPECT_EQ(directory.code(), Code::kIo);
  EXPECT_EQ(directory.message(), "is a directory");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(compress_file(folder / "pipe").status().code(), Code::kUnsupported);
  write_file(folder / "a", "content");
  EXPECT_EQ(compress_file(folder / "a", folder / "no/such/folder").status().code(), Code::kIo);
  FileOptions options;
  options.compress.level = 99;
  EXPECT_EQ(compress_file(folder / "a", {}, options).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "pipe"}));
}

TEST(FileCalls, AFolderThatMayNotBeWrittenIsAnIoFailure) {
  const TempFolder folder;
  write_file(folder / "a", "content");
  // Not even root makes files there.
  EXPECT_EQ(compress_file(folder / "a", "/proc/kompakt-test.warp").status().code(), Code::kIo);
  if (::geteuid() != 0) {
    ASSERT_EQ(::chmod(folder.path().c_str(), 0500), 0);
    const auto status = compress_file(folder / "a").status();
    ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
    EXPECT_EQ(status.code(), Code::kIo);
  }
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a"}));
}

TEST(FileCalls, SymlinksAreFollowedToTheirFiles) {
  const TempFolder folder;
  write_file(folder / "real", "content");
  ASSERT_EQ(::symlink("real", (folder / "link").c_str()), 0);
  ASSERT_TRUE(compress_file(folder / "link", {}, quick(Format::kXz)).ok());
  ASSERT_TRUE(decompress_file(folder / "link.xz", folder / "back").ok());
  EXPECT_EQ(read_file(folder / "back"), "content");
}

TEST(FileCalls, MetadataIsKeptAndStored) {
  const TempFolder folder;
  write_file(folder / "a", "content");
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0640), 0);
  const timespec times[2] = {{1'000'000'000, 0}, {1'234'567'890, 123'000'000}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "a").c_str(), times, 0), 0);
  ASSERT_TRUE(compress_file(folder / "a", folder / "x.warp").ok());
  EXPECT_EQ(stat_of(folder / "x.warp").st_mode & 07777U, 0640U);
  EXPECT_EQ(stat_of(folder / "x.warp").st_mtim.tv_sec, 1'234'567'890);
  // What is stored comes back even after the compressed file lost it.
  ASSERT_EQ(::chmod((folder / "x.warp").c_str(), 0600), 0);
  ASSERT_TRUE(decompress_file(folder / "x.warp").ok());
  EXPECT_EQ(stat_of(folder / "x").st_mode & 07777U, 0640U);
  EXPECT_EQ(stat_of(folder / "x").st_mtim.tv_nsec, 123'000'000);
}

TEST(FileCalls, TheSourceGoesOnlyOnceItsOutputIsProven) {
  const TempFolder folder;
  write_file(folder / "a", as_text(text_bytes(50'000)));
  FileOptions options = quick(Format::kZstd);
  options.remove_source = true;
  const auto packed = compress_file(folder / "a", {}, options);
  ASSERT_TRUE(packed.ok()) << packed.status().to_string();
  EXPECT_TRUE(packed->removed);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.zst"}));
  ASSERT_EQ(::link((folder / "a.zst").c_str(), (folder / "other").c_str()), 0);
  EXPECT_EQ(decompress_file(folder / "a.zst", {}, options).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.zst", "other"}));
}

TEST(FileCalls, MaxOutputHoldsForFiles) {
  const TempFolder folder;
  write_file(folder / "a", std::string(100'000, 'z'));
  ASSERT_TRUE(compress_file(folder / "a", {}, quick(Format::kBzip2)).ok());
  FileOptions options;
  options.decompress.max_output = 99'999;
  EXPECT_EQ(decompress_file(folder / "a.bz2", folder / "b", options).status().code(),
            Code::kLimitExceeded);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "a.bz2"}));
}

TEST(FileCalls, CancellingFromAnotherThreadLeavesNothing) {
  const TempFolder folder(On::kMemory);
  write_file(folder / "a", as_text(text_bytes(kSanitized ? 4'000'000 : 16'000'000)));
  CancelToken token;
  std::atomic<bool> begun{false};
  FileOptions options;
  options.compress.format = Format::kBzip2;
  options.run.cancel = &token;
  options.run.on_progress = [&](const Progress&) {
    begun = true;
    begun.notify_all();
  };
  std::thread canceller([&] {
    begun.wait(false);
    token.cancel();
  });
  const auto packed = compress_file(folder / "a", {}, options);
  begun = true;  // whatever became of the call
  begun.notify_all();
  canceller.join();
  EXPECT_EQ(packed.status().code(), Code::kCancelled);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a"}));
}

TEST(OutputFile, AppearsAtCommitAndNotBefore) {
  const TempFolder folder;
  {
    auto file = OutputFile::create(folder / "out", {});
    ASSERT_TRUE(file.ok()) << file.status().to_string();
    ASSERT_TRUE((*file)->sink().write_at(3, to_bytes("def")).ok());
    ASSERT_TRUE((*file)->sink().write_at(0, to_bytes("abc")).ok());
    ASSERT_TRUE((*file)->sink().finish(6).ok());
    EXPECT_TRUE(folder.names().empty());
    ASSERT_TRUE((*file)->commit().ok());
    EXPECT_EQ((*file)->commit().code(), Code::kInternal);
  }
  EXPECT_EQ(read_file(folder / "out"), "abcdef");
}

TEST(OutputFile, WithoutCommitNothingRemains) {
  const TempFolder folder;
  {
    auto file = OutputFile::create(folder / "out", {.overwrite = false, .sync = false});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->sink().write(to_bytes("half")).ok());
  }
  EXPECT_TRUE(folder.names().empty());
}

TEST(OutputFile, WhatIsInTheWayIsTold) {
  const TempFolder folder;
  write_file(folder / "out", "old");
  EXPECT_EQ(OutputFile::create(folder / "out", {}).status().code(), Code::kAlreadyExists);
  EXPECT_EQ(OutputFile::create(folder.path(), {.overwrite = true}).status().code(), Code::kIo);
  EXPECT_EQ(OutputFile::create("", {}).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace kompakt::testing
