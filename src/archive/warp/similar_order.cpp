#include "archive/warp/similar_order.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <string>
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

/// How often a file's name comes, alone and with its folder's.
struct Counts {
  const std::uint32_t* name = nullptr;
  const std::uint32_t* tail = nullptr;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

/// Paths whose names have lost their digits, so that versions of one thing (chip_1_0_regs.h,
/// chip_2_0_regs.h) come to lie together and not between other things of their version.
class PlainPaths {
 public:
  /// Room for all that will be asked for: what is given out stays where it is.
  explicit PlainPaths(std::size_t room) { pool_.reserve(room); }

  std::string_view of(std::string_view path) {
    const std::string_view name = base_name(path);
    if (std::none_of(name.begin(), name.end(), is_digit)) {
      return path;
    }
    const std::size_t begin = pool_.size();
    pool_.append(path.substr(0, path.size() - name.size()));
    std::remove_copy_if(name.begin(), name.end(), std::back_inserter(pool_), is_digit);
    return std::string_view(pool_).substr(begin);
  }

 private:
  std::string pool_;
};

}  // namespace

std::vector<std::uint32_t> similar_order(const MemberStore& members,
                                         std::vector<std::uint32_t> files) {
  std::unordered_map<std::string_view, std::uint32_t> names;
  std::unordered_map<std::string_view, std::uint32_t> tails;
  std::vector<Counts> counts;
  counts.reserve(files.size());
  std::size_t path_bytes = 0;
  for (const std::uint32_t file : files) {
    const std::string_view path = members.path(file);
    path_bytes += path.size();
    counts.push_back({.name = &++names[base_name(path)], .tail = &++tails[tail_of(path)]});
  }
  PlainPaths plain(path_bytes);
  std::vector<Key> keys;
  keys.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    Key key{.extension = {}, .name = {}, .path = members.path(files[i]), .index = files[i]};
    const std::string_view extension = extension_of(key.path);
    if (is_compressed(extension)) {
      key.group = Group::kCompressedAlready;
    } else if (*counts[i].name >= kManyNames) {
      key.group = Group::kByName;
      key.name = base_name(key.path);
    } else if (*counts[i].tail >= kManyTails) {
      key.group = Group::kByTail;
      key.name = tail_of(key.path);
    } else {
      key.name = plain.of(key.path);
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
