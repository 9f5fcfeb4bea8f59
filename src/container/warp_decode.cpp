#include "container/warp_decode.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>

#include "container/block_decoder.hpp"
#include "container/index_builder.hpp"
#include "container/warp3_layout.hpp"
#include "core/buffer.hpp"
#include "core/checked.hpp"

namespace kompakt {
namespace {

using warp3::BlockDecoder;
using warp3::BlockRecord;
using warp3::End;
using warp3::FileHeader;
using warp3::find_next_record;
using warp3::IndexBuilder;
using warp3::Record;
using warp3::RecordHeader;
using warp3::RecordInput;
using warp3::RecordType;

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

bool is_damage(const Status& status) {
  return status.code() == Code::kCorrupt || status.code() == Code::kTruncated;
}

struct DecodeSlot final : StagedJob::Slot {
  BlockRecord block;
  HashId hash = HashId::kNone;
  std::uint64_t stored_at = 0;   ///< of the record's header
  std::uint64_t payload_at = 0;
  bool loaded = false;           ///< payload holds the stored bytes; otherwise work() reads them
  std::uint64_t gap_before = 0;  ///< content lost before this block
  Status gap_reason;
  // The part of the block that is wanted, and where it goes in the output.
  std::uint64_t clip_begin = 0;
  std::uint64_t clip_end = 0;
  std::uint64_t output_at = 0;
  Buffer payload;
  Buffer raw;
  // Results of work():
  ByteSpan output;
  Status lost;
};

struct DecodeWorker final : StagedJob::Worker {
  explicit DecodeWorker(const Limits& limits) : decoder(limits) {}
  BlockDecoder decoder;
  // Used instead of the slot's where nothing has to survive until write(): they stay in cache.
  Buffer payload;
  Buffer raw;
};

/// The stages after read(), shared by whole-stream and range decoding.
template <typename Base>
class DecodeStages : public Base {
 public:
  DecodeStages(Source& source, Sink& sink, const Limits& limits)
      : source_(source), sink_(sink), limits_(limits), scatter_(sink.positional()) {}

  std::unique_ptr<StagedJob::Slot> make_slot() override {
    ++slots_;
    return std::make_unique<DecodeSlot>();
  }
  Result<std::unique_ptr<StagedJob::Worker>> make_worker() override {
    ++workers_;
    return std::unique_ptr<StagedJob::Worker>(std::make_unique<DecodeWorker>(limits_));
  }
  std::uint64_t slot_bytes() const override {
    // With both ends positional everything a block needs is the worker's.
    return (scatter_ ? 0 : block_bound_) + (source_.random_access() ? 0 : block_bound_);
  }
  std::uint64_t worker_bytes() const override {
    return decode_bytes_ + (scatter_ ? block_bound_ : 0) + (source_.random_access() ? block_bound_ : 0);
  }
  StagedJob::Progress progress() const override {
    return {bytes_in_.load(std::memory_order_relaxed), output_end_};
  }

  Status work(StagedJob::Slot& slot_base, StagedJob::Worker& worker_base) override {
    auto& slot = static_cast<DecodeSlot&>(slot_base);
    auto& worker = static_cast<DecodeWorker&>(worker_base);
    slot.lost = {};
    slot.output = {};
    if (slot.block.zero) {
      return {};
    }
    Status status = decode(slot, worker);
    status.in_block(slot.block.sequence).at_offset(slot.stored_at);
    if (tolerant_ && (is_damage(status) || status.code() == Code::kUnsupported)) {
      slot.lost = status;
      return {};
    }
    return status;
  }

  Status write(StagedJob::Slot& slot_base) override {
    auto& slot = static_cast<DecodeSlot&>(slot_base);
    if (slot.gap_before != 0) {
      Status filled = fill_lost(slot.output_at - slot.gap_before, slot.gap_before, slot.gap_reason);
      if (!filled.ok()) {
        return filled;
      }
    }
    const std::uint64_t length = slot.clip_end - slot.clip_begin;
    output_end_ = slot.output_at + length;
    if (!slot.lost.ok()) {
      return fill_lost(slot.output_at, length, slot.lost);
    }
    if (scatter_) {
      return {};  // work() wrote the data; zeros are what was never written
    }
    return slot.block.zero ? sink_.write_zeros(length) : sink_.write(slot.output);
  }

