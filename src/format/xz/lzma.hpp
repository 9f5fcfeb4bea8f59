/// \file
/// liblzma objects with owners, and its answers as Status.
#pragma once

#include <lzma.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "format/common/huge_allocator.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

[[nodiscard]] inline const std::uint8_t* lzma_bytes(ByteSpan bytes) noexcept {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
[[nodiscard]] inline std::uint8_t* lzma_bytes(MutableByteSpan bytes) noexcept {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}

/// What `code`, met while reading `what`, means for the input. LZMA_OK and LZMA_STREAM_END: ok.
[[nodiscard]] Status lzma_status(lzma_ret code, std::string_view what);
/// kLimitExceeded, saying how much is needed.
[[nodiscard]] Status lzma_memory_status(std::uint64_t needed, std::uint64_t limit);

/// An lzma_stream. Initialising it again keeps its memory where the sizes agree.
class LzmaStream {
 public:
  LzmaStream();
  LzmaStream(const LzmaStream&) = delete;
  LzmaStream& operator=(const LzmaStream&) = delete;
  LzmaStream(LzmaStream&&) = delete;
  LzmaStream& operator=(LzmaStream&&) = delete;
  ~LzmaStream() { lzma_end(&stream_); }

  [[nodiscard]] lzma_stream* get() noexcept { return &stream_; }
  [[nodiscard]] const lzma_allocator* allocator() const noexcept { return &allocator_; }
  /// lzma_code() on spans; consumed() and produced() are of this call.
  lzma_ret step(ByteSpan in, MutableByteSpan out, lzma_action action) noexcept;
  [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
  [[nodiscard]] std::size_t produced() const noexcept { return produced_; }

 private:
  HugeAllocator memory_;
  lzma_allocator allocator_;
  lzma_stream stream_;
  std::size_t consumed_ = 0;
  std::size_t produced_ = 0;
};

/// A filter chain with options that liblzma allocated.
class LzmaFilters {
 public:
  LzmaFilters() { clear(); }
  LzmaFilters(const LzmaFilters&) = delete;
  LzmaFilters& operator=(const LzmaFilters&) = delete;
  LzmaFilters(LzmaFilters&&) = delete;
  LzmaFilters& operator=(LzmaFilters&&) = delete;
  ~LzmaFilters() { lzma_filters_free(filters_.data(), nullptr); }

  /// Frees what is there, so that a decoder may fill it.
  lzma_filter* fresh() noexcept {
    lzma_filters_free(filters_.data(), nullptr);
    clear();
    return filters_.data();
  }
  [[nodiscard]] const lzma_filter* get() const noexcept { return filters_.data(); }

 private:
  void clear() noexcept { filters_.fill(lzma_filter{LZMA_VLI_UNKNOWN, nullptr}); }
  std::array<lzma_filter, LZMA_FILTERS_MAX + 1> filters_;
};

}  // namespace kompakt
