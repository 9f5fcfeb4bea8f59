#include "format/snappy/chunk.hpp"

#include <bit>

#include "checksum/hasher.hpp"

namespace kompakt {

SnappyChunk parse_snappy_chunk(ByteSpan header) noexcept {
  const auto at = [header](std::size_t i) { return std::to_integer<std::uint32_t>(header[i]); };
  return {static_cast<std::uint8_t>(at(0)), at(1) | at(2) << 8U | at(3) << 16U};
}

void put_snappy_chunk(const SnappyChunk& chunk, MutableByteSpan header) noexcept {
  header[0] = static_cast<std::byte>(chunk.type);
  header[1] = static_cast<std::byte>(chunk.size);
  header[2] = static_cast<std::byte>(chunk.size >> 8U);
  header[3] = static_cast<std::byte>(chunk.size >> 16U);
}

std::uint32_t snappy_checksum(ByteSpan content) noexcept {
  // Rotated and offset, so that checksums of data that hold checksums are not degenerate.
  constexpr std::uint32_t kMaskDelta = 0xA282EAD8U;
  return std::rotr(crc32c(content), 15) + kMaskDelta;
}

}  // namespace kompakt
