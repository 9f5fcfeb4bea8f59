#include "codec/bzip2/crc.hpp"

#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kompakt::bzip2 {
namespace {

constexpr std::uint32_t kPolynomial = 0x04C11DB7;
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

// tables[k][b]: what byte b, followed by k zero bytes, leaves in the register.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value << 1U) ^ ((value >> 31U) != 0 ? kPolynomial : 0);
    }
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < kSlices; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t value = tables[k - 1][byte];
      tables[k][byte] = (value << 8U) ^ tables[0][value >> 24U];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

std::uint32_t load_be32(const std::byte* at) {
  return (std::to_integer<std::uint32_t>(at[0]) << 24U) |
         (std::to_integer<std::uint32_t>(at[1]) << 16U) |
         (std::to_integer<std::uint32_t>(at[2]) << 8U) | std::to_integer<std::uint32_t>(at[3]);
}

std::uint32_t update_by_table(std::uint32_t crc, const std::byte* at, std::size_t count) {
  for (; count >= kSlices; count -= kSlices, at += kSlices) {
    const std::uint32_t high = crc ^ load_be32(at);
    const std::uint32_t low = load_be32(at + 4);
    crc = kTables[7][high >> 24U] ^ kTables[6][(high >> 16U) & 0xFF] ^
          kTables[5][(high >> 8U) & 0xFF] ^ kTables[4][high & 0xFF] ^ kTables[3][low >> 24U] ^
          kTables[2][(low >> 16U) & 0xFF] ^ kTables[1][(low >> 8U) & 0xFF] ^ kTables[0][low & 0xFF];
  }
  for (; count > 0; --count, ++at) {
    crc = (crc << 8U) ^ kTables[0][(crc >> 24U) ^ std::to_integer<std::uint32_t>(*at)];
  }
  return crc;
}

#if defined(__x86_64__)

// x^n modulo the polynomial.
constexpr std::uint32_t power_of_x(unsigned n) {
  std::uint32_t value = 1;
  for (; n > 0; --n) {
    value = (value << 1U) ^ ((value >> 31U) != 0 ? kPolynomial : 0);
  }
  return value;
}

// The 128 bits of `value`, as a polynomial, moved up by the distance that `by` was made for.
__attribute__((target("pclmul,ssse3"))) inline __m128i fold(__m128i value, __m128i by) {
  return _mm_xor_si128(_mm_clmulepi64_si128(value, by, 0x11),
                       _mm_clmulepi64_si128(value, by, 0x00));
}

__attribute__((target("pclmul,ssse3"))) inline __m128i load_reversed(const std::byte* at) {
  const __m128i order = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), order);
}

// Carry-less multiplication folds 64 bytes at a time; `count` is a multiple of 64, and not 0.
__attribute__((target("pclmul,ssse3"))) std::uint32_t update_by_folding(std::uint32_t crc,
                                                                        const std::byte* at,
                                                                        std::size_t count) {
  const __m128i by_64 = _mm_set_epi64x(power_of_x(512 + 64), power_of_x(512));
  const __m128i by_16 = _mm_set_epi64x(power_of_x(128 + 64), power_of_x(128));
  __m128i a = load_reversed(at);
  __m128i b = load_reversed(at + 16);
  __m128i c = load_reversed(at + 32);
  __m128i d = load_reversed(at + 48);
  a = _mm_xor_si128(a, _mm_set_epi32(static_cast<int>(crc), 0, 0, 0));
  for (at += 64, count -= 64; count > 0; at += 64, count -= 64) {
    a = _mm_xor_si128(fold(a, by_64), load_reversed(at));
    b = _mm_xor_si128(fold(b, by_64), load_reversed(at + 16));
    c = _mm_xor_si128(fold(c, by_64), load_reversed(at + 32));
    d = _mm_xor_si128(fold(d, by_64), load_reversed(at + 48));
  }
  b = _mm_xor_si128(fold(a, by_16), b);
  c = _mm_xor_si128(fold(b, by_16), c);
  d = _mm_xor_si128(fold(c, by_16), d);
  std::array<std::byte, 16> rest{};
  const __m128i order = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest.data()), _mm_shuffle_epi8(d, order));
  return update_by_table(0, rest.data(), rest.size());
}

bool can_fold() { return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("ssse3"); }

#endif

}  // namespace

void Crc::update(ByteSpan bytes) noexcept {
#if defined(__x86_64__)
  if (bytes.size() >= 64 && can_fold()) {
    const std::size_t whole = bytes.size() & ~std::size_t{63};
    register_ = update_by_folding(register_, bytes.data(), whole);
    bytes = bytes.subspan(whole);
  }
#endif
  register_ = update_by_table(register_, bytes.data(), bytes.size());
}

}  // namespace kompakt::bzip2
