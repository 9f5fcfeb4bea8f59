#include "pipeline/member_copy.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "container/warp_decode.hpp"
#include "io/decorators.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kCopySize = std::size_t{256} << 10U;
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
/// Less than this lies in one block, or in two: threads would cost more than they bring.
constexpr std::uint64_t kWorthThreads = std::uint64_t{4} << 20U;

/// Appends several contents to one sink: the end of each is not the sink's.
class AppendingSink final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  bool positional() const override { return false; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return Sink::write_at(offset, bytes);
  }
  Status finish(std::uint64_t total) override {
    static_cast<void>(total);
    return {};
  }
};

}  // namespace

MemberCopy::MemberCopy(Sink& sink, const DecompressOptions& decode)
    : sink_(sink), decode_(decode), room_(kCopySize) {}

/// Copies `size` bytes of what `read` gives.
template <typename Read>
Status MemberCopy::copy_bytes(std::uint64_t size, Read&& read) {
  while (size != 0) {
    const auto part = MutableByteSpan(room_).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(room_.size(), size)));
    if (decode_.run.cancel != nullptr && decode_.run.cancel->cancelled()) {
      return {Code::kCancelled, "cancelled"};
    }
    const auto got = read(part);
    if (!got.ok()) {
      return got.status();
    }
    if (*got < part.size()) {
      return {Code::kTruncated, "the member ends early"};
    }
    if (Status status = sink_.write(part); !status.ok()) {
      return status;
    }
    size -= part.size();
  }
  return {};
}

/// Calls `write` for every data run, and writes zeros for what lies between and behind them.
template <typename Write>
Status MemberCopy::with_holes(const Entry& entry, Write&& write) {
  if (!entry.data_runs) {
    return write(entry.size);
  }
  std::uint64_t at = 0;
  for (const Extent& run : *entry.data_runs) {
    if (Status status = sink_.write_zeros(run.offset - at); !status.ok()) {
      return status;
    }
    if (Status status = write(run.length); !status.ok()) {
      return status;
    }
    at = run.offset + run.length;
  }
  return sink_.write_zeros(entry.size - at);
}

Status MemberCopy::copy(Source& content, std::uint64_t size) {
  if (Status status = copy_bytes(size, [&](MutableByteSpan out) { return content.read(out); });
      !status.ok()) {
    return status;
  }
  // The end is where a source has its last checks.
  std::byte behind{};
  const auto got = content.read({&behind, 1});
  return got.ok() && *got != 0 ? Status(Code::kCorrupt, "more content than the archive states")
                               : got.status();
}

Status MemberCopy::copy(MemberReader& members, const Entry& entry) {
  if (Status lost = members.lost(); !lost.ok()) {
    return lost;
  }
  return with_holes(entry, [&](std::uint64_t length) {
    return copy_bytes(length, [&](MutableByteSpan out) { return members.read(out); });
  });
}

Status MemberCopy::copy(WarpArchive& archive, const Entry& entry, std::uint64_t offset) {
  AppendingSink appending(sink_);
  RunControl control = decode_.run;
  return with_holes(entry, [&](std::uint64_t length) {
    if (length == 0) {
      return Status();
    }
    const WarpRangeOptions range{.offset = std::exchange(offset, offset + length),
                                 .length = length,
                                 // Blocks may hold more than is wanted; the sink has the bound.
                                 .limits = limits_of(control, kNoLimit),
                                 .verify_digests = decode_.verify_digests};
    control.threads = length < kWorthThreads ? 1 : decode_.run.threads;
    auto job = make_warp_range_job(archive.blocks(), appending, range);
    return job.ok() ? run_to_end(**job, control).status() : job.status();
  });
}

}  // namespace kompakt
