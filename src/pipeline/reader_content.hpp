/// \file
/// Content that can be decoded from many places: the map of it, read once, and decoding by it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "container/warp_index.hpp"
#include "kompakt/options.hpp"
#include "kompakt/seek_index.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {

/// A stretch of content that is decoded as one, whatever part of it is wanted.
struct ContentUnit {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
};

/// Safe to use from many threads.
class IndexedContent {
 public:
  /// `source` must outlive the object.
  IndexedContent(Source& source, SeekIndex index)
      : source_(source), size_(index.content_size), seek_(std::move(index)) {}
  explicit IndexedContent(WarpIndex index);
  IndexedContent(const IndexedContent&) = delete;
  IndexedContent& operator=(const IndexedContent&) = delete;
  IndexedContent(IndexedContent&&) = delete;
  IndexedContent& operator=(IndexedContent&&) = delete;
  ~IndexedContent() = default;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The unit that holds `offset`, which is less than size().
  [[nodiscard]] Result<ContentUnit> unit_at(std::uint64_t offset) const;
  /// Writes [begin, end) of the content, end <= size(), and finishes the sink.
  [[nodiscard]] Result<StreamResult> decode(const ContentUnit& range, Sink& sink,
                                            const DecompressOptions& options) const;

 private:
  /// The blocks of the whole file, read when they are first asked for.
  [[nodiscard]] Result<const std::vector<BlockLocation>*> blocks() const;
  [[nodiscard]] Result<StreamResult> decode_warp(const ContentUnit& range, Sink& sink,
                                                 const DecompressOptions& options) const;

  Source& source_;  // NOLINT(cppcoreguidelines-*): see the constructor
  std::uint64_t size_;
  std::optional<SeekIndex> seek_;  // either this
  // or these. The index looks for blocks on its own where its records are damaged, once, while
  // blocks() finds all there are; from then on nothing changes any more.
  mutable std::optional<WarpIndex> warp_;
  mutable std::mutex mutex_;
  mutable std::optional<Result<std::vector<BlockLocation>>> blocks_;
};

/// nullptr where content can be decoded from its beginning only: a pipe, a format without an index,
/// a damaged one. kInvalidArgument where `given` is of another file or format.
[[nodiscard]] Result<std::unique_ptr<IndexedContent>> find_indexed_content(
    Source& source, const DecompressOptions& options, std::optional<SeekIndex> given);

}  // namespace kompakt
