#include "transform/byte_planes.hpp"

#include <algorithm>

namespace kompakt {
namespace {

// The width is a constant in the loops, so that the common ones are vector code.
template <std::size_t width>
void split(const std::byte* __restrict from, std::size_t elements, std::byte* __restrict to) {
  for (std::size_t plane = 0; plane < width; ++plane) {
    for (std::size_t i = 0; i < elements; ++i) {
      to[plane * elements + i] = from[i * width + plane];
    }
  }
}

template <std::size_t width>
void join(const std::byte* __restrict from, std::size_t elements, std::byte* __restrict to) {
  for (std::size_t i = 0; i < elements; ++i) {
    for (std::size_t plane = 0; plane < width; ++plane) {
      to[i * width + plane] = from[plane * elements + i];
    }
  }
}

void split_any(const std::byte* from, std::size_t elements, std::size_t width, std::byte* to) {
  for (std::size_t plane = 0; plane < width; ++plane) {
    for (std::size_t i = 0; i < elements; ++i) {
      to[plane * elements + i] = from[i * width + plane];
    }
  }
}

void join_any(const std::byte* from, std::size_t elements, std::size_t width, std::byte* to) {
  for (std::size_t i = 0; i < elements; ++i) {
    for (std::size_t plane = 0; plane < width; ++plane) {
      to[i * width + plane] = from[plane * elements + i];
    }
  }
}

bool is_valid(ByteSpan from, std::size_t width, MutableByteSpan to) {
  return width >= 1 && width <= kMaxPlanes && from.size() == to.size();
}

void copy_rest(ByteSpan from, std::size_t width, MutableByteSpan to) {
  const std::size_t whole = from.size() / width * width;
  std::copy(from.begin() + static_cast<std::ptrdiff_t>(whole), from.end(),
            to.begin() + static_cast<std::ptrdiff_t>(whole));
}

}  // namespace

bool split_planes(ByteSpan from, std::size_t width, MutableByteSpan to) noexcept {
  if (!is_valid(from, width, to)) {
    return false;
  }
  const std::size_t elements = from.size() / width;
  switch (width) {
    case 2:
      split<2>(from.data(), elements, to.data());
      break;
    case 4:
      split<4>(from.data(), elements, to.data());
      break;
    case 8:
      split<8>(from.data(), elements, to.data());
      break;
    default:
      split_any(from.data(), elements, width, to.data());
  }
  copy_rest(from, width, to);
  return true;
}

bool join_planes(ByteSpan from, std::size_t width, MutableByteSpan to) noexcept {
  if (!is_valid(from, width, to)) {
    return false;
  }
  const std::size_t elements = from.size() / width;
  switch (width) {
    case 2:
      join<2>(from.data(), elements, to.data());
      break;
    case 4:
      join<4>(from.data(), elements, to.data());
      break;
    case 8:
      join<8>(from.data(), elements, to.data());
      break;
    default:
      join_any(from.data(), elements, width, to.data());
  }
  copy_rest(from, width, to);
  return true;
}

}  // namespace kompakt
