// Decoding whole streams, in order.
#include "container/warp_decode.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "container/compact_stream.hpp"
#include "container/decode_stages.hpp"
#include "container/index_builder.hpp"
#include "container/warp3_layout.hpp"
#include "core/checked.hpp"

namespace kompakt {
namespace {

using warp3::BlockRecord;
using warp3::CompactStream;
using warp3::End;
using warp3::FileHeader;
using warp3::find_next_record;
using warp3::IndexBuilder;
using warp3::Record;
using warp3::RecordHeader;
using warp3::RecordInput;
using warp3::RecordType;

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

/// What an end record counts does not fit what was read.
Status contradiction(const Record& record) {
  return corrupt("end record contradicts the blocks").at_offset(record.at);
}

/// Whole streams, in order.
class StreamDecodeJob final : public DecodeStages<WarpDecodeJob> {
 public:
  StreamDecodeJob(Source& source, Sink& sink, WarpDecodeOptions options)
      : DecodeStages(source, sink, options.limits, options.verify_digests),
        options_(std::move(options)),
        input_(source),
        index_(HashId::kNone) {
    tolerant_ = options_.keep_going;
  }

  const std::optional<WarpMetadata>& metadata() const override { return metadata_; }

  Status open() {
    const auto begun = begin_stream();
    if (!begun.ok()) {
      return begun.status();
    }
    return *begun ? Status() : Status(Code::kTruncated, "the file is empty");
  }

  const Status& damage() const override {
    return skipped_damage_.ok() ? lost_damage_ : skipped_damage_;
  }

  Result<bool> read(Slot& base) override {
    auto& slot = static_cast<DecodeSlot&>(base);
    slot.lost_before.clear();
    for (;;) {
      if (ended_) {
        return false;
      }
      auto found = compact_     ? take_compact(slot)
                   : in_stream_ ? next_record(slot)
                                : between_streams();
      if (!found.ok() && tolerant_ && is_damage(found.status())) {
        if (Status recovered = recover(found.status()); !recovered.ok()) {
          return recovered;
        }
        continue;
      }
      if (!found.ok() || *found) {
        return found;
      }
    }
  }

  Status finish() override {
    if (Status filled = fill_all_lost(lost_); !filled.ok()) {
      return filled;
    }
    return sink_.finish(output_end_);
  }

 private:
  void report_lost(const LostRange& range) override {
    lost_damage_ = lost_damage_.ok() ? range.reason : lost_damage_;
    if (options_.on_lost) {
      options_.on_lost(range);
    }
  }

  /// Reads a file header; false at the clean end of the source.
  Result<bool> begin_stream() {
    const std::uint64_t at = input_.position();
    std::array<std::byte, FileHeader::kSize> bytes{};
    const auto got = input_.read(bytes);
    if (!got.ok()) {
      return got.status();
    }
    if (*got == 0) {
      return false;
    }
    const ByteSpan head = ByteSpan(bytes).first(*got);
    const auto compact_size = CompactStream::size_from_header(head);
    auto header = compact_size ? begin_compact(head, *compact_size) : FileHeader::decode(head);
    if (!header.ok() && tolerant_ && is_damage(header.status())) {
      header = header_from_end(at, header.status());
    }
    if (!header.ok()) {
      return header.status().at_offset(at);
    }
    file_ = *header;
    index_ = IndexBuilder(file_.hash);
    stream_at_ = at;
    scan_from_ = at + FileHeader::kSize;
    expected_raw_ = 0;
    next_block_ = 0;
    damaged_ = false;
    in_stream_ = true;
    return grow_bounds();
  }

  /// Reads the rest of a compact stream, whose block is the next one.
  Result<FileHeader> begin_compact(ByteSpan head, std::uint32_t size) {
    if (size == 0) {
      return corrupt("compact stream of an impossible size");
    }
    std::vector<std::byte> bytes(size);
    std::copy(head.begin(), head.end(), bytes.begin());
    if (Status read = input_.read_exactly(MutableByteSpan(bytes).subspan(head.size()));
        !read.ok()) {
      return read;
    }
    auto stream = CompactStream::decode(bytes);
    if (!stream.ok()) {
      return stream.status().in_block(0);
    }
    compact_payload_ = std::move(bytes);
    compact_ = std::move(*stream);
    return compact_->file;
  }

