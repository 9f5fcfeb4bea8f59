/// \file
/// Parts of one unit's work that may run at once. Code that has such parts holds no threads and no
/// locks: whoever runs the unit has the threads.
#pragma once

#include <cstddef>
#include <functional>

namespace kompakt {

/// One part: its number, and its lane. Of parts that run at the same time no two have the same
/// lane, so that what is kept by lane (coders, buffers) needs no lock.
using Part = std::function<void(std::size_t index, unsigned lane)>;

/// Calls part() for every index below `count`, each lane in rising order, and returns when all have
/// returned. Where the engine that runs the calling thread's unit has idle threads they take parts
/// too; elsewhere all run in lane 0. What a part throws is thrown then, and of the parts that had
/// not begun some may be left out.
void run_parts(std::size_t count, const Part& part);
/// Lanes that run_parts() may use here: numbers below this.
[[nodiscard]] unsigned part_lanes() noexcept;

/// Who runs the parts.
class PartRunner {
 public:
  PartRunner() = default;
  PartRunner(const PartRunner&) = delete;
  PartRunner& operator=(const PartRunner&) = delete;
  PartRunner(PartRunner&&) = delete;
  PartRunner& operator=(PartRunner&&) = delete;

  virtual void run(std::size_t count, const Part& part) = 0;
  [[nodiscard]] virtual unsigned lanes() const noexcept = 0;

 protected:
  ~PartRunner() = default;
};

/// While one lives, run_parts() of this thread goes to `runner`.
class PartScope {
 public:
  explicit PartScope(PartRunner& runner) noexcept;
  PartScope(const PartScope&) = delete;
  PartScope& operator=(const PartScope&) = delete;
  PartScope(PartScope&&) = delete;
  PartScope& operator=(PartScope&&) = delete;
  ~PartScope();

 private:
  PartRunner* before_;
};

}  // namespace kompakt
