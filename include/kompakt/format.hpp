/// \file
/// The stream formats: names, suffixes, recognition, what can be asked of a writer, what a stream
/// says of itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/export.h"
#include "kompakt/status.hpp"

namespace kompakt {

/// Stream formats that Kompakt writes and reads. Values are frozen: seek indexes store them.
enum class Format : std::uint8_t {
  kWarp = 0,
  kGzip = 1,
  kZlib = 2,
  kZstd = 3,
  kLz4 = 4,
  kXz = 5,
  kBzip2 = 6,
  kBrotli = 7,
  kSnappy = 8,  ///< the framing format
};

/// What is fixed about a format. Levels are on the scale of the format's stock tool; for kWarp on
/// its own.
struct FormatInfo {
  Format id = Format::kWarp;
  std::string_view name;
  std::string_view suffix;      ///< ".gz"
  std::string_view tar_suffix;  ///< ".tgz", which stands for ".tar.gz"; empty where there is none
  int min_level = 0;
  int max_level = 0;
  int default_level = 0;
};

/// Every format, kWarp first.
[[nodiscard]] KOMPAKT_API std::span<const FormatInfo> all_formats() noexcept;
/// Of one format.
[[nodiscard]] KOMPAKT_API const FormatInfo& format_info(Format id) noexcept;
/// By name ("gzip") or by suffix without its dot ("gz").
[[nodiscard]] KOMPAKT_API std::optional<Format> find_format(std::string_view name) noexcept;
/// The format that `head`, the first bytes of a stream (16 are enough), can only belong to. Brotli
/// has no mark to be known by and is never the answer.
[[nodiscard]] KOMPAKT_API std::optional<Format> detect_format(ByteSpan head) noexcept;

/// Bytes that both sides know beforehand; shared, not copied.
using Dictionary = std::shared_ptr<const std::vector<std::byte>>;

/// What a writer is asked for. A format that cannot do what is set here answers kInvalidArgument,
/// naming what it can do; it never ignores a wish.
struct EncodeSettings {
  std::optional<int> level{};  ///< on the stock tool's scale; unset: the stock tool's default
  bool extreme = false;        ///< xz -e
  bool seekable = false;       ///< many members or frames with an index, instead of one
  std::optional<std::uint64_t> block_size{};  ///< content bytes of a part that is coded by itself
  std::optional<int> window_log{};            ///< zstd --long=N, brotli --lgwin=N
  bool checksum = true;                       ///< where the format makes it optional
  std::string check{};                      ///< xz: none, crc32, crc64, sha256; empty: the default
  std::optional<std::string> name{};        ///< gzip: the original file's base name
  std::optional<std::uint32_t> modified{};  ///< gzip: seconds since 1970
  Dictionary dictionary{};                  ///< zstd, lz4
  /// compress() sets the rest, and the level, from its own options.
  Limits limits{};
  /// For libraries that bring threads of their own. The bytes must not depend on it.
  unsigned threads = 1;
};

/// What a stream says of itself, as far as it was read.
struct StreamFacts {
  std::uint64_t streams = 0;  ///< members, frames or streams with content
  std::uint64_t skipped = 0;  ///< skippable frames
  std::uint64_t blocks = 0;   ///< where the format has blocks and they were met
  std::uint64_t compressed = 0;
  std::optional<std::uint64_t> content;  ///< decoded bytes
  std::string check;                     ///< "CRC32", "XXH64", "None", ...; of the first stream
  std::optional<std::uint64_t> window;   ///< bytes of content that decoding refers back to
  std::optional<std::string> name;       ///< gzip: of the first member
  std::optional<std::uint32_t> modified;
  /// The stored check of the last stream, where a stock -lv shows it (gzip).
  std::optional<std::uint32_t> last_check;
  /// What the stock tool warns of and goes on: trailing garbage that was ignored, and such.
  std::vector<Status> warnings;
};

}  // namespace kompakt
