#include "pipeline/byte_pipe.hpp"

#include <algorithm>
#include <utility>

namespace kompakt {
namespace {

// A side that had to wait goes on only when a fair part of the ring is ready for it: woken for
// every few bytes, the two would spend their time on waking each other.
constexpr std::size_t kWakeParts = 4;

}  // namespace

void BytePipe::close_input(Status failure) {
  {
    const std::lock_guard lock(mutex_);
    input_closed_ = true;
    failure_ = std::move(failure);
  }
  readable_.notify_all();
}

void BytePipe::close_output() {
  {
    const std::lock_guard lock(mutex_);
    output_closed_ = true;
  }
  writable_.notify_all();
}

bool BytePipe::can_write(std::size_t wanted) const {
  return output_closed_ || capacity_ - size_ >= wanted;
}

bool BytePipe::can_read(std::size_t wanted) const { return input_closed_ || size_ >= wanted; }

Status BytePipe::write(ByteSpan bytes) {
  std::unique_lock lock(mutex_);
  while (!bytes.empty()) {
    if (!output_closed_ && size_ == capacity_) {
      const std::size_t wanted =
          std::min(bytes.size(), std::max<std::size_t>(capacity_ / kWakeParts, 1));
      writer_wants_ = wanted;
      writable_.wait(lock, [&] { return can_write(wanted); });
      writer_wants_ = 0;
    }
    if (output_closed_) {
      return {Code::kCancelled, "nobody reads on"};
    }
    const std::size_t at = (begin_ + size_) % capacity_;
    const std::size_t count = std::min({bytes.size(), capacity_ - size_, capacity_ - at});
    lock.unlock();
    std::copy_n(bytes.begin(), count, room_.data() + at);
    bytes = bytes.subspan(count);
    lock.lock();
    size_ += count;
    if (reader_wants_ != 0 && can_read(reader_wants_)) {
      readable_.notify_one();
    }
  }
  return {};
}

void BytePipe::wait_for_bytes(std::unique_lock<std::mutex>& lock, std::size_t wanted) {
  reader_wants_ = wanted;
  readable_.wait(lock, [&] { return can_read(wanted); });
  reader_wants_ = 0;
}

Result<std::vector<std::byte>> BytePipe::peek(std::size_t count) {
  std::unique_lock lock(mutex_);
  wait_for_bytes(lock, count);
  if (size_ == 0 && !failure_.ok()) {
    return failure_;
  }
  std::vector<std::byte> head(std::min(count, size_));
  const std::size_t first = std::min(head.size(), capacity_ - begin_);
  std::copy_n(room_.data() + begin_, first, head.begin());
  std::copy_n(room_.data(), head.size() - first, head.begin() + static_cast<std::ptrdiff_t>(first));
  return head;
}

/// Moves what lies in one piece at the front of the ring, which holds something.
std::size_t BytePipe::take(std::unique_lock<std::mutex>& lock, MutableByteSpan out) {
  const std::size_t count = std::min({out.size(), size_, capacity_ - begin_});
  const std::size_t from = begin_;
  lock.unlock();
  std::copy_n(room_.data() + from, count, out.begin());
  lock.lock();
  begin_ = (begin_ + count) % capacity_;
  size_ -= count;
  if (writer_wants_ != 0 && can_write(writer_wants_)) {
    writable_.notify_one();
  }
  return count;
}

Result<std::size_t> BytePipe::read(MutableByteSpan out) {
  std::unique_lock lock(mutex_);
  std::size_t done = 0;
  while (done < out.size()) {
    if (!input_closed_ && size_ == 0) {
      wait_for_bytes(lock,
                     std::min(out.size() - done, std::max<std::size_t>(capacity_ / kWakeParts, 1)));
    }
    if (size_ == 0) {
      // What came before a failure is not lost with it: the next read() tells.
      return failure_.ok() || done != 0 ? Result<std::size_t>(done) : Result<std::size_t>(failure_);
    }
    done += take(lock, out.subspan(done));
  }
  return done;
}

Result<std::size_t> BytePipe::read_some(MutableByteSpan out) {
  if (out.empty()) {
    return std::size_t{0};
  }
  std::unique_lock lock(mutex_);
  if (!input_closed_ && size_ == 0) {
    wait_for_bytes(lock, 1);
  }
  if (size_ == 0) {
    return failure_.ok() ? Result<std::size_t>(std::size_t{0}) : Result<std::size_t>(failure_);
  }
  return take(lock, out);
}

}  // namespace kompakt
