/// \file
/// Which parts of an output have been written by position.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace kompakt {

/// Disjoint ranges of bytes. Pieces of an output come nearly in order, so there are never many more
/// ranges than pieces in flight. For one thread at a time.
class WrittenRanges {
 public:
  void add(std::uint64_t offset, std::uint64_t length) {
    if (length == 0) {
      return;
    }
    auto range = ranges_.try_emplace(offset, offset).first;
    range->second = std::max(range->second, offset + length);
    if (range != ranges_.begin() && std::prev(range)->second >= range->first) {
      const auto before = std::prev(range);
      before->second = std::max(before->second, range->second);
      ranges_.erase(range);
      range = before;
    }
    auto after = std::next(range);
    while (after != ranges_.end() && after->first <= range->second) {
      range->second = std::max(range->second, after->second);
      after = ranges_.erase(after);
    }
  }

  /// Begin to end, in order.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& ranges() const noexcept {
    return ranges_;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;
};

}  // namespace kompakt
