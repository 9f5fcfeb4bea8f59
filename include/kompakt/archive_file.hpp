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

/// An archive that is open for reading. For one thread at a time.
class KOMPAKT_API ArchiveReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReader>> open(
      std::unique_ptr<Source> archive, const ArchiveReadOptions& options = {});
  /// Takes FILE.kidx beside `path` where there is one that fits.
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
  /// Every member in the archive's order. Read once, kept.
  [[nodiscard]] virtual Result<std::vector<Entry>> entries() = 0;
  /// The content of the file `path`. kInvalidArgument where there is no such file.
  [[nodiscard]] virtual Result<std::vector<std::byte>> read(const std::string& path) = 0;
  [[nodiscard]] virtual Status read(const std::string& path, Sink& sink) = 0;
  /// extract_archive() of this archive. options.read is taken from open() where it is empty.
  [[nodiscard]] virtual Result<ArchiveResult> extract(const ArchiveExtractOptions& options) = 0;
  /// test_archive() of this archive.
  [[nodiscard]] virtual Result<ArchiveResult> test() = 0;
};

/// An archive that is put together member by member and written by close(). Content in memory is
/// kept, other content read by close(). For one thread at a time.
class KOMPAKT_API ArchiveWriter {
 public:
  /// `sink` must outlive the writer.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveWriter>> open(
      Sink& sink, const ArchiveCreateOptions& options);
  /// The kind of archive is told by the name unless `options` were given. The file appears at
  /// close(), complete and durable, or not at all.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveWriter>> open_file(
      const std::string& path, const std::optional<ArchiveCreateOptions>& options = {},
      bool overwrite = false);
  ArchiveWriter() = default;
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ArchiveWriter(ArchiveWriter&&) = delete;
  ArchiveWriter& operator=(ArchiveWriter&&) = delete;
  virtual ~ArchiveWriter() = default;

  /// Adds what the selection finds.
  [[nodiscard]] virtual Status add_tree(const TreeSelection& selection) = 0;
  /// Adds the file or folder (with everything in it) at `path` under the name `member`.
  [[nodiscard]] virtual Status add(const std::string& path, const std::string& member) = 0;
  /// Adds a member made of `entry` (path, type, mode, times, link target; its size is told by the
  /// content) and `content`, which is copied.
  [[nodiscard]] virtual Status add(const Entry& entry, ByteSpan content) = 0;
  /// The same with content that is read to its end now.
  [[nodiscard]] virtual Status add(const Entry& entry, Source& content) = 0;

  [[nodiscard]] virtual Result<ArchiveResult> close() = 0;
};

}  // namespace kompakt
