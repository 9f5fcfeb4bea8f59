/// \file
/// The factories behind the registry table: one line for each codec folder.
#pragma once

#include "kompakt/codec.hpp"

namespace kompakt {

const Codec& store_codec();
const Codec& zero_codec();
const Codec& zstd_codec();
const Codec& lz4_codec();
const Codec& snappy_codec();
const Codec& brotli_codec();
const Codec& deflate_codec();
const Codec& xz_codec();
const Codec& bzip2_codec();
const Codec& bwt_codec();
const Codec& cm_codec();

/// For decoders of codecs that have no wire parameters: kCorrupt when there are any.
[[nodiscard]] Status expect_no_parameters(const Codec& codec, ByteSpan parameters);

}  // namespace kompakt
