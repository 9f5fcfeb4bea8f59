#include "format/gzip/walker.hpp"

#include <algorithm>

#include "core/endian.hpp"

namespace kompakt::gzip {
namespace {

constexpr std::byte kMagic0{0x1F};
constexpr std::byte kMagic1{0x8B};

std::uint32_t load_be32(ByteSpan from) { return byte_swap(load_le<std::uint32_t>(from)); }

}  // namespace

Status Walker::fail(Code code, const char* message) const {
  Status status(code, (framing_ == Framing::kZlib ? "zlib: " : "gzip: ") + std::string(message));
  status.in_block(member_).at_offset(feed_.position() + feed_.available().size());
  return status;
}

Result<Walker::Step> Walker::run(std::span<std::uint8_t> buffer, std::size_t filled,
                                 const deflate::StopAt& stop) {
  lost_ = 0;
  for (;;) {
    if (place_ == Place::kEnd) {
      return Step{Event::kEnd, 0};
    }
    if (place_ == Place::kBody) {
      return walk_body(buffer, filled, stop);
    }
    const bool opening = place_ == Place::kHeader;
    auto event = place_ == Place::kBefore ? walk_before()
                 : opening                ? walk_header()
                                          : walk_trailer();
    if (!event.ok()) {
      return event.status();
    }
    // A member's front, once offered, leads straight into its header.
    if (*event != Event::kBefore || !offered_) {
      offered_ = *event == Event::kBefore;
      return Step{*event, 0};
    }
  }
}

// Whether `count` bytes are at hand; `waits` where they may yet come.
Result<bool> Walker::have(std::size_t count, bool& waits) {
  waits = false;
  while (feed_.available().size() < count) {
    const auto filled = feed_.fill_more();
    if (!filled.ok()) {
      return filled.status();
    }
    if (*filled != Feed::Fill::kMore) {
      waits = *filled == Feed::Fill::kWait;
      return false;
    }
  }
  return true;
}

Result<Walker::Event> Walker::walk_before() {
  bool waits = false;
  for (;;) {
    const auto one = have(1, waits);
    if (!one.ok()) {
      return one.status();
    }
    if (waits) {
      return Event::kWait;
    }
    if (!*one) {
      if (!any_) {
        return fail(Code::kTruncated, "the input is empty");
      }
      place_ = Place::kEnd;
      return Event::kEnd;
    }
    if (!any_ || feed_.available().front() != std::byte{0} || framing_ == Framing::kZlib) {
      break;
    }
    const ByteSpan bytes = feed_.available();
    const auto end = std::find_if(bytes.begin(), bytes.end(),
                                  [](std::byte byte) { return byte != std::byte{0}; });
    padded_ = true;
    feed_.consume(static_cast<std::size_t>(end - bytes.begin()));
  }
  const auto two = have(2, waits);
  if (!two.ok()) {
    return two.status();
  }
  if (waits) {
    return Event::kWait;
  }
  const ByteSpan bytes = feed_.available();
  if (any_ && framing_ == Framing::kZlib) {
    Status garbage(Code::kCorrupt, "zlib: bytes behind the end of the stream");
    return garbage.at_offset(feed_.position());
  }
  if (any_ && (!*two || bytes[0] != kMagic0 || bytes[1] != kMagic1 || padded_)) {
    garbage_ = Status(Code::kCorrupt, "trailing garbage ignored");
    garbage_.at_offset(feed_.position());
    place_ = Place::kEnd;
    return Event::kEnd;
  }
  if (!offered_ && feed_.at_reader()) {
    return Event::kBefore;
  }
  parser_ = HeaderParser(framing_);
  place_ = Place::kHeader;
  offered_ = true;
  return Event::kBefore;
}

Result<Walker::Event> Walker::walk_header() {
  while (!parser_.complete()) {
    bool waits = false;
    const auto any = have(1, waits);
    if (!any.ok()) {
      return any.status();
    }
    if (!*any) {
      return waits ? Result<Event>(Event::kWait)
                   : Result<Event>(fail(Code::kTruncated, "the input ends inside a header"));
    }
    const std::uint64_t offset = feed_.position();
    const auto used = parser_.read(feed_.available());
    if (!used.ok()) {
      return used.status().in_block(member_).at_offset(offset);
    }
    feed_.consume(*used);
  }
  header_ = parser_.fields();
  inflater_.start({.bit = feed_.position() * 8, .content = 0, .history = 0});
  history_ = 0;
  offered_ = false;
  place_ = Place::kBody;
  return Event::kOpened;
}

Result<Walker::Step> Walker::walk_body(std::span<std::uint8_t> buffer, std::size_t filled,
                                       const deflate::StopAt& relative) {
  deflate::StopAt stop = relative;
  stop.content += std::min(~stop.content, inflater_.content_offset());
  Step step;
  bool complete = false;
  for (;;) {
    // Matches may not reach back into another member's content.
    const std::size_t at = filled + step.produced;
    const std::size_t known = std::min(history_, at);
    const deflate::InflateInput input{
        .bytes = feed_.available(), .first_byte = feed_.position(), .complete = complete};
    const std::uint64_t before = inflater_.content_offset();
    const auto got =
        inflater_.run(input, {.buffer = buffer.subspan(at - known), .filled = known}, stop);
    if (!got.ok()) {
      lost_ = step.produced + static_cast<std::size_t>(inflater_.content_offset() - before);
      return got.status().in_block(member_);
    }
    step.produced += got->produced;
    history_ = std::min(history_ + got->produced, kWindow);
    const bool ends = got->halt == deflate::Halt::kEnd;
    const std::uint64_t next = (inflater_.bit_offset() + (ends ? 7 : 0)) / 8;
    feed_.consume(static_cast<std::size_t>(next - feed_.position()));
    switch (got->halt) {
      case deflate::Halt::kOutputFull:
        step.event = Event::kFull;
        return step;
      case deflate::Halt::kBoundary:
        step.event = Event::kBoundary;
        return step;
      case deflate::Halt::kEnd: {
        place_ = Place::kTrailer;
        const auto event = walk_trailer();
        if (!event.ok()) {
          lost_ = step.produced;
          return event.status();
        }
        step.event = *event;
        return step;
      }
      case deflate::Halt::kInputNeeded:
        break;
    }
    const auto filled_more = feed_.fill_more();
    if (!filled_more.ok()) {
      lost_ = step.produced;
      return filled_more.status();
    }
    if (*filled_more == Feed::Fill::kWait) {
      step.event = Event::kWait;
      return step;
    }
    complete = *filled_more == Feed::Fill::kEnd;
  }
}

Result<Walker::Event> Walker::walk_trailer() {
  const std::size_t size = framing_ == Framing::kZlib ? 4 : kTrailerSize;
  bool waits = false;
  const auto all = have(size, waits);
  if (!all.ok()) {
    return all.status();
  }
  if (!*all) {
    return waits ? Result<Event>(Event::kWait)
                 : Result<Event>(fail(Code::kTruncated, "the input ends inside a trailer"));
  }
  const ByteSpan trailer = feed_.available().first(size);
  closing_ = {.offset = feed_.position(), .member = member_};
  if (framing_ == Framing::kZlib) {
    closing_.check = load_be32(trailer);
  } else {
    closing_.check = load_le<std::uint32_t>(trailer);
    closing_.size = load_le<std::uint32_t>(trailer.subspan(4));
  }
  feed_.consume(size);
  enter_before(1);
  return Event::kClosed;
}

void Walker::enter_body(const Resume& at) {
  inflater_.start({.bit = at.bit, .content = at.content, .history = 0});
  history_ = at.history;
  place_ = Place::kBody;
}

void Walker::enter_before(std::uint64_t members) noexcept {
  member_ += members;
  any_ = true;
  padded_ = false;
  offered_ = false;
  place_ = Place::kBefore;
}

}  // namespace kompakt::gzip
