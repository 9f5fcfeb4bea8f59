/// \file
/// Sources and sinks that watch or bound another one. The wrapped object must outlive the wrapper.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checksum/hasher.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Passes everything on to another source; the base of the source decorators.
class ForwardingSource : public Source {
 public:
  explicit ForwardingSource(Source& inner) : inner_(inner) {}
  Result<std::size_t> read(MutableByteSpan out) override { return inner_.read(out); }
  std::optional<std::uint64_t> size() const override { return inner_.size(); }
  bool random_access() const override { return inner_.random_access(); }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return inner_.read_at(offset, out);
  }
  void will_need(std::uint64_t offset, std::uint64_t length) const override {
    inner_.will_need(offset, length);
  }
  Result<Extent> extent_at(std::uint64_t offset) const override { return inner_.extent_at(offset); }
  std::string_view name() const override { return inner_.name(); }

 protected:
  Source& inner_;  // see the file comment
};

/// Counts the bytes read, in order or at any offset.
class CountingSource final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(MutableByteSpan out) override { return count(inner_.read(out)); }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return count(inner_.read_at(offset, out));
  }
  /// Bytes delivered so far.
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }

 private:
  Result<std::size_t> count(Result<std::size_t> got) const {
    if (got.ok()) {
      bytes_.fetch_add(*got, std::memory_order_relaxed);
    }
    return got;
  }
  mutable std::atomic<std::uint64_t> bytes_{0};
};

/// Hashes what is read in order. Without random access, so that nothing slips past the hash.
class HashingSource final : public ForwardingSource {
 public:
  HashingSource(Source& inner, HashId hash) : ForwardingSource(inner), hasher_(make_hasher(hash)) {}
  bool random_access() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return Source::read_at(offset, out);
  }
  Result<std::size_t> read(MutableByteSpan out) override {
    auto got = inner_.read(out);
    if (got.ok()) {
      hasher_->update(out.first(*got));
    }
    return got;
  }
  [[nodiscard]] Digest digest() { return hasher_->finish(); }

 private:
  std::unique_ptr<Hasher> hasher_;
};

/// Fails with kLimitExceeded when more than `limit` bytes are read in order.
class LimitingSource final : public ForwardingSource {
 public:
  LimitingSource(Source& inner, std::uint64_t limit) : ForwardingSource(inner), left_(limit) {}
  bool random_access() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return Source::read_at(offset, out);
  }
  Result<std::size_t> read(MutableByteSpan out) override {
    auto got = inner_.read(out);
    if (got.ok() && *got > left_) {
      return Status(Code::kLimitExceeded, "input is longer than allowed").in_file(name());
    }
    if (got.ok()) {
      left_ -= *got;
    }
    return got;
  }

 private:
  std::uint64_t left_;
};

/// Gives back bytes that were read ahead to look at them, then the rest of the inner source.
class PeekedSource final : public ForwardingSource {
 public:
  PeekedSource(Source& inner, std::vector<std::byte> head)
      : ForwardingSource(inner), head_(std::move(head)) {}
  bool random_access() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return Source::read_at(offset, out);
  }
  Result<std::size_t> read(MutableByteSpan out) override {
    const std::size_t from_head = std::min(out.size(), head_.size() - taken_);
    if (from_head != 0) {
      std::memcpy(out.data(), head_.data() + taken_, from_head);
      taken_ += from_head;
    }
    if (from_head == out.size()) {
      return from_head;
    }
    auto got = inner_.read(out.subspan(from_head));
    return got.ok() ? Result<std::size_t>(from_head + *got) : got;
  }

 private:
  std::vector<std::byte> head_;
  std::size_t taken_ = 0;
};

/// Passes everything on to another sink; the base of the sink decorators.
class ForwardingSink : public Sink {
 public:
  explicit ForwardingSink(Sink& inner) : inner_(inner) {}
  Status write(ByteSpan bytes) override { return inner_.write(bytes); }
  Status write_zeros(std::uint64_t count) override { return inner_.write_zeros(count); }
  bool positional() const override { return inner_.positional(); }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return inner_.write_at(offset, bytes);
  }
  Status finish(std::uint64_t total) override { return inner_.finish(total); }
  std::string_view name() const override { return inner_.name(); }

 protected:
  Sink& inner_;  // see the file comment
};

