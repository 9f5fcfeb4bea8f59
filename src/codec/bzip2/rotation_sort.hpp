/// \file
/// The Burrows-Wheeler transform of one block: sorts the cyclic rotations of its bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Sorts rotations in O(n log^2 n) for any content.
///
/// Two stages: only the rotations that begin where an ascent meets a descent (at most every second
/// one, type B* in the literature) are sorted by comparison; the order of all others follows from
/// theirs in two linear passes.
class RotationSorter {
 public:
  /// Positions take 20 bits of a packed word.
  static constexpr std::size_t kMaxSize = (std::size_t{1} << 20) - 1;

  /// For blocks of up to `max_size` <= kMaxSize bytes.
  explicit RotationSorter(std::size_t max_size);

  /// Writes the last column of the sorted rotations of `text` (1 to max_size bytes) to `last`
  /// (as many bytes) and returns the row of the rotation that starts at text[0]. Equal rotations
  /// come in any order, which changes neither the column nor what it decodes to.
  std::uint32_t sort(ByteSpan text, MutableByteSpan last);

  /// Working memory for blocks of up to `max_size` bytes.
  static std::uint64_t memory(std::size_t max_size);

 private:
  struct Group {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  void copy_text(ByteSpan text);
  std::uint32_t sort_tiny(MutableByteSpan last);
  bool collect();
  void place_buckets();
  void sort_by_prefix();
  void refine_groups();
  void refine(std::uint32_t begin, std::uint32_t end, std::uint32_t depth);
  void refine_small(std::uint32_t begin, std::uint32_t end, std::uint32_t depth);
  bool shares_substring(std::uint32_t star, std::uint32_t depth) const;
  void sort_by_rank();
  void split_by_rank(const Group& group, std::uint32_t distance, std::vector<Group>& rest);
  void induce_ascending();
  std::uint32_t induce_descending(MutableByteSpan last);
  std::uint64_t key_at(std::uint32_t star, std::uint32_t depth) const;

  Buffer text_memory_;
  Buffer words_memory_;
  Buffer other_memory_;
  Buffer rows_memory_;
  Buffer stars_memory_;
  Buffer ranks_memory_;
  unsigned char* text_ = nullptr;  // text_[-2] to text_[size_ + kPadding) continue it cyclically
  std::uint64_t* words_ = nullptr;
  std::uint64_t* other_ = nullptr;
  std::uint32_t* rows_ = nullptr;
  std::uint32_t* stars_ = nullptr;  // positions of the B* rotations, ascending
  std::uint32_t* ranks_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t count_ = 0;  // of stars_
  std::size_t capacity_ = 0;
  std::vector<Group> groups_;
  std::vector<Group> rest_;
  std::vector<std::uint32_t> pairs_;        // how often each pair of bytes occurs, then bucket ends
  std::vector<std::uint32_t> star_pairs_;   // the same for B* alone, then bucket starts
  std::array<std::uint32_t, 256> level_{};  // pairs (c, c) of type B
  std::array<std::uint32_t, 257> start_{};  // first row of each first byte
  std::array<std::uint32_t, 256> middle_{};  // first row of type B of each first byte
};

}  // namespace kompakt::bzip2
