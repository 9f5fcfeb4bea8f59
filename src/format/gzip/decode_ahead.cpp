// The side of the reader that decodes ahead: cutting stretches, and taking over what came of them.
#include <algorithm>
#include <array>
#include <utility>

#include "codec/deflate/inflate/marker_inflater.hpp"
#include "format/gzip/decode_job.hpp"

namespace kompakt::gzip {

void GzipDecodeJob::receive() {
  std::vector<std::unique_ptr<Stretch>> decoded;
  {
    const std::lock_guard lock(mail_mutex_);
    decoded.swap(decoded_);
  }
  for (auto& stretch : decoded) {
    bad_parts_ += stretch->kind == StretchKind::kPart && !stretch->good ? 1 : 0;
    feed_.put(std::move(stretch));
  }
  while (auto passed = feed_.take_passed()) {
    recycle(std::move(passed));
  }
}

void GzipDecodeJob::recycle(std::unique_ptr<Stretch> stretch) {
  const std::lock_guard lock(mail_mutex_);
  spare_.push_back(std::move(stretch));
}

std::unique_ptr<Stretch> GzipDecodeJob::spare_stretch() {
  const std::lock_guard lock(mail_mutex_);
  if (spare_.empty()) {
    return std::make_unique<Stretch>();
  }
  auto stretch = std::move(spare_.back());
  spare_.pop_back();
  return stretch;
}

bool GzipDecodeJob::joinable() const {
  if (feed_.parked().empty()) {
    return false;
  }
  const Stretch& stretch = *feed_.parked().front();
  if (!stretch.good) {
    return false;
  }
  switch (stretch.kind) {
    case StretchKind::kPart:
      return walker_.at_boundary() && walker_.bit() == stretch.begin * 8;
    case StretchKind::kMembers:
      return walker_.at_member() && feed_.position() == stretch.begin;
    case StretchKind::kChunk:
      // With the whole window known, no marker can turn out to point before the content.
      return walker_.at_boundary() && walker_.history() == kWindow &&
             stretch.earliest_bit <= walker_.bit() && walker_.bit() <= stretch.latest_bit;
  }
  return false;
}

bool GzipDecodeJob::join(Unit& unit) {
  if (!joinable()) {
    return false;
  }
  unit.stretch = feed_.take_front();
  Stretch& stretch = *unit.stretch;
  const MutableByteSpan whole = stretch.content.first(kWindow + stretch.content_size);
  unit.bytes = whole.subspan(kWindow);
  const bool members = stretch.kind == StretchKind::kMembers;
  mark_point(produced_, stretch.begin * 8, members ? kAtMember : kInBody, {});
  unit.point = std::exchange(next_point_, std::nullopt);
  if (range_) {
    const auto& points = range_->index->points;
    while (range_->point < points.size() &&
           points[range_->point].content <= produced_ + stretch.content_size) {
      ++range_->point;
    }
  }
  // The window in front of the content, for markers and for the next window.
  std::copy(tail_.begin(), tail_.end(), whole.begin());
  if (stretch.kind == StretchKind::kChunk) {
    unit.segments.push_back({.size = stretch.content_size, .partial = inside_});
    join_chunk(stretch);
    return true;
  }
  feed_.skip_to(stretch.end());
  std::copy(whole.end() - kWindow, whole.end(), tail_.begin());
  if (members) {
    unit.members = stretch.members;
    walker_.enter_before(stretch.members);
  } else {
    unit.segments.push_back({.size = stretch.content_size,
                             .check = stretch.check,
                             .checked = true,
                             .partial = inside_});
    walker_.enter_body({.bit = stretch.end() * 8,
                        .content = 0,
                        .history = std::min(kWindow, walker_.history() + stretch.content_size)});
  }
  return true;
}

/// Only the window behind the chunk is made here; its markers are replaced in work().
void GzipDecodeJob::join_chunk(Stretch& stretch) {
  const std::size_t plain = stretch.content_size - stretch.symbol_count;
  const std::span<std::uint8_t> content =
      octets(stretch.content.first(kWindow + stretch.content_size));
  const std::span<std::uint8_t, kWindow> tail(octets(tail_));
  if (plain < kWindow) {
    // The tail's own bytes are in front of the content, so that it can be written to.
    std::array<std::uint8_t, kWindow> behind{};
    const auto made = deflate::window_behind(stretch.marked(stretch.symbol_count).subspan(kWindow),
                                             content.first(kWindow), behind);
    if (!made.ok()) {
      failure_ = made.status();  // cannot be: the window is whole
      return;
    }
    std::copy(behind.begin() + static_cast<std::ptrdiff_t>(plain), behind.end(), tail.begin());
  }
  const std::size_t copied = std::min(plain, kWindow);
  std::copy(content.end() - static_cast<std::ptrdiff_t>(copied), content.end(),
            tail.end() - static_cast<std::ptrdiff_t>(copied));
  feed_.skip_into(stretch, (stretch.end_bit + (stretch.ends ? 7 : 0)) / 8);
  if (stretch.ends) {
    walker_.enter_trailer();
  } else {
    walker_.enter_body({.bit = stretch.end_bit, .content = 0, .history = kWindow});
  }
}

bool GzipDecodeJob::may_fetch() const {
  // Where marks are found all over stored content, cutting at them costs more than it gives.
  constexpr std::size_t kMaxBadParts = 64;
  return !(plan_ == Plan::kParts && bad_parts_ > kMaxBadParts) && plan_ != Plan::kNone &&
         feed_.lent() + feed_.parked().size() < in_flight_;
}

/// Content of a run of members: points lie only between runs.
std::size_t GzipDecodeJob::member_run() const {
  return settings_.index_spacing == 0 ? kMemberRunContent
                                      : static_cast<std::size_t>(std::min<std::uint64_t>(
                                            kMemberRunContent, settings_.index_spacing));
}

/// Finds how much of the reader's front makes the next stretch, and how much content it claims.
Result<bool> GzipDecodeJob::measure(MemberRun& run, std::size_t& ahead) {
  if (plan_ == Plan::kParts) {
    const auto part = measure_part(reader_, part_size_);
    if (!part.ok()) {
      return part.status();
    }
    run = {.size = *part, .content = part_size_};
  } else if (plan_ == Plan::kMembers) {
    const auto members = measure_members(reader_, member_run());
    if (!members.ok()) {
      return members.status();
    }
    run = *members;
  } else {
    if (Status filled = reader_.fill(kChunk + kChunkAhead); !filled.ok()) {
      return filled;
    }
    const std::size_t at_hand = reader_.available().size();
    run = {.size = std::min(at_hand, kChunk), .content = kChunkContent};
    ahead = std::min(at_hand - run.size, kChunkAhead);
  }
  const std::uint64_t memory = plan_ == Plan::kChunks ? kChunkMemory : run.size + run.content;
  return run.size != 0 && memory <= settings_.limits.max_memory / (2 * in_flight_);
}

Result<bool> GzipDecodeJob::fetch(Unit& unit) {
  MemberRun run;
  std::size_t ahead = 0;
  const auto measured = measure(run, ahead);
  if (!measured.ok()) {
    return measured.status();
  }
  if (!*measured) {
    plan_ = Plan::kNone;
    return false;
  }
  unit.kind = Unit::Kind::kDecode;
  unit.stretch = spare_stretch();
  Stretch& stretch = *unit.stretch;
  stretch.kind = plan_ == Plan::kParts     ? StretchKind::kPart
                 : plan_ == Plan::kMembers ? StretchKind::kMembers
                                           : StretchKind::kChunk;
  stretch.begin = reader_.position();
  stretch.size = run.size;
  stretch.ahead = ahead;
  stretch.input_ends = reader_.ended() && reader_.available().size() == run.size + ahead;
  stretch.content_claimed = run.content;
  stretch.raw.resize_discard(run.size + ahead);
  std::copy_n(reader_.available().begin(), run.size + ahead, stretch.raw.data());
  feed_.lend();
  reader_.consume(run.size);
  return true;
}

Status GzipDecodeJob::plan_members(bool& done) {
  done = false;
  if (framing_ != Framing::kGzip) {
    return {};
  }
  const auto run = measure_members(reader_, member_run());
  if (!run.ok()) {
    return run.status();
  }
  if (run->size != 0) {
    plan_ = Plan::kMembers;
    done = true;
  }
  return {};
}

/// A long member of somebody else's is decoded from many places at once, where enough threads are
/// there to make up for the double work.
void GzipDecodeJob::plan_chunks() {
  constexpr unsigned kMinThreads = 4;
  if (plan_ == Plan::kNone && settings_.threads >= kMinThreads && settings_.index_spacing == 0 &&
      !range_ && feed_.at_reader() && feed_.position() - body_begin_ >= kChunk / 2) {
    plan_ = Plan::kChunks;
  }
}

}  // namespace kompakt::gzip
