#include "archive/foreign/input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "core/checked.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kFirstStep = 16 * kKiB;
constexpr std::size_t kMostStep = 256 * kKiB;

}  // namespace

ForeignInput::ForeignInput(Source& source)
    : source_(source),
      size_(source.random_access() ? source.size().value_or(0) : 0),
      step_(kFirstStep) {
  buffer_.resize_discard(kMostStep);
}

Result<ByteSpan> ForeignInput::peek(std::size_t size) {
  const MutableByteSpan place = buffer_.first(std::min(size, kMostStep));
  auto got = source_.random_access() ? source_.read_at(0, place) : source_.read(place);
  if (!got.ok()) {
    return got.status();
  }
  buffered_to_ = *got;
  return ByteSpan(place.first(*got));
}

void ForeignInput::attach(const ArchiveLibrary& library, struct archive* to) {
  library_ = &library;
  library.read_set_read_callback(to, &read_callback);
  if (source_.random_access()) {
    library.read_set_skip_callback(to, &skip_callback);
    library.read_set_seek_callback(to, &seek_callback);
  }
  library.read_set_callback_data(to, this);
}

std::uint64_t ForeignInput::consumed() const {
  return source_.random_access() ? std::min(consumed_, size_) : consumed_;
}

Result<ByteSpan> ForeignInput::read() {
  if (position_ < buffered_from_ || position_ >= buffered_to_) {
    step_ = position_ == buffered_to_ ? std::min(2 * step_, kMostStep) : kFirstStep;
    const MutableByteSpan place = buffer_.first(step_);
    auto got = source_.random_access() ? source_.read_at(position_, place) : source_.read(place);
    if (!got.ok()) {
      return got.status();
    }
    buffered_from_ = position_;
    buffered_to_ = position_ + *got;
  }
  const auto at = static_cast<std::size_t>(position_ - buffered_from_);
  const auto end = static_cast<std::size_t>(buffered_to_ - buffered_from_);
  position_ = buffered_to_;
  consumed_ += end - at;
  return ByteSpan(buffer_.first(end)).subspan(at);
}

std::uint64_t ForeignInput::skip(std::uint64_t request) {
  const std::uint64_t left = size_ - std::min(size_, position_);
  const std::uint64_t step = std::min(request, left);
  position_ += step;
  consumed_ += step;
  return step;
}

Result<std::uint64_t> ForeignInput::seek(std::int64_t offset, int whence) {
  const std::uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position_ : size_;
  std::int64_t target = 0;
  const auto signed_base = checked_cast<std::int64_t>(base);
  if (!signed_base || __builtin_add_overflow(*signed_base, offset, &target) || target < 0) {
    return Status(Code::kCorrupt, "the archive refers to a place before its beginning");
  }
  // Behind the end there is nothing, as behind the end of a file.
  position_ = static_cast<std::uint64_t>(target);
  return position_;
}

::la_ssize_t ForeignInput::read_callback(struct archive* a, void* self, const void** out) {
  auto& input = *static_cast<ForeignInput*>(self);
  auto got = input.read();
  if (!got.ok()) {
    input.failure_ = got.status();
    input.library_->set_error(a, EIO, "%s", "reading failed");
    return -1;
  }
  *out = got->data();
  errno = 0;  // libarchive takes an ENOMEM that is left behind for its own
  return static_cast<::la_ssize_t>(got->size());
}

::la_int64_t ForeignInput::skip_callback(struct archive* /*a*/, void* self, ::la_int64_t request) {
  auto& input = *static_cast<ForeignInput*>(self);
  return request <= 0 ? 0
                      : static_cast<::la_int64_t>(input.skip(static_cast<std::uint64_t>(request)));
}

::la_int64_t ForeignInput::seek_callback(struct archive* a, void* self, ::la_int64_t offset,
                                         int whence) {
  auto& input = *static_cast<ForeignInput*>(self);
  auto got = input.seek(offset, whence);
  if (!got.ok()) {
    input.failure_ = got.status();
    input.library_->set_error(a, EINVAL, "%s", "seeking failed");
    return ARCHIVE_FATAL;
  }
  return static_cast<::la_int64_t>(*got);
}

}  // namespace kompakt
