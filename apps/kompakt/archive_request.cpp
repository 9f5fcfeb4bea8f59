#include "archive_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "naming.hpp"
#include "request.hpp"
#include "taking.hpp"

namespace kompakt::cli {
namespace {

Status usage(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

constexpr unsigned bit(Verb verb) { return 1U << static_cast<unsigned>(verb); }

constexpr unsigned kInFolders = bit(Verb::kCompress) | bit(Verb::kDecompress) | bit(Verb::kTest);
constexpr unsigned kReading =
    bit(Verb::kExtract) | bit(Verb::kList) | bit(Verb::kTest) | bit(Verb::kCat);

/// Options of archives and folders, and the verbs that know them.
struct Home {
  Key key{};
  unsigned verbs = 0;
};
constexpr std::array kHomes = {
    Home{Key::kArchive, bit(Verb::kCompress) | bit(Verb::kArchive)},
    Home{Key::kDirectory, bit(Verb::kArchive) | bit(Verb::kExtract)},
    Home{Key::kInclude, bit(Verb::kArchive) | kReading | kInFolders},
    Home{Key::kExclude, bit(Verb::kArchive) | kReading | kInFolders},
    Home{Key::kExcludeFrom, bit(Verb::kArchive) | kReading | kInFolders},
    Home{Key::kFilesFrom,
         bit(Verb::kArchive) | bit(Verb::kExtract) | bit(Verb::kList) | kInFolders},
    Home{Key::kFilesFrom0,
         bit(Verb::kArchive) | bit(Verb::kExtract) | bit(Verb::kList) | kInFolders},
    Home{Key::kNull, bit(Verb::kArchive) | bit(Verb::kExtract) | bit(Verb::kList) | kInFolders},
    Home{Key::kReproducible, bit(Verb::kArchive)},
    Home{Key::kZipMethod, bit(Verb::kArchive)},
    Home{Key::kOneFileSystem, bit(Verb::kArchive)},
    Home{Key::kDereference, bit(Verb::kArchive)},
    Home{Key::kXattrs, bit(Verb::kArchive) | bit(Verb::kExtract)},
    Home{Key::kOwner, bit(Verb::kExtract)},
    Home{Key::kSkipExisting, bit(Verb::kExtract)},
    Home{Key::kStrip, bit(Verb::kExtract)},
    Home{Key::kDevices, bit(Verb::kExtract)},
    Home{Key::kSetuid, bit(Verb::kExtract)},
    Home{Key::kMaxRatio, bit(Verb::kExtract)},
    Home{Key::kMaxEntries, kReading},
};

/// What the verbs of archives have no use for.
constexpr std::array kNotInArchive = {Key::kSuffix, Key::kName, Key::kMaxOutput, Key::kWarpVersion};
constexpr std::array kNotInExtract = {Key::kSuffix, Key::kName, Key::kVerify};

std::string known_targets() {
  std::string names = "warp, zip, tar";
  for (const FormatInfo& info : all_formats()) {
    if (info.id != Format::kWarp) {
      names += fmt::format(", tar{}", info.suffix);
    }
  }
  return names;
}

/// "zip", "tar.zst", "tzst", and also "tar.zstd".
std::optional<ArchiveTarget> target_of(const std::string& name) {
  if (const auto target = archive_target("x." + name); target) {
    return target;
  }
  constexpr std::string_view kTar = "tar.";
  if (!name.starts_with(kTar)) {
    return std::nullopt;
  }
  const auto filter = find_format(std::string_view(name).substr(kTar.size()));
  return filter ? std::optional(ArchiveTarget{.kind = ArchiveKind::kTar, .filter = filter})
                : std::nullopt;
}

std::vector<std::string> values(const Arguments& arguments, Key key) {
  const Given* given = arguments.find(key);
  return given == nullptr ? std::vector<std::string>() : given->all;
}

/// One step after the other; the first failure stays.
class ArchiveBuilder {
 public:
  ArchiveBuilder(const Arguments& arguments, Request& request)
      : arguments_(arguments), request_(request), out_(request.archive) {}

  Status run() {
    homes();
    lists();
    switches();
    if (request_.verb == Verb::kArchive) {
      target();
      output();
    }
    return status_;
  }

 private:
  void fail(Status status) {
    if (status_.ok()) {
      status_ = std::move(status);
    }
  }
  [[nodiscard]] bool has(Key key) const { return arguments_.find(key) != nullptr; }
  [[nodiscard]] bool is(Key key, std::string_view value) const {
    const Given* given = arguments_.find(key);
    return given != nullptr && given->value == value;
  }
  [[nodiscard]] const Given* on_line(Key key) const {
    const Given* given = arguments_.find(key);
    return given != nullptr && !given->from_environment ? given : nullptr;
  }

  void homes() {
    for (const Home& home : kHomes) {
      const Given* given = on_line(home.key);
      if (given != nullptr && (home.verbs & bit(request_.verb)) == 0) {
        fail(usage(fmt::format("{} and '{}' do not go together", given->spelling,
                               verb_name(request_.verb))));
      }
    }
    if (request_.verb == Verb::kArchive) {
      refuse(kNotInArchive);
    } else if (request_.verb == Verb::kExtract) {
      refuse(kNotInExtract);
    }
    const bool chooses = has(Key::kInclude) || has(Key::kExclude) || has(Key::kExcludeFrom);
    if (chooses && !request_.recursive &&
        (request_.verb == Verb::kCompress || request_.verb == Verb::kDecompress)) {
      fail(usage("--include and --exclude choose files below folders: they need -r"));
    }
  }
  void refuse(std::span<const Key> keys) {
    for (const Key key : keys) {
      if (const Given* given = on_line(key); given != nullptr) {
        fail(usage(fmt::format("{} and '{}' do not go together", given->spelling,
                               verb_name(request_.verb))));
      }
    }
  }

  void lists() {
    out_.include = values(arguments_, Key::kInclude);
    out_.exclude = values(arguments_, Key::kExclude);
    for (const auto& path : values(arguments_, Key::kExcludeFrom)) {
      out_.exclude_from.push_back({.path = path, .nul = false});
    }
    for (const auto& path : values(arguments_, Key::kFilesFrom)) {
      out_.files_from.push_back({.path = path, .nul = has(Key::kNull)});
    }
    for (const auto& path : values(arguments_, Key::kFilesFrom0)) {
      out_.files_from.push_back({.path = path, .nul = true});
    }
    if (has(Key::kNull) && out_.files_from.empty() && request_.verb != Verb::kList) {
      fail(usage("--null says how --files-from parts names"));
    }
    out_.nul_names = has(Key::kNull) && request_.verb == Verb::kList && out_.files_from.empty();
    auto stdins = std::count(request_.inputs.begin(), request_.inputs.end(), "-");
    for (const auto* files : {&out_.files_from, &out_.exclude_from}) {
      stdins += std::count_if(files->begin(), files->end(),
                              [](const NameFile& file) { return file.path == "-"; });
    }
    if (stdins > 1) {
      fail(usage("stdin ('-') can be read once only"));
    }
  }

  void switches() {
    out_.reproducible = has(Key::kReproducible);
    out_.one_file_system = has(Key::kOneFileSystem);
    out_.dereference = has(Key::kDereference);
    out_.xattrs = !is(Key::kXattrs, "off");
    if (const Given* owner = arguments_.find(Key::kOwner); owner != nullptr) {
      out_.same_owner = owner->value == "on";
    }
    out_.skip_existing = has(Key::kSkipExisting);
    out_.allow_devices = has(Key::kDevices);
    out_.allow_setuid = has(Key::kSetuid);
    out_.sync = is(Key::kSync, "on");
    if (out_.skip_existing && request_.force) {
      fail(usage(fmt::format("--skip-existing and {} contradict each other",
                             arguments_.find(Key::kForce)->spelling)));
    }
    const auto number = [](const std::string& text) {
      return parse_number(text, std::numeric_limits<std::uint32_t>::max());
    };
    fail(take(arguments_, Key::kStrip, out_.strip_components, number));
    fail(take(arguments_, Key::kMaxRatio, out_.max_ratio, number));
    fail(take(arguments_, Key::kMaxEntries, out_.max_entries, [](const std::string& text) {
      return parse_number(text, std::numeric_limits<std::uint64_t>::max());
    }));
    if (const Given* directory = arguments_.find(Key::kDirectory); directory != nullptr) {
      out_.directory = directory->value;
      out_.directory_given = true;
      if (out_.directory.empty()) {
        fail(usage(fmt::format("{}: the folder's name is empty", directory->spelling)));
      }
    }
    zip_method();
  }

  void zip_method() {
    const Given* given = arguments_.find(Key::kZipMethod);
    if (given == nullptr) {
      return;
    }
    constexpr std::array<std::string_view, 5> kMethods = {"deflate", "store", "zstd", "bzip2",
                                                          "xz"};
    if (std::find(kMethods.begin(), kMethods.end(), given->value) == kMethods.end()) {
      fail(usage(fmt::format("{}: '{}' is none of deflate, store, zstd, bzip2, xz", given->spelling,
                             given->value)));
    }
    out_.zip_method = given->value;
  }

  void target() {
    const Given* named = on_line(Key::kFormat);
    if (named != nullptr && named->value != "auto") {
      const auto target = target_of(named->value);
      if (!target) {
        fail(usage(fmt::format("{}: '{}' is no archive format; valid: {}", named->spelling,
                               named->value, known_targets())));
        return;
      }
      out_.target = *target;
      return;
    }
    const bool to_name = request_.output && *request_.output != "-";
    if (const auto target = to_name ? archive_target(*request_.output) : std::nullopt; target) {
      out_.target = *target;
    } else if (request_.output) {
      fail(usage(fmt::format("{} tells no archive format: -F names one of {}",
                             to_name ? "'" + *request_.output + "'" : "stdout", known_targets())));
    }
  }

  // kompakt -r --archive FOLDER: beside the folder, called like it.
  void output() {
    if (request_.output || !status_.ok()) {
      return;
    }
    std::string name = request_.inputs.size() == 1 ? request_.inputs.front() : "";
    while (name.size() > 1 && name.ends_with('/')) {
      name.pop_back();
    }
    const std::string base = base_name(name);
    if (base.empty() || base == "." || base == "..") {
      fail(usage("--archive needs the name of the archive: -o"));
      return;
    }
    request_.output = name + "." + target_name(out_.target);
  }

  const Arguments& arguments_;  // outlives the builder
  Request& request_;            // outlives the builder
  ArchiveRequest& out_;         // a part of the request
  Status status_;
};

}  // namespace

Status understand_archive(const Arguments& arguments, Request& request) {
  return ArchiveBuilder(arguments, request).run();
}

}  // namespace kompakt::cli
