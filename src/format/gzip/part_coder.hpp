/// \file
/// Compresses stretches of content into deflate blocks that refer to nothing before the stretch.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "format/common/part_encode_job.hpp"

namespace kompakt::gzip {

inline constexpr int kMinLevel = 0;
inline constexpr int kMaxLevel = 11;
inline constexpr int kDefaultLevel = 6;

/// What ends every part but the last: LEN and NLEN of the empty stored block that brings the
/// stream to a byte boundary, then a whole empty stored block.
inline constexpr std::array<std::byte, 9> kMark = {
    std::byte{0}, std::byte{0}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0},
    std::byte{0}, std::byte{0}, std::byte{0xFF}, std::byte{0xFF}};

/// How a part ends.
enum class PartEnd : std::uint8_t {
  kAligned,  ///< byte-aligned, with kMark
  kFinal,    ///< with a final block
};

/// The compressor behind one level. One thread at a time.
class PartCoder {
 public:
  PartCoder() = default;
  PartCoder(const PartCoder&) = delete;
  PartCoder& operator=(const PartCoder&) = delete;
  PartCoder(PartCoder&&) = delete;
  PartCoder& operator=(PartCoder&&) = delete;
  virtual ~PartCoder() = default;

  /// Fills `out`, which has room for max_part_size(raw.size()), and returns the bytes written.
  [[nodiscard]] virtual Result<std::size_t> encode(ByteSpan raw, PartEnd end,
                                                   MutableByteSpan out) = 0;
};

/// Makes the coder of a level within [kMinLevel, kMaxLevel].
[[nodiscard]] Result<std::unique_ptr<PartCoder>> make_part_coder(int level);
/// Room for any encoding of `size` content bytes, marks included.
[[nodiscard]] std::size_t max_part_size(std::size_t size);
/// Content bytes of a part where the caller has no wish.
[[nodiscard]] std::size_t default_part_size(int level);
/// Memory of a coder.
[[nodiscard]] std::uint64_t part_coder_memory(int level);

}  // namespace kompakt::gzip
