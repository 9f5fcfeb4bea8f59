/// \file
/// How every call works: without the GIL, and so that Ctrl-C ends it.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <memory>
#include <optional>

#include "errors.hpp"
#include "kompakt/cancel.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt::python {

/// The way back into Python from work that goes on without the GIL, on any thread. Made and
/// destroyed with the GIL.
class Hooks {
 public:
  Hooks() = default;
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;
  Hooks(Hooks&&) = delete;
  Hooks& operator=(Hooks&&) = delete;
  virtual ~Hooks() = default;

  /// What the library is asked to stop by.
  [[nodiscard]] const CancelToken& cancel() const noexcept { return cancel_; }
  virtual void stop() noexcept { cancel_.cancel(); }
  [[nodiscard]] ErrorSlot& errors() noexcept { return errors_; }

  /// Runs `callback` with the GIL, from any thread; what it raises is kept and ends the work. Does
  /// nothing once the work was stopped.
  void call_python(const std::function<void()>& callback) noexcept;

  /// Calls `progress(done, total)`, or `progress(done, None)`, unless it is None.
  void set_progress(pybind11::object progress, std::optional<std::uint64_t> total);
  [[nodiscard]] std::function<void(const Progress&)> progress_hook();
  void report(std::uint64_t done, std::optional<std::uint64_t> total) noexcept;

 private:
  CancelToken cancel_;
  ErrorSlot errors_;
  pybind11::object progress_;
  std::optional<std::uint64_t> total_;
};

/// A piece of work and all that it touches. It may outlive the call that it was made for: an
/// interrupted call does not wait for the block that a codec is in the middle of.
class Work : public Hooks {
 public:
  Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  Work(Work&&) = delete;
  Work& operator=(Work&&) = delete;
  ~Work() override;
  /// How many there are, on all threads: calls under way, and what interrupted ones left behind.
  [[nodiscard]] static unsigned count() noexcept;

  /// Without the GIL, on any thread.
  [[nodiscard]] virtual Status run() = 0;
};

/// Runs the work and raises what went wrong. On Python's main thread signals are seen to meanwhile,
/// unless the work is `brief` (some milliseconds): where a handler raises, as that of Ctrl-C does,
/// the work is stopped and the call is over at once.
void perform(const std::shared_ptr<Work>& work, bool brief);

/// Runs the work on a thread of its own, without anybody who waits for it or hears of its failure.
void perform_apart(const std::shared_ptr<Work>& work);

}  // namespace kompakt::python
