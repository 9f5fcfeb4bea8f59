/// \file
/// The stages behind read() that whole-stream and range decoding of .warp v3 share: fetch, check
/// and decode a block, then give it to the sink.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "container/block_decoder.hpp"
#include "core/buffer.hpp"
#include "core/staged_job.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

struct DecodeSlot final : StagedJob::Slot {
  warp3::BlockRecord block;
  HashId hash = HashId::kNone;
  std::uint64_t stored_at = 0;  ///< of the record's header
  bool loaded = false;          ///< payload holds the stored bytes; otherwise work() reads them
  std::vector<LostRange> lost_before;  ///< content lost before this block
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
  DecodeWorker(const Limits& limits, bool verify_digests) : decoder(limits, verify_digests) {}
  warp3::BlockDecoder decoder;
  // Used instead of the slot's where nothing has to survive until write(): they stay in cache.
  Buffer payload;
  Buffer raw;
};

/// The stages after read(), shared by whole-stream and range decoding.
template <typename Base>
class DecodeStages : public Base {
 public:
  DecodeStages(Source& source, Sink& sink, const Limits& limits, bool verify_digests)
      : source_(source),
        sink_(sink),
        limits_(limits),
        verify_digests_(verify_digests),
        scatter_(sink.positional()) {}

  bool ordered_stages_wait() const override { return !source_.random_access() || !scatter_; }
  std::unique_ptr<StagedJob::Slot> make_slot() override {
    ++slots_;
    return std::make_unique<DecodeSlot>();
  }
  Result<std::unique_ptr<StagedJob::Worker>> make_worker() override {
    ++workers_;
    return std::unique_ptr<StagedJob::Worker>(
        std::make_unique<DecodeWorker>(limits_, verify_digests_));
  }
  std::uint64_t slot_bytes() const override {
    // With both ends positional everything a block needs is the worker's.
    return (scatter_ ? 0 : block_bound_) + (source_.random_access() ? 0 : block_bound_);
  }
  std::uint64_t worker_bytes() const override {
    return decode_bytes_ + (scatter_ ? block_bound_ : 0) +
           (source_.random_access() ? block_bound_ : 0);
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
    if (Status filled = fill_all_lost(slot.lost_before); !filled.ok()) {
      return filled;
    }
    const std::uint64_t length = slot.clip_end - slot.clip_begin;
    if (!slot.lost.ok()) {
      return fill_lost({slot.output_at, length, slot.lost});
    }
    output_end_ = slot.output_at + length;
    if (scatter_) {
      return {};  // work() wrote the data; zeros are what was never written
    }
    return slot.block.zero ? sink_.write_zeros(length) : sink_.write(slot.output);
  }

 protected:
  Status fill_lost(const LostRange& range) {
    report_lost(range);
    output_end_ = range.offset + range.length;
    return scatter_ ? Status() : sink_.write_zeros(range.length);
  }
  Status fill_all_lost(const std::vector<LostRange>& ranges) {
    for (const auto& range : ranges) {
      if (Status filled = fill_lost(range); !filled.ok()) {
        return filled;
      }
    }
    return {};
  }
  virtual void report_lost(const LostRange& /*range*/) {}

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  Limits limits_;
  bool verify_digests_;
  bool scatter_;
  bool tolerant_ = false;
  std::uint64_t block_bound_ = 0;   ///< the most bytes a block has, stored or raw
  std::uint64_t decode_bytes_ = 0;  ///< what one decoder works with
  std::uint64_t output_end_ = 0;
  std::atomic<std::uint64_t> bytes_in_{0};
  std::uint64_t slots_ = 0;
  std::uint64_t workers_ = 0;

 private:
  /// The least that is written of a block that is not complete yet.
  static constexpr std::size_t kEarlyPiece = std::size_t{256} << 10U;

  /// A file system lets one thread at a time write to a file. So that the others do not queue up
  /// behind it, each writes what it has decoded whenever it finds nobody else at it, and goes on
  /// decoding otherwise. What is written before its checksum was compared counts for nothing unless
  /// the whole job succeeds, which is not so where it goes on after damage.
  [[nodiscard]] bool may_write_early(const DecodeSlot& slot) const {
    return scatter_ && workers_ > 1 && !tolerant_ && slot.clip_begin == 0 &&
           slot.clip_end == slot.block.raw_size;
  }

  std::atomic<bool> turn_taken_ = false;  ///< somebody is in an early write

  Status decode(DecodeSlot& slot, DecodeWorker& worker) {
    const std::size_t stored = slot.block.payload_size;
    // A stored block is its payload: it is read to where it can stay until it is written.
    const bool stored_raw = slot.block.codec.id == static_cast<std::uint16_t>(CodecId::kStore);
    Buffer& room = scatter_ ? worker.raw : slot.raw;
    Buffer& payload = slot.loaded ? slot.payload : stored_raw ? room : worker.payload;
    if (!slot.loaded) {
      payload.resize_discard(stored);
      const auto got = source_.read_at(slot.block.payload_at, payload.first(stored));
      if (!got.ok()) {
        return got.status();
      }
      if (*got != stored) {
        return {Code::kTruncated, "the file ends inside the block"};
      }
    }
    const auto size = static_cast<std::size_t>(slot.block.raw_size);
    if (!stored_raw) {
      room.resize_discard(size);
    }
    std::size_t written = 0;
    const auto write_early = [&](std::size_t ready) -> Status {
      if (ready - written < kEarlyPiece || turn_taken_.exchange(true, std::memory_order_acquire)) {
        return {};
      }
      Status put = sink_.write_at(slot.output_at + written,
                                  std::as_const(room).first(ready).subspan(written));
      turn_taken_.store(false, std::memory_order_release);
      written = ready;
      return put;
    };
    auto raw = worker.decoder.decode(
        slot.block, slot.hash, payload.first(stored),
        stored_raw ? MutableByteSpan() : room.first(size),
        may_write_early(slot) ? StepwiseDecoder::Step(std::ref(write_early)) : nullptr);
    if (!raw.ok()) {
      return raw.status();
    }
    const ByteSpan wanted = raw->subspan(static_cast<std::size_t>(slot.clip_begin),
                                         static_cast<std::size_t>(slot.clip_end - slot.clip_begin));
    if (scatter_) {
      return sink_.write_at(slot.output_at + written, wanted.subspan(written));
    }
    slot.output = wanted;
    return {};
  }
};

}  // namespace kompakt
