/// \file
/// The move-to-front list of a block.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Up to 256 distinct bytes, the one used last in front. The first 16, where nearly all accesses
/// fall, are found and moved as one vector.
class FrontList {
 public:
  /// `bytes`: the bytes in use, the front first.
  explicit FrontList(ByteSpan bytes) noexcept {
    std::memcpy(list_.data(), bytes.data(), bytes.size());
  }

  /// Moves the byte at `rank` (< 256) to the front and returns it.
  unsigned char take(unsigned rank) noexcept {
    const unsigned char byte = list_[rank];
    if (rank < kNear) {
      shift_near(rank, byte);
    } else {
      const unsigned char pushed = list_[kNear - 1];
      shift_near(kNear - 1, byte);
      shift_far(rank, pushed);
    }
    return byte;
  }

  /// Moves `byte`, which must be in the list, to the front and returns the rank that it had.
  unsigned find(unsigned char byte) noexcept {
    unsigned rank = find_near(byte);
    if (rank < kNear) {
      shift_near(rank, byte);
      return rank;
    }
    while (list_[rank] != byte) {
      ++rank;
    }
    const unsigned char pushed = list_[kNear - 1];
    shift_near(kNear - 1, byte);
    shift_far(rank, pushed);
    return rank;
  }

 private:
  static constexpr unsigned kNear = 16;

  // The entries behind the near ones up to `rank` move one back; `pushed` comes first.
  void shift_far(unsigned rank, unsigned char pushed) noexcept {
    std::memmove(&list_[kNear + 1], &list_[kNear], rank - kNear);
    list_[kNear] = pushed;
  }

#if defined(__SSE2__)
  // The list with `byte` before it, up to entry `rank`, and unchanged behind that.
  void shift_near(unsigned rank, unsigned char byte) noexcept {
    auto* at = reinterpret_cast<__m128i*>(list_.data());
    const __m128i old = _mm_load_si128(at);
    const __m128i moved = _mm_or_si128(_mm_slli_si128(old, 1), _mm_cvtsi32_si128(byte));
    // Sixteen bytes from here: set for entries up to `rank`.
    const __m128i mask =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(&kMask[kNear - 1 - rank]));
    _mm_store_si128(at, _mm_or_si128(_mm_and_si128(mask, moved), _mm_andnot_si128(mask, old)));
  }
  [[nodiscard]] unsigned find_near(unsigned char byte) const noexcept {
    const __m128i old = _mm_load_si128(reinterpret_cast<const __m128i*>(list_.data()));
    const __m128i same = _mm_cmpeq_epi8(old, _mm_set1_epi8(static_cast<char>(byte)));
    const auto bits = static_cast<unsigned>(_mm_movemask_epi8(same));
    return static_cast<unsigned>(__builtin_ctz(bits | 0x10000U));
  }
  static constexpr std::array<unsigned char, std::size_t{2}* kNear> kMask = [] {
    std::array<unsigned char, std::size_t{2} * kNear> mask{};
    for (unsigned i = 0; i < kNear; ++i) {
      mask[i] = 0xFF;
    }
    return mask;
  }();
#else
  void shift_near(unsigned rank, unsigned char byte) noexcept {
    std::memmove(&list_[1], &list_[0], rank);
    list_[0] = byte;
  }
  [[nodiscard]] unsigned find_near(unsigned char byte) const noexcept {
    unsigned rank = 0;
    while (rank < kNear && list_[rank] != byte) {
      ++rank;
    }
    return rank;
  }
#endif

  alignas(16) std::array<unsigned char, 256> list_{};
};

}  // namespace kompakt::bzip2
