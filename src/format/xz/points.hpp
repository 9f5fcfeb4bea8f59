/// \file
/// Seek points at block starts, collected while blocks pass by in order.
#pragma once

#include <lzma.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "format/format.hpp"

namespace kompakt {

[[nodiscard]] inline std::uint64_t count_lines(ByteSpan content) {
  return static_cast<std::uint64_t>(std::count(content.begin(), content.end(), std::byte{'\n'}));
}

/// The context of a point is the identifier of its stream's check.
class XzPoints {
 public:
  explicit XzPoints(const DecodeSettings& settings)
      : spacing_(settings.index_spacing), lines_wanted_(settings.index_lines) {
    index_.format = Format::kXz;
    index_.has_lines = lines_wanted_;
  }

  [[nodiscard]] bool wanted() const noexcept { return spacing_ != 0; }
  [[nodiscard]] bool lines_wanted() const noexcept { return wanted() && lines_wanted_; }

  /// A block begins at `content` in the decoded content and at `input` in the source.
  void block(std::uint64_t content, std::uint64_t input, lzma_check check) {
    if (wanted() && (index_.points.empty() || content - index_.points.back().content >= spacing_)) {
      SeekPoint point;
      point.content = content;
      point.bit = input * 8;
      point.context = static_cast<std::uint64_t>(check);
      point.lines = index_.lines;
      index_.points.push_back(std::move(point));
    }
  }
  void lines(std::uint64_t count) noexcept { index_.lines += count; }

  [[nodiscard]] std::optional<SeekIndex> take(const StreamFacts& facts) {
    if (!wanted()) {
      return std::nullopt;
    }
    index_.compressed_size = facts.compressed;
    index_.content_size = facts.content.value_or(0);
    return std::move(index_);
  }

 private:
  std::uint64_t spacing_;
  bool lines_wanted_;
  SeekIndex index_;
};

}  // namespace kompakt
