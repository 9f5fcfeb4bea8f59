#include "codec/registry.hpp"

#include <array>

namespace kompakt {
namespace {

// The one table of codecs, in order of CodecId: row i holds the codec with id i. A row without a
// codec fails to link, and registry_test checks the order.
constexpr std::array kTable = {
    &store_codec,   &zero_codec, &zstd_codec,  &lz4_codec, &snappy_codec, &brotli_codec,
    &deflate_codec, &xz_codec,   &bzip2_codec, &bwt_codec, &cm_codec,
};

}  // namespace

std::span<const Codec* const> all_codecs() {
  static const auto kCodecs = [] {
    std::array<const Codec*, kTable.size()> codecs{};
    for (std::size_t i = 0; i < kTable.size(); ++i) {
      codecs[i] = &kTable[i]();
    }
    return codecs;
  }();
  return kCodecs;
}

const Codec* find_codec(CodecId id) {
  const auto row = static_cast<std::size_t>(id);
  return row < kTable.size() ? &kTable[row]() : nullptr;
}

const Codec* find_codec(std::string_view name) {
  for (const Codec* codec : all_codecs()) {
    if (codec->info().name == name) {
      return codec;
    }
  }
  return nullptr;
}

}  // namespace kompakt
