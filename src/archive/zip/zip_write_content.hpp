/// \file
/// Reading the files that go into a zip archive, which may change meanwhile.
#pragma once

#include <cstdint>
#include <string>

#include "io/system.hpp"
#include "kompakt/source.hpp"

namespace kompakt::zip {

/// What reading a small file gave.
struct SmallContent {
  std::size_t size = 0;
  Status problem;  ///< not ok: it changed meanwhile and is cut to its size of before
};
/// Reads a file of `size` bytes into `out`, which has room for one byte more: whether the file has
/// grown shows by it. A failure is of the file.
[[nodiscard]] Result<SmallContent> read_small(const System& system, int fd, std::size_t size,
                                              MutableByteSpan out);

/// The content of a large file, in order, with its CRC. Never longer than the size that is given:
/// what grows is cut. What cannot be read on ends early; problem() tells of it.
class FileContent final : public Source {
 public:
  FileContent(const System& system, kompakt::Descriptor file, std::uint64_t size, std::string name)
      : system_(system), file_(std::move(file)), left_(size), name_(std::move(name)) {}

  Result<std::size_t> read(MutableByteSpan out) override;
  [[nodiscard]] std::string_view name() const override { return name_; }

  [[nodiscard]] std::uint32_t crc32() const noexcept { return crc32_; }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] const Status& problem() const noexcept { return problem_; }

 private:
  void end(Status problem);

  const System& system_;      // NOLINT(cppcoreguidelines-*): outlives the job
  kompakt::Descriptor file_;  // closed at the end
  std::uint64_t left_;
  std::string name_;
  std::uint64_t taken_ = 0;
  std::uint32_t crc32_ = 0;
  Status problem_;
};

/// CRC-32 of `bytes`, going on from `before`.
[[nodiscard]] std::uint32_t crc32_of(ByteSpan bytes, std::uint32_t before = 0) noexcept;

}  // namespace kompakt::zip
