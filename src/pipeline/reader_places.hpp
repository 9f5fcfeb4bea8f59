/// \file
/// Content by position: through an index where there is one, else from the beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "kompakt/reader.hpp"
#include "pipeline/content_run.hpp"
#include "pipeline/reader_cache.hpp"
#include "pipeline/reader_content.hpp"

namespace kompakt {

/// Safe to use from many threads, close() excepted.
class ReaderPlaces {
 public:
  using Stretch = ReaderCache::Stretch;

  /// `source` must outlive the object. `indexed` may be nullptr.
  ReaderPlaces(Source& source, const ReaderOptions& options,
               std::unique_ptr<IndexedContent> indexed);

  /// nullptr without random access to the content.
  [[nodiscard]] const IndexedContent* indexed() const noexcept { return indexed_.get(); }
  /// A decoding of the content from `begin` (at most its size) to its end.
  [[nodiscard]] std::unique_ptr<ContentRun> run_from(std::uint64_t begin) const;
  /// A stretch of content that holds `offset`: empty behind the end.
  [[nodiscard]] Result<Stretch> stretch(std::uint64_t offset) const;
  /// Whether stretch() has nothing to decode. Indexed content only.
  [[nodiscard]] bool has_stretch(std::uint64_t offset) const;
  /// Whether the caller's limit lets content up to `end` out.
  [[nodiscard]] Status allowed(std::uint64_t end) const;
  /// See Source::read_at().
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const;
  void close() noexcept;

 private:
  /// What is kept together: a unit that is decoded as a whole, or a piece of content.
  struct Bounds {
    ContentUnit content;
    bool whole = false;
  };
  [[nodiscard]] Result<Bounds> stretch_bounds(std::uint64_t offset) const;
  [[nodiscard]] Result<Stretch> decode_unit(const ContentUnit& unit) const;
  [[nodiscard]] Result<Stretch> decode_segment(const ContentUnit& segment) const;
  [[nodiscard]] Result<std::size_t> read_at_once(std::uint64_t offset, MutableByteSpan out) const;
  /// `behind`: the failure that cut the read short, if one did.
  [[nodiscard]] Result<std::size_t> read_by_cursor(std::uint64_t offset, MutableByteSpan out,
                                                   Status& behind) const;

  Source& source_;  // NOLINT(cppcoreguidelines-*): see the constructor
  ReaderOptions options_;
  DecompressOptions alone_;  // for decoding on the thread that asks
  std::unique_ptr<IndexedContent> indexed_;
  mutable ReaderCache cache_;
  mutable std::mutex cursor_mutex_;
  /// For content that is not decoded unit by unit: goes on from read to read.
  mutable std::unique_ptr<ContentRun> cursor_;
};

}  // namespace kompakt
