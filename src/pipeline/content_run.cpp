#include "pipeline/content_run.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace kompakt {

ContentRun::ContentRun(std::uint64_t begin, std::size_t read_ahead, Decode decode)
    : position_(begin),
      decode_(std::move(decode)),
      stream_(
          [this](Sink& pipe) {
            auto result = decode_(pipe, stopped_);
            if (result.ok()) {
              produced_ = std::move(*result);
            }
            return result.status();
          },
          read_ahead) {}

Result<std::size_t> ContentRun::read_some(MutableByteSpan out) {
  if (!failure_.ok()) {
    return failure_;
  }
  if (ended_ || out.empty()) {
    return std::size_t{0};
  }
  const auto got = stream_.read_some(out);
  if (!got.ok()) {
    failure_ = got.status();
    return got;
  }
  position_ += *got;
  if (*got == 0) {
    // The pipe is closed and empty, so the thread has nothing left to do but to end.
    failure_ = stream_.stop();
    ended_ = failure_.ok();
  }
  return failure_.ok() ? got : Result<std::size_t>(failure_);
}

Result<std::size_t> ContentRun::read(MutableByteSpan out) {
  if (!failure_.ok()) {
    return failure_;
  }
  if (ended_) {
    return std::size_t{0};
  }
  const auto got = stream_.content().read(out);
  if (!got.ok()) {
    failure_ = got.status();
    return got;
  }
  position_ += *got;
  if (*got < out.size()) {
    // Why: at the end this takes the result, else the failure for the next call.
    std::byte none{};
    const auto behind = read_some({&none, 1});
    return behind.ok() || *got != 0 ? got : behind;
  }
  return got;
}

Status ContentRun::skip_to(std::uint64_t offset) {
  constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;
  std::vector<std::byte> dropped(
      static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, offset - position_)));
  while (position_ < offset) {
    const std::uint64_t left = offset - position_;
    const auto got = read_some(MutableByteSpan(dropped).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(left, dropped.size()))));
    if (!got.ok()) {
      return got.status();
    }
    if (*got == 0) {
      break;
    }
  }
  return {};
}

}  // namespace kompakt
