#include "format/gzip/decode_job.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/deflate/inflate/marker_inflater.hpp"

namespace kompakt::gzip {
namespace {

// Large enough that handing pieces over costs nothing, small enough to stay in a cache.
constexpr std::size_t kPiece = std::size_t{1} << 20U;
// What the engine keeps in flight besides one unit a thread.
constexpr std::size_t kExtraSlots = 2;
// Checks of very small members are joined this many at a time.
constexpr std::size_t kMaxSegments = 4096;

struct DecodeWorker final : StagedJob::Worker {
  StretchDecoder decoder;
};

}  // namespace

GzipDecodeJob::GzipDecodeJob(InputReader reader, Sink& sink, const Config& config)
    : sink_(sink),
      framing_(config.framing),
      settings_(config.settings),
      random_access_(config.random_access),
      scatter_(sink.positional()),
      range_(config.range),
      input_size_(config.input_size),
      in_flight_(settings_.threads <= 1 ? 1 : settings_.threads + kExtraSlots),
      reader_(std::move(reader)),
      feed_(reader_),
      walker_(feed_, config.framing),
      tail_(kWindow),
      joined_(config.framing) {
  facts_.check = framing_ == Framing::kZlib ? "Adler32" : "CRC32";
  facts_.window = kWindow;
  if (settings_.index_spacing != 0) {
    next_point_ = SeekPoint{};
    next_point_->context = kAtMember;
  }
  if (range_) {
    const SeekPoint& point = range_->index->points[range_->point++];
    produced_ = point.content;
    inside_ = point.context == kInBody;
    if (inside_) {
      std::copy(point.window.begin(), point.window.end(),
                tail_.end() - static_cast<std::ptrdiff_t>(point.window.size()));
      walker_.enter_body({.bit = point.bit, .content = 0, .history = point.window.size()});
    } else if (point.bit != 0) {
      walker_.enter_before(0);
    }
  }
}

std::uint64_t GzipDecodeJob::slot_bytes() const {
  // A piece and a stretch of usual size with its input, of which another may be parked.
  return (kWindow + kPiece) + 2 * (3 * kPiece + kWindow);
}

std::uint64_t GzipDecodeJob::worker_bytes() const { return sizeof(StretchDecoder) + 64 * kKiB; }

Result<std::unique_ptr<StagedJob::Worker>> GzipDecodeJob::make_worker() {
  return std::unique_ptr<Worker>(std::make_unique<DecodeWorker>());
}

// ---- read(): the walker's side

Result<bool> GzipDecodeJob::read(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  unit.kind = Unit::Kind::kEmit;
  unit.bytes = {};
  unit.payload = {};
  unit.segments.clear();
  unit.members = 0;
  unit.lines = 0;
  unit.first_header.reset();
  unit.point.reset();
  receive();
  if (!failure_.ok()) {
    return failure_;
  }
  if (ended_) {
    return false;
  }
  if (!join(unit)) {
    if (may_fetch()) {
      auto fetched = fetch(unit);
      if (!fetched.ok() || *fetched) {
        return fetched;
      }
    }
    walk(unit);
  }
  if (Status fits = cut(unit); !fits.ok()) {
    return fits;
  }
  unit.input_end = feed_.position();
  return true;
}

/// Finds what of a unit is wanted, and where it goes.
Status GzipDecodeJob::cut(Unit& unit) {
  unit.payload = unit.bytes;
  if (range_) {
    const std::uint64_t end = produced_ + unit.bytes.size();
    const std::uint64_t from = std::clamp(range_->begin, produced_, end);
    const std::uint64_t to = std::clamp(range_->end, from, end);
    unit.payload = unit.bytes.subspan(static_cast<std::size_t>(from - produced_),
                                      static_cast<std::size_t>(to - from));
    ended_ = ended_ || end >= range_->end;
  }
  if (unit.payload.size() > settings_.limits.max_output - given_) {
    return {Code::kLimitExceeded, "output is larger than the limit of " +
                                      std::to_string(settings_.limits.max_output) + " bytes"};
  }
  unit.offset = given_;
  given_ += unit.payload.size();
  produced_ += unit.bytes.size();
  return {};
}

void GzipDecodeJob::walk(Unit& unit) {
  unit.room.resize_discard(kWindow + kPiece);
  const MutableByteSpan room = unit.room.first(kWindow + kPiece);
  const ByteSpan known = ByteSpan(tail_).last(walker_.history());
  std::copy(known.begin(), known.end(), room.first(kWindow).last(known.size()).begin());
  auto point = std::exchange(next_point_, std::nullopt);
  std::size_t filled = kWindow;
  unit.segments.emplace_back().partial = inside_;
  for (bool done = false; !done;) {
    const auto step = walker_.run(octets(room), filled, stop_for_walk(filled - kWindow));
    const std::size_t produced = step.ok() ? step->produced : walker_.produced_before_error();
    filled += produced;
    unit.segments.back().size += produced;
    unit.bytes = room.first(filled).subspan(kWindow);
    // What came before an error is given out first.
    failure_ = step.ok() ? take_event(unit, step->event, done) : step.status();
    done = done || !failure_.ok();
  }
  const ByteSpan history = std::as_const(room).first(filled).last(walker_.history());
  std::copy(history.begin(), history.end(), tail_.end() - std::ssize(history));
  if (!unit.bytes.empty()) {
    unit.point = std::move(point);
  } else if (!next_point_) {
    next_point_ = std::move(point);
  }
}

deflate::StopAt GzipDecodeJob::stop_for_walk(std::size_t made) const {
  deflate::StopAt stop;
  if (const Stretch* inside = feed_.current(); inside != nullptr) {
    const bool chunk_ahead = inside->kind == StretchKind::kChunk && inside->good &&
                             walker_.place() == Walker::Place::kBody &&
                             walker_.bit() <= inside->latest_bit;
    stop.bit = chunk_ahead ? inside->earliest_bit : inside->end() * 8;
  }
  const bool at_points = range_ && range_->point < range_->index->points.size();
  if (settings_.index_spacing != 0 || at_points) {
    const std::uint64_t due = at_points ? range_->index->points[range_->point].content
                                        : last_point_ + settings_.index_spacing;
    stop.content = std::max(due, produced_ + made) - (produced_ + made);
  }
  return stop;
}

Status GzipDecodeJob::take_event(Unit& unit, Walker::Event event, bool& done) {
  const std::uint64_t at = produced_ + unit.bytes.size();
  done = true;
  switch (event) {
    case Walker::Event::kFull:
      plan_chunks();
      break;
    case Walker::Event::kWait:
      break;
    case Walker::Event::kBoundary: {
      const ByteSpan known = unit.room.first(kWindow + unit.bytes.size());
      mark_point(at, walker_.bit(), kInBody, known.last(walker_.history()));
      return compare_point(at, walker_.bit());
    }
    case Walker::Event::kBefore:
      return plan_members(done);
    case Walker::Event::kOpened:
      return take_header(unit, done);
    case Walker::Event::kClosed:
      unit.segments.back().closes = true;
      unit.segments.back().closing = walker_.closing();
      inside_ = false;
      plan_ = plan_ == Plan::kMembers ? plan_ : Plan::kNone;
      mark_point(at, feed_.position() * 8, kAtMember, {});
      done = next_point_ || unit.segments.size() == kMaxSegments || joinable();
      if (!done) {
        unit.segments.push_back({});
      }
      return compare_point(at, feed_.position() * 8);
    case Walker::Event::kEnd:
      ended_ = true;
      break;
  }
  return {};
}

Status GzipDecodeJob::take_header(Unit& unit, bool& done) {
  const MemberHeader& header = walker_.header();
  if (walker_.member() == 0) {
    unit.first_header = header;
  }
  done = false;
  body_begin_ = feed_.position();
  if (header.dictionary) {
    return use_dictionary(unit, *header.dictionary);
  }
  // Two threads often share one core: then inflating on both is slower than inflating on one and
  // writing on the other.
  constexpr unsigned kMinThreads = 3;
  if (header.part_size && *header.part_size <= kMaxStretch && feed_.at_reader() &&
      (settings_.threads >= kMinThreads || settings_.index_spacing != 0)) {
    part_size_ = *header.part_size;
    bad_parts_ = 0;
    plan_ = Plan::kParts;
    done = true;
  }
  return {};
}

Status GzipDecodeJob::use_dictionary(Unit& unit, std::uint32_t wanted) {
  const Dictionary& given = settings_.dictionary;
  if (!given || check_of(Framing::kZlib, *given) != wanted) {
    return {Code::kMissingResource, given ? "zlib: the stream needs another preset dictionary"
                                          : "zlib: the stream needs a preset dictionary"};
  }
  // zlib has no second stream: nothing of the window is in use yet.
  const ByteSpan known = ByteSpan(*given).last(std::min(given->size(), kWindow));
  std::copy(known.begin(), known.end(), unit.room.first(kWindow).last(known.size()).begin());
  walker_.give_history(known.size());
  return {};
}

/// Holds a place between blocks or members against the next point of the index.
Status GzipDecodeJob::compare_point(std::uint64_t content, std::uint64_t bit) {
  while (range_ && range_->point < range_->index->points.size()) {
    const SeekPoint& point = range_->index->points[range_->point];
    if (point.content > content || (point.content == content && point.bit > bit)) {
      break;
    }
    if (point.content != content || point.bit != bit) {
      Status status(Code::kCorrupt, "the index does not fit the input");
      return status.at_offset(bit / 8);
    }
    ++range_->point;
  }
  return {};
}

void GzipDecodeJob::mark_point(std::uint64_t content, std::uint64_t bit, std::uint64_t context,
                               ByteSpan window) {
  if (settings_.index_spacing == 0 || content - last_point_ < settings_.index_spacing) {
    return;
  }
  last_point_ = content;
  next_point_ = SeekPoint{
      .content = content, .bit = bit, .context = context, .window = {window.begin(), window.end()}};
}

// ---- work(): any thread

Status GzipDecodeJob::work(Slot& slot, Worker& worker) {
  auto& unit = static_cast<Unit&>(slot);
  if (unit.kind == Unit::Kind::kDecode) {
    static_cast<DecodeWorker&>(worker).decoder.decode(*unit.stretch, framing_);
    return {};
  }
  if (unit.stretch && unit.stretch->kind == StretchKind::kChunk) {
    Stretch& stretch = *unit.stretch;
    const std::span<std::uint8_t> content =
        octets(stretch.content.first(kWindow + stretch.symbol_count));
    if (Status resolved =
            deflate::resolve_markers(stretch.marked(stretch.symbol_count).subspan(kWindow),
                                     content.first(kWindow), content.subspan(kWindow));
        !resolved.ok()) {
      return resolved;
    }
  }
  ByteSpan rest = unit.bytes;
  for (Segment& segment : unit.segments) {
    if (!segment.checked && !segment.partial) {
      segment.check = check_of(framing_, rest.first(segment.size));
    }
    rest = rest.subspan(segment.size);
  }
  if (settings_.index_lines) {
    unit.lines = static_cast<std::uint64_t>(
        std::count(unit.bytes.begin(), unit.bytes.end(), std::byte{'\n'}));
  }
  return scatter_ && !unit.payload.empty() ? sink_.write_at(unit.offset, unit.payload) : Status();
}

// ---- write(): in order

Status GzipDecodeJob::write(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  if (unit.kind == Unit::Kind::kDecode) {
    const std::lock_guard lock(mail_mutex_);
    decoded_.push_back(std::move(unit.stretch));
    return {};
  }
  if (unit.first_header) {
    facts_.name = unit.first_header->name;
    if (unit.first_header->modified != 0) {
      facts_.modified = unit.first_header->modified;
    }
  }
  if (unit.point) {
    unit.point->lines = lines_;
    index_.points.push_back(std::move(*unit.point));
  }
  // Checked before it is given out: a pipe cannot take it back.
  for (const Segment& segment : unit.segments) {
    joined_.append(segment.check, segment.size);
    if (segment.partial) {
      joined_.reset();
    } else if (segment.closes) {
      if (Status closed = close(segment.closing); !closed.ok()) {
        return closed;
      }
    }
  }
  if (unit.stretch) {
    if (unit.members != 0) {
      facts_.streams += unit.members;
      facts_.last_check = unit.stretch->check;
    }
  }
  if (!scatter_ && !unit.payload.empty()) {
    if (Status written = sink_.write(unit.payload); !written.ok()) {
      return written;
    }
  }
  lines_ += unit.lines;
  bytes_in_ = unit.input_end;
  bytes_out_ += unit.payload.size();
  if (unit.stretch) {
    recycle(std::move(unit.stretch));
  }
  return {};
}

Status GzipDecodeJob::close(const Walker::Closing& closing) {
  const bool zlib = framing_ == Framing::kZlib;
  const bool size_fits = zlib || closing.size == static_cast<std::uint32_t>(joined_.size());
  if (closing.check != joined_.value() || !size_fits) {
    const std::string what = zlib ? "zlib: the Adler-32" : "gzip: the CRC-32 or length";
    Status status(Code::kCorrupt, what + " of member " + std::to_string(closing.member) +
                                      " does not match its content");
    return status.in_block(closing.member).at_offset(closing.offset);
  }
  ++facts_.streams;
  facts_.last_check = closing.check;
  joined_.reset();
  return {};
}

Status GzipDecodeJob::finish() {
  if (range_ && bytes_out_ != range_->end - range_->begin) {
    return {Code::kCorrupt, "the index does not fit the input: the content ends too early"};
  }
  if (!walker_.garbage().ok()) {
    facts_.warnings.push_back(walker_.garbage());
  }
  facts_.compressed = bytes_in_;
  facts_.content = bytes_out_;
  return {};
}

std::optional<SeekIndex> GzipDecodeJob::take_index() {
  if (settings_.index_spacing == 0) {
    return std::nullopt;
  }
  if (index_.points.empty()) {
    index_.points.emplace_back().context = kAtMember;
  }
  index_.format = framing_ == Framing::kZlib ? Format::kZlib : Format::kGzip;
  index_.compressed_size = input_size_.value_or(bytes_in_);
  index_.content_size = bytes_out_;
  index_.has_lines = settings_.index_lines;
  index_.lines = lines_;
  return std::move(index_);
}

}  // namespace kompakt::gzip
