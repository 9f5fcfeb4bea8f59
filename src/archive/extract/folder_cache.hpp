/// \file
/// Opens and makes the folders below a target, never through a symlink.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "io/system.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// An open folder.
struct Folder {
  Descriptor descriptor;
  /// Files made in it get this process's group, and exactly the mode that they are made with less
  /// the umask: no set-gid bit, no default access control list.
  bool plain = false;

  [[nodiscard]] int fd() const noexcept { return descriptor.get(); }
};

/// Thread-safe. Keeps the folders used last open, so that a file costs no resolution of its own.
class FolderCache {
 public:
  /// `root` is the open target folder.
  FolderCache(const System& system, Descriptor root);

  /// The folder at the clean path `path` (empty: the target itself). Missing folders are made with
  /// mode 0700, and `on_made` is told of each, outermost first, under no lock.
  [[nodiscard]] Result<std::shared_ptr<const Folder>> get(std::string_view path);

  /// Paths of the folders that get() or make() have made, each once, in no order.
  [[nodiscard]] std::vector<std::string> take_made();
  /// Makes the folder at `path`. False where there was one before this run.
  [[nodiscard]] Result<bool> make(const std::string& path);

  [[nodiscard]] int root() const noexcept { return root_->fd(); }

 private:
  using Shared = std::shared_ptr<const Folder>;
  struct Kept {
    std::string path;
    Shared folder;
  };

  [[nodiscard]] Shared find(std::string_view path);
  void keep(std::string_view path, const Shared& folder);
  // Descriptors as the System calls give them: -errno on failure.
  [[nodiscard]] int resolve(std::string_view path);
  [[nodiscard]] int open_piece(int start, const std::string& piece);
  [[nodiscard]] int open_by_hand(int start, std::string_view piece) const;
  [[nodiscard]] int open_child(int folder, const std::string& name) const;
  [[nodiscard]] int make_child(int folder, const std::string& name, std::string path);
  [[nodiscard]] int make_missing(std::string_view path);
  [[nodiscard]] Folder examine(int fd) const;

  const System& system_;  // outlives the cache
  const Shared root_;
  std::atomic<bool> by_hand_{false};
  std::mutex mutex_;      // guards what follows
  std::list<Kept> kept_;  // used last first; keys of by_path_ point into it
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_path_;
  std::unordered_set<std::string> made_;
};

}  // namespace kompakt
