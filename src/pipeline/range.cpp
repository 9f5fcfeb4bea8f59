// Stretches of content: by bytes and by lines, through an index where there is one.
#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "container/warp3_layout.hpp"
#include "container/warp_decode.hpp"
#include "container/warp_index.hpp"
#include "pipeline/range.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

/// What a sink answers when it wants no more, so that decoding stops.
Status enough() { return {Code::kCancelled, "enough"}; }

/// Passes a stretch of what is written on, drops what lies before it, stops what comes behind it.
class WindowSink final : public Sink {
 public:
  WindowSink(Sink& inner, std::uint64_t offset, std::uint64_t length)
      : inner_(inner), skip_(offset), left_(length) {}

  Status write(ByteSpan bytes) override {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    if (left_ == 0 && skip_ == 0) {
      return enough();
    }
    bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    left_ -= bytes.size();
    passed_ += bytes.size();
    return bytes.empty() ? Status() : inner_.write(bytes);
  }
  [[nodiscard]] bool satisfied() const noexcept { return skip_ == 0 && left_ == 0; }
  /// Whether the content reaches to where the stretch begins.
  [[nodiscard]] bool reached() const noexcept { return skip_ == 0; }
  [[nodiscard]] std::uint64_t passed() const noexcept { return passed_; }

 private:
  Sink& inner_;  // NOLINT(cppcoreguidelines-*): outlives the window
  std::uint64_t skip_;
  std::uint64_t left_;
  std::uint64_t passed_ = 0;
};

/// The same for lines.
class LineSink final : public Sink {
 public:
  LineSink(Sink& inner, std::uint64_t skip, std::uint64_t count)
      : inner_(inner), skip_(skip), left_(count) {}

  Status write(ByteSpan bytes) override {
    while (skip_ != 0 && !bytes.empty()) {
      bytes = bytes.subspan(line_length(bytes, skip_));
    }
    if (bytes.empty()) {
      return {};
    }
    if (left_ == 0) {
      return enough();
    }
    std::size_t wanted = 0;
    while (left_ != 0 && wanted < bytes.size()) {
      wanted += line_length(bytes.subspan(wanted), left_);
    }
    passed_ += wanted;
    return inner_.write(bytes.first(wanted));
  }
  [[nodiscard]] bool satisfied() const noexcept { return skip_ == 0 && left_ == 0; }
  [[nodiscard]] std::uint64_t passed() const noexcept { return passed_; }

 private:
  /// Bytes up to and with the next newline, which counts one down; all of them where there is none.
  static std::size_t line_length(ByteSpan bytes, std::uint64_t& lines) {
    const void* found = std::memchr(bytes.data(), '\n', bytes.size());
    if (found == nullptr) {
      return bytes.size();
    }
    --lines;
    return static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data()) + 1;
  }

  Sink& inner_;  // NOLINT(cppcoreguidelines-*): outlives the window
  std::uint64_t skip_;
  std::uint64_t left_;
  std::uint64_t passed_ = 0;
};

/// A decode that a satisfied sink stopped is a success.
template <typename Window>
Result<StreamResult> stopped(Result<StreamResult> result, const Window& window, Sink& sink) {
  if (!result.ok() && (!window.satisfied() || result.status().code() != Code::kCancelled)) {
    return result;
  }
  StreamResult out = result.ok() ? std::move(*result) : StreamResult();
  out.bytes_out = window.passed();
  if (Status finished = sink.finish(out.bytes_out); !finished.ok()) {
    return finished;
  }
  return out;
}

Status behind_the_end(std::uint64_t offset, std::uint64_t size) {
  return {Code::kInvalidArgument, "range begins at " + std::to_string(offset) +
                                      ", the content ends at " + std::to_string(size)};
}

Result<StreamResult> range_of_warp3(Source& source, Sink& sink, std::uint64_t offset,
                                    std::uint64_t length, const DecompressOptions& options) {
  auto index = WarpIndex::open(source);
  if (!index.ok()) {
    return index.status();
  }
  auto job = make_warp_range_job(*index, sink,
                                 {.offset = offset,
                                  .length = length,
                                  .limits = limits_of(options.run, options.max_output),
                                  .verify_digests = options.verify_digests});
  if (!job.ok()) {
    return job.status();
  }
  return run_to_end(**job, options.run);
}

/// Of anything that can only be read from its beginning.
Result<StreamResult> range_by_decoding(Source& source, Sink& sink, std::uint64_t offset,
                                       std::uint64_t length, const DecompressOptions& options) {
  WindowSink window(sink, offset, length);
  auto result = stopped(decompress(source, window, options), window, sink);
  if (result.ok() && !window.reached()) {
    return Status(Code::kInvalidArgument, "the range begins behind the end of the content");
  }
  return result;
}