  /// Gives the slot the only block of a compact stream.
  Result<bool> take_compact(DecodeSlot& slot) {
    const CompactStream stream = std::move(*std::exchange(compact_, std::nullopt));
    in_stream_ = false;
    expected_raw_ = stream.block.raw_size;
    if (stream_at_ == 0 && !stream.metadata.empty()) {
      auto metadata = decode_metadata(stream.metadata);
      if (!metadata.ok()) {
        return metadata.status().at_offset(stream_at_);
      }
      metadata_ = std::move(*metadata);
    }
    if (Status allowed = allow_output(0, stream.block.raw_size); !allowed.ok()) {
      return allowed.at_offset(stream_at_);
    }
    const ByteSpan payload =
        ByteSpan(compact_payload_)
            .subspan(static_cast<std::size_t>(stream.block.payload_at), stream.block.payload_size);
    slot.payload.resize_discard(payload.size());
    std::copy(payload.begin(), payload.end(), slot.payload.data());
    slot.loaded = true;
    slot.block = stream.block;
    give(slot, stream_at_);
    bytes_in_.store(input_.position(), std::memory_order_relaxed);
    return true;
  }

  /// Fills in where the slot's block goes, and what was lost before it.
  void give(DecodeSlot& slot, std::uint64_t stored_at) {
    slot.lost_before = std::exchange(lost_, {});
    slot.hash = file_.hash;
    slot.stored_at = stored_at;
    slot.clip_begin = 0;
    slot.clip_end = slot.block.raw_size;
    slot.output_at = base_ + slot.block.raw_offset;
  }

  /// The copy of a damaged file header in the stream's end record.
  Result<FileHeader> header_from_end(std::uint64_t at, const Status& reason) {
    for (const auto& stream : known_streams()) {
      if (stream.stored_at == at) {
        note_damage(reason);
        input_.seek(at + FileHeader::kSize);
        return stream.header;
      }
    }
    return reason;
  }

  /// The streams that can be found from the end of the source; looked up at the first damage.
  const std::vector<WarpStream>& known_streams() {
    if (!known_streams_) {
      known_streams_ = source_.random_access() ? find_streams_from_end(source_).streams
                                               : std::vector<WarpStream>();
    }
    return *known_streams_;
  }

  /// Takes over the memory needs that a file header declares.
  Result<bool> grow_bounds() {
    block_bound_ = std::max(block_bound_, std::uint64_t{1} << file_.block_log);
    decode_bytes_ = std::max(decode_bytes_, std::uint64_t{file_.decode_kib} * kKiB);
    // The first stream is held to the budget by the pipeline; a later one must fit what was begun.
    const auto needed =
        slots_ * slot_bytes() + std::max<std::uint64_t>(workers_, 1) * worker_bytes();
    if (needed > limits_.max_memory) {
      return Status(Code::kLimitExceeded, "decoding needs " + std::to_string(needed / kMiB + 1) +
                                              " MiB of memory, the limit is " +
                                              std::to_string(limits_.max_memory / kMiB) + " MiB");
    }
    return true;
  }

  Result<bool> between_streams() {
    base_ += expected_raw_;
    expected_raw_ = 0;
    record_at_ = input_.position();
    auto begun = begin_stream();
    if (begun.ok() && !*begun) {
      ended_ = true;
    }
    if (begun.ok()) {
      return false;
    }
    // A header that ends too early may be one that was cut; anything else is not ours.
    return begun.status().code() == Code::kCorrupt
               ? Result<bool>(corrupt("damaged or foreign bytes after the end of a .warp stream")
                                  .at_offset(record_at_))
               : begun;
  }

  /// Handles one record; true when the slot got a block.
  Result<bool> next_record(DecodeSlot& slot) {
    record_at_ = input_.position();
    auto record = read_record(input_, file_.stream_id);
    if (!record.ok()) {
      return record.status().in_block(next_block_);
    }
    scan_from_ = record_at_ + RecordHeader::kSize;
    switch (record->header.type) {
      case RecordType::kBlock:
        return take_block(*record, slot);
      case RecordType::kIndex:
      case RecordType::kRoot:
        return result_of(check_index(*record));
      case RecordType::kEnd:
        return result_of(take_end(*record));
      case RecordType::kMetadata:
        return result_of(take_metadata(*record));
    }
    if ((static_cast<std::uint8_t>(record->header.type) & warp3::kSkippableBit) == 0) {
      return Status(Code::kUnsupported,
                    "needs a newer reader: unknown record type " +
                        std::to_string(static_cast<unsigned>(record->header.type)))
          .at_offset(record->at);
    }
    return result_of(
        skip_side_payload(input_, *record));  // a record of a later version, checked to be whole
  }

  Result<bool> result_of(Status status) const {
    status.in_block(next_block_);
    return status.ok() ? Result<bool>(false) : Result<bool>(status);
  }

