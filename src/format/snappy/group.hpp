/// \file
/// Groups of whole chunks: gathered in order, decoded apart.
#pragma once

#include <cstdint>
#include <vector>

#include "core/buffer.hpp"
#include "format/common/input_reader.hpp"
#include "format/snappy/chunk.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Whole data chunks, copied out of the input.
struct SnappyGroup {
  struct Chunk {
    std::uint8_t type = 0;
    std::size_t begin = 0;    ///< in coded, behind the chunk's header
    std::size_t size = 0;     ///< bytes behind the header
    std::size_t content = 0;  ///< bytes that it decodes to
  };
  std::vector<Chunk> chunks;
  Buffer coded;
  std::size_t coded_size = 0;
  std::size_t content = 0;      ///< bytes of all chunks together
  std::uint64_t input = 0;      ///< offset of the first data chunk's header
  std::uint64_t input_end = 0;  ///< behind the last chunk that was taken
};

/// The most that a group of one read holds.
inline constexpr std::size_t kSnappyGroupContent = 16 * kSnappyMaxContent;
/// A compressed chunk may be larger than its content; encoders store such chunks.
inline constexpr std::size_t kSnappyGroupCoded = 2 * kSnappyGroupContent;

class SnappyGatherer {
 public:
  struct Counts {
    std::uint64_t streams = 0;
    std::uint64_t skipped = 0;
    std::uint64_t blocks = 0;
  };

  /// `inside`: the input begins behind a stream identifier.
  explicit SnappyGatherer(InputReader input, bool inside)
      : input_(std::move(input)), inside_(inside) {}

  /// Fills `group` with the next chunks. A group without chunks: the clean end of the input.
  [[nodiscard]] Status gather(SnappyGroup& group);
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::uint64_t position() const noexcept { return input_.position(); }

 private:
  Status take_data(const SnappyChunk& chunk, SnappyGroup& group, bool& full);
  Status take_identifier(const SnappyChunk& chunk);
  Status skip(std::uint32_t size);

  InputReader input_;
  bool inside_;
  Counts counts_;
};

/// Decodes all chunks of `group` into `out`, which has group.content bytes, and verifies them.
[[nodiscard]] Status decode_snappy_group(const SnappyGroup& group, MutableByteSpan out);
/// Content bytes of a data chunk whose bytes behind the header begin with `head`, which has all of
/// them or at least 9.
[[nodiscard]] Result<std::size_t> snappy_content_size(const SnappyChunk& chunk, ByteSpan head);

}  // namespace kompakt
