/// \file
/// Memory that grows with what is written and goes over to a C program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shared_mutex>

#include "kompakt/bytes.hpp"
#include "kompakt/kompakt.h"
#include "kompakt/sink.hpp"

namespace kompakt::c_api {

/// By realloc(), which moves large blocks without copying them; what was never written reads as
/// zeros.
class HeapSink final : public Sink {
 public:
  HeapSink() = default;
  HeapSink(const HeapSink&) = delete;
  HeapSink& operator=(const HeapSink&) = delete;
  HeapSink(HeapSink&&) = delete;
  HeapSink& operator=(HeapSink&&) = delete;
  ~HeapSink() override;

  Status write(ByteSpan bytes) override { return write_at(size_, bytes); }
  Status write_zeros(std::uint64_t count) override;
  bool positional() const override { return true; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override;
  Status finish(std::uint64_t total) override;

  /// The memory, cut to what is used. To be freed by std::free().
  kompakt_buffer take() noexcept;

 private:
  /// Has room for [0, end) and counts it as used.
  Status grow(std::uint64_t end);

  // Shared by those that write within the capacity, exclusive for whoever changes it.
  std::shared_mutex mutex_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace kompakt::c_api
