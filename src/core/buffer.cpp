#include "core/buffer.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace kompakt {
namespace {
constexpr std::size_t kHugePage = std::size_t{2} << 20U;

std::size_t rounded(std::size_t size) {
  const std::size_t unit = size >= kHugePage ? kHugePage : 4096;
  return (size + unit - 1) / unit * unit;
}
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
  if (data_ != nullptr) {
    ::munmap(data_, capacity_);
    data_ = nullptr;
    capacity_ = 0;
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
  const std::size_t wanted = rounded(size);
  // Over-reserve by one huge page and cut to a 2 MiB boundary, so that THP can back all of it.
  const std::size_t slack = wanted >= kHugePage ? kHugePage : 0;
  void* raw =
      ::mmap(nullptr, wanted + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {  // NOLINT(performance-no-int-to-ptr): the macro casts
    throw std::bad_alloc();
  }
  auto* begin = static_cast<std::byte*>(raw);
  if (slack != 0) {
    const std::size_t misalignment = reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
    const std::size_t head = misalignment == 0 ? 0 : kHugePage - misalignment;
    if (head != 0) {
      ::munmap(begin, head);
    }
    if (slack - head != 0) {
      ::munmap(begin + head + wanted, slack - head);
    }
    begin += head;
    ::madvise(begin, wanted, MADV_HUGEPAGE);
  }
  data_ = begin;
  capacity_ = wanted;
}

}  // namespace kompakt
