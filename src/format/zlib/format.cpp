// The row of zlib in the table of formats. Its jobs are gzip's, with another wrapper.
#include "format/format.hpp"

#include "format/gzip/encode_job.hpp"
#include "format/gzip/part_coder.hpp"
#include "format/gzip/readers.hpp"
#include "format/gzip/stream_coder.hpp"
#include "format/rows.hpp"

namespace kompakt {
namespace {

// The method and window byte of every zlib in use, with a header check that holds.
bool recognises(ByteSpan head) {
  constexpr unsigned kMethodAndWindow = 0x78;
  return head.size() >= 2 && head[0] == std::byte{kMethodAndWindow} &&
         (kMethodAndWindow * 256 + std::to_integer<unsigned>(head[1])) % 31 == 0;
}

Result<std::unique_ptr<StagedJob>> make_encoder(Source& source, Sink& sink,
                                                const EncodeSettings& settings) {
  return gzip::make_encode_job(source, sink, settings, deflate::Framing::kZlib);
}

Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                const DecodeSettings& settings) {
  return gzip::make_decode_job(source, sink, settings, deflate::Framing::kZlib);
}

Result<std::unique_ptr<StagedJob>> make_range_decoder(const Source& source, Sink& sink,
                                                      const SeekIndex& index,
                                                      const RangeSettings& settings) {
  return gzip::make_range_job(source, sink, index, settings, deflate::Framing::kZlib);
}

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings) {
  return gzip::make_stream_encoder(settings, deflate::Framing::kZlib);
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings) {
  return gzip::make_stream_decoder(settings, deflate::Framing::kZlib);
}

}  // namespace

const FormatEntry& zlib_format() {
  static const FormatEntry kEntry{.info = {.id = Format::kZlib,
                                           .name = "zlib",
                                           .suffix = ".zz",
                                           .tar_suffix = "",
                                           .min_level = gzip::kMinLevel,
                                           .max_level = gzip::kMaxLevel,
                                           .default_level = gzip::kDefaultLevel},
                                  .recognises = recognises,
                                  .make_encoder = make_encoder,
                                  .make_decoder = make_decoder,
                                  .make_range_decoder = make_range_decoder,
                                  .make_stream_encoder = make_stream_encoder,
                                  .make_stream_decoder = make_stream_decoder};
  return kEntry;
}

}  // namespace kompakt
