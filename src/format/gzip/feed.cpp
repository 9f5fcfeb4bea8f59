#include "format/gzip/feed.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kompakt::gzip {

ByteSpan Feed::available() const noexcept {
  if (own_begin_ != own_end_) {
    return own_.first(own_end_).subspan(own_begin_);
  }
  return at_reader() ? reader_.available() : ByteSpan();
}

void Feed::append(ByteSpan bytes) {
  const std::size_t kept = own_end_ - own_begin_;
  if (own_.capacity() < kept + bytes.size()) {
    Buffer larger(kept + bytes.size());
    std::copy_n(own_.data() + own_begin_, kept, larger.data());
    own_ = std::move(larger);
  } else if (own_begin_ != 0) {
    std::memmove(own_.data(), own_.data() + own_begin_, kept);
  }
  std::copy(bytes.begin(), bytes.end(), own_.data() + kept);
  own_begin_ = 0;
  own_end_ = kept + bytes.size();
}

Result<Feed::Fill> Feed::fill_more() {
  const std::uint64_t next = position_ + (own_end_ - own_begin_);
  for (const auto& stretch : parked_) {
    if (stretch->begin <= next && next < stretch->end()) {
      append(stretch->bytes().subspan(static_cast<std::size_t>(next - stretch->begin)));
      return Fill::kMore;
    }
  }
  if (lent_ != 0) {
    return Fill::kWait;
  }
  return own_begin_ == own_end_ ? fill_from_reader(reader_.available().size() + 1) : bridge();
}

Result<Feed::Fill> Feed::fill_from_reader(std::size_t count) {
  const std::size_t before = reader_.available().size();
  if (before < count) {
    if (Status filled = reader_.fill(count); !filled.ok()) {
      return filled;
    }
  }
  return reader_.available().size() >= count || reader_.available().size() > before ? Fill::kMore
                                                                                    : Fill::kEnd;
}

// What is left of a stretch is joined with copies of a few bytes of the reader's, enough for the
// decoder to come past the joint; from there on the reader's own window serves.
Result<Feed::Fill> Feed::bridge() {
  constexpr std::size_t kFirst = 4096;
  const std::size_t wanted = std::max(kFirst, bridged_ * 4);
  if (auto filled = fill_from_reader(wanted); !filled.ok()) {
    return filled;
  }
  const ByteSpan ahead = reader_.available();
  const std::size_t count = std::min(ahead.size(), wanted);
  if (count <= bridged_) {
    return Fill::kEnd;
  }
  append(ahead.first(count).subspan(bridged_));
  bridged_ = count;
  return Fill::kMore;
}

void Feed::consume(std::size_t count) noexcept {
  position_ += count;
  if (own_begin_ == own_end_) {
    reader_.consume(count);
    return;
  }
  own_begin_ += count;
  if (own_end_ - own_begin_ <= bridged_) {
    reader_.consume(bridged_ - (own_end_ - own_begin_));
    own_begin_ = own_end_ = bridged_ = 0;
  }
}

void Feed::skip_to(std::uint64_t position) noexcept {
  const std::uint64_t held = own_end_ - own_begin_;
  if (position - position_ < held) {
    consume(static_cast<std::size_t>(position - position_));
    return;
  }
  own_begin_ = own_end_ = bridged_ = 0;
  position_ = position;
  if (reader_.position() < position) {
    reader_.consume(static_cast<std::size_t>(position - reader_.position()));
  }
}

void Feed::skip_into(const Stretch& stretch, std::uint64_t position) {
  if (position >= stretch.end()) {
    skip_to(position);
    return;
  }
  own_begin_ = own_end_ = bridged_ = 0;
  position_ = position;
  append(stretch.bytes().subspan(static_cast<std::size_t>(position - stretch.begin)));
}

void Feed::put(std::unique_ptr<Stretch> stretch) {
  --lent_;
  parked_.push_back(std::move(stretch));
}

const Stretch* Feed::current() const noexcept {
  for (const auto& stretch : parked_) {
    if (stretch->begin <= position_ && position_ < stretch->end()) {
      return stretch.get();
    }
  }
  return nullptr;
}

std::unique_ptr<Stretch> Feed::take_passed() {
  return parked_.empty() || parked_.front()->end() > position_ ? nullptr : take_front();
}

std::unique_ptr<Stretch> Feed::take_front() {
  auto passed = std::move(parked_.front());
  parked_.pop_front();
  return passed;
}

}  // namespace kompakt::gzip
