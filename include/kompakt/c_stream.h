/// \file
/// The C API's streams: memory, sources and sinks, ranges, indexes. Include kompakt/kompakt.h.
#ifndef KOMPAKT_C_STREAM_H
#define KOMPAKT_C_STREAM_H

#include "kompakt/c_options.h"

#ifdef __cplusplus
extern "C" {
#endif

// From memory to memory.

/// Memory that a call writes to: the caller's, of `capacity` bytes at `data`, or, where a call is
/// said to allocate it, the library's, to be freed by kompakt_free(data), also where nothing is in
/// it. `size` bytes are used.
typedef struct kompakt_buffer {
  void* data;
  size_t size;
  size_t capacity;
} kompakt_buffer;

/// Compresses `size` bytes at `data` into memory that it allocates. The same bytes as of a file
/// with that content. After a failure `*out` is empty.
KOMPAKT_API kompakt_code kompakt_compress(kompakt_context* context, const void* data, size_t size,
                                          kompakt_buffer* out,
                                          const kompakt_compress_options* options);
/// Decompresses all of `data` into memory that it allocates. Nothing is allocated from a size that
/// the data claims before content has come to fill it; options->max_output bounds the rest.
KOMPAKT_API kompakt_code kompakt_decompress(kompakt_context* context, const void* data, size_t size,
                                            kompakt_buffer* out,
                                            const kompakt_decompress_options* options);
/// The same into the caller's memory. KOMPAKT_LIMIT_EXCEEDED where it is too small; what lies in it
/// then is unspecified.
KOMPAKT_API kompakt_code kompakt_compress_into(kompakt_context* context, const void* data,
                                               size_t size, kompakt_buffer* out,
                                               const kompakt_compress_options* options);
/// See kompakt_compress_into().
KOMPAKT_API kompakt_code kompakt_decompress_into(kompakt_context* context, const void* data,
                                                 size_t size, kompakt_buffer* out,
                                                 const kompakt_decompress_options* options);
/// Room, in `*bytes`, in which kompakt_compress_into() of `size` bytes always succeeds.
KOMPAKT_API kompakt_code kompakt_compress_bound(kompakt_context* context, uint64_t size,
                                                const kompakt_compress_options* options,
                                                uint64_t* bytes);
/// The content's size in `*bytes` as `data`, a whole compressed input, says in its headers or at
/// its end; KOMPAKT_UNKNOWN where it does not. A claim, not a promise: bound it before use.
KOMPAKT_API kompakt_code kompakt_claimed_size(kompakt_context* context, const void* data,
                                              size_t size,
                                              const kompakt_decompress_options* options,
                                              uint64_t* bytes);

// Where bytes come from, and where they go.

/// Bytes in order, and at any offset where it can: files and memory, or callbacks with read_at.
/// Those are read by every operation from the beginning, and by any number of them at once; others
/// from where they stand, by one operation at a time. Readers and archives share in what they were
/// opened with: kompakt_source_free() may follow at once, but the memory, the descriptor or the
/// user pointer behind it must outlive them.
typedef struct kompakt_source kompakt_source;
/// Where bytes go: for one operation. Writers share in it in the same way.
typedef struct kompakt_sink kompakt_sink;

/// What a callback of a source or a sink returns: 0, or, to fail the operation, one of the codes
/// from KOMPAKT_IO to KOMPAKT_CANCELLED; any other number means KOMPAKT_CANCELLED. Called from one
/// thread at a time, maybe not the caller's, but for read_at and write_at: from many.
typedef struct kompakt_source_callbacks {
  size_t struct_size;
  void* user;
  /// Puts up to `size` bytes from the position into `buffer` and their number into `*got`: 0 only
  /// at the end.
  int (*read)(void* user, void* buffer, size_t size, size_t* got);
  /// NULL: no random access. The same from `offset`, not moving the position. Needs `size`.
  int (*read_at)(void* user, uint64_t offset, void* buffer, size_t size, size_t* got);
  /// NULL: not known.
  int (*size)(void* user, uint64_t* bytes);
  /// NULL: nothing to do. Called once, when the last that reads the source is gone.
  void (*close)(void* user);
  const char* name;  ///< for messages; NULL: "<callback>"
} kompakt_source_callbacks;
#define KOMPAKT_SOURCE_CALLBACKS_INIT \
  { sizeof(kompakt_source_callbacks), 0, 0, 0, 0, 0, 0 }

/// A sink of the caller's.
typedef struct kompakt_sink_callbacks {
  size_t struct_size;
  void* user;
  /// Takes all of `size` bytes at `data`.
  int (*write)(void* user, const void* data, size_t size);
  /// NULL: written in order. Otherwise `write` and it are not mixed, and what is never written
  /// reads as zeros.
  int (*write_at)(void* user, uint64_t offset, const void* data, size_t size);
  /// NULL: nothing to do. The content is `total` bytes long and nothing more will come.
  int (*finish)(void* user, uint64_t total);
  /// NULL: nothing to do. Called once, when the last that writes the sink is gone.
  void (*close)(void* user);
  const char* name;  ///< for messages; NULL: "<callback>"
} kompakt_sink_callbacks;
#define KOMPAKT_SINK_CALLBACKS_INIT \
  { sizeof(kompakt_sink_callbacks), 0, 0, 0, 0, 0, 0 }

/// A file; with random access where it is a regular one. KOMPAKT_IO where it cannot be opened.
KOMPAKT_API kompakt_code kompakt_source_open(kompakt_context* context, const char* path,
                                             kompakt_source** source);
/// A regular file mapped into memory. It must not shrink meanwhile: that raises SIGBUS.
KOMPAKT_API kompakt_code kompakt_source_map(kompakt_context* context, const char* path,
                                            kompakt_source** source);
/// Bytes that the caller keeps alive.
KOMPAKT_API kompakt_code kompakt_source_memory(kompakt_context* context, const void* data,
                                               size_t size, kompakt_source** source);
/// A descriptor that the caller keeps open: from its position on, with random access where it is
/// of a regular file.
KOMPAKT_API kompakt_code kompakt_source_fd(kompakt_context* context, int fd, const char* name,
                                           kompakt_source** source);
/// The caller's own. KOMPAKT_INVALID_ARGUMENT without `read`, or with `read_at` and no `size`.
KOMPAKT_API kompakt_code kompakt_source_custom(kompakt_context* context,
                                               const kompakt_source_callbacks* callbacks,
                                               kompakt_source** source);
/// NULL is fine.
KOMPAKT_API void kompakt_source_free(kompakt_source* source);

enum {
  KOMPAKT_SINK_OVERWRITE = 1,  ///< a regular file that exists may be replaced
  KOMPAKT_SINK_NO_SYNC = 2     ///< do not make the file durable
};
/// A file that gets its name at kompakt_sink_commit(), complete and durable; without that nothing
/// remains. `flags`: KOMPAKT_SINK_... KOMPAKT_ALREADY_EXISTS where it is there.
KOMPAKT_API kompakt_code kompakt_sink_open(kompakt_context* context, const char* path,
                                           uint32_t flags, kompakt_sink** sink);
/// Memory of the caller's; KOMPAKT_LIMIT_EXCEEDED for what goes beyond it.
KOMPAKT_API kompakt_code kompakt_sink_memory(kompakt_context* context, void* data, size_t capacity,
                                             kompakt_sink** sink);
/// Memory that grows, for kompakt_sink_take().
KOMPAKT_API kompakt_code kompakt_sink_growing(kompakt_context* context, kompakt_sink** sink);
/// A descriptor that the caller keeps open, written in order.
KOMPAKT_API kompakt_code kompakt_sink_fd(kompakt_context* context, int fd, const char* name,
                                         kompakt_sink** sink);
/// Drops everything: to test, and to index.
KOMPAKT_API kompakt_code kompakt_sink_null(kompakt_context* context, kompakt_sink** sink);
/// The caller's own. KOMPAKT_INVALID_ARGUMENT without `write`.
KOMPAKT_API kompakt_code kompakt_sink_custom(kompakt_context* context,
                                             const kompakt_sink_callbacks* callbacks,
                                             kompakt_sink** sink);
/// Gives the file of kompakt_sink_open() its name. Once; KOMPAKT_INVALID_ARGUMENT for other sinks.
KOMPAKT_API kompakt_code kompakt_sink_commit(kompakt_context* context, kompakt_sink* sink);
/// What kompakt_sink_growing() gathered: the memory goes over to the caller, who frees it by
/// kompakt_free(). Of kompakt_sink_memory(): its data, and how much of it is used.
/// KOMPAKT_INVALID_ARGUMENT for other sinks.
KOMPAKT_API kompakt_code kompakt_sink_take(kompakt_context* context, kompakt_sink* sink,
                                           kompakt_buffer* out);
/// NULL is fine.
KOMPAKT_API void kompakt_sink_free(kompakt_sink* sink);

// Whole streams.

/// Compresses all of `source`. The bytes depend on the content and the options, never on the
/// number of threads.
KOMPAKT_API kompakt_code kompakt_compress_stream(kompakt_context* context, kompakt_source* source,
                                                 kompakt_sink* sink,
                                                 const kompakt_compress_options* options,
                                                 kompakt_result* result);
/// Decompresses all of `source`; members and frames laid end to end, padding and trailing bytes as
/// the format's stock tool does. KOMPAKT_UNSUPPORTED where the first bytes are of no known format.
KOMPAKT_API kompakt_code kompakt_decompress_stream(kompakt_context* context, kompakt_source* source,
                                                   kompakt_sink* sink,
                                                   const kompakt_decompress_options* options,
                                                   kompakt_result* result);

/// Where decoding can start in the middle of a compressed input, and of a tar its members: what
/// FILE.kidx holds. Never changes, so any thread may use it.
typedef struct kompakt_index kompakt_index;

/// A stretch of the content.
typedef struct kompakt_range_options {
  size_t struct_size;
  /// Bytes of the content from `first` on, `count` of them; or lines, counted from 1, from the
  /// first to the last of them. Cut at the content's end; KOMPAKT_INVALID_ARGUMENT where they begin
  /// behind it.
  uint64_t first;
  uint64_t count;
  const kompakt_index* index;  ///< NULL: the file's own, where it has one
  const kompakt_decompress_options* decompress;
} kompakt_range_options;
#define KOMPAKT_RANGE_OPTIONS_INIT \
  { sizeof(kompakt_range_options), 0, 0, 0, 0 }

/// Writes a range of the content's bytes. With random access and an index only the parts that hold
/// them are decoded.
KOMPAKT_API kompakt_code kompakt_decompress_range(kompakt_context* context, kompakt_source* source,
                                                  kompakt_sink* sink,
                                                  const kompakt_range_options* range,
                                                  kompakt_result* result);
/// Writes a range of the content's lines, each with its newline. An index with lines saves
/// decoding what lies before them.
KOMPAKT_API kompakt_code kompakt_decompress_lines(kompakt_context* context, kompakt_source* source,
                                                  kompakt_sink* sink,
                                                  const kompakt_range_options* range,
                                                  kompakt_result* result);

/// What kompakt_convert() reads and writes.
typedef struct kompakt_convert_options {
  size_t struct_size;
  const kompakt_compress_options* to;
  const kompakt_decompress_options* from;
} kompakt_convert_options;
#define KOMPAKT_CONVERT_OPTIONS_INIT \
  { sizeof(kompakt_convert_options), 0, 0 }

/// What kompakt_convert() did.
typedef struct kompakt_convert_result {
  size_t struct_size;
  uint64_t bytes_in;
  uint64_t content;
  uint64_t bytes_out;
  uint64_t content_hash;  ///< XXH3-64
  int32_t from;           ///< KOMPAKT_FORMAT_...
  int32_t to;
} kompakt_convert_result;
#define KOMPAKT_CONVERT_RESULT_INIT \
  { sizeof(kompakt_convert_result), 0, 0, 0, 0, 0, 0 }

/// Re-encodes `source` into another format, decoding and encoding side by side.
KOMPAKT_API kompakt_code kompakt_convert(kompakt_context* context, kompakt_source* source,
                                         kompakt_sink* sink, const kompakt_convert_options* options,
                                         kompakt_convert_result* result);

/// How to write the old version 2 of .warp. Its levels and defaults are its own.
typedef struct kompakt_v2_options {
  size_t struct_size;
  const char* level;     ///< auto (also NULL), fastest, max or throughput
  const char* method;    ///< instead of the level's: zstd, lz4, snappy or brotli; NULL: the level's
  const char* checksum;  ///< none (also NULL), xxh64, blake3 or blake2b
  uint64_t chunk_size;   ///< 128 KiB to 1 GiB; 0: the level's
  int32_t zstd_level;    ///< or KOMPAKT_LEVEL_DEFAULT: 3
  int32_t brotli_quality;  ///< or KOMPAKT_LEVEL_DEFAULT: 5
  kompakt_block_callback on_block;
  void* user;  ///< given to on_block
} kompakt_v2_options;
#define KOMPAKT_V2_OPTIONS_INIT \
  { sizeof(kompakt_v2_options), 0, 0, 0, 0, KOMPAKT_LEVEL_DEFAULT, KOMPAKT_LEVEL_DEFAULT, 0, 0 }

/// Compresses all of `source` as .warp version 2. The source must have random access and the sink
/// take bytes at any offset (a file, memory, write_at): KOMPAKT_UNSUPPORTED otherwise.
KOMPAKT_API kompakt_code kompakt_compress_v2(kompakt_context* context, kompakt_source* source,
                                             kompakt_sink* sink, const kompakt_v2_options* options,
                                             kompakt_result* result);

// Facts.

/// What a random-access source of a format other than .warp says of itself, decoding content only
/// where headers do not tell its size.
KOMPAKT_API kompakt_code kompakt_inspect_stream(kompakt_context* context, kompakt_source* source,
                                                const kompakt_decompress_options* options,
                                                kompakt_result* result);

/// How much of a file a codec has coded.
typedef struct kompakt_codec_use {
  const char* name;
  uint64_t blocks;  ///< 0: not known without reading on
} kompakt_codec_use;

/// The facts of a .warp file, all streams in it together.
typedef struct kompakt_container_info {
  size_t struct_size;
  const char* layout;  ///< "v1", "v2", "stream v2" or "v3"
  uint32_t version;    ///< 1, 2 or 3
  uint32_t streams;
  uint64_t raw_size;
  uint64_t stored_size;
  uint64_t blocks;
  uint64_t block_size;     ///< no block but a run of zeros holds more; 0: not known
  uint64_t decode_memory;  ///< bytes that decoding on one thread needs; 0: not known
  uint64_t damaged_blocks;
  const kompakt_codec_use* codecs;  ///< in order of first use
  size_t codec_count;
  const void* digest;  ///< of the content; NULL where there is none
  size_t digest_size;
  const kompakt_metadata* metadata;  ///< of the first stream; NULL where there is none
  /// Why the end of the file could not be read, so that the facts come from block headers.
  const char* recovered_text;  ///< "" where it could
  int32_t recovered;           ///< kompakt_code
  int32_t checksum;            ///< see kompakt_hash_name()
} kompakt_container_info;
#define KOMPAKT_CONTAINER_INFO_INIT \
  { sizeof(kompakt_container_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// Reads headers, indexes and trailers of a random-access .warp file, and no payload.
/// `count_codecs`: every block's header too. KOMPAKT_UNSUPPORTED for a pipe or another format.
KOMPAKT_API kompakt_code kompakt_inspect(kompakt_context* context, kompakt_source* source,
                                         int count_codecs, kompakt_container_info* info);

// Indexes.

/// Decodes all of `source`, a file, for an index of it with seek points options->index_spacing
/// (0: 4 MiB) bytes of content apart; of a tar in a stream format also its members.
/// KOMPAKT_INVALID_ARGUMENT for .warp, which has its own; KOMPAKT_UNSUPPORTED for what cannot be
/// entered in its middle.
KOMPAKT_API kompakt_code kompakt_index_build(kompakt_context* context, kompakt_source* source,
                                             const kompakt_decompress_options* options,
                                             kompakt_index** index);
/// The index that a call with the context collected last. KOMPAKT_INVALID_ARGUMENT where there is
/// none, or it was taken.
KOMPAKT_API kompakt_code kompakt_index_take(kompakt_context* context, kompakt_index** index);
/// The bytes of FILE.kidx for the file in `source`, in memory that it allocates.
KOMPAKT_API kompakt_code kompakt_index_save(kompakt_context* context, const kompakt_index* index,
                                            kompakt_source* source, kompakt_buffer* out);
/// Reads such bytes. KOMPAKT_INVALID_ARGUMENT where they were made of something else than what
/// `source` holds; KOMPAKT_CORRUPT, KOMPAKT_TRUNCATED, KOMPAKT_UNSUPPORTED, KOMPAKT_LIMIT_EXCEEDED.
KOMPAKT_API kompakt_code kompakt_index_load(kompakt_context* context, const void* data, size_t size,
                                            kompakt_source* source, kompakt_index** index);

/// What an index holds.
typedef struct kompakt_index_info {
  size_t struct_size;
  uint64_t points;
  uint64_t content_size;  ///< KOMPAKT_UNKNOWN without points
  uint64_t lines;         ///< KOMPAKT_UNKNOWN where they were not counted
  uint64_t members;       ///< KOMPAKT_UNKNOWN where it has no table of them
} kompakt_index_info;
#define KOMPAKT_INDEX_INFO_INIT \
  { sizeof(kompakt_index_info), 0, 0, 0, 0 }

/// KOMPAKT_INVALID_ARGUMENT for NULL.
KOMPAKT_API kompakt_code kompakt_index_get_info(const kompakt_index* index,
                                                kompakt_index_info* info);
/// NULL is fine.
KOMPAKT_API void kompakt_index_free(kompakt_index* index);

#ifdef __cplusplus
}
#endif

#endif
