/// \file
/// The magic number at the start of a frame whose bytes come in pieces.
#pragma once

#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt {

class FrameMagic {
 public:
  /// Takes the next bytes of the frame; those behind the first four do not matter.
  void take(ByteSpan bytes) {
    for (; !known() && !bytes.empty(); bytes = bytes.subspan(1)) {
      value_ |= std::to_integer<std::uint32_t>(bytes.front()) << (8 * taken_++);
    }
  }
  /// Whether a byte of the frame has come.
  [[nodiscard]] bool begun() const { return taken_ != 0; }
  [[nodiscard]] bool known() const { return taken_ == sizeof value_; }
  /// Little-endian; bytes that have not come are 0.
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 0;
  unsigned taken_ = 0;
};

}  // namespace kompakt