Result<StreamResult> range_by_index(const Source& source, Sink& sink, const SeekIndex& index,
                                    const RangeSettings& settings, const RunControl& control) {
  if (settings.offset > index.content_size) {
    return behind_the_end(settings.offset, index.content_size);
  }
  auto job = find_format_entry(index.format)->make_range_decoder(source, sink, index, settings);
  if (!job.ok()) {
    return job.status();
  }
  auto result = run_and_finish(**job, sink, control);
  if (result.ok()) {
    result->format = index.format;
  }
  return result;
}

}  // namespace

Result<Access> find_access(Source& source, const DecompressOptions& options, bool use_native) {
  const auto head = peek(source, 16);
  if (!head.ok()) {
    return head.status();
  }
  Access access;
  access.format = options.format ? options.format : detect_format(*head);
  if (!access.format) {
    return access;
  }
  if (*access.format == Format::kWarp) {
    access.warp3 = head->size() > 4 && (*head)[4] == std::byte{warp3::kVersion};
    return access;
  }
  const FormatEntry& entry = *find_format_entry(*access.format);
  if (use_native && entry.native_index != nullptr) {
    auto native = entry.native_index(source);
    // Content before the damage can be had without an index, and decoding tells of the damage.
    if (!native.ok() && !is_damage(native.status())) {
      return native.status();
    }
    access.native = native.ok() ? std::move(*native) : std::nullopt;
  }
  return access;
}

Result<StreamResult> decompress_range(Source& source, Sink& sink, std::uint64_t offset,
                                      std::uint64_t length, const DecompressOptions& options,
                                      const SeekIndex* index) {
  if (!source.random_access()) {
    return range_by_decoding(source, sink, offset, length, options);
  }
  const auto access = find_access(source, options, index == nullptr);
  if (!access.ok()) {
    return access.status();
  }
  if (access->warp3) {
    return range_of_warp3(source, sink, offset, length, options);
  }
  const SeekIndex* usable = index != nullptr ? index : access->native ? &*access->native : nullptr;
  if (usable == nullptr || usable->points.empty() || usable->format != access->format ||
      find_format_entry(usable->format)->make_range_decoder == nullptr) {
    return range_by_decoding(source, sink, offset, length, options);
  }
  return range_by_index(source, sink, *usable,
                        {.offset = offset,
                         .length = length,
                         .limits = limits_of(options.run, options.max_output),
                         .dictionary = options.dictionary},
                        options.run);
}

Result<StreamResult> decompress_lines(Source& source, Sink& sink, std::uint64_t first,
                                      std::uint64_t last, const DecompressOptions& options,
                                      const SeekIndex* index) {
  if (first == 0 || last < first) {
    return Status(Code::kInvalidArgument,
                  "lines are counted from 1, and the last is not before "
                  "the first");
  }
  std::uint64_t skip = first - 1;
  const std::uint64_t count = last - skip;
  std::uint64_t from = 0;
  if (index != nullptr && index->has_lines) {
    const auto after = std::upper_bound(
        index->points.begin(), index->points.end(), skip,
        [](std::uint64_t lines, const SeekPoint& point) { return lines < point.lines; });
    if (after != index->points.begin()) {
      from = (after - 1)->content;
      skip -= (after - 1)->lines;
    }
  }
  LineSink lines(sink, skip, count);
  auto result = stopped(from != 0 ? decompress_range(source, lines, from, kAll, options, index)
                                  : decompress(source, lines, options),
                        lines, sink);
  if (result.ok() && lines.passed() == 0) {
    return Status(Code::kInvalidArgument, "the content has fewer lines");
  }
  return result;
}

Result<StreamResult> inspect_stream(Source& source, const DecompressOptions& options) {
  const auto access = find_access(source, options, false);
  if (!access.ok()) {
    return access.status();
  }
  if (!access->format || *access->format == Format::kWarp) {
    return Status(Code::kUnsupported, "not a stream format other than .warp");
  }
  const FormatEntry& entry = *find_format_entry(*access->format);
  if (entry.scan != nullptr) {
    auto facts = entry.scan(source);
    if (!facts.ok()) {
      return facts.status();
    }
    if (facts->content) {
      StreamResult result;
      result.bytes_in = source.size().value_or(0);
      result.bytes_out = *facts->content;
      result.format = *access->format;
      result.facts = std::move(*facts);
      return result;
    }
  }
  const auto nowhere = null_sink();
  return decompress(source, *nowhere, options);
}

}  // namespace kompakt
