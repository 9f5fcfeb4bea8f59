// Content read like a file: in order, from any place, from files and pipes, to the end and not.
#include "kompakt/reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "kompakt/archive.hpp"
#include "reader_support.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kSize = kSanitized ? 400'000 : 1'200'000;

const Bytes& content() {
  static const Bytes kContent = text_bytes(kSize);
  return kContent;
}

std::unique_ptr<Reader> open_reader(Source& source, Format format,
                                    std::optional<SeekIndex> index = std::nullopt) {
  ReaderOptions options;
  options.decompress = reading_options(format);
  options.index = std::move(index);
  auto reader = Reader::open(source, std::move(options));
  EXPECT_TRUE(reader.ok()) << reader.status().to_string();
  return reader.ok() ? std::move(*reader) : nullptr;
}

/// All that comes, in reads of `piece` bytes.
Bytes read_all(Reader& reader, std::size_t piece) {
  Bytes all;
  Bytes room(piece);
  for (;;) {
    const auto got = reader.read(room);
    EXPECT_TRUE(got.ok()) << got.status().to_string();
    if (!got.ok()) {
      return all;
    }
    all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got));
    if (*got < piece) {
      return all;
    }
  }
}

class EveryReader : public ::testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(Reader, EveryReader,
                         ::testing::Values(Format::kWarp, Format::kGzip, Format::kZlib,
                                           Format::kZstd, Format::kLz4, Format::kXz, Format::kBzip2,
                                           Format::kBrotli, Format::kSnappy),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(EveryReader, GivesWhatDecompressGivesInReadsOfAnySize) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  for (const std::size_t piece :
       {std::size_t{11}, std::size_t{777}, std::size_t{300'000}, 2 * kSize}) {
    if (piece == 11 && GetParam() != Format::kWarp) {
      continue;
    }
    for (const bool piped : {false, true}) {
      const auto file = memory_source(data);
      OrderedSource pipe(data);
      const auto reader = open_reader(piped ? static_cast<Source&>(pipe) : *file, GetParam());
      ASSERT_TRUE(reader);
      EXPECT_EQ(reader->format(), GetParam());
      EXPECT_EQ(reader->result(), nullptr);
      EXPECT_TRUE(read_all(*reader, piece) == content());
      ASSERT_NE(reader->result(), nullptr);
      EXPECT_EQ(reader->result()->bytes_in, data.size());
      EXPECT_EQ(reader->result()->bytes_out, content().size());
      EXPECT_EQ(reader->position(), content().size());
      EXPECT_EQ(reader->size(), content().size());
      Bytes more(1);
      EXPECT_EQ(reader->read(more).value(), 0U);
    }
  }
}

TEST_P(EveryReader, SomeBytesComeWithoutTheRoomBeingFull) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  OrderedSource pipe(data);
  const auto reader = open_reader(pipe, GetParam());
  Bytes all;
  Bytes room(kSize);
  for (;;) {
    const auto got = reader->read_some(room);
    ASSERT_TRUE(got.ok()) << got.status().to_string();
    if (*got == 0) {
      break;
    }
    all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got));
  }
  EXPECT_TRUE(all == content());
}

/// Seeks and reads at random against the content itself, with and without an index.
void storm(Reader& reader, std::size_t rounds, std::uint64_t seed) {
  Random random(seed);
  Bytes room(70'000);
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::size_t at = random.below(content().size() + 1);
    ASSERT_TRUE(reader.seek(at).ok());
    ASSERT_EQ(reader.position(), at);
    for (std::size_t n = 1 + random.below(3); n > 0; --n) {
      const std::size_t from = reader.position();
      const std::size_t wanted = 1 + random.below(random.below(4) == 0 ? room.size() : 50);
      const auto got = reader.read(MutableByteSpan(room).first(wanted));
      ASSERT_TRUE(got.ok()) << got.status().to_string();
      ASSERT_EQ(*got, std::min(wanted, content().size() - from));
      ASSERT_TRUE(std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got),
                             content().begin() + static_cast<std::ptrdiff_t>(from)))
          << from;
    }
  }
}

