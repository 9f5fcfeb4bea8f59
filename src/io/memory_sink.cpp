// Sinks over memory: a vector that grows, and a span of the caller's.
#include <cstring>
#include <exception>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "core/checked.hpp"
#include "io/written_ranges.hpp"
#include "kompakt/memory.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {
namespace {

class MemorySink final : public Sink {
 public:
  explicit MemorySink(std::vector<std::byte>& out) : out_(out), base_(out.size()) {}

  Status write(ByteSpan bytes) override { return append(bytes); }
  Status write_zeros(std::uint64_t count) override { return grow(out_.size() - base_, count); }
  bool positional() const override { return true; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    {
      const std::unique_lock lock(mutex_);
      if (Status grown = grow(offset, bytes.size()); !grown.ok()) {
        return grown;
      }
    }
    // Copying is what takes time; only growing has to be alone.
    const std::shared_lock lock(mutex_);
    if (!bytes.empty()) {
      std::memcpy(out_.data() + base_ + offset, bytes.data(), bytes.size());
    }
    return {};
  }
  Status finish(std::uint64_t total) override { return grow(total, 0); }

 private:
  static Status too_large() { return {Code::kLimitExceeded, "output does not fit into memory"}; }

  Status append(ByteSpan bytes) {
    try {
      out_.insert(out_.end(), bytes.begin(), bytes.end());
    } catch (const std::exception&) {
      return too_large();
    }
    return {};
  }

  // Makes room for `count` bytes at `offset` of what this sink has written. Sizes come off the
  // wire, so one that no vector can take is an answer, not a crash.
  Status grow(std::uint64_t offset, std::uint64_t count) {
    const auto content = checked_add(offset, count);
    const auto end = content ? checked_add<std::uint64_t>(base_, *content) : std::nullopt;
    if (!end || *end > out_.max_size()) {
      return too_large();
    }
    if (*end > out_.size()) {
      try {
        out_.resize(static_cast<std::size_t>(*end));
      } catch (const std::exception&) {
        return too_large();
      }
    }
    return {};
  }

  std::vector<std::byte>& out_;  // the caller keeps it alive
  std::size_t base_;             // what was there before; offsets count from here
  std::shared_mutex mutex_;      // growing moves the vector under other threads' copies
};

/// Nothing in the span is known to be zero, so what was written is kept track of, and the rest
/// cleared at the end.
class SpanSink final : public Sink {
 public:
  SpanSink(MutableByteSpan out, std::size_t* written) : out_(out), written_(written) { tell(0); }

  Status write(ByteSpan bytes) override {
    Status put = place(position_, bytes);
    if (put.ok()) {
      advance(bytes.size());
    }
    return put;
  }
  Status write_zeros(std::uint64_t count) override {
    if (!fits(position_, count)) {
      return too_small();
    }
    if (count != 0) {
      std::memset(out_.data() + position_, 0, static_cast<std::size_t>(count));
    }
    advance(static_cast<std::size_t>(count));
    return {};
  }
  bool positional() const override { return true; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    Status put = place(offset, bytes);
    if (put.ok()) {
      const std::lock_guard lock(mutex_);
      ranges_.add(offset, bytes.size());
    }
    return put;
  }
  Status finish(std::uint64_t total) override {
    if (!fits(total, 0)) {
      return too_small();
    }
    ranges_.add(0, position_);
    std::uint64_t from = 0;
    for (const auto& [begin, end] : ranges_.ranges()) {
      clear(from, std::min(begin, total));
      from = end;
    }
    clear(from, total);
    tell(static_cast<std::size_t>(total));
    return {};
  }

 private:
  [[nodiscard]] bool fits(std::uint64_t offset, std::uint64_t count) const {
    return offset <= out_.size() && count <= out_.size() - offset;
  }
  [[nodiscard]] Status too_small() const {
    return {Code::kLimitExceeded, "output is larger than the " + std::to_string(out_.size()) +
                                      " bytes of memory that are there for it"};
  }
  Status place(std::uint64_t offset, ByteSpan bytes) {
    if (!fits(offset, bytes.size())) {
      return too_small();
    }
    if (!bytes.empty()) {
      std::memcpy(out_.data() + offset, bytes.data(), bytes.size());
    }
    return {};
  }
  void clear(std::uint64_t from, std::uint64_t to) {
    if (from < to) {
      std::memset(out_.data() + from, 0, static_cast<std::size_t>(to - from));
    }
  }
  void advance(std::size_t count) {
    position_ += count;
    tell(position_);
  }
  void tell(std::size_t count) {
    if (written_ != nullptr) {
      *written_ = count;
    }
  }

  MutableByteSpan out_;
  std::size_t* written_;  // nullptr, or the caller's
  std::size_t position_ = 0;
  std::mutex mutex_;
  WrittenRanges ranges_;  // guarded by mutex_ until finish()
};

}  // namespace

std::unique_ptr<Sink> memory_sink(std::vector<std::byte>& out) {
  return std::make_unique<MemorySink>(out);
}

std::unique_ptr<Sink> span_sink(MutableByteSpan out, std::size_t* written) {
  return std::make_unique<SpanSink>(out, written);
}

}  // namespace kompakt
