/// \file
/// Reading single records of .warp v3: fetching, checking, decoding.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "codec/stepwise_decoder.hpp"
#include "container/warp3_layout.hpp"
#include "kompakt/source.hpp"

namespace kompakt::warp3 {

/// Reads forward through a source, by position where it can and in order where it must.
class RecordInput {
 public:
  explicit RecordInput(Source& source) : source_(source) {}
  [[nodiscard]] bool random_access() const { return source_.random_access(); }
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] const Source& source() const noexcept { return source_; }
  /// Fills `out`; fewer bytes only at the end.
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out);
  /// Fills `out` or fails with kTruncated.
  [[nodiscard]] Status read_exactly(MutableByteSpan out);
  /// Moves past `count` bytes. In random-access sources nothing is read; going beyond the end is
  /// kTruncated.
  [[nodiscard]] Status skip(std::uint64_t count);
  /// Random access only.
  void seek(std::uint64_t position) noexcept { position_ = position; }

 private:
  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the input
  std::uint64_t position_ = 0;
};

/// A record whose header and extension have been read and checked.
struct Record {
  RecordHeader header;
  std::vector<std::byte> extension;
  std::uint64_t at = 0;  ///< position of the header in the source
  [[nodiscard]] std::uint64_t payload_at() const {
    return at + RecordHeader::kSize + header.extension_size;
  }
};

/// Reads the record header at the input's position, leaving it at the payload. kCorrupt when there
/// is none, or one of another stream; kTruncated when the source ends; kUnsupported when a record
/// of a known type has flags or an extension of a later revision.
[[nodiscard]] Result<Record> read_record(RecordInput& input, std::uint32_t stream_id);

/// Reads the payload of a record that is not a block and checks it. kCorrupt when it is larger than
/// `most` bytes, which bounds the memory that a number from the file can cost.
[[nodiscard]] Result<std::vector<std::byte>> read_side_payload(RecordInput& input,
                                                               const Record& record,
                                                               std::size_t most);
/// Moves past such a payload (of at most kMaxSidePayload bytes) in constant memory, checking it.
[[nodiscard]] Status skip_side_payload(RecordInput& input, const Record& record);

/// The position in [from, end) of the next intact record header of this stream, found by its sync
/// bytes; `end` when there is none. Random access only. Reads little when the record is near, so
/// that many small damages do not cost a large window each.
[[nodiscard]] Result<std::uint64_t> find_next_record(const Source& source, std::uint64_t from,
                                                     std::uint64_t end, std::uint32_t stream_id);

/// A block record, understood.
struct BlockRecord {
  std::uint64_t raw_offset = 0;
  std::uint64_t raw_size = 0;
  std::uint64_t payload_at = 0;  ///< position in the source
  std::uint32_t payload_size = 0;
  std::uint64_t payload_hash = 0;
  std::uint32_t sequence = 0;
  bool zero = false;  ///< all zero bytes, no payload
  bool hole = false;
  ChainStep codec;
  std::uint64_t raw_hash = 0;
  bool checked_by_digest = false;  ///< raw_hash is not stored: the digest is always verified
  Digest digest;
};

/// Checks what a block says against itself and the file header.
[[nodiscard]] Status check_block(const BlockRecord& block, const FileHeader& file);

/// Reads a block's header and checks everything in it. kUnsupported for a chain this build cannot
/// decode.
[[nodiscard]] Result<BlockRecord> parse_block(const Record& record, const FileHeader& file);

/// Checks and decodes payloads; keeps one decoder for every codec it meets. One thread at a time.
class BlockDecoder {
 public:
  BlockDecoder(const Limits& limits, bool verify_digests)
      : limits_(limits), verify_digests_(verify_digests) {}
  /// Decodes `payload` of a non-zero block. The result is `payload` itself for a stored block,
  /// otherwise `room` (at least raw_size bytes) filled. Both checksums are verified, and the digest
  /// where that was asked for. Where the codec can, `step` (if any) is told meanwhile how much at
  /// the front of `room` is decoded, which is not yet checked.
  [[nodiscard]] Result<ByteSpan> decode(const BlockRecord& block, HashId hash, ByteSpan payload,
                                        MutableByteSpan room,
                                        const StepwiseDecoder::Step& step = {});

 private:
  Result<Decoder*> decoder_for(const ChainStep& step);
  Limits limits_;
  bool verify_digests_;
  std::vector<std::pair<ChainStep, std::unique_ptr<Decoder>>> decoders_;
  HashId hasher_id_ = HashId::kNone;
  std::unique_ptr<Hasher> hasher_;
};

}  // namespace kompakt::warp3