/// Counts the bytes written, in order or at any offset.
class CountingSink final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  Status write(ByteSpan bytes) override { return count(bytes.size(), inner_.write(bytes)); }
  Status write_zeros(std::uint64_t zeros) override {
    return count(zeros, inner_.write_zeros(zeros));
  }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return count(bytes.size(), inner_.write_at(offset, bytes));
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }

 private:
  Status count(std::uint64_t bytes, Status status) {
    if (status.ok()) {
      bytes_.fetch_add(bytes, std::memory_order_relaxed);
    }
    return status;
  }
  std::atomic<std::uint64_t> bytes_{0};
};

/// Hashes what is written in order. Not positional, so that the order is the content's.
class HashingSink final : public ForwardingSink {
 public:
  HashingSink(Sink& inner, HashId hash) : ForwardingSink(inner), hasher_(make_hasher(hash)) {}
  bool positional() const override { return false; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return Sink::write_at(offset, bytes);
  }
  Status write_zeros(std::uint64_t count) override { return Sink::write_zeros(count); }
  Status write(ByteSpan bytes) override {
    hasher_->update(bytes);
    return inner_.write(bytes);
  }
  [[nodiscard]] Digest digest() { return hasher_->finish(); }

 private:
  std::unique_ptr<Hasher> hasher_;
};

/// Fails with kLimitExceeded before the output grows beyond `limit` bytes.
class LimitingSink final : public ForwardingSink {
 public:
  LimitingSink(Sink& inner, std::uint64_t limit) : ForwardingSink(inner), limit_(limit) {}
  Status write(ByteSpan bytes) override {
    Status allowed = advance(bytes.size());
    return allowed.ok() ? inner_.write(bytes) : allowed;
  }
  Status write_zeros(std::uint64_t count) override {
    Status allowed = advance(count);
    return allowed.ok() ? inner_.write_zeros(count) : allowed;
  }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    Status allowed = allow(offset, bytes.size());
    return allowed.ok() ? inner_.write_at(offset, bytes) : allowed;
  }
  Status finish(std::uint64_t total) override {
    Status allowed = allow(total, 0);
    return allowed.ok() ? inner_.finish(total) : allowed;
  }

 private:
  Status allow(std::uint64_t offset, std::uint64_t count) const {
    if (offset > limit_ || count > limit_ - offset) {
      return Status(Code::kLimitExceeded,
                    "output is larger than the limit of " + std::to_string(limit_) + " bytes")
          .in_file(name());
    }
    return {};
  }
  // Moves on only within the limit, so that position_ cannot wrap around and let later writes in.
  Status advance(std::uint64_t count) {
    Status allowed = allow(position_, count);
    position_ += allowed.ok() ? count : 0;
    return allowed;
  }
  std::uint64_t limit_;
  std::uint64_t position_ = 0;
};

/// Calls back after every ordered write with the bytes written so far.
class ProgressSink final : public ForwardingSink {
 public:
  ProgressSink(Sink& inner, std::function<void(std::uint64_t)> report)
      : ForwardingSink(inner), report_(std::move(report)) {}
  bool positional() const override { return false; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return Sink::write_at(offset, bytes);
  }
  Status write(ByteSpan bytes) override {
    Status status = inner_.write(bytes);
    advance(status, bytes.size());
    return status;
  }
  Status write_zeros(std::uint64_t count) override {
    Status status = inner_.write_zeros(count);
    advance(status, count);
    return status;
  }

 private:
  void advance(const Status& status, std::uint64_t count) {
    if (status.ok()) {
      written_ += count;
      report_(written_);
    }
  }
  std::function<void(std::uint64_t)> report_;
  std::uint64_t written_ = 0;
};

}  // namespace kompakt
