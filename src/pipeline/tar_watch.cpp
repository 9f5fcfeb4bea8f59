#include "pipeline/tar_watch.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "archive/tar/tar_reader.hpp"
#include "pipeline/byte_pipe.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kHeader = 512;
constexpr std::size_t kPipeSize = std::size_t{4} << 20U;
constexpr std::size_t kZeros = std::size_t{64} << 10U;

/// Members up to the end of the archive.
Status read_members(Source& source, MemberTable& table) {
  const auto members = open_tar_reader(source);
  if (!members.ok()) {
    return members.status();
  }
  Entry entry;
  for (;;) {
    const auto more = (*members)->next(entry);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      return (*members)->damage();
    }
    if (Status lost = (*members)->lost(); !lost.ok()) {
      return lost;
    }
    table.rows.push_back({(*members)->member_position(), entry});
  }
}

}  // namespace

class TarWatch::Reading {
 public:
  Reading() : pipe_(kPipeSize), thread_([this] { run(); }) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  Reading(Reading&&) = delete;
  Reading& operator=(Reading&&) = delete;
  ~Reading() { end({Code::kCancelled, "stopped"}); }

  /// False when nobody listens any more: behind the end of the archive, or after damage.
  bool write(ByteSpan bytes) { return pipe_.input().write(bytes).ok(); }
  void end(const Status& status) {
    if (thread_.joinable()) {
      pipe_.close_input(status);
      thread_.join();
    }
  }
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  [[nodiscard]] MemberTable& table() noexcept { return table_; }

 private:
  void run() {
    try {
      status_ = read_members(pipe_.output(), table_);
    } catch (const std::exception& error) {
      status_ = Status(Code::kLimitExceeded, std::string("no table: ") + error.what());
    }
    pipe_.close_output();
  }

  BytePipe pipe_;
  MemberTable table_;  // the thread's, until it has ended
  Status status_;
  std::thread thread_;
};

TarWatch::TarWatch(Sink& inner) : ForwardingSink(inner) {}
TarWatch::~TarWatch() = default;

void TarWatch::watch(ByteSpan bytes) {
  if (!told_) {
    const std::size_t wanted = std::min(bytes.size(), kHeader - head_.size());
    head_.insert(head_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(wanted));
    bytes = bytes.subspan(wanted);
    if (head_.size() < kHeader) {
      return;
    }
    told_ = true;
    if (looks_like_tar(head_)) {
      reading_ = std::make_unique<Reading>();
      static_cast<void>(reading_->write(head_));
    }
  }
  if (reading_ && !bytes.empty()) {
    static_cast<void>(reading_->write(bytes));
  }
}

Status TarWatch::write(ByteSpan bytes) {
  Status status = inner_.write(bytes);
  if (status.ok()) {
    watch(bytes);
  }
  return status;
}

Status TarWatch::write_zeros(std::uint64_t count) {
  if (Status status = inner_.write_zeros(count); !status.ok()) {
    return status;
  }
  static constexpr std::array<std::byte, kZeros> kNothing{};
  while (count != 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, kZeros));
    watch(ByteSpan(kNothing).first(piece));
    count -= piece;
  }
  return {};
}

std::optional<MemberTable> TarWatch::take() {
  if (!reading_) {
    return std::nullopt;
  }
  reading_->end({});
  return reading_->status().ok() ? std::optional(std::move(reading_->table())) : std::nullopt;
}

}  // namespace kompakt
