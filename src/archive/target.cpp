// What the names of archives mean.
#include <array>

#include "kompakt/archive.hpp"

namespace kompakt {
namespace {

bool ends_with_suffix(std::string_view name, std::string_view suffix) noexcept {
  if (name.size() <= suffix.size()) {
    return false;
  }
  const std::string_view end = name.substr(name.size() - suffix.size());
  for (std::size_t i = 0; i < suffix.size(); ++i) {
    const char c = end[i] >= 'A' && end[i] <= 'Z' ? static_cast<char>(end[i] - 'A' + 'a') : end[i];
    if (c != suffix[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view entry_type_name(EntryType type) noexcept {
  constexpr std::array<std::string_view, 7> kNames = {
      "file", "directory", "symlink", "hardlink", "fifo", "char device", "block device"};
  const auto index = static_cast<std::size_t>(type);
  return index < kNames.size() ? kNames[index] : "unknown";
}

std::string target_name(const ArchiveTarget& target) {
  switch (target.kind) {
    case ArchiveKind::kZip:
      return "zip";
    case ArchiveKind::kWarp:
      return "warp";
    default:
      return "tar" + std::string(target.filter ? format_info(*target.filter).suffix : "");
  }
}

std::optional<ArchiveTarget> archive_target(std::string_view name) noexcept {
  if (ends_with_suffix(name, ".zip")) {
    return ArchiveTarget{.kind = ArchiveKind::kZip, .filter = std::nullopt};
  }
  if (ends_with_suffix(name, ".tar")) {
    return ArchiveTarget{.kind = ArchiveKind::kTar, .filter = std::nullopt};
  }
  constexpr std::string_view kTar = ".tar";
  for (const FormatInfo& format : all_formats()) {
    const bool long_suffix =
        ends_with_suffix(name, format.suffix) &&
        ends_with_suffix(name.substr(0, name.size() - format.suffix.size()), kTar);
    if (long_suffix || (!format.tar_suffix.empty() && ends_with_suffix(name, format.tar_suffix))) {
      return ArchiveTarget{.kind = ArchiveKind::kTar, .filter = format.id};
    }
  }
  if (ends_with_suffix(name, ".warp")) {
    return ArchiveTarget{.kind = ArchiveKind::kWarp, .filter = std::nullopt};
  }
  return std::nullopt;
}

}  // namespace kompakt
