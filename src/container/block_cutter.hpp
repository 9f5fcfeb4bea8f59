/// \file
/// Where content is cut into blocks.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace kompakt {

/// Cuts blocks of one size. With `even_end`, what is left behind them, less than two blocks, is cut
/// so that two workers which take as long for a byte come to their ends together: into halves
/// where each has done as much, else into what makes up for it. Boundaries depend on the content's
/// size alone, and not on the number of workers.
class BlockCutter {
 public:
  BlockCutter(std::size_t block_size, bool even_end)
      : block_size_(block_size), even_end_(even_end) {}

  /// How far next() looks: of more that is left it need not know.
  [[nodiscard]] std::uint64_t look_ahead() const {
    return even_end_ ? 2 * std::uint64_t{block_size_} : block_size_;
  }

  /// The most bytes of the next block, at most block_size, where `left` bytes follow or, from
  /// look_ahead() on, any number of them. Where `left` is less, what the block leaves of it is
  /// less than block_size, so that a buffer of that size holds it.
  [[nodiscard]] std::size_t next(std::uint64_t left) {
    if (even_end_ && !ending_ && left < look_ahead()) {
      ending_ = true;
      if (left > block_size_) {
        cut_end(static_cast<std::size_t>(left));
      }
    }
    ++blocks_;
    return at_ < pieces_.size() && pieces_[at_] != 0 ? pieces_[at_++] : block_size_;
  }

 private:
  void cut_end(std::size_t left) {
    // Whole pages; the last piece is what remains, and so the end of the content.
    const auto pages = [](std::size_t size) { return (size + 4095) / 4096 * 4096; };
    // One worker has a block to do while the other begins with what is left.
    const std::size_t behind = blocks_ % 2 == 0 ? 0 : (left - block_size_) / 2;
    if (behind < block_size_ / 16) {
      pieces_ = {pages((left + 1) / 2)};
      return;
    }
    const std::size_t others = left - behind;
    pieces_ = {std::min(pages(others / 3 * 2), block_size_), pages(others / 3)};
  }

  std::size_t block_size_;
  bool even_end_;
  bool ending_ = false;
  std::uint64_t blocks_ = 0;
  std::array<std::size_t, 2> pieces_{};
  std::size_t at_ = 0;
};

}  // namespace kompakt
