#include "io/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/checked.hpp"

namespace kompakt {
namespace {

// Waits until a descriptor that somebody set to non-blocking is ready again.
void wait_ready(int fd, short events) {
  pollfd waiting{fd, events, 0};
  ::poll(&waiting, 1, -1);
}

bool would_block(std::int64_t result) { return result == -EAGAIN || result == -EWOULDBLOCK; }

Result<off_t> to_off(std::uint64_t value) {
  const auto off = checked_cast<off_t>(value);
  if (!off) {
    return Status(Code::kInvalidArgument,
                  "file offset " + std::to_string(value) + " is out of range");
  }
  return *off;
}

/// Reads in order; the base of both kinds of descriptor source.
class PipeSource : public Source {
 public:
  PipeSource(const System& system, Descriptor owned, int fd, std::string name)
      : system_(system), owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {}

  Result<std::size_t> read(MutableByteSpan out) override {
    std::size_t filled = 0;
    while (filled < out.size() && !ended_) {
      const ssize_t got = system_.read(fd_, out.data() + filled, out.size() - filled);
      if (got > 0) {
        filled += static_cast<std::size_t>(got);
      } else if (got == 0) {
        ended_ = true;
      } else if (would_block(got)) {
        wait_ready(fd_, POLLIN);
      } else if (got != -EINTR) {
        return system_error("read failed", got).in_file(name_);
      }
    }
    return filled;
  }

  std::string_view name() const override { return name_; }

 protected:
  const System& system_;  // outlives every source
  Descriptor owned_;
  int fd_;
  std::string name_;

 private:
  bool ended_ = false;  // a terminal that said "end" would go on if it were asked again
};

class FileSource final : public PipeSource {
 public:
  FileSource(const System& system, Descriptor owned, int fd, std::string name, std::uint64_t base,
             std::uint64_t size, bool sparse)
      : PipeSource(system, std::move(owned), fd, std::move(name)),
        base_(base),
        size_(size),
        sparse_(sparse) {
    ::posix_fadvise(fd_, static_cast<off_t>(base_), 0, POSIX_FADV_SEQUENTIAL);
  }

  Result<std::size_t> read(MutableByteSpan out) override {
    auto got = read_at(position_, out);
    if (got.ok()) {
      position_ += *got;
    }
    return got;
  }

  std::optional<std::uint64_t> size() const override { return size_; }
  bool random_access() const override { return true; }

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    if (offset >= size_) {
      return std::size_t{0};
    }
    // What was appended after the source was opened is not part of it.
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
    std::size_t filled = 0;
    while (filled < wanted) {
      const auto at = to_off(base_ + offset + filled);
      if (!at.ok()) {
        return at.status();
      }
      const ssize_t got = system_.pread(fd_, out.data() + filled, wanted - filled, *at);
      if (got > 0) {
        filled += static_cast<std::size_t>(got);
      } else if (got == 0) {
        return shrank(offset + filled);
      } else if (got != -EINTR) {
        return system_error("read failed", got).in_file(name_).at_offset(offset + filled);
      }
    }
    return filled;
  }

  void will_need(std::uint64_t offset, std::uint64_t length) const override {
    ::posix_fadvise(fd_, static_cast<off_t>(base_ + offset), static_cast<off_t>(length),
                    POSIX_FADV_WILLNEED);
  }

  Result<Extent> extent_at(std::uint64_t offset) const override {
    const Extent rest{offset, offset < size_ ? size_ - offset : 0, false};
    if (!sparse_ || rest.length == 0) {
      return rest;
    }
    const auto at = to_off(base_ + offset);
    if (!at.ok()) {
      return at.status();
    }
    const off_t data = system_.lseek(fd_, *at, SEEK_DATA);
    if (data == -ENXIO) {
      return hole_to_end(rest);
    }
    if (data < 0) {
      return rest;  // the file system does not know of holes
    }
    if (data > *at) {
      return Extent{offset, std::min(static_cast<std::uint64_t>(data - *at), rest.length), true};
    }
    const off_t hole = system_.lseek(fd_, *at, SEEK_HOLE);
    if (hole <= *at) {
      return rest;
    }
    return Extent{offset, std::min(static_cast<std::uint64_t>(hole - *at), rest.length), false};
  }

 private:
  Status shrank(std::uint64_t offset) const {
    return Status(Code::kIo, "file shrank while it was being read")
        .in_file(name_)
        .at_offset(offset);
  }

  // No data from here on: either a hole, or the file was cut meanwhile and what looks like zeros is
  // not there at all.
  Result<Extent> hole_to_end(const Extent& rest) const {
    struct stat now {};
    if (const int result = system_.fstat(fd_, &now); result < 0) {
      return system_error("cannot examine", result).in_file(name_);
    }
    if (static_cast<std::uint64_t>(now.st_size) < base_ + size_) {
      return shrank(rest.offset);
    }
    return Extent{rest.offset, rest.length, true};
  }

  std::uint64_t base_;
  std::uint64_t size_;
  bool sparse_;  // fewer blocks are allocated than the size takes: worth a walk along its holes
  std::uint64_t position_ = 0;
};

class DescriptorSink final : public Sink {
 public:
  DescriptorSink(const System& system, int fd, std::string name, SinkAccess access)
      : system_(system), fd_(fd), name_(std::move(name)), access_(access) {}