TEST_P(EveryReader, SeeksAndReadsAgreeWithTheContent) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const auto source = memory_source(data);
  const auto plain = open_reader(*source, GetParam());
  ASSERT_TRUE(plain);
  storm(*plain, plain->random_access() ? 100 : 12, 5);
  if (auto index = index_of(data, GetParam(), 100'000); index) {
    const auto indexed = open_reader(*source, GetParam(), std::move(index));
    ASSERT_TRUE(indexed);
    EXPECT_TRUE(indexed->random_access());
    EXPECT_EQ(indexed->size(), content().size());
    storm(*indexed, 100, 6);
    ASSERT_TRUE(indexed->seek(0).ok());
    EXPECT_TRUE(read_all(*indexed, 50'000) == content());
  }
}

TEST_P(EveryReader, EightThreadsReadAtOnceBesideOneThatReadsInOrder) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const auto source = memory_source(data);
  auto index = index_of(data, GetParam(), 100'000);
  const auto reader = open_reader(*source, GetParam(), std::move(index));
  ASSERT_TRUE(reader);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (unsigned t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Random random(t);
      Bytes room(30'000);
      // Going back costs a decoding from the beginning where there is no index.
      const int rounds = reader->random_access() ? 30 : 4;
      for (int i = 0; i < rounds; ++i) {
        const std::size_t at = random.below(content().size() + 100);
        const std::size_t wanted = 1 + random.below(room.size());
        const auto got = reader->read_at(at, MutableByteSpan(room).first(wanted));
        const std::size_t there = at < content().size() ? content().size() - at : 0;
        if (!got.ok() || *got != std::min(wanted, there) ||
            !std::equal(
                room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got),
                content().begin() + static_cast<std::ptrdiff_t>(std::min(at, content().size())))) {
          ++wrong;
        }
      }
    });
  }
  EXPECT_TRUE(read_all(*reader, 10'000) == content());
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST_P(EveryReader, IsASourceForOtherCalls) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const auto source = memory_source(data);
  const auto reader = open_reader(*source, GetParam());
  Bytes again;
  const auto sink = memory_sink(again);
  const auto result = compress(*reader, *sink, quick_options(Format::kZstd));
  ASSERT_TRUE(result.ok()) << result.status().to_string();
  EXPECT_TRUE(decompressed(again) == content());
}

TEST_P(EveryReader, CutInputFailsBehindWhatItHolds) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  for (const std::size_t kept : {data.size() - 1, data.size() / 2}) {
    if (GetParam() == Format::kSnappy) {
      continue;  // may be cut between chunks, which is its end
    }
    const ByteSpan cut = ByteSpan(data).first(kept);
    for (const bool piped : {false, true}) {
      const auto file = memory_source(cut);
      OrderedSource pipe(cut);
      const auto reader = open_reader(piped ? static_cast<Source&>(pipe) : *file, GetParam());
      ASSERT_TRUE(reader);
      Bytes room(2 * kSize);
      auto got = reader->read(room);
      if (got.ok()) {
        EXPECT_TRUE(std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got),
                               content().begin()));
        got = reader->read(room);
      }
      ASSERT_FALSE(got.ok());
      EXPECT_EQ(got.status().code(), Code::kTruncated) << got.status().to_string();
      EXPECT_EQ(reader->read(room).status().code(), Code::kTruncated);
      EXPECT_EQ(reader->result(), nullptr);
    }
  }
}

TEST_P(EveryReader, DamageIsToldWhateverIsRead) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  Random random(9);
  int told = 0;
  for (int i = 0; i < 12; ++i) {
    Bytes hurt = data;
    hurt[64 + random.below(hurt.size() - 64)] ^= std::byte{1};
    const auto source = memory_source(hurt);
    ReaderOptions options;
    options.decompress = reading_options(GetParam());
    const auto reader = Reader::open(*source, options);
    Status status = reader.status();
    Bytes room(40'000);
    Bytes all;
    while (status.ok()) {
      const auto got = (*reader)->read(room);
      status = got.status();
      if (got.ok()) {
        all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got));
        if (*got == 0) {
          break;
        }
      }
    }
    // Brotli has no check of its content, and a bit of some padding may mean nothing.
    told += status.ok() ? 0 : 1;
    EXPECT_TRUE(!status.ok() || all == content() || GetParam() == Format::kBrotli);
    EXPECT_TRUE(status.ok() || is_damage(status) || status.code() == Code::kUnsupported ||
                status.code() == Code::kLimitExceeded)
        << status.to_string();
  }
  EXPECT_GT(told, GetParam() == Format::kBrotli ? 0 : 8);
}

TEST_P(EveryReader, StopsInTheMiddleWithoutAHang) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  for (const std::size_t read_ahead : {std::size_t{4096}, std::size_t{8} << 20U}) {
    const auto source = memory_source(data);
    ReaderOptions options;
    options.decompress = reading_options(GetParam());
    options.read_ahead = read_ahead;
    const auto reader = Reader::open(*source, options);
    ASSERT_TRUE(reader.ok());
    Bytes room(100);
    EXPECT_EQ((*reader)->read(room).value(), room.size());
    EXPECT_EQ((*reader)->read_at(5000, room).value(), room.size());
    (*reader)->close();
    EXPECT_EQ((*reader)->read(room).status().code(), Code::kInvalidArgument);
    EXPECT_EQ((*reader)->read_at(0, room).status().code(), Code::kInvalidArgument);
    EXPECT_EQ((*reader)->seek(0).code(), Code::kInvalidArgument);
  }
}

