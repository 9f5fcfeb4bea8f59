#include "container/legacy/decode_job.hpp"

#include <chrono>

#include "container/legacy/input_cursor.hpp"

namespace kompakt::legacy {
namespace {

class DecodeWorker final : public StagedJob::Worker {
 public:
  explicit DecodeWorker(const Limits& limits) : decoder(limits) {}
  ChunkDecoder decoder;
};

}  // namespace

DecodeJob::DecodeJob(Source& source, Sink& sink, std::unique_ptr<UnitReader> reader,
                     const Limits& limits, LegacyDecodeOptions options)
    : source_(&source),
      sink_(&sink),
      scatter_(sink.positional()),
      reader_(std::move(reader)),
      limits_(limits),
      options_(std::move(options)),
      verifier_(options_.verify ? reader_->candidate_hashes() : std::span<const HashId>()) {}

Result<std::unique_ptr<StagedJob::Worker>> DecodeJob::make_worker() {
  return std::unique_ptr<Worker>(std::make_unique<DecodeWorker>(limits_));
}

Result<bool> DecodeJob::read(Slot& slot) {
  auto& unit = static_cast<DecodeSlot&>(slot);
  unit.loaded = false;
  unit.decoded = false;
  unit.end.reset();
  unit.seconds = 0;
  auto more = reader_->next(unit);
  if (more.ok() && *more && !unit.loaded && !unit.decoded && !unit.end) {
    source_->will_need(unit.stored_offset, unit.stored_size);
  }
  return more;
}

Status DecodeJob::decode(DecodeSlot& slot, ChunkDecoder& decoder) const {
  // Room for one byte at least, so that the codecs never see a null pointer.
  slot.raw.resize_discard(slot.raw_size + 1);
  const MutableByteSpan raw = slot.raw.first(slot.raw_size);
  if (!slot.loaded && slot.coding == Coding::kCopy) {
    return read_exact_at(*source_, slot.stored_offset, raw, "a chunk");
  }
  slot.stored.resize_discard(slot.stored_size + 1);
  const MutableByteSpan stored = slot.stored.first(slot.stored_size);
  if (!slot.loaded) {
    if (Status read = read_exact_at(*source_, slot.stored_offset, stored, "a chunk"); !read.ok()) {
      return read;
    }
  }
  return decoder.decode(slot.coding, stored, raw);
}

Status DecodeJob::work(Slot& slot, Worker& worker) {
  auto& unit = static_cast<DecodeSlot&>(slot);
  // A positional sink reads as zeros where nothing is written, so chunks of zeros become holes.
  if (unit.end || unit.coding == Coding::kZero) {
    return {};
  }
  const auto start = std::chrono::steady_clock::now();
  Status status;
  if (!unit.decoded) {
    status = decode(unit, static_cast<DecodeWorker&>(worker).decoder);
    if (!status.ok()) {
      return status.in_block(unit.index).at_offset(unit.stored_offset);
    }
  }
  if (scatter_) {
    status = sink_->write_at(unit.raw_offset, unit.raw.first(unit.raw_size));
    status.in_block(unit.index);
  }
  unit.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return status;
}

Status DecodeJob::emit(const DecodeSlot& slot) {
  if (slot.coding == Coding::kZero) {
    verifier_.update_zeros(slot.raw_size);
    return scatter_ ? Status() : sink_->write_zeros(slot.raw_size);
  }
  const ByteSpan raw = slot.raw.first(slot.raw_size);
  verifier_.update(raw);
  return scatter_ ? Status() : sink_->write(raw);
}

Status DecodeJob::write(Slot& slot) {
  const auto& unit = static_cast<const DecodeSlot&>(slot);
  if (unit.end) {
    progress_.bytes_in = unit.input_end;
    Status verified =
        options_.verify ? verifier_.verify(unit.end->hash, unit.end->digest) : Status();
    return verified.at_offset(unit.stored_offset);
  }
  if (Status emitted = emit(unit); !emitted.ok()) {
    return emitted.in_block(unit.index);
  }
  progress_.bytes_in = unit.input_end;
  progress_.bytes_out = unit.raw_offset + unit.raw_size;
  if (options_.on_chunk) {
    options_.on_chunk({.index = unit.index,
                       .original_size = unit.raw_size,
                       .stored_size = unit.stored_size,
                       .seconds = unit.seconds});
  }
  return {};
}

}  // namespace kompakt::legacy
