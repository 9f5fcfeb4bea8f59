// A regular file that somebody else opened, as the shell does for `> file`.
#include <fcntl.h>

#include <mutex>
#include <utility>

#include "io/file.hpp"
#include "io/written_ranges.hpp"

namespace kompakt {
namespace {

/// Writes by position from where the descriptor stands, and leaves the descriptor behind the
/// content, so that whoever writes next continues there. What an operation that fails leaves is
/// the content without gaps up to some point, as ordered writes would.
class SharedFileSink final : public Sink {
 public:
  SharedFileSink(const System& system, int fd, std::string name, off_t base)
      : system_(system),
        fd_(fd),
        base_(base),
        inner_(make_descriptor_sink(system, fd, std::move(name), SinkAccess::kPositional)) {}
  SharedFileSink(const SharedFileSink&) = delete;
  SharedFileSink& operator=(const SharedFileSink&) = delete;
  SharedFileSink(SharedFileSink&&) = delete;
  SharedFileSink& operator=(SharedFileSink&&) = delete;
  ~SharedFileSink() override {
    if (!finished_ && !written_.ranges().empty()) {
      const auto first = written_.ranges().begin();
      static_cast<void>(end_at(first->first == 0 ? first->second : 0));
    }
  }

  Status write(ByteSpan bytes) override {
    Status written = write_at(position_, bytes);
    position_ += bytes.size();
    return written;
  }
  Status write_zeros(std::uint64_t count) override {
    note(position_, count);
    position_ += count;
    return {};
  }
  bool positional() const override { return true; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    Status written = inner_->write_at(static_cast<std::uint64_t>(base_) + offset, bytes);
    if (written.ok()) {
      note(offset, bytes.size());
    }
    return written;
  }
  Status finish(std::uint64_t total) override {
    finished_ = true;
    return end_at(total);
  }
  std::string_view name() const override { return inner_->name(); }

 private:
  void note(std::uint64_t offset, std::uint64_t length) {
    const std::lock_guard lock(mutex_);
    written_.add(offset, length);
  }

  Status end_at(std::uint64_t total) {
    if (Status sized = inner_->finish(static_cast<std::uint64_t>(base_) + total); !sized.ok()) {
      return sized;
    }
    const off_t at = system_.lseek(fd_, base_ + static_cast<off_t>(total), SEEK_SET);
    return at < 0 ? system_error("cannot move to the end", at).in_file(name()) : Status();
  }

  const System& system_;  // outlives every sink
  int fd_;
  off_t base_;
  std::unique_ptr<Sink> inner_;
  std::uint64_t position_ = 0;
  bool finished_ = false;
  std::mutex mutex_;
  WrittenRanges written_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<Sink> make_shared_file_sink(const System& system, int fd, std::string name) {
  struct stat status {};
  const int flags = ::fcntl(fd, F_GETFL);
  const off_t base = system.lseek(fd, 0, SEEK_CUR);
  // Positions mean nothing to a file that only appends; and where there is content behind the
  // position, what is never written would not read as zeros.
  const bool usable = flags >= 0 && (flags & O_APPEND) == 0 && (flags & O_ACCMODE) != O_RDONLY &&
                      base >= 0 && system.fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                      status.st_size == base;
  if (!usable) {
    return make_descriptor_sink(system, fd, std::move(name), SinkAccess::kOrdered);
  }
  return std::make_unique<SharedFileSink>(system, fd, std::move(name), base);
}

}  // namespace kompakt
