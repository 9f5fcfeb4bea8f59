/// \file
/// The snappy framing format: chunks. https://github.com/google/snappy/blob/main/framing_format.txt
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// A type byte, then the length of what follows in three bytes, least significant first.
inline constexpr std::size_t kSnappyChunkHeader = 4;
/// The checksum of the content, at the beginning of a data chunk.
inline constexpr std::size_t kSnappyChecksum = 4;
/// The most content bytes of a data chunk.
inline constexpr std::size_t kSnappyMaxContent = 65536;

inline constexpr std::uint8_t kSnappyCompressed = 0x00;
inline constexpr std::uint8_t kSnappyStored = 0x01;
/// Types from here to 0x7F must not be skipped, those from 0x80 on may be.
inline constexpr std::uint8_t kSnappyFirstReserved = 0x02;
inline constexpr std::uint8_t kSnappyFirstSkippable = 0x80;
inline constexpr std::uint8_t kSnappyPadding = 0xFE;
inline constexpr std::uint8_t kSnappyIdentifier = 0xFF;

/// The chunk that begins every stream.
inline constexpr std::array<std::byte, 10> kSnappyStreamIdentifier{
    std::byte{0xFF}, std::byte{6},   std::byte{0},   std::byte{0},   std::byte{'s'},
    std::byte{'N'},  std::byte{'a'}, std::byte{'P'}, std::byte{'p'}, std::byte{'Y'}};

struct SnappyChunk {
  std::uint8_t type = 0;
  std::uint32_t size = 0;  ///< bytes behind the header
};

/// Reads a header of kSnappyChunkHeader bytes.
[[nodiscard]] SnappyChunk parse_snappy_chunk(ByteSpan header) noexcept;
void put_snappy_chunk(const SnappyChunk& chunk, MutableByteSpan header) noexcept;

/// CRC-32C of `content`, masked as the format stores it.
[[nodiscard]] std::uint32_t snappy_checksum(ByteSpan content) noexcept;

}  // namespace kompakt
