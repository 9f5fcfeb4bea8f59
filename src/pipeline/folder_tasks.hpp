/// \file
/// From a walk to tasks: what is done with each file of a tree, and what the outputs are called.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "archive/tree/tree_walk.hpp"
#include "pipeline/file_set.hpp"

namespace kompakt {

/// `path` without the suffix of a format, ".tar" in place of that of a compressed archive; nullopt
/// where its name has none or is nothing else.
[[nodiscard]] std::optional<std::string> without_suffix(const std::string& path);

/// Names of outputs, for trees that are walked depth first: keeps those of the folders on the way
/// down.
class OutputNames {
 public:
  /// False where an output of this name in `folder` was there before.
  [[nodiscard]] bool take(std::string_view folder, std::string name);

 private:
  struct Names {
    std::string folder;
    std::unordered_set<std::string> taken;
  };
  std::vector<Names> folders_;
};

/// Tasks for files whose outputs lie beside them.
class InPlaceProducer final : public TaskProducer {
 public:
  InPlaceProducer(TreeWalk& walk, FileTask::Kind kind, const InPlaceOptions& options)
      : walk_(walk), kind_(kind), options_(options) {}
  Result<bool> next(FileTask& task) override;
  /// A folder on each file system that outputs lie on.
  [[nodiscard]] const std::vector<std::string>& folders_to_sync() const { return to_sync_; }

 private:
  [[nodiscard]] Result<std::string> output_name(const std::string& path) const;

  TreeWalk& walk_;  // outlives the producer
  FileTask::Kind kind_;
  const InPlaceOptions& options_;  // outlives the producer
  OutputNames names_;
  std::unordered_set<std::uint64_t> devices_;
  std::vector<std::string> to_sync_;
};

/// Tasks for files whose outputs lie in a tree of the same shape below another folder. Makes the
/// folders of that tree on the way.
class MirrorProducer final : public TaskProducer {
 public:
  struct Options {
    std::string output;
    FileTask::Kind kind = FileTask::Kind::kCompress;
    std::string suffix;  ///< to be added
  };
  MirrorProducer(const System& system, Options options)
      : system_(system), options_(std::move(options)) {}

  /// Makes the folder at the top, and those above it. `source` is what it mirrors.
  [[nodiscard]] Status make_top(const std::string& source);
  /// Before the first next(). The walk has to know the folder at the top, which may lie inside the
  /// tree that is walked, so it comes after make_top().
  void set_walk(std::unique_ptr<TreeWalk> walk) { walk_ = std::move(walk); }
  Result<bool> next(FileTask& task) override;
  /// Puts metadata on the folders that were made, deepest first. Failures are told to `on_warning`.
  void finish_folders(const std::function<void(const Status&)>& on_warning) const;
  [[nodiscard]] std::uint64_t folders_made() const { return made_.size(); }

 private:
  [[nodiscard]] Status make_folder(const std::string& source, const std::string& path);
  [[nodiscard]] Status copy_metadata(const std::string& from, const std::string& to) const;
  [[nodiscard]] bool enter(const WalkedEntry& walked, FileTask& task);
  void plan_file(const WalkedEntry& walked, FileTask& task);
  [[nodiscard]] std::string mirrored(const std::string& member) const {
    return options_.output + (options_.output.ends_with('/') ? "" : "/") + member;
  }

  const System& system_;  // outlives the producer
  std::unique_ptr<TreeWalk> walk_;
  Options options_;
  OutputNames names_;
  std::vector<std::pair<std::string, std::string>> made_;  // from, to
  std::string blocked_;  // member path of a folder that could not be made
};

}  // namespace kompakt
