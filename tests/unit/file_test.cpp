#include "io/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "faulty_system.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::Call;
using testing::Fault;
using testing::FaultySystem;
using testing::open_descriptors;
using testing::random_bytes;
using testing::read_file;
using testing::TempFolder;
using testing::to_bytes;
using testing::write_file;

constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();

std::string text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<std::string> read_all(Source& source, std::size_t piece) {
  std::string all;
  Bytes buffer(piece);
  for (;;) {
    auto got = source.read(buffer);
    if (!got.ok()) {
      return got.status();
    }
    all += text(ByteSpan(buffer).first(*got));
    if (*got < piece) {
      return all;
    }
  }
}

Descriptor open_read(const System& system, const std::string& path) {
  return {system, system.open(AT_FDCWD, path.c_str(), O_RDONLY, 0)};
}

std::unique_ptr<Source> source_of(const System& system, const std::string& path) {
  auto source = make_descriptor_source(system, open_read(system, path), path);
  EXPECT_TRUE(source.ok()) << source.status().to_string();
  return source.ok() ? *std::move(source) : nullptr;
}

struct Pipe {
  explicit Pipe(int flags = 0) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | flags), 0);
    read = Descriptor(real_system(), ends[0]);
    write = Descriptor(real_system(), ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

// ---- sources ----

TEST(FileSource, ReadsInOrderAndAtAnyOffset) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  const auto source = source_of(real_system(), folder / "in");
  EXPECT_TRUE(source->random_access());
  EXPECT_EQ(source->size(), 10U);
  EXPECT_EQ(source->name(), folder / "in");
  Bytes out(4);
  EXPECT_EQ(*source->read_at(8, out), 2U);
  EXPECT_EQ(*source->read_at(10, out), 0U);
  EXPECT_EQ(*source->read_at(kMax64, out), 0U);
  EXPECT_EQ(*read_all(*source, 3), "0123456789");
}

TEST(FileSource, ShortReadsAreFilledUp) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  for (std::size_t piece = 1; piece <= 11; ++piece) {
    FaultySystem system;
    system.limit_pieces(piece);
    EXPECT_EQ(*read_all(*source_of(system, folder / "in"), 7), "0123456789") << piece;
  }
}

TEST(FileSource, InterruptedCallsAreRepeated) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  for (std::size_t nth = 1; nth <= 12; ++nth) {
    FaultySystem system({.call = Call::kPread, .nth = nth, .error = EINTR});
    system.limit_pieces(1);
    EXPECT_EQ(*read_all(*source_of(system, folder / "in"), 100), "0123456789") << nth;
  }
}

TEST(FileSource, EveryFailedReadIsReportedWithItsPlace) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  for (std::size_t nth = 1; nth <= 10; ++nth) {
    FaultySystem system({.call = Call::kPread, .nth = nth, .error = EIO});
    system.limit_pieces(1);
    const auto got = read_all(*source_of(system, folder / "in"), 100);
    ASSERT_EQ(got.status().code(), Code::kIo) << nth;
    EXPECT_EQ(got.status().file(), folder / "in");
    EXPECT_EQ(got.status().offset(), nth - 1);
  }
}

TEST(FileSource, FailureToExamineIsReportedAndLeaksNothing) {
  const TempFolder folder;
  write_file(folder / "in", "x");
  const std::size_t before = open_descriptors();
  const FaultySystem system({.call = Call::kFstat, .error = EIO});
  const auto source =
      make_descriptor_source(system, open_read(system, folder / "in"), folder / "in");
  EXPECT_EQ(source.status().code(), Code::kIo);
  EXPECT_EQ(open_descriptors(), before);
}

TEST(FileSource, FileThatShrinksWhileReadIsAnError) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  const auto source = source_of(real_system(), folder / "in");
  Bytes out(4);
  ASSERT_TRUE(source->read(out).ok());
  ASSERT_EQ(::truncate((folder / "in").c_str(), 6), 0);
  const auto got = source->read(out);
  EXPECT_EQ(got.status().code(), Code::kIo);
  EXPECT_EQ(got.status().offset(), 6U);
}

