/// \file
/// Archives: many files in one. Pack a folder, list it, take members out, safely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kompakt/export.h"
#include "kompakt/format.hpp"
#include "kompakt/options.hpp"
#include "kompakt/seek_index.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// How the members lie in an archive.
enum class ArchiveKind : std::uint8_t {
  kTar,  ///< plain or inside a stream format
  kZip,
  kWarp,   ///< .warp version 3 with a member index
  kOther,  ///< read only, by libarchive: 7z, cpio, iso, rar, ar, cab, ...
};

/// What a member is.
enum class EntryType : std::uint8_t {
  kFile = 0,
  kDirectory = 1,
  kSymlink = 2,
  kHardlink = 3,  ///< another name of an earlier member, `link_target`
  kFifo = 4,
  kCharDevice = 5,
  kBlockDevice = 6,
};

/// One member of an archive, as the archive tells of it. Nothing in it is safe to use as a path of
/// the file system without the checks of extraction.
struct Entry {
  /// As .warp has them.
  ///@{
  using Time = WarpMetadata::Time;
  using Owner = WarpMetadata::Owner;
  ///@}

  /// As stored, '/' between components, without the '/' that marks a directory.
  std::string path{};
  EntryType type = EntryType::kFile;
  std::uint64_t size = 0;  ///< content bytes, holes included; 0 but for files
  /// Bytes that it takes in the archive; unset where it is coded together with others.
  std::optional<std::uint64_t> stored_size{};
  std::optional<std::uint32_t> mode{};  ///< permission bits, 07777 at most
  std::optional<Time> modified{};
  std::optional<Time> accessed{};
  std::optional<Owner> owner{};
  std::string user{};  ///< names of the owner; empty where not known
  std::string group{};
  std::string link_target{};  ///< of a symlink, its text; of a hardlink, the path of a member
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  /// Extended attributes, access control lists among them (system.posix_acl_*), as the kernel has
  /// them.
  std::vector<std::pair<std::string, std::string>> xattrs{};
  /// The runs of a file that hold data, in order, without overlaps, `hole` false; what lies between
  /// and behind them up to `size` is a hole. Unset: all of it is data.
  std::optional<std::vector<Extent>> data_runs{};
  std::string method{};                  ///< how it is coded ("deflate"); empty where not its own
  std::optional<std::uint32_t> crc32{};  ///< of the content
  std::vector<std::byte> digest{};       ///< of the content, by the archive's hash; may be empty
  std::string comment{};
};

/// "file", "directory", "symlink", "hardlink", "fifo", "char device", "block device".
[[nodiscard]] KOMPAKT_API std::string_view entry_type_name(EntryType type) noexcept;

/// What an archive's name asks for: ".zip", ".warp", ".tar", ".tar.gz", ".tgz", ... nullopt where
/// the name says nothing.
struct ArchiveTarget {
  ArchiveKind kind = ArchiveKind::kWarp;
  std::optional<Format> filter{};  ///< the stream format around a tar
  friend bool operator==(const ArchiveTarget&, const ArchiveTarget&) = default;
};
/// By the end of the name, whatever its case; nullopt where it says nothing.
[[nodiscard]] KOMPAKT_API std::optional<ArchiveTarget> archive_target(
    std::string_view name) noexcept;
/// "zip", "warp", "tar", "tar.gz", ...
[[nodiscard]] KOMPAKT_API std::string target_name(const ArchiveTarget& target);

/// Which files and folders to take. Globs: '*' and '?' match within a component, '**' across
/// components, [...] a class; a pattern without '/' matches a base name at any depth, one with '/'
/// the whole path from its beginning. A folder that is excluded is not entered.
struct TreeSelection {
  /// Files and folders, relative to `base` where they are relative. Members get these names, less a
  /// leading "/", "./" and any "../".
  std::vector<std::string> paths{};
  std::string base = ".";
  std::vector<std::string> include{};  ///< files must match one of these; empty: all do
  std::vector<std::string> exclude{};  ///< wins over include
  bool recurse = true;                 ///< enter folders
  bool one_file_system = false;
  bool follow_symlinks = false;  ///< store what symlinks lead to
  bool xattrs = true;
};

