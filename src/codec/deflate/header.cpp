#include "codec/deflate/header.hpp"

#include <libdeflate.h>

namespace kompakt::deflate {
namespace {

constexpr std::uint8_t kMethodDeflate = 8;
// RFC 1952, section 2.3.1: FTEXT says nothing about the layout; bits 5-7 are reserved.
constexpr std::uint8_t kHeaderCrcFlag = 0x02;
constexpr std::uint8_t kExtraFlag = 0x04;
constexpr std::uint8_t kNameFlag = 0x08;
constexpr std::uint8_t kCommentFlag = 0x10;
constexpr std::uint8_t kReservedFlags = 0xE0;
// RFC 1950, section 2.2.
constexpr std::uint8_t kDictionaryFlag = 0x20;

Status corrupt(const char* message) { return {Code::kCorrupt, message}; }

}  // namespace

HeaderReader::HeaderReader(Framing framing)
    : field_(framing == Framing::kRaw    ? Field::kNone
             : framing == Framing::kZlib ? Field::kZlib
                                         : Field::kGzipFixed) {}

Result<std::size_t> HeaderReader::read(ByteSpan in) {
  std::size_t used = 0;
  while (!complete() && used < in.size()) {
    const auto byte = std::to_integer<std::uint8_t>(in[used++]);
    const bool counts = field_ != Field::kHeaderCrc;
    if (counts) {
      crc_ = libdeflate_crc32(crc_, &byte, 1);
    }
    if (Status taken = take(byte); !taken.ok()) {
      return taken;
    }
  }
  return used;
}

Status HeaderReader::take(std::uint8_t byte) {
  if (at_ < 4) {
    number_ |= std::uint32_t{byte} << (8 * at_);
  }
  if (at_ < fixed_.size()) {
    fixed_[at_] = byte;
  }
  ++at_;
  switch (field_) {
    case Field::kZlib:
      if (at_ == 2) {
        if (Status good = finish_zlib(); !good.ok()) {
          return good;
        }
        field_ = Field::kNone;
      }
      break;
    case Field::kGzipFixed:
      return take_fixed();
    case Field::kExtraLength:
      if (at_ == 2) {
        extra_ = number_;
        enter(extra_ != 0 ? Field::kExtra : Field::kName);
      }
      break;
    case Field::kExtra:
      if (at_ == extra_) {
        enter(Field::kName);
      }
      break;
    case Field::kName:
      if (byte == 0) {
        enter(Field::kComment);
      }
      break;
    case Field::kComment:
      if (byte == 0) {
        enter(Field::kHeaderCrc);
      }
      break;
    case Field::kHeaderCrc:
      if (at_ == 2) {
        if (number_ != (crc_ & 0xFFFFU)) {
          return corrupt("deflate: the gzip header's checksum does not match");
        }
        enter(Field::kNone);
      }
      break;
    case Field::kNone:
      break;
  }
  return {};
}

// Checks each byte as it comes, so that wrong data is not taken for a header cut short.
Status HeaderReader::take_fixed() {
  const std::uint8_t byte = fixed_[at_ - 1];
  if ((at_ == 1 && byte != 0x1F) || (at_ == 2 && byte != 0x8B)) {
    return corrupt("deflate: not a gzip member");
  }
  if (at_ == 3 && byte != kMethodDeflate) {
    return {Code::kUnsupported, "deflate: the gzip header names an unknown compression method"};
  }
  if (at_ == 4 && (byte & kReservedFlags) != 0) {
    return corrupt("deflate: reserved bits are set in the gzip header");
  }
  if (at_ == kGzipFixedSize) {
    flags_ = fixed_[3];
    enter(Field::kExtraLength);
  }
  return {};
}

Status HeaderReader::finish_zlib() const {
  const unsigned method = fixed_[0];
  const unsigned flags = fixed_[1];
  constexpr unsigned kLargestWindow = 7;
  if ((256 * method + flags) % 31 != 0) {
    return corrupt("deflate: bad zlib header");
  }
  if ((method & 0x0FU) != kMethodDeflate || method >> 4U > kLargestWindow) {
    return {Code::kUnsupported, "deflate: the zlib header names an unknown compression method"};
  }
  if ((flags & kDictionaryFlag) != 0) {
    return {Code::kMissingResource, "deflate: the stream needs a preset dictionary"};
  }
  return {};
}

bool HeaderReader::present(Field field) const noexcept {
  switch (field) {
    case Field::kExtraLength:
      return (flags_ & kExtraFlag) != 0;
    case Field::kName:
      return (flags_ & kNameFlag) != 0;
    case Field::kComment:
      return (flags_ & kCommentFlag) != 0;
    case Field::kHeaderCrc:
      return (flags_ & kHeaderCrcFlag) != 0;
    default:
      return true;
  }
}

// Goes on to `field`, or to the next one that the flags announce.
void HeaderReader::enter(Field field) {
  while (!present(field)) {
    field = field == Field::kExtraLength ? Field::kName
                                         : static_cast<Field>(static_cast<std::uint8_t>(field) + 1);
  }
  field_ = field;
  at_ = 0;
  number_ = 0;
}

}  // namespace kompakt::deflate
