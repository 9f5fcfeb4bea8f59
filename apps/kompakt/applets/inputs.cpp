#include "inputs.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "io/system.hpp"
#include "kompakt/naming.hpp"

namespace kompakt::cli {
namespace {

namespace fs = std::filesystem;

/// Symbolic links are not followed: they could lead out of the tree, or in a circle.
void add_tree(const fs::path& folder, std::vector<std::string>& out) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(*at);
  }
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    const auto status = entry.symlink_status(error);
    if (fs::is_directory(status)) {
      add_tree(entry.path(), out);
    } else if (fs::is_regular_file(status)) {
      out.push_back(entry.path().string());
    }
  }
  if (error) {
    out.push_back(folder.string());  // opening it tells what is wrong
  }
}

}  // namespace

void expand_directories(Request& request, bool suffixes_matter) {
  if (!request.recursive) {
    return;
  }
  std::vector<std::string> out;
  for (const auto& name : request.inputs) {
    std::error_code error;
    if (name == "-" || !fs::is_directory(name, error)) {
      out.push_back(name);
      continue;
    }
    std::vector<std::string> found;
    add_tree(name, found);
    const bool compresses = request.verb == Verb::kCompress;
    for (auto& file : found) {
      const bool packed = packed_suffix(file, request.suffix, *request.family).has_value();
      if (!suffixes_matter || packed != compresses) {
        out.push_back(std::move(file));
      }
    }
  }
  request.inputs = std::move(out);
}

void complete_names(const World& world, Request& request,
                    std::span<const std::string_view> suffixes) {
  const auto is_there = [&](const std::string& name) {
    struct stat found {};
    return world.system->lstat(AT_FDCWD, name.c_str(), &found) == 0;
  };
  if (request.verb == Verb::kCompress || world.system == nullptr) {
    return;
  }
  for (auto& name : request.inputs) {
    if (name == "-" || is_there(name)) {
      continue;
    }
    for (const std::string_view suffix : suffixes) {
      if (is_there(name + std::string(suffix))) {
        name += suffix;
        break;
      }
    }
  }
}

}  // namespace kompakt::cli
