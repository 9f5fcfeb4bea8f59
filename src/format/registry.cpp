// The table of formats, and what the public header says of them.
#include <algorithm>
#include <array>

#include "format/rows.hpp"
#include "kompakt/format.hpp"

namespace kompakt {
namespace {

constexpr FormatInfo kWarpInfo{.id = Format::kWarp,
                               .name = "warp",
                               .suffix = ".warp",
                               .tar_suffix = "",
                               .min_level = 0,
                               .max_level = 15,
                               .default_level = 3};

using Row = const FormatEntry& (*)();
constexpr std::array<Row, 8> kRows{gzip_format, zlib_format,  zstd_format,   lz4_format,
                                   xz_format,   bzip2_format, brotli_format, snappy_format};

}  // namespace

std::span<const FormatInfo> all_formats() noexcept {
  static const auto kInfos = [] {
    std::array<FormatInfo, kRows.size() + 1> infos{};
    infos[0] = kWarpInfo;
    std::transform(kRows.begin(), kRows.end(), infos.begin() + 1,
                   [](Row row) { return row().info; });
    return infos;
  }();
  return kInfos;
}

const FormatInfo& format_info(Format id) noexcept {
  const auto infos = all_formats();
  const auto found = std::find_if(infos.begin(), infos.end(),
                                  [id](const FormatInfo& info) { return info.id == id; });
  return found == infos.end() ? infos.front() : *found;
}

std::optional<Format> find_format(std::string_view name) noexcept {
  for (const auto& info : all_formats()) {
    if (name == info.name || name == info.suffix.substr(1)) {
      return info.id;
    }
  }
  return std::nullopt;
}

std::optional<Format> detect_format(ByteSpan head) noexcept {
  constexpr std::array kMagic{std::byte{'W'}, std::byte{'A'}, std::byte{'R'}, std::byte{'P'}};
  if (head.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), head.begin())) {
    return Format::kWarp;
  }
  for (const Row row : kRows) {
    const FormatEntry& entry = row();
    if (entry.recognises != nullptr && entry.recognises(head)) {
      return entry.info.id;
    }
  }
  return std::nullopt;
}

const FormatEntry* find_format_entry(Format id) noexcept {
  for (const Row row : kRows) {
    if (row().info.id == id) {
      return &row();
    }
  }
  return nullptr;
}

}  // namespace kompakt
