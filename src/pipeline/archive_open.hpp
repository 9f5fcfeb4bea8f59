/// \file
/// From a source to the reader of the archive in it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "archive/member_reader.hpp"
#include "archive/selection.hpp"
#include "archive/warp/warp_archive.hpp"
#include "archive/zip/zip_directory.hpp"
#include "io/decorators.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/content_stream.hpp"

namespace kompakt {

/// An archive that is open for reading: one of `members`, `zip` and `warp` is set.
struct OpenArchive {
  ArchiveTarget target;
  std::unique_ptr<PeekedSource> whole;         ///< a pipe with its first bytes put back
  std::unique_ptr<CountingSource> compressed;  ///< what the decoder reads, where there is one
  std::optional<StreamResult> decoded;         ///< the decoder's result once the content has ended
  // The thread of `content` reads and writes what stands above it.
  std::unique_ptr<ContentStream> content;  ///< what a decoder makes of the source
  std::unique_ptr<MemberReader> members;   ///< tar and what libarchive reads
  std::unique_ptr<ZipArchive> zip;
  std::unique_ptr<WarpArchive> warp;

  /// "tar.gz", "zip", "7-Zip", ...
  [[nodiscard]] std::string format_name() const;
};

/// What is in the source, and how to get at its members. kUnsupported where it is no archive, or
/// one that needs random access and the source is a pipe. With `filter`, an index and a table, only
/// the stretches of a tar that hold selected members are read.
[[nodiscard]] Result<std::unique_ptr<OpenArchive>> open_archive(Source& source,
                                                                const ArchiveReadOptions& options,
                                                                MemberFilter* filter = nullptr);

}  // namespace kompakt
