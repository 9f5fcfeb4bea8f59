#include "codec/recycler.hpp"

#include <cstdlib>
#include <utility>

namespace kompakt {

struct alignas(std::max_align_t) Recycler::Block {
  std::size_t size;
  Block* next;
};

namespace {
// The libraries served here make fewer than twenty allocations for an object. More idle blocks than
// this means that sizes change from block to block and keeping them would only pile up memory.
constexpr std::size_t kMaxIdle = 32;
}  // namespace

Recycler::Block* Recycler::take_idle(std::size_t size) noexcept {
  Block** best = nullptr;
  for (Block** link = &idle_; *link != nullptr; link = &(*link)->next) {
    // A block of more than twice the size stays for a request that needs it.
    const std::size_t have = (*link)->size;
    if (have >= size && have / 2 <= size && (best == nullptr || have < (*best)->size)) {
      best = link;
    }
  }
  if (best == nullptr) {
    return nullptr;
  }
  --idle_count_;
  Block* found = *best;
  *best = found->next;
  return found;
}

void* Recycler::allocate(std::size_t size) noexcept {
  Block* block = take_idle(size);
  if (block == nullptr) {
    const auto fits = [&] {
      const std::uint64_t room = limit_ - held_;
      return room >= sizeof(Block) && size <= room - sizeof(Block);
    };
    if (!fits()) {
      drop_idle();
    }
    if (!fits() || (block = static_cast<Block*>(std::malloc(sizeof(Block) + size))) == nullptr) {
      refused_ = true;
      return nullptr;
    }
    block->size = size;
    held_ += sizeof(Block) + size;
  }
  return block + 1;
}

void Recycler::release(void* pointer) noexcept {
  if (pointer == nullptr) {
    return;
  }
  if (idle_count_ >= kMaxIdle) {
    drop_idle();
  }
  Block* block = static_cast<Block*>(pointer) - 1;
  block->next = std::exchange(idle_, block);
  ++idle_count_;
}

bool Recycler::take_refusal() noexcept { return std::exchange(refused_, false); }

void Recycler::drop_idle() noexcept {
  while (idle_ != nullptr) {
    Block* block = std::exchange(idle_, idle_->next);
    held_ -= sizeof(Block) + block->size;
    std::free(block);
  }
  idle_count_ = 0;
}

}  // namespace kompakt
