/// \file
/// The stretches of content that were decoded last, shared by many readers.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "kompakt/bytes.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// A stretch of content in memory.
class CachedStretch {
 public:
  /// Throws std::bad_alloc.
  CachedStretch(std::uint64_t begin, std::size_t room)
      : begin_(begin), room_(room), bytes_(std::make_unique_for_overwrite<std::byte[]>(room)) {}
  [[nodiscard]] std::uint64_t begin() const noexcept { return begin_; }
  [[nodiscard]] MutableByteSpan room() noexcept { return {bytes_.get(), room_}; }
  [[nodiscard]] ByteSpan bytes() const noexcept { return {bytes_.get(), size_}; }
  void set_size(std::size_t size) noexcept { size_ = size; }
  /// What stands in the way of the content behind it. Without one that is the content's end.
  void set_failure(Status failure) { failure_ = std::move(failure); }
  [[nodiscard]] const Status& failure() const noexcept { return failure_; }
  /// What it holds from `offset` on, which is not before its begin; maybe nothing.
  [[nodiscard]] ByteSpan from(std::uint64_t offset) const noexcept {
    return offset - begin_ < size_ ? bytes().subspan(static_cast<std::size_t>(offset - begin_))
                                   : ByteSpan();
  }

 private:
  std::uint64_t begin_;
  std::size_t room_;
  std::size_t size_ = 0;
  Status failure_;
  std::unique_ptr<std::byte[]> bytes_;
};

/// Fills memory of the caller's in order; more than fits is a contradiction in the data.
class StretchSink final : public Sink {
 public:
  explicit StretchSink(MutableByteSpan out) : out_(out) {}
  Status write(ByteSpan bytes) override;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  MutableByteSpan out_;
  std::size_t size_ = 0;
};

/// The most recently used stretches, told apart by where they begin. Safe to use from many threads:
/// one decodes a stretch, who else wants it waits for that one.
class ReaderCache {
 public:
  using Stretch = std::shared_ptr<const CachedStretch>;
  using Decode = std::function<Result<Stretch>()>;

  /// `capacity` in bytes. One stretch is kept however large it is.
  explicit ReaderCache(std::size_t capacity) : capacity_(capacity) {}
  /// The stretch that begins at `begin`, by way of `decode` where it is not there. What failed,
  /// and what a failure cut short, is not kept.
  [[nodiscard]] Result<Stretch> get(std::uint64_t begin, const Decode& decode);
  [[nodiscard]] bool holds(std::uint64_t begin) const;

 private:
  /// Under way while there is no result.
  struct Entry {
    std::uint64_t begin = 0;
    std::optional<Result<Stretch>> result;
  };
  using EntryPtr = std::shared_ptr<Entry>;

  [[nodiscard]] EntryPtr find_and_touch(std::uint64_t begin);
  void settle(const EntryPtr& entry, Result<Stretch> result);

  std::size_t capacity_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable settled_;
  std::list<EntryPtr> entries_;  // used last first
  std::size_t size_ = 0;         // bytes of those that are settled
};

}  // namespace kompakt
