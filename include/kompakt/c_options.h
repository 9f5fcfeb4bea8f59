/// \file
/// The C API's options and results. Include kompakt/kompakt.h.
///
/// Every struct begins with its size, which the KOMPAKT_..._INIT macros set, with the defaults of
/// everything else. Options: a shorter struct, of a program built against an older header, is
/// taken as one with the defaults in what it lacks; a longer one if what this library does not
/// know of is zero, and KOMPAKT_INVALID_ARGUMENT otherwise. NULL for an options pointer means the
/// defaults. Results: as much is filled in as the struct has room for; what this library does not
/// know of becomes zero; NULL where nobody wants to know. Strings, arrays and structs that options
/// point to are read during the call, or copied by the call that opens something; those that
/// results point to live until the next call with the context.
#ifndef KOMPAKT_C_OPTIONS_H
#define KOMPAKT_C_OPTIONS_H

#include "kompakt/c_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a .warp file remembers of the file it was made from.
typedef struct kompakt_metadata {
  size_t struct_size;
  const char* name;          ///< a base name; NULL: none
  int64_t modified_seconds;  ///< since 1970-01-01 UTC
  uint32_t modified_nanoseconds;
  uint32_t present;  ///< which of the numbers are meant: KOMPAKT_HAS_...
  uint32_t mode;     ///< permission bits, 07777 at most
  uint32_t uid;
  uint32_t gid;
  uint32_t reserved;  ///< 0
  const kompakt_attribute* xattrs;
  size_t xattr_count;
} kompakt_metadata;
#define KOMPAKT_METADATA_INIT \
  { sizeof(kompakt_metadata), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
enum {
  KOMPAKT_HAS_MODE = 1,
  KOMPAKT_HAS_MODIFIED = 2,
  KOMPAKT_HAS_OWNER = 4,
  KOMPAKT_HAS_ACCESSED = 8,
  KOMPAKT_HAS_CRC32 = 16
};

/// One block's fate.
typedef struct kompakt_block_report {
  size_t struct_size;
  uint64_t number;
  uint64_t raw_size;
  uint64_t stored_size;  ///< encoded bytes, headers not counted
  const char* codec;
  double seconds;  ///< spent reading, checking and encoding it
} kompakt_block_report;
/// In block order, from one thread at a time, maybe not the caller's. Nonzero cancels.
typedef int (*kompakt_block_callback)(void* user, const kompakt_block_report* block);

/// What to write, and how.
typedef struct kompakt_compress_options {
  size_t struct_size;
  int32_t format;  ///< KOMPAKT_FORMAT_...
  int32_t level;   ///< on the format's scale, see kompakt_get_format(); or KOMPAKT_LEVEL_DEFAULT
  /// Content bytes of a part that is coded by itself; 0: as the level or the stock tool has it.
  uint64_t block_size;
  // Formats other than .warp; what the format has no place for is KOMPAKT_INVALID_ARGUMENT.
  int32_t seekable;        ///< many members or frames with an index, instead of one
  int32_t extreme;         ///< xz -e
  int32_t window_log;      ///< zstd --long=N, brotli --lgwin=N; 0: the level's
  int32_t no_checksum;     ///< where the format makes it optional
  const char* check;       ///< xz: none, crc32, crc64, sha256; NULL: the default
  const char* name;        ///< gzip: the original file's base name; NULL: none
  uint32_t modified;       ///< gzip: seconds since 1970; 0: none
  uint32_t reserved;       ///< 0
  const void* dictionary;  ///< zstd, lz4; NULL: none
  size_t dictionary_size;
  // .warp.
  const char* codec;     ///< instead of the level's: "name:key=value,..."; NULL: the level's
  const char* checksum;  ///< none, xxh64, xxh3, blake3 or blake2b; NULL: blake3
  const kompakt_metadata* metadata;  ///< stored where given
  kompakt_block_callback on_block;
  void* user;  ///< given to on_block
} kompakt_compress_options;
#define KOMPAKT_COMPRESS_OPTIONS_INIT                                                            \
  {                                                                                              \
    sizeof(kompakt_compress_options), KOMPAKT_FORMAT_WARP, KOMPAKT_LEVEL_DEFAULT, 0, 0, 0, 0, 0, \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                                          \
  }

/// `length` bytes (0: up to an end that is not known) of the content from `offset` on could not be
/// recovered. Nonzero cancels.
typedef int (*kompakt_lost_callback)(void* user, uint64_t offset, uint64_t length,
                                     const kompakt_message* reason);

/// What to expect, and what to allow.
typedef struct kompakt_decompress_options {
  size_t struct_size;
  int32_t format;          ///< KOMPAKT_FORMAT_AUTO or the one to expect
  int32_t verify_digests;  ///< .warp: recompute the digests of blocks too
  const void* dictionary;  ///< zstd, lz4, zlib; NULL: none
  size_t dictionary_size;
  /// The most bytes that may come out: KOMPAKT_LIMIT_EXCEEDED beyond. KOMPAKT_UNKNOWN (the
  /// default): no bound. Set it where the data is not trusted.
  uint64_t max_output;
  /// Collect seek points at least this many content bytes apart, for kompakt_index_take(); 0: none.
  uint64_t index_spacing;
  int32_t index_lines;  ///< count lines for the index
  int32_t keep_going;   ///< go on after damage, filling lost ranges with zeros; needs a file
  kompakt_lost_callback on_lost;
  kompakt_block_callback on_block;  ///< .warp before version 3
  void* user;                       ///< given to both
} kompakt_decompress_options;
#define KOMPAKT_DECOMPRESS_OPTIONS_INIT                                                            \
  {                                                                                                \
    sizeof(kompakt_decompress_options), KOMPAKT_FORMAT_AUTO, 0, 0, 0, KOMPAKT_UNKNOWN, 0, 0, 0, 0, \
        0, 0                                                                                       \
  }

/// What an operation read and wrote.
typedef struct kompakt_result {
  size_t struct_size;
  uint64_t bytes_in;
  uint64_t bytes_out;
  int32_t format;
  uint32_t threads;  ///< that coded at the same time at most
  // What a stream of another format than .warp said of itself. Decompression only.
  uint64_t streams;  ///< members, frames or streams with content
  uint64_t skipped;  ///< skippable frames
  uint64_t blocks;
  uint64_t compressed_size;
  uint64_t content_size;  ///< KOMPAKT_UNKNOWN where not known
  uint64_t window;        ///< content bytes that decoding refers back to; or KOMPAKT_UNKNOWN
  const char* check;      ///< "CRC32", "XXH64", "None", ...; of the first stream
  const char* name;       ///< gzip: of the first member; NULL: none
  uint32_t modified;      ///< gzip: seconds since 1970; 0: none
  uint32_t last_check;    ///< gzip: the stored check of the last member; 0: not read
  /// What the stock tool warns of and goes on; each is told to the callback for messages.
  uint64_t warnings;
  /// From a .warp container that has any; NULL otherwise. Decompression only.
  const kompakt_metadata* metadata;
  /// With keep_going: the first damage that was met, whether or not content was lost with it.
  const char* damage_text;  ///< "" where there was none
  int32_t damage;           ///< kompakt_code
  int32_t has_index;        ///< 1: kompakt_index_take() has one to give
} kompakt_result;
#define KOMPAKT_RESULT_INIT \
  { sizeof(kompakt_result), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

#ifdef __cplusplus
}
#endif

#endif
