#include "archive/warp/similar_order.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace kompakt {
namespace {

// How often a name must come, alone or with its folder's name, for its files to be laid together.
constexpr std::uint32_t kManyNames = 64;
constexpr std::uint32_t kManyTails = 4;

constexpr std::array<std::string_view, 40> kCompressed = {
    "7z",   "aac",  "apk",  "avif", "br",  "bz2",  "cab",   "crate", "deb", "docx",
    "flac", "gif",  "gz",   "heic", "jar", "jpeg", "jpg",   "lz",    "lz4", "m4a",
    "mkv",  "mov",  "mp3",  "mp4",  "ogg", "opus", "png",   "pptx",  "rar", "rpm",
    "tgz",  "warp", "webm", "webp", "whl", "woff", "woff2", "xz",    "zip", "zst"};
static_assert(std::is_sorted(kCompressed.begin(), kCompressed.end()));

enum class Group : std::uint8_t { kByPath, kByName, kByTail, kCompressedAlready };

struct Key {
  Group group = Group::kByPath;
  std::string_view extension;
  std::string_view name;
  std::string_view path;
  std::uint32_t index = 0;
};

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

/// The name and that of the folder it is in.
std::string_view tail_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) {
    return path;
  }
  return path.substr(path.rfind('/', slash - 1) + 1);
}

std::string_view extension_of(std::string_view path) {
  const std::string_view name = base_name(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

bool is_compressed(std::string_view extension) {
  std::array<char, 8> lower{};
  if (extension.empty() || extension.size() > lower.size()) {
    return false;
  }
  std::transform(extension.begin(), extension.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::binary_search(kCompressed.begin(), kCompressed.end(),
                            std::string_view(lower.data(), extension.size()));
}

}  // namespace

std::vector<std::uint32_t> similar_order(const MemberStore& members,
                                         std::vector<std::uint32_t> files) {
  std::unordered_map<std::string_view, std::uint32_t> names;
  std::unordered_map<std::string_view, std::uint32_t> tails;
  for (const std::uint32_t file : files) {
    const std::string_view path = members.path(file);
    ++names[base_name(path)];
    ++tails[tail_of(path)];
  }
  std::vector<Key> keys;
  keys.reserve(files.size());
  for (const std::uint32_t file : files) {
    Key key{.extension = {}, .name = {}, .path = members.path(file), .index = file};
    const std::string_view extension = extension_of(key.path);
    if (is_compressed(extension)) {
      key.group = Group::kCompressedAlready;
    } else if (names.at(base_name(key.path)) >= kManyNames) {
      key.group = Group::kByName;
      key.name = base_name(key.path);
    } else if (tails.at(tail_of(key.path)) >= kManyTails) {
      key.group = Group::kByTail;
      key.name = tail_of(key.path);
    }
    key.extension = key.group == Group::kByPath ? std::string_view() : extension;
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return std::tie(a.group, a.extension, a.name, a.path) <
           std::tie(b.group, b.extension, b.name, b.path);
  });
  std::transform(keys.begin(), keys.end(), files.begin(), [](const Key& key) { return key.index; });
  return files;
}

}  // namespace kompakt
