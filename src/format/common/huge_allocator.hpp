/// \file
/// Memory for C libraries whose large tables are read and written at random.
#pragma once

#include <cstddef>
#include <vector>

#include "core/buffer.hpp"

namespace kompakt {

/// Puts large blocks on huge pages, which spares match finders and windows most of their address
/// translations, and keeps what is released for the next request of about the same size. Used by
/// one thread at a time; must outlive what it gave out.
class HugeAllocator {
 public:
  HugeAllocator() = default;
  HugeAllocator(const HugeAllocator&) = delete;
  HugeAllocator& operator=(const HugeAllocator&) = delete;
  HugeAllocator(HugeAllocator&&) = delete;
  HugeAllocator& operator=(HugeAllocator&&) = delete;
  ~HugeAllocator() = default;

  /// nullptr where there is no memory. Content is indeterminate.
  [[nodiscard]] void* allocate(std::size_t size) noexcept;
  /// Takes back what allocate() gave; nullptr is ignored.
  void release(void* pointer) noexcept;

 private:
  struct Block {
    Buffer memory;
    bool used = false;
  };
  std::vector<Block> blocks_;  // the large ones: a handful
};

}  // namespace kompakt
