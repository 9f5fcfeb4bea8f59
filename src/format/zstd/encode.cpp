#include "format/zstd/encode.hpp"

#include <algorithm>
#include <string>

namespace kompakt::zstd {
namespace {

constexpr std::uint64_t kMinPart = 512 * kKiB;  // the library's own least job
constexpr std::uint64_t kMinFrame = kKiB;
constexpr std::uint64_t kMaxPart = kGiB;  // the most that the seekable format takes in a frame

Status refuse(const std::string& what) { return {Code::kInvalidArgument, "zstd: " + what}; }

}  // namespace

Result<Wishes> check_wishes(const EncodeSettings& settings) {
  Wishes wishes{.level = settings.level.value_or(kDefaultLevel),
                .checksum = settings.checksum,
                .part_size = 0,
                .window_log = 0,
                .dictionary = settings.dictionary};
  if (wishes.level < ZSTD_minCLevel() || wishes.level > ZSTD_maxCLevel()) {
    return refuse("the level must be " + std::to_string(ZSTD_minCLevel()) + " to " +
                  std::to_string(ZSTD_maxCLevel()));
  }
  if (settings.extreme) {
    return refuse("there is no extreme mode; levels up to " + std::to_string(ZSTD_maxCLevel()) +
                  " are the strongest");
  }
  if (!settings.check.empty() && settings.check != "xxh64" && settings.check != "none") {
    return refuse("the check is xxh64 or none");
  }
  if (settings.check == "none") {
    wishes.checksum = false;
  }
  if (settings.name || settings.modified) {
    return refuse("frames store no name and no time");
  }
  if (settings.window_log) {
    if (*settings.window_log < ZSTD_WINDOWLOG_MIN || *settings.window_log > ZSTD_WINDOWLOG_MAX) {
      return refuse("the window log must be " + std::to_string(ZSTD_WINDOWLOG_MIN) + " to " +
                    std::to_string(ZSTD_WINDOWLOG_MAX));
    }
    wishes.window_log = *settings.window_log;
  }
  if (settings.block_size) {
    const std::uint64_t least = settings.seekable ? kMinFrame : kMinPart;
    if (*settings.block_size < least || *settings.block_size > kMaxPart) {
      return refuse("the block size must be " + std::to_string(least) + " bytes to 1 GiB");
    }
    if (settings.window_log && !settings.seekable) {
      return refuse("a frame with a long window is not cut into blocks of a chosen size");
    }
    wishes.part_size = static_cast<std::size_t>(*settings.block_size);
  }
  return wishes;
}

FramePlan plan_frame(const Wishes& wishes, std::optional<std::uint64_t> content_size) {
  // A level means other parameters for small content. 0 says that the size is unknown, so nothing
  // is treated as one byte.
  const std::uint64_t hint = content_size ? std::max<std::uint64_t>(*content_size, 1) : 0;
  FramePlan plan;
  plan.parameters =
      ZSTD_getCParams(wishes.level, hint, wishes.dictionary ? wishes.dictionary->size() : 0);
  const ZSTD_strategy strategy = plan.parameters.strategy;
  const std::size_t window = std::size_t{1} << plan.parameters.windowLog;
  // The overlaps are the stock tool's for its threads. Parts are half as long as its jobs where the
  // search is cheap, so that few threads share even moderate inputs evenly, and bounded where the
  // window is huge, because several of them are in memory at a time.
  const bool strong = strategy >= ZSTD_btopt;
  const std::size_t own =
      strong ? std::min<std::size_t>(4 * window, std::max<std::size_t>(window, 128 * kMiB))
             : 2 * window;
  plan.part_size = wishes.part_size != 0 ? wishes.part_size : std::max<std::size_t>(4 * kMiB, own);
  const unsigned shift = strategy >= ZSTD_btultra2 ? 0
                         : strong                  ? 1
                         : strategy >= ZSTD_lazy2  ? 2
                                                   : 3;
  plan.overlap = std::min(window >> shift, plan.part_size);
  if (content_size && *content_size <= plan.part_size) {
    plan.part_size = std::max<std::size_t>(1, static_cast<std::size_t>(*content_size));
    plan.overlap = 0;
  }
  return plan;
}

Result<std::unique_ptr<StagedJob>> make_encoder(Source& source, Sink& sink,
                                                const EncodeSettings& settings) {
  const auto wishes = check_wishes(settings);
  if (!wishes.ok()) {
    return wishes.status();
  }
  if (settings.seekable) {
    return make_seekable_writer(source, sink, *wishes);
  }
  // Long-distance matching needs one view of all content.
  if (wishes->window_log != 0 || !can_stitch_parts()) {
    return make_stream_writer(source, sink, *wishes);
  }
  return make_frame_writer(source, sink, *wishes);
}

}  // namespace kompakt::zstd
