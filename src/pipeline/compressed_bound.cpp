// The most bytes that content can become.
#include <lzma.h>

#include <algorithm>
#include <limits>

#include "codec/bzip2/layout.hpp"
#include "container/levels.hpp"
#include "container/metadata.hpp"
#include "container/warp3_layout.hpp"
#include "core/checked.hpp"
#include "format/gzip/part_coder.hpp"
#include "kompakt/memory.hpp"

namespace kompakt {
namespace {

/// A sum that stays at its maximum rather than begin anew.
class Sum {
 public:
  Sum& add(std::uint64_t value, std::uint64_t times = 1) {
    const auto product = checked_mul(value, times);
    const auto sum = product ? checked_add(sum_, *product) : std::nullopt;
    sum_ = sum.value_or(std::numeric_limits<std::uint64_t>::max());
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// Pieces of `unit` bytes that `total` bytes are cut into; one for none.
std::uint64_t pieces(std::uint64_t total, std::uint64_t unit) {
  return total == 0 ? 1 : (total - 1) / std::max<std::uint64_t>(unit, 1) + 1;
}

std::uint64_t bound_of_warp(std::uint64_t content, const CompressOptions& options) {
  const auto level = find_level(options.level.value_or(kDefaultLevel));
  const std::uint64_t block = options.block_size.value_or(
      level.ok() ? level->block_size : std::size_t{1} << warp3::kMinBlockLog);
  // A block that does not shrink is stored. Each has a record and an entry in an index record; the
  // index records have entries in the root record.
  constexpr std::uint64_t kEntry = 16 + kMaxDigestSize;
  constexpr std::uint64_t kBlock =
      warp3::RecordHeader::kSize + warp3::BlockExtension::kMaxSize + kEntry;
  constexpr std::uint64_t kSegment = warp3::RecordHeader::kSize + kEntry;
  constexpr std::uint64_t kMoreAtEnd = 2;  // see BlockCutter
  const std::uint64_t blocks = pieces(content, block) + kMoreAtEnd;
  Sum sum;
  sum.add(content).add(blocks, kBlock).add(pieces(blocks, warp3::kIndexFanout), kSegment);
  sum.add(warp3::FileHeader::kSize + 2 * warp3::RecordHeader::kSize + warp3::End::kMaxPayload +
          warp3::End::kTailSize);
  if (options.metadata && check_metadata(*options.metadata).ok()) {
    sum.add(warp3::RecordHeader::kSize + encode_metadata(*options.metadata).size());
  }
  return sum.value();
}

std::uint64_t bound_of_deflate(std::uint64_t content, const CompressOptions& options) {
  const EncodeSettings& settings = options.settings;
  constexpr std::uint64_t kHeader = 64;  // with extra fields, and the trailer
  constexpr std::uint64_t kBgzf = 65280;
  const std::uint64_t part = settings.block_size.value_or(
      settings.seekable ? kBgzf : gzip::default_part_size(options.level.value_or(0)));
  const std::uint64_t count = pieces(content, part);
  // What an encoding needs grows in proportion to the content, apart from a constant.
  const std::uint64_t fixed = gzip::max_part_size(0) + 64;
  constexpr std::uint64_t kLeastBlock = 5000;  // content of the library's stored blocks
  Sum sum;
  sum.add(content).add(content / kLeastBlock + 1, 5).add(count, fixed);
  sum.add(kHeader, settings.seekable ? count + 1 : 1);
  return sum.add(settings.name ? settings.name->size() + 1 : 0).value();
}

std::uint64_t bound_of_zstd(std::uint64_t content, const CompressOptions& options) {
  // Raw blocks cost 3 bytes each and hold at least a kilobyte, apart from the last of a part.
  constexpr std::uint64_t kLeastPart = 512 * kKiB;
  constexpr std::uint64_t kPart = 64;
  const std::uint64_t part = options.settings.block_size.value_or(kLeastPart);
  return Sum().add(content).add(content / 128 + 1).add(pieces(content, part) + 1, kPart).value();
}

std::uint64_t bound_of_xz(std::uint64_t content, const CompressOptions& options) {
  const std::uint64_t block = options.settings.block_size.value_or(kMiB);
  // Chunks of LZMA2 that do not shrink are stored behind 3 bytes. The even cut makes at most two
  // blocks more.
  constexpr std::uint64_t kChunk = 64 * kKiB;
  constexpr std::uint64_t kStream = 64;
  constexpr std::uint64_t kIndexRecord = 20;
  Sum sum;
  sum.add(content).add(content / kChunk + 1, 3).add(kStream);
  return sum.add(pieces(content, block) + 2, lzma_block_buffer_bound(0) + kIndexRecord + 8).value();
}

std::uint64_t bound_of_bzip2(std::uint64_t content, const CompressOptions& options) {
  // Runs of four bytes get a fifth. A symbol takes little more than 8 bits under the best tables;
  // 9 are allowed for, and 6 for each 50 symbols to tell the table. A block has up to 6 tables.
  constexpr std::uint64_t kTables = 8 * kKiB;
  const auto level = static_cast<std::uint64_t>(std::clamp(options.level.value_or(9), 1, 9));
  Sum runs;
  runs.add(content).add(content / 4 + 1);
  const std::uint64_t coded = runs.value();
  const std::uint64_t block = level * bzip2::kLevelUnit - bzip2::kBlockSlack;
  Sum sum;
  sum.add(coded).add(coded / 8).add(coded / 64);
  return sum.add(pieces(coded, block) + 1, kTables).value();
}

std::uint64_t bound_of_brotli(std::uint64_t content, const CompressOptions& options) {
  constexpr std::uint64_t kPart = 128;
  const std::uint64_t part = options.settings.block_size.value_or(64 * kKiB);
  return Sum().add(content).add(content / 1024).add(pieces(content, part) + 1, kPart).value();
}

}  // namespace

std::uint64_t max_compressed_size(std::uint64_t content_size, const CompressOptions& options) {
  constexpr std::uint64_t kChunk = 64 * kKiB;  // the least block of lz4, and every one of snappy
  switch (options.format) {
    case Format::kWarp:
      return bound_of_warp(content_size, options);
    case Format::kGzip:
    case Format::kZlib:
      return bound_of_deflate(content_size, options);
    case Format::kZstd:
      return bound_of_zstd(content_size, options);
    case Format::kLz4:
      return Sum().add(content_size).add(pieces(content_size, kChunk), 4).add(32).value();
    case Format::kXz:
      return bound_of_xz(content_size, options);
    case Format::kBzip2:
      return bound_of_bzip2(content_size, options);
    case Format::kBrotli:
      return bound_of_brotli(content_size, options);
    case Format::kSnappy:
      return Sum().add(content_size).add(pieces(content_size, kChunk), 8).add(16).value();
  }
  return std::numeric_limits<std::uint64_t>::max();
}

}  // namespace kompakt
