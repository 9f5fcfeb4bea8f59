#include "container/legacy/v1_reader.hpp"

#include <algorithm>
#include <chrono>

#include "container/legacy/buffer_room.hpp"

namespace kompakt::legacy {
namespace {

constexpr std::size_t kInputSize = 128 * kKiB;
constexpr std::size_t kPieceSize = kMiB;

}  // namespace

Result<std::unique_ptr<UnitReader>> V1Reader::open(InputCursor cursor, const TableHeader& header,
                                                   ChunkTable table, const Limits& limits) {
  // A frame names its own window; none that fits a chunk needs more than the largest chunk.
  const Limits window{.max_memory = std::min(limits.max_memory, kMaxChunkSize),
                      .max_output = limits.max_output};
  auto decoder = make_stream_decoder(coding_of(header.method), window);
  if (!decoder.ok()) {
    return decoder.status();
  }
  auto reader =
      std::make_unique<V1Reader>(cursor, header, std::move(table), limits, std::move(*decoder));
  if (Status peeked = reader->peek_trailer(); !peeked.ok()) {
    return peeked;
  }
  return std::unique_ptr<UnitReader>(std::move(reader));
}

V1Reader::V1Reader(InputCursor cursor, const TableHeader& header, ChunkTable table,
                   const Limits& limits, std::unique_ptr<StreamCoder> decoder)
    : TableReader(cursor, header, std::move(table), limits),
      decoder_(std::move(decoder)),
      input_(kInputSize) {}

std::uint64_t V1Reader::slot_bytes() const { return buffer_room(kPieceSize); }

Status V1Reader::open_chunk() {
  const auto sizes = table_.next();
  if (!sizes.ok()) {
    return sizes.status();
  }
  chunk_start_ = cursor_.position();
  unread_ = sizes->stored;
  ready_ = {};
  open_ = true;
  return decoder_->reset();
}

Status V1Reader::refill() {
  const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(unread_, input_.size()));
  const auto part = MutableByteSpan(input_).first(piece);
  if (Status read = cursor_.read_exact(part, "a chunk"); !read.ok()) {
    return read;
  }
  unread_ -= piece;
  ready_ = part;
  return {};
}

Status V1Reader::finish_chunk() {
  open_ = false;
  ++index_;
  return ready_.empty() && unread_ == 0
             ? Status()
             : Status(Code::kCorrupt, "a chunk goes on behind the end of its stream");
}

Result<std::size_t> V1Reader::decode_piece(MutableByteSpan out) {
  std::size_t produced = 0;
  bool stalled = false;
  while (open_ && produced < out.size()) {
    if (ready_.empty() && unread_ > 0) {
      if (Status filled = refill(); !filled.ok()) {
        return filled;
      }
    }
    const auto mode = unread_ == 0 ? StreamMode::kFinish : StreamMode::kRun;
    const auto step = decoder_->step(ready_, out.subspan(produced), mode);
    if (!step.ok()) {
      return step.status();
    }
    ready_ = ready_.subspan(step->consumed);
    produced += step->produced;
    if (step->state == StreamState::kFinished) {
      Status finished = finish_chunk();
      return finished.ok() ? Result<std::size_t>(produced) : finished;
    }
    const bool idle = step->consumed == 0 && step->produced == 0;
    if (idle && (stalled || (ready_.empty() && unread_ == 0))) {
      return Status(Code::kCorrupt, "a chunk ends before its stream does");
    }
    stalled = idle;
  }
  return produced;
}

Result<bool> V1Reader::next(DecodeSlot& slot) {
  slot.raw.resize_discard(kPieceSize);
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t before = cursor_.position();
  std::size_t size = 0;
  while (size == 0) {
    if (!open_ && at_end()) {
      return end_unit(slot);
    }
    Status opened = open_ ? Status() : open_chunk();
    if (!opened.ok()) {
      return opened.in_block(index_);
    }
    slot.index = index_;
    const auto piece = decode_piece(slot.raw.first(kPieceSize));
    Status status = piece.ok() ? claim_raw(*piece) : piece.status();
    if (!status.ok()) {
      return status.in_block(slot.index).at_offset(chunk_start_);
    }
    size = *piece;
  }
  slot.decoded = true;
  slot.coding = coding_of(header_.method);
  slot.stored_offset = chunk_start_;
  slot.stored_size = static_cast<std::size_t>(cursor_.position() - before);
  slot.raw_offset = raw_offset_;
  slot.raw_size = size;
  slot.input_end = cursor_.position();
  slot.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  raw_offset_ += size;
  return true;
}

}  // namespace kompakt::legacy
