#include "chunk/data_type_code.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/endian.hpp"

namespace kompakt {
namespace {

constexpr std::uint32_t kReach = std::uint32_t{1} << 26U;

struct Branches {
  std::size_t plausible = 0;  // a displacement of less than 64 MiB either way
  std::size_t wild = 0;
};

// Calls, jumps and long conditional jumps. A displacement of three zeros or 0xFFs is a run of them,
// not code.
Branches count_branches(ByteSpan window) {
  Branches branches;
  for (std::size_t i = 0; i + 6 <= window.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(window[i]);
    std::size_t field = 0;
    if ((byte & 0xFEU) == 0xE8) {
      field = i + 1;
    } else if (byte == 0x0F && (std::to_integer<unsigned>(window[i + 1]) & 0xF0U) == 0x80) {
      field = i + 2;
    } else {
      continue;
    }
    const auto displacement = load_le<std::uint32_t>(window.subspan(field, 4));
    const std::uint32_t low = displacement & 0xFFFFFFU;
    if (displacement + kReach < 2 * kReach && low != 0 && low != 0xFFFFFF) {
      ++branches.plausible;
      i = field + 3;
    } else {
      ++branches.wild;
    }
  }
  return branches;
}

// Opcodes and prefixes that a compiler emits most: mov, lea, REX.W, test, cmp, groups 80-83, call,
// ret, short conditional jumps, two-byte opcodes.
std::size_t count_common_opcodes(const ByteCounts& counts) {
  std::size_t sum = 0;
  for (const unsigned opcode : {0x0FU, 0x24U, 0x48U, 0x4CU, 0x74U, 0x75U, 0x83U, 0x84U, 0x85U,
                                0x89U, 0x8BU, 0x8DU, 0xC3U, 0xE8U, 0xEBU, 0xFFU}) {
    sum += counts[opcode];
  }
  return sum;
}

}  // namespace

bool is_x86_code(ByteSpan window, const ByteCounts& counts) noexcept {
  const std::size_t opcodes = count_common_opcodes(counts);
  if (opcodes * 100 < window.size() * 14) {
    return false;
  }
  const Branches branches = count_branches(window);
  return branches.plausible * 400 >= window.size() && branches.plausible > 2 * branches.wild;
}

}  // namespace kompakt
