/// \file
/// Maps of sparse files: old GNU blocks, and the text in front of the content (GNU.sparse 1.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt::tar {

/// Entries of a map at most: what they take in memory is bounded by it.
inline constexpr std::size_t kMostRuns = std::size_t{1} << 21U;

/// Adds the `count` entries at the start of `bytes`; a blank one ends them. kCorrupt for numbers
/// that are none, kLimitExceeded for too many.
[[nodiscard]] Status parse_gnu_map(ByteSpan bytes, std::size_t count, std::vector<Extent>& runs);

/// Reads the text form block by block: the number of runs, then offset and length of each, a line
/// each; the rest of its last block is padding.
class TextMapParser {
 public:
  /// True when the map is complete with this block.
  [[nodiscard]] Result<bool> take(ByteSpan block);
  [[nodiscard]] std::vector<Extent>& runs() noexcept { return runs_; }

 private:
  [[nodiscard]] Status take_number(std::uint64_t number);
  std::optional<std::uint64_t> left_;  // numbers that are to come; unset before the first line
  std::string line_;
  bool length_next_ = false;
  std::vector<Extent> runs_;
};

/// Runs in order, without overlap, inside `real_size`, with no more bytes than are stored; empty
/// ones are dropped. kCorrupt otherwise.
[[nodiscard]] Status check_runs(std::vector<Extent>& runs, std::uint64_t real_size,
                                std::uint64_t stored);

/// The text form of `runs`, padded to whole blocks.
[[nodiscard]] std::string format_text_map(const std::vector<Extent>& runs, std::uint64_t real_size);

}  // namespace kompakt::tar
