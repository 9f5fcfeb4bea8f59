/// \file
/// A look at a xar's table of contents before libarchive sees it.
#pragma once

#include <string_view>

#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// libarchive before 3.7.5 goes round in circles for ever over a xar that says of one member twice
/// that it is a hard link, and takes time by the square of their number over hard links. kCorrupt
/// and kLimitExceeded for such tables; also for tables in which markup could hide from this look:
/// other character sets than UTF-8, and declarations of entities. Random access only.
[[nodiscard]] Status check_xar_toc(const Source& source);

/// The part of it that looks at the text.
[[nodiscard]] Status check_xar_text(std::string_view text);

}  // namespace kompakt
