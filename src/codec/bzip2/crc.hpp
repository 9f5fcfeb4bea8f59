/// \file
/// The CRC-32 of bzip2: polynomial 0x04c11db7, most significant bit first.
#pragma once

#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// A running CRC.
class Crc {
 public:
  void update(ByteSpan bytes) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept { return ~register_; }

 private:
  std::uint32_t register_ = 0xFFFFFFFF;
};

}  // namespace kompakt::bzip2
