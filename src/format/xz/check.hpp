/// \file
/// The integrity checks of .xz blocks, computed outside liblzma: apart from the decoder, in another
/// thread if need be, and with the processor's carry-less multiplication.
#pragma once

#include <lzma.h>

#include <cstdint>
#include <memory>
#include <string>

#include "checksum/hasher.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

class XzCheck {
 public:
  /// Begins a new block. An `id` that is not known checks nothing, as in xz.
  void begin(lzma_check id);
  void update(ByteSpan content);
  /// Whether the content agrees with `stored`, the check field of the block.
  [[nodiscard]] bool matches(const std::uint8_t* stored);

  [[nodiscard]] static bool known(lzma_check id) noexcept;
  /// "None", "CRC32", "CRC64", "SHA-256", "Unknown-2".
  [[nodiscard]] static std::string name(lzma_check id);
  /// What xz warns of and goes on: a stream whose check is not known.
  [[nodiscard]] static Status warning(lzma_check id, std::uint64_t offset);

 private:
  lzma_check id_ = LZMA_CHECK_NONE;
  std::uint64_t crc64_ = 0;
  std::unique_ptr<Hasher> hasher_;
  lzma_check hasher_id_ = LZMA_CHECK_NONE;  // of hasher_
};

}  // namespace kompakt
