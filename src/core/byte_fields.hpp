/// \file
/// Integers and texts one behind the other, as records of files have them.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/endian.hpp"
#include "core/varint.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

class ByteWriter {
 public:
  /// A varint.
  void number(std::uint64_t value) { put_varint(bytes_, value); }
  /// All bytes of `value`, the lowest first.
  template <std::unsigned_integral T>
  void fixed(T value) {
    std::array<std::byte, sizeof(T)> bytes{};
    store_le<T>(bytes, value);
    put(bytes);
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
  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::move(bytes_); }
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
    if (!left_.empty() && left_.front() < std::byte{0x80}) {  // most are small
      return byte();
    }
    const auto value = take_varint(left_);
    return value ? *value : fail();
  }
  template <std::unsigned_integral T>
  T fixed() {
    const ByteSpan bytes = take(sizeof(T));
    return bytes.empty() ? T{0} : load_le<T>(bytes);
  }
  std::uint64_t difference(std::uint64_t from) {
    const std::uint64_t coded = number();
    return from + ((coded >> 1U) ^ (0 - (coded & 1U)));
  }
  std::uint8_t byte() { return fixed<std::uint8_t>(); }
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
  [[nodiscard]] ByteSpan rest() const noexcept { return left_; }
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

}  // namespace kompakt
