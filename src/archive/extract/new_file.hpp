/// \file
/// A file that is written without a name and appears under one whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "archive/extract/folder_cache.hpp"
#include "io/system.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// What an extraction has found out about its file system, and the numbers of hidden names.
class HiddenNames {
 public:
  HiddenNames();
  /// A name that this run has not used before and that nobody else is likely to have.
  [[nodiscard]] std::string next();
  [[nodiscard]] bool unnamed_files() const noexcept { return unnamed_files_; }
  void no_unnamed_files() noexcept { unnamed_files_ = false; }

 private:
  std::string prefix_;
  std::atomic<std::uint64_t> number_{0};
  std::atomic<bool> unnamed_files_{true};
};

/// Not thread-safe but for write_at(), on disjoint ranges.
class NewFile {
 public:
  NewFile(const System& system, HiddenNames& names) : system_(system), names_(names) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  NewFile(NewFile&&) = delete;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  /// Makes the file in `folder`. `mode` is taken less the umask.
  [[nodiscard]] Status open(std::shared_ptr<const Folder> folder, mode_t mode);
  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  [[nodiscard]] const Folder& folder() const noexcept { return *folder_; }
  [[nodiscard]] Status write_at(std::uint64_t offset, ByteSpan bytes) const;
  /// Gives it the name. -EEXIST where that is taken and `replace` is not set; -EISDIR where a
  /// folder has it. A name is replaced by a rename: what it led to is not touched.
  [[nodiscard]] int publish(const std::string& name, bool replace);
  /// Closes and reports what close() said.
  [[nodiscard]] int close() { return file_.close(); }

 private:
  [[nodiscard]] int open_hidden(mode_t mode);
  [[nodiscard]] int publish_hidden(const std::string& name);

  const System& system_;
  HiddenNames& names_;
  std::shared_ptr<const Folder> folder_;
  Descriptor file_;
  std::string hidden_;  // empty while it has no name at all
};

/// Renames `hidden` to `name` within a folder without replacing, by whatever means the file system
/// has. -EEXIST.
[[nodiscard]] int rename_to_free(const System& system, int folder, const std::string& hidden,
                                 const std::string& name);

}  // namespace kompakt
