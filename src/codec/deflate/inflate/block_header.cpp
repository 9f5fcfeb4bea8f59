#include "codec/deflate/inflate/block_header.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "codec/deflate/inflate/bit_input.hpp"

namespace kompakt::deflate {
namespace {

// The largest header: 74 bits up to the precode's lengths, then at most 316 codes of 7 bits each (a
// repeat takes up to 14 bits, but stands for three lengths or more). Rounded up, with room for the
// reader to look ahead.
constexpr std::size_t kMaxHeaderBytes = 320;

// Bits from a range that is readable, if zero, for a while behind the input's end.
class HeaderBits {
 public:
  HeaderBits(const std::byte* at, unsigned skip) noexcept : at_(at) {
    refill();
    take(skip);
  }
  void refill() noexcept { refill_bits(at_, buffer_, count_); }
  [[nodiscard]] std::uint64_t peek() const noexcept { return buffer_; }
  unsigned take(unsigned bits) noexcept {
    const auto value = static_cast<unsigned>(low_bits(buffer_, bits));
    buffer_ >>= bits;
    count_ -= bits;
    return value;
  }
  // Bits taken since `start`.
  [[nodiscard]] std::uint64_t position(const std::byte* start) const noexcept {
    return static_cast<std::uint64_t>(at_ - start) * 8 - (count_ & 63U);
  }

 private:
  const std::byte* at_;
  std::uint64_t buffer_ = 0;
  unsigned count_ = 0;
};

constexpr std::array<std::uint8_t, kPrecodeSymbols> kPrecodeOrder = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

Fault read_lengths(HeaderBits& bits, const PrecodeTable& precode, BlockHeader& header) noexcept {
  const unsigned total = header.litlen_count + header.distance_count;
  std::uint8_t* lengths = header.lengths.data();
  unsigned done = 0;
  while (done < total) {
    bits.refill();
    // Three symbols of at most 14 bits fit into the 56 that a refill gives.
    for (unsigned i = 0; i < 3 && done < total; ++i) {
      const Entry entry = precode[low_bits(bits.peek(), kPrecodeBits)];
      const unsigned symbol = entry_value(entry);
      bits.take(entry_bits(entry));
      if (symbol < 16) {
        lengths[done++] = static_cast<std::uint8_t>(symbol);
        continue;
      }
      std::uint8_t value = 0;
      unsigned count = 0;
      if (symbol == 16) {
        count = 3 + bits.take(2);
        if (done == 0) {
          return Fault::kRepeatWithoutLength;
        }
        value = lengths[done - 1];
        std::memset(lengths + done, value, 6);
      } else {
        count = symbol == 17 ? 3 + bits.take(3) : 11 + bits.take(7);
        std::memset(lengths + done, 0, symbol == 17 ? 10 : 138);
      }
      done += count;
    }
  }
  return done > total ? Fault::kTooManyLengths : Fault::kNone;
}

Fault read_dynamic(HeaderBits& bits, BlockHeader& header) noexcept {
  header.litlen_count = static_cast<std::uint16_t>(257 + bits.take(5));
  header.distance_count = static_cast<std::uint16_t>(1 + bits.take(5));
  const unsigned precode_count = 4 + bits.take(4);
  if (header.litlen_count > 286 || header.distance_count > 30) {
    return Fault::kTooManySymbols;
  }
  std::array<std::uint8_t, kPrecodeSymbols> lengths{};
  for (unsigned i = 0; i < precode_count; ++i) {
    bits.refill();
    lengths[kPrecodeOrder[i]] = static_cast<std::uint8_t>(bits.take(3));
  }
  PrecodeTable precode;
  if (build_precode_table(lengths, precode) != CodeFault::kNone) {
    return Fault::kPrecode;
  }
  const Fault fault = read_lengths(bits, precode, header);
  if (fault != Fault::kNone) {
    return fault;
  }
  return header.lengths[kEndOfBlockSymbol] == 0 ? Fault::kNoEndOfBlock : Fault::kNone;
}

Fault read_any(HeaderBits& bits, unsigned bit_in_byte, BlockHeader& header) noexcept {
  header.final = bits.take(1) != 0;
  const unsigned type = bits.take(2);
  if (type == 3) {
    return Fault::kBlockType;
  }
  header.type = static_cast<BlockType>(type);
  if (header.type == BlockType::kDynamic) {
    return read_dynamic(bits, header);
  }
  if (header.type == BlockType::kStored) {
    bits.take((8 - (bit_in_byte + 3) % 8) % 8);
    bits.refill();
    const unsigned length = bits.take(16);
    const unsigned complement = bits.take(16);
    if (length != (complement ^ 0xFFFFU)) {
      return Fault::kStoredLength;
    }
    header.stored_length = static_cast<std::uint16_t>(length);
  }
  return Fault::kNone;
}

std::string describe(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "no fault";
    case Fault::kTruncated:
      return "the deflate stream ends too early";
    case Fault::kBlockType:
      return "invalid deflate block type";
    case Fault::kStoredLength:
      return "invalid length of a stored deflate block";
    case Fault::kTooManySymbols:
      return "too many length or distance symbols in a deflate block";
    case Fault::kPrecode:
      return "invalid code of code lengths in a deflate block";
    case Fault::kRepeatWithoutLength:
      return "repeated code length without a length before it in a deflate block";
    case Fault::kTooManyLengths:
      return "too many code lengths in a deflate block";
    case Fault::kNoEndOfBlock:
      return "no end-of-block code in a deflate block";
    case Fault::kLitlenCode:
      return "invalid literal and length code in a deflate block";
    case Fault::kDistanceCode:
      return "invalid distance code in a deflate block";
    case Fault::kLitlenSymbol:
      return "invalid literal or length symbol in a deflate block";
    case Fault::kDistanceSymbol:
      return "invalid distance symbol in a deflate block";
    case Fault::kDistanceTooFar:
      return "a deflate match reaches back too far";
  }
  return "invalid deflate stream";
}

}  // namespace