TEST(FileSource, OnlyTheSizeAtOpeningCounts) {
  const TempFolder folder;
  write_file(folder / "in", "01234");
  const auto source = source_of(real_system(), folder / "in");
  write_file(folder / "in", "0123456789");
  EXPECT_EQ(source->size(), 5U);
  EXPECT_EQ(*read_all(*source, 100), "01234");
  Bytes out(4);
  EXPECT_EQ(*source->read_at(3, out), 2U);
}

TEST(FileSource, BeginsWhereTheDescriptorStands) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  const Descriptor file = open_read(real_system(), folder / "in");
  ASSERT_EQ(::lseek(file.get(), 4, SEEK_SET), 4);
  auto source = descriptor_source(file.get(), "<stdin>");
  EXPECT_EQ((*source)->size(), 6U);
  Bytes out(2);
  EXPECT_EQ(*(*source)->read_at(1, out), 2U);
  EXPECT_EQ(text(out), "56");
  EXPECT_EQ(*read_all(**source, 100), "456789");

  ASSERT_EQ(::lseek(file.get(), 40, SEEK_SET), 40);
  source = descriptor_source(file.get(), "<stdin>");
  EXPECT_EQ((*source)->size(), 0U);
  EXPECT_EQ(*read_all(**source, 100), "");
}

TEST(FileSource, OwnedDescriptorIsClosedAndBorrowedOneIsNot) {
  const TempFolder folder;
  write_file(folder / "in", "x");
  const std::size_t before = open_descriptors();
  source_of(real_system(), folder / "in");
  EXPECT_EQ(open_descriptors(), before);
  const Descriptor file = open_read(real_system(), folder / "in");
  static_cast<void>(descriptor_source(file.get(), "in"));
  EXPECT_EQ(open_descriptors(), before + 1);
}

TEST(FileSource, ManyThreadsReadAtOnce) {
  const TempFolder folder;
  const Bytes content = random_bytes(1 << 18);
  write_file(folder / "in", text(content));
  const auto source = source_of(real_system(), folder / "in");
  std::vector<std::jthread> threads;
  for (std::size_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      Bytes out(1000);
      for (std::size_t at = first * 1000; at < content.size(); at += 4000) {
        const auto got = source->read_at(at, out);
        ASSERT_TRUE(got.ok());
        ASSERT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*got),
                               content.begin() + static_cast<std::ptrdiff_t>(at)));
      }
    });
  }
}

TEST(FileSource, DirectoriesAndMissingFilesAreErrorsWithAName) {
  const TempFolder folder;
  for (const std::string& path : {folder.path(), folder / "missing"}) {
    const auto source = open_file_source(path);
    ASSERT_FALSE(source.ok());
    EXPECT_EQ(source.status().code(), Code::kIo);
    EXPECT_EQ(source.status().file(), path);
  }
}

TEST(FileSource, InterruptedOpenIsRepeated) {
  const TempFolder folder;
  write_file(folder / "in", "x");
  const FaultySystem system({.call = Call::kOpen, .error = EINTR});
  const Descriptor file(system,
                        open_uninterrupted(system, AT_FDCWD, (folder / "in").c_str(), O_RDONLY));
  EXPECT_TRUE(file.valid());
  EXPECT_EQ(system.count(Call::kOpen), 2U);
}

TEST(FileSource, FilesWithoutASizeAreReadToTheirEnd) {
  auto source = open_file_source("/proc/self/maps");
  ASSERT_TRUE(source.ok()) << source.status().to_string();
  EXPECT_FALSE((*source)->random_access());
  EXPECT_GT(read_all(**source, 100)->size(), 100U);
}

TEST(FileSource, FifoIsReadInOrder) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  const std::jthread writer([&] { write_file(folder / "fifo", "0123456789"); });
  auto source = open_file_source(folder / "fifo");
  ASSERT_TRUE(source.ok());
  EXPECT_FALSE((*source)->random_access());
  EXPECT_EQ((*source)->size(), std::nullopt);
  EXPECT_EQ(*read_all(**source, 4), "0123456789");
}

TEST(PipeSource, TinyPiecesAreGathered) {
  Pipe pipe;
  const std::jthread writer([&] {
    for (const char c : std::string_view("0123456789")) {
      ASSERT_EQ(::write(pipe.write.get(), &c, 1), 1);
    }
    pipe.write.reset();
  });
  const auto source = descriptor_source(pipe.read.get(), "<stdin>");
  EXPECT_EQ(*read_all(**source, 7), "0123456789");
}

