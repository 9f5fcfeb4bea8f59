/// \file
/// Archives as objects: members looked at and read one by one, members put together by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// An archive that is open for reading: its list of members is read once, a member whenever it is
/// asked for. For one thread at a time.
///
/// zip and .warp decode the member that is asked for and nothing else. A plain tar is read where
/// the member lies. A tar in a stream format is decoded once, for entries() or the first read(),
/// and from then on around the member where the format lets decoding start inside (.gz, .xz, .zst
/// of several frames, .bz2, .warp, ...); FILE.kidx with a table of members saves the first pass,
/// too. Everything else is gone through from its beginning for each read().
///
/// What a read of one member checks: the checksums that lie around it. test() checks everything.
class KOMPAKT_API ArchiveReader {
 public:
  /// Needs random access: kUnsupported for a pipe, and for what is no archive. The caps of
  /// `options` hold for everything that the reader does; `index` and `table` are copied.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReader>> open(
      std::unique_ptr<Source> archive, const ArchiveReadOptions& options = {});
  /// Takes FILE.kidx beside `path` where there is one that fits; of one that does not on_warning
  /// tells.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReader>> open_file(
      const std::string& path, const ArchiveReadOptions& options = {});
  ArchiveReader() = default;
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;
  ArchiveReader(ArchiveReader&&) = delete;
  ArchiveReader& operator=(ArchiveReader&&) = delete;
  virtual ~ArchiveReader() = default;

  /// "tar.gz", "zip", "7-Zip", ...
  [[nodiscard]] virtual const std::string& format_name() const noexcept = 0;
  /// Every member that options.members takes, in the archive's order. Read once, kept; a copy. Of a
  /// damaged archive what is left: damage() and on_lost tell of the rest. on_entry is not called.
  /// Of a zip the targets of symlinks are not told: they lie with the content.
  [[nodiscard]] virtual Result<std::vector<Entry>> entries() = 0;
  /// The first damage of the archive that entries() met and went over; ok before, and for a sound
  /// one.
  [[nodiscard]] virtual const Status& damage() const noexcept = 0;
  /// The content of the file `path`, holes as zeros, whatever options.members takes. Of several
  /// members with that path the last counts, as it does for extraction; a hard link has the content
  /// of the member that it is another name of. kInvalidArgument where there is no such file,
  /// kLimitExceeded for more than options.decode.max_output bytes, or more than memory can hold.
  /// Every failure names the member.
  [[nodiscard]] virtual Result<std::vector<std::byte>> read(const std::string& path) = 0;
  /// The same into a sink, which is finished when all of the content is written.
  [[nodiscard]] virtual Status read(const std::string& path, Sink& sink) = 0;
  /// extract_archive() of this archive. Of options.read, the selection and the hooks count where
  /// they are set; everything else of that kind is as it was given to open().
  [[nodiscard]] virtual Result<ArchiveResult> extract(const ArchiveExtractOptions& options) = 0;
  /// test_archive() of this archive.
  [[nodiscard]] virtual Result<ArchiveResult> test() = 0;
};

/// An archive that is put together member by member and written by close(), in the order in which
/// members were added (.warp puts them in an order of its own). The same bytes as create_archive()
/// for the same members. For one thread at a time.
///
/// Every name is a member's once: kInvalidArgument for a second member of the same name, and for
/// one below a member that is no folder. Folders may come again and are kept once; the folders that
/// a member lies in need not be members. Nothing is added by a call that fails.
///
/// Memory: every member and its name; up to 64 MiB of small contents. Other content from memory and
/// from sources lies in an unnamed file, beside the archive or in a temporary folder ($TMPDIR,
/// /var/tmp, /tmp).
class KOMPAKT_API ArchiveWriter {
 public:
  /// `sink` must outlive the writer. kInvalidArgument for options that the kind of archive has no
  /// place for.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveWriter>> open(
      Sink& sink, const ArchiveCreateOptions& options);
  /// The kind of archive is told by the name unless `options` were given. The file appears at
  /// close(), complete and durable, or not at all. kAlreadyExists where it is there and `overwrite`
  /// is not set.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveWriter>> open_file(
      const std::string& path, const std::optional<ArchiveCreateOptions>& options = {},
      bool overwrite = false);
  ArchiveWriter() = default;
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ArchiveWriter(ArchiveWriter&&) = delete;
  ArchiveWriter& operator=(ArchiveWriter&&) = delete;
  virtual ~ArchiveWriter() = default;

  /// Adds what the selection finds. kIo where a path of it does not exist. The tree is walked and
  /// its files are read by close(): what is warned of, and that a name is taken, shows there.
  [[nodiscard]] virtual Status add_tree(const TreeSelection& selection) = 0;
  /// Adds the file or folder (with everything in it) at `path` under the name `member`.
  [[nodiscard]] virtual Status add(const std::string& path, const std::string& member) = 0;
  /// Adds a member made of `entry` (path, type, mode, times, owner, link target, device, extended
  /// attributes; its size is told by the content) and `content`, which is copied. Without a mode it
  /// gets 0644, a folder 0755. The target of a hard link is a file that was added by this call
  /// before.
  ///
  /// kInvalidArgument, naming the rule, for a path that is empty, absolute, has a component that is
  /// empty, "." or "..", or a NUL in it, and for content of anything but a file. kUnsupported for
  /// what zip has no place for.
  [[nodiscard]] virtual Status add(const Entry& entry, ByteSpan content) = 0;
  /// The same with content that is read to its end now. Its failure is returned.
  [[nodiscard]] virtual Status add(const Entry& entry, Source& content) = 0;

  /// Writes the archive and finishes the sink. To be called once; without it nothing is written.
  [[nodiscard]] virtual Result<ArchiveResult> close() = 0;
};

}  // namespace kompakt
