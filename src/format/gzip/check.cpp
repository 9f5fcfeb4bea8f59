#include "format/gzip/check.hpp"

#include <libdeflate.h>

#include <array>

namespace kompakt::gzip {
namespace {

// CRC-32 is arithmetic on polynomials over GF(2) modulo this one, bits reversed: bit 31 is x^0.
constexpr std::uint32_t kPolynomial = 0xEDB88320U;
constexpr std::uint32_t kOne = 0x80000000U;

constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
  std::uint32_t product = 0;
  while (a != 0) {
    product ^= (a & kOne) != 0 ? b : 0;
    a <<= 1U;
    b = (b & 1U) != 0 ? (b >> 1U) ^ kPolynomial : b >> 1U;
  }
  return product;
}

/// kPowers[k] = x^(2^k). The order of x divides 2^32 - 1, so exponents of two repeat after 32.
constexpr auto kPowers = [] {
  std::array<std::uint32_t, 32> powers{};
  powers[0] = kOne >> 1U;
  for (std::size_t k = 1; k < powers.size(); ++k) {
    powers[k] = multiply(powers[k - 1], powers[k - 1]);
  }
  return powers;
}();

/// What a CRC is multiplied by when `size` bytes follow: x^(8 * size).
std::uint32_t shift_over(std::uint64_t size) noexcept {
  std::uint32_t shift = kOne;
  for (std::size_t k = 3; size != 0; size >>= 1U, ++k) {
    shift = (size & 1U) != 0 ? multiply(kPowers[k % kPowers.size()], shift) : shift;
  }
  return shift;
}

std::uint32_t join_adler32(std::uint32_t first, std::uint32_t second, std::uint64_t size) noexcept {
  constexpr std::uint64_t kModulus = 65521;
  const std::uint64_t a1 = first & 0xFFFFU;
  const std::uint64_t a2 = second & 0xFFFFU;
  const std::uint64_t low = (a1 + a2 + kModulus - 1) % kModulus;
  const std::uint64_t high =
      ((first >> 16U) + (second >> 16U) + (size % kModulus) * (a1 + kModulus - 1)) % kModulus;
  return static_cast<std::uint32_t>(high << 16U | low);
}

}  // namespace

std::uint32_t check_of(Framing framing, ByteSpan bytes) noexcept {
  if (framing == Framing::kZlib) {
    return bytes.empty() ? 1 : libdeflate_adler32(1, bytes.data(), bytes.size());
  }
  return bytes.empty() ? 0 : libdeflate_crc32(0, bytes.data(), bytes.size());
}

void JoinedCheck::reset() noexcept {
  value_ = framing_ == Framing::kZlib ? 1 : 0;
  size_ = 0;
}

void JoinedCheck::append(std::uint32_t check, std::uint64_t size) noexcept {
  size_ += size;
  if (framing_ == Framing::kZlib) {
    value_ = join_adler32(value_, check, size);
    return;
  }
  if (size != shift_size_) {
    shift_size_ = size;
    shift_ = shift_over(size);
  }
  value_ = multiply(shift_, value_) ^ check;
}

}  // namespace kompakt::gzip
