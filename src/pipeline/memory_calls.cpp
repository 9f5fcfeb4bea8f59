// One call from memory to memory.
#include <algorithm>

#include "core/checked.hpp"
#include "core/huge_pages.hpp"
#include "kompakt/memory.hpp"
#include "kompakt/source.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/guarded.hpp"
#include "pipeline/trusted_size.hpp"

namespace kompakt {
namespace {

// Content of less than this is coded by the calling thread alone: it is about one part of most
// formats, and threads take as long to start as it takes to code.
constexpr std::uint64_t kSmall = 256 * kKiB;
// Of the data's size, where the data does not tell that of its content.
constexpr std::uint64_t kUsualRatio = 4;

/// Where it is not there to be reserved, growing will do, or will fail when it is really needed.
void reserve(std::vector<std::byte>& out, std::uint64_t size) {
  try {
    out.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(size, out.max_size())));
  } catch (const std::bad_alloc&) {
    return;
  }
  prefer_huge_pages(out.data(), out.capacity());
}

CompressOptions compress_options(ByteSpan content, CompressOptions options) {
  if (options.run.threads == 0 && content.size() <= kSmall) {
    options.run.threads = 1;
  }
  return options;
}

DecompressOptions decompress_options(ByteSpan data, std::optional<std::uint64_t> claimed,
                                     DecompressOptions options) {
  if (options.run.threads == 0 && data.size() <= kSmall &&
      claimed.value_or(data.size()) <= kSmall) {
    options.run.threads = 1;
  }
  return options;
}

Result<std::vector<std::byte>> decompress_to_vector(ByteSpan data,
                                                    const DecompressOptions& options) {
  std::vector<std::byte> out;
  const auto claimed = claimed_content_size(data, options);
  if (claimed) {
    // More comes by doubling, once there is content to fill it.
    reserve(out, std::min({*claimed, trusted_size(data.size()), options.max_output}));
  } else if (data.size() > kSmall) {
    const auto usual = checked_mul<std::uint64_t>(data.size(), kUsualRatio);
    reserve(out, std::min(usual.value_or(options.max_output), options.max_output));
  }
  const auto source = memory_source(data);
  const auto sink = memory_sink(out);
  const auto result = decompress(*source, *sink, decompress_options(data, claimed, options));
  if (!result.ok()) {
    return result.status();
  }
  return out;
}

}  // namespace

Result<std::vector<std::byte>> compress(ByteSpan content, const CompressOptions& options) {
  return without_exceptions([&]() -> Result<std::vector<std::byte>> {
    std::vector<std::byte> out;
    const auto source = memory_source(content);
    const auto sink = memory_sink(out);
    const auto result = compress(*source, *sink, compress_options(content, options));
    if (!result.ok()) {
      return result.status();
    }
    return out;
  });
}

Result<std::vector<std::byte>> decompress(ByteSpan data, const DecompressOptions& options) {
  return without_exceptions([&] { return decompress_to_vector(data, options); });
}

Result<std::size_t> compress_into(ByteSpan content, MutableByteSpan out,
                                  const CompressOptions& options) {
  return without_exceptions([&]() -> Result<std::size_t> {
    std::size_t used = 0;
    const auto source = memory_source(content);
    const auto sink = span_sink(out, &used);
    const auto result = compress(*source, *sink, compress_options(content, options));
    return result.ok() ? Result<std::size_t>(used) : result.status();
  });
}

Result<std::size_t> decompress_into(ByteSpan data, MutableByteSpan out,
                                    const DecompressOptions& options) {
  return without_exceptions([&]() -> Result<std::size_t> {
    std::size_t used = 0;
    prefer_huge_pages(out.data(), out.size());
    const auto source = memory_source(data);
    const auto sink = span_sink(out, &used);
    DecompressOptions bounded = decompress_options(data, out.size(), options);
    // Where headers tell the size, the refusal comes before anything is decoded.
    bounded.max_output = std::min<std::uint64_t>(bounded.max_output, out.size());
    const auto result = decompress(*source, *sink, bounded);
    return result.ok() ? Result<std::size_t>(used) : result.status();
  });
}

}  // namespace kompakt
