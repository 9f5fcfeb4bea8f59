/// \file
/// A zlib or gzip header, read in pieces of any size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/deflate/framing.hpp"

namespace kompakt::deflate {

class HeaderReader {
 public:
  explicit HeaderReader(Framing framing);

  /// Takes bytes off the front of `in` until the header is complete, and returns how many.
  [[nodiscard]] Result<std::size_t> read(ByteSpan in);
  [[nodiscard]] bool complete() const noexcept { return field_ == Field::kNone; }

 private:
  enum class Field : std::uint8_t {
    kZlib,
    kGzipFixed,
    kExtraLength,
    kExtra,
    kName,
    kComment,
    kHeaderCrc,
    kNone,
  };
  static constexpr std::size_t kGzipFixedSize = 10;

  Status take(std::uint8_t byte);
  Status take_fixed();
  Status finish_zlib() const;
  void enter(Field field);
  [[nodiscard]] bool present(Field field) const noexcept;

  Field field_;
  std::size_t at_ = 0;        // bytes of the field taken so far
  std::uint32_t number_ = 0;  // little-endian value of the field's bytes
  std::uint32_t extra_ = 0;   // length of the extra field
  std::uint32_t crc_ = 0;     // of the header so far, without the header's own CRC
  std::uint8_t flags_ = 0;
  std::array<std::uint8_t, kGzipFixedSize> fixed_{};
};

}  // namespace kompakt::deflate
