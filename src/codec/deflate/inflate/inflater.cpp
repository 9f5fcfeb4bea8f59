#include "codec/deflate/inflate/inflater.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "codec/deflate/inflate/bit_input.hpp"
#include "codec/deflate/inflate/inflate_loop.hpp"

namespace kompakt::deflate {

// The buffers of one call and how far it has come.
template <typename T>
struct Inflater::Call {
  ByteSpan in;
  std::uint64_t in_first_bit = 0;
  T* begin;
  T* start;  // where this call began to write
  T* out;
  T* end;
  std::uint64_t content_at_start = 0;
  bool halted = false;
  Halt halt = Halt::kOutputFull;

  void stop(Halt why) {
    halted = true;
    halt = why;
  }
  [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>(end - out); }
  [[nodiscard]] std::size_t history() const { return static_cast<std::size_t>(out - begin); }
  [[nodiscard]] std::size_t produced() const { return static_cast<std::size_t>(out - start); }
  [[nodiscard]] std::uint64_t bits_left(std::uint64_t bit) const {
    return in_first_bit + std::uint64_t{in.size()} * 8 - bit;
  }
};

void Inflater::start(const Start& from) noexcept {
  bit_ = from.bit;
  content_ = from.content;
  header_bit_ = from.bit;
  history_ = std::min(from.history, kWindowSize);
  state_ = State::kHeader;
  final_ = false;
  stored_left_ = 0;
  pending_length_ = 0;
  // The tables stay: where they are the fixed ones, they need not be built again.
}

Fault Inflater::build_tables(const BlockHeader& header) {
  const bool fixed = header.type == BlockType::kFixed;
  if (fixed && tables_are_fixed_) {
    return Fault::kNone;
  }
  tables_are_fixed_ = false;
  if (build_litlen_table(fixed ? fixed_lengths().litlen : header.litlen_lengths(),
                         tables_.litlen) != CodeFault::kNone) {
    return Fault::kLitlenCode;
  }
  if (build_distance_table(fixed ? fixed_lengths().distance : header.distance_lengths(),
                           tables_.distance) != CodeFault::kNone) {
    return Fault::kDistanceCode;
  }
  tables_are_fixed_ = fixed;
  return Fault::kNone;
}

template <typename T>
Fault Inflater::begin_block(Call<T>& call) {
  BlockHeader header;
  Fault fault = read_block_header(call.in, bit_ - call.in_first_bit, header);
  if (fault == Fault::kTruncated) {
    return fault;  // from the header's start again when there is more input
  }
  const std::uint64_t end_bit = call.in_first_bit + header.end_bit;
  if (fault == Fault::kNone && header.type != BlockType::kStored) {
    fault = build_tables(header);
  }
  if (fault == Fault::kNone) {
    header_bit_ = bit_;
    final_ = header.final;
    stored_left_ = header.stored_length;
    state_ = header.type == BlockType::kStored ? State::kStored : State::kCodes;
  }
  bit_ = end_bit;
  return fault;
}

template <typename T>
Fault Inflater::copy_stored(Call<T>& call) {
  const std::uint64_t left = call.bits_left(bit_) / 8;
  const std::size_t count =
      std::min({std::size_t{stored_left_}, call.room(), static_cast<std::size_t>(left)});
  const std::byte* from = call.in.data() + (bit_ - call.in_first_bit) / 8;
  if constexpr (sizeof(T) == 1) {
    if (count > 0) {
      std::memcpy(call.out, from, count);
    }
  } else {
    std::transform(from, from + count, call.out,
                   [](std::byte byte) { return T{std::to_integer<T>(byte)}; });
  }
  call.out += count;
  bit_ += std::uint64_t{count} * 8;
  stored_left_ -= static_cast<unsigned>(count);
  if (stored_left_ == 0) {
    state_ = State::kHeader;
    return Fault::kNone;
  }
  if (count == left) {
    return Fault::kTruncated;
  }
  call.stop(Halt::kOutputFull);
  return Fault::kNone;
}

template <typename T>
void Inflater::copy_pending(Call<T>& call) {
  const std::size_t count = std::min<std::size_t>(pending_length_, call.room());
  T* const from = call.out - pending_distance_;
  for (std::size_t i = 0; i < count; ++i) {
    call.out[i] = from[i];
  }
  call.out += count;
  pending_length_ -= static_cast<unsigned>(count);
  if (pending_length_ > 0) {
    call.stop(Halt::kOutputFull);
  }
}

// One symbol, with every check at its place. The inner loop leaves what it cannot do to this.
template <typename T>
Fault Inflater::decode_symbol(Call<T>& call) {
  const std::uint64_t left = call.bits_left(bit_);
  const std::uint64_t bits = peek_bits(call.in, bit_ - call.in_first_bit);
  const Symbol symbol = read_symbol(bits, tables_.litlen, kLitlenBits);
  if (symbol.bits > left) {
    return Fault::kTruncated;
  }
  if ((symbol.entry & kEntryExceptional) != 0) {
    if ((symbol.entry & kEntryEndOfBlock) == 0) {
      return Fault::kLitlenSymbol;
    }
    bit_ += symbol.bits;
    state_ = State::kHeader;
    return Fault::kNone;
  }
  if ((symbol.entry & kEntryLiteral) != 0) {
    if (call.room() == 0) {
      call.stop(Halt::kOutputFull);
      return Fault::kNone;
    }
    *call.out++ = static_cast<T>(entry_value(symbol.entry));
    bit_ += symbol.bits;
    return Fault::kNone;
  }
  // A length takes at most 20 bits and a distance 28: both lie within what was looked at.
  const Symbol far = read_symbol(bits >> symbol.bits, tables_.distance, kDistanceBits);
  if (symbol.bits + far.bits > left) {
    return Fault::kTruncated;
  }
  if ((far.entry & kEntryExceptional) != 0) {
    return Fault::kDistanceSymbol;
  }
  if (far.value > call.history()) {
    return Fault::kDistanceTooFar;
  }
  bit_ += symbol.bits + far.bits;
  pending_length_ = symbol.value;
  pending_distance_ = far.value;
  copy_pending(call);
  return Fault::kNone;
}

template <typename T>
Fault Inflater::decode_codes(Call<T>& call) {
  if (pending_length_ > 0) {
    copy_pending(call);
  }
  while (!call.halted && state_ == State::kCodes) {
    if (call.room() >= kLoopOutput && call.bits_left(bit_) / 8 >= kLoopInput + kBitInputSlack) {
      InflateLoop<T> loop{.tables = &tables_,
                          .in_begin = call.in.data(),
                          .in_end = call.in.data() + call.in.size(),
                          .out_begin = call.begin,
                          .out = call.out,
                          .out_end = call.end,
                          .bit = bit_ - call.in_first_bit};
      inflate_loop(loop);
      call.out = loop.out;
      bit_ = call.in_first_bit + loop.bit;
      if (loop.block_ended) {
        state_ = State::kHeader;
        return Fault::kNone;
      }
    }
    const Fault fault = decode_symbol(call);
    if (fault != Fault::kNone) {
      return fault;
    }
  }
  return Fault::kNone;
}

template <typename T>
Fault Inflater::decode(Call<T>& call, const StopAt& stop) {
  while (!call.halted) {
    if (state_ == State::kEnd) {
      call.stop(Halt::kEnd);
      break;
    }
    if (state_ == State::kHeader) {
      const Fault fault = begin_block(call);
      if (fault != Fault::kNone) {
        return fault;
      }
    }
    const Fault fault = state_ == State::kStored ? copy_stored(call) : decode_codes(call);
    if (fault != Fault::kNone) {
      return fault;
    }
    if (state_ == State::kHeader) {  // the block has ended
      if (final_) {
        state_ = State::kEnd;
      } else if (bit_ >= stop.bit || call.content_at_start + call.produced() >= stop.content) {
        call.stop(Halt::kBoundary);
      }
    }
  }
  return Fault::kNone;
}

template <typename T>
Result<InflateStep> Inflater::run_any(const InflateInput& input, const InflateOutput<T>& output,
                                      const StopAt& stop) {
  if (input.first_byte > bit_ / 8 || output.filled > output.buffer.size() ||
      output.filled < history_) {
    return Status(Code::kInvalidArgument, "inflate: the input's or the window's start is missing");
  }
  T* const begin = output.buffer.data();
  Call<T> call{.in = input.bytes,
               .in_first_bit = input.first_byte * 8,
               .begin = begin,
               .start = begin + output.filled,
               .out = begin + output.filled,
               .end = begin + output.buffer.size(),
               .content_at_start = content_};
  const bool behind_end = (bit_ + 7) / 8 - input.first_byte > input.bytes.size();
  Fault fault = behind_end ? Fault::kTruncated : decode(call, stop);
  content_ += call.produced();
  history_ = std::min(history_ + call.produced(), kWindowSize);
  if (fault == Fault::kTruncated && !input.complete) {
    call.stop(Halt::kInputNeeded);
    fault = Fault::kNone;
  }
  if (fault != Fault::kNone) {
    return fault_status(fault, bit_);
  }
  return InflateStep{.halt = call.halt, .produced = call.produced()};
}

Result<InflateStep> Inflater::run(const InflateInput& input,
                                  const InflateOutput<std::uint8_t>& output, const StopAt& stop) {
  return run_any(input, output, stop);
}

Result<InflateStep> Inflater::run_markers(const InflateInput& input,
                                          const InflateOutput<std::uint16_t>& output,
                                          const StopAt& stop) {
  return run_any(input, output, stop);
}

}  // namespace kompakt::deflate
