/// \file
/// Deflate64 (method 9): deflate with a window of 64 KiB and lengths of up to 65,538 bytes.
#pragma once

#include <memory>

#include "archive/zip/zip_entry_content.hpp"

namespace kompakt::zip {

/// A decoder of Deflate64 alone: careful rather than fast, as hardly anything is stored so.
[[nodiscard]] std::unique_ptr<ContentDecoder> make_deflate64_decoder(StoredInput input);

}  // namespace kompakt::zip
