/// \file
/// What the tests of readers, writers and coders share: every format, small inputs in each.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "kompakt/stream.hpp"
#include "ordered_ends.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// Strong levels of some formats would make tests slow and prove nothing more.
inline CompressOptions quick_options(Format format) {
  const FormatInfo& info = format_info(format);
  CompressOptions options;
  options.format = format;
  if (info.min_level != info.max_level) {
    options.level = format == Format::kBrotli ? 4 : format == Format::kXz ? 0 : 1;
  }
  if (format == Format::kWarp) {
    options.block_size = 64 << 10U;
  }
  options.run.threads = 2;
  return options;
}

inline DecompressOptions reading_options(Format format) {
  DecompressOptions options;
  if (format == Format::kBrotli) {
    options.format = format;  // nothing marks it
  }
  options.run.threads = 2;
  return options;
}

inline Bytes compressed(ByteSpan content, const CompressOptions& options) {
  Bytes out;
  const auto source = memory_source(content);
  const auto sink = memory_sink(out);
  const auto result = compress(*source, *sink, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return out;
}

inline Bytes decompressed(ByteSpan data, const DecompressOptions& options = {}) {
  Bytes out;
  const auto source = memory_source(data);
  const auto sink = memory_sink(out);
  const auto result = decompress(*source, *sink, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return out;
}

/// An index of `data` with places about every `spacing` bytes of content.
inline std::optional<SeekIndex> index_of(ByteSpan data, Format format, std::uint64_t spacing) {
  DecompressOptions options = reading_options(format);
  options.index_spacing = spacing;
  const auto source = memory_source(data);
  const auto nowhere = null_sink();
  auto result = decompress(*source, *nowhere, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return result.ok() ? std::move(result->index) : std::nullopt;
}

inline std::string name_of(Format format) { return std::string(format_info(format).name); }

}  // namespace kompakt::testing
