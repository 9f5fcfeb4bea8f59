/// \file
/// Inputs and outputs of the verbs.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/atomic_file.hpp"
#include "io/metadata.hpp"
#include "kompakt/options.hpp"
#include "kompakt/source.hpp"
#include "session.hpp"

namespace kompakt::cli {

/// An opened input. Its source is valid as long as it is.
struct Input {
  std::string name;  ///< for messages
  bool is_stdin = false;
  Descriptor owned;  ///< not for stdin
  int fd = -1;
  struct stat before {};        ///< as it was when it was opened
  std::unique_ptr<Source> raw;  ///< below `source`, where bytes were read ahead of it
  std::unique_ptr<Source> source;
  std::optional<Format> format;  ///< of compressed data, where it is known beforehand
  bool foreign = false;          ///< of no format that the tool in question reads

  [[nodiscard]] bool regular() const noexcept { return S_ISREG(before.st_mode); }
};

/// What became of opening an input.
struct Opening {
  std::optional<Input> input;  ///< nothing: it was reported and `code` is its fate
  Exit code = Exit::kOk;
};

/// Opens `name` ("-": stdin). Directories are skipped with a warning. With `regular_only`, so are
/// devices and pipes, and links where the family does so, unless --force.
[[nodiscard]] Opening open_input(const Session& session, const std::string& name,
                                 bool regular_only);

/// An output under construction: a file that appears at commit(), or a descriptor written in order.
class Output {
 public:
  /// `path` "-" is stdout. A device or pipe that exists is written as it is. kInvalidArgument where
  /// the output is the input itself.
  [[nodiscard]] static Result<Output> open(const Session& session, const std::string& path,
                                           const Input& input);

  [[nodiscard]] Sink& sink() const noexcept { return file_ ? file_->sink() : *stream_; }
  [[nodiscard]] bool is_file() const noexcept { return file_ != nullptr; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Of the file under construction; -1 where there is none.
  [[nodiscard]] int descriptor() const noexcept { return file_ ? file_->descriptor() : -1; }
  /// What was written so far, to be read again. Files only; ends before commit().
  [[nodiscard]] Result<std::unique_ptr<Source>> reread(const System& system) const;
  void set_metadata(FileMetadata metadata) const;
  [[nodiscard]] Status commit();

 private:
  std::string name_;
  std::unique_ptr<AtomicFile> file_;
  Descriptor device_;
  std::unique_ptr<Sink> stream_;
};

/// Whether an extended attribute may be stored and restored: a stranger's file must not hand out
/// rights, so only plain attributes and access lists are.
[[nodiscard]] bool may_travel(std::string_view attribute);
/// What to put on a decoded file: what the .warp file kept, and where it kept nothing what the
/// .warp file itself has. Never set-id bits, and no attributes that would give rights to programs.
[[nodiscard]] FileMetadata metadata_to_restore(const std::optional<WarpMetadata>& kept,
                                               FileMetadata own);

}  // namespace kompakt::cli
