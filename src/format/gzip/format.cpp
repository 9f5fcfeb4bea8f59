// The row of gzip in the table of formats.
#include "format/format.hpp"

#include "format/gzip/encode_job.hpp"
#include "format/gzip/part_coder.hpp"
#include "format/gzip/readers.hpp"
#include "format/gzip/stream_coder.hpp"
#include "format/rows.hpp"

namespace kompakt {
namespace {

bool recognises(ByteSpan head) {
  return head.size() >= 3 && head[0] == std::byte{0x1F} && head[1] == std::byte{0x8B} &&
         head[2] == std::byte{8};
}

Result<std::unique_ptr<StagedJob>> make_encoder(Source& source, Sink& sink,
                                                const EncodeSettings& settings) {
  return gzip::make_encode_job(source, sink, settings, deflate::Framing::kGzip);
}

Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                const DecodeSettings& settings) {
  return gzip::make_decode_job(source, sink, settings, deflate::Framing::kGzip);
}

Result<std::unique_ptr<StagedJob>> make_range_decoder(const Source& source, Sink& sink,
                                                      const SeekIndex& index,
                                                      const RangeSettings& settings) {
  return gzip::make_range_job(source, sink, index, settings, deflate::Framing::kGzip);
}

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings) {
  return gzip::make_stream_encoder(settings, deflate::Framing::kGzip);
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings) {
  return gzip::make_stream_decoder(settings, deflate::Framing::kGzip);
}

}  // namespace

const FormatEntry& gzip_format() {
  static const FormatEntry kEntry{.info = {.id = Format::kGzip,
                                           .name = "gzip",
                                           .suffix = ".gz",
                                           .tar_suffix = ".tgz",
                                           .min_level = gzip::kMinLevel,
                                           .max_level = gzip::kMaxLevel,
                                           .default_level = gzip::kDefaultLevel},
                                  .recognises = recognises,
                                  .make_encoder = make_encoder,
                                  .make_decoder = make_decoder,
                                  .scan = gzip::scan_gzip,
                                  .native_index = gzip::native_index,
                                  .make_range_decoder = make_range_decoder,
                                  .make_stream_encoder = make_stream_encoder,
                                  .make_stream_decoder = make_stream_decoder};
  return kEntry;
}

}  // namespace kompakt
