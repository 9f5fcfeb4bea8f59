/// \file
/// Whole folders, file by file: every file of a tree compressed by itself, all cores busy with many
/// small files as with one large one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/format.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// One file's fate.
struct FileReport {
  /// What became of it.
  enum class Fate : std::uint8_t {
    kCoded,    ///< compressed or decompressed
    kCopied,   ///< a symlink, or a file that is not compressed, as it is
    kSkipped,  ///< left alone on purpose; `status` says why
    kFailed,   ///< `status` says why; nothing was written
  };
  std::string input;
  std::string output;  ///< empty where none was meant
  Fate fate = Fate::kCoded;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  Status status;
  Status warning;  ///< what was met and gone over: the file changed meanwhile, trailing bytes, ...
  bool removed = false;  ///< the input is gone
};

/// What a folder operation did. It goes on after the failure of a file: look at `failed`.
struct FolderResult {
  std::uint64_t coded = 0;
  std::uint64_t copied = 0;
  std::uint64_t folders = 0;  ///< made below the output
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::uint64_t warnings = 0;  ///< of files, and of what could not be read
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  unsigned threads = 1;
  Status first_failure;  ///< of the first file, in the tree's order, that failed
};

/// How compress_folder() and decompress_folder() work.
struct FolderOptions {
  /// Bytes of content that are coded by themselves, for random access and many cores. Unset: 1 MiB
  /// for .warp, and for other formats what their stock tools do. Decompression has no use for it:
  /// the files say how they were cut.
  std::optional<std::size_t> chunk_size{};
  unsigned num_workers = 0;  ///< threads; 0: all that this process may use
  Format format = Format::kWarp;
  std::optional<int> level{};         ///< on the format's scale; unset: its default
  HashId checksum = HashId::kBlake3;  ///< .warp
  /// One archive instead of a tree of files.
  bool archive = false;
  bool overwrite = false;  ///< replace files that exist; folders are merged always
  /// Globs as in TreeSelection, on paths below the input.
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
  /// Decompression: leave files out that are not compressed, instead of copying them.
  bool skip_plain = false;
  bool sync = true;  ///< make everything durable before returning
  std::uint64_t max_output = std::numeric_limits<std::uint64_t>::max();  ///< for each file
  std::uint64_t max_memory = 0;  ///< 0: what the cgroup and the machine allow
  const CancelToken* cancel = nullptr;
  /// Lends threads besides the caller's; nullptr: the library starts its own.
  Executor* executor = nullptr;
  /// For every file, in the tree's order as far as its size lets it: large ones come last. From one
  /// thread at a time.
  std::function<void(const FileReport&)> on_file{};
  /// What could not be read or is of a kind that is left out (sockets, devices).
  std::function<void(const Status&)> on_warning{};
  std::function<void(const Progress&)> on_progress{};
};

/// Compresses a file or a folder. Of a folder the tree is mirrored below `output`, which is made
/// where it is missing: each file becomes one of its name and the format's suffix (".warp"),
/// whatever it is called and holds, folders are made, empty ones too, symlinks are copied. A file
/// becomes `output`, or, where that is a folder, a file of its name and the suffix in it. Mode,
/// owner, times and extended attributes are kept. Each output appears whole or not at all.
///
/// With `archive` the output is one archive of what is in the folder, of the kind that its name
/// asks for (.warp where it says nothing).
[[nodiscard]] KOMPAKT_API Result<FolderResult> compress_folder(const std::string& input,
                                                               const std::string& output,
                                                               const FolderOptions& options);
/// The same with defaults for everything else.
[[nodiscard]] KOMPAKT_API Result<FolderResult> compress_folder(const std::string& input,
                                                               const std::string& output,
                                                               std::size_t chunk_size = kMiB,
                                                               unsigned num_workers = 0);

/// The way back. A file whose name has a format's suffix is decompressed, by what its first bytes
/// say, into the name without it (.tgz and its like: .tar). All others are copied byte for byte,
/// symlinks as symlinks, so that nothing is lost from a folder in which only some files are
/// compressed; or left out with skip_plain. So are files with a suffix whose content is of no known
/// format, except that one called .warp counts as damaged. With `archive`, `input` is one archive.
[[nodiscard]] KOMPAKT_API Result<FolderResult> decompress_folder(const std::string& input,
                                                                 const std::string& output,
                                                                 const FolderOptions& options);
/// The same with defaults for everything else.
[[nodiscard]] KOMPAKT_API Result<FolderResult> decompress_folder(const std::string& input,
                                                                 const std::string& output,
                                                                 std::size_t chunk_size = kMiB,
                                                                 unsigned num_workers = 0);

/// Files beside their sources, as `gzip -r` does it.
struct InPlaceOptions {
  /// Format, level and the rest. Metadata, gzip's name and run.on_progress are seen to.
  CompressOptions compress{};
  DecompressOptions decompress{};
  RunControl run{};
  /// What the output of `path` is called; a failure leaves the file out, with that reason. Empty:
  /// the format's suffix is added, and files that have the suffix of any format are left out; for
  /// decompression, the suffix of any format is taken off, and files without one are left out.
  std::function<Result<std::string>(const std::string& path)> name_output{};
  bool overwrite = false;
  /// Remove each source once its output has been decoded and compared, and is durable.
  bool remove_source = false;
  bool remove_linked = false;  ///< also names of files that have several
  bool verify = false;         ///< decode and compare also where nothing is removed
  bool keep_metadata = true;   ///< mode, owner, times, extended attributes
  bool store_metadata = true;  ///< in .warp, and name and time in .gz
  /// Make everything durable: each output before its source is removed, where sources are removed,
  /// and else all of them together at the end.
  bool sync = true;
  std::function<void(const FileReport&)> on_file{};
  std::function<void(const Status&)> on_warning{};
};

/// Compresses every selected file into one beside it.
[[nodiscard]] KOMPAKT_API Result<FolderResult> compress_in_place(const TreeSelection& selection,
                                                                 const InPlaceOptions& options);
/// The way back.
[[nodiscard]] KOMPAKT_API Result<FolderResult> decompress_in_place(const TreeSelection& selection,
                                                                   const InPlaceOptions& options);

}  // namespace kompakt
