/// \file
/// The compact form of a .warp v3 stream of one small block, where fixed-size records would weigh
/// as much as what they hold. docs/format/warp3.md, section 11, is the specification.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "container/block_decoder.hpp"
#include "container/warp3_layout.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt::warp3 {

/// What a compact stream says, in the terms of a stream of records.
struct CompactStream {
  /// The first revision whose readers know this form.
  static constexpr std::uint8_t kRevision = 1;
  static constexpr std::size_t kMaxContent = std::size_t{64} << 10U;
  static constexpr std::size_t kMaxMetadata = 0xFFFF;
  static constexpr std::size_t kTailSize = 4;
  /// No stream is larger: header, fields, metadata, content, tail.
  static constexpr std::uint32_t kMaxStored = FileHeader::kSize + 7 +
                                              BlockExtension::kMaxParameters + kMaxDigestSize +
                                              kMaxMetadata + kMaxContent + kTailSize;

  FileHeader file;                  ///< the block log is the least that the content needs
  BlockRecord block;                ///< payload_at counts from the stream's first byte
  std::vector<std::byte> metadata;  ///< as the payload of a metadata record; may be empty
  std::uint32_t stored_size = 0;

  /// The whole stream; nullopt where it does not fit this form. Of `file` the hash and the decode
  /// memory count, of `block` what an extension says.
  [[nodiscard]] static std::optional<std::vector<std::byte>> encode(const FileHeader& file,
                                                                    const BlockRecord& block,
                                                                    ByteSpan metadata,
                                                                    ByteSpan payload);

  /// The stored size of the compact stream that `from` (FileHeader::kSize bytes of it are enough)
  /// begins with; nullopt where none begins, or its header is damaged; 0 for a size that no stream
  /// has.
  [[nodiscard]] static std::optional<std::uint32_t> size_from_header(ByteSpan from);
  /// The stored size that the last bytes of a stream state; nullopt where they are not those of
  /// this form. A claim: decode() tells.
  [[nodiscard]] static std::optional<std::uint32_t> size_from_tail(ByteSpan tail);

  /// Reads a whole stream of the size that size_from_header() said. kCorrupt for damage,
  /// kUnsupported for what only a later revision can mean.
  [[nodiscard]] static Result<CompactStream> decode(ByteSpan stream);
  /// As decode(), of a random-access source; nullopt where no compact stream begins there.
  [[nodiscard]] static Result<std::optional<CompactStream>> read_at(const Source& source,
                                                                    std::uint64_t at);
};

}  // namespace kompakt::warp3
