/// \file
/// The rows behind the format table: one line for each format folder.
#pragma once

#include "format/format.hpp"

namespace kompakt {

const FormatEntry& gzip_format();
const FormatEntry& zlib_format();
const FormatEntry& zstd_format();
const FormatEntry& lz4_format();
const FormatEntry& xz_format();
const FormatEntry& bzip2_format();
const FormatEntry& brotli_format();
const FormatEntry& snappy_format();

}  // namespace kompakt
