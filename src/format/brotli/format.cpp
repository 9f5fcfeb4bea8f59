// The row of the format table.
#include "format/brotli/jobs.hpp"
#include "format/rows.hpp"

namespace kompakt {

const FormatEntry& brotli_format() {
  static constexpr FormatEntry kEntry{
      .info = {.id = Format::kBrotli,
               .name = "brotli",
               .suffix = ".br",
               .tar_suffix = "",
               .min_level = 0,
               .max_level = 11,
               .default_level = 11},
      .make_encoder = make_brotli_encoder,
      .make_decoder = make_brotli_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
