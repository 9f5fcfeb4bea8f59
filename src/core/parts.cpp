#include "core/parts.hpp"

#include <utility>

namespace kompakt {
namespace {

thread_local PartRunner* runner_here = nullptr;

}  // namespace

void run_parts(std::size_t count, const Part& part) {
  if (runner_here != nullptr && count > 1) {
    runner_here->run(count, part);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    part(i, 0);
  }
}

unsigned part_lanes() noexcept { return runner_here == nullptr ? 1 : runner_here->lanes(); }

PartScope::PartScope(PartRunner& runner) noexcept : before_(std::exchange(runner_here, &runner)) {}
PartScope::~PartScope() { runner_here = before_; }

}  // namespace kompakt
