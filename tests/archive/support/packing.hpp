/// \file
/// Whole folders in and out of archives by the public calls, for tests.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "kompakt/archive.hpp"

namespace kompakt::testing {

/// Packs `name` of the folder `base` into the file `archive`; the file's name says which kind.
inline ArchiveResult pack(const std::string& base, const std::string& name,
                          const std::string& archive, ArchiveCreateOptions options = {}) {
  const int fd = ::open(archive.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  EXPECT_GE(fd, 0) << archive;
  const auto sink = descriptor_sink(fd, archive);
  const auto target = archive_target(archive);
  EXPECT_TRUE(target.has_value()) << archive;
  options.target = target.value_or(ArchiveTarget{});
  const bool has_levels = options.target.kind != ArchiveKind::kTar ||
                          (options.target.filter && *options.target.filter != Format::kSnappy);
  if (!has_levels) {
    options.level.reset();
  }
  if (options.run.threads == 0) {
    options.run.threads = 2;
  }
  if (!options.on_warning) {
    options.on_warning = [](const Status& warning) { ADD_FAILURE() << warning.to_string(); };
  }
  TreeSelection selection;
  selection.base = base;
  selection.paths = {name};
  const auto result = create_archive(selection, *sink, options);
  EXPECT_EQ(::close(fd), 0);
  EXPECT_TRUE(result.ok()) << archive << ": " << result.status().to_string();
  return result.ok() ? *result : ArchiveResult{};
}

/// What came of an extraction.
struct Unpacked {
  Status status;
  ArchiveResult result;
  std::vector<Refusal> refused;
  std::vector<std::pair<std::string, Status>> lost;
  std::vector<Status> warnings;

  [[nodiscard]] bool clean() const {
    return status.ok() && result.damage.ok() && refused.empty() && lost.empty();
  }
  /// What went wrong, for failure messages.
  [[nodiscard]] std::string complaints() const {
    std::string text = "status: " + status.to_string() + "\ndamage: " + result.damage.to_string();
    for (const auto& each : refused) {
      text += "\nrefused: " + each.path + ": " + each.rule + ": " + each.reason.to_string();
    }
    for (const auto& [path, reason] : lost) {
      text += "\nlost: " + path + ": " + reason.to_string();
    }
    return text;
  }
};

/// Everything that an archive may bring is allowed unless `options` are given.
inline ArchiveExtractOptions trusting_options() {
  ArchiveExtractOptions options;
  options.allow_devices = true;
  options.allow_setuid = true;
  return options;
}

inline Unpacked unpack(const std::string& archive, const std::string& directory,
                       ArchiveExtractOptions options = trusting_options()) {
  Unpacked all;
  options.directory = directory;
  if (options.read.decode.run.threads == 0) {
    options.read.decode.run.threads = 2;
  }
  options.on_refused = [&](const Refusal& refusal) { all.refused.push_back(refusal); };
  options.read.on_lost = [&](const Entry& entry, const Status& reason) {
    all.lost.emplace_back(entry.path, reason);
  };
  options.read.on_warning = [&](const Status& warning) { all.warnings.push_back(warning); };
  auto source = open_file_source(archive);
  if (!source.ok()) {
    all.status = source.status();
    return all;
  }
  const auto result = extract_archive(**source, options);
  all.status = result.status();
  if (result.ok()) {
    all.result = *result;
  }
  return all;
}

}  // namespace kompakt::testing
