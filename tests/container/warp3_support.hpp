/// \file
/// Making and taking apart .warp v3 files in tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "container/block_decoder.hpp"
#include "container/warp3_layout.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/stream.hpp"
#include "ordered_ends.hpp"
#include "test_data.hpp"

namespace kompakt::testing::warp3 {

inline CodecSpec codec(std::string_view text) { return parse_codec_spec(text).value(); }

/// Options for small files: 4 KiB blocks, LZ4, one thread.
inline CompressOptions small_blocks(HashId hash = HashId::kXxh3) {
  CompressOptions options;
  options.codec = codec("lz4");
  options.block_size = 4096;
  options.checksum = hash;
  options.run.threads = 1;
  return options;
}

inline Bytes pack(ByteSpan content, const CompressOptions& options = small_blocks()) {
  Bytes file;
  const auto source = memory_source(content);
  const auto sink = memory_sink(file);
  const auto result = compress(*source, *sink, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return file;
}

inline WarpMetadata named(std::string_view name) {
  WarpMetadata metadata;
  metadata.name = name;
  return metadata;
}

/// How a test lets the decoder see its input and output.
struct Ends {
  bool pipe_in = false;
  bool pipe_out = false;
  unsigned threads = 1;
  friend std::ostream& operator<<(std::ostream& to, const Ends& ends) {
    return to << (ends.pipe_in ? "pipe" : "file") << " to " << (ends.pipe_out ? "pipe" : "file")
              << ", threads " << ends.threads;
  }
};
inline constexpr Ends kAllEnds[] = {
    // NOLINT(modernize-avoid-c-arrays): a plain table
    {.pipe_in = false, .pipe_out = false, .threads = 1},
    {.pipe_in = false, .pipe_out = true, .threads = 2},
    {.pipe_in = true, .pipe_out = false, .threads = 3},
    {.pipe_in = true, .pipe_out = true, .threads = 8},
};

struct Unpacked {
  Status status;
  Bytes content;
  StreamResult result;
  std::vector<LostRange> lost;
};

inline Unpacked unpack(ByteSpan file, const Ends& ends = {}, DecompressOptions options = {}) {
  Unpacked out;
  const auto source = ends.pipe_in ? std::unique_ptr<Source>(std::make_unique<OrderedSource>(file))
                                   : memory_source(file);
  const auto sink = ends.pipe_out
                        ? std::unique_ptr<Sink>(std::make_unique<OrderedSink>(out.content))
                        : memory_sink(out.content);
  options.run.threads = ends.threads;
  options.on_lost = [&out](const LostRange& range) { out.lost.push_back(range); };
  auto result = decompress(*source, *sink, options);
  out.status = result.status();
  if (result.ok()) {
    out.result = std::move(*result);
  }
  return out;
}

inline Unpacked unpack_tolerantly(ByteSpan file, const Ends& ends = {}) {
  DecompressOptions options;
  options.keep_going = true;
  return unpack(file, ends, options);
}

inline Unpacked unpack_range(ByteSpan file, std::uint64_t offset, std::uint64_t length,
                             const Ends& ends = {}) {
  Unpacked out;
  const auto source = memory_source(file);
  const auto sink = ends.pipe_out
                        ? std::unique_ptr<Sink>(std::make_unique<OrderedSink>(out.content))
                        : memory_sink(out.content);
  DecompressOptions options;
  options.run.threads = ends.threads;
  auto result = decompress_range(*source, *sink, offset, length, options);
  out.status = result.status();
  return out;
}

inline Bytes slice(const Bytes& bytes, std::size_t offset, std::size_t length) {
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(offset, bytes.size()));
  const auto left = static_cast<std::size_t>(bytes.end() - begin);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(length, left))};
}

inline Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes whole;
  for (const auto& part : parts) {
    whole.insert(whole.end(), part.begin(), part.end());
  }
  return whole;
}

/// `content` with [offset, offset + length) zeroed: what keep_going leaves of a lost range.
inline Bytes with_zeros(Bytes content, std::size_t offset, std::size_t length) {
  std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(offset), length, std::byte{0});
  return content;
}

/// The records of a one-stream file, in order.
inline std::vector<kompakt::warp3::Record> records_of(ByteSpan file) {
  using namespace kompakt::warp3;
  std::vector<Record> records;
  const auto source = memory_source(file);
  const auto header = FileHeader::decode(file);
  RecordInput input(*source);
  input.seek(FileHeader::kSize);
  while (records.empty() || records.back().header.type != RecordType::kEnd) {
    auto record = read_record(input, header.value().stream_id);
    if (!record.ok() || !input.skip(record->header.payload_size).ok()) {
      ADD_FAILURE() << record.status().to_string();
      return records;
    }
    records.push_back(std::move(*record));
  }
  return records;
}

/// The `number`-th block record of a file.
inline kompakt::warp3::Record block_of(ByteSpan file, std::size_t number) {
  for (auto& record : records_of(file)) {
    if (record.header.type == kompakt::warp3::RecordType::kBlock && number-- == 0) {
      return record;
    }
  }
  ADD_FAILURE() << "no such block";
  return {};
}

inline void flip(Bytes& file, std::uint64_t at, unsigned bit = 0) {
  file.at(static_cast<std::size_t>(at)) ^= static_cast<std::byte>(1U << bit);
}

/// A record by hand: header, extension and payload with fitting checksums.
inline Bytes make_record(kompakt::warp3::RecordHeader header, ByteSpan extension,
                         ByteSpan payload) {
  using kompakt::warp3::RecordHeader;
  header.extension_size = static_cast<std::uint16_t>(extension.size());
  header.payload_size = static_cast<std::uint32_t>(payload.size());
  header.payload_hash = xxh3_64(payload);
  Bytes bytes(RecordHeader::kSize);
  header.encode(bytes, extension);
  bytes.insert(bytes.end(), extension.begin(), extension.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

}  // namespace kompakt::testing::warp3
