/// \file
/// An allocator for C libraries that cannot reset their objects: what they free is kept and handed
/// out again for the next block, and a ceiling holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace kompakt {

/// Serves allocations of one library object at a time; used by one thread at a time. Must outlive
/// every block that it gave out.
class Recycler {
 public:
  /// At most `limit` bytes are held at once, counting the ones kept for reuse.
  explicit Recycler(std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) noexcept
      : limit_(limit) {}
  Recycler(const Recycler&) = delete;
  Recycler& operator=(const Recycler&) = delete;
  Recycler(Recycler&&) = delete;
  Recycler& operator=(Recycler&&) = delete;
  ~Recycler() { drop_idle(); }

  /// nullptr beyond the limit or out of memory. Aligned for any type; content is indeterminate.
  [[nodiscard]] void* allocate(std::size_t size) noexcept;
  /// Takes back what allocate() gave; nullptr is ignored.
  void release(void* pointer) noexcept;
  /// True when allocate() has refused since the last call: tells a reached limit from bad data.
  [[nodiscard]] bool take_refusal() noexcept;
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }

 private:
  struct Block;
  void drop_idle() noexcept;
  Block* take_idle(std::size_t size) noexcept;

  std::uint64_t limit_;
  std::uint64_t held_ = 0;
  std::size_t idle_count_ = 0;
  Block* idle_ = nullptr;
  bool refused_ = false;
};

}  // namespace kompakt
