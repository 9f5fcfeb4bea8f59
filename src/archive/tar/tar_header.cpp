#include "archive/tar/tar_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace kompakt::tar {
namespace {

unsigned char byte_at(ByteSpan bytes, std::size_t at) noexcept {
  return std::to_integer<unsigned char>(bytes[at]);
}

bool is_blank(unsigned char c) noexcept { return c == 0 || c == ' '; }

/// Two's complement, most significant byte first; the first bit is the mark of base 256 and the
/// second the sign.
std::optional<std::int64_t> parse_base256(ByteSpan field) noexcept {
  const bool negative = (byte_at(field, 0) & 0x40U) != 0;
  const std::uint64_t sign = negative ? ~std::uint64_t{0} : 0;
  std::uint64_t value = sign;
  for (std::size_t i = 0; i < field.size(); ++i) {
    // What leaves at the top must be copies of the sign.
    if (value >> 55U != sign >> 55U) {
      return std::nullopt;
    }
    std::uint64_t byte = byte_at(field, i);
    if (i == 0) {
      byte = negative ? byte | 0x80U : byte & 0x7FU;
    }
    value = (value << 8U) | byte;
  }
  return std::bit_cast<std::int64_t>(value);
}

/// The sum of a header's bytes, its checksum taken as spaces.
template <typename Byte>
std::int64_t sum_of(ByteSpan block) noexcept {
  std::array<Byte, kBlock> bytes;
  std::memcpy(bytes.data(), block.data(), kBlock);
  std::int32_t sum = 0;
  for (const Byte byte : bytes) {
    sum += byte;
  }
  for (std::size_t i = kChecksum.at; i < kChecksum.at + kChecksum.size; ++i) {
    sum += ' ' - bytes[i];
  }
  return sum;
}

bool number_fits(ByteSpan block, Field field) noexcept {
  return parse_number(field_of(block, field)).has_value();
}

}  // namespace

Dialect dialect_of(ByteSpan block) noexcept {
  const char* const magic = reinterpret_cast<const char*>(block.data()) + kMagic.at;
  if (std::memcmp(magic, "ustar", 5) != 0) {
    return Dialect::kV7;
  }
  if (std::memcmp(magic + 5, "  ", 2) == 0) {
    return Dialect::kGnu;
  }
  const char* const mark = reinterpret_cast<const char*>(block.data()) + kStarMark.at;
  return std::memcmp(mark, "tar\0", 4) == 0 ? Dialect::kStar : Dialect::kUstar;
}

std::string_view text_of(ByteSpan block, Field field) noexcept {
  const char* const text = reinterpret_cast<const char*>(block.data()) + field.at;
  return {text, ::strnlen(text, field.size)};
}

std::optional<std::int64_t> parse_number(ByteSpan field) noexcept {
  if ((byte_at(field, 0) & 0x80U) != 0) {
    return parse_base256(field);
  }
  // A field before it may have left its NUL here.
  std::size_t at = field[0] == std::byte{0} ? 1 : 0;
  while (at < field.size() && field[at] == std::byte{' '}) {
    ++at;
  }
  std::int64_t value = 0;
  for (; at < field.size(); ++at) {
    const unsigned char c = byte_at(field, at);
    if (c < '0' || c > '7') {
      return is_blank(c) ? std::optional(value) : std::nullopt;
    }
    value = value * 8 + (c - '0');  // at most 12 digits of 3 bits
  }
  return value;
}

bool is_zero_block(ByteSpan block) noexcept {
  return block[0] == std::byte{0} &&
         std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0;
}

bool checksum_fits(ByteSpan block) noexcept {
  const ByteSpan field = field_of(block, kChecksum);
  const bool digits = std::any_of(field.begin(), field.end(), [](std::byte b) {
    return b >= std::byte{'0'} && b <= std::byte{'7'};
  });
  const auto stated = parse_number(field);
  return digits && stated &&
         (*stated == sum_of<unsigned char>(block) || *stated == sum_of<signed char>(block));
}

bool is_header(ByteSpan block) noexcept {
  const unsigned char first = byte_at(block, kChecksum.at);
  const bool plausible = is_blank(first) || (first >= '0' && first <= '7');
  if (!plausible || !checksum_fits(block)) {
    return false;
  }
  return dialect_of(block) != Dialect::kV7 ||
         (byte_at(block, 0) != 0 && number_fits(block, kMode) && number_fits(block, kUid) &&
          number_fits(block, kGid) && number_fits(block, kSize) && number_fits(block, kMtime));
}

bool put_octal(MutableByteSpan field, std::uint64_t value) noexcept {
  std::size_t at = field.size() - 1;
  field[at] = std::byte{0};
  while (at > 0) {
    field[--at] = static_cast<std::byte>('0' + (value & 7U));
    value >>= 3U;
  }
  return value == 0;
}

void put_number(MutableByteSpan field, std::uint64_t value) noexcept {
  if (put_octal(field, value)) {
    return;
  }
  for (std::size_t at = field.size(); at > 0; value >>= 8U) {
    field[--at] = static_cast<std::byte>(value & 0xFFU);
  }
  field[0] |= std::byte{0x80};
}

void put_checksum(MutableByteSpan block) noexcept {
  const auto sum = static_cast<std::uint64_t>(sum_of<unsigned char>(block));
  // Six digits, a NUL, a space: the sum is below 2^17.
  static_cast<void>(put_octal(block.subspan(kChecksum.at, kChecksum.size - 1), sum));
  block[kChecksum.at + kChecksum.size - 1] = std::byte{' '};
}

}  // namespace kompakt::tar