  Status write(ByteSpan bytes) override {
    if (access_ == SinkAccess::kPositional) {
      Status written = write_at(position_, bytes);
      position_ += bytes.size();
      return written;
    }
    while (!bytes.empty()) {
      const ssize_t put = system_.write(fd_, bytes.data(), bytes.size());
      if (put > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        position_ += static_cast<std::uint64_t>(put);
      } else if (would_block(put)) {
        wait_ready(fd_, POLLOUT);
      } else if (put != -EINTR) {
        return failure(put == 0 ? -ENOSPC : put, position_);
      }
    }
    return {};
  }

  Status write_zeros(std::uint64_t count) override {
    if (access_ != SinkAccess::kPositional) {
      return Sink::write_zeros(count);
    }
    const auto end = checked_add(position_, count);
    if (!end || !checked_cast<off_t>(*end)) {
      return failure(-EFBIG, position_);
    }
    position_ = *end;  // stays a hole; finish() sets the length
    return {};
  }

  bool positional() const override { return access_ == SinkAccess::kPositional; }

  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    if (access_ != SinkAccess::kPositional) {
      return Sink::write_at(offset, bytes);
    }
    while (!bytes.empty()) {
      const auto at = to_off(offset);
      if (!at.ok()) {
        return failure(-EFBIG, offset);
      }
      const ssize_t put = system_.pwrite(fd_, bytes.data(), bytes.size(), *at);
      if (put > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
      } else if (put != -EINTR) {
        return failure(put == 0 ? -ENOSPC : put, offset);
      }
    }
    return {};
  }

  Status finish(std::uint64_t total) override {
    if (access_ != SinkAccess::kPositional) {
      return {};
    }
    const auto length = to_off(total);
    if (!length.ok()) {
      return failure(-EFBIG, total);
    }
    int result = -EINTR;
    while (result == -EINTR) {
      result = system_.ftruncate(fd_, *length);
    }
    return result < 0 ? failure(result, total) : Status();
  }

  std::string_view name() const override { return name_; }

 private:
  Status failure(std::int64_t result, std::uint64_t offset) const {
    return system_error("write failed", result).in_file(name_).at_offset(offset);
  }

  const System& system_;  // outlives every sink
  int fd_;
  std::string name_;
  SinkAccess access_;
  std::uint64_t position_ = 0;
};

Result<std::unique_ptr<Source>> make_source(const System& system, Descriptor owned, int fd,
                                            std::string name) {
  struct stat status {};
  if (const int result = system.fstat(fd, &status); result < 0) {
    return system_error("cannot examine", result).in_file(name);
  }
  if (S_ISDIR(status.st_mode)) {
    return Status(Code::kIo, "is a directory").in_file(name);
  }
  const off_t position = S_ISREG(status.st_mode) ? system.lseek(fd, 0, SEEK_CUR) : -1;
  // Files of /proc are "regular" with size 0 and are read to their end like pipes.
  if (position < 0 || status.st_size == 0) {
    return std::unique_ptr<Source>(
        std::make_unique<PipeSource>(system, std::move(owned), fd, std::move(name)));
  }
  const auto base = static_cast<std::uint64_t>(position);
  const auto end = static_cast<std::uint64_t>(status.st_size);
  const bool sparse = static_cast<std::uint64_t>(status.st_blocks) * 512 < end;
  return std::unique_ptr<Source>(std::make_unique<FileSource>(
      system, std::move(owned), fd, std::move(name), base, end > base ? end - base : 0, sparse));
}

}  // namespace

Result<std::unique_ptr<Source>> make_descriptor_source(const System& system, Descriptor descriptor,
                                                       std::string name) {
  const int fd = descriptor.get();
  return make_source(system, std::move(descriptor), fd, std::move(name));
}

Result<std::unique_ptr<Source>> borrow_descriptor_source(const System& system, int fd,
                                                         std::string name) {
  return make_source(system, Descriptor(), fd, std::move(name));
}

Status check_unchanged(const System& system, int fd, const struct stat& before) {
  struct stat after {};
  if (const int result = system.fstat(fd, &after); result < 0) {
    return system_error("cannot examine", result);
  }
  if (after.st_size != before.st_size || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
      after.st_mtim.tv_nsec != before.st_mtim.tv_nsec) {
    return {Code::kIo, "file changed while it was being read"};
  }
  return {};
}

std::unique_ptr<Sink> make_descriptor_sink(const System& system, int fd, std::string name,
                                           SinkAccess access) {
  return std::make_unique<DescriptorSink>(system, fd, std::move(name), access);
}

Result<std::unique_ptr<Source>> open_file_source(const std::string& path) {
  const System& system = real_system();
  const int fd = open_uninterrupted(system, AT_FDCWD, path.c_str(), O_RDONLY | O_NOCTTY);
  if (fd < 0) {
    return system_error("cannot open", fd).in_file(path);
  }
  return make_descriptor_source(system, Descriptor(system, fd), path);
}

Result<std::unique_ptr<Source>> descriptor_source(int fd, std::string name) {
  return borrow_descriptor_source(real_system(), fd, std::move(name));
}

std::unique_ptr<Sink> descriptor_sink(int fd, std::string name) {
  return make_descriptor_sink(real_system(), fd, std::move(name), SinkAccess::kOrdered);
}

}  // namespace kompakt
