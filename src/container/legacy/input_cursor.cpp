#include "container/legacy/input_cursor.hpp"

#include <array>
#include <string>

namespace kompakt::legacy {
namespace {

Status cut_off(std::string_view what, std::uint64_t end) {
  return Status(Code::kTruncated, "the file ends inside " + std::string(what)).at_offset(end);
}

}  // namespace

std::optional<std::uint64_t> InputCursor::known_size() const {
  return random_access() ? source_->size() : std::nullopt;
}

Result<std::size_t> InputCursor::read_some(MutableByteSpan out) {
  auto got = stream_ == nullptr ? source_->read_at(position_, out) : stream_->read(out);
  if (!got.ok()) {
    Status failure = got.status();
    return failure.at_offset(position_);
  }
  position_ += *got;
  return got;
}

Status InputCursor::read_exact(MutableByteSpan out, std::string_view what) {
  const auto got = read_some(out);
  if (!got.ok()) {
    return got.status();
  }
  return *got == out.size() ? Status() : cut_off(what, position_);
}

Status InputCursor::expect_end() {
  std::array<std::byte, 1> extra{};
  const auto got = read_some(extra);
  if (!got.ok()) {
    return got.status();
  }
  return *got == 0 ? Status()
                   : Status(Code::kCorrupt, "bytes follow the end of the content")
                         .at_offset(position_ - 1);
}

Status read_exact_at(const Source& source, std::uint64_t offset, MutableByteSpan out,
                     std::string_view what) {
  const auto got = source.read_at(offset, out);
  if (!got.ok()) {
    Status failure = got.status();
    return failure.at_offset(offset);
  }
  return *got == out.size() ? Status() : cut_off(what, offset + *got);
}

}  // namespace kompakt::legacy
