// The row of the format table.
#include "format/brotli/jobs.hpp"
#include "format/rows.hpp"

namespace kompakt {
namespace {

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings) {
  std::unique_ptr<StreamCoder> none;
  if (settings.block_size) {
    return none;
  }
  constexpr int kLargestWindow = 24;  // the stock tool's for content of unknown size
  const Codec& codec = *find_codec(CodecId::kBrotli);
  CodecOptions options(codec.info().options);
  Status set = options.set("quality", settings.level.value_or(brotli_format().info.default_level));
  set = set.ok() ? options.set("lgwin", settings.window_log.value_or(kLargestWindow)) : set;
  return set.ok() ? codec.make_stream_encoder(options) : set;
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings) {
  return find_codec(CodecId::kBrotli)->make_stream_decoder({}, settings.limits);
}

}  // namespace

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
      .make_stream_encoder = make_stream_encoder,
      .make_stream_decoder = make_stream_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
