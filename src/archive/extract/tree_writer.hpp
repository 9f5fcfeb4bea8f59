/// \file
/// Writes members below a folder, safely: whatever an archive says, nothing lands outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct TreeWriterOptions {
  std::string directory = ".";
  bool overwrite = false;
  bool skip_existing = false;
  bool allow_devices = false;
  bool allow_setuid = false;
  std::optional<bool> keep_owner = std::nullopt;
  bool keep_xattrs = true;
  bool keep_times = true;
  bool sync = false;
  std::size_t strip_components = 0;
  std::uint64_t max_entries = 100'000'000;
  std::size_t max_depth = 1024;
  std::size_t max_path = 65'536;
};

/// Where a member goes, after the rules on its name have been applied.
struct Placement {
  enum class Kind : std::uint8_t {
    kWrite,   ///< go on with `path`
    kSkip,    ///< nothing is to be written (skip_existing is told later, at creation)
    kRefuse,  ///< a rule forbids it; rule::kTooManyEntries (refusals.hpp) ends the extraction
  };
  Kind kind = Kind::kWrite;
  /// Relative, clean: no empty component, no "." and no "..". Alone "." for the target folder
  /// itself, which takes a folder's metadata only where this run has made it.
  std::string path;
  /// The same path has been placed before: its write must wait until the earlier one is done.
  bool duplicate = false;
  Refusal refusal;  ///< for kRefuse
  Status warning;   ///< not ok where the name collides with another but for case
};

/// A file being written. Pieces may come from several threads, on disjoint ranges, in any order.
class FileInProgress {
 public:
  FileInProgress() = default;
  FileInProgress(const FileInProgress&) = delete;
  FileInProgress& operator=(const FileInProgress&) = delete;
  FileInProgress(FileInProgress&&) = delete;
  FileInProgress& operator=(FileInProgress&&) = delete;
  /// Without commit() nothing stays behind.
  virtual ~FileInProgress() = default;
  [[nodiscard]] virtual Status write_at(std::uint64_t offset, ByteSpan bytes) = 0;
  /// Sets the size (what was never written is a hole) and the metadata, and lets the file appear
  /// under its name. Once, after the last write_at() has returned.
  [[nodiscard]] virtual Status commit() = 0;
};

/// What a member is to extraction: a hardlink that comes with content is a file.
[[nodiscard]] constexpr EntryType placed_type(const Entry& entry) noexcept {
  return entry.type == EntryType::kHardlink && entry.size > 0 ? EntryType::kFile : entry.type;
}

/// Names are resolved by openat2() below the target folder, which itself may be a symlink; no
/// component below it may be one. Where the kernel cannot do that they are resolved component by
/// component. A file is written without a name (or under a hidden one, where the file system has no
/// unnamed files) and appears under its own whole, with its metadata. What is replaced is replaced
/// by a rename, so nothing is ever written into a file or through a link that exists.
///
/// Modes are as GNU tar has them: exact for root, less the umask (or under the folder's default
/// access control list) for everybody else. Owners are kept where `keep_owner` says so; by name
/// where this system knows the name, else by number. Folders are made with mode 0700 and get their
/// metadata in finish(), folders without a member of their own 0777 less the umask.
///
/// place() and finish() are called by one thread at a time, in the archive's order; everything else
/// may be called by many threads at once.
class TreeWriter {
 public:
  /// Opens the target folder, and makes it where it is missing.
  [[nodiscard]] static Result<std::unique_ptr<TreeWriter>> open(const System& system,
                                                                const TreeWriterOptions& options);
  TreeWriter() = default;
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;
  TreeWriter(TreeWriter&&) = delete;
  TreeWriter& operator=(TreeWriter&&) = delete;
  virtual ~TreeWriter() = default;

  /// Applies the rules that need no file system: names, types, links, depth, number of entries,
  /// duplicates, names that differ only in case.
  [[nodiscard]] virtual Placement place(const Entry& entry) = 0;

  /// Creates a regular file. Failures of code kAlreadyExists (something is in the way and may not
  /// be replaced), kCorrupt (a rule: a symlink in the path) and kUnsupported concern this member
  /// only; kIo ends the extraction. nullptr: the file exists and is to be skipped.
  [[nodiscard]] virtual Result<std::unique_ptr<FileInProgress>> create_file(
      const Entry& entry, const std::string& path) = 0;
  /// create_file(), write_at(0), commit() in the fewest calls: for a file in one piece.
  [[nodiscard]] virtual Status write_file(const Entry& entry, const std::string& path,
                                          ByteSpan content) = 0;
  /// A folder: made at once, its metadata are set by finish().
  [[nodiscard]] virtual Status make_directory(const Entry& entry, const std::string& path) = 0;
  /// Symlinks, hardlinks and (where allowed) devices and fifos: kept until finish(). Of several
  /// members with one path the last placed is made.
  virtual void defer(const Entry& entry, const std::string& path) = 0;

  /// Makes what was deferred (hardlinks only to files that this run has written; symlinks last),
  /// then sets the metadata of folders, deepest first. Failures that concern one member go to
  /// `on_refused`. Also to be called where an archive ended early in damage.
  [[nodiscard]] virtual Status finish(const std::function<void(const Refusal&)>& on_refused) = 0;

  /// Bytes of content written so far.
  [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
};

/// A writer that takes what place() takes and writes nothing but counts: for tests of archives.
[[nodiscard]] std::unique_ptr<TreeWriter> make_null_tree_writer(const TreeWriterOptions& options);

/// The rule that a failure of create_file() and its like came from, for Refusal::rule: "symlink in
/// path", "exists", "not a folder", ...
[[nodiscard]] std::string rule_of(const Status& status);
/// True for failures that concern one member: the extraction goes on.
[[nodiscard]] bool concerns_one_member(const Status& status) noexcept;

}  // namespace kompakt
