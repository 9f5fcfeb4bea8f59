/// \file
/// Content decoded before its window is known, as in the two-stage decoders rapidgzip and pugz.
///
/// Symbols of 16 bits stand for content: 0..255 a byte, kMarker | i byte i (0 the oldest) of the
/// unknown 32 KiB before the start. Decoding begins with a window of markers, which matches copy
/// like content; once the true window is known, markers are replaced by its bytes.
///
///     std::vector<std::uint16_t> symbols(kWindowSize + room);
///     fill_marker_window(std::span(symbols).first<kWindowSize>());
///     inflater.start({.bit = found, .history = kWindowSize});
///     inflater.run_markers(input, {.buffer = symbols, .filled = kWindowSize}, stop);
///
/// When behind_last_marker() shows that the last 32 KiB are free of markers, narrow() makes bytes
/// of them, and Inflater::run() of the same object goes on with those as its history.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/deflate/inflate/huffman_tables.hpp"
#include "codec/deflate/inflate/inflater.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::deflate {

inline constexpr std::uint16_t kMarker = 0x8000;

/// The window before an unknown start: marker i at place i.
void fill_marker_window(std::span<std::uint16_t, kWindowSize> window) noexcept;

/// The number of leading symbols up to and with the last marker; 0 where there is none. So the
/// content from there on is free of markers.
[[nodiscard]] std::size_t behind_last_marker(std::span<const std::uint16_t> symbols) noexcept;

/// Symbols without markers as bytes. `out` holds at least as many; of a marker, some byte is made.
void narrow(std::span<const std::uint16_t> symbols, std::span<std::uint8_t> out) noexcept;

/// Replaces markers by bytes of `window`, which lies directly before the start: its last byte is
/// marker kMarker | 0x7FFF. A window shorter than 32 KiB is all the content there is before the
/// start; a marker that reaches before it is kCorrupt. `out` holds at least symbols.size() bytes.
[[nodiscard]] Status resolve_markers(std::span<const std::uint16_t> symbols,
                                     std::span<const std::uint8_t> window,
                                     std::span<std::uint8_t> out);

/// The window behind `symbols` (the last 32 KiB of `window` and `symbols` together, or all where
/// they are less): what the decoding of the part that follows needs, long before all symbols are
/// resolved. Writes to the front of `out` and says how many bytes.
[[nodiscard]] Result<std::size_t> window_behind(std::span<const std::uint16_t> symbols,
                                                std::span<const std::uint8_t> window,
                                                std::span<std::uint8_t, kWindowSize> out);

}  // namespace kompakt::deflate
