// The row of the format table.
#include <algorithm>

#include "format/rows.hpp"
#include "format/snappy/chunk.hpp"
#include "format/snappy/jobs.hpp"

namespace kompakt {
namespace {

bool recognises(ByteSpan head) {
  return head.size() >= kSnappyStreamIdentifier.size() &&
         std::equal(kSnappyStreamIdentifier.begin(), kSnappyStreamIdentifier.end(), head.begin());
}

}  // namespace

const FormatEntry& snappy_format() {
  static constexpr FormatEntry kEntry{
      .info = {.id = Format::kSnappy,
               .name = "snappy",
               .suffix = ".sz",
               .tar_suffix = "",
               .min_level = 0,
               .max_level = 0,
               .default_level = 0},
      .recognises = recognises,
      .make_encoder = make_snappy_encoder,
      .make_decoder = make_snappy_decoder,
      .scan = scan_snappy,
      .make_range_decoder = make_snappy_range_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
