#include "pipeline/byte_pipe.hpp"

#include <algorithm>
#include <utility>

namespace kompakt {

void BytePipe::close_input(Status failure) {
  {
    const std::lock_guard lock(mutex_);
    input_closed_ = true;
    failure_ = std::move(failure);
  }
  changed_.notify_all();
}

void BytePipe::close_output() {
  {
    const std::lock_guard lock(mutex_);
    output_closed_ = true;
  }
  changed_.notify_all();
}

Status BytePipe::write(ByteSpan bytes) {
  std::unique_lock lock(mutex_);
  while (!bytes.empty()) {
    changed_.wait(lock, [this] { return output_closed_ || size_ < capacity_; });
    if (output_closed_) {
      return {Code::kCancelled, "nobody reads on"};
    }
    const std::size_t at = (begin_ + size_) % capacity_;
    const std::size_t count = std::min({bytes.size(), capacity_ - size_, capacity_ - at});
    std::copy_n(bytes.begin(), count, room_.data() + at);
    bytes = bytes.subspan(count);
    size_ += count;
    changed_.notify_all();
  }
  return {};
}

Result<std::size_t> BytePipe::read(MutableByteSpan out) {
  std::unique_lock lock(mutex_);
  std::size_t done = 0;
  while (done < out.size()) {
    changed_.wait(lock, [this] { return input_closed_ || size_ != 0; });
    if (size_ == 0) {
      return failure_.ok() ? Result<std::size_t>(done) : Result<std::size_t>(failure_);
    }
    const std::size_t count = std::min({out.size() - done, size_, capacity_ - begin_});
    std::copy_n(room_.data() + begin_, count, out.begin() + static_cast<std::ptrdiff_t>(done));
    begin_ = (begin_ + count) % capacity_;
    size_ -= count;
    done += count;
    changed_.notify_all();
  }
  return done;
}

}  // namespace kompakt