 protected:
  Status fill_lost(std::uint64_t offset, std::uint64_t length, const Status& reason) {
    report_lost({offset, length, reason});
    return scatter_ ? Status() : sink_.write_zeros(length);
  }
  virtual void report_lost(const LostRange& /*range*/) {}

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  Limits limits_;
  bool scatter_;
  bool tolerant_ = false;
  std::uint64_t block_bound_ = 0;   ///< the most bytes a block has, stored or raw
  std::uint64_t decode_bytes_ = 0;  ///< what one decoder works with
  std::uint64_t output_end_ = 0;
  std::atomic<std::uint64_t> bytes_in_{0};
  std::uint64_t slots_ = 0;
  std::uint64_t workers_ = 0;

 private:
  Status decode(DecodeSlot& slot, DecodeWorker& worker) {
    const std::size_t stored = slot.block.payload_size;
    if (!slot.loaded) {
      worker.payload.resize_discard(stored);
      const auto got = source_.read_at(slot.payload_at, worker.payload.first(stored));
      if (!got.ok()) {
        return got.status();
      }
      if (*got != stored) {
        return {Code::kTruncated, "the file ends inside the block"};
      }
    }
    const Buffer& payload = slot.loaded ? slot.payload : worker.payload;
    const auto size = static_cast<std::size_t>(slot.block.raw_size);
    Buffer& room = scatter_ ? worker.raw : slot.raw;
    // A stored block is its payload; it needs room only where the payload will not live long enough.
    const bool stored_raw = slot.block.codec.id == static_cast<std::uint16_t>(CodecId::kStore);
    if (!stored_raw) {
      room.resize_discard(size);
    }
    auto raw = worker.decoder.decode(slot.block, slot.hash, payload.first(stored), stored_raw ? MutableByteSpan() : room.first(size));
    if (!raw.ok()) {
      return raw.status();
    }
    if (stored_raw && !scatter_ && !slot.loaded) {
      std::swap(slot.payload, worker.payload);
    }
    const ByteSpan wanted = raw->subspan(static_cast<std::size_t>(slot.clip_begin),
                                         static_cast<std::size_t>(slot.clip_end - slot.clip_begin));
    if (scatter_) {
      return sink_.write_at(slot.output_at, wanted);
    }
    slot.output = wanted;
    return {};
  }
};

/// Whole streams, in order.
class StreamDecodeJob final : public DecodeStages<WarpDecodeJob> {
 public:
  StreamDecodeJob(Source& source, Sink& sink, WarpDecodeOptions options)
      : DecodeStages(source, sink, options.limits), options_(std::move(options)), input_(source), index_(HashId::kNone) {
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

  Result<bool> read(Slot& base) override {
    auto& slot = static_cast<DecodeSlot&>(base);
    slot.gap_before = 0;
    for (;;) {
      if (ended_) {
        return false;
      }
      auto found = in_stream_ ? next_record(slot) : between_streams();
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
    if (lost_tail_ && raw_end_ >= base_ + expected_raw_) {
      report_lost({base_ + expected_raw_, raw_end_ - base_ - expected_raw_, tail_reason_});
      output_end_ = raw_end_;
      if (!scatter_) {
        if (Status filled = sink_.write_zeros(raw_end_ - base_ - expected_raw_); !filled.ok()) {
          return filled;
        }
      }
    }
    return sink_.finish(output_end_);
  }

 private:
  void report_lost(const LostRange& range) override {
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
    const auto header = FileHeader::decode(ByteSpan(bytes).first(*got));
    if (!header.ok()) {
      return header.status().at_offset(at);
    }
    file_ = *header;
    index_ = IndexBuilder(file_.hash);
    stream_at_ = at;
    expected_raw_ = 0;
    in_stream_ = true;
    return grow_bounds();
  }

  /// Takes over the memory needs that a file header declares.
  Result<bool> grow_bounds() {
    block_bound_ = std::max(block_bound_, std::uint64_t{1} << file_.block_log);
    decode_bytes_ = std::max(decode_bytes_, std::uint64_t{file_.decode_kib} * kKiB);
    // The first stream is held to the budget by the pipeline; a later one must fit what was begun.
    const auto needed = slots_ * slot_bytes() + std::max<std::uint64_t>(workers_, 1) * worker_bytes();
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
    const std::uint64_t at = input_.position();
    auto begun = begin_stream();
    if (!begun.ok() && (begun.status().code() == Code::kTruncated || begun.status().code() == Code::kCorrupt)) {
      return corrupt("trailing bytes after the end of the .warp data").at_offset(at);
    }
    if (begun.ok() && !*begun) {
      ended_ = true;
    }
    return begun.ok() ? Result<bool>(false) : begun;
  }

  /// Handles one record; true when the slot got a block.
  Result<bool> next_record(DecodeSlot& slot) {
    record_at_ = input_.position();
    auto record = read_record(input_, file_.stream_id);
    if (!record.ok()) {
      return record.status().in_block(index_.blocks());
    }
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
      return Status(Code::kUnsupported, "needs a newer reader: unknown record type " +
                                            std::to_string(static_cast<unsigned>(record->header.type)))
          .at_offset(record->at);
    }
    return result_of(skip_payload(*record));
  }

  Result<bool> result_of(Status status) {
    status.in_block(index_.blocks());
    return status.ok() ? Result<bool>(false) : Result<bool>(status);
  }

  Result<bool> take_block(const Record& record, DecodeSlot& slot) {
    auto block = parse_block(record, file_);
    if (!block.ok()) {
      return block.status().in_block(record.header.sequence);
    }
    const bool in_sequence = block->raw_offset == expected_raw_ && block->sequence == index_.blocks();
    if (!in_sequence && (!damaged_ || block->raw_offset < expected_raw_)) {
      return corrupt("block is out of order").in_block(block->sequence).at_offset(record.at);
    }
    const auto end = checked_add<std::uint64_t>(base_ + block->raw_offset, block->raw_size);
    if (!end || *end > limits_.max_output) {
      return Status(Code::kLimitExceeded, "output is larger than the limit of " +
                                              std::to_string(limits_.max_output) + " bytes")
          .in_block(block->sequence)
          .at_offset(record.at);
    }
    slot.loaded = false;
    slot.payload_at = record.payload_at();
    if (Status loaded = load_payload(*block, slot); !loaded.ok()) {
      return loaded.in_block(block->sequence);
    }
    slot.gap_before = block->raw_offset - expected_raw_;
    slot.gap_reason = gap_reason_;
    slot.block = *block;
    slot.hash = file_.hash;
    slot.stored_at = record.at;
    slot.clip_begin = 0;
    slot.clip_end = block->raw_size;
    slot.output_at = base_ + block->raw_offset;
    index_.add_block(block->raw_size, record.at - stream_at_, block->digest);
    expected_raw_ = block->raw_offset + block->raw_size;
    return true;
  }

  Status load_payload(const BlockRecord& block, DecodeSlot& slot) {
    bytes_in_.store(input_.position() + block.payload_size, std::memory_order_relaxed);
    if (input_.random_access()) {
      return input_.skip(block.payload_size);
    }
    slot.payload.resize_discard(block.payload_size);
    slot.loaded = true;
    return input_.read_exactly(slot.payload.first(block.payload_size));
  }

  /// An index or root record must be the one that follows from the blocks before it.
  Status check_index(const Record& record) {
    const auto payload = read_side_payload(input_, record);
    if (!payload.ok()) {
      return payload.status();
    }
    if (damaged_) {
      return {};
    }
    const bool root = record.header.type == RecordType::kRoot;
    if (root ? !index_.root_due() : index_.pending() == 0) {
      return corrupt("index record where none belongs").at_offset(record.at);
    }
    if (*payload != (root ? index_.root_payload() : index_.segment_payload())) {
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
    const auto payload = read_side_payload(input_, record);
    if (!payload.ok()) {
      return payload.status();
    }
    const auto end = End::decode(*payload, file_.hash);
    if (!end.ok()) {
      return end.status().at_offset(record.at);
    }
    std::array<std::byte, End::kTailSize> tail{};
    if (Status read = input_.read_exactly(tail); !read.ok()) {
      return read;
    }
    bytes_in_.store(input_.position(), std::memory_order_relaxed);
    const std::uint64_t record_size = record.header.stored_size() + tail.size();
    if (tail != End::tail(static_cast<std::uint32_t>(record_size))) {
      return corrupt("the end of the file is damaged").at_offset(record.at + record_size - tail.size());
    }
    if (damaged_) {
      // What is missing between the last block and the end that this record states.
      if (record.header.raw_offset > expected_raw_) {
        lost_tail_ = true;
        tail_reason_ = gap_reason_;
        raw_end_ = base_ + record.header.raw_offset;
      }
      ended_ = true;
      return {};
    }
    const bool fits = record.header.raw_offset == expected_raw_ && record.header.sequence == index_.blocks() &&
                      end->stream_size == input_.position() - stream_at_ &&
                      end->top_index_offset == index_.top_index();
    if (!fits) {
      return corrupt("end record contradicts the blocks").at_offset(record.at);
    }
    if (end->content != index_.content_digest()) {
      return corrupt("content digest does not fit the blocks").at_offset(record.at);
    }
    in_stream_ = false;
    return {};
  }

  Status take_metadata(const Record& record) {
    if (record.header.payload_size > kMaxMetadataSize) {
      return corrupt("metadata is too large").at_offset(record.at);
    }
    const auto payload = read_side_payload(input_, record);
    if (!payload.ok()) {
      return payload.status();
    }
    auto metadata = decode_metadata(*payload);
    if (!metadata.ok()) {
      return metadata.status().at_offset(record.at);
    }
    if (!metadata_ && stream_at_ == 0) {
      metadata_ = std::move(*metadata);
    }
    return {};
  }

  /// Steps over a record of a later version, checking that its bytes are whole.
  Status skip_payload(const Record& record) {
    const auto payload = read_side_payload(input_, record);
    return payload.ok() ? Status() : payload.status();
  }

  /// After damage: finds the next block or the end of the stream. What lies between is lost.
  Status recover(const Status& reason) {
    damaged_ = true;
    gap_reason_ = reason;
    const std::uint64_t size = source_.size().value_or(0);
    std::uint64_t next = size;
    if (in_stream_ && input_.random_access() && record_at_ < size) {
      const auto found = find_next_record(source_, record_at_ + 1, file_.stream_id);
      if (!found.ok()) {
        return found.status();
      }
      next = *found;
    }
    if (next < size) {
      input_.seek(next);
      return {};
    }
    lost_tail_ = true;
    tail_reason_ = reason;
    raw_end_ = base_ + expected_raw_;  // where the content ends is not known
    ended_ = true;
    return {};
  }

  WarpDecodeOptions options_;
  RecordInput input_;
  FileHeader file_;
  IndexBuilder index_;
  std::optional<WarpMetadata> metadata_;
  std::uint64_t stream_at_ = 0;
  std::uint64_t base_ = 0;          ///< content bytes of the streams before this one
  std::uint64_t expected_raw_ = 0;  ///< content bytes of this stream so far
  std::uint64_t record_at_ = 0;
  bool in_stream_ = false;
  bool ended_ = false;
  // After damage, with keep_going:
  bool damaged_ = false;
  Status gap_reason_;
  bool lost_tail_ = false;
  Status tail_reason_;
  std::uint64_t raw_end_ = 0;
};

/// The blocks of a range, through the index.
class RangeDecodeJob final : public DecodeStages<StagedJob> {
 public:
  RangeDecodeJob(WarpIndex& index, Sink& sink, const Limits& limits, std::uint64_t begin, std::uint64_t end)
      : DecodeStages(index.source(), sink, limits), index_(index), begin_(begin), end_(end) {}

  Status open() {
    for (const auto& stream : index_.streams()) {
      block_bound_ = std::max(block_bound_, std::uint64_t{1} << stream.header.block_log);
      decode_bytes_ = std::max(decode_bytes_, std::uint64_t{stream.header.decode_kib} * kKiB);
    }
    if (end_ - begin_ > limits_.max_output) {
      return {Code::kLimitExceeded, "the range is larger than the output limit"};
    }
    auto blocks = index_.find(begin_, end_);
    if (!blocks.ok()) {
      return blocks.status();
    }
    blocks_ = std::move(*blocks);
    return {};
  }

  Result<bool> read(Slot& base) override {
    auto& slot = static_cast<DecodeSlot&>(base);
    if (next_ == blocks_.size()) {
      return expected_ == end_ ? Result<bool>(false) : Result<bool>(missing(expected_));
    }
    const BlockLocation& location = blocks_[next_++];
    const std::uint64_t wanted_begin = std::max(location.raw_begin, begin_);
    if (wanted_begin != expected_) {
      return missing(expected_);
    }
    const auto block = index_.read_block(location);
    if (!block.ok()) {
      return block.status();
    }
    slot.gap_before = 0;
    slot.loaded = false;
    slot.block = *block;
    slot.hash = index_.streams()[location.stream].header.hash;
    slot.stored_at = location.stored_at;
    slot.payload_at = location.stored_at + RecordHeader::kSize + extension_size(*block, slot.hash);
    slot.clip_begin = wanted_begin - location.raw_begin;
    slot.clip_end = std::min(location.raw_end, end_) - location.raw_begin;
    slot.output_at = wanted_begin - begin_;
    expected_ = std::min(location.raw_end, end_);
    bytes_in_.fetch_add(block->payload_size, std::memory_order_relaxed);
    return true;
  }

  Status finish() override { return sink_.finish(end_ - begin_); }

 private:
  static std::size_t extension_size(const BlockRecord& block, HashId hash) {
    return 1 + 3 + block.codec.parameters.size() + digest_size(hash);
  }
  static Status missing(std::uint64_t offset) {
    return corrupt("content from byte " + std::to_string(offset) + " on is lost");
  }

  WarpIndex& index_;  // NOLINT(cppcoreguidelines-*): outlives the job
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t expected_ = begin_;
  std::vector<BlockLocation> blocks_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<WarpDecodeJob>> make_warp_decode_job(Source& source, Sink& sink, WarpDecodeOptions options) {
  auto job = std::make_unique<StreamDecodeJob>(source, sink, std::move(options));
  if (Status opened = job->open(); !opened.ok()) {
    return opened;
  }
  return std::unique_ptr<WarpDecodeJob>(std::move(job));
}

Result<std::unique_ptr<StagedJob>> make_warp_range_job(WarpIndex& index, Sink& sink, std::uint64_t offset,
                                                       std::uint64_t length, const Limits& limits) {
  const std::uint64_t size = index.raw_size();
  if (offset > size) {
    return Status(Code::kInvalidArgument, "range begins at " + std::to_string(offset) + ", the content ends at " +
                                              std::to_string(size));
  }
  const std::uint64_t end = length > size - offset ? size : offset + length;
  auto job = std::make_unique<RangeDecodeJob>(index, sink, limits, offset, end);
  if (Status opened = job->open(); !opened.ok()) {
    return opened;
  }
  return std::unique_ptr<StagedJob>(std::move(job));
}

}  // namespace kompakt
