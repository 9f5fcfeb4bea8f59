// From memory to memory.
#include "kompakt/memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "c_api/context.hpp"
#include "c_api/convert.hpp"
#include "c_api/heap_sink.hpp"

namespace kompakt::c_api {
namespace {

// Of a size that the data claims so much is taken at its word at most, and so many times the data's
// own size: address space, which becomes memory only as content fills it.
constexpr std::uint64_t kTrusted = 64 * kMiB;
constexpr std::uint64_t kTrustedRatio = 256;

struct Free {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte[], Free>;

Memory allocate(std::uint64_t size) {
  if (size > std::numeric_limits<std::ptrdiff_t>::max()) {
    return nullptr;
  }
  return Memory(static_cast<std::byte*>(std::malloc(std::max<std::size_t>(size, 1))));
}

/// Gives `memory`, of which `used` bytes count, to the caller.
void hand_over(Memory memory, std::size_t used, kompakt_buffer& out) {
  std::byte* data = memory.release();
  if (void* exact = std::realloc(data, std::max<std::size_t>(used, 1)); exact != nullptr) {
    data = static_cast<std::byte*>(exact);
  }
  out = {.data = data, .size = used, .capacity = used};
}

Status check_spans(const void* data, std::size_t size, const kompakt_buffer* out) {
  if (out == nullptr) {
    return {Code::kInvalidArgument, "out is NULL"};
  }
  if (data == nullptr && size != 0) {
    return {Code::kInvalidArgument, "data is NULL, its size is not"};
  }
  return {};
}

Status compress_to_heap(ByteSpan content, kompakt_buffer& out, const CompressOptions& options) {
  // Pages of it that are never written cost nothing.
  if (Memory memory = allocate(max_compressed_size(content.size(), options))) {
    const std::size_t room = max_compressed_size(content.size(), options);
    const auto used = compress_into(content, {memory.get(), room}, options);
    if (used.ok()) {
      hand_over(std::move(memory), *used, out);
    }
    return used.status();
  }
  HeapSink sink;
  const auto source = memory_source(content);
  const auto result = compress(*source, sink, options);
  if (result.ok()) {
    out = sink.take();
  }
  return result.status();
}

Status decompress_to_heap(ByteSpan data, kompakt_buffer& out, const DecompressOptions& options) {
  const std::uint64_t trusted = std::max<std::uint64_t>(
      kTrusted, data.size() < std::numeric_limits<std::uint64_t>::max() / kTrustedRatio
                    ? data.size() * kTrustedRatio
                    : 0);
  // Callbacks that tell of blocks and losses should tell of each once.
  const bool once = options.on_lost || options.on_block;
  const auto claimed = once ? std::nullopt : claimed_content_size(data, options);
  if (claimed && *claimed <= std::min(trusted, options.max_output)) {
    if (Memory memory = allocate(*claimed)) {
      const auto used =
          decompress_into(data, {memory.get(), static_cast<std::size_t>(*claimed)}, options);
      if (used.ok()) {
        hand_over(std::move(memory), *used, out);
        return {};
      }
      // There may be more than was claimed.
      if (used.status().code() != Code::kLimitExceeded) {
        return used.status();
      }
    }
  }
  HeapSink sink;
  const auto source = memory_source(data);
  const auto result = decompress(*source, sink, options);
  if (result.ok()) {
    out = sink.take();
  }
  return result.status();
}

}  // namespace
}  // namespace kompakt::c_api

using namespace kompakt;
using namespace kompakt::c_api;

kompakt_code kompakt_compress(kompakt_context* context, const void* data, size_t size,
                              kompakt_buffer* out, const kompakt_compress_options* options) {
  return call(context, [&]() -> Status {
    if (Status status = check_spans(data, size, out); !status.ok()) {
      return status;
    }
    *out = {};
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? compress_to_heap({static_cast<const std::byte*>(data), size}, *out, *cpp)
                    : cpp.status();
  });
}

kompakt_code kompakt_decompress(kompakt_context* context, const void* data, size_t size,
                                kompakt_buffer* out, const kompakt_decompress_options* options) {
  return call(context, [&]() -> Status {
    if (Status status = check_spans(data, size, out); !status.ok()) {
      return status;
    }
    *out = {};
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? decompress_to_heap({static_cast<const std::byte*>(data), size}, *out, *cpp)
                    : cpp.status();
  });
}

kompakt_code kompakt_compress_into(kompakt_context* context, const void* data, size_t size,
                                   kompakt_buffer* out, const kompakt_compress_options* options) {
  return call(context, [&]() -> Status {
    Status status = check_spans(data, size, out);
    if (status.ok() && out->data == nullptr && out->capacity != 0) {
      status = {Code::kInvalidArgument, "out->data is NULL, its capacity is not"};
    }
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    const auto used = compress_into({static_cast<const std::byte*>(data), size},
                                    {static_cast<std::byte*>(out->data), out->capacity}, *cpp);
    out->size = used.ok() ? *used : 0;
    return used.status();
  });
}

kompakt_code kompakt_decompress_into(kompakt_context* context, const void* data, size_t size,
                                     kompakt_buffer* out,
                                     const kompakt_decompress_options* options) {
  return call(context, [&]() -> Status {
    Status status = check_spans(data, size, out);
    if (status.ok() && out->data == nullptr && out->capacity != 0) {
      status = {Code::kInvalidArgument, "out->data is NULL, its capacity is not"};
    }
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    const auto used = decompress_into({static_cast<const std::byte*>(data), size},
                                      {static_cast<std::byte*>(out->data), out->capacity}, *cpp);
    out->size = used.ok() ? *used : 0;
    return used.status();
  });
}

kompakt_code kompakt_compress_bound(kompakt_context* context, uint64_t size,
                                    const kompakt_compress_options* options, uint64_t* bytes) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{bytes, "bytes"}}); !status.ok()) {
      return status;
    }
    const auto cpp = to_cpp(*context, options);
    if (cpp.ok()) {
      *bytes = max_compressed_size(size, *cpp);
    }
    return cpp.status();
  });
}

kompakt_code kompakt_claimed_size(kompakt_context* context, const void* data, size_t size,
                                  const kompakt_decompress_options* options, uint64_t* bytes) {
  return call(context, [&]() -> Status {
    Status status = needed({{bytes, "bytes"}});
    if (status.ok() && data == nullptr && size != 0) {
      status = {Code::kInvalidArgument, "data is NULL, its size is not"};
    }
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (cpp.ok()) {
      *bytes = claimed_content_size({static_cast<const std::byte*>(data), size}, *cpp)
                   .value_or(KOMPAKT_UNKNOWN);
    }
    return cpp.status();
  });
}
