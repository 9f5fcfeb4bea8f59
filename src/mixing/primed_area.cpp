#include "mixing/primed_area.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

namespace kompakt {
namespace {

/// Areas that nobody uses, the one that was let go of last in front.
class Idle {
 public:
  PrimedArea* take(const PrimedKey& key, ByteSpan known) noexcept {
    const std::lock_guard lock(mutex_);
    auto* const found = std::ranges::find_if(areas_, [&](const PrimedArea* area) {
      return area != nullptr && area->key == key && area->begins_with(known);
    });
    if (found == areas_.end()) {
      return nullptr;
    }
    PrimedArea* const area = *found;
    std::move(found + 1, areas_.end(), found);
    areas_.back() = nullptr;
    return area;
  }
  /// Returns the area that it has no room for any more, or nullptr.
  PrimedArea* put(PrimedArea* area) noexcept {
    const std::lock_guard lock(mutex_);
    std::rotate(areas_.begin(), areas_.end() - 1, areas_.end());
    return std::exchange(areas_.front(), area);
  }

 private:
  std::mutex mutex_;
  std::array<PrimedArea*, 2> areas_{};
};

// Never destroyed: threads may still let go of areas while the process ends.
Idle& idle() {
  static Idle& list = *new Idle;
  return list;
}

}  // namespace

bool PrimedArea::begins_with(ByteSpan bytes) const noexcept {
  return known.size() == bytes.size() && std::memcmp(known.data(), bytes.data(), bytes.size()) == 0;
}

void PrimedAreaDeleter::operator()(PrimedArea* area) const noexcept {
  const bool taught = area->taught.capacity() != 0;
  delete (taught ? idle().put(area) : area);
}

PrimedAreaHandle primed_area(const PrimedKey& key, ByteSpan known) {
  if (PrimedArea* const area = idle().take(key, known)) {
    return PrimedAreaHandle(area);
  }
  PrimedAreaHandle area(new PrimedArea);
  area->key = key;
  area->known.assign(known.begin(), known.end());
  return area;
}

}  // namespace kompakt
