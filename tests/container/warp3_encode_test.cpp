// What the writer does with holes, failing ends and the plain parts of the format.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>

#include "container/warp3_support.hpp"
#include "container/warp_encode.hpp"
#include "pipeline/run.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing::warp3 {
namespace {

using kompakt::warp3::kFlagHole;
using kompakt::warp3::RecordType;

struct Run {
  std::uint64_t offset;
  std::uint64_t size;
  bool hole;
};

/// Content in memory with holes where the test says.
class SparseSource final : public Source {
 public:
  SparseSource(Bytes content, std::vector<Extent> extents)
      : content_(std::move(content)),
        inner_(memory_source(content_)),
        extents_(std::move(extents)) {}
  Result<std::size_t> read(MutableByteSpan out) override { return inner_->read(out); }
  std::optional<std::uint64_t> size() const override { return content_.size(); }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return inner_->read_at(offset, out);
  }
  Result<Extent> extent_at(std::uint64_t offset) const override {
    for (const Extent& extent : extents_) {
      if (offset >= extent.offset && offset < extent.offset + extent.length) {
        return Extent{offset, extent.offset + extent.length - offset, extent.hole};
      }
    }
    return Extent{offset, content_.size() - offset, false};
  }

 private:
  Bytes content_;
  std::unique_ptr<Source> inner_;
  std::vector<Extent> extents_;
};

