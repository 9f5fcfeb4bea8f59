#include "format/common/input_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kompakt {
namespace {

/// Small inputs get small buffers. One byte more than there is shows the end at the first read.
std::size_t chunk_for(const Source& source, std::uint64_t position, std::size_t chunk) {
  const auto size = source.size();
  return size && *size >= position && *size - position < chunk
             ? static_cast<std::size_t>(*size - position) + 1
             : chunk;
}

}  // namespace

InputReader::InputReader(Source& source, std::size_t chunk)
    : chunk_(source.random_access() ? chunk_for(source, 0, chunk) : chunk) {
  if (source.random_access()) {
    random_ = &source;
  } else {
    ordered_ = &source;
  }
}

InputReader::InputReader(const Source& source, std::uint64_t position, std::size_t chunk)
    : random_(&source), chunk_(chunk_for(source, position, chunk)), position_(position) {}

Result<std::size_t> InputReader::read_some(MutableByteSpan out) {
  return random_ != nullptr ? random_->read_at(position_ + (end_ - begin_), out)
                            : ordered_->read(out);
}

Status InputReader::fill(std::size_t count) {
  if (ended_ || end_ - begin_ >= count) {
    return {};
  }
  const std::size_t kept = end_ - begin_;
  const std::size_t wanted = std::max(count, kept + chunk_);
  if (buffer_.capacity() < wanted) {
    Buffer larger(wanted);
    std::copy_n(buffer_.data() + begin_, kept, larger.data());
    buffer_ = std::move(larger);
  } else if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
  const auto got = read_some(buffer_.first(wanted).subspan(kept));
  if (!got.ok()) {
    return got.status();
  }
  end_ += *got;
  ended_ = *got < wanted - kept;
  return {};
}

Status InputReader::fill_more() { return fill(end_ - begin_ + 1); }

}  // namespace kompakt
