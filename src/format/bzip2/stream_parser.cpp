#include "format/bzip2/stream_parser.hpp"

#include <algorithm>
#include <array>

#include "codec/bzip2/bit_reader.hpp"

namespace kompakt::bzip2 {
namespace {

constexpr std::array kMark = {std::byte{'B'}, std::byte{'Z'}, std::byte{'h'}};

// Whether `bytes` may be the beginning of a stream header.
bool may_be_header(ByteSpan bytes) {
  const std::size_t count = std::min(bytes.size(), kMark.size());
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count),
                  kMark.begin())) {
    return false;
  }
  return bytes.size() <= kMark.size() ||
         (bytes[kMark.size()] >= std::byte{'1'} && bytes[kMark.size()] <= std::byte{'9'});
}

}  // namespace

Result<StreamParser::Next> StreamParser::next(ByteSpan bytes, std::uint64_t begin, bool last) {
  return in_stream_ ? block_or_footer(bytes, begin, last) : header(bytes, begin, last);
}

Result<StreamParser::Next> StreamParser::header(ByteSpan bytes, std::uint64_t begin, bool last) {
  const ByteSpan rest =
      bytes.subspan(std::min(bytes.size(), static_cast<std::size_t>((position_ - begin) / 8)));
  if (rest.size() < kHeaderBytes && !last) {
    return Next::kMore;
  }
  if (rest.empty()) {
    return streams_ != 0 ? Result<Next>(Next::kEnd)
                         : Result<Next>(Status(Code::kTruncated, "the input is empty"));
  }
  if (!may_be_header(rest)) {
    if (streams_ == 0) {
      return Status(Code::kCorrupt, "bzip2: not a bzip2 stream");
    }
    garbage_ = true;
    return Next::kEnd;
  }
  if (rest.size() < kHeaderBytes) {
    return Status(Code::kTruncated, "bzip2: the input ends in a stream header");
  }
  level_ = std::to_integer<unsigned>(rest[kMark.size()]) - '0';
  position_ += 8 * kHeaderBytes;
  in_stream_ = true;
  whole_ = true;
  crc_ = 0;
  ++streams_;
  return Next::kMoved;
}

Result<StreamParser::Next> StreamParser::block_or_footer(ByteSpan bytes, std::uint64_t begin,
                                                         bool last) {
  const std::uint64_t at = position_ - begin;
  const std::uint64_t size = static_cast<std::uint64_t>(bytes.size()) * 8;
  const std::uint64_t left = size > at ? size - at : 0;
  if (left < kMagicBits) {
    return last ? Result<Next>(Status(Code::kTruncated, "bzip2: the input ends in a stream"))
                : Result<Next>(Next::kMore);
  }
  BitReader bits(bytes, at);
  const std::uint64_t magic = bits.take(kMagicBits);
  if (magic == kBlockMagic) {
    return Next::kBlock;
  }
  if (magic != kFooterMagic) {
    return Status(Code::kCorrupt, "bzip2: neither a block nor the end of the stream");
  }
  if (left < kFooterBits) {
    return last ? Result<Next>(Status(Code::kTruncated, "bzip2: the input ends in a footer"))
                : Result<Next>(Next::kMore);
  }
  if (bits.take(32) != crc_ && whole_) {
    return Status(Code::kCorrupt, "bzip2: the stream does not match its checksum");
  }
  position_ = (position_ + kFooterBits + 7) / 8 * 8;
  in_stream_ = false;
  return Next::kMoved;
}

Status StreamParser::take_block(std::uint64_t end, std::size_t size, std::uint32_t crc) {
  if (size > level_ * kLevelUnit) {
    return {Code::kCorrupt, "bzip2: the block is larger than its stream allows"};
  }
  position_ = end;
  crc_ = combine_crc(crc_, crc);
  return {};
}

}  // namespace kompakt::bzip2