TEST(PipeSource, CannotBeReadAtAnOffset) {
  const Pipe pipe;
  const auto source = descriptor_source(pipe.read.get(), "<stdin>");
  Bytes out(1);
  EXPECT_FALSE((*source)->random_access());
  EXPECT_EQ((*source)->read_at(0, out).status().code(), Code::kUnsupported);
}

TEST(PipeSource, NonBlockingPipeIsWaitedFor) {
  Pipe pipe(O_NONBLOCK);
  const Bytes content = random_bytes(300'000);
  // The source gets to see an empty pipe at its first read: nothing is written before that.
  FaultySystem system;
  std::jthread writer;
  system.after_each_call([&](Call call, const std::string&) {
    if (call == Call::kRead && !writer.joinable()) {
      writer = std::jthread([&] {
        const auto sink = descriptor_sink(pipe.write.get(), "<pipe>");
        EXPECT_TRUE(sink->write(content).ok());
        pipe.write.reset();
      });
    }
  });
  const auto source = borrow_descriptor_source(system, pipe.read.get(), "<stdin>");
  EXPECT_EQ(*read_all(**source, 1000), text(content));
}

TEST(PipeSource, InterruptedAndRefusedReads) {
  for (std::size_t nth = 1; nth <= 11; ++nth) {
    for (const int error : {EINTR, EAGAIN, EIO}) {
      Pipe pipe;
      ASSERT_EQ(::write(pipe.write.get(), "0123456789", 10), 10);
      pipe.write.reset();
      FaultySystem system({.call = Call::kRead, .nth = nth, .error = error});
      system.limit_pieces(1);
      const auto source = borrow_descriptor_source(system, pipe.read.get(), "<stdin>");
      const auto got = read_all(**source, 100);
      if (error == EIO) {
        EXPECT_EQ(got.status().code(), Code::kIo);
        EXPECT_EQ(got.status().file(), "<stdin>");
      } else {
        ASSERT_TRUE(got.ok()) << got.status().to_string();
        EXPECT_EQ(*got, "0123456789");
      }
    }
  }
}

// A terminal goes on after its end was typed once; whoever asks again must not wait for a second.
TEST(PipeSource, EndStaysTheEnd) {
  const TempFolder folder;
  write_file(folder / "log", "");
  const auto source = source_of(real_system(), folder / "log");
  EXPECT_EQ(*read_all(*source, 100), "");
  write_file(folder / "log", "more");
  EXPECT_EQ(*read_all(*source, 100), "");
}

// ---- holes ----

constexpr off_t kUnit = 1 << 16;

// Data in units 1 and 3 of five: hole, data, hole, data, hole.
void write_sparse(const std::string& path) {
  const Descriptor file(real_system(),
                        ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string unit(kUnit, 'x');
  ASSERT_EQ(::pwrite(file.get(), unit.data(), unit.size(), 1 * kUnit), kUnit);
  ASSERT_EQ(::pwrite(file.get(), unit.data(), unit.size(), 3 * kUnit), kUnit);
  ASSERT_EQ(::ftruncate(file.get(), 5 * kUnit), 0);
}

bool has_holes(const std::string& path) {
  return testing::stat_of(path).st_blocks * 512 < testing::stat_of(path).st_size;
}

TEST(FileSource, ExtentsNameDataAndHoles) {
  const TempFolder folder;
  write_sparse(folder / "in");
  if (!has_holes(folder / "in")) {
    GTEST_SKIP() << "no holes on this file system";
  }
  const auto source = source_of(real_system(), folder / "in");
  for (std::uint64_t unit = 0; unit < 5; ++unit) {
    for (const std::uint64_t into : {0U, 4096U}) {
      const auto extent = source->extent_at(unit * kUnit + into);
      ASSERT_TRUE(extent.ok());
      EXPECT_EQ(extent->offset, unit * kUnit + into);
      EXPECT_EQ(extent->length, kUnit - into);
      EXPECT_EQ(extent->hole, unit % 2 == 0) << unit;
    }
  }
  EXPECT_EQ(source->extent_at(5 * kUnit)->length, 0U);
  EXPECT_EQ(source->extent_at(kMax64)->length, 0U);
}

TEST(FileSource, ExtentsCountFromWhereTheDescriptorStood) {
  const TempFolder folder;
  write_sparse(folder / "in");
  if (!has_holes(folder / "in")) {
    GTEST_SKIP() << "no holes on this file system";
  }
  const Descriptor file = open_read(real_system(), folder / "in");
  ASSERT_EQ(::lseek(file.get(), 2 * kUnit, SEEK_SET), 2 * kUnit);
  const auto source = descriptor_source(file.get(), "in");
  EXPECT_TRUE((*source)->extent_at(0)->hole);
  EXPECT_EQ((*source)->extent_at(0)->length, kUnit);
  EXPECT_FALSE((*source)->extent_at(kUnit)->hole);
}

// The cut-off part looks like a hole to lseek(): taking it for one would turn lost data to zeros.
TEST(FileSource, SparseFileThatShrinksIsAnErrorAndNotAHole) {
  const TempFolder folder;
  write_sparse(folder / "in");
  if (!has_holes(folder / "in")) {
    GTEST_SKIP() << "no holes on this file system";
  }
  const auto source = source_of(real_system(), folder / "in");
  ASSERT_EQ(::truncate((folder / "in").c_str(), 2 * kUnit), 0);
  EXPECT_TRUE(source->extent_at(0)->hole);
  EXPECT_EQ(source->extent_at(2 * kUnit).status().code(), Code::kIo);
  EXPECT_EQ(source->extent_at(3 * kUnit).status().code(), Code::kIo);
}

TEST(FileSource, SparseFileThatGrowsKeepsItsExtents) {
  const TempFolder folder;
  write_sparse(folder / "in");
  const auto source = source_of(real_system(), folder / "in");
  ASSERT_EQ(::truncate((folder / "in").c_str(), 50 * kUnit), 0);
  const auto last = source->extent_at(4 * kUnit);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->length, kUnit);
}

TEST(FileSource, WithoutKnowledgeOfHolesAllIsData) {
  const TempFolder folder;
  write_sparse(folder / "in");
  const FaultySystem system({.call = Call::kLseek, .nth = 2, .error = EINVAL, .for_ever = true});
  const auto source = source_of(system, folder / "in");
  const auto extent = source->extent_at(kUnit / 2);
  ASSERT_TRUE(extent.ok());
  EXPECT_FALSE(extent->hole);
  EXPECT_EQ(extent->length, 5 * kUnit - kUnit / 2);
}

TEST(FileSource, DenseFilesAreNotSearchedForHoles) {
  const TempFolder folder;
  write_file(folder / "in", std::string(kUnit, 'x'));
  const FaultySystem system;
  const auto source = source_of(system, folder / "in");
  const std::size_t before = system.count(Call::kLseek);
  EXPECT_EQ(source->extent_at(0)->length, kUnit);
  EXPECT_EQ(system.count(Call::kLseek), before);
}

// ---- check_unchanged ----

TEST(CheckUnchanged, TellsGrowthAndTouchFromNoChange) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  const Descriptor file = open_read(real_system(), folder / "in");
  const struct stat before = testing::stat_of(folder / "in");
  EXPECT_TRUE(check_unchanged(real_system(), file.get(), before).ok());

  const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{5, 1}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "in").c_str(), times.data(), 0), 0);
  EXPECT_EQ(check_unchanged(real_system(), file.get(), before).code(), Code::kIo);

  const struct stat touched = testing::stat_of(folder / "in");
  EXPECT_TRUE(check_unchanged(real_system(), file.get(), touched).ok());
  ASSERT_EQ(::truncate((folder / "in").c_str(), 11), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "in").c_str(), times.data(), 0), 0);
  EXPECT_EQ(check_unchanged(real_system(), file.get(), touched).code(), Code::kIo);

  const FaultySystem failing({.call = Call::kFstat});
  EXPECT_EQ(check_unchanged(failing, file.get(), before).code(), Code::kIo);
}

