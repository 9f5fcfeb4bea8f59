#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "io/system.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {
namespace {

class MemorySource : public Source {
 public:
  MemorySource(ByteSpan bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  Result<std::size_t> read(MutableByteSpan out) override {
    auto got = read_at(position_, out);
    if (got.ok()) {
      position_ += *got;
    }
    return got;
  }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    if (offset >= bytes_.size()) {
      return std::size_t{0};
    }
    const std::size_t count =
        std::min(out.size(), bytes_.size() - static_cast<std::size_t>(offset));
    if (count != 0) {
      std::memcpy(out.data(), bytes_.data() + offset, count);
    }
    return count;
  }
  std::string_view name() const override { return name_; }

 private:
  ByteSpan bytes_;
  std::string name_;
  std::uint64_t position_ = 0;
};

class Mapping {
 public:
  Mapping(void* address, std::size_t size) : address_(address), size_(size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping(Mapping&&) = delete;
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping() { ::munmap(address_, size_); }
  [[nodiscard]] ByteSpan bytes() const { return {static_cast<const std::byte*>(address_), size_}; }

 private:
  void* address_;
  std::size_t size_;
};

class MappedSource final : public MemorySource {
 public:
  MappedSource(std::unique_ptr<Mapping> mapping, std::string name)
      : MemorySource(mapping->bytes(), std::move(name)), mapping_(std::move(mapping)) {}

 private:
  std::unique_ptr<Mapping> mapping_;
};

class NullSink final : public Sink {
 public:
  Status write(ByteSpan /*bytes*/) override { return {}; }
  Status write_zeros(std::uint64_t /*count*/) override { return {}; }
  bool positional() const override { return true; }
  Status write_at(std::uint64_t /*offset*/, ByteSpan /*bytes*/) override { return {}; }
  std::string_view name() const override { return "<null>"; }
};

}  // namespace

Result<std::size_t> Source::read_at(std::uint64_t /*offset*/, MutableByteSpan /*out*/) const {
  return Status(Code::kUnsupported, "this input can only be read in order").in_file(name());
}

void Source::will_need(std::uint64_t /*offset*/, std::uint64_t /*length*/) const {}

Result<Extent> Source::extent_at(std::uint64_t offset) const {
  const std::uint64_t total = size().value_or(offset);
  return Extent{offset, total > offset ? total - offset : 0, false};
}

Status Sink::write_zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 65536> kZeros{};
  while (count > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, kZeros.size()));
    if (Status written = write(ByteSpan(kZeros).first(piece)); !written.ok()) {
      return written;
    }
    count -= piece;
  }
  return {};
}

Status Sink::write_at(std::uint64_t /*offset*/, ByteSpan /*bytes*/) {
  return Status(Code::kUnsupported, "this output can only be written in order").in_file(name());
}

Status Sink::finish(std::uint64_t /*total*/) { return {}; }

std::unique_ptr<Source> memory_source(ByteSpan bytes) {
  return std::make_unique<MemorySource>(bytes, "<memory>");
}

Result<std::unique_ptr<Source>> open_mapped_source(const std::string& path) {
  const System& system = real_system();
  const Descriptor file(
      system, open_uninterrupted(system, AT_FDCWD, path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) {
    return system_error("cannot open", file.get()).in_file(path);
  }
  struct stat status {};
  if (const int result = system.fstat(file.get(), &status); result < 0) {
    return system_error("cannot examine", result).in_file(path);
  }
  if (!S_ISREG(status.st_mode)) {
    return Status(Code::kIo, "only a regular file can be mapped").in_file(path);
  }
  if (status.st_size == 0) {
    return std::unique_ptr<Source>(std::make_unique<MemorySource>(ByteSpan(), path));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (address == MAP_FAILED) {  // NOLINT(performance-no-int-to-ptr): the macro casts
    return system_error("cannot map", -errno).in_file(path);
  }
  return std::unique_ptr<Source>(
      std::make_unique<MappedSource>(std::make_unique<Mapping>(address, size), path));
}

std::unique_ptr<Sink> null_sink() { return std::make_unique<NullSink>(); }

}  // namespace kompakt
