#include "core/buffer.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace kompakt {
namespace {
constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{2} << 20U;

std::size_t rounded(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

// What is smaller comes from the heap, whose pages are there already: calls on a kilobyte would
// spend most of their time in the kernel otherwise.
bool worth_mapping(std::size_t capacity) { return capacity >= kHugePage; }
}  // namespace

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

Buffer::~Buffer() { release(); }

void Buffer::release() noexcept {
  if (data_ != nullptr && worth_mapping(capacity_)) {
    ::munmap(data_, capacity_);
  } else {
    std::free(data_);  // NOLINT(cppcoreguidelines-no-malloc): what new gives would be cleared
  }
  data_ = nullptr;
  capacity_ = 0;
}

void Buffer::shrink(std::size_t size) noexcept {
  const std::size_t kept = std::max(rounded(size, kPage), kHugePage);
  if (kept < capacity_) {
    ::munmap(data_ + kept, capacity_ - kept);
    capacity_ = kept;
  }
}

void Buffer::resize_discard(std::size_t size) {
  if (size <= capacity_) {
    return;
  }
  release();
  if (size > (std::size_t{1} << 46U)) {
    throw std::bad_alloc();
  }
  const std::size_t paged = rounded(size, kPage);
  if (!worth_mapping(paged)) {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc)
    data_ = static_cast<std::byte*>(std::aligned_alloc(kBufferAlignment, paged));
    if (data_ == nullptr) {
      throw std::bad_alloc();
    }
    capacity_ = paged;
    return;
  }
  const std::size_t wanted = rounded(size, kHugePage);
  // Over-reserve by one huge page and cut to a 2 MiB boundary, so that THP can back all of it.
  constexpr std::size_t kSlack = kHugePage;
  void* raw =
      ::mmap(nullptr, wanted + kSlack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {  // NOLINT(performance-no-int-to-ptr): the macro casts
    throw std::bad_alloc();
  }
  auto* begin = static_cast<std::byte*>(raw);
  const std::size_t misalignment = reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
  const std::size_t head = misalignment == 0 ? 0 : kHugePage - misalignment;
  if (head != 0) {
    ::munmap(begin, head);
  }
  if (kSlack - head != 0) {
    ::munmap(begin + head + wanted, kSlack - head);
  }
  begin += head;
  ::madvise(begin, wanted, MADV_HUGEPAGE);
  data_ = begin;
  capacity_ = wanted;
}

}  // namespace kompakt
