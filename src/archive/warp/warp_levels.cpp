#include "archive/warp/warp_levels.hpp"

#include <array>
#include <string>
#include <string_view>

namespace kompakt {
namespace {

struct Row {
  std::string_view codec;
  std::size_t block_mib;
};

// A window of a whole block: similar files lie next to each other, so what is far back is still
// worth finding. The levels above are the same as for one file.
constexpr std::array kRows = {
    Row{"store", 8},
    Row{"lz4", 4},
    Row{"zstd:level=1,windowlog=23", 8},
    Row{"zstd:level=3,windowlog=24", 16},
    Row{"zstd:level=5,windowlog=25", 32},
    Row{"zstd:level=7,windowlog=25", 32},
    Row{"zstd:level=9,windowlog=25", 32},
    Row{"zstd:level=12,windowlog=25", 32},
    Row{"zstd:level=17,windowlog=25", 32},
};

}  // namespace

Result<Level> find_archive_level(int level) {
  auto single = find_level(level);
  if (!single.ok() || static_cast<std::size_t>(level) >= kRows.size()) {
    return single;
  }
  const Row& row = kRows[static_cast<std::size_t>(level)];
  auto spec = parse_codec_spec(row.codec);
  if (!spec.ok()) {
    return Status(Code::kInternal, "level table: " + std::string(spec.status().message()));
  }
  return Level{*spec, row.block_mib << 20U};
}

}  // namespace kompakt
