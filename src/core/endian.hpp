/// \file
/// Little- and big-endian integers in byte buffers, on any host.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

#include "kompakt/bytes.hpp"

namespace kompakt {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T byte_swap(T value) noexcept {
  T swapped = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    swapped = static_cast<T>((swapped << 8U) | (value & 0xFF));
    value = static_cast<T>(value >> (sizeof(T) > 1 ? 8U : 0U));
  }
  return swapped;
}

/// Reads a little-endian T at the start of `from`, which must hold at least sizeof(T) bytes.
template <std::unsigned_integral T>
[[nodiscard]] T load_le(ByteSpan from) noexcept {
  T value = 0;
  std::memcpy(&value, from.data(), sizeof(T));
  return std::endian::native == std::endian::little ? value : byte_swap(value);
}

/// Writes `value` little-endian at the start of `to`, which must hold at least sizeof(T) bytes.
template <std::unsigned_integral T>
void store_le(MutableByteSpan to, T value) noexcept {
  if (std::endian::native != std::endian::little) {
    value = byte_swap(value);
  }
  std::memcpy(to.data(), &value, sizeof(T));
}

template <std::unsigned_integral T>
void store_be(MutableByteSpan to, T value) noexcept {
  if (std::endian::native == std::endian::little) {
    value = byte_swap(value);
  }
  std::memcpy(to.data(), &value, sizeof(T));
}

}  // namespace kompakt
