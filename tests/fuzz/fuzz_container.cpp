// Any bytes as a .warp file of any version: no crash, no unbounded work, and every way of reading a
// file that is accepted gives the same content.
//
// The first byte chooses how the rest is read. With bit 0 it is repaired first: sizes are cut to
// what is there and every checksum is made to fit, so that mutations reach what lies behind them.
// With bit 1 block numbers and offsets are put in sequence too. With bit 2 keep_going is tried.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "container/compact_stream.hpp"
#include "container/index_builder.hpp"
#include "container/legacy/legacy.hpp"
#include "container/warp3_layout.hpp"
#include "container/warp_index.hpp"
#include "core/endian.hpp"
#include "kompakt/inspect.hpp"
#include "kompakt/stream.hpp"
#include "ordered_ends.hpp"

namespace {

using namespace kompakt;
using namespace kompakt::warp3;
using Bytes = std::vector<std::byte>;
using kompakt::testing::OrderedSource;

constexpr std::uint64_t kMostOutput = std::uint64_t{1} << 20U;
constexpr std::uint64_t kMostMemory = std::uint64_t{64} << 20U;

void require(bool promise) {
  if (!promise) {
    std::abort();
  }
}

class Repairer {
 public:
  Repairer(Bytes& file, bool in_sequence) : file_(file), in_sequence_(in_sequence) {}

  void run() {
    while (at_ + FileHeader::kSize <= file_.size() && repair_stream()) {
    }
  }

 private:
  MutableByteSpan from(std::size_t at) { return MutableByteSpan(file_).subspan(at); }

  bool repair_stream() {
    begin_ = at_;
    const MutableByteSpan header = from(at_);
    std::copy(kMagic.begin(), kMagic.end(), header.begin());
    header[4] = std::byte{kVersion};
    if (header[5] == std::byte{CompactStream::kRevision}) {
      return repair_compact();
    }
    store_le<std::uint32_t>(header.subspan(20), crc32c(header.first(20)));
    hash_ = static_cast<HashId>(std::to_integer<unsigned>(header[6]) % 5);
    tree_ = IndexBuilder(hash_);
    at_ += FileHeader::kSize;
    while (at_ + RecordHeader::kSize <= file_.size()) {
      if (repair_record()) {
        return true;
      }
    }
    return false;
  }

  /// True when there was room for one.
  bool repair_compact() {
    constexpr std::size_t kLeast = FileHeader::kSize + CompactStream::kTailSize;
    const std::size_t left = file_.size() - at_;
    if (left < kLeast) {
      return false;
    }
    const auto claimed = load_le<std::uint32_t>(from(at_).subspan(8));
    const auto size = static_cast<std::uint32_t>(std::clamp<std::size_t>(
        claimed, kLeast, std::min<std::size_t>(left, CompactStream::kMaxStored)));
    const MutableByteSpan stream = from(at_).first(size);
    store_le<std::uint32_t>(stream.subspan(8), size);
    store_le<std::uint32_t>(stream.last(CompactStream::kTailSize), size | 0xF6000000U);
    store_le<std::uint32_t>(stream.subspan(12), crc32c(stream.subspan(FileHeader::kSize)));
    store_le<std::uint32_t>(stream.subspan(20), crc32c(stream.first(20)));
    at_ += size;
    return true;
  }

  /// True when the record was an end record.
  bool repair_record() {
    const MutableByteSpan raw = from(at_);
    std::copy(RecordHeader::kSync.begin(), RecordHeader::kSync.end(), raw.begin());
    RecordHeader header = RecordHeader::peek(raw).value();
    header.stream_id = load_le<std::uint32_t>(from(begin_).subspan(12));
    const std::size_t left = raw.size() - RecordHeader::kSize;
    header.extension_size =
        static_cast<std::uint16_t>(std::min<std::size_t>(header.extension_size, left));
    header.payload_size = static_cast<std::uint32_t>(
        std::min<std::size_t>(header.payload_size, left - header.extension_size));
    const MutableByteSpan extension = raw.subspan(RecordHeader::kSize, header.extension_size);
    const MutableByteSpan payload =
        raw.subspan(RecordHeader::kSize + header.extension_size, header.payload_size);
    if (header.type == RecordType::kBlock) {
      repair_block(header, extension, payload);
    }
    const bool end = header.type == RecordType::kEnd;
    at_ += static_cast<std::size_t>(header.stored_size());
    if (end) {
      repair_end(header, payload);
    }
    header.payload_hash = xxh3_64(payload);
    header.encode(raw, extension);
    return end;
  }