  Result<bool> take_block(const Record& record, DecodeSlot& slot) {
    auto block = parse_block(record, file_);
    if (!block.ok()) {
      return block.status().in_block(record.header.sequence);
    }
    const bool in_sequence = block->raw_offset == expected_raw_ && block->sequence == next_block_;
    if (!in_sequence) {
      const Status reason =
          corrupt("block is out of order").in_block(block->sequence).at_offset(record.at);
      if (!tolerant_ || block->raw_offset < expected_raw_ || block->sequence < next_block_) {
        return reason;
      }
      if (!damaged_) {  // whole records are missing, and nothing else is wrong with this one
        note_damage(reason);
        damaged_ = true;
        gap_reason_ = reason;
      }
    }
    if (!damaged_ && !index_.takes_blocks()) {
      return corrupt("block where an index or end record must be")
          .in_block(block->sequence)
          .at_offset(record.at);
    }
    if (Status allowed = allow_output(block->raw_offset, block->raw_size); !allowed.ok()) {
      return allowed.in_block(block->sequence).at_offset(record.at);
    }
    slot.loaded = false;
    if (Status loaded = load_payload(*block, slot); !loaded.ok()) {
      return loaded.in_block(block->sequence);
    }
    lose_up_to(block->raw_offset);
    slot.block = *block;
    give(slot, record.at);
    if (!damaged_) {
      index_.add_block(block->raw_size, record.at - stream_at_, block->digest);
    }
    next_block_ = block->sequence + 1;
    expected_raw_ = block->raw_offset + block->raw_size;
    return true;
  }

  /// Whether `size` bytes at `raw_offset` of this stream are still within the output limit.
  Status allow_output(std::uint64_t raw_offset, std::uint64_t size) const {
    const auto begin = checked_add(base_, raw_offset);
    const auto end = begin ? checked_add(*begin, size) : std::nullopt;
    if (!end || *end > limits_.max_output) {
      return {Code::kLimitExceeded, "output is larger than the limit of " +
                                        std::to_string(limits_.max_output) + " bytes"};
    }
    return {};
  }

  /// Content of this stream up to `raw_offset` cannot be found any more.
  void lose_up_to(std::uint64_t raw_offset) {
    if (raw_offset > expected_raw_) {
      lost_.push_back({base_ + expected_raw_, raw_offset - expected_raw_, gap_reason_});
      expected_raw_ = raw_offset;
    }
  }

  Status load_payload(const BlockRecord& block, DecodeSlot& slot) {
    bytes_in_.store(input_.position() + block.payload_size, std::memory_order_relaxed);
    if (input_.random_access()) {
      source_.will_need(block.payload_at, block.payload_size);
      return input_.skip(block.payload_size);
    }
    slot.payload.resize_discard(block.payload_size);
    slot.loaded = true;
    return input_.read_exactly(slot.payload.first(block.payload_size));
  }

  /// An index or root record must be the one that follows from the blocks before it.
  Status check_index(const Record& record) {
    if (damaged_) {
      return skip_side_payload(input_, record);
    }
    const bool root = record.header.type == RecordType::kRoot;
    const bool due = root ? index_.root_due() && !index_.last_segment_due()
                          : index_.segment_full() || index_.last_segment_due();
    if (!due) {
      return corrupt("index record where none belongs").at_offset(record.at);
    }
    const auto expected = root ? index_.root_payload() : index_.segment_payload();
    if (record.header !=
        (root ? index_.root_header(file_.stream_id) : index_.segment_header(file_.stream_id))) {
      return corrupt("index record contradicts the blocks").at_offset(record.at);
    }
    const auto payload = read_side_payload(input_, record, expected.size());
    if (!payload.ok()) {
      return payload.status();
    }
    if (*payload != expected) {
      return corrupt("index record contradicts the blocks").at_offset(record.at);
    }
    if (root) {
      index_.root_done(record.at - stream_at_);
    } else {
      index_.segment_done(record.at - stream_at_);
    }
    return {};
  }

  Status take_end(const Record& record) {
    const auto payload = read_side_payload(input_, record, End::kMaxPayload);
    if (!payload.ok()) {
      return payload.status();
    }
    const auto end = End::decode(*payload);
    if (!end.ok()) {
      return end.status().at_offset(record.at);
    }
    if (Status checked = damaged_ ? take_damaged_end(record) : check_end(record, *end);
        !checked.ok()) {
      return checked;
    }
    in_stream_ = false;
    Status tail = check_tail(record);
    bytes_in_.store(input_.position(), std::memory_order_relaxed);
    if (tolerant_ && is_damage(tail)) {
      note_damage(tail);  // nothing of the content is lost with it
      return {};
    }
    return tail;
  }

