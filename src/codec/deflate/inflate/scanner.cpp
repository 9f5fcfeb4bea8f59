#include "codec/deflate/inflate/scanner.hpp"

#include <limits>

#include "codec/deflate/inflate/bit_input.hpp"
#include "codec/deflate/inflate/block_finder.hpp"

namespace kompakt::deflate {
namespace {

// Below this, searching for a block costs more than walking two halves at once saves.
constexpr std::size_t kSplitSize = std::size_t{96} << 10U;
constexpr std::uint64_t kNoStop = std::numeric_limits<std::uint64_t>::max();

// A block's start in the third quarter or a little before, if one is found.
std::uint64_t find_middle(ByteSpan in) {
  if (in.size() < kSplitSize) {
    return kNoStop;
  }
  const std::uint64_t bits = std::uint64_t{in.size()} * 8;
  return find_large_dynamic_block(in, bits / 32 * 14, bits / 32 * 24).value_or(kNoStop);
}

Fault build_tables(const BlockHeader& header, WalkTables& tables) {
  const bool fixed = header.type == BlockType::kFixed;
  if (build_walk_litlen(fixed ? fixed_lengths().litlen : header.litlen_lengths(), tables) !=
      CodeFault::kNone) {
    return Fault::kLitlenCode;
  }
  if (build_walk_distance(fixed ? fixed_lengths().distance : header.distance_lengths(), tables) !=
      CodeFault::kNone) {
    return Fault::kDistanceCode;
  }
  return Fault::kNone;
}

}  // namespace

void Scanner::begin(Lane& lane, ByteSpan in, std::uint64_t bit, std::uint64_t stop_bit) {
  lane.walk = {.tables = &lane.tables, .in = in, .bit = bit};
  lane.stop_bit = stop_bit;
  lane.state = State::kHeader;
  lane.ended = false;
  lane.fault = Fault::kNone;
  open_block(lane);
}

// Between blocks: stops, or passes stored blocks until one with codes begins.
void Scanner::open_block(Lane& lane) {
  WalkLane& walk = lane.walk;
  while (lane.state == State::kHeader) {
    if (lane.ended || walk.bit >= lane.stop_bit) {
      lane.state = State::kStopped;
      return;
    }
    lane.header_bit = walk.bit;
    lane.fault = read_block_header(walk.in, walk.bit, lane.header);
    walk.bit = lane.header.end_bit;
    if (lane.fault == Fault::kNone && lane.header.type != BlockType::kStored) {
      lane.fault = build_tables(lane.header, lane.tables);
      lane.state = State::kCodes;
    } else if (lane.fault == Fault::kNone) {
      if (lane.header.stored_length > walk.in.size() - walk.bit / 8) {
        lane.fault = Fault::kTruncated;
      }
      walk.bit += std::uint64_t{lane.header.stored_length} * 8;
      walk.content += lane.header.stored_length;
      lane.ended = lane.header.final;
    }
    if (lane.fault != Fault::kNone) {
      lane.state = State::kStopped;
    }
  }
}

// One symbol, with every check at its place.
void Scanner::walk_symbol(Lane& lane) {
  WalkLane& walk = lane.walk;
  const std::uint64_t left = std::uint64_t{walk.in.size()} * 8 - walk.bit;
  const std::uint64_t bits = peek_bits(walk.in, walk.bit);
  const Symbol symbol = read_symbol(bits, lane.tables.litlen, kLitlenBits);
  unsigned passed = symbol.bits;
  if (passed > left) {
    lane.fault = Fault::kTruncated;
  } else if ((symbol.entry & kEntryExceptional) != 0) {
    walk.block_ended = (symbol.entry & kEntryEndOfBlock) != 0;
    lane.fault = walk.block_ended ? Fault::kNone : Fault::kLitlenSymbol;
  } else if ((symbol.entry & kEntryLiteral) == 0) {
    const Symbol far = read_symbol(bits >> passed, lane.tables.true_distance(), kDistanceBits);
    passed += far.bits;
    if (passed > left) {
      lane.fault = Fault::kTruncated;
    } else if ((far.entry & kEntryExceptional) != 0) {
      lane.fault = Fault::kDistanceSymbol;
    }
  }
  if (lane.fault != Fault::kNone) {
    lane.state = State::kStopped;
    return;
  }
  walk.bit += passed;
  walk.content += walk.block_ended ? 0 : symbol.value;
}

// Does what the loop leaves over: the symbol at which it halted, or the passage to the next block.
void Scanner::settle(Lane& lane) {
  if (lane.state != State::kCodes) {
    return;
  }
  if (!lane.walk.block_ended) {
    walk_symbol(lane);
  }
  if (lane.walk.block_ended) {
    lane.walk.block_ended = false;
    lane.ended = lane.header.final;
    lane.state = State::kHeader;
    open_block(lane);
  }
}

bool Scanner::can_walk(const Lane& lane) {
  return lane.state == State::kCodes && lane.walk.in.size() - lane.walk.bit / 8 >= kWalkInput;
}

void Scanner::finish(Lane& lane) {
  while (lane.state != State::kStopped) {
    if (can_walk(lane)) {
      walk_lane(lane.walk);
    }
    settle(lane);
  }
}

Result<LastBlock> Scanner::find_last_block(ByteSpan deflate) {
  Lane& first = lanes_[0];
  Lane& second = lanes_[1];
  const std::uint64_t middle = find_middle(deflate);
  begin(first, deflate, 0, middle);
  if (middle != kNoStop) {
    begin(second, deflate, middle, kNoStop);
    while (first.state != State::kStopped && second.state != State::kStopped) {
      if (can_walk(first) && can_walk(second)) {
        walk_lanes(first.walk, second.walk);
      }
      settle(first);
      settle(second);
    }
  }
  finish(first);
  const Lane* last = &first;
  std::uint64_t content = first.walk.content;
  if (first.fault == Fault::kNone && !first.ended) {
    if (first.walk.bit == middle) {
      finish(second);
      last = &second;
      content += second.walk.content;
    } else {  // what looked like a block was none
      first.stop_bit = kNoStop;
      first.state = State::kHeader;
      open_block(first);
      finish(first);
      content = first.walk.content;
    }
  }
  if (last->fault != Fault::kNone) {
    return fault_status(last->fault, last->walk.bit);
  }
  return LastBlock{
      .header_bit = last->header_bit, .end_bit = last->walk.bit, .content_bytes = content};
}

}  // namespace kompakt::deflate
