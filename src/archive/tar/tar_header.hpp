/// \file
/// The 512-byte header block of tar: where its fields lie, how numbers are written in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kompakt/bytes.hpp"

namespace kompakt::tar {

inline constexpr std::size_t kBlock = 512;

struct Field {
  std::size_t at = 0;
  std::size_t size = 0;
};
inline constexpr Field kName{0, 100};
inline constexpr Field kMode{100, 8};
inline constexpr Field kUid{108, 8};
inline constexpr Field kGid{116, 8};
inline constexpr Field kSize{124, 12};
inline constexpr Field kMtime{136, 12};
inline constexpr Field kChecksum{148, 8};
inline constexpr std::size_t kTypeAt = 156;
inline constexpr Field kLink{157, 100};
inline constexpr Field kMagic{257, 8};
inline constexpr Field kUser{265, 32};
inline constexpr Field kGroup{297, 32};
inline constexpr Field kMajor{329, 8};
inline constexpr Field kMinor{337, 8};
inline constexpr Field kPrefix{345, 155};
// star: a shorter prefix, times behind it, and a mark at the end.
inline constexpr Field kStarPrefix{345, 131};
inline constexpr Field kStarAtime{476, 12};
inline constexpr Field kStarMark{508, 4};
// GNU: no prefix; times and the beginning of a sparse map in its place.
inline constexpr Field kGnuAtime{345, 12};
inline constexpr std::size_t kGnuMapAt = 386;
inline constexpr std::size_t kGnuMapEntries = 4;
inline constexpr std::size_t kGnuMoreAt = 482;
inline constexpr Field kGnuRealSize{483, 12};
// A block that goes on with the map.
inline constexpr std::size_t kExtensionEntries = 21;
inline constexpr std::size_t kExtensionMoreAt = 504;

/// Which tar wrote a header.
enum class Dialect : std::uint8_t { kV7, kUstar, kGnu, kStar };
[[nodiscard]] Dialect dialect_of(ByteSpan block) noexcept;

[[nodiscard]] inline ByteSpan field_of(ByteSpan block, Field field) noexcept {
  return block.subspan(field.at, field.size);
}
/// The text of a field up to its first NUL.
[[nodiscard]] std::string_view text_of(ByteSpan block, Field field) noexcept;

/// A number in octal, or in base 256 with the first bit set. A blank field is 0. nullopt for
/// anything else, and for what 64 bits with a sign do not hold.
[[nodiscard]] std::optional<std::int64_t> parse_number(ByteSpan field) noexcept;

[[nodiscard]] bool is_zero_block(ByteSpan block) noexcept;
/// Whether the checksum fits, by signed or by unsigned bytes.
[[nodiscard]] bool checksum_fits(ByteSpan block) noexcept;
/// checksum_fits(), and what else a header has that other data is unlikely to: for places where a
/// header is searched for.
[[nodiscard]] bool is_header(ByteSpan block) noexcept;

/// Writes `value` in octal with a NUL behind it; false where it does not fit.
[[nodiscard]] bool put_octal(MutableByteSpan field, std::uint64_t value) noexcept;
/// As put_octal(), or in base 256 where that is too short.
void put_number(MutableByteSpan field, std::uint64_t value) noexcept;
void put_checksum(MutableByteSpan block) noexcept;

/// Bytes from the end of a body of `size` bytes to the next block.
[[nodiscard]] constexpr std::size_t padding_of(std::uint64_t size) noexcept {
  return static_cast<std::size_t>((kBlock - size % kBlock) % kBlock);
}

}  // namespace kompakt::tar
