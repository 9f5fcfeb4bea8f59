#include "request_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "naming.hpp"
#include "taking.hpp"

namespace kompakt::cli {
namespace {

constexpr int kStrongestWithoutUltra = 19;

Status usage(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

std::string known_formats() {
  std::string names;
  for (const FormatInfo& info : all_formats()) {
    names += (names.empty() ? "" : ", ") + std::string(info.name);
  }
  return names;
}

/// Names of levels, and what they are on the scale of .warp.
constexpr std::array<std::pair<std::string_view, int>, 6> kWarpLevelNames = {{
    {"fastest", 1},
    {"throughput", 2},
    {"auto", 3},
    {"balanced", 3},
    {"ratio", 7},
    {"max", 9},
}};

int fast_level(Format format) {
  const FormatInfo& info = format_info(format);
  const int usual = format == Format::kZstd || format == Format::kLz4 ? -1
                    : format == Format::kXz                           ? 0
                                                                      : 1;
  return std::clamp(usual, info.min_level, info.max_level);
}

int best_level(Format format) {
  switch (format) {
    case Format::kWarp:
    case Format::kGzip:
    case Format::kZlib:
      return 9;
    case Format::kZstd:
      return kStrongestWithoutUltra;
    default:
      return format_info(format).max_level;
  }
}

std::optional<int> named_level(Format format, std::string_view name) {
  if (name == "fast" || name == "best") {
    return name == "fast" ? fast_level(format) : best_level(format);
  }
  const auto* row = std::find_if(kWarpLevelNames.begin(), kWarpLevelNames.end(),
                                 [name](const auto& entry) { return entry.first == name; });
  if (row == kWarpLevelNames.end()) {
    return std::nullopt;
  }
  if (format == Format::kWarp) {
    return row->second;
  }
  if (row->second == 3) {
    return format_info(format).default_level;
  }
  return row->second < 3   ? fast_level(format)
         : name == "ratio" ? best_level(format)
                           : format_info(format).max_level;
}

std::optional<int> number_of(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

/// One step after the other; the first failure stays.
class FormatBuilder {
 public:
  FormatBuilder(const Arguments& arguments, Request& request)
      : arguments_(arguments),
        out_(request),
        archives_(request.verb == Verb::kArchive),
        writes_(archives_ || request.verb == Verb::kCompress || request.verb == Verb::kConvert),
        own_(request.family == &kompakt_family()) {}

  Status run() {
    format();
    if (!status_.ok()) {
      return status_;
    }
    if (archives_) {
      archive_belongings();
    }
    level();
    if (!without_stream()) {
      layout();
      check();
      warp_options();
    }
    if (own_ && writes_ && !archives_) {
      belongings();
    }
    return status_;
  }

 private:
  void fail(Status status) {
    if (status_.ok()) {
      status_ = std::move(status);
    }
  }
  [[nodiscard]] bool on_line(Key key) const {
    const Given* given = arguments_.find(key);
    return given != nullptr && !given->from_environment;
  }

  std::optional<Format> format_of(Key key) {
    const Given* given = arguments_.find(key);
    if (given == nullptr || given->value == "auto" || archives_) {
      return std::nullopt;
    }
    auto format = find_format(given->value);
    if (!format && !writes_ && own_) {
      // tar.br, where an archive is read.
      if (const auto target = archive_target("x." + given->value); target) {
        return target->filter;
      }
    }
    if (!format) {
      fail(usage(fmt::format("{}: unknown format '{}'; valid: auto, {}", given->spelling,
                             given->value, known_formats())));
    }
    return format;
  }

  void format() {
    if (!out_.family->formats.empty()) {
      out_.format = out_.family->formats.front();
    }
    const auto named = format_of(Key::kFormat);
    const auto from = format_of(Key::kFrom);
    if (on_line(Key::kFrom) && out_.verb != Verb::kConvert) {
      fail(usage("--from belongs to 'convert'; elsewhere -F names the format that is read"));
    }
    if (archives_) {
      const ArchiveTarget& target = out_.archive.target;
      out_.format = target.kind == ArchiveKind::kZip ? zip_scale().format
                                                     : target.filter.value_or(Format::kWarp);
      return;
    }
    if (!writes_) {
      // A default for what is written must not get in the way of what is read.
      if (on_line(Key::kFormat) && named) {
        out_.from = named;
      }
      return;
    }
    out_.from = from;
    if (named && (on_line(Key::kFormat) || !by_output())) {
      out_.format = *named;
    } else if (by_output()) {
      out_.format = *by_output();
    } else if (out_.verb == Verb::kConvert && !named) {
      fail(usage("the name of OUT tells no format: -F names one"));
    }
  }
  [[nodiscard]] std::optional<Format> by_output() const {
    return own_ && out_.output ? format_by_suffix(*out_.output) : std::nullopt;
  }

  /// The levels of a zip method, and the format whose names of levels it goes by.
  struct Scale {
    Format format = Format::kGzip;
    int min = 0;
    int max = 12;
  };
  [[nodiscard]] Scale zip_scale() const {
    const std::string& method = out_.archive.zip_method;
    return method == "zstd"    ? Scale{Format::kZstd, 1, kStrongestWithoutUltra}
           : method == "bzip2" ? Scale{Format::kBzip2, 1, 9}
           : method == "xz"    ? Scale{Format::kXz, 0, 9}
                               : Scale{};
  }
  [[nodiscard]] bool zips() const {
    return archives_ && out_.archive.target.kind == ArchiveKind::kZip;
  }

  void level() {
    const Given* given = arguments_.find(Key::kLevel);
    if (given == nullptr || out_.warp_version == 2 || plain_tar()) {
      return;
    }
    FormatInfo info = format_info(out_.format);
    if (zips()) {
      info.min_level = zip_scale().min;
      info.max_level = zip_scale().max;
    }
    auto level = named_level(out_.format, given->value);
    if (level && zips()) {
      level = std::clamp(*level, info.min_level, info.max_level);
    } else if (!level) {
      level = number_of(given->value);
    }
    if (!own_ && level) {
      const bool ultra = out_.format != Format::kZstd || arguments_.find(Key::kUltra) != nullptr;
      const int most = ultra ? info.max_level : kStrongestWithoutUltra;
      out_.level = std::clamp(*level, info.min_level, most);
      return;
    }
    if (!level || *level < info.min_level || *level > info.max_level) {
      if (!given->from_environment) {
        fail(usage(fmt::format(
            "{}: '{}' is no level of {}; valid: {} to {}, auto, fastest, "
            "throughput, balanced, ratio, max",
            given->spelling, given->value, format_name(), info.min_level, info.max_level)));
      }
      return;
    }
    if (writes_ && out_.format == Format::kZstd && *level > kStrongestWithoutUltra &&
        given->value != "max" && arguments_.find(Key::kUltra) == nullptr) {
      fail(
          usage(fmt::format("{}: levels 20 to 22 of zstd need --ultra, because they take much "
                            "memory on both sides",
                            given->spelling)));
    }
    out_.level = level;
  }

  void layout() {
    EncodeSettings& settings = out_.settings;
    settings.extreme = arguments_.find(Key::kExtreme) != nullptr;
    settings.seekable = arguments_.find(Key::kSeekable) != nullptr;
    fail(take(arguments_, Key::kLong, settings.window_log,
              [](const std::string& text) { return parse_number(text, 64); }));
    fail(take(arguments_, Key::kBlockSize, out_.block_size,
              [](const std::string& text) { return parse_size(text); }));
    if (out_.block_size == 0U && !own_) {
      out_.block_size.reset();
    }
    // .warp has a place of its own for it, and a multiple of frames is what it is.
    const bool asked = on_line(Key::kBlockSize) || !own_;
    if (out_.format != Format::kWarp) {
      settings.block_size = asked ? out_.block_size : std::nullopt;
      out_.block_size.reset();
    } else {
      settings.seekable = false;
    }
    if (const Given* solid = arguments_.find(Key::kSolid); solid != nullptr) {
      out_.solid = true;
      if (out_.block_size) {
        fail(usage(fmt::format("{} and {}: one of them", solid->spelling,
                               arguments_.find(Key::kBlockSize)->spelling)));
      }
    }
    if (const Given* path = arguments_.find(Key::kDictionary); path != nullptr) {
      out_.dictionary = path->value;
    }
  }

  void check() {
    const Given* given = arguments_.find(Key::kCheck);
    if (given == nullptr) {
      return;
    }
    if (!writes_ && own_) {
      fail(
          usage(fmt::format("{} belongs to compression; checks that a file holds are always "
                            "verified",
                            given->spelling)));
      return;
    }
    const std::string& name = given->value;
    const std::string_view usual = out_.format == Format::kZstd  ? "xxh64"
                                   : out_.format == Format::kLz4 ? "xxh32"
                                                                 : "";
    if (out_.format == Format::kWarp) {
      checksum_of(*given);
    } else if (out_.format == Format::kXz) {
      out_.settings.check = name;
    } else if (name == "none") {
      out_.settings.checksum = false;
    } else if (usual.empty() || name != usual) {
      fail(usage(usual.empty() ? fmt::format("{}: {} leaves no choice of a check", given->spelling,
                                             format_info(out_.format).name)
                               : fmt::format("{}: '{}' is neither none nor {}", given->spelling,
                                             name, usual)));
    }
  }

  void checksum_of(const Given& given) {
    const auto id = find_hash(given.value);
    if (!id || *id > HashId::kBlake2b) {
      fail(usage(fmt::format("{}: '{}' is none of none, xxh64, xxh3, blake3, blake2b",
                             given.spelling, given.value)));
      return;
    }
    out_.checksum = *id;
    out_.checksum_given = true;
  }

  void warp_options() {
    if (const Given* checksum = arguments_.find(Key::kChecksum); checksum != nullptr) {
      checksum_of(*checksum);
    }
    fail(take(arguments_, Key::kCodec, out_.codec,
              [](const std::string& text) { return parse_codec_spec(text); }));
    if (out_.warp_version != 2) {
      return;
    }
    // Version 2 has levels of its own; --codec chooses the method and its strength.
    if (const Given* level = arguments_.find(Key::kLevel); level != nullptr) {
      out_.v2_level = level->value;
    }
    if (!out_.checksum_given) {
      out_.checksum = HashId::kNone;
    }
    if (!out_.codec) {
      return;
    }
    const CodecId id = out_.codec->codec->info().id;
    out_.v2_method = out_.codec->codec->info().name;
    if (id == CodecId::kZstd) {
      out_.zstd_level = static_cast<int>(out_.codec->options.get("level"));
    } else if (id == CodecId::kBrotli) {
      out_.brotli_quality = static_cast<int>(out_.codec->options.get("quality"));
    }
  }

  [[nodiscard]] bool plain_tar() const {
    return archives_ && out_.archive.target.kind == ArchiveKind::kTar &&
           !out_.archive.target.filter;
  }
  /// An archive whose bytes no stream format makes.
  [[nodiscard]] bool without_stream() const {
    return archives_ && (plain_tar() || out_.archive.target.kind == ArchiveKind::kZip);
  }
  [[nodiscard]] std::string format_name() const {
    return archives_ ? target_name(out_.archive.target)
                     : std::string(format_info(out_.format).name);
  }

  // What a kind of archive has no place for.
  void archive_belongings() {
    constexpr std::array kWarpOnly = {Key::kCodec, Key::kChecksum, Key::kSolid};
    constexpr std::array kStreamOnly = {Key::kExtreme, Key::kLong, Key::kUltra, Key::kDictionary,
                                        Key::kSeekable};
    constexpr std::array kCoded = {Key::kBlockSize, Key::kCheck};
    const auto refuse = [&](Key key) {
      if (on_line(key)) {
        fail(usage(fmt::format(".{} has no {}", format_name(), arguments_.find(key)->spelling)));
      }
    };
    const bool warp = !without_stream() && out_.format == Format::kWarp;
    if (!warp) {
      std::for_each(kWarpOnly.begin(), kWarpOnly.end(), refuse);
    }
    if (warp || without_stream()) {
      std::for_each(kStreamOnly.begin(), kStreamOnly.end(), refuse);
    } else if (out_.format != Format::kZstd) {
      refuse(Key::kUltra);
    }
    if (without_stream()) {
      std::for_each(kCoded.begin(), kCoded.end(), refuse);
    }
    if (plain_tar()) {
      refuse(Key::kLevel);
    }
    if (out_.archive.target.kind != ArchiveKind::kZip) {
      refuse(Key::kZipMethod);
    }
  }

  // What a format has no place for; what the library knows better is left to it.
  void belongings() {
    const bool warp = out_.format == Format::kWarp;
    constexpr std::array kWarpOnly = {Key::kCodec, Key::kChecksum, Key::kSolid, Key::kWarpVersion};
    constexpr std::array kOthersOnly = {Key::kExtreme, Key::kLong, Key::kUltra, Key::kDictionary};
    const auto refuse = [&](Key key) {
      if (on_line(key)) {
        fail(usage(fmt::format("{} has no {}", warp ? ".warp" : format_info(out_.format).name,
                               arguments_.find(key)->spelling)));
      }
    };
    std::for_each(kWarpOnly.begin(), kWarpOnly.end(), [&](Key key) {
      if (!warp) {
        refuse(key);
      }
    });
    std::for_each(kOthersOnly.begin(), kOthersOnly.end(), [&](Key key) {
      if (warp) {
        refuse(key);
      }
    });
    if (!warp) {
      out_.warp_version = 3;
      out_.codec.reset();
    }
    if (on_line(Key::kUltra) && !warp && out_.format != Format::kZstd) {
      refuse(Key::kUltra);
    }
  }

  const Arguments& arguments_;  // outlives the builder
  Request& out_;                // outlives the builder
  bool archives_;
  bool writes_;
  bool own_;
  Status status_;
};

}  // namespace

Status understand_format(const Arguments& arguments, Request& request) {
  return FormatBuilder(arguments, request).run();
}

}  // namespace kompakt::cli
