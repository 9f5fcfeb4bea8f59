/// \file
/// The C API's files and folders. Include kompakt/kompakt.h.
#ifndef KOMPAKT_C_FILE_H
#define KOMPAKT_C_FILE_H

#include "kompakt/c_options.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  KOMPAKT_FILE_CODED = 0,    ///< compressed or decompressed
  KOMPAKT_FILE_COPIED = 1,   ///< a symlink, or a file that is not compressed, as it is
  KOMPAKT_FILE_SKIPPED = 2,  ///< left alone on purpose; `status` says why
  KOMPAKT_FILE_FAILED = 3    ///< `status` says why; nothing was written
};

/// One file's fate.
typedef struct kompakt_file_report {
  size_t struct_size;
  const char* input;
  const char* output;  ///< "" where none was meant
  uint64_t bytes_in;
  uint64_t bytes_out;
  const char* status_text;
  const char* warning_text;  ///< what was met and gone over; "" where nothing
  int32_t status;            ///< kompakt_code
  int32_t warning;           ///< kompakt_code
  int32_t fate;              ///< KOMPAKT_FILE_...
  int32_t removed;           ///< 1: the input is gone
} kompakt_file_report;
#define KOMPAKT_FILE_REPORT_INIT \
  { sizeof(kompakt_file_report), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/// From one thread at a time, maybe not the caller's. Nonzero cancels.
typedef int (*kompakt_file_callback)(void* user, const kompakt_file_report* report);

/// How one file becomes another.
typedef struct kompakt_file_options {
  size_t struct_size;
  /// Format, level and the rest. Metadata, and gzip's name and time, come from the file.
  const kompakt_compress_options* compress;
  const kompakt_decompress_options* decompress;
  int32_t overwrite;      ///< replace a file that exists
  int32_t remove_source;  ///< once the output was decoded, compared, and is durable
  int32_t verify;         ///< decode and compare also where nothing is removed
  int32_t drop_metadata;  ///< do not keep mode, owner, times and extended attributes
  int32_t hide_metadata;  ///< do not store them in .warp, nor name and time in .gz
  int32_t no_sync;        ///< do not make the output durable before returning
} kompakt_file_options;
#define KOMPAKT_FILE_OPTIONS_INIT \
  { sizeof(kompakt_file_options), 0, 0, 0, 0, 0, 0, 0, 0 }

/// Compresses the file `input` to `output`; NULL stands for `input` and the format's suffix.
/// KOMPAKT_ALREADY_EXISTS where the output is there. After a failure there is no output, and what
/// was there before is untouched. The report's strings live until the next call with the context.
KOMPAKT_API kompakt_code kompakt_compress_file(kompakt_context* context, const char* input,
                                               const char* output,
                                               const kompakt_file_options* options,
                                               kompakt_file_report* report);
/// The way back; NULL stands for `input` without its format's suffix, and is
/// KOMPAKT_INVALID_ARGUMENT where it has none.
KOMPAKT_API kompakt_code kompakt_decompress_file(kompakt_context* context, const char* input,
                                                 const char* output,
                                                 const kompakt_file_options* options,
                                                 kompakt_file_report* report);

/// How a folder becomes another.
typedef struct kompakt_folder_options {
  size_t struct_size;
  uint64_t chunk_size;   ///< content bytes coded by themselves; 0: 1 MiB for .warp, else stock
  int32_t format;        ///< KOMPAKT_FORMAT_...
  int32_t level;         ///< on the format's scale, or KOMPAKT_LEVEL_DEFAULT
  const char* checksum;  ///< .warp; NULL: blake3
  const char* const* include;  ///< globs on paths below the input; none: everything
  size_t include_count;
  const char* const* exclude;  ///< wins over include
  size_t exclude_count;
  uint64_t max_output;  ///< for each file; KOMPAKT_UNKNOWN (the default): no bound
  int32_t archive;      ///< one archive instead of a tree of files
  int32_t overwrite;    ///< replace files that exist; folders are merged always
  int32_t skip_plain;   ///< decompression: leave out, instead of copying, what is not compressed
  int32_t no_sync;
  kompakt_file_callback on_file;
  void* user;  ///< given to on_file
} kompakt_folder_options;
#define KOMPAKT_FOLDER_OPTIONS_INIT                                                               \
  {                                                                                               \
    sizeof(kompakt_folder_options), 0, KOMPAKT_FORMAT_WARP, KOMPAKT_LEVEL_DEFAULT, 0, 0, 0, 0, 0, \
        KOMPAKT_UNKNOWN, 0, 0, 0, 0, 0, 0                                                         \
  }

/// A folder operation goes on after the failure of a file: look at `failed`.
typedef struct kompakt_folder_result {
  size_t struct_size;
  uint64_t coded;
  uint64_t copied;
  uint64_t folders;  ///< made below the output
  uint64_t skipped;
  uint64_t failed;
  uint64_t warnings;
  uint64_t bytes_in;
  uint64_t bytes_out;
  const char* first_failure_text;  ///< "" where there was none
  int32_t first_failure;           ///< kompakt_code
  uint32_t threads;
} kompakt_folder_result;
#define KOMPAKT_FOLDER_RESULT_INIT \
  { sizeof(kompakt_folder_result), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// Compresses a file or a folder: of a folder the tree is mirrored below `output`, every file
/// compressed by itself, folders made, symlinks copied. KOMPAKT_OK also where files failed.
KOMPAKT_API kompakt_code kompakt_compress_folder(kompakt_context* context, const char* input,
                                                 const char* output,
                                                 const kompakt_folder_options* options,
                                                 kompakt_folder_result* result);
/// The way back.
KOMPAKT_API kompakt_code kompakt_decompress_folder(kompakt_context* context, const char* input,
                                                   const char* output,
                                                   const kompakt_folder_options* options,
                                                   kompakt_folder_result* result);

/// Which files and folders to take. Globs: '*' and '?' match within a component, '**' across
/// components, [...] a class; a pattern without '/' matches a base name at any depth, one with '/'
/// the whole path from its beginning. A folder that is excluded is not entered.
typedef struct kompakt_selection {
  size_t struct_size;
  const char* const* paths;  ///< files and folders, relative to `base`
  size_t path_count;
  const char* base;  ///< NULL: "."
  const char* const* include;
  size_t include_count;
  const char* const* exclude;  ///< wins over include
  size_t exclude_count;
  int32_t no_recurse;  ///< do not enter folders
  int32_t one_file_system;
  int32_t follow_symlinks;  ///< store what symlinks lead to
  int32_t no_xattrs;
} kompakt_selection;
#define KOMPAKT_SELECTION_INIT \
  { sizeof(kompakt_selection), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// What the output of `path` is called: puts it into `output`, with a zero byte behind it, and
/// returns 0. Nonzero leaves the file out.
typedef int (*kompakt_name_callback)(void* user, const char* path, char* output, size_t capacity);

/// How files become others beside them.
typedef struct kompakt_in_place_options {
  size_t struct_size;
  const kompakt_compress_options* compress;
  const kompakt_decompress_options* decompress;
  int32_t overwrite;
  int32_t remove_source;  ///< once the output was decoded, compared, and is durable
  int32_t remove_linked;  ///< also names of files that have several
  int32_t verify;
  int32_t drop_metadata;
  int32_t hide_metadata;
  int32_t no_sync;
  int32_t reserved;                   ///< 0
  kompakt_name_callback name_output;  ///< NULL: the format's suffix is put on, or any taken off
  kompakt_file_callback on_file;
  void* user;  ///< given to both
} kompakt_in_place_options;
#define KOMPAKT_IN_PLACE_OPTIONS_INIT \
  { sizeof(kompakt_in_place_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// Compresses the selected files beside their sources, as `gzip -r` does it. KOMPAKT_OK also where
/// files failed.
KOMPAKT_API kompakt_code kompakt_compress_in_place(kompakt_context* context,
                                                   const kompakt_selection* selection,
                                                   const kompakt_in_place_options* options,
                                                   kompakt_folder_result* result);
/// The way back.
KOMPAKT_API kompakt_code kompakt_decompress_in_place(kompakt_context* context,
                                                     const kompakt_selection* selection,
                                                     const kompakt_in_place_options* options,
                                                     kompakt_folder_result* result);

#ifdef __cplusplus
}
#endif

#endif
