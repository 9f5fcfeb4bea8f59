/// \file
/// Tells x86 machine code from other binary data.
#pragma once

#include "chunk/data_type_text.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

/// True where `window` (a few KiB or more) is mostly 32- or 64-bit x86 code: branches with
/// plausible targets are frequent, and so are the opcodes of moves, tests and calls. `counts` are
/// those of the window.
[[nodiscard]] bool is_x86_code(ByteSpan window, const ByteCounts& counts) noexcept;

}  // namespace kompakt