  Status check_tail(const Record& record) {
    std::array<std::byte, End::kTailSize> tail{};
    if (Status read = input_.read_exactly(tail); !read.ok()) {
      return read;
    }
    if (tail != End::tail(static_cast<std::uint32_t>(record.header.stored_size() + tail.size()))) {
      return corrupt("the end of the file is damaged").at_offset(input_.position() - tail.size());
    }
    return {};
  }

  Status check_end(const Record& record, const End& end) const {
    const std::uint64_t record_size = record.header.stored_size() + End::kTailSize;
    const bool fits = record.header.raw_offset == expected_raw_ && record.header.raw_size == 0 &&
                      record.header.sequence == next_block_ && index_.complete() &&
                      end.file == file_ &&
                      end.stream_size == record.at + record_size - stream_at_ &&
                      end.top_index_offset == index_.top_index();
    if (!fits) {
      return contradiction(record);
    }
    return end.content == index_.content_digest()
               ? Status()
               : corrupt("content digest does not fit the blocks").at_offset(record.at);
  }

  /// What is missing between the last block and the end that this record states is lost.
  Status take_damaged_end(const Record& record) {
    if (record.header.raw_offset < expected_raw_ || record.header.sequence < next_block_) {
      return contradiction(record);
    }
    if (Status allowed = allow_output(record.header.raw_offset, 0); !allowed.ok()) {
      return allowed.at_offset(record.at);
    }
    lose_up_to(record.header.raw_offset);
    return {};
  }

  Status take_metadata(const Record& record) {
    const auto payload = read_side_payload(input_, record, kMaxMetadataSize);
    if (!payload.ok()) {
      return payload.status();
    }
    auto metadata = decode_metadata(*payload);
    if (!metadata.ok()) {
      return metadata.status().at_offset(record.at);
    }
    if (next_block_ != 0 && !damaged_) {
      return corrupt("metadata behind a block").at_offset(record.at);
    }
    if (!metadata_ && stream_at_ == 0) {
      metadata_ = std::move(*metadata);
    }
    return {};
  }

  void note_damage(const Status& status) {
    skipped_damage_ = skipped_damage_.ok() ? status : skipped_damage_;
  }

  /// After damage: goes to the next record of this stream, or else to the next stream that can be
  /// found from the end of the source. What lies between is lost.
  Status recover(const Status& reason) {
    note_damage(reason);
    damaged_ = true;
    gap_reason_ = reason;
    std::uint64_t next_stream = source_.random_access() ? source_.size().value_or(0) : 0;
    for (const auto& stream : known_streams()) {  // in file order: the first behind is the next
      if (stream.stored_at > (in_stream_ ? stream_at_ : record_at_)) {
        next_stream = stream.stored_at;
        break;
      }
    }
    if (in_stream_ && source_.random_access()) {
      const auto next = find_next_record(source_, scan_from_, next_stream, file_.stream_id);
      if (!next.ok()) {
        return next.status();
      }
      if (*next < next_stream) {
        input_.seek(*next);
        scan_from_ = *next + 1;
        return {};
      }
    }
    lost_.push_back({base_ + expected_raw_, 0, reason});  // up to an end that is not known
    in_stream_ = false;
    ended_ = !source_.random_access() || next_stream >= source_.size().value_or(0);
    input_.seek(next_stream);
    return {};
  }

  WarpDecodeOptions options_;
  RecordInput input_;
  FileHeader file_;
  IndexBuilder index_;
  std::optional<WarpMetadata> metadata_;
  std::optional<CompactStream> compact_;  ///< begun, and its block not yet given out
  std::vector<std::byte> compact_payload_;
  std::uint64_t stream_at_ = 0;
  std::uint64_t base_ = 0;          ///< content bytes of the streams before this one
  std::uint64_t expected_raw_ = 0;  ///< content bytes of this stream so far
  std::uint32_t next_block_ = 0;
  std::uint64_t record_at_ = 0;
  bool in_stream_ = false;
  bool ended_ = false;
  // With keep_going:
  bool damaged_ = false;         ///< this stream's records do not follow each other without a gap
  std::uint64_t scan_from_ = 0;  ///< where a search for the next record begins
  Status gap_reason_;
  std::vector<LostRange> lost_;  ///< not yet given to a slot
  std::optional<std::vector<WarpStream>> known_streams_;
  Status skipped_damage_;  ///< first that read() went over
  Status lost_damage_;     ///< first that write() reported
};

}  // namespace

Result<std::unique_ptr<WarpDecodeJob>> make_warp_decode_job(Source& source, Sink& sink,
                                                            WarpDecodeOptions options) {
  auto job = std::make_unique<StreamDecodeJob>(source, sink, std::move(options));
  if (Status opened = job->open(); !opened.ok()) {
    return opened;
  }
  return std::unique_ptr<WarpDecodeJob>(std::move(job));
}

}  // namespace kompakt
