/// \file
/// Members by hand, an operating system that fails on request, and one call that extracts.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/extract/member_job.hpp"
#include "archive/extract/tree_writer.hpp"
#include "archive/member_reader.hpp"
#include "archive/selection.hpp"
#include "io/system.hpp"
#include "pipeline/run.hpp"

namespace kompakt::testing {

/// A member with its content and, where it is damaged, how reading it fails.
struct Made {
  Entry entry;
  std::string content;
  Status failure;
};

inline Made file(std::string path, std::string content = "content", std::uint32_t mode = 0644) {
  Made made;
  made.entry.path = std::move(path);
  made.entry.size = content.size();
  made.entry.mode = mode;
  made.entry.modified = Entry::Time{.seconds = 1'600'000'000, .nanoseconds = 123'456'789};
  made.content = std::move(content);
  return made;
}
inline Made other(EntryType type, std::string path, std::string target = {},
                  std::uint32_t mode = 0755) {
  Made made;
  made.entry.path = std::move(path);
  made.entry.type = type;
  made.entry.link_target = std::move(target);
  made.entry.mode = mode;
  made.entry.modified = Entry::Time{.seconds = 1'500'000'000, .nanoseconds = 5};
  return made;
}
inline Made folder(std::string path, std::uint32_t mode = 0755) {
  return other(EntryType::kDirectory, std::move(path), {}, mode);
}
inline Made symlink(std::string path, std::string target) {
  return other(EntryType::kSymlink, std::move(path), std::move(target));
}
inline Made hardlink(std::string path, std::string target) {
  return other(EntryType::kHardlink, std::move(path), std::move(target));
}

/// Members one after another; `make` gives the n-th, or none at the end.
class MadeReader final : public MemberReader {
 public:
  using Make = std::function<bool(std::size_t, Made&)>;
  explicit MadeReader(Make make, Status end = {}) : make_(std::move(make)), end_(std::move(end)) {}

  Result<bool> next(Entry& entry) override {
    at_ = 0;
    if (!make_(number_++, made_)) {
      return end_.ok() ? Result<bool>(false) : Result<bool>(end_);
    }
    entry = made_.entry;
    return true;
  }
  Result<std::size_t> read(MutableByteSpan out) override {
    const std::size_t size = std::min(out.size(), made_.content.size() - at_);
    if (!made_.failure.ok() && size < out.size()) {
      return made_.failure;
    }
    std::memcpy(out.data(), made_.content.data() + at_, size);
    at_ += size;
    position_ += size;
    return size;
  }
  std::uint64_t position() const override { return position_ + (number_ * 512); }
  std::uint64_t member_position() const override { return position_; }
  const Status& damage() const override { return damage_; }
  std::string format_name() const override { return "made"; }

 private:
  Make make_;
  Made made_;
  Status end_;
  Status damage_;
  std::size_t number_ = 0;
  std::size_t at_ = 0;
  std::uint64_t position_ = 0;
};

struct Outcome {
  Status status;
  ExtractCounts counts;
  std::vector<Refusal> refusals;
  std::vector<std::string> lost;
  std::vector<std::string> warnings;
  std::vector<std::string> entries;

  /// "path: rule" of every refusal.
  [[nodiscard]] std::vector<std::string> rules() const {
    std::vector<std::string> all;
    all.reserve(refusals.size());
    for (const Refusal& refusal : refusals) {
      all.push_back(refusal.path + ": " + refusal.rule);
    }
    return all;
  }
};

inline Outcome extract(MemberReader& reader, TreeWriter& writer, unsigned threads = 2,
                       const ExtractLimits& limits = {}) {
  Outcome outcome;
  MemberFilter filter{MemberSelection{}};
  const auto job = make_member_extract_job(
      reader, writer, filter,
      {.on_entry = [&](const Entry& entry) { outcome.entries.push_back(entry.path); },
       .on_refused = [&](const Refusal& refusal) { outcome.refusals.push_back(refusal); },
       .on_lost = [&](const Entry& entry, const Status&) { outcome.lost.push_back(entry.path); },
       .on_note = [&](const Status& status) { outcome.warnings.push_back(status.to_string()); }},
      limits);
  outcome.status =
      run_job(*job, RunOptions{.threads = threads, .cancel = nullptr, .on_progress = {}});
  outcome.counts = job->counts();
  return outcome;
}

inline Outcome extract(const System& system, const TreeWriterOptions& options,
                       const std::vector<Made>& members, unsigned threads = 2,
                       const ExtractLimits& limits = {}) {
  auto writer = TreeWriter::open(system, options);
  if (!writer.ok()) {
    Outcome outcome;
    outcome.status = writer.status();
    return outcome;
  }
  MadeReader reader([&](std::size_t number, Made& made) {
    if (number < members.size()) {
      made = members[number];
    }
    return number < members.size();
  });
  return extract(reader, **writer, threads, limits);
}

/// The real system, less one call: the `nth` (from 1) and every later one fails. An empty name:
/// none fails, and calls are counted.
class FailingSystem final : public System {
 public:
  FailingSystem() = default;
  FailingSystem(std::string call, int error, std::size_t nth = 1)
      : call_(std::move(call)), error_(error), nth_(nth) {}
  /// The kernel knows no openat2.
  void refuse_open_beneath(int error) { beneath_error_ = error; }
  void refuse_unnamed_files() { unnamed_ = false; }
  /// Called before every call.
  std::function<void()> before;

  int open(int dir_fd, const char* path, int flags, mode_t mode) const override {
    if (!unnamed_ && (flags & O_TMPFILE) == O_TMPFILE) {
      return -EOPNOTSUPP;
    }
    return make("open", [&] { return System::open(dir_fd, path, flags, mode); });
  }
  int open_beneath(int dir_fd, const char* path, int flags, mode_t mode) const override {
    return beneath_error_ != 0 ? -beneath_error_ : make("open_beneath", [&] {
      return System::open_beneath(dir_fd, path, flags, mode);
    });
  }
  int close(int fd) const override {
    const int closed = System::close(fd);
    return make("close", [&] { return closed; });
  }
  ssize_t pwrite(int fd, const void* data, std::size_t size, off_t offset) const override {
    return make("pwrite", [&] { return System::pwrite(fd, data, size, offset); });
  }
  int ftruncate(int fd, off_t size) const override {
    return make("ftruncate", [&] { return System::ftruncate(fd, size); });
  }
  int fstat(int fd, struct stat* out) const override {
    return make("fstat", [&] { return System::fstat(fd, out); });
  }
  int link_descriptor(int fd, int dir_fd, const char* path) const override {
    return make("link_descriptor", [&] { return System::link_descriptor(fd, dir_fd, path); });
  }
  int rename(int dir_fd, const char* from, const char* to) const override {
    return make("rename", [&] { return System::rename(dir_fd, from, to); });
  }
  int rename_noreplace(int dir_fd, const char* from, const char* to) const override {
    return make("rename_noreplace", [&] { return System::rename_noreplace(dir_fd, from, to); });
  }
  int make_directory(int dir_fd, const char* path, mode_t mode) const override {
    return make("make_directory", [&] { return System::make_directory(dir_fd, path, mode); });
  }
  int make_symlink(const char* target, int dir_fd, const char* path) const override {
    return make("make_symlink", [&] { return System::make_symlink(target, dir_fd, path); });
  }
  int link(int from_dir, const char* from, int to_dir, const char* to) const override {
    return make("link", [&] { return System::link(from_dir, from, to_dir, to); });
  }
  int set_mode(int fd, const char* path, mode_t mode) const override {
    return make("set_mode", [&] { return System::set_mode(fd, path, mode); });
  }
  int set_times(int fd, const char* path, const struct timespec* times) const override {
    return make("set_times", [&] { return System::set_times(fd, path, times); });
  }

 private:
  template <typename Real>
  auto make(std::string_view call, Real real) const -> decltype(real()) {
    if (before) {
      before();
    }
    if (call == call_ && ++calls_ >= nth_) {
      return static_cast<decltype(real())>(-error_);
    }
    return real();
  }

  std::string call_;
  int error_ = 0;
  std::size_t nth_ = 1;
  int beneath_error_ = 0;
  bool unnamed_ = true;
  mutable std::atomic<std::size_t> calls_{0};
};

}  // namespace kompakt::testing
