/// \file
/// Variable-length integers and texts in the records of a member index.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "kompakt/bytes.hpp"

namespace kompakt::warp_index {

/// Integers as little-endian groups of seven bits; the high bit of a byte says that more follow.
class ByteWriter {
 public:
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<std::byte>(value | 0x80));
      value >>= 7U;
    }
    bytes_.push_back(static_cast<std::byte>(value));
  }
  /// Small magnitudes of either sign become small numbers: 0, -1, 1, -2, ...
  void difference(std::uint64_t from, std::uint64_t to) {
    const std::uint64_t delta = to - from;
    const std::uint64_t sign = 0 - (delta >> 63U);
    number((delta << 1U) ^ sign);
  }
  void byte(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  void put(ByteSpan bytes) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + bytes.size());
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void put(std::string_view text) { put(std::as_bytes(std::span(text.data(), text.size()))); }
  /// `text` must be free of NUL.
  void text(std::string_view text) {
    put(text);
    byte(0);
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  void clear() noexcept { bytes_.clear(); }

 private:
  std::vector<std::byte> bytes_;
};

/// Never reads outside its span; what does not fit yields zeros and makes failed() true for good.
class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(ByteSpan bytes) : left_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) {
        return fail();
      }
      const auto group = std::to_integer<std::uint64_t>(left_.front());
      left_ = left_.subspan(1);
      if (shift == 63 && group > 1) {
        return fail();
      }
      value |= (group & 0x7F) << shift;
      if (group < 0x80) {
        return value;
      }
    }
    return fail();
  }
  std::uint64_t difference(std::uint64_t from) {
    const std::uint64_t coded = number();
    return from + ((coded >> 1U) ^ (0 - (coded & 1U)));
  }
  std::uint8_t byte() {
    const ByteSpan one = take(1);
    return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one.front());
  }
  ByteSpan take(std::uint64_t count) {
    if (count > left_.size()) {
      fail();
      return {};
    }
    const ByteSpan taken = left_.first(static_cast<std::size_t>(count));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  std::string_view take_text(std::uint64_t count) { return as_text(take(count)); }
  std::string_view text() {
    const void* end = left_.empty() ? nullptr : std::memchr(left_.data(), 0, left_.size());
    if (end == nullptr) {
      fail();
      return {};
    }
    const std::string_view found =
        as_text(take(static_cast<std::size_t>(static_cast<const std::byte*>(end) - left_.data())));
    left_ = left_.subspan(1);
    return found;
  }
  [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
  [[nodiscard]] std::size_t left() const noexcept { return left_.size(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  static std::string_view as_text(ByteSpan bytes) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::uint64_t fail() {
    failed_ = true;
    left_ = {};
    return 0;
  }

  ByteSpan left_;
  bool failed_ = false;
};

}  // namespace kompakt::warp_index
