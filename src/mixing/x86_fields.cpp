#include "mixing/x86_fields.hpp"

namespace kompakt {
namespace {

// Codes of an immediate's length besides 0 to 3 and 6 bytes.
constexpr unsigned kOperandSize = 4;  // 2 bytes after prefix 66, else 4
constexpr unsigned kAddressSize = 8;

constexpr std::uint32_t kPrefix66 = 1;
constexpr std::uint32_t kPrefixF2 = 2;
constexpr std::uint32_t kPrefixF3 = 4;
constexpr std::uint32_t kPrefixOther = 8;
constexpr std::uint32_t kPrefixRex = 16;
constexpr std::uint32_t kPrefixRexW = 32;

struct OpcodeMap {
  std::array<bool, 256> modrm{};
  std::array<std::uint8_t, 256> immediate{};
};

constexpr void fill(OpcodeMap& map, unsigned from, unsigned to, bool modrm, unsigned immediate) {
  for (unsigned i = from; i <= to; ++i) {
    map.modrm[i] = modrm;
    map.immediate[i] = static_cast<std::uint8_t>(immediate);
  }
}

constexpr OpcodeMap kOneByte = [] {
  OpcodeMap map;
  for (unsigned i = 0; i < 0x40; i += 8) {  // add, or, adc, sbb, and, sub, xor, cmp
    fill(map, i, i + 3, true, 0);
    fill(map, i + 4, i + 4, false, 1);
    fill(map, i + 5, i + 5, false, kOperandSize);
  }
  fill(map, 0x62, 0x63, true, 0);
  fill(map, 0x68, 0x68, false, kOperandSize);
  fill(map, 0x69, 0x69, true, kOperandSize);
  fill(map, 0x6A, 0x6A, false, 1);
  fill(map, 0x6B, 0x6B, true, 1);
  fill(map, 0x70, 0x7F, false, 1);
  fill(map, 0x80, 0x8F, true, 0);
  for (const unsigned i : {0x80U, 0x82U, 0x83U}) {
    fill(map, i, i, true, 1);
  }
  fill(map, 0x81, 0x81, true, kOperandSize);
  fill(map, 0xA0, 0xA3, false, kAddressSize);
  fill(map, 0xA8, 0xA8, false, 1);
  fill(map, 0xA9, 0xA9, false, kOperandSize);
  fill(map, 0xB0, 0xB7, false, 1);
  fill(map, 0xB8, 0xBF, false, kOperandSize);
  fill(map, 0xC0, 0xC1, true, 1);
  fill(map, 0xC2, 0xC2, false, 2);
  fill(map, 0xC4, 0xC5, true, 0);
  fill(map, 0xC6, 0xC6, true, 1);
  fill(map, 0xC7, 0xC7, true, kOperandSize);
  fill(map, 0xC8, 0xC8, false, 3);
  fill(map, 0xCD, 0xCD, false, 1);
  fill(map, 0xD0, 0xD3, true, 0);
  fill(map, 0xD4, 0xD5, false, 1);
  fill(map, 0xD8, 0xDF, true, 0);
  fill(map, 0xE0, 0xE7, false, 1);
  fill(map, 0xE8, 0xE9, false, kOperandSize);
  fill(map, 0xEA, 0xEA, false, 6);
  fill(map, 0xEB, 0xEB, false, 1);
  fill(map, 0xF6, 0xF7, true, 0);
  fill(map, 0xFE, 0xFF, true, 0);
  return map;
}();

constexpr OpcodeMap kTwoByte = [] {
  OpcodeMap map;
  fill(map, 0, 255, true, 0);
  for (const unsigned i :
       {0x05U, 0x06U, 0x08U, 0x09U, 0x0BU, 0x77U, 0xA0U, 0xA1U, 0xA2U, 0xA8U, 0xA9U, 0xAAU}) {
    fill(map, i, i, false, 0);
  }
  fill(map, 0x30, 0x37, false, 0);
  fill(map, 0x70, 0x73, true, 1);
  fill(map, 0x80, 0x8F, false, kOperandSize);
  for (const unsigned i : {0xA4U, 0xACU, 0xBAU, 0xC2U, 0xC4U, 0xC5U, 0xC6U}) {
    fill(map, i, i, true, 1);
  }
  fill(map, 0xC8, 0xCF, false, 0);
  return map;
}();

std::uint32_t prefix_of(std::uint32_t byte) noexcept {
  switch (byte) {
    case 0x66:
      return kPrefix66;
    case 0xF2:
      return kPrefixF2;
    case 0xF3:
      return kPrefixF3;
    case 0x26:
    case 0x2E:
    case 0x36:
    case 0x3E:
    case 0x64:
    case 0x65:
    case 0xF0:
      return kPrefixOther;
    default:
      return 0;
  }
}

}  // namespace

void X86Fields::update(std::uint32_t byte) noexcept {
  switch (field_) {
    case Field::kOpcode:
      return first_byte(byte);
    case Field::kSecond:
      return second_byte(byte);
    case Field::kThird:
      opcode_ = 0x200U | byte;
      field_ = Field::kModRm;
      return;
    case Field::kModRm:
      return after_modrm(byte);
    case Field::kSib:
      sib_ = byte;
      return begin_displacement((byte & 7U) == 5 && modrm_ >> 6U == 0 ? 4 : left_);
    case Field::kDisplacement:
    case Field::kImmediate:
      break;
  }
  const bool displacement = field_ == Field::kDisplacement;
  value_ = value_ << 8U | byte | (displacement ? 1U << 31U : 0U);
  ++index_;
  if (--left_ == 0) {
    displacement ? begin_immediate() : begin_instruction();
  }
}

void X86Fields::first_byte(std::uint32_t byte) noexcept {
  if (const std::uint32_t prefix = prefix_of(byte); prefix != 0) {
    prefixes_ |= prefix;
  } else if (wide_ && (byte & 0xF0U) == 0x40) {
    prefixes_ |= kPrefixRex | ((byte & 8U) != 0 ? kPrefixRexW : 0U);
  } else if (byte == 0x0F) {
    field_ = Field::kSecond;
    opcode_ = byte;
  } else {
    opcode_ = byte;
    after_opcode(kOneByte.modrm[byte], kOneByte.immediate[byte]);
  }
}

void X86Fields::second_byte(std::uint32_t byte) noexcept {
  opcode_ = 0x100U | byte;
  if (byte == 0x38 || byte == 0x3A) {
    field_ = Field::kThird;
    immediate_ = byte == 0x3A ? 1 : 0;
  } else {
    after_opcode(kTwoByte.modrm[byte], kTwoByte.immediate[byte]);
  }
}

void X86Fields::after_opcode(bool has_modrm, unsigned immediate) noexcept {
  immediate_ = immediate;
  if (has_modrm) {
    field_ = Field::kModRm;
  } else {
    begin_immediate();
  }
}

void X86Fields::after_modrm(std::uint32_t byte) noexcept {
  modrm_ = byte;
  if ((opcode_ == 0xF6 || opcode_ == 0xF7) && ((byte >> 3U) & 7U) < 2) {  // test
    immediate_ = opcode_ == 0xF6 ? 1 : kOperandSize;
  }
  const std::uint32_t mode = byte >> 6U;
  const std::uint32_t base = byte & 7U;
  left_ = mode == 1 ? 1 : mode == 2 || (mode == 0 && base == 5) ? 4 : 0;
  if (mode != 3 && base == 4) {
    field_ = Field::kSib;
  } else {
    begin_displacement(left_);
  }
}

void X86Fields::begin_displacement(unsigned bytes) noexcept {
  index_ = 0;
  value_ = 0;
  left_ = bytes;
  if (bytes != 0) {
    field_ = Field::kDisplacement;
  } else {
    begin_immediate();
  }
}

void X86Fields::begin_immediate() noexcept {
  unsigned bytes = immediate_;
  if (bytes == kOperandSize) {
    bytes = (prefixes_ & kPrefix66) != 0 ? 2 : 4;
    if (opcode_ >= 0xB8 && opcode_ < 0xC0 && (prefixes_ & kPrefixRexW) != 0) {
      bytes = 8;
    }
  } else if (bytes == kAddressSize) {
    bytes = wide_ ? 8 : 4;
  }
  index_ = 0;
  value_ = 0;
  left_ = bytes;
  if (bytes != 0) {
    field_ = Field::kImmediate;
  } else {
    begin_instruction();
  }
}

void X86Fields::begin_instruction() noexcept {
  earlier_ = {opcode_ | (modrm_ & 0xC7U) << 16U, earlier_[0], earlier_[1]};
  opcodes_ = opcodes_ * 0x2F0B4C48U + (opcode_ + 1) * 0x9E3779B1U;
  field_ = Field::kOpcode;
  index_ = 0;
  left_ = 0;
  opcode_ = 0;
  modrm_ = 0;
  sib_ = 0;
  prefixes_ = 0;
  value_ = 0;
}

}  // namespace kompakt
