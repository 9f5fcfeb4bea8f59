/// \file
/// Arithmetic on numbers that come from outside: no wrap-around, no silent narrowing.
#pragma once

#include <concepts>
#include <optional>
#include <utility>

namespace kompakt {

/// a + b, or nullopt where T cannot hold it.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) noexcept {
  T sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional<T>(sum);
}

/// a * b, or nullopt where T cannot hold it.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b) noexcept {
  T product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::nullopt : std::optional<T>(product);
}

/// `value` as To, or nullopt where To cannot hold it.
template <std::integral To, std::integral From>
[[nodiscard]] constexpr std::optional<To> checked_cast(From value) noexcept {
  return std::in_range<To>(value) ? std::optional<To>(static_cast<To>(value)) : std::nullopt;
}

}  // namespace kompakt
