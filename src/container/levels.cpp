#include "container/levels.hpp"

#include <array>
#include <string>
#include <string_view>

namespace kompakt {
namespace {

struct Row {
  std::string_view codec;
  std::size_t block_mib;
};

// Few files have many blocks of this size, and from this level on each takes long.
constexpr std::size_t kLeastEvenMib = 32;
constexpr int kFirstEvenEnd = 9;

// Each row is smaller and slower than the one before; docs/decisions/0004-levels.md has the
// figures.
constexpr std::array kRows = {
    Row{"store", 4},
    Row{"lz4", 1},
    Row{"zstd:level=1", 4},
    Row{"zstd:level=3,windowlog=22", 4},
    Row{"zstd:level=5", 8},
    Row{"zstd:level=7", 8},
    Row{"zstd:level=9", 16},
    Row{"zstd:level=12", 16},
    Row{"zstd:level=17", 32},
    Row{"xz:level=9,extreme=1", 64},
    Row{"cm:depth=sorted", 32},
    Row{"cm:depth=fast", 7},
    Row{"cm:depth=medium", 48},
    Row{"cm:depth=strong", 32},
    Row{"cm:depth=strongest", 64},
};
static_assert(kRows.size() == kMaxBuiltLevel + 1);

}  // namespace

Result<Level> find_level(int level) {
  if (level < kMinLevel || level > kMaxLevel) {
    return Status(Code::kInvalidArgument, "level is " + std::to_string(level) + ", valid: 0..15");
  }
  if (level > kMaxBuiltLevel) {
    return Status(Code::kUnsupported,
                  "level " + std::to_string(level) +
                      " is not in this build: it is reserved for neural codecs");
  }
  const Row& row = kRows[static_cast<std::size_t>(level)];
  auto spec = parse_codec_spec(row.codec);
  if (!spec.ok()) {
    return Status(Code::kInternal, "level table: " + std::string(spec.status().message()));
  }
  const bool even_end = level >= kFirstEvenEnd && row.block_mib >= kLeastEvenMib;
  return Level{*spec, row.block_mib << 20U, even_end};
}

Result<Level> adjust_level(const Result<Level>& level, const std::optional<CodecSpec>& codec,
                           std::optional<std::size_t> block_size, std::size_t usual_block) {
  if (!level.ok() && !codec) {
    return level.status();
  }
  Level adjusted = level.ok() ? *level : Level{*codec, usual_block};
  adjusted.codec = codec.value_or(adjusted.codec);
  adjusted.block_size = block_size.value_or(adjusted.block_size);
  adjusted.even_end = adjusted.even_end && !block_size;
  return adjusted;
}

}  // namespace kompakt
