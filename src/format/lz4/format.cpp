// The row of the lz4 format.
#include "core/endian.hpp"
#include "format/lz4/decode.hpp"
#include "format/lz4/encode.hpp"
#include "format/lz4/frame.hpp"
#include "format/lz4/levels.hpp"
#include "format/lz4/stream_coder.hpp"
#include "format/rows.hpp"

namespace kompakt {
namespace {

// Not by a skippable frame, which zstd has too: see there.
bool recognises(ByteSpan head) {
  if (head.size() < lz4_frame::kWordSize) {
    return false;
  }
  const auto magic = load_le<std::uint32_t>(head);
  return magic == lz4_frame::kMagic || magic == lz4_frame::kLegacyMagic;
}

}  // namespace

const FormatEntry& lz4_format() {
  static const FormatEntry kEntry{
      .info = {.id = Format::kLz4,
               .name = "lz4",
               .suffix = ".lz4",
               .tar_suffix = ".tlz4",
               .min_level = lz4_frame::kMinLevel,
               .max_level = lz4_frame::kMaxLevel,
               .default_level = lz4_frame::kDefaultLevel},
      .recognises = recognises,
      .make_encoder = lz4_frame::make_encoder,
      .make_decoder = lz4_frame::make_decoder,
      .scan = lz4_frame::scan,
      .native_index = nullptr,
      .make_range_decoder = lz4_frame::make_range_decoder,
      .make_stream_encoder = lz4_frame::make_stream_encoder,
      .make_stream_decoder = lz4_frame::make_stream_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
