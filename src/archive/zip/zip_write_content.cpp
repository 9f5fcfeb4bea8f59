#include "archive/zip/zip_write_content.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace kompakt::zip {
namespace {

/// read() until `out` is full or the file ends.
Result<std::size_t> read_fully(const System& system, int fd, MutableByteSpan out) {
  std::size_t total = 0;
  while (total < out.size()) {
    const auto got = system.read(fd, out.data() + total, out.size() - total);
    if (got == -EINTR) {
      continue;
    }
    if (got < 0) {
      return system_error("cannot be read", got);
    }
    if (got == 0) {
      break;
    }
    total += static_cast<std::size_t>(got);
  }
  return total;
}

Status grown() { return {Code::kIo, "grew while it was read; cut to its size of before"}; }
Status shrunk() { return {Code::kIo, "became shorter while it was read"}; }

}  // namespace

Result<SmallContent> read_small(const System& system, int fd, std::size_t size,
                                MutableByteSpan out) {
  std::size_t total = 0;
  // A read that gives exactly the size has come to the end: nobody is asked twice for that.
  while (total < size) {
    const auto got = system.read(fd, out.data() + total, size + 1 - total);
    if (got == -EINTR) {
      continue;
    }
    if (got < 0) {
      return system_error("cannot be read", got);
    }
    if (got == 0) {
      return SmallContent{.size = total, .problem = shrunk()};
    }
    total += static_cast<std::size_t>(got);
  }
  return SmallContent{.size = size, .problem = total > size ? grown() : Status()};
}

Result<std::size_t> FileContent::read(MutableByteSpan out) {
  if (!file_.valid()) {
    return std::size_t{0};
  }
  const MutableByteSpan room =
      out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_)));
  const auto got = read_fully(system_, file_.get(), room);
  if (!got.ok()) {
    end(got.status());
    return std::size_t{0};
  }
  crc32_ = crc32_of(room.first(*got), crc32_);
  taken_ += *got;
  left_ -= *got;
  if (*got < room.size()) {
    end(shrunk());
  } else if (left_ == 0) {
    std::array<std::byte, 1> more{};
    const auto behind = read_fully(system_, file_.get(), more);
    end(behind.ok() && *behind != 0 ? grown() : Status());
  }
  return *got;
}

void FileContent::end(Status problem) {
  problem_ = std::move(problem);
  file_.reset();
}

std::uint32_t crc32_of(ByteSpan bytes, std::uint32_t before) noexcept {
  return bytes.empty() ? before : libdeflate_crc32(before, bytes.data(), bytes.size());
}

}  // namespace kompakt::zip
