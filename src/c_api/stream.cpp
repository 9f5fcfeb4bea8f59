// Whole streams, ranges of them, and other formats for them.
#include "kompakt/stream.hpp"

#include <algorithm>
#include <limits>

#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"

namespace kompakt::c_api {
namespace {

constexpr kompakt_range_options kRangeDefaults = KOMPAKT_RANGE_OPTIONS_INIT;
constexpr kompakt_convert_options kConvertDefaults = KOMPAKT_CONVERT_OPTIONS_INIT;

/// Runs `work` over the two ends; a StreamResult comes of it.
template <typename Work>
kompakt_code stream_call(kompakt_context* context, kompakt_source* source, kompakt_sink* sink,
                         kompakt_result* result, const Work& work) noexcept {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}});
    if (status.ok()) {
      status = check_result(result);
    }
    const auto open = status.ok() ? open_sink(sink) : status;
    if (!open.ok()) {
      return open.status();
    }
    SharedSource view(source->source);
    Result<StreamResult> done = work(view, **open);
    if (done.ok()) {
      fill(result, to_c(*context, std::move(*done)));
    }
    return done.status();
  });
}

/// What a range is made of.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  const SeekIndex* index = nullptr;
  DecompressOptions options;
};

Result<Range> to_range(kompakt_context& context, const kompakt_range_options* range) {
  if (range == nullptr) {
    return Status(Code::kInvalidArgument, "range is NULL");
  }
  const auto given = sized(range, kRangeDefaults);
  if (!given.ok()) {
    return given.status();
  }
  auto options = to_cpp(context, given->decompress);
  if (!options.ok()) {
    return options.status();
  }
  const SeekIndex* index = given->index != nullptr && given->index->content.index
                               ? &*given->index->content.index
                               : nullptr;
  return Range{
      .first = given->first, .count = given->count, .index = index, .options = std::move(*options)};
}

}  // namespace
}  // namespace kompakt::c_api

using namespace kompakt;
using namespace kompakt::c_api;

kompakt_code kompakt_compress_stream(kompakt_context* context, kompakt_source* source,
                                     kompakt_sink* sink, const kompakt_compress_options* options,
                                     kompakt_result* result) {
  return stream_call(context, source, sink, result,
                     [&](Source& from, Sink& to) -> Result<StreamResult> {
                       const auto cpp = to_cpp(*context, options);
                       return cpp.ok() ? compress(from, to, *cpp) : cpp.status();
                     });
}

kompakt_code kompakt_decompress_stream(kompakt_context* context, kompakt_source* source,
                                       kompakt_sink* sink,
                                       const kompakt_decompress_options* options,
                                       kompakt_result* result) {
  return stream_call(context, source, sink, result,
                     [&](Source& from, Sink& to) -> Result<StreamResult> {
                       const auto cpp = to_cpp(*context, options);
                       return cpp.ok() ? decompress(from, to, *cpp) : cpp.status();
                     });
}

kompakt_code kompakt_decompress_range(kompakt_context* context, kompakt_source* source,
                                      kompakt_sink* sink, const kompakt_range_options* range,
                                      kompakt_result* result) {
  return stream_call(
      context, source, sink, result, [&](Source& from, Sink& to) -> Result<StreamResult> {
        const auto cpp = to_range(*context, range);
        return cpp.ok()
                   ? decompress_range(from, to, cpp->first, cpp->count, cpp->options, cpp->index)
                   : cpp.status();
      });
}

kompakt_code kompakt_decompress_lines(kompakt_context* context, kompakt_source* source,
                                      kompakt_sink* sink, const kompakt_range_options* range,
                                      kompakt_result* result) {
  return stream_call(
      context, source, sink, result, [&](Source& from, Sink& to) -> Result<StreamResult> {
        const auto cpp = to_range(*context, range);
        if (!cpp.ok()) {
          return cpp.status();
        }
        if (cpp->first == 0 || cpp->count == 0) {
          return Status(Code::kInvalidArgument, "lines are counted from 1, and one is the least");
        }
        const std::uint64_t beyond = std::numeric_limits<std::uint64_t>::max() - cpp->first;
        const std::uint64_t last = cpp->first + std::min(cpp->count - 1, beyond);
        return decompress_lines(from, to, cpp->first, last, cpp->options, cpp->index);
      });
}

kompakt_code kompakt_compress_v2(kompakt_context* context, kompakt_source* source,
                                 kompakt_sink* sink, const kompakt_v2_options* options,
                                 kompakt_result* result) {
  return stream_call(context, source, sink, result,
                     [&](Source& from, Sink& to) -> Result<StreamResult> {
                       const auto cpp = to_cpp(*context, options);
                       return cpp.ok() ? compress_v2(from, to, *cpp) : cpp.status();
                     });
}

kompakt_code kompakt_convert(kompakt_context* context, kompakt_source* source, kompakt_sink* sink,
                             const kompakt_convert_options* options,
                             kompakt_convert_result* result) {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}});
    if (status.ok()) {
      status = check_result(result);
    }
    const auto open = status.ok() ? open_sink(sink) : status;
    if (!open.ok()) {
      return open.status();
    }
    const auto given = sized(options, kConvertDefaults);
    if (!given.ok()) {
      return given.status();
    }
    const auto to = to_cpp(*context, given->to);
    const auto from = to_cpp(*context, given->from);
    if (!to.ok() || !from.ok()) {
      return to.ok() ? from.status() : to.status();
    }
    SharedSource view(source->source);
    const auto done = convert(view, **open, *to, *from);
    if (done.ok()) {
      fill(result, kompakt_convert_result{.struct_size = sizeof(kompakt_convert_result),
                                          .bytes_in = done->decoded.bytes_in,
                                          .content = done->decoded.bytes_out,
                                          .bytes_out = done->encoded.bytes_out,
                                          .content_hash = done->content_hash,
                                          .from = static_cast<std::int32_t>(done->decoded.format),
                                          .to = static_cast<std::int32_t>(done->encoded.format)});
    }
    return done.status();
  });
}
