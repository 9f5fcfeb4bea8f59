#include "core/huge_pages.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace kompakt {
namespace {
constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20U;
// Less is not worth splitting a mapping for.
constexpr std::uintptr_t kWorth = 2 * kHugePage;
}  // namespace

void prefer_huge_pages(void* data, std::size_t size) noexcept {
  // Whole huge pages only: what lies beside the memory belongs to somebody else.
  const auto at = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t skip = (kHugePage - at % kHugePage) % kHugePage;
  const std::uintptr_t whole = size > skip ? (size - skip) / kHugePage * kHugePage : 0;
  if (whole >= kWorth) {
    ::madvise(static_cast<std::byte*>(data) + skip, whole, MADV_HUGEPAGE);
  }
}

}  // namespace kompakt
