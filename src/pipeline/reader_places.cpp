#include "pipeline/reader_places.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "io/decorators.hpp"

namespace kompakt {
namespace {

/// Content that cannot be decoded in units of a size to keep is kept in pieces of this size.
constexpr std::uint64_t kSegment = std::uint64_t{1} << 20U;
/// A read of at least this much, over more than one unit, is decoded straight into its place, on
/// all threads.
constexpr std::size_t kLargeRead = std::size_t{4} << 20U;
constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

/// Drops the beginning of what is written, as long as somebody waits for the rest.
class SkippingSink final : public Sink {
 public:
  SkippingSink(Sink& inner, std::uint64_t skip, const std::atomic<bool>& stopped)
      : inner_(inner), skip_(skip), stopped_(stopped) {}
  Status write(ByteSpan bytes) override {
    if (stopped_) {
      return {Code::kCancelled, "nobody reads on"};
    }
    const auto dropped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= dropped;
    bytes = bytes.subspan(dropped);
    return bytes.empty() ? Status() : inner_.write(bytes);
  }

 private:
  Sink& inner_;  // NOLINT(cppcoreguidelines-*): outlives the sink
  std::uint64_t skip_;
  const std::atomic<bool>& stopped_;  // NOLINT(cppcoreguidelines-*): outlives the sink
};

Status over_limit() {
  return {Code::kLimitExceeded, "the content is larger than the output limit"};
}

}  // namespace

ReaderPlaces::ReaderPlaces(Source& source, const ReaderOptions& options,
                           std::unique_ptr<IndexedContent> indexed)
    : source_(source),
      options_(options),
      alone_(options.decompress),
      indexed_(std::move(indexed)),
      cache_(options.cache_size) {
  options_.index.reset();  // is in `indexed`
  alone_.run.threads = 1;
  alone_.run.executor = nullptr;
  alone_.run.on_progress = nullptr;
}

Status ReaderPlaces::allowed(std::uint64_t end) const {
  return end <= options_.decompress.max_output ? Status() : over_limit();
}

std::unique_ptr<ContentRun> ReaderPlaces::run_from(std::uint64_t begin) const {
  if (!indexed_ || begin == 0) {
    return std::make_unique<ContentRun>(
        begin, options_.read_ahead,
        [this, begin](Sink& pipe, const std::atomic<bool>& stopped) -> Result<StreamResult> {
          SkippingSink rest(pipe, begin, stopped);
          return decompress(source_, rest, options_.decompress);
        });
  }
  return std::make_unique<ContentRun>(
      begin, options_.read_ahead,
      [this, begin](Sink& pipe, const std::atomic<bool>& /*stopped*/) -> Result<StreamResult> {
        const std::uint64_t limit = options_.decompress.max_output;
        LimitingSink bounded(pipe, limit - std::min(limit, begin));
        return indexed_->decode({begin, indexed_->size()}, bounded, options_.decompress);
      });
}

Result<ReaderPlaces::Bounds> ReaderPlaces::stretch_bounds(std::uint64_t offset) const {
  ContentUnit around{0, kUnbounded};
  if (indexed_) {
    const auto unit = indexed_->unit_at(offset);
    if (!unit.ok()) {
      return unit.status();
    }
    if (unit->size() <= options_.cache_size) {
      return Bounds{.content = *unit, .whole = true};
    }
    around = *unit;
  }
  const std::uint64_t begin = offset - (offset - around.begin) % kSegment;
  return Bounds{.content = {begin, begin + std::min(kSegment, around.end - begin)}};
}

bool ReaderPlaces::has_stretch(std::uint64_t offset) const {
  const auto bounds = stretch_bounds(offset);
  return bounds.ok() && cache_.holds(bounds->content.begin);
}

Result<ReaderPlaces::Stretch> ReaderPlaces::stretch(std::uint64_t offset) const {
  if (indexed_ && offset >= indexed_->size()) {
    return std::make_shared<const CachedStretch>(offset, 0);
  }
  const auto bounds = stretch_bounds(offset);
  if (!bounds.ok()) {
    return bounds.status();
  }
  return cache_.get(bounds->content.begin, [this, &bounds] {
    return bounds->whole ? decode_unit(bounds->content) : decode_segment(bounds->content);
  });
}

Result<ReaderPlaces::Stretch> ReaderPlaces::decode_unit(const ContentUnit& unit) const {
  if (Status within = allowed(unit.begin); !within.ok()) {
    return within;
  }
  auto stretch = std::make_shared<CachedStretch>(unit.begin, static_cast<std::size_t>(unit.size()));
  StretchSink sink(stretch->room());
  const auto decoded = indexed_->decode(unit, sink, alone_);
  if (!decoded.ok()) {
    return decoded.status();
  }
  if (sink.size() != unit.size()) {
    return Status(Code::kCorrupt, "there is less content than the index says");
  }
  stretch->set_size(sink.size());
  return Stretch(std::move(stretch));
}

Result<ReaderPlaces::Stretch> ReaderPlaces::decode_segment(const ContentUnit& segment) const {
  auto stretch =
      std::make_shared<CachedStretch>(segment.begin, static_cast<std::size_t>(segment.size()));
  Status behind;
  const auto got = read_by_cursor(segment.begin, stretch->room(), behind);
  if (!got.ok()) {
    return got.status();
  }
  stretch->set_size(*got);
  stretch->set_failure(std::move(behind));
  return Stretch(std::move(stretch));
}

Result<std::size_t> ReaderPlaces::read_by_cursor(std::uint64_t offset, MutableByteSpan out,
                                                 Status& behind) const {
  const std::lock_guard lock(cursor_mutex_);
  bool usable = cursor_ && cursor_->position() <= offset;
  if (usable && indexed_) {
    // Between the cursor and the place there may be one to start from that is nearer.
    const auto unit = indexed_->unit_at(offset);
    usable = unit.ok() && unit->begin <= cursor_->position();
  }
  if (!usable) {
    cursor_.reset();
    cursor_ = run_from(offset);
  }
  if (Status skipped = cursor_->skip_to(offset); !skipped.ok()) {
    return skipped;
  }
  if (cursor_->position() != offset) {
    return std::size_t{0};
  }
  const auto got = cursor_->read(out);
  behind = cursor_->failure();
  return got;
}

Result<std::size_t> ReaderPlaces::read_at_once(std::uint64_t offset, MutableByteSpan out) const {
  if (!indexed_) {
    Status behind;
    const auto got = read_by_cursor(offset, out, behind);
    return behind.ok() ? got : behind;
  }
  if (Status within = allowed(offset + out.size()); !within.ok()) {
    return within;
  }
  DecompressOptions options = options_.decompress;
  options.run.on_progress = nullptr;
  StretchSink sink(out);
  const auto decoded = indexed_->decode({offset, offset + out.size()}, sink, options);
  return decoded.ok() ? Result<std::size_t>(sink.size()) : decoded.status();
}

Result<std::size_t> ReaderPlaces::read_at(std::uint64_t offset, MutableByteSpan out) const {
  if (indexed_) {
    const std::uint64_t left = indexed_->size() - std::min(indexed_->size(), offset);
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size())));
    if (Status within = allowed(out.empty() ? 0 : offset + out.size()); !within.ok()) {
      return within;
    }
  }
  std::size_t done = 0;
  while (done < out.size()) {
    const std::uint64_t at = offset + done;
    const MutableByteSpan rest = out.subspan(done);
    const auto bounds = stretch_bounds(at);
    if (!bounds.ok()) {
      return bounds.status();
    }
    if (rest.size() >= kLargeRead && rest.size() > bounds->content.end - at &&
        !cache_.holds(bounds->content.begin)) {
      const auto got = read_at_once(at, rest);
      return got.ok() ? Result<std::size_t>(done + *got) : got;
    }
    const auto held = stretch(at);
    if (!held.ok()) {
      return held.status();
    }
    const ByteSpan from = (*held)->from(at);
    if (from.empty() && !(*held)->failure().ok()) {
      return (*held)->failure();
    }
    if (from.empty()) {
      break;
    }
    const std::size_t count = std::min(from.size(), rest.size());
    std::copy_n(from.begin(), count, rest.begin());
    done += count;
  }
  return done;
}

void ReaderPlaces::close() noexcept {
  const std::lock_guard lock(cursor_mutex_);
  cursor_.reset();
}

}  // namespace kompakt
