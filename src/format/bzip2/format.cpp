// The row of the format table.
#include <cstddef>

#include "format/bzip2/decode.hpp"
#include "format/bzip2/encode.hpp"
#include "format/bzip2/range.hpp"
#include "format/rows.hpp"

namespace kompakt {
namespace {

// "BZh" and a level.
bool recognises(ByteSpan head) {
  return head.size() >= 4 && head[0] == std::byte{'B'} && head[1] == std::byte{'Z'} &&
         head[2] == std::byte{'h'} && head[3] >= std::byte{'1'} && head[3] <= std::byte{'9'};
}

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings) {
  const Codec& codec = *find_codec(CodecId::kBzip2);
  CodecOptions options(codec.info().options);
  if (Status set = options.set("level", settings.level.value_or(bzip2_format().info.default_level));
      !set.ok()) {
    return set;
  }
  return codec.make_stream_encoder(options);
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings) {
  return find_codec(CodecId::kBzip2)->make_stream_decoder({}, settings.limits);
}

}  // namespace

const FormatEntry& bzip2_format() {
  static constexpr FormatEntry kEntry{
      .info = {.id = Format::kBzip2,
               .name = "bzip2",
               .suffix = ".bz2",
               .tar_suffix = ".tbz2",
               .min_level = 1,
               .max_level = 9,
               .default_level = 9},
      .recognises = recognises,
      .make_encoder = make_bzip2_encoder,
      .make_decoder = make_bzip2_decoder,
      .make_range_decoder = make_bzip2_range_decoder,
      .make_stream_encoder = make_stream_encoder,
      .make_stream_decoder = make_stream_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
