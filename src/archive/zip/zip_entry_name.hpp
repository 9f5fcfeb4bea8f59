/// \file
/// Names and comments of entries as UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kompakt/bytes.hpp"

namespace kompakt::zip {

/// How bytes of a name are to be understood.
enum class NameCoding : std::uint8_t {
  kUtf8,     ///< the entry says so
  kCp437,    ///< written by DOS or Windows, which promise this code page
  kUnknown,  ///< written by others: mostly UTF-8
};

/// UTF-8 for `bytes`. Bytes that are said to be UTF-8 come back as they are, whatever they are;
/// unknown ones too where they are valid UTF-8, and as code page 437 otherwise.
[[nodiscard]] std::string decode_name(ByteSpan bytes, NameCoding coding);

/// Well-formed: no surrogates, nothing overlong, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace kompakt::zip