TEST_P(EveryReader, OutputLimitHoldsWhereverReadingStarts) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const std::uint64_t limit = kSize / 2;
  for (const bool indexed : {false, true}) {
    const auto source = memory_source(data);
    ReaderOptions options;
    options.decompress = reading_options(GetParam());
    options.index = indexed ? index_of(data, GetParam(), 100'000) : std::nullopt;
    options.decompress.max_output = limit;
    const auto reader = Reader::open(*source, options);
    ASSERT_TRUE(reader.ok()) << reader.status().to_string();
    Bytes room(kSize);
    auto got = (*reader)->read(room);
    got = got.ok() ? (*reader)->read(room) : got;
    EXPECT_EQ(got.status().code(), Code::kLimitExceeded);
    EXPECT_EQ((*reader)->read_at(limit, MutableByteSpan(room).first(10)).status().code(),
              Code::kLimitExceeded);
    if ((*reader)->random_access()) {
      ASSERT_TRUE((*reader)->seek(limit - 10).ok());
      got = (*reader)->read(MutableByteSpan(room).first(20));
      EXPECT_TRUE(!got.ok() || *got <= 10);
    }
  }
}

TEST_P(EveryReader, TheSizeIsFoundWithoutMoving) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const auto source = memory_source(data);
  const auto reader = open_reader(*source, GetParam());
  Bytes room(1000);
  ASSERT_EQ(reader->read(room).value(), room.size());
  EXPECT_EQ(reader->content_size().value(), content().size());
  EXPECT_EQ(reader->position(), room.size());
  EXPECT_EQ(reader->seek(content().size() + 1).code(), Code::kInvalidArgument);
  ASSERT_TRUE(reader->seek(content().size()).ok());
  EXPECT_EQ(reader->read(room).value(), 0U);
  EXPECT_NE(reader->result(), nullptr);
}

TEST_P(EveryReader, EmptyContentEndsAtOnce) {
  const Bytes data = compressed({}, quick_options(GetParam()));
  const auto source = memory_source(data);
  const auto reader = open_reader(*source, GetParam());
  if (reader) {  // nothing at all is what some formats make of it
    Bytes room(10);
    EXPECT_EQ(reader->read(room).value(), 0U);
    EXPECT_EQ(reader->read_at(0, room).value(), 0U);
    EXPECT_NE(reader->result(), nullptr);
  }
}

