#include "archive/tar/tar_input.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace kompakt::tar {
namespace {

constexpr std::size_t kBufferSize = 128 * kKiB;
// Enough for the headers of a few small members; the price of reading it for nothing is small.
constexpr std::size_t kRefillAfterSkip = 8 * kKiB;
// From here on content goes to the caller's memory without passing through the buffer.
constexpr std::size_t kDirectSize = 32 * kKiB;

}  // namespace

TarInput::TarInput(Source& source, std::uint64_t offset)
    : source_(source),
      buffer_(kBufferSize),
      position_(offset),
      refill_size_(kBufferSize),
      random_access_(source.random_access()) {}

Result<std::size_t> TarInput::read_source(MutableByteSpan out) {
  if (!failure_.ok()) {
    return failure_;
  }
  auto got = random_access_ ? source_.read_at(position_, out) : source_.read(out);
  if (!got.ok()) {
    failure_ = got.status();
    return got;
  }
  position_ += *got;
  return got;
}

Status TarInput::refill() {
  const std::size_t left = end_ - at_;
  std::memmove(buffer_.data(), buffer_.data() + at_, left);
  at_ = 0;
  end_ = left;
  const auto got = read_source(
      MutableByteSpan(buffer_).subspan(left, std::min(refill_size_, kBufferSize - left)));
  if (!got.ok()) {
    return got.status();
  }
  refill_size_ = std::min(2 * refill_size_, kBufferSize);
  end_ += *got;
  return {};
}

Result<ByteSpan> TarInput::peek(std::size_t count) {
  if (end_ - at_ < count) {
    if (Status status = refill(); !status.ok()) {
      return status;
    }
  }
  return ByteSpan(buffer_).subspan(at_, std::min(count, end_ - at_));
}

Result<std::size_t> TarInput::read(MutableByteSpan out) {
  std::size_t done = std::min(out.size(), end_ - at_);
  if (done != 0) {
    std::memcpy(out.data(), buffer_.data() + at_, done);
    at_ += done;
  }
  while (done < out.size()) {
    const MutableByteSpan rest = out.subspan(done);
    if (rest.size() >= kDirectSize) {
      auto got = read_source(rest);
      if (!got.ok()) {
        return got;
      }
      return done + *got;
    }
    if (Status status = refill(); !status.ok()) {
      return status;
    }
    if (end_ == 0) {
      break;
    }
    const std::size_t count = std::min(rest.size(), end_ - at_);
    std::memcpy(rest.data(), buffer_.data() + at_, count);
    at_ += count;
    done += count;
  }
  return done;
}

Result<std::uint64_t> TarInput::skip(std::uint64_t count) {
  const std::uint64_t held = std::min<std::uint64_t>(count, end_ - at_);
  at_ += static_cast<std::size_t>(held);
  std::uint64_t done = held;
  if (done == count) {
    return done;
  }
  if (random_access_) {
    const std::uint64_t size = source_.size().value_or(std::numeric_limits<std::uint64_t>::max());
    const std::uint64_t step = std::min(count - done, size - std::min(size, position_));
    position_ += step;
    refill_size_ = kRefillAfterSkip;
    return done + step;
  }
  while (done < count) {
    if (Status status = refill(); !status.ok()) {
      return status;
    }
    if (end_ == 0) {
      break;
    }
    const std::uint64_t step = std::min<std::uint64_t>(count - done, end_ - at_);
    at_ += static_cast<std::size_t>(step);
    done += step;
  }
  return done;
}

}  // namespace kompakt::tar
