/// \file
/// Tells text from other data, and text of repeating lines from prose.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// How often each byte value occurs in a window.
using ByteCounts = std::array<std::uint32_t, 256>;

[[nodiscard]] ByteCounts count_bytes(ByteSpan window) noexcept;

enum class TextKind : std::uint8_t { kNone, kProse, kLines };

/// What kind of text a window holds. `counts` are those of the window.
[[nodiscard]] TextKind text_kind(ByteSpan window, const ByteCounts& counts) noexcept;

/// True when the few hundred bytes of `chunk` may belong to text: control bytes and zeros are rare.
[[nodiscard]] bool may_be_text(ByteSpan chunk) noexcept;

}  // namespace kompakt