TEST(Reader, APipeGoesForwardsOnly) {
  const Bytes data = compressed(content(), quick_options(Format::kGzip));
  OrderedSource pipe(data);
  const auto reader = open_reader(pipe, Format::kGzip);
  Bytes room(10);
  EXPECT_EQ(reader->read_at(0, room).status().code(), Code::kUnsupported);
  EXPECT_EQ(reader->content_size().status().code(), Code::kUnsupported);
  ASSERT_TRUE(reader->seek(200'000).ok());
  ASSERT_EQ(reader->read(room).value(), 10U);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), content().begin() + 200'000));
  ASSERT_TRUE(reader->seek(200'005).ok());  // what was just decoded is still there
  ASSERT_EQ(reader->read(room).value(), 10U);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), content().begin() + 200'005));
  EXPECT_EQ(reader->seek(5).code(), Code::kUnsupported);
  EXPECT_EQ(reader->seek(content().size() + 1).code(), Code::kInvalidArgument);
  EXPECT_EQ(reader->position(), content().size());
  EXPECT_EQ(reader->read(room).value(), 0U);
}

TEST(Reader, WhatIsNoKnownFormatIsRefusedAtOnce) {
  const auto open = [](const Bytes& bytes) {
    const auto source = memory_source(bytes);
    return Reader::open(*source).status().code();
  };
  EXPECT_EQ(open({}), Code::kTruncated);
  EXPECT_EQ(open(to_bytes("plain text, and nothing else")), Code::kUnsupported);
  EXPECT_EQ(Reader::open(std::unique_ptr<Source>()).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Reader::open_file("/nonexistent/file.gz").status().code(), Code::kIo);
  const Bytes data = compressed(content(), quick_options(Format::kGzip));
  const auto source = memory_source(data);
  ReaderOptions nothing_ahead;
  nothing_ahead.read_ahead = 4095;
  EXPECT_EQ(Reader::open(*source, nothing_ahead).status().code(), Code::kInvalidArgument);
}

TEST(Reader, AnIndexOfSomethingElseIsRefused) {
  const Bytes data = compressed(content(), quick_options(Format::kGzip));
  ReaderOptions options;
  options.index = index_of(data, Format::kGzip, 100'000);
  ASSERT_TRUE(options.index);
  Bytes other = data;
  other.back() ^= std::byte{1};
  const auto changed = memory_source(other);
  EXPECT_EQ(Reader::open(*changed, options).status().code(), Code::kInvalidArgument);
  OrderedSource pipe(data);
  EXPECT_EQ(Reader::open(pipe, options).status().code(), Code::kInvalidArgument);
}

TEST(Reader, TakesTheIndexBesideTheFileWhereItFits) {
  const TempFolder folder;
  const Bytes data = compressed(content(), quick_options(Format::kGzip));
  const auto text = [](const Bytes& bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  write_file(folder / "a.gz", text(data));
  const auto open = [&] { return Reader::open_file(folder / "a.gz"); };
  EXPECT_FALSE(open().value()->random_access());
  const auto index = encode_seek_index(*index_of(data, Format::kGzip, 100'000));
  ASSERT_TRUE(index.ok());
  write_file(folder / "a.gz.kidx", text(*index));
  EXPECT_TRUE(open().value()->random_access());
  EXPECT_TRUE(read_all(**open(), 5000) == content());
  write_file(folder / "a.gz.kidx", text(*index).substr(0, index->size() - 3));
  EXPECT_FALSE(open().value()->random_access());
  write_file(folder / "a.gz.kidx", "");
  EXPECT_FALSE(open().value()->random_access());
  std::filesystem::remove(folder / "a.gz.kidx");
  ASSERT_EQ(::mkfifo((folder / "a.gz.kidx").c_str(), 0600), 0);
  EXPECT_FALSE(open().value()->random_access()) << "and does not wait for a pipe's other end";
}

TEST(Reader, KnowsBrotliByItsSuffix) {
  const TempFolder folder;
  const Bytes data = compressed(content(), quick_options(Format::kBrotli));
  write_file(folder / "a.br", {reinterpret_cast<const char*>(data.data()), data.size()});
  const auto reader = Reader::open_file(folder / "a.br");
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(read_all(**reader, 5000) == content());
}

/// Counts what is read of it.
class CountedSource final : public Source {
 public:
  explicit CountedSource(ByteSpan bytes) : inner_(memory_source(bytes)) {}
  Result<std::size_t> read(MutableByteSpan out) override { return inner_->read(out); }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    ++calls;
    return inner_->read_at(offset, out);
  }
  mutable std::atomic<std::size_t> calls{0};

 private:
  std::unique_ptr<Source> inner_;
};

TEST(Reader, SmallReadsInABlockDecodeItOnce) {
  for (const Format format : {Format::kWarp, Format::kGzip}) {
    const Bytes data = compressed(content(), quick_options(format));
    CountedSource source(data);
    const auto reader = open_reader(source, format, index_of(data, format, 100'000));
    ASSERT_TRUE(reader->random_access());
    Bytes room(10);
    ASSERT_TRUE(reader->read_at(70'000, room).ok());
    ASSERT_TRUE(reader->seek(70'100).ok());
    ASSERT_TRUE(reader->read(room).ok());
    const std::size_t calls = source.calls;
    for (std::size_t at = 70'000; at < 72'000; at += 10) {
      ASSERT_TRUE(reader->read_at(at, room).ok());
      ASSERT_TRUE(std::equal(room.begin(), room.end(),
                             content().begin() + static_cast<std::ptrdiff_t>(at)));
      ASSERT_TRUE(reader->seek(at + 5).ok());
      ASSERT_TRUE(reader->read(room).ok());
    }
    EXPECT_EQ(source.calls, calls) << name_of(format);
  }
}

TEST(Reader, ACacheSmallerThanABlockStillReads) {
  const Bytes data = compressed(content(), quick_options(Format::kWarp));
  for (const std::size_t cache : {std::size_t{0}, std::size_t{100}, std::size_t{70'000}}) {
    const auto source = memory_source(data);
    ReaderOptions options;
    options.cache_size = cache;
    const auto reader = Reader::open(*source, options);
    ASSERT_TRUE(reader.ok());
    storm(**reader, 10, cache);
    Bytes room(100);
    ASSERT_EQ((*reader)->read_at(300'000, room).value(), room.size());
    EXPECT_TRUE(std::equal(room.begin(), room.end(), content().begin() + 300'000));
  }
}

TEST(Reader, CancellingStopsAReadThatWaits) {
  const Bytes data = compressed(content(), quick_options(Format::kGzip));
  CancelToken cancel;
  const auto source = memory_source(data);
  ReaderOptions options;
  options.decompress.run.cancel = &cancel;
  options.read_ahead = 4096;
  const auto reader = Reader::open(*source, options);
  Bytes room(10);
  ASSERT_TRUE((*reader)->read(room).ok());
  cancel.cancel();
  Bytes rest(kSize);
  auto got = (*reader)->read(rest);
  got = got.ok() ? (*reader)->read(rest) : got;
  EXPECT_EQ(got.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace kompakt::testing
