/// \file
/// What the decoders of single methods share.
#pragma once

#include <cstdint>
#include <memory>

#include "archive/zip/zip_entry_content.hpp"

namespace kompakt::zip {

/// zstd's first number, withdrawn soon after.
inline constexpr Method kOldZstd{20};

/// The method whose decoder is right for `method`.
[[nodiscard]] constexpr Method plain_method(Method method) noexcept {
  return method == kOldZstd ? Method::kZstd : method;
}

/// Some writers name a method and store nothing for content that is empty.
[[nodiscard]] constexpr bool is_nothing(const ZipExtent& extent) noexcept {
  return extent.stored_size == 0 && extent.size == 0;
}

}  // namespace kompakt::zip
