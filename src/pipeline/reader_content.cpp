#include "pipeline/reader_content.hpp"

#include <algorithm>
#include <utility>

#include "container/warp_decode.hpp"
#include "format/format.hpp"
#include "pipeline/range.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

// The caller bounds what comes out by its place in the content, which a job does not know.
constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

}  // namespace

IndexedContent::IndexedContent(WarpIndex index)
    : source_(index.source()), size_(index.raw_size()), warp_(std::move(index)) {}

Result<const std::vector<BlockLocation>*> IndexedContent::blocks() const {
  const std::lock_guard lock(mutex_);
  if (!blocks_) {
    blocks_ = warp_->find(0, size_);
  }
  if (!blocks_->ok()) {
    return blocks_->status();
  }
  return &blocks_->value();
}

Result<ContentUnit> IndexedContent::unit_at(std::uint64_t offset) const {
  if (seek_) {
    const auto& points = seek_->points;
    const std::size_t at = seek_->point_before(offset);
    // Points may share a place in the content, as around empty members.
    const auto next = std::upper_bound(
        points.begin(), points.end(), offset,
        [](std::uint64_t wanted, const SeekPoint& point) { return wanted < point.content; });
    return ContentUnit{points[at].content,
                       next == points.end() ? seek_->content_size : next->content};
  }
  const auto found = blocks();
  if (!found.ok()) {
    return found.status();
  }
  const std::vector<BlockLocation>& blocks = **found;
  const auto after = std::upper_bound(
      blocks.begin(), blocks.end(), offset,
      [](std::uint64_t wanted, const BlockLocation& block) { return wanted < block.raw_end; });
  if (after != blocks.end() && after->raw_begin <= offset) {
    return ContentUnit{after->raw_begin, after->raw_end};
  }
  // Lost, as decoding it will say.
  return ContentUnit{offset, after == blocks.end() ? size() : after->raw_begin};
}

Result<StreamResult> IndexedContent::decode_warp(const ContentUnit& range, Sink& sink,
                                                 const DecompressOptions& options) const {
  const auto found = blocks();
  if (!found.ok()) {
    return found.status();
  }
  const auto first = std::upper_bound(
      (*found)->begin(), (*found)->end(), range.begin,
      [](std::uint64_t wanted, const BlockLocation& block) { return wanted < block.raw_end; });
  const auto last = std::lower_bound(
      first, (*found)->end(), range.end,
      [](const BlockLocation& block, std::uint64_t wanted) { return block.raw_begin < wanted; });
  auto job = make_warp_range_job(std::as_const(*warp_), {first, last}, sink,
                                 {.offset = range.begin,
                                  .length = range.size(),
                                  .limits = limits_of(options.run, kUnbounded),
                                  .verify_digests = options.verify_digests});
  if (!job.ok()) {
    return job.status();
  }
  return run_to_end(**job, options.run);
}

Result<StreamResult> IndexedContent::decode(const ContentUnit& range, Sink& sink,
                                            const DecompressOptions& options) const {
  if (warp_) {
    return decode_warp(range, sink, options);
  }
  auto job = find_format_entry(seek_->format)
                 ->make_range_decoder(source_, sink, *seek_,
                                      {.offset = range.begin,
                                       .length = range.size(),
                                       .limits = limits_of(options.run, kUnbounded),
                                       .dictionary = options.dictionary});
  if (!job.ok()) {
    return job.status();
  }
  auto result = run_and_finish(**job, sink, options.run);
  if (result.ok()) {
    result->format = seek_->format;
  }
  return result;
}

Result<std::unique_ptr<IndexedContent>> find_indexed_content(Source& source,
                                                             const DecompressOptions& options,
                                                             std::optional<SeekIndex> given) {
  std::unique_ptr<IndexedContent> none;
  if (!source.random_access()) {
    return given ? Result<std::unique_ptr<IndexedContent>>(
                       Status(Code::kInvalidArgument, "a seek index is of no use with a pipe"))
                 : Result<std::unique_ptr<IndexedContent>>(std::move(none));
  }
  auto access = find_access(source, options, !given);
  if (!access.ok()) {
    return access.status();
  }
  if (given) {
    if (access->format != given->format) {
      return Status(Code::kInvalidArgument, "the seek index is of another format");
    }
    if (Status fits = check_seek_index(*given, source); !fits.ok()) {
      return fits;
    }
    access->native = std::move(given);
  }
  // Only reading in order goes on after damage.
  if (options.keep_going) {
    return none;
  }
  if (access->warp3) {
    auto index = WarpIndex::open(source);
    if (!index.ok() && !is_damage(index.status())) {
      return index.status();
    }
    return index.ok() && index->end_known() ? std::make_unique<IndexedContent>(std::move(*index))
                                            : std::move(none);
  }
  if (!access->native || access->native->points.empty() ||
      find_format_entry(access->native->format)->make_range_decoder == nullptr) {
    return none;
  }
  return std::make_unique<IndexedContent>(source, std::move(*access->native));
}

}  // namespace kompakt
