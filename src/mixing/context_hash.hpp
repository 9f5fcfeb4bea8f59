/// \file
/// The hash that makes contexts of several values.
#pragma once

#include <cstdint>

namespace kompakt {

[[nodiscard]] inline std::uint32_t hash_of(std::uint32_t a, std::uint32_t b) noexcept {
  std::uint64_t x = a * 0x9E3779B97F4A7C15U ^ b * 0xD6E8FEB86659FD93U;
  x ^= x >> 32U;
  x *= 0xD6E8FEB86659FD93U;
  return static_cast<std::uint32_t>(x >> 32U);
}
[[nodiscard]] inline std::uint32_t hash_of(std::uint32_t a, std::uint32_t b,
                                           std::uint32_t c) noexcept {
  return hash_of(hash_of(a, b), c);
}
[[nodiscard]] inline std::uint32_t hash_of(std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                           std::uint32_t d) noexcept {
  return hash_of(hash_of(a, b), hash_of(c, d));
}

}  // namespace kompakt