Status fault_status(Fault fault, std::uint64_t bit) {
  if (fault == Fault::kNone) {
    return {};
  }
  Status status(fault == Fault::kTruncated ? Code::kTruncated : Code::kCorrupt,
                describe(fault) + " (bit " + std::to_string(bit) + ")");
  return status.at_offset(bit / 8);
}

const FixedLengths& fixed_lengths() noexcept {
  static constexpr FixedLengths kFixed = [] {
    FixedLengths fixed;
    for (unsigned symbol = 0; symbol < kLitlenSymbols; ++symbol) {
      const bool nine = symbol >= 144 && symbol < 256;
      const bool seven = symbol >= 256 && symbol < 280;
      fixed.litlen[symbol] = static_cast<std::uint8_t>(nine ? 9 : (seven ? 7 : 8));
    }
    fixed.distance.fill(5);
    return fixed;
  }();
  return kFixed;
}

Fault read_block_header(ByteSpan in, std::uint64_t bit, BlockHeader& header) noexcept {
  const auto byte = static_cast<std::size_t>(bit / 8);
  const ByteSpan rest = in.subspan(byte);
  std::array<std::byte, kMaxHeaderBytes + kBitInputSlack> tail;
  const std::byte* start = rest.data();
  if (rest.size() < tail.size()) {
    std::fill(std::copy(rest.begin(), rest.end(), tail.begin()), tail.end(), std::byte{0});
    start = tail.data();
  }
  const auto skip = static_cast<unsigned>(bit % 8);
  HeaderBits bits(start, skip);
  Fault fault = read_any(bits, skip, header);
  const std::uint64_t position = bits.position(start);
  if (position > rest.size() * 8) {
    fault = Fault::kTruncated;
  }
  header.end_bit = std::uint64_t{byte} * 8 + position;
  return fault;
}

}  // namespace kompakt::deflate