/// What an archive operation did.
struct ArchiveResult {
  ArchiveKind kind = ArchiveKind::kWarp;
  std::optional<Format> filter;
  std::string format_name;    ///< "tar.gz", "zip", "7-Zip", ...
  std::uint64_t entries = 0;  ///< written, extracted, listed or tested, everything counted
  std::uint64_t files = 0;
  std::uint64_t content = 0;     ///< bytes of the files among them
  std::uint64_t bytes_in = 0;    ///< of the archive read, or of the files read
  std::uint64_t bytes_out = 0;   ///< of the archive written, or of the files written
  std::uint64_t duplicates = 0;  ///< files whose content was stored once for several (.warp)
  std::uint64_t warnings = 0;    ///< calls of on_warning
  std::uint64_t refused = 0;     ///< members that a rule of safe extraction kept out
  std::uint64_t lost = 0;        ///< members that damage made unreadable
  unsigned threads = 1;
  /// Of a tar that was written: its bytes before any stream format, and their XXH3-64.
  std::uint64_t tar_bytes = 0;
  std::uint64_t tar_hash = 0;
  /// Names and globs of the selection that no member matched.
  std::vector<std::string> unmatched;
  /// The first damage that was met and gone over: the operation went on behind it.
  Status damage;
};

/// How an archive is written.
struct ArchiveCreateOptions {
  ArchiveTarget target{};
  /// On the scale of the stream format, of .warp, or for zip of deflate (0-12); unset: its default.
  std::optional<int> level{};
  EncodeSettings settings{};                ///< wishes for the stream format around a tar
  std::string zip_method{};                 ///< deflate (also ""), store, zstd, bzip2, xz
  std::optional<CodecSpec> codec{};         ///< .warp
  std::optional<std::size_t> block_size{};  ///< .warp
  HashId checksum = HashId::kBlake3;        ///< .warp: none, xxh64, xxh3, blake3, blake2b
  /// Same bytes from the same files whoever packs them: members by name, owner 0, no owner names,
  /// times cut to `epoch` (or left out of what they are later than), no access times.
  bool reproducible = false;
  std::optional<std::int64_t> epoch{};  ///< SOURCE_DATE_EPOCH; no time later than it is stored
  /// Files that are left out, by device and inode: the archive itself, when it lies in the tree.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> skip{};
  /// Before a member is written, in order, from one thread at a time.
  std::function<void(const Entry&)> on_entry{};
  /// A file that could not be read, changed while it was read, or is of a kind that is left out.
  /// Code kInvalidArgument: nothing of that, but a path that members are not called by as it is.
  std::function<void(const Status&)> on_warning{};
  RunControl run{};
};

/// Packs the selected files into `sink`, which may be a pipe. Files that vanish or cannot be read
/// are warned of and left out.
[[nodiscard]] KOMPAKT_API Result<ArchiveResult> create_archive(const TreeSelection& selection,
                                                               Sink& sink,
                                                               const ArchiveCreateOptions& options);

/// Which members. A name takes the member and everything below it; globs as in TreeSelection.
struct MemberSelection {
  std::vector<std::string> names{};  ///< paths or globs; empty: all
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
};

/// Why extraction keeps a member out. Names of the rules: "absolute path", "parent directory",
/// "symlink in path", ...
struct Refusal {
  std::string path;
  std::string rule;
  Status reason;  ///< code kAlreadyExists where something is in the way, kCorrupt or kLimitExceeded
                  ///< or kUnsupported otherwise
};

/// A table of members that were met in an archive which has none of its own (tar), with where they
/// lie in the content: kept beside the archive, it makes the next listing instant.
struct MemberTable {
  /// A member and its place.
  struct Row {
    std::uint64_t header = 0;  ///< offset in the tar of the first header block of the member
    Entry entry;
  };
  std::vector<Row> rows;
};

