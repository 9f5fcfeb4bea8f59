#include "pipeline/content_stream.hpp"

#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace kompakt {
namespace {

constexpr std::size_t kDrainSize = std::size_t{256} << 10U;

}  // namespace

ContentStream::ContentStream(std::function<Status(Sink&)> produce, std::size_t pipe_size)
    : pipe_(pipe_size), thread_([this, call = std::move(produce)] {
        try {
          produced_ = call(pipe_.input());
        } catch (const std::bad_alloc&) {
          produced_ = Status(Code::kLimitExceeded, "out of memory");
        } catch (const std::exception& error) {
          produced_ = Status(Code::kInternal, std::string("unexpected failure: ") + error.what());
        }
        pipe_.close_input(*produced_);
      }) {}

ContentStream::~ContentStream() { static_cast<void>(stop()); }

Status ContentStream::stop() {
  if (thread_.joinable()) {
    pipe_.close_output();
    thread_.join();
  }
  return *produced_;
}

Status ContentStream::drain() {
  if (thread_.joinable()) {
    std::vector<std::byte> rest(kDrainSize);
    for (;;) {
      const auto got = pipe_.output().read(rest);
      if (!got.ok() || *got < rest.size()) {
        break;
      }
    }
    thread_.join();
  }
  return *produced_;
}

}  // namespace kompakt
