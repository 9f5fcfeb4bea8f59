/// \file
/// Inputs for tests: deterministic, of several natures, made on the spot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/bytes.hpp"

namespace kompakt::testing {

using Bytes = std::vector<std::byte>;

/// At once: the library's operator goes byte by byte, which unoptimised tests of megabytes feel.
inline bool operator==(const Bytes& a, const Bytes& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// Built with sanitizers, which hold memory of their own and cost time: the build says so.
inline constexpr bool kSanitized = KOMPAKT_SANITIZED != 0;

inline Bytes to_bytes(std::string_view text) {
  Bytes bytes(text.size());
  if (!text.empty()) {
    std::memcpy(bytes.data(), text.data(), text.size());
  }
  return bytes;
}

/// Two lower-case digits a byte.
inline std::string hex_of(ByteSpan bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

/// The 64-bit FNV-1a hash: what golden bytes are pinned by.
inline std::uint64_t fnv1a(ByteSpan bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto* const end = bytes.data() + bytes.size();
  for (const auto* at = bytes.data(); at != end; ++at) {
    hash = (hash ^ static_cast<std::uint64_t>(*at)) * 0x100000001B3U;
  }
  return hash;
}

inline std::uint64_t newlines_in(ByteSpan bytes) {
  std::uint64_t count = 0;
  const auto* at = bytes.data();
  const auto* const end = at + bytes.size();
  while (at != end) {
    const void* const found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (found == nullptr) {
      break;
    }
    at = static_cast<const std::byte*>(found) + 1;
    ++count;
  }
  return count;
}

/// A small, fixed pseudo-random generator (SplitMix64), the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// Uniform enough in [0, bound).
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

/// Bytes that nothing can shrink.
inline Bytes random_bytes(std::size_t size, std::uint64_t seed = 1) {
  Random random(seed);
  Bytes bytes(size);
  auto* const end = bytes.data() + size;
  for (auto* at = bytes.data(); at != end; ++at) {
    *at = static_cast<std::byte>(random.next() & 0xFFU);
  }
  return bytes;
}

/// Words drawn from a skewed vocabulary: compresses like prose.
inline Bytes text_bytes(std::size_t size, std::uint64_t seed = 2) {
  Random random(seed);
  std::vector<std::string> words;
  for (int i = 0; i < 512; ++i) {
    std::string word;
    for (std::size_t n = 2 + random.below(8); n > 0; --n) {
      word += static_cast<char>('a' + random.below(26));
    }
    words.push_back(word);
  }
  std::string text;
  while (text.size() < size) {
    text += words[random.below(1 + random.below(words.size()))];
    text += random.below(12) == 0 ? ".\n" : " ";
  }
  text.resize(size);
  return to_bytes(text);
}

/// Fixed-size records with counters and noise: compresses like a database page.
inline Bytes record_bytes(std::size_t size, std::uint64_t seed = 3) {
  Random random(seed);
  Bytes bytes(size);
  auto* const at = bytes.data();
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t column = i % 16;
    const std::size_t row = i / 16;
    at[i] = static_cast<std::byte>(column < 4   ? row >> (8 * column)
                                   : column < 8 ? column
                                                : random.below(column == 15 ? 256 : 4));
  }
  return bytes;
}

}  // namespace kompakt::testing
