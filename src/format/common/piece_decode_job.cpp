#include "format/common/piece_decode_job.hpp"

#include <string>

namespace kompakt {

PieceDecodeJob::PieceDecodeJob(Source& source, Sink& sink, const Config& config)
    : source_(source), sink_(sink), config_(config), scatter_(sink.positional()) {}

Result<bool> PieceDecodeJob::read(Slot& slot) {
  auto& piece = static_cast<Piece&>(slot);
  piece.room.resize_discard(config_.piece_size);
  piece.bytes = {};
  piece.offset = produced_;
  piece.check = 0;
  piece.tag = 0;
  piece.closes = false;
  auto more = produce(piece);
  if (!more.ok() || !*more) {
    return more;
  }
  if (piece.bytes.size() > config_.limits.max_output - produced_) {
    return Status(Code::kLimitExceeded, "output is larger than the limit of " +
                                            std::to_string(config_.limits.max_output) + " bytes");
  }
  produced_ += piece.bytes.size();
  piece.input_end = input_position();
  return true;
}

Status PieceDecodeJob::work(Slot& slot, Worker& /*worker*/) {
  auto& piece = static_cast<Piece&>(slot);
  if (Status inspected = inspect(piece); !inspected.ok()) {
    return inspected;
  }
  return scatter_ && !piece.bytes.empty() ? sink_.write_at(piece.offset, piece.bytes) : Status();
}

Status PieceDecodeJob::write(Slot& slot) {
  auto& piece = static_cast<Piece&>(slot);
  // Checked before it is given out: a pipe cannot take it back.
  if (Status settled = settle(piece); !settled.ok()) {
    return settled;
  }
  bytes_in_ = piece.input_end;
  bytes_out_ += piece.bytes.size();
  return scatter_ || piece.bytes.empty() ? Status() : sink_.write(piece.bytes);
}

}  // namespace kompakt
