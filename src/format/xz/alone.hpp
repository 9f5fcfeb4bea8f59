/// \file
/// The older containers of LZMA: .lzma files (LZMA_alone) and lzip members.
#pragma once

#include <cstdint>
#include <memory>

#include "format/common/input_reader.hpp"
#include "format/format.hpp"

namespace kompakt {

enum class LzmaKind : std::uint8_t { kNone, kAlone, kLzip };

/// What `head` begins as. An .lzma header has no mark; like xz, only one whose fields have the
/// values that encoders write is taken for it.
[[nodiscard]] LzmaKind find_lzma_kind(ByteSpan head) noexcept;

/// Decodes from front to back; checking and writing overlap with it. `input` reads `source` and may
/// have looked ahead.
[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_lzma_alone_decoder(
    Source& source, InputReader input, Sink& sink, const DecodeSettings& settings);

[[nodiscard]] Result<StreamFacts> scan_lzma_alone(const Source& source);

}  // namespace kompakt
