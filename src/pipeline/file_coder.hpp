/// \file
/// One file to one file: compressed, decompressed or copied, whole or not at all.
#pragma once

#include <cstdint>
#include <string>

#include "io/atomic_file.hpp"
#include "io/metadata.hpp"
#include "io/system.hpp"
#include "kompakt/folder.hpp"

namespace kompakt {

struct FileTask {
  enum class Kind : std::uint8_t {
    kCompress,
    kDecompress,
    kCopy,
    kSymlink,
    kReport,  ///< nothing to do: `reason` is to be reported in its turn
  };
  Kind kind = Kind::kCompress;
  std::string input;
  std::string output;
  std::string plain_output;  ///< kDecompress: where it goes, as it is, if it is not compressed
  std::string link_target;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  FileReport::Fate fate = FileReport::Fate::kSkipped;  ///< kReport
  Status reason;
};

struct FileCoderOptions {
  CompressOptions compress;
  DecompressOptions decompress;
  bool overwrite = false;
  bool remove_source = false;
  bool remove_linked = false;
  bool verify = false;
  bool keep_metadata = true;
  bool store_metadata = true;
  bool skip_plain = false;
  bool sync_each = false;  ///< make each output durable, and that before its source is removed
};

/// Thread-safe: many files at a time, each on its own thread.
class FileCoder {
 public:
  FileCoder(const System& system, FileCoderOptions options)
      : system_(system), options_(std::move(options)) {}

  /// Does the task with the threads and the memory of `run`. Failures are in the report; one of
  /// code kCancelled means that `run` was cancelled.
  [[nodiscard]] FileReport run(const FileTask& task, const RunControl& run) const;

 private:
  struct Input;
  [[nodiscard]] Status dispatch(const FileTask& task, const RunControl& run,
                                FileReport& report) const;
  [[nodiscard]] Status open_input(const FileTask& task, Input& input) const;
  [[nodiscard]] Status compress_file(Input& input, const RunControl& run, FileReport& report) const;
  [[nodiscard]] Status decompress_file(const FileTask& task, Input& input, const RunControl& run,
                                       FileReport& report) const;
  [[nodiscard]] Status copy_file(Input& input, FileReport& report) const;
  [[nodiscard]] Status copy_symlink(const FileTask& task) const;
  [[nodiscard]] Result<std::unique_ptr<AtomicFile>> create_output(const std::string& path) const;
  [[nodiscard]] Status verify(const AtomicFile& output, Input& input, const RunControl& run) const;
  [[nodiscard]] Status finish(AtomicFile& output, FileMetadata metadata, Input& input,
                              FileReport& report) const;
  [[nodiscard]] CompressOptions compress_options(const std::string& path,
                                                 const FileMetadata& metadata,
                                                 const RunControl& run) const;

  const System& system_;  // outlives the coder
  FileCoderOptions options_;
};

}  // namespace kompakt