/// What every reading operation takes.
struct ArchiveReadOptions {
  MemberSelection members{};
  /// How to decode the stream around a tar; max_output also bounds what is extracted.
  DecompressOptions decode{};
  /// Of a tar in a stream format: where decoding can start, and what lies where.
  const SeekIndex* index = nullptr;
  const MemberTable* table = nullptr;
  /// Members at most, and levels of nesting of a path, and bytes of a path.
  std::uint64_t max_entries = 100'000'000;
  std::size_t max_depth = 1024;
  std::size_t max_path = 65'536;
  std::function<void(const Entry&)>
      on_entry{};  ///< in the archive's order, from one thread at a time
  std::function<void(const Status&)> on_warning{};
  /// What is right here and may be wrong elsewhere: names that differ only in case.
  std::function<void(const Status&)> on_note{};
  /// A member of which damage has left nothing or only a part, with what is known of it.
  std::function<void(const Entry&, const Status&)> on_lost{};
};

/// Where members go and what is allowed. The defaults are safe for archives of strangers.
struct ArchiveExtractOptions {
  ArchiveReadOptions read{};
  std::string directory = ".";
  bool overwrite = false;      ///< replace files that exist; directories are merged always
  bool skip_existing = false;  ///< leave files that exist, without a complaint
  bool allow_devices = false;
  bool allow_setuid = false;         ///< keep setuid, setgid and sticky bits
  std::optional<bool> keep_owner{};  ///< unset: when running as root
  bool keep_xattrs = true;
  bool keep_times = true;
  bool sync = false;  ///< make everything durable before returning
  std::size_t strip_components = 0;
  /// Content bytes for each byte of the archive read so far, at most, past the first 64 MiB.
  double max_ratio = 1'000'000;
  std::function<void(const Refusal&)> on_refused{};
};

/// What list_archive() did, and what it collected for a sidecar.
struct ArchiveListResult : ArchiveResult {
  std::optional<MemberTable> table;  ///< of a tar that was read whole, where asked for
  std::optional<SeekIndex>
      index;  ///< of the stream around it, where read.decode.index_spacing asked
};
/// Calls on_entry for every selected member. Of a tar behind an index with a table nothing is
/// decoded; with `collect_table` the result has a table of archives that have none of their own.
[[nodiscard]] KOMPAKT_API Result<ArchiveListResult> list_archive(
    Source& source, const ArchiveReadOptions& options = {}, bool collect_table = false);

/// Decodes every selected member and checks what can be checked; writes nothing.
[[nodiscard]] KOMPAKT_API Result<ArchiveResult> test_archive(
    Source& source, const ArchiveReadOptions& options = {});

/// Writes the selected members below options.directory. Nothing lands outside it, whatever the
/// archive says: every name is resolved by the kernel below that directory, never through a symlink
/// that the archive made. A member that breaks a rule is refused and the others go on; of a damaged
/// archive all intact members come out. A failure to write ends the operation.
[[nodiscard]] KOMPAKT_API Result<ArchiveResult> extract_archive(
    Source& source, const ArchiveExtractOptions& options = {});

/// Writes the content of the selected files to `sink`, one after the other.
[[nodiscard]] KOMPAKT_API Result<ArchiveResult> extract_members(
    Source& source, Sink& sink, const ArchiveReadOptions& options = {});

/// What kind of archive the source holds; nullopt for anything that is none. Decodes the beginning
/// of a stream format to see whether there is a tar in it. Random access only.
[[nodiscard]] KOMPAKT_API Result<std::optional<ArchiveTarget>> detect_archive(
    Source& source, const ArchiveReadOptions& options = {});

/// What FILE.kidx, the sidecar of a compressed file, holds: places to start from, and of a tar its
/// members.
struct ArchiveIndex {
  std::optional<SeekIndex> index;
  std::optional<MemberTable> table;
};

/// The bytes of a sidecar of `archive`; kInvalidArgument where there is neither index nor table.
[[nodiscard]] KOMPAKT_API Result<std::vector<std::byte>> encode_archive_index(
    const ArchiveIndex& index, const Source& archive);
/// Reads such bytes, and those of encode_seek_index(); every number in them is checked. Besides
/// what decode_seek_index() answers, kInvalidArgument where they were made of something else than
/// what `archive` holds.
[[nodiscard]] KOMPAKT_API Result<ArchiveIndex> decode_archive_index(ByteSpan bytes,
                                                                    const Source& archive);

}  // namespace kompakt
