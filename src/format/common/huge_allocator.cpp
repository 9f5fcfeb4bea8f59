#include "format/common/huge_allocator.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace kompakt {
namespace {
// Below this a block cannot fill one huge page.
constexpr std::size_t kLarge = std::size_t{2} << 20U;
}  // namespace

void* HugeAllocator::allocate(std::size_t size) noexcept {
  if (size < kLarge) {
    return std::malloc(size);
  }
  Block* best = nullptr;
  for (Block& block : blocks_) {
    const std::size_t have = block.memory.capacity();
    // A block of more than twice the size stays for a request that needs it.
    if (!block.used && have >= size && have / 2 <= size &&
        (best == nullptr || have < best->memory.capacity())) {
      best = &block;
    }
  }
  if (best != nullptr) {
    best->used = true;
    return best->memory.data();
  }
  // Sizes change: what lies idle would only pile up.
  std::erase_if(blocks_, [](const Block& block) { return !block.used; });
  try {
    blocks_.push_back({Buffer(size), true});
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  return blocks_.back().memory.data();
}

void HugeAllocator::release(void* pointer) noexcept {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(), [pointer](Block& block) {
    return block.used && block.memory.data() == pointer;
  });
  if (found == blocks_.end()) {
    std::free(pointer);
  } else {
    found->used = false;
  }
}

}  // namespace kompakt
