/// \file
/// The numbers of the bzip2 format that its coders share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kompakt::bzip2 {

inline constexpr std::uint64_t kBlockMagic = 0x314159265359;   // 48 bits before every block
inline constexpr std::uint64_t kFooterMagic = 0x177245385090;  // and before the stream's CRC
inline constexpr unsigned kMagicBits = 48;
inline constexpr unsigned kFooterBits = kMagicBits + 32;
inline constexpr std::size_t kHeaderBytes = 4;  // "BZh" and the level

inline constexpr unsigned kMaxLevel = 9;
/// Bytes of a block after the first run-length coding, by level.
inline constexpr std::size_t kLevelUnit = 100'000;
inline constexpr std::size_t kMaxBlock = kMaxLevel * kLevelUnit;
/// Encoders leave this much of a block unused, as the reference encoder does.
inline constexpr std::size_t kBlockSlack = 19;

inline constexpr unsigned kRunA = 0;
inline constexpr unsigned kRunB = 1;
inline constexpr unsigned kMaxAlphabet = 258;  // RUNA, RUNB, ranks 1 to 255, end of block
inline constexpr unsigned kMinTables = 2;
inline constexpr unsigned kMaxTables = 6;
inline constexpr unsigned kGroupSize = 50;  // symbols that one selector covers
/// Groups that a full block can have; further selectors in a file have no effect.
inline constexpr std::size_t kMaxSelectors = 2 + kMaxBlock / kGroupSize;
inline constexpr unsigned kMaxCodeLength = 20;

/// A run of four equal bytes is followed by a count of 0 to 255 more.
inline constexpr unsigned kRunThreshold = 4;
inline constexpr unsigned kMaxRun = kRunThreshold + 255;

/// The CRC of a stream after one more block.
[[nodiscard]] constexpr std::uint32_t combine_crc(std::uint32_t stream,
                                                  std::uint32_t block) noexcept {
  return ((stream << 1U) | (stream >> 31U)) ^ block;
}

}  // namespace kompakt::bzip2
