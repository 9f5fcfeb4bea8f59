// The row of the zstd format.
#include "core/endian.hpp"
#include "format/rows.hpp"
#include "format/zstd/decode.hpp"
#include "format/zstd/encode.hpp"
#include "format/zstd/frame.hpp"
#include "format/zstd/stream_coder.hpp"

namespace kompakt {
namespace {

// Skippable frames are shared with lz4. A file that begins with one is taken for zstd, whose
// tools and libraries write such files.
bool recognises(ByteSpan head) {
  if (head.size() < sizeof(std::uint32_t)) {
    return false;
  }
  const auto magic = load_le<std::uint32_t>(head);
  return magic == zstd::kMagic || zstd::is_skippable(magic) || zstd::is_legacy(magic);
}

}  // namespace

const FormatEntry& zstd_format() {
  static const FormatEntry kEntry{
      .info = {.id = Format::kZstd,
               .name = "zstd",
               .suffix = ".zst",
               .tar_suffix = ".tzst",
               .min_level = ZSTD_minCLevel(),
               .max_level = ZSTD_maxCLevel(),
               .default_level = zstd::kDefaultLevel},
      .recognises = recognises,
      .make_encoder = zstd::make_encoder,
      .make_decoder = zstd::make_decoder,
      .scan = zstd::scan,
      .native_index = zstd::native_index,
      .make_range_decoder = zstd::make_range_decoder,
      .make_stream_encoder = zstd::make_stream_encoder,
      .make_stream_decoder = zstd::make_stream_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