// ---- mapped sources ----

TEST(MappedSource, ReadsLikeTheFile) {
  const TempFolder folder;
  write_file(folder / "in", "0123456789");
  write_file(folder / "empty", "");
  EXPECT_EQ(*read_all(**open_mapped_source(folder / "in"), 3), "0123456789");
  EXPECT_EQ(*read_all(**open_mapped_source(folder / "empty"), 3), "");
  EXPECT_EQ((*open_mapped_source(folder / "in"))->name(), folder / "in");
}

TEST(MappedSource, RefusesWhatIsNoRegularFileWithoutWaiting) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const std::string& path : {folder / "fifo", folder.path(), folder / "missing"}) {
    EXPECT_EQ(open_mapped_source(path).status().code(), Code::kIo) << path;
  }
}

// ---- ordered sinks ----

TEST(OrderedSink, ShortAndInterruptedWritesAreFinished) {
  const TempFolder folder;
  for (std::size_t nth = 1; nth <= 10; ++nth) {
    for (const int error : {EINTR, EAGAIN}) {
      const Descriptor file(real_system(),
                            ::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
      FaultySystem system({.call = Call::kWrite, .nth = nth, .error = error});
      system.limit_pieces(1);
      const auto sink = make_descriptor_sink(system, file.get(), "out", SinkAccess::kOrdered);
      ASSERT_TRUE(sink->write(to_bytes("01234")).ok());
      ASSERT_TRUE(sink->write(to_bytes("56789")).ok());
      EXPECT_EQ(read_file(folder / "out"), "0123456789");
    }
  }
}

TEST(OrderedSink, EveryFailedWriteIsReportedWithItsPlace) {
  const TempFolder folder;
  for (const int error : {ENOSPC, EIO, EDQUOT, EFBIG, EPIPE}) {
    for (std::size_t nth = 1; nth <= 5; ++nth) {
      const Descriptor file(real_system(),
                            ::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
      FaultySystem system({.call = Call::kWrite, .nth = nth, .error = error});
      system.limit_pieces(1);
      const auto sink = make_descriptor_sink(system, file.get(), "out", SinkAccess::kOrdered);
      const Status status = sink->write(to_bytes("01234"));
      ASSERT_EQ(status.code(), Code::kIo);
      EXPECT_EQ(status.file(), "out");
      EXPECT_EQ(status.offset(), nth - 1);
    }
  }
}

TEST(OrderedSink, FullDeviceIsAnError) {
  const Descriptor full(real_system(), ::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full.valid()) {
    GTEST_SKIP() << "no /dev/full here";
  }
  const Status status = descriptor_sink(full.get(), "/dev/full")->write(to_bytes("x"));
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_NE(status.message().find("No space left"), std::string_view::npos) << status.to_string();
}

// A write that moves nothing and names no reason must not be tried for ever.
TEST(OrderedSink, WriteOfNothingIsAnErrorAndNoLoop) {
  const TempFolder folder;
  const Descriptor file(real_system(),
                        ::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  FaultySystem system;
  system.limit_pieces(0);
  for (const auto access : {SinkAccess::kOrdered, SinkAccess::kPositional}) {
    const auto sink = make_descriptor_sink(system, file.get(), "out", access);
    EXPECT_EQ(sink->write(to_bytes("x")).code(), Code::kIo);
    EXPECT_TRUE(sink->write({}).ok());
  }
}

TEST(OrderedSink, ReaderThatWentAwayIsAnError) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.read.reset();
  EXPECT_EQ(descriptor_sink(pipe.write.get(), "<stdout>")->write(to_bytes("x")).code(), Code::kIo);
  std::signal(SIGPIPE, before);
}

TEST(OrderedSink, WritesZerosAndKnowsNoOffsets) {
  Pipe pipe;
  const auto sink = descriptor_sink(pipe.write.get(), "<stdout>");
  EXPECT_FALSE(sink->positional());
  EXPECT_EQ(sink->write_at(0, to_bytes("x")).code(), Code::kUnsupported);
  ASSERT_TRUE(sink->write_zeros(3).ok());
  ASSERT_TRUE(sink->finish(3).ok());
  pipe.write.reset();
  EXPECT_EQ(*read_all(**descriptor_source(pipe.read.get(), "<stdin>"), 10), std::string(3, '\0'));
}

// ---- positional sinks ----

class PositionalSink : public ::testing::Test {
 protected:
  std::unique_ptr<Sink> sink(const System& system) {
    file_ = Descriptor(real_system(), ::open((folder_ / "out").c_str(),
                                             O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    return make_descriptor_sink(system, file_.get(), "out", SinkAccess::kPositional);
  }
  std::string content() { return read_file(folder_ / "out"); }

  TempFolder folder_;
  Descriptor file_;
};

TEST_F(PositionalSink, TakesPiecesInAnyOrder) {
  const auto out = sink(real_system());
  ASSERT_TRUE(out->write_at(5, to_bytes("56789")).ok());
  ASSERT_TRUE(out->write_at(0, to_bytes("01234")).ok());
  ASSERT_TRUE(out->finish(10).ok());
  EXPECT_EQ(content(), "0123456789");
}

TEST_F(PositionalSink, ZerosStayHoles) {
  const auto out = sink(real_system());
  ASSERT_TRUE(out->write(to_bytes("a")).ok());
  ASSERT_TRUE(out->write_zeros(std::size_t{2} << 20U).ok());
  ASSERT_TRUE(out->write(to_bytes("b")).ok());
  ASSERT_TRUE(out->write_zeros(std::size_t{2} << 20U).ok());
  const std::size_t size = (std::size_t{4} << 20U) + 2;
  ASSERT_TRUE(out->finish(size).ok());
  const struct stat status = testing::stat_of(folder_ / "out");
  EXPECT_EQ(status.st_size, static_cast<off_t>(size));
  std::string expected(size, '\0');
  expected.front() = 'a';
  expected[(std::size_t{2} << 20U) + 1] = 'b';
  EXPECT_TRUE(content() == expected);
  if (!has_holes(folder_ / "out")) {
    GTEST_SKIP() << "no holes on this file system";
  }
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST_F(PositionalSink, ShortAndInterruptedWritesAreFinished) {
  for (std::size_t nth = 1; nth <= 10; ++nth) {
    FaultySystem system({.call = Call::kPwrite, .nth = nth, .error = EINTR});
    system.inject({.call = Call::kFtruncate, .nth = 1, .error = EINTR});
    system.limit_pieces(1);
    const auto out = sink(system);
    ASSERT_TRUE(out->write(to_bytes("01234")).ok());
    ASSERT_TRUE(out->write(to_bytes("56789")).ok());
    ASSERT_TRUE(out->finish(10).ok());
    EXPECT_EQ(content(), "0123456789");
  }
}

TEST_F(PositionalSink, EveryFailedCallIsReportedWithItsPlace) {
  for (const int error : {ENOSPC, EIO, EDQUOT, EFBIG}) {
    for (std::size_t nth = 1; nth <= 5; ++nth) {
      FaultySystem system({.call = Call::kPwrite, .nth = nth, .error = error});
      system.limit_pieces(1);
      const Status status = sink(system)->write_at(100, to_bytes("01234"));
      ASSERT_EQ(status.code(), Code::kIo);
      EXPECT_EQ(status.offset(), 100 + nth - 1);
    }
    const FaultySystem system({.call = Call::kFtruncate, .error = error});
    EXPECT_EQ(sink(system)->finish(10).code(), Code::kIo);
  }
}

TEST_F(PositionalSink, SizesBeyondAnyFileAreRefusedAndDoNotWrapAround) {
  const auto out = sink(real_system());
  ASSERT_TRUE(out->write(to_bytes("start")).ok());
  EXPECT_EQ(out->write_zeros(kMax64 - 4).code(), Code::kIo);
  EXPECT_EQ(out->write_zeros(kMax64 / 2).code(), Code::kIo);
  EXPECT_EQ(out->write_at(kMax64, to_bytes("x")).code(), Code::kIo);
  EXPECT_EQ(out->finish(kMax64).code(), Code::kIo);
  ASSERT_TRUE(out->write(to_bytes("end")).ok());
  EXPECT_EQ(content(), "startend");
}

TEST_F(PositionalSink, ManyThreadsWriteAtOnce) {
  const Bytes bytes = random_bytes(1 << 18);
  const auto out = sink(real_system());
  {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < 4; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t at = first * 4096; at < bytes.size(); at += 4 * 4096) {
          ASSERT_TRUE(out->write_at(at, ByteSpan(bytes).subspan(at, 4096)).ok());
        }
      });
    }
  }
  ASSERT_TRUE(out->finish(bytes.size()).ok());
  EXPECT_TRUE(content() == text(bytes));
}

}  // namespace
}  // namespace kompakt
