/// \file
/// x86 code: distances of calls, jumps and data references become absolute addresses, so that every
/// reference to one place has the same bytes.
///
/// The idea is that of the E8E9 filters of LZX, of 7-Zip's BCJ and of the PAQ family. Ours differs
/// in what it converts (measured in docs/decisions/0011-transforms.md): E8 and E9, and in 64-bit
/// code the operands relative to the instruction pointer, but no conditional jumps, whose distances
/// repeat better than their targets. Addresses are stored big-endian, the byte that is easiest to
/// foresee first.
#pragma once

#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// Values are stored in streams: append only.
enum class X86Mode : std::uint8_t {
  kBranches = 0,         ///< 32-bit code: CALL and JMP
  kBranchesAndData = 1,  ///< 64-bit code: these, and operands relative to the instruction pointer
};

/// The mode for `code`, by how often a 64-bit prefix stands before a move.
[[nodiscard]] X86Mode guess_x86_mode(ByteSpan code) noexcept;

/// Makes distances below 16 MiB in `code` absolute, in place. `position` is the address of its
/// first byte, of which the low 25 bits count. Any bytes come back by decode_x86() with the same
/// mode and position, code or not.
void encode_x86(MutableByteSpan code, std::uint32_t position, X86Mode mode) noexcept;

/// Takes back encode_x86(). Any bytes are an encoding of something.
void decode_x86(MutableByteSpan code, std::uint32_t position, X86Mode mode) noexcept;

}  // namespace kompakt