Bytes pack_source(Source& source, const CompressOptions& options = small_blocks()) {
  Bytes file;
  const auto sink = memory_sink(file);
  const auto result = compress(source, *sink, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return file;
}

std::vector<Run> holes_of(const Bytes& file) {
  std::vector<Run> holes;
  for (const auto& record : records_of(file)) {
    if (record.header.type == RecordType::kBlock && (record.header.flags & kFlagHole) != 0) {
      holes.push_back({record.header.raw_offset, record.header.raw_size, true});
    }
  }
  return holes;
}

constexpr std::uint64_t kHole = 65536;

TEST(Warp3Holes, LongHolesAreKeptShortOnesAreZeros) {
  Bytes content = random_bytes(400'000);
  const auto zero = [&content](std::uint64_t offset, std::uint64_t length) {
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(offset), length, std::byte{0});
    return Extent{offset, length, true};
  };
  const std::vector<Extent> extents = {{0, 10'000, false},       zero(10'000, kHole - 1),
                                       {75'535, 4'465, false},   zero(80'000, kHole),
                                       {145'536, 54'464, false}, zero(200'000, 200'000)};
  SparseSource source(content, extents);
  const Bytes file = pack_source(source);
  const auto holes = holes_of(file);
  ASSERT_EQ(holes.size(), 2U);
  EXPECT_EQ(holes[0].offset, 80'000U);
  EXPECT_EQ(holes[0].size, kHole);
  EXPECT_EQ(holes[1].offset, 200'000U);
  EXPECT_EQ(holes[1].size, 200'000U);
  for (const Ends& ends : kAllEnds) {
    const auto out = unpack(file, ends);
    ASSERT_TRUE(out.status.ok()) << out.status.to_string();
    EXPECT_EQ(out.content, content) << ends;
  }
  EXPECT_EQ(unpack_range(file, 79'000, 70'000).content, slice(content, 79'000, 70'000));
  for (const unsigned threads : {2U, 8U}) {
    auto options = small_blocks();
    options.run.threads = threads;
    EXPECT_EQ(pack_source(source, options), file);
  }
}

TEST(Warp3Holes, AFileThatIsOneHoleIsOneBlockWithoutPayload) {
  const Bytes content(1'000'000);
  SparseSource source(content, {{0, content.size(), true}});
  const Bytes file = pack_source(source);
  EXPECT_LT(file.size(), 250U);
  ASSERT_EQ(holes_of(file).size(), 1U);
  EXPECT_EQ(unpack(file).content, content);
  EXPECT_EQ(unpack(file, {.pipe_in = true, .pipe_out = true, .threads = 1}).content, content);
}

TEST(Warp3Holes, ExtentsThatReachBeyondTheEndOrAreEmptyDoNoHarm) {
  const Bytes content(100'000);
  SparseSource beyond(content, {{0, UINT64_MAX, true}});
  EXPECT_EQ(unpack(pack_source(beyond)).content, content);
  const Bytes data = random_bytes(5000);
  SparseSource empty(data, {{0, 0, true}, {0, UINT64_MAX, false}});
  EXPECT_EQ(unpack(pack_source(empty)).content, data);
}

TEST(Warp3Holes, StayHolesFromFileToFile) {
  const TempFolder folder;
  const std::string path = folder / "sparse";
  constexpr off_t kSize = off_t{64} << 20U;
  {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::ftruncate(fd, kSize), 0);
    ASSERT_EQ(::pwrite(fd, "middle", 6, kSize / 2), 6);
    ::close(fd);
  }
  if (stat_of(path).st_blocks * 512 > kSize / 2) {
    GTEST_SKIP() << "no holes on this file system";
  }
  auto source = open_file_source(path);
  ASSERT_TRUE(source.ok());
  const auto begin_extent = (*source)->extent_at(0);
  if (!begin_extent.ok() || !begin_extent->hole) {
    GTEST_SKIP() << "this file system does not tell of holes";
  }
  const Bytes file = pack_source(**source);
  EXPECT_LT(file.size(), 4000U);
  EXPECT_EQ(holes_of(file).size(), 2U);
}

/// A source whose file is cut to `left` bytes once reading has begun.
class ShrinkingSource final : public Source {
 public:
  ShrinkingSource(std::uint64_t size, std::uint64_t left) : size_(size), left_(left) {}
  Result<std::size_t> read(MutableByteSpan /*out*/) override {
    return Status(Code::kInternal, "not used");
  }
  std::optional<std::uint64_t> size() const override { return size_; }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    const std::uint64_t left = offset < left_ ? left_ - offset : 0;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()));
    std::fill_n(out.begin(), count, std::byte{'s'});
    return count;
  }

 private:
  std::uint64_t size_;
  std::uint64_t left_;
};

TEST(Warp3EncodeFailure, ASourceThatShrinksFails) {
  for (const unsigned threads : {1U, 3U}) {
    for (const std::uint64_t left : {0U, 5000U, 8192U, 39'999U}) {
      ShrinkingSource source(40'000, left);
      Bytes file;
      const auto sink = memory_sink(file);
      auto options = small_blocks();
      options.run.threads = threads;
      const Status status = compress(source, *sink, options).status();
      EXPECT_EQ(status.code(), Code::kIo);
      EXPECT_EQ(status.offset(), left / 4096 * 4096);
    }
  }
}

/// Fails at the `nth` write, or at finish().
class FailingSink final : public Sink {
 public:
  explicit FailingSink(std::size_t nth) : left_(nth) {}
  Status write(ByteSpan /*bytes*/) override { return step(); }
  Status finish(std::uint64_t /*total*/) override { return step(); }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool used_after_failure() const { return used_after_failure_; }

 private:
  Status step() {
    used_after_failure_ = used_after_failure_ || failed_;
    failed_ = failed_ || left_-- == 0;
    return failed_ ? Status(Code::kIo, "disk full") : Status();
  }
  std::size_t left_;
  bool failed_ = false;
  bool used_after_failure_ = false;
};

TEST(Warp3EncodeFailure, AFailureAtAnyWriteIsTheResultAndTheLastCall) {
  const Bytes content = random_bytes(6 * 4096);
  auto options = small_blocks();
  options.metadata = named("n");
  for (const unsigned threads : {1U, 3U}) {
    options.run.threads = threads;
    std::size_t failures = 0;
    for (bool done = false; !done; ++failures) {
      FailingSink sink(failures);
      const auto source = memory_source(content);
      const auto result = compress(*source, sink, options);
      done = !sink.failed();
      EXPECT_EQ(result.status().code(), done ? Code::kOk : Code::kIo);
      EXPECT_FALSE(sink.used_after_failure());
    }
    EXPECT_GT(failures, 15U);
  }
}

TEST(Warp3DecodeFailure, AFailureAtAnyWriteIsTheResultAndTheLastCall) {
  const Bytes file = pack(joined({random_bytes(3 * 4096), Bytes(4096), text_bytes(5000)}));
  for (const unsigned threads : {1U, 3U}) {
    for (std::size_t nth = 0; nth < 6; ++nth) {
      FailingSink sink(nth);
      const auto source = memory_source(file);
      DecompressOptions options;
      options.run.threads = threads;
      options.keep_going = true;  // a full disk is no damage of the data
      EXPECT_EQ(decompress(*source, sink, options).status().code(), Code::kIo);
      EXPECT_FALSE(sink.used_after_failure());
    }
  }
}

/// An encoder with a mind of its own, under LZ4's number.
class MoodyCodec final : public Codec {
 public:
  enum class Mood { kThrows, kRunsOutOfMemory, kFails, kCannotBeMade };
  explicit MoodyCodec(Mood mood) : mood_(mood) {}
  const CodecInfo& info() const noexcept override { return find_codec(CodecId::kLz4)->info(); }
  std::size_t max_encoded_size(std::size_t n) const override { return n; }
  CodecMemory memory(const CodecOptions& /*options*/, std::size_t /*size*/) const override {
    return {};
  }
  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& /*options*/) const override {
    if (mood_ == Mood::kCannotBeMade) {
      return Status(Code::kMissingResource, "no model");
    }
    return std::unique_ptr<Encoder>(std::make_unique<MoodyEncoder>(mood_));
  }
  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan /*parameters*/,
                                                const Limits& /*limits*/) const override {
    return Status(Code::kInternal, "not used");
  }

 private:
  class MoodyEncoder final : public Encoder {
   public:
    explicit MoodyEncoder(Mood mood) : mood_(mood) {}
    Result<std::optional<std::size_t>> encode(ByteSpan /*in*/, MutableByteSpan /*out*/) override {
      if (++blocks_ < 2) {
        return std::optional<std::size_t>();
      }
      if (mood_ == Mood::kThrows) {
        throw std::runtime_error("moody");
      }
      if (mood_ == Mood::kRunsOutOfMemory) {
        throw std::bad_alloc();
      }
      return Status(Code::kInternal, "encoder failed");
    }

   private:
    Mood mood_;
    int blocks_ = 0;
  };
  Mood mood_;
};

TEST(Warp3EncodeFailure, AnEncoderThatThrowsOrFailsFailsTheRun) {
  using Mood = MoodyCodec::Mood;
  const std::pair<Mood, Code> cases[] = {{Mood::kThrows, Code::kInternal},
                                         {Mood::kRunsOutOfMemory, Code::kLimitExceeded},
                                         {Mood::kFails, Code::kInternal},
                                         {Mood::kCannotBeMade, Code::kMissingResource}};
  for (const auto& [mood, code] : cases) {
    const MoodyCodec moody(mood);
    for (const unsigned threads : {1U, 3U}) {
      auto options = small_blocks();
      options.codec = CodecSpec{&moody, CodecOptions(moody.info().options)};
      options.run.threads = threads;
      Bytes file;
      const Bytes content = text_bytes(100'000);
      const auto source = memory_source(content);
      const auto sink = memory_sink(file);
      EXPECT_EQ(compress(*source, *sink, options).status().code(), code);
    }
  }
}

TEST(Warp3EncodeFailure, CancelStopsBothWays) {
  const Bytes content = random_bytes(50 * 4096);
  const Bytes file = pack(content);
  for (const unsigned threads : {1U, 3U}) {
    CancelToken cancel;
    auto options = small_blocks();
    options.run.threads = threads;
    options.run.cancel = &cancel;
    options.run.on_progress = [&cancel](const Progress& progress) {
      if (progress.bytes_in > 10 * 4096) {
        cancel.cancel();
      }
    };
    Bytes out;
    const auto sink = memory_sink(out);
    const auto source = memory_source(content);
    EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kCancelled);
    EXPECT_LT(out.size(), file.size() / 2);
    DecompressOptions decode;
    decode.run = options.run;
    const auto packed = memory_source(file);
    EXPECT_EQ(decompress(*packed, *null_sink(), decode).status().code(), Code::kCancelled);
  }
}

TEST(Warp3EncodeFailure, MemoryLimitMeansFewerThreadsOrARefusal) {
  const Bytes content = random_bytes(100'000);
  auto options = small_blocks();
  options.codec = codec("store");
  options.block_size = 65536;
  options.run.threads = 8;
  options.run.max_memory = 600 * kKiB;
  Bytes file;
  const auto source = memory_source(content);
  const auto sink = memory_sink(file);
  const auto result = compress(*source, *sink, options);
  ASSERT_TRUE(result.ok()) << result.status().to_string();
  EXPECT_LT(result->threads, 8U);
  EXPECT_EQ(unpack(file).content, content);
  options.run.max_memory = 100 * kKiB;
  EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kLimitExceeded);
}

}  // namespace
}  // namespace kompakt::testing::warp3
