/// \file
/// One file to one file, and outputs that appear whole or not at all.
#pragma once

#include <memory>
#include <string>

#include "kompakt/export.h"
#include "kompakt/folder.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// How compress_file() and decompress_file() work.
struct FileOptions {
  /// Format, level and the rest. Metadata and gzip's name are seen to where keep is asked for.
  CompressOptions compress{};
  DecompressOptions decompress{};
  RunControl run{};            ///< instead of those in `compress` and `decompress`
  bool overwrite = false;      ///< replace a file that exists
  bool remove_source = false;  ///< once the output was decoded, compared, and is durable
  bool verify = false;         ///< decode and compare also where nothing is removed
  bool keep_metadata = true;   ///< mode, owner, times, extended attributes
  bool store_metadata = true;  ///< in .warp, and name and time in .gz
  bool sync = true;            ///< make the output durable before returning
};

/// Compresses the file `input` to `output`; an empty `output` stands for `input` and the format's
/// suffix. FileReport::output says what was written, FileReport::warning what was met and gone over
/// (the file changed meanwhile). kAlreadyExists where the output is there and `overwrite` is not
/// set. After a failure there is no output, and what was there before is untouched.
[[nodiscard]] KOMPAKT_API Result<FileReport> compress_file(const std::string& input,
                                                           const std::string& output = {},
                                                           const FileOptions& options = {});

/// The way back. An empty `output` stands for `input` without its format's suffix (".tgz" and its
/// like become ".tar"); kInvalidArgument where the name has none. The format is told by the first
/// bytes, and for brotli by the suffix.
[[nodiscard]] KOMPAKT_API Result<FileReport> decompress_file(const std::string& input,
                                                             const std::string& output = {},
                                                             const FileOptions& options = {});

/// A file that gets its name at commit(), complete and durable; without it nothing remains.
class KOMPAKT_API OutputFile {
 public:
  /// How it comes to be.
  struct Options {
    bool overwrite = false;  ///< an existing regular file may be replaced
    bool sync = true;        ///< make the data durable before the name appears
  };
  /// kAlreadyExists, or with `overwrite` kIo for directories and special files in the way.
  [[nodiscard]] static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                                  const Options& options);
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  OutputFile(OutputFile&&) = delete;
  OutputFile& operator=(OutputFile&&) = delete;
  virtual ~OutputFile() = default;

  /// Positional. Finish it before commit().
  [[nodiscard]] virtual Sink& sink() noexcept = 0;
  /// To be called once.
  [[nodiscard]] virtual Status commit() = 0;
};

}  // namespace kompakt
