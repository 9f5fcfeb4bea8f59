/// \file
/// Output files that appear whole or not at all.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <memory>
#include <string>

#include "io/hidden_name.hpp"
#include "io/metadata.hpp"
#include "io/system.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {

struct AtomicFileOptions {
  bool replace = false;  ///< an existing regular file may be replaced
  bool sync = true;      ///< make the data durable before the name appears
  /// Look for what killed processes left under this name. Without it only where the file system has
  /// no unnamed files: for many small files whose targets are not replaced, which leave nothing
  /// anywhere else.
  bool sweep = true;
};

/// A file under construction.
///
/// The data goes to an unnamed file in the target's directory (or, where the file system has none,
/// to a hidden locked one), mode 0600. commit() makes it durable and then gives it its name in one
/// step: a name that exists is refused unless `replace`, and a symlink at the name is never
/// followed. Without commit() nothing remains; what a killed process left is removed by the next
/// create() for the same name. Not thread-safe, but sink().write_at() is.
class AtomicFile {
 public:
  /// kAlreadyExists, or with `replace` kIo for directories and special files in the way.
  [[nodiscard]] static Result<std::unique_ptr<AtomicFile>> create(const System& system,
                                                                  const std::string& path,
                                                                  const AtomicFileOptions& options);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&&) = delete;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  [[nodiscard]] Sink& sink() noexcept { return *sink_; }
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  /// Puts `metadata` on the file at commit(), after the last write. See apply_metadata().
  void set_metadata(FileMetadata metadata);

  /// fsync, then name, then fsync of the directory. To be called once: an fsync that failed must
  /// not be tried again, because the second one would say yes to data that is already lost.
  /// After a failure the target is as it was, with one exception: when a file has been replaced and
  /// only the directory's fsync fails, the new file stays, complete, because the old one is gone.
  [[nodiscard]] Status commit();

 private:
  AtomicFile(const System& system, std::string path, AtomicFileOptions options);
  Status open_target();
  bool open_unnamed();
  Status open_hidden();
  Status link_hidden();
  Status make_durable();
  Status give_name();
  int rename_hidden();
  int link_hidden_to_target();
  Status make_name_durable();
  void set_hidden(std::string name);
  void remove_hidden() noexcept;
  void forget_hidden() noexcept;
  [[nodiscard]] bool leads_elsewhere(const std::string& name) const;

  const System& system_;  // outlives every file
  std::string path_;
  SplitPath split_;
  AtomicFileOptions options_;
  Descriptor directory_;
  Descriptor file_;          // open to the end, so that a late write can never reach another file
  struct stat identity_ {};  // device and inode of file_
  std::string hidden_name_;  // empty while the file has no hidden name
  std::size_t cleanup_slot_ = 0;
  bool commit_called_ = false;
  bool name_was_free_ = false;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<FileMetadata> metadata_;
};

/// Unlinks `path` durably: the file, then its directory's entry list. With `expected`, refuses
/// (kIo) when the name does not, or no longer, lead to that very file: it may have been a symlink,
/// or something new may have taken its place since it was read.
[[nodiscard]] Status remove_file(const System& system, const std::string& path, bool sync,
                                 const struct stat* expected = nullptr);

}  // namespace kompakt
