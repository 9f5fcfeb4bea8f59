// Decoding the blocks of a byte range.
#include <algorithm>

#include "container/decode_stages.hpp"
#include "container/warp_decode.hpp"

namespace kompakt {
namespace {

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

/// The blocks of a range, through the index.
class RangeDecodeJob final : public DecodeStages<StagedJob> {
 public:
  RangeDecodeJob(const WarpIndex& index, std::vector<BlockLocation> blocks, Sink& sink,
                 const WarpRangeOptions& options)
      : DecodeStages(index.source(), sink, options.limits, options.verify_digests),
        index_(index),
        begin_(options.offset),
        end_(options.offset + options.length),
        blocks_(std::move(blocks)) {}

  Status open() {
    for (const auto& stream : index_.streams()) {
      block_bound_ = std::max(block_bound_, std::uint64_t{1} << stream.header.block_log);
      decode_bytes_ = std::max(decode_bytes_, std::uint64_t{stream.header.decode_kib} * kKiB);
    }
    if (end_ - begin_ > limits_.max_output) {
      return {Code::kLimitExceeded, "the range is larger than the output limit"};
    }
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
    slot.lost_before.clear();
    slot.loaded = false;
    slot.block = *block;
    slot.hash = index_.streams()[location.stream].header.hash;
    slot.stored_at = location.stored_at;
    slot.clip_begin = wanted_begin - location.raw_begin;
    slot.clip_end = std::min(location.raw_end, end_) - location.raw_begin;
    slot.output_at = wanted_begin - begin_;
    expected_ = std::min(location.raw_end, end_);
    bytes_in_.fetch_add(block->payload_size, std::memory_order_relaxed);
    return true;
  }

  Status finish() override { return sink_.finish(end_ - begin_); }

 private:
  static Status missing(std::uint64_t offset) {
    return corrupt("content from byte " + std::to_string(offset) + " on is lost");
  }

  const WarpIndex& index_;  // NOLINT(cppcoreguidelines-*): outlives the job
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t expected_ = begin_;
  std::vector<BlockLocation> blocks_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<StagedJob>> make_warp_range_job(WarpIndex& index, Sink& sink,
                                                       const WarpRangeOptions& options) {
  const std::uint64_t offset = options.offset;
  const std::uint64_t length = options.length;
  const std::uint64_t size = index.raw_size();
  if (offset > size && index.end_known()) {
    return Status(Code::kInvalidArgument, "range begins at " + std::to_string(offset) +
                                              ", the content ends at " + std::to_string(size));
  }
  if (offset > size || (length > size - offset && !index.end_known())) {
    return Status(Code::kTruncated, "the content is known up to byte " + std::to_string(size) +
                                        " only: " + std::string(index.recovered().message()));
  }
  WarpRangeOptions within = options;
  within.length = std::min(length, size - offset);
  auto blocks = index.find(offset, offset + within.length);
  if (!blocks.ok()) {
    return blocks.status();
  }
  return make_warp_range_job(index, std::move(*blocks), sink, within);
}

Result<std::unique_ptr<StagedJob>> make_warp_range_job(const WarpIndex& index,
                                                       std::vector<BlockLocation> blocks,
                                                       Sink& sink,
                                                       const WarpRangeOptions& options) {
  auto job = std::make_unique<RangeDecodeJob>(index, std::move(blocks), sink, options);
  if (Status opened = job->open(); !opened.ok()) {
    return opened;
  }
  return std::unique_ptr<StagedJob>(std::move(job));
}

}  // namespace kompakt
