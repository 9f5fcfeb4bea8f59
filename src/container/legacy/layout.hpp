/// \file
/// The records of the legacy .warp layouts, byte for byte. docs/format/warp-legacy.md draws them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "checksum/hasher.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt::legacy {

/// Which of the three layouts a file has.
enum class Layout : std::uint8_t { kV1, kV2, kStreamV2 };

/// Chunk methods of v1 and v2. Frozen.
enum class TableMethod : std::uint8_t { kLz4 = 0, kZstd = 1, kSnappy = 2, kBrotli = 3 };
/// Chunk methods of stream v2. Frozen.
enum class StreamMethod : std::uint8_t { kZstd = 1, kLz4 = 2, kSnappy = 3, kCopy = 4, kZero = 5 };

[[nodiscard]] std::string_view method_name(TableMethod method) noexcept;
[[nodiscard]] std::string_view method_name(StreamMethod method) noexcept;

/// No chunk of a legacy file may claim to be larger; the original writer never came near it.
inline constexpr std::uint64_t kMaxChunkSize = kGiB;
/// Stored bytes that no encoder of these methods exceeds for `original` bytes: a larger claim is
/// damage, and believing it would cost memory.
[[nodiscard]] constexpr std::uint64_t max_stored_size(std::uint64_t original) noexcept {
  return original + original / 4 + 64 * kKiB;
}

inline constexpr std::string_view kTableMagic = "PRAW";
inline constexpr std::string_view kStreamMagic = "WARP";
inline constexpr std::string_view kTrailerMagic = "WFT1";
inline constexpr std::string_view kIndexMagic = "WIX1";
inline constexpr std::string_view kDigestMagic = "WCHK";
inline constexpr std::string_view kFooterMagic = "WFTR";
inline constexpr std::size_t kMagicSize = 4;

/// True when `bytes` begin with `magic`.
[[nodiscard]] bool starts_with(ByteSpan bytes, std::string_view magic) noexcept;

/// The start of v1 and v2 files. The tables of u64 sizes follow: stored sizes, then (v2) original
/// sizes.
struct TableHeader {
  static constexpr std::size_t kSize = 18;
  std::uint8_t version = 2;
  TableMethod method = TableMethod::kSnappy;
  std::uint64_t original_size = 0;
  std::uint32_t chunk_count = 0;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
  /// `bytes` must hold kSize bytes. kCorrupt without the magic or for an unknown method,
  /// kUnsupported for a version other than 1 and 2.
  [[nodiscard]] static Result<TableHeader> decode(ByteSpan bytes);
  /// Bytes of header and tables.
  [[nodiscard]] std::uint64_t payload_offset() const noexcept {
    return kSize + std::uint64_t{chunk_count} * sizeof(std::uint64_t) * (version == 1 ? 1 : 2);
  }
};

/// The optional end of v1 and v2 files: a digest of the original bytes.
struct ContentTrailer {
  static constexpr std::size_t kPrefixSize = 7;  ///< magic, hash, digest length
  HashId hash = HashId::kNone;
  Digest digest;

  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Decodes the first kPrefixSize bytes; the digest, of digest.size bytes, is left zero.
  [[nodiscard]] static Result<ContentTrailer> decode_prefix(ByteSpan bytes);
};
/// The hashes that a ContentTrailer can name.
inline constexpr std::array kTrailerHashes = {HashId::kBlake3, HashId::kXxh64, HashId::kBlake2b};

/// The start of stream v2 files.
struct StreamHeader {
  static constexpr std::size_t kSize = 14;
  static constexpr std::uint8_t kVersion = 2;
  std::uint32_t chunk_size = 0;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
  [[nodiscard]] static Result<StreamHeader> decode(ByteSpan bytes);
};

struct StreamChunkHeader {
  static constexpr std::size_t kSize = 9;
  StreamMethod method = StreamMethod::kCopy;
  std::uint32_t original_size = 0;
  std::uint32_t stored_size = 0;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
  /// kCorrupt for an unknown method and for sizes that contradict the method.
  [[nodiscard]] static Result<StreamChunkHeader> decode(ByteSpan bytes);
};

/// One chunk in the WIX1 index of a stream v2 file.
struct IndexEntry {
  static constexpr std::size_t kSize = 17;
  std::uint64_t payload_offset = 0;
  StreamChunkHeader chunk;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
};

/// What precedes the index entries; a CRC-32 of the entries follows them.
struct IndexHeader {
  static constexpr std::size_t kSize = 8;
  std::uint32_t count = 0;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
  [[nodiscard]] static IndexHeader decode(ByteSpan bytes) noexcept;
};

/// What precedes the digest of a stream v2 file.
struct DigestHeader {
  static constexpr std::size_t kSize = 6;
  HashId hash = HashId::kNone;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
  /// kCorrupt for an unknown hash or a length that is not the hash's.
  [[nodiscard]] static Result<DigestHeader> decode(ByteSpan bytes);
};
/// The hashes that a DigestHeader can name.
inline constexpr std::array kStreamHashes = {HashId::kXxh64, HashId::kBlake3, HashId::kSha256};

/// The last bytes of a stream v2 file that has an index or a digest. 0: there is none.
struct StreamFooter {
  static constexpr std::size_t kSize = 20;
  std::uint64_t index_offset = 0;
  std::uint64_t digest_offset = 0;

  [[nodiscard]] std::array<std::byte, kSize> encode() const noexcept;
  /// kCorrupt without the magic.
  [[nodiscard]] static Result<StreamFooter> decode(ByteSpan bytes);
};

}  // namespace kompakt::legacy
