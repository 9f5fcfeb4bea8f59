#include "transform/e8e9.hpp"

#include <array>
#include <cstddef>

#include "core/endian.hpp"

namespace kompakt {
namespace {

// Distances and addresses are numbers of 25 bits with a sign, -kReach to kReach - 1, and are added
// modulo 2 * kReach: that maps this range onto itself.
constexpr std::uint32_t kReach = std::uint32_t{1} << 24U;

constexpr std::size_t kFieldSize = 4;

bool in_reach(std::uint32_t value) { return value + kReach < 2 * kReach; }

std::uint32_t wrap(std::uint32_t value) { return ((value + kReach) & (2 * kReach - 1)) - kReach; }

// Where an instruction has its distance.
struct Field {
  std::uint32_t offset = 0;  // from the first byte of the instruction; 0: it has none
  std::uint32_t behind = 0;  // bytes of the instruction behind the field
};

// What follows an opcode whose operand may be relative to the instruction pointer.
enum class Opcode : std::uint8_t {
  kOther,
  kBranch,      // a distance
  kOperand,     // ModRM
  kImmediate8,  // ModRM, operand, one byte
  kImmediate32,
  kTwoBytes,  // another opcode byte, ModRM
  kRex,
};

constexpr std::array<Opcode, 256> make_opcodes() {
  std::array<Opcode, 256> table{};
  for (std::size_t op = 0; op < 0x40; op += 8) {
    table[op + 1] = Opcode::kOperand;  // ALU operations, both directions
    table[op + 3] = Opcode::kOperand;
  }
  for (std::size_t op = 0x40; op < 0x50; ++op) {
    table[op] = Opcode::kRex;
  }
  for (const unsigned op :
       {0x63U, 0x84U, 0x85U, 0x86U, 0x87U, 0x88U, 0x89U, 0x8AU, 0x8BU, 0x8DU, 0xFFU}) {
    table[op] = Opcode::kOperand;
  }
  for (const unsigned op : {0x80U, 0x83U, 0xC1U, 0xC6U}) {
    table[op] = Opcode::kImmediate8;
  }
  table[0x81] = Opcode::kImmediate32;
  table[0xC7] = Opcode::kImmediate32;
  table[0x0F] = Opcode::kTwoBytes;
  table[0xE8] = Opcode::kBranch;
  table[0xE9] = Opcode::kBranch;
  return table;
}

constexpr std::array<Opcode, 256> kOpcodes = make_opcodes();

// ModRM of an operand relative to the instruction pointer: mod 0, r/m 5.
bool is_relative(std::byte modrm) { return (modrm & std::byte{0xC7}) == std::byte{0x05}; }

Opcode opcode_at(ByteSpan code, std::size_t at) {
  return kOpcodes[std::to_integer<std::size_t>(code[at])];
}

// The field of an instruction that begins at `at`, in 64-bit code. Reads four bytes from there at
// most, and no byte of the field.
Field data_field(ByteSpan code, std::size_t at) {
  constexpr std::size_t kLongest = 4;  // prefix, opcode, opcode, ModRM
  if (code.size() - at < kLongest) {
    return {};
  }
  std::uint32_t size = 0;
  Opcode opcode = opcode_at(code, at);
  if (opcode == Opcode::kRex) {
    ++size;
    opcode = opcode_at(code, at + size);
  }
  std::uint32_t behind = 0;
  switch (opcode) {
    case Opcode::kOther:
    case Opcode::kBranch:
    case Opcode::kRex:
      return {};
    case Opcode::kOperand:
      break;
    case Opcode::kImmediate8:
      behind = 1;
      break;
    case Opcode::kImmediate32:
      behind = 4;
      break;
    case Opcode::kTwoBytes:
      ++size;
      // 0F 8x is a conditional jump: a distance and no ModRM. E8 and E9 would leave it open
      // whether the byte behind them is a ModRM or belongs to a field.
      if ((code[at + size] & std::byte{0xF0}) == std::byte{0x80} ||
          opcode_at(code, at + size) == Opcode::kBranch) {
        return {};
      }
      break;
  }
  ++size;
  return is_relative(code[at + size]) ? Field{.offset = size + 1, .behind = behind} : Field{};
}

enum class Direction : std::uint8_t { kEncode, kDecode };

// The bytes of a field: little-endian distances that are in reach become big-endian addresses. For
// every such address to be free, a field that is one already, and no distance in reach, has its
// bytes reversed.
template <Direction direction>
void convert(MutableByteSpan field, std::uint32_t position) {
  const auto little = load_le<std::uint32_t>(field);
  const std::uint32_t big = byte_swap(little);
  if constexpr (direction == Direction::kEncode) {
    if (in_reach(little)) {
      store_be<std::uint32_t>(field, wrap(little + position));
    } else if (in_reach(big)) {
      store_le<std::uint32_t>(field, big);
    }
  } else {
    if (in_reach(big)) {
      store_le<std::uint32_t>(field, wrap(big - position));
    } else if (in_reach(little)) {
      store_le<std::uint32_t>(field, big);
    }
  }
}

// Both directions go from left to right, and neither what makes a field nor where the next one may
// begin depends on the bytes in it: so they meet the same fields. That costs the fields that
// overlap with something that only looks like one, under 0.5 % of the gain.
template <Direction direction>
void convert_all(MutableByteSpan code, std::uint32_t position, X86Mode mode) {
  std::size_t at = 0;
  while (at + kFieldSize < code.size()) {
    const Opcode opcode = opcode_at(code, at);
    if (opcode == Opcode::kOther) {
      ++at;
      continue;
    }
    Field field;
    if (opcode == Opcode::kBranch) {
      field.offset = 1;
    } else if (mode == X86Mode::kBranchesAndData) {
      field = data_field(code, at);
    }
    if (field.offset == 0 || code.size() - at < field.offset + kFieldSize) {
      ++at;
      continue;
    }
    const std::size_t begin = at + field.offset;
    const auto next = static_cast<std::uint32_t>(position + begin + kFieldSize + field.behind);
    convert<direction>(code.subspan(begin, kFieldSize), next);
    at = begin + kFieldSize;
  }
}

}  // namespace

X86Mode guess_x86_mode(ByteSpan code) noexcept {
  std::size_t wide_moves = 0;
  for (std::size_t i = 1; i < code.size(); ++i) {
    const bool rex_w = (code[i - 1] & std::byte{0xF8}) == std::byte{0x48};
    const bool move =
        code[i] == std::byte{0x89} || code[i] == std::byte{0x8B} || code[i] == std::byte{0x8D};
    wide_moves += rex_w && move ? 1U : 0U;
  }
  return wide_moves * 128 >= code.size() && wide_moves > 0 ? X86Mode::kBranchesAndData
                                                           : X86Mode::kBranches;
}

void encode_x86(MutableByteSpan code, std::uint32_t position, X86Mode mode) noexcept {
  convert_all<Direction::kEncode>(code, position, mode);
}

void decode_x86(MutableByteSpan code, std::uint32_t position, X86Mode mode) noexcept {
  convert_all<Direction::kDecode>(code, position, mode);
}

}  // namespace kompakt
