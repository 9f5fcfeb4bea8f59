// With several threads, parts of a block go to a positional sink before the block is complete.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "container/warp3_support.hpp"

namespace kompakt::testing::warp3 {
namespace {

constexpr std::size_t kBlock = std::size_t{2} << 20U;

/// A positional sink that knows what was written where, and fails part blocks on request.
class RecordingSink final : public Sink {
 public:
  explicit RecordingSink(bool fail_parts = false) : fail_parts_(fail_parts) {}
  bool positional() const override { return true; }
  Status write(ByteSpan bytes) override { return write_at(0, bytes); }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    if (fail_parts_ && bytes.size() < kBlock) {
      return {Code::kIo, "no space"};
    }
    const std::scoped_lock lock(mutex_);
    EXPECT_TRUE(pieces_.emplace(offset, Bytes(bytes.begin(), bytes.end())).second);
    return {};
  }
  /// All pieces end to end; fails where they overlap or leave a gap.
  Bytes content() const {
    Bytes whole;
    for (const auto& [offset, bytes] : pieces_) {
      EXPECT_EQ(offset, whole.size());
      whole.insert(whole.end(), bytes.begin(), bytes.end());
    }
    return whole;
  }
  std::size_t pieces() const { return pieces_.size(); }

 private:
  bool fail_parts_;
  std::mutex mutex_;
  std::map<std::uint64_t, Bytes> pieces_;
};

Bytes pack_large(const Bytes& content) {
  CompressOptions options;
  options.codec = codec("zstd");
  options.block_size = kBlock;
  return pack(content, options);
}

Result<StreamResult> unpack_to(Sink& sink, const Bytes& file, unsigned threads) {
  const auto source = memory_source(file);
  DecompressOptions options;
  options.run.threads = threads;
  return decompress(*source, sink, options);
}

/// `file` with the payload of block `number` changed in the middle and its checksum made to fit,
/// so that only decoding it tells.
Bytes with_wrong_payload(const Bytes& file, std::size_t number) {
  const auto record = block_of(file, number);
  Bytes payload = slice(file, static_cast<std::size_t>(record.payload_at()),
                        static_cast<std::size_t>(record.header.payload_size));
  payload[payload.size() / 2] ^= std::byte{0x10};
  const Bytes changed = make_record(record.header, record.extension, payload);
  Bytes damaged = file;
  std::copy(changed.begin(), changed.end(),
            damaged.begin() + static_cast<std::ptrdiff_t>(record.at));
  return damaged;
}

TEST(Warp3EarlyWrite, EveryByteIsWrittenOnceWhateverTheThreads) {
  const Bytes content = text_bytes(3 * kBlock + 12345);
  const Bytes file = pack_large(content);
  for (const unsigned threads : {1U, 2U, 4U}) {
    RecordingSink sink;
    const auto result = unpack_to(sink, file, threads);
    ASSERT_TRUE(result.ok()) << result.status().to_string();
    EXPECT_EQ(sink.content(), content);
    if (threads > 1) {  // the first to have a piece ready finds nobody else writing
      EXPECT_GT(sink.pieces(), 4U);
    } else {
      EXPECT_EQ(sink.pieces(), 4U);
    }
  }
}

TEST(Warp3EarlyWrite, AFailedOneEndsTheJobWithItsError) {
  RecordingSink sink(true);
  const auto result = unpack_to(sink, pack_large(text_bytes(2 * kBlock)), 2);
  EXPECT_EQ(result.status().code(), Code::kIo) << result.status().to_string();
}

TEST(Warp3EarlyWrite, DamageIsReportedAsWithOneThread) {
  const Bytes damaged = with_wrong_payload(pack_large(text_bytes(3 * kBlock)), 1);
  RecordingSink alone;
  RecordingSink together;
  const Status expected = unpack_to(alone, damaged, 1).status();
  const Status got = unpack_to(together, damaged, 2).status();
  EXPECT_EQ(got.code(), Code::kCorrupt);
  EXPECT_EQ(got.to_string(), expected.to_string());
  EXPECT_EQ(got.block(), 1U);
}

TEST(Warp3EarlyWrite, KeepGoingLeavesNothingOfADamagedBlock) {
  const Bytes content = text_bytes(3 * kBlock);
  const auto out = unpack_tolerantly(with_wrong_payload(pack_large(content), 1), {.threads = 2});
  EXPECT_EQ(out.content, with_zeros(content, kBlock, kBlock));
}

}  // namespace
}  // namespace kompakt::testing::warp3
