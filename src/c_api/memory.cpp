// From memory to memory.
#include "kompakt/memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "c_api/context.hpp"
#include "c_api/convert.hpp"
#include "c_api/heap_sink.hpp"
#include "pipeline/trusted_size.hpp"

namespace kompakt::c_api {
namespace {

struct Free {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, Free>;

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

/// What is coded, and where the result goes.
struct Spans {
  const void* data;
  std::size_t size;
  kompakt_buffer* out;

  [[nodiscard]] Status check() const {
    if (out == nullptr) {
      return {Code::kInvalidArgument, "out is NULL"};
    }
    if (data == nullptr && size != 0) {
      return {Code::kInvalidArgument, "data is NULL, its size is not"};
    }
    return {};
  }
  [[nodiscard]] Status check_room() const {
    Status status = check();
    if (status.ok() && out->data == nullptr && out->capacity != 0) {
      status = {Code::kInvalidArgument, "out->data is NULL, its capacity is not"};
    }
    return status;
  }
  [[nodiscard]] ByteSpan bytes() const { return {static_cast<const std::byte*>(data), size}; }
  [[nodiscard]] MutableByteSpan room() const {
    return {static_cast<std::byte*>(out->data), out->capacity};
  }
};

Status compress_to_heap(ByteSpan content, kompakt_buffer& out, const CompressOptions& options) {
  // Pages of it that are never written cost nothing.
  const std::uint64_t room = max_compressed_size(content.size(), options);
  if (Memory memory = allocate(room)) {
    const auto used =
        compress_into(content, {memory.get(), static_cast<std::size_t>(room)}, options);
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
  // Callbacks that tell of blocks and losses should tell of each once.
  const bool once = options.on_lost || options.on_block;
  const auto claimed = once ? std::nullopt : claimed_content_size(data, options);
  if (claimed && *claimed <= std::min(trusted_size(data.size()), options.max_output)) {
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

/// Into memory that `work` allocates.
template <typename Options, typename Work>
kompakt_code heap_call(kompakt_context* context, const Spans& spans, const Options* options,
                       const Work& work) noexcept {
  return call(context, [&]() -> Status {
    if (Status status = spans.check(); !status.ok()) {
      return status;
    }
    *spans.out = {};
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? work(spans.bytes(), *spans.out, *cpp) : cpp.status();
  });
}

/// Into memory of the program's.
template <typename Options, typename Work>
kompakt_code into_call(kompakt_context* context, const Spans& spans, const Options* options,
                       const Work& work) noexcept {
  return call(context, [&]() -> Status {
    const Status status = spans.check_room();
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    const auto used = work(spans.bytes(), spans.room(), *cpp);
    spans.out->size = used.ok() ? *used : 0;
    return used.status();
  });
}

}  // namespace
}  // namespace kompakt::c_api

using namespace kompakt;
using namespace kompakt::c_api;

kompakt_code kompakt_compress(kompakt_context* context, const void* data, size_t size,
                              kompakt_buffer* out, const kompakt_compress_options* options) {
  return heap_call(context, {data, size, out}, options, compress_to_heap);
}

kompakt_code kompakt_decompress(kompakt_context* context, const void* data, size_t size,
                                kompakt_buffer* out, const kompakt_decompress_options* options) {
  return heap_call(context, {data, size, out}, options, decompress_to_heap);
}

kompakt_code kompakt_compress_into(kompakt_context* context, const void* data, size_t size,
                                   kompakt_buffer* out, const kompakt_compress_options* options) {
  return into_call(context, {data, size, out}, options, compress_into);
}

kompakt_code kompakt_decompress_into(kompakt_context* context, const void* data, size_t size,
                                     kompakt_buffer* out,
                                     const kompakt_decompress_options* options) {
  return into_call(context, {data, size, out}, options, decompress_into);
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
