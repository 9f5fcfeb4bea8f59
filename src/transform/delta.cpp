#include "transform/delta.hpp"

#include <algorithm>
#include <cstdint>

#include "core/endian.hpp"

namespace kompakt {
namespace {

// Pieces of `stride` bytes do not overlap with the ones before them, so that the loops over a piece
// are vector code, in place and all.

struct Bytewise {
  static constexpr std::size_t kUnit = 1;

  static void add(std::byte* __restrict to, const std::byte* __restrict from, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = static_cast<std::byte>(std::to_integer<unsigned>(to[i]) +
                                     std::to_integer<unsigned>(from[i]));
    }
  }
  static void subtract(std::byte* __restrict to, const std::byte* __restrict from,
                       std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = static_cast<std::byte>(std::to_integer<unsigned>(to[i]) -
                                     std::to_integer<unsigned>(from[i]));
    }
  }
};

struct Wordwise {
  static constexpr std::size_t kUnit = 2;

  static std::uint16_t load(const std::byte* at) { return load_le<std::uint16_t>({at, kUnit}); }
  static void store(std::byte* at, unsigned value) {
    store_le<std::uint16_t>({at, kUnit}, static_cast<std::uint16_t>(value));
  }
  static void add(std::byte* __restrict to, const std::byte* __restrict from, std::size_t size) {
    for (std::size_t i = 0; i + kUnit <= size; i += kUnit) {
      store(to + i, unsigned{load(to + i)} + load(from + i));
    }
  }
  static void subtract(std::byte* __restrict to, const std::byte* __restrict from,
                       std::size_t size) {
    for (std::size_t i = 0; i + kUnit <= size; i += kUnit) {
      store(to + i, unsigned{load(to + i)} - load(from + i));
    }
  }
};

template <typename Arithmetic>
bool is_valid(std::size_t size, std::size_t stride) {
  return stride != 0 && stride <= kMaxDeltaStride && stride % Arithmetic::kUnit == 0 &&
         size > stride;
}

// From the end, because the pieces before are still needed as they are.
template <typename Arithmetic>
void encode(MutableByteSpan data, std::size_t stride) {
  if (!is_valid<Arithmetic>(data.size(), stride)) {
    return;
  }
  const std::size_t size = data.size() / Arithmetic::kUnit * Arithmetic::kUnit;
  std::size_t end = size;
  while (end > stride) {
    const std::size_t piece = std::min(stride, end - stride);
    Arithmetic::subtract(data.data() + end - piece, data.data() + end - piece - stride, piece);
    end -= piece;
  }
}

template <typename Arithmetic>
void decode(MutableByteSpan data, std::size_t stride) {
  if (!is_valid<Arithmetic>(data.size(), stride)) {
    return;
  }
  const std::size_t size = data.size() / Arithmetic::kUnit * Arithmetic::kUnit;
  for (std::size_t at = stride; at < size; at += stride) {
    Arithmetic::add(data.data() + at, data.data() + at - stride, std::min(stride, size - at));
  }
}

}  // namespace

void encode_delta(MutableByteSpan data, std::size_t stride) noexcept {
  encode<Bytewise>(data, stride);
}

void decode_delta(MutableByteSpan data, std::size_t stride) noexcept {
  decode<Bytewise>(data, stride);
}

void encode_delta16(MutableByteSpan data, std::size_t stride) noexcept {
  encode<Wordwise>(data, stride);
}

void decode_delta16(MutableByteSpan data, std::size_t stride) noexcept {
  decode<Wordwise>(data, stride);
}

}  // namespace kompakt
