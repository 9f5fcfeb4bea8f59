/// \file
/// A large reusable byte buffer that asks for huge pages.
#pragma once

#include <cstddef>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// What a Buffer's memory begins at a multiple of: a cache line.
inline constexpr std::size_t kBufferAlignment = 64;

/// Owns an uninitialised byte range. Blocks are megabytes and are written once per use, so
/// zero-filling them as std::vector does would cost a pass over memory, and 4 KiB pages would cost
/// thousands of page faults.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) { resize_discard(size); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  /// Makes the buffer at least `size` bytes large. The content is lost when it has to grow.
  /// Throws std::bad_alloc.
  void resize_discard(std::size_t size);
  /// Gives what lies behind the first `size` bytes back to the system, as far as that takes no
  /// copy: the capacity may stay up to 2 MiB larger.
  void shrink(std::size_t size) noexcept;

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] MutableByteSpan first(std::size_t count) noexcept { return {data_, count}; }
  [[nodiscard]] ByteSpan first(std::size_t count) const noexcept { return {data_, count}; }

 private:
  void release() noexcept;
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace kompakt
