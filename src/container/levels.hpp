/// \file
/// The one level scale of .warp.
#pragma once

#include <cstddef>
#include <optional>

#include "kompakt/codec.hpp"

namespace kompakt {

inline constexpr int kMinLevel = 0;
inline constexpr int kMaxLevel = 15;
inline constexpr int kDefaultLevel = 3;
/// The strongest level that this build has; those above are reserved.
inline constexpr int kMaxBuiltLevel = 14;

struct Level {
  CodecSpec codec;
  std::size_t block_size = 0;
  bool even_end = false;  ///< blocks are so large that the last ones are cut for two: BlockCutter
};

/// What a level means. kUnsupported ("not in this build") for a reserved one, kInvalidArgument
/// outside 0..15.
[[nodiscard]] Result<Level> find_level(int level);

/// What a caller gets: `level` with the codec and the block size that were asked for instead, where
/// they were. Blocks of an asked size have no even end. A level that there is not does not matter
/// where a codec is given: blocks then have `usual_block` bytes.
[[nodiscard]] Result<Level> adjust_level(const Result<Level>& level,
                                         const std::optional<CodecSpec>& codec,
                                         std::optional<std::size_t> block_size,
                                         std::size_t usual_block);

}  // namespace kompakt
