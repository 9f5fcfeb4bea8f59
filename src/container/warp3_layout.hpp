/// \file
/// The records of .warp version 3 as they lie on disk. docs/format/warp3.md is the specification.
///
/// Everything is little-endian and fixed-size where recovery depends on it. encode() writes exactly
/// the stated number of bytes; decode() checks every field that can be checked alone and trusts
/// nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "checksum/hasher.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt::warp3 {

inline constexpr std::array<std::byte, 4> kMagic = {std::byte{'W'}, std::byte{'A'}, std::byte{'R'},
                                                    std::byte{'P'}};
inline constexpr std::uint8_t kVersion = 3;
/// The newest revision of streams of records that this reader understands. Compact streams have
/// their own: CompactStream::kRevision.
inline constexpr std::uint8_t kReaderRevision = 0;

inline constexpr unsigned kMinBlockLog = 12;
inline constexpr unsigned kMaxBlockLog = 30;
/// Non-block payloads (index, metadata, unknown records) are never larger than this.
inline constexpr std::uint32_t kMaxSidePayload = 64U << 20U;
/// Blocks that one index record covers.
inline constexpr std::size_t kIndexFanout = 4096;

enum class RecordType : std::uint8_t {
  kBlock = 0x01,
  kIndex = 0x02,  ///< entries for up to kIndexFanout blocks
  kRoot = 0x03,   ///< entries for all index records
  kEnd = 0x04,
  kMetadata = 0x81,  ///< 0x80 and above: a reader that does not know the type skips the record
};
inline constexpr std::uint8_t kSkippableBit = 0x80;

/// Set on a zero block that was a hole in the input file.
inline constexpr std::uint8_t kFlagHole = 0x01;

struct FileHeader {
  static constexpr std::size_t kSize = 24;
  std::uint8_t minimum_revision = 0;
  HashId hash = HashId::kBlake3;
  std::uint8_t block_log =
      20;  ///< no block decodes to more than 2^block_log bytes, zero blocks excepted
  std::uint32_t decode_kib = 0;  ///< working memory that one decoder needs, in KiB
  std::uint32_t stream_id = 0;
  friend bool operator==(const FileHeader&, const FileHeader&) = default;

  void encode(MutableByteSpan to) const;
  /// kCorrupt for damage, kUnsupported for a newer revision or an unknown hash.
  [[nodiscard]] static Result<FileHeader> decode(ByteSpan from);
  /// True when `from` is a version 3 header but for its first bytes: the magic or version is
  /// damaged.
  [[nodiscard]] static bool is_damaged_magic(ByteSpan from);
};

struct RecordHeader {
  static constexpr std::size_t kSize = 48;
  static constexpr std::array<std::byte, 4> kSync = {std::byte{0xF5}, std::byte{'K'},
                                                     std::byte{'W'}, std::byte{'R'}};
  RecordType type = RecordType::kBlock;
  std::uint8_t flags = 0;
  std::uint32_t stream_id = 0;
  std::uint16_t extension_size = 0;
  std::uint32_t payload_size = 0;
  std::uint64_t raw_offset = 0;
  std::uint64_t raw_size = 0;
  /// Number of the block; of the first block that an index record covers; blocks in the stream for
  /// a root or end record; 0 for metadata.
  std::uint32_t sequence = 0;
  std::uint64_t payload_hash = 0;  ///< XXH3-64 of the payload
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;

  /// Writes the header for a record whose extension is `extension`; its checksum covers both.
  void encode(MutableByteSpan to, ByteSpan extension) const;
  /// Reads the fixed fields without checking the checksum; nullopt without the sync bytes.
  [[nodiscard]] static std::optional<RecordHeader> peek(ByteSpan from);
  /// Whether the checksum at the end of the header fits header and extension.
  [[nodiscard]] static bool checksum_fits(ByteSpan header, ByteSpan extension);
  [[nodiscard]] std::uint64_t stored_size() const {
    return kSize + std::uint64_t{extension_size} + payload_size;
  }
};

/// One step of a codec chain as read from a block.
struct ChainStep {
  std::uint16_t id = 0;
  std::vector<std::byte> parameters;
  friend bool operator==(const ChainStep&, const ChainStep&) = default;
};

/// A block record's extension: the codec chain (steps applied in order when encoding, the codec
/// last), then checksum and digest of the raw bytes (zeros for a zero block).
struct BlockExtension {
  static constexpr std::size_t kMaxSteps = 4;
  static constexpr std::size_t kMaxParameters = 8;
  static constexpr std::size_t kMaxSize = 1 + kMaxSteps * (3 + kMaxParameters) + 8 + kMaxDigestSize;
  std::vector<ChainStep> chain;
  std::uint64_t raw_hash = 0;  ///< XXH3-64 of the raw bytes
  Digest digest;

  [[nodiscard]] std::vector<std::byte> encode() const;
  /// `hash` says how long the digest is.
  [[nodiscard]] static Result<BlockExtension> decode(ByteSpan from, HashId hash);
};

/// What an index record says of one block, and a root record of one index record.
struct IndexEntry {
  std::uint64_t raw_offset = 0;
  std::uint64_t stored_offset = 0;  ///< of the record's header, from the start of the stream
  Digest digest;                    ///< of the raw bytes, or of the index record's node of the tree

  [[nodiscard]] static std::size_t size(HashId hash) { return 16 + digest_size(hash); }
  void append_to(std::vector<std::byte>& to) const;
  [[nodiscard]] static IndexEntry decode(ByteSpan from, HashId hash);
};

/// The payload of the end record, then the tail that lets a reader start from the end of the file.
struct End {
  static constexpr std::size_t kTailSize = 8;
  static constexpr std::array<std::byte, 4> kTailMagic = {std::byte{0xF5}, std::byte{'E'},
                                                          std::byte{'N'}, std::byte{'D'}};
  std::uint64_t top_index_offset = 0;  ///< of the root or only index record; 0: there is none
  std::uint64_t stream_size = 0;       ///< from the file header's first byte to the tail's last
  FileHeader file;                     ///< a copy, for when the one at the front is damaged
  Digest content;                      ///< root of the digest tree, by the file header's hash

  static constexpr std::size_t kMaxPayload = 16 + FileHeader::kSize + kMaxDigestSize;
  [[nodiscard]] std::vector<std::byte> encode() const;
  [[nodiscard]] static Result<End> decode(ByteSpan from);
  /// The tail for an end record of `record_size` bytes, tail included.
  [[nodiscard]] static std::array<std::byte, kTailSize> tail(std::uint32_t record_size);
  /// The record size that a tail states; nullopt without the magic.
  [[nodiscard]] static std::optional<std::uint32_t> record_size(ByteSpan tail);
};

}  // namespace kompakt::warp3