  void repair_block(RecordHeader& header, MutableByteSpan extension, ByteSpan payload) {
    const bool one_step =
        extension.size() == 4 + digest_size(hash_) && extension[0] == std::byte{1};
    if (one_step && load_le<std::uint16_t>(extension.subspan(1)) == 0) {
      header.raw_size = payload.size();
      const Digest digest = hash_bytes(hash_, payload);
      std::copy_n(digest.bytes.begin(), digest.size, extension.begin() + 4);
    }
    if (in_sequence_ && one_step) {
      Digest digest{.bytes = {}, .size = digest_size(hash_)};
      std::copy_n(extension.begin() + 4, digest.size, digest.bytes.begin());
      header.raw_offset = tree_.raw_size();
      header.sequence = tree_.blocks();
      header.raw_size = std::min(header.raw_size, kMostOutput);
      tree_.add_block(header.raw_size, at_ - begin_, digest);
    }
  }

  void repair_end(RecordHeader& header, MutableByteSpan payload) {
    if (payload.size() >= 16 + FileHeader::kSize) {
      store_le<std::uint64_t>(payload.subspan(8), at_ + End::kTailSize - begin_);
      std::copy_n(from(begin_).begin(), FileHeader::kSize, payload.begin() + 16);
      if (in_sequence_) {
        header.raw_offset = tree_.raw_size();
        header.sequence = tree_.blocks();
        const Digest digest = tree_.content_digest();
        if (payload.size() == 16 + FileHeader::kSize + digest.size) {
          std::copy_n(digest.bytes.begin(), digest.size, payload.begin() + 16 + FileHeader::kSize);
        }
      }
    }
    if (at_ + End::kTailSize <= file_.size()) {
      const auto tail =
          End::tail(static_cast<std::uint32_t>(header.stored_size() + End::kTailSize));
      std::copy(tail.begin(), tail.end(), from(at_).begin());
    }
    at_ = std::min(at_ + End::kTailSize, file_.size());
  }

  Bytes& file_;  // NOLINT(cppcoreguidelines-*): outlives the repairer
  bool in_sequence_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  HashId hash_ = HashId::kNone;
  IndexBuilder tree_{HashId::kNone};
};

DecompressOptions options(bool keep_going) {
  DecompressOptions options;
  options.format = Format::kWarp;
  options.max_output = kMostOutput;
  options.keep_going = keep_going;
  options.run.threads = 1;
  options.run.max_memory = kMostMemory;
  return options;
}

struct Outcome {
  Status status;
  Bytes content;
};

Outcome read_whole(Source& source, bool keep_going) {
  Outcome outcome;
  const auto sink = memory_sink(outcome.content);
  outcome.status = decompress(source, *sink, options(keep_going)).status();
  require(outcome.status.code() != Code::kInternal);
  require(outcome.content.size() <= kMostOutput);
  return outcome;
}

void read_ranges(Source& source, const Outcome& whole) {
  auto index = WarpIndex::open(source);
  const bool version3 = index.ok() && !index->streams().empty();
  if (version3 && whole.status.ok()) {
    require(index->recovered().ok() && index->raw_size() == whole.content.size());
  }
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{whole.content.size() / 2}}) {
    Bytes range;
    const auto sink = memory_sink(range);
    const auto read = decompress_range(source, *sink, offset, 5000, options(false));
    if (version3 && whole.status.ok()) {
      require(read.ok());
      const std::size_t length =
          std::min<std::size_t>(5000, whole.content.size() - static_cast<std::size_t>(offset));
      require(range.size() == length &&
              std::equal(range.begin(), range.end(),
                         whole.content.begin() + static_cast<std::ptrdiff_t>(offset)));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  Bytes file(bytes + 1, bytes + size);
  if ((data[0] & 1U) != 0) {
    Repairer(file, (data[0] & 2U) != 0).run();
  }
  const auto source = memory_source(file);
  const Outcome whole = read_whole(*source, false);
  OrderedSource pipe(file);
  const Outcome piped = read_whole(pipe, false);
  // A pipe takes more memory than a file, so the limit may stop one and not the other.
  const bool limited =
      whole.status.code() == Code::kLimitExceeded || piped.status.code() == Code::kLimitExceeded;
  require(limited || whole.status.ok() == piped.status.ok());
  require(limited || !whole.status.ok() || whole.content == piped.content);
  if (file.size() < 5 || file[4] == std::byte{kVersion}) {
    read_ranges(*source, whole);
  }
  if ((data[0] & 4U) != 0) {
    const Outcome tolerant = read_whole(*source, true);
    require(!whole.status.ok() || tolerant.content == whole.content);
    OrderedSource again(file);
    static_cast<void>(read_whole(again, true));
  }
  static_cast<void>(inspect(*source));
  if (legacy::is_legacy_warp(file)) {
    static_cast<void>(
        legacy::read_legacy_info(*source, {.max_memory = kMostMemory, .max_output = kMostOutput}));
  }
  return 0;
}
