/// \file
/// Ordered reading of headers, tables and payloads from a file or a pipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kompakt/source.hpp"

namespace kompakt::legacy {

/// A position in a source. Over random access any number of cursors work side by side and moving
/// one costs nothing; over a pipe there is one cursor, which starts at byte 0 and only reads.
class InputCursor {
 public:
  explicit InputCursor(Source& source)
      : source_(&source), stream_(source.random_access() ? nullptr : &source) {}
  /// A cursor at `position` of a source with random access.
  InputCursor(const Source& source, std::uint64_t position)
      : source_(&source), position_(position) {}

  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] bool random_access() const noexcept { return stream_ == nullptr; }
  [[nodiscard]] const Source& source() const noexcept { return *source_; }
  /// The source's size where it can be relied upon.
  [[nodiscard]] std::optional<std::uint64_t> known_size() const;

  /// Moves without reading. Random access only.
  void seek(std::uint64_t position) noexcept { position_ = position; }
  /// Fewer bytes than asked for only at the end.
  [[nodiscard]] Result<std::size_t> read_some(MutableByteSpan out);
  /// kTruncated, saying that `what` is cut off, where the source ends too early.
  [[nodiscard]] Status read_exact(MutableByteSpan out, std::string_view what);
  /// kCorrupt unless the source ends here.
  [[nodiscard]] Status expect_end();

 private:
  const Source* source_;
  Source* stream_ = nullptr;  // where the source can only be read in order
  std::uint64_t position_ = 0;
};

/// Fills `out` from `offset`; kTruncated, saying that `what` is cut off, where the source is short.
[[nodiscard]] Status read_exact_at(const Source& source, std::uint64_t offset, MutableByteSpan out,
                                   std::string_view what);

}  // namespace kompakt::legacy
