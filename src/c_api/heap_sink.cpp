#include "c_api/heap_sink.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>

namespace kompakt::c_api {
namespace {

constexpr std::size_t kSmallest = 256;

Status too_large() { return {Code::kLimitExceeded, "output does not fit into memory"}; }

}  // namespace

HeapSink::~HeapSink() { std::free(data_); }

Status HeapSink::grow(std::uint64_t end) {
  if (end <= size_) {
    return {};
  }
  if (end > std::numeric_limits<std::ptrdiff_t>::max()) {
    return too_large();
  }
  const auto wanted = static_cast<std::size_t>(end);
  if (wanted > capacity_) {
    const std::size_t room = std::max({wanted, capacity_ + capacity_ / 2, kSmallest});
    void* grown = std::realloc(data_, room);
    if (grown == nullptr) {
      return too_large();
    }
    data_ = static_cast<std::byte*>(grown);
    capacity_ = room;
  }
  // What lies between is written by nobody, or later.
  std::memset(data_ + size_, 0, wanted - size_);
  size_ = wanted;
  return {};
}

Status HeapSink::write_zeros(std::uint64_t count) {
  const std::unique_lock lock(mutex_);
  return count > std::numeric_limits<std::uint64_t>::max() - size_ ? too_large()
                                                                   : grow(size_ + count);
}

Status HeapSink::write_at(std::uint64_t offset, ByteSpan bytes) {
  if (bytes.empty()) {
    return {};
  }
  if (offset > std::numeric_limits<std::uint64_t>::max() - bytes.size()) {
    return too_large();
  }
  const std::uint64_t end = offset + bytes.size();
  {
    const std::shared_lock lock(mutex_);
    if (end <= size_) {
      std::memcpy(data_ + offset, bytes.data(), bytes.size());
      return {};
    }
  }
  const std::unique_lock lock(mutex_);
  if (offset > size_) {
    if (Status grown = grow(offset); !grown.ok()) {
      return grown;
    }
  }
  if (Status grown = grow(end); !grown.ok()) {
    return grown;
  }
  std::memcpy(data_ + offset, bytes.data(), bytes.size());
  return {};
}

Status HeapSink::finish(std::uint64_t total) {
  const std::unique_lock lock(mutex_);
  return grow(total);
}

kompakt_buffer HeapSink::take() noexcept {
  const std::unique_lock lock(mutex_);
  // Not NULL for nothing: programs hand it to memcpy() and its like.
  if (void* exact = std::realloc(data_, std::max<std::size_t>(size_, 1)); exact != nullptr) {
    data_ = static_cast<std::byte*>(exact);
    capacity_ = size_;
  }
  const kompakt_buffer out{.data = data_, .size = size_, .capacity = capacity_};
  data_ = nullptr;
  size_ = capacity_ = 0;
  return out;
}

}  // namespace kompakt::c_api
