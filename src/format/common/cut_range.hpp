/// \file
/// Range reads by way of a job that decodes more than was asked for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/staged_job.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {

/// Passes on the bytes of [begin, end) of what is written to it and drops the others.
class CutSink final : public Sink {
 public:
  /// `start`: the offset of the first byte that is written in order.
  CutSink(Sink& inner, std::uint64_t start, std::uint64_t begin, std::uint64_t end)
      : inner_(inner), begin_(begin), end_(std::max(begin, end)), position_(start) {}
  [[nodiscard]] Status write(ByteSpan bytes) override {
    const std::uint64_t at = position_;
    position_ += bytes.size();
    const ByteSpan kept = cut(at, bytes);
    return kept.empty() ? Status() : inner_.write(kept);
  }
  [[nodiscard]] bool positional() const override { return inner_.positional(); }
  [[nodiscard]] Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    const ByteSpan kept = cut(offset, bytes);
    return kept.empty() ? Status() : inner_.write_at(std::max(offset, begin_) - begin_, kept);
  }
  [[nodiscard]] std::string_view name() const override { return inner_.name(); }

 private:
  [[nodiscard]] ByteSpan cut(std::uint64_t at, ByteSpan bytes) const {
    const std::uint64_t first = std::clamp(begin_, at, at + bytes.size());
    const std::uint64_t last = std::clamp(end_, first, at + bytes.size());
    return bytes.subspan(static_cast<std::size_t>(first - at),
                         static_cast<std::size_t>(last - first));
  }
  Sink& inner_;  // NOLINT(cppcoreguidelines-*): outlives the sink
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t position_;
};

/// A decoding job together with the CutSink that it writes to. Offsets are the inner job's.
class CutRangeJob final : public StagedJob {
 public:
  using MakeInner = std::function<Result<std::unique_ptr<StagedJob>>(Sink& sink)>;
  /// Offsets in the content: where the inner job starts, and the range.
  struct Range {
    std::uint64_t start = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  /// `make` gets the cut sink, which lives as long as the job. The inner job's progress counts
  /// content from its start on.
  [[nodiscard]] static Result<std::unique_ptr<StagedJob>> make(Sink& sink, const Range& range,
                                                               const MakeInner& make) {
    auto cut = std::make_unique<CutSink>(sink, range.start, range.begin, range.end);
    auto inner = make(*cut);
    if (!inner.ok()) {
      return inner.status();
    }
    return std::unique_ptr<StagedJob>(new CutRangeJob(std::move(cut), std::move(*inner), range));
  }

  std::uint64_t slot_bytes() const override { return inner_->slot_bytes(); }
  std::uint64_t worker_bytes() const override { return inner_->worker_bytes(); }
  std::unique_ptr<Slot> make_slot() override { return inner_->make_slot(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return inner_->make_worker(); }
  bool ordered_stages_wait() const override { return inner_->ordered_stages_wait(); }
  Result<bool> read(Slot& slot) override { return inner_->read(slot); }
  Status work(Slot& slot, Worker& worker) override { return inner_->work(slot, worker); }
  Status write(Slot& slot) override { return inner_->write(slot); }
  Status finish() override { return inner_->finish(); }
  Progress progress() const override {
    const Progress inner = inner_->progress();
    const std::uint64_t reached = range_.start + inner.bytes_out;
    return {inner.bytes_in, std::clamp(reached, range_.begin, range_.end) - range_.begin};
  }

 private:
  CutRangeJob(std::unique_ptr<CutSink> cut, std::unique_ptr<StagedJob> inner, const Range& range)
      : cut_(std::move(cut)), inner_(std::move(inner)), range_(range) {
    range_.end = std::max(range_.begin, range_.end);
  }

  std::unique_ptr<CutSink> cut_;
  std::unique_ptr<StagedJob> inner_;
  Range range_;
};

}  // namespace kompakt
