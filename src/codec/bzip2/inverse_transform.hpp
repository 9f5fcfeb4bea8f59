/// \file
/// The inverse Burrows-Wheeler transform.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Rebuilds a text from the last column of its sorted rotations.
///
/// Following the text row by row is a chain of dependent loads all over a table that does not fit
/// the near caches. So it is followed from many rows at once: about a thousand of them are marked,
/// eight chains are walked side by side, each until it meets a marked row, and the stretches are
/// joined in the end.
class InverseTransform {
 public:
  static constexpr std::size_t kMaxSize = (std::size_t{1} << 20) - 1;

  /// For texts of up to `max_size` <= kMaxSize bytes. Memory is taken when a text needs it.
  explicit InverseTransform(std::size_t max_size) : max_size_(max_size) {}

  /// Working memory for texts of up to `max_size` bytes.
  static std::uint64_t memory(std::size_t max_size);

  /// A stretch of equal bytes of the column: its length above the byte.
  static constexpr std::uint32_t make_run(std::uint32_t length, std::uint32_t byte) {
    return (length << 8U) | byte;
  }

  /// `runs` make up the column, 1 to max_size bytes in all; `origin`, less than that, is the row of
  /// the text. Writes the text to `text`, which is as long as the column.
  void invert(std::span<const std::uint32_t> runs, std::uint32_t origin, MutableByteSpan text);

 private:
  static constexpr std::size_t kLanes = 8;

  struct Stretch {
    std::uint32_t row = 0;  // where it starts
    const std::byte* bytes = nullptr;
    std::uint32_t length = 0;
    std::uint32_t follower = 0;
  };

  void reserve(std::size_t size);
  void link(std::span<const std::uint32_t> runs);
  void walk(std::uint32_t origin, MutableByteSpan text) const;
  void mark(std::uint32_t origin);
  bool walk_stretches(std::uint32_t origin);
  void join(MutableByteSpan text) const;
  [[nodiscard]] std::uint32_t stretch_at(std::uint32_t row, std::uint32_t origin) const;

  std::size_t max_size_;
  Buffer row_memory_;
  Buffer lane_memory_;
  std::uint32_t* rows_ = nullptr;  // the row behind each row, above the row's first byte
  std::size_t lane_size_ = 0;
  std::uint32_t size_ = 0;
  unsigned spacing_ = 0;  // of marked rows, as a power of two
  std::vector<Stretch> stretches_;
};

}  // namespace kompakt::bzip2
