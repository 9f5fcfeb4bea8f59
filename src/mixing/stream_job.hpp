/// \file
/// What the kernels of the streams get: one function for each context list and strength, compiled
/// for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "entropy/binary_coder.hpp"
#include "mixing/stream.hpp"

namespace kompakt {

/// Sizes, as powers of two, of what a stream's tables take.
struct MixTables {
  unsigned slot_bits = 0;   ///< bytes of the slot table
  unsigned match_bits = 0;  ///< entries of each match table
};
[[nodiscard]] MixTables mix_tables(MixStrength strength, std::size_t size);
/// The same for streams that begin with known bytes: whatever their size, so that what the known
/// bytes teach is learnt once.
[[nodiscard]] MixTables primed_tables(MixStrength strength);

/// What a job begins with.
enum class MixStart : std::uint8_t {
  kNothing,  ///< zeroed memory
  kTaught,   ///< memory as a job left it that had no bytes but the known ones
};

/// One stream. At most one of encoder and decoder is set; neither where there are known bytes only.
struct MixJob {
  MixSettings settings;
  MixTables tables;
  MixStart start = MixStart::kNothing;
  std::uint8_t* memory = nullptr;   ///< zeroed, of kernel_memory bytes, 64-byte aligned
  std::uint8_t* history = nullptr;  ///< known bytes, then the stream: read, or written by decoding
  std::size_t known = 0;
  std::size_t size = 0;  ///< of all
  std::span<const MixStretch> stretches;
  BinaryEncoder* encoder = nullptr;
  BinaryDecoder* decoder = nullptr;
};

/// Runs a job; false where the decoder has overread or the encoder has run out of room.
using MixKernel = bool (*)(const MixJob& job);
/// Bytes of `memory` besides the slot and match tables.
struct MixKernelRow {
  MixKernel run = nullptr;
  std::size_t memory = 0;
};

[[nodiscard]] MixKernelRow text_kernel(MixStrength strength, MixTarget target);
[[nodiscard]] MixKernelRow x86_kernel(MixStrength strength, MixTarget target);
[[nodiscard]] MixKernelRow records_kernel(MixStrength strength, MixTarget target);
[[nodiscard]] MixKernelRow raster_kernel(MixStrength strength, MixTarget target);

}  // namespace kompakt
