// The row of the format table.
#include <algorithm>
#include <array>

#include "format/common/input_reader.hpp"
#include "format/rows.hpp"
#include "format/xz/alone.hpp"
#include "format/xz/encode.hpp"
#include "format/xz/index.hpp"
#include "format/xz/index_decode.hpp"
#include "format/xz/range.hpp"
#include "format/xz/stream_coder.hpp"
#include "format/xz/stream_decode.hpp"

namespace kompakt {
namespace {

// Bytes that tell the formats apart.
constexpr std::size_t kHead = 16;
constexpr std::array kMagic{std::byte{0xFD}, std::byte{'7'}, std::byte{'z'},
                            std::byte{'X'},  std::byte{'Z'}, std::byte{0}};

bool recognises(ByteSpan head) {
  return (head.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), head.begin())) ||
         find_lzma_kind(head) != LzmaKind::kNone;
}

Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                const DecodeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "xz has no option dictionary");
  }
  InputReader input(source);
  if (Status filled = input.fill(kHead); !filled.ok()) {
    return filled;
  }
  if (find_lzma_kind(input.available()) != LzmaKind::kNone) {
    return make_lzma_alone_decoder(source, std::move(input), sink, settings);
  }
  if (source.random_access()) {
    // Where the index is damaged or too large, going from front to back finds out what is wrong and
    // gives the content before it.
    auto index = read_xz_index(source, settings.limits.max_memory / 4);
    if (index.ok()) {
      auto job = make_xz_index_decoder(source, sink, settings, std::move(*index));
      if (!job.ok() || *job) {
        return job;
      }
    }
  }
  return make_xz_stream_decoder(source, std::move(input), sink, settings);
}

}  // namespace

const FormatEntry& xz_format() {
  static constexpr FormatEntry kEntry{
      .info = {.id = Format::kXz,
               .name = "xz",
               .suffix = ".xz",
               .tar_suffix = ".txz",
               .min_level = 0,
               .max_level = 9,
               .default_level = 6},
      .recognises = recognises,
      .make_encoder = make_xz_encoder,
      .make_decoder = make_decoder,
      .scan = scan_xz,
      .native_index = xz_native_index,
      .make_range_decoder = make_xz_range_decoder,
      .make_stream_encoder = make_xz_hand_encoder,
      .make_stream_decoder = make_xz_hand_decoder,
  };
  return kEntry;
}

}  // namespace kompakt
