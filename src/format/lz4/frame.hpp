/// \file
/// The LZ4 frame format: descriptors and block sizes, read and written.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::lz4_frame {

inline constexpr std::uint32_t kMagic = 0x184D2204;
inline constexpr std::uint32_t kLegacyMagic = 0x184C2102;
/// The lowest of the sixteen magic numbers of skippable frames.
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;
inline constexpr std::size_t kSkippableHeader = 8;
inline constexpr std::size_t kMaxHeader = 19;
inline constexpr std::size_t kWordSize = 4;
/// Content that a linked block refers back to.
inline constexpr std::size_t kWindow = std::size_t{64} << 10U;
inline constexpr std::size_t kLegacyBlock = std::size_t{8} << 20U;
/// Marks a block that is stored as it is.
inline constexpr std::uint32_t kStoredBit = 0x80000000U;

[[nodiscard]] constexpr bool is_skippable(std::uint32_t magic) noexcept {
  return (magic & 0xFFFFFFF0U) == kSkippableMagic;
}
[[nodiscard]] constexpr bool is_magic(std::uint32_t magic) noexcept {
  return magic == kMagic || magic == kLegacyMagic || is_skippable(magic);
}

/// How the blocks of a frame are to be read.
struct BlockRules {
  bool legacy = false;
  bool linked = false;  ///< blocks refer to the content before them
  bool block_checks = false;
  bool checksum = false;      ///< a check of the content follows the blocks
  std::size_t max_block = 0;  ///< content bytes of a block at most
  /// Stored bytes that one block may have.
  [[nodiscard]] std::size_t max_stored() const noexcept;
};

struct FrameHeader {
  bool skippable = false;
  std::size_t size = 0;    ///< of the header, magic number included
  std::uint64_t skip = 0;  ///< skippable: bytes behind the header
  BlockRules rules;
  std::optional<std::uint64_t> content;
  std::optional<std::uint32_t> dictionary;
};
/// Reads the header at the start of `head`, which holds kMaxHeader bytes or all there are.
[[nodiscard]] Result<FrameHeader> parse_header(ByteSpan head);

/// Appends the header of a frame of independent blocks. A `block_id` of 4 to 7 stands for 64 KiB,
/// 256 KiB, 1 MiB, 4 MiB.
void append_header(std::vector<std::byte>& out, unsigned block_id, bool checksum);
[[nodiscard]] constexpr std::size_t block_size_of(unsigned block_id) noexcept {
  return std::size_t{1} << (8 + 2 * block_id);
}

/// The rules as one number for seek points, never 0; and back. nullopt for a number that is none.
[[nodiscard]] std::uint64_t pack_rules(const BlockRules& rules) noexcept;
[[nodiscard]] std::optional<BlockRules> unpack_rules(std::uint64_t packed) noexcept;

[[nodiscard]] std::uint32_t hash32(ByteSpan bytes) noexcept;

/// XXH32 of content that comes in pieces.
class ContentHash {
 public:
  ContentHash();
  void update(ByteSpan bytes) noexcept;
  /// The hash of everything since construction or the last call.
  [[nodiscard]] std::uint32_t take() noexcept;

 private:
  struct State;
  struct Deleter {
    void operator()(State* state) const noexcept;
  };
  std::unique_ptr<State, Deleter> state_;
};

}  // namespace kompakt::lz4_frame
