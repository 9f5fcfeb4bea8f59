#include "format/xz/lzma.hpp"

#include <string>

namespace kompakt {
namespace {

void* lzma_allocate(void* opaque, std::size_t count, std::size_t size) {
  // liblzma documents that the count is always 1.
  return static_cast<HugeAllocator*>(opaque)->allocate(count * size);
}
void lzma_release(void* opaque, void* pointer) {
  static_cast<HugeAllocator*>(opaque)->release(pointer);
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes / kMiB + (bytes % kMiB != 0 ? 1 : 0)) + " MiB";
}

}  // namespace

Status lzma_status(lzma_ret code, std::string_view what) {
  const auto say = [what](Code why, const char* text) {
    return Status(why, "xz: " + std::string(what) + text);
  };
  switch (code) {
    case LZMA_OK:
    case LZMA_STREAM_END:
      return {};
    case LZMA_MEM_ERROR:
      return say(Code::kLimitExceeded, ": no memory");
    case LZMA_MEMLIMIT_ERROR:
      return say(Code::kLimitExceeded, ": memory limit reached");
    case LZMA_OPTIONS_ERROR:
      return say(Code::kUnsupported, " uses options or filters that are not supported");
    case LZMA_BUF_ERROR:
      return say(Code::kTruncated, " ends too early");
    case LZMA_FORMAT_ERROR:
    case LZMA_DATA_ERROR:
      return say(Code::kCorrupt, " is damaged");
    default:
      return say(Code::kInternal, ": the library was misused");
  }
}

Status lzma_memory_status(std::uint64_t needed, std::uint64_t limit) {
  return {Code::kLimitExceeded, "xz: decoding needs " + mebibytes(needed) +
                                    " of memory, the limit is " + mebibytes(limit)};
}

LzmaStream::LzmaStream()
    : allocator_{lzma_allocate, lzma_release, &memory_}, stream_(LZMA_STREAM_INIT) {
  stream_.allocator = &allocator_;
}

lzma_ret LzmaStream::step(ByteSpan in, MutableByteSpan out, lzma_action action) noexcept {
  stream_.next_in = lzma_bytes(in);
  stream_.avail_in = in.size();
  stream_.next_out = lzma_bytes(out);
  stream_.avail_out = out.size();
  const lzma_ret code = lzma_code(&stream_, action);
  consumed_ = in.size() - stream_.avail_in;
  produced_ = out.size() - stream_.avail_out;
  return code;
}

}  // namespace kompakt
