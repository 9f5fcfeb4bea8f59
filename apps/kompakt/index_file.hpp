/// \file
/// FILE.kidx: the seek index that lies beside a compressed file.
#pragma once

#include <optional>

#include "files.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/seek_index.hpp"
#include "pipeline/tar_watch.hpp"

namespace kompakt::cli {

[[nodiscard]] inline std::string index_path(const std::string& name) { return name + ".kidx"; }

/// Writes `index`, which was made of `input`, to `path`, whole or not at all. An index that is
/// there is replaced; anything else only with --force.
[[nodiscard]] Status write_index_file(const Session& session, const std::string& path,
                                      const ArchiveIndex& index, const Source& input);

/// The index beside `input`, where there is one and it belongs to it. Of any other a warning is
/// given, and `code` raised to it.
[[nodiscard]] std::optional<ArchiveIndex> read_index_file(const Session& session,
                                                          const Input& input, Exit& code);

/// --index: writes what decoding brought along beside the input; of a tar the table of members too.
[[nodiscard]] Status keep_index(const Session& session, const Input& input, ArchiveIndex index);

/// Where content goes that is decoded whole: with --index, past somebody who notes the members of a
/// tar.
class WatchedOutput {
 public:
  /// `sink` must outlive this.
  WatchedOutput(const Session& session, Sink& sink);
  [[nodiscard]] Sink& sink() noexcept { return watch_ ? *watch_ : sink_; }
  /// Once everything was written: what goes into the sidecar.
  [[nodiscard]] ArchiveIndex with(std::optional<SeekIndex> index);

 private:
  Sink& sink_;  // NOLINT(cppcoreguidelines-*): see the constructor
  std::optional<TarWatch> watch_;
};

}  // namespace kompakt::cli
