/// \file
/// The C API's ground: codes, contexts, formats, codecs, features. Include kompakt/kompakt.h.
#ifndef KOMPAKT_C_BASE_H
#define KOMPAKT_C_BASE_H

#include <stddef.h>
#include <stdint.h>

#include "kompakt/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Why a call failed. The values are frozen, as are those of every enumeration here; a later
/// library may answer with values that are not in this list.
typedef enum kompakt_code {
  KOMPAKT_OK = 0,
  KOMPAKT_INVALID_ARGUMENT = 1,      ///< the caller asked for something meaningless
  KOMPAKT_IO = 2,                    ///< the operating system refused
  KOMPAKT_ALREADY_EXISTS = 3,        ///< the output exists and may not be replaced
  KOMPAKT_CORRUPT = 4,               ///< the data contradicts itself
  KOMPAKT_TRUNCATED = 5,             ///< the data is right as far as it goes but ends too early
  KOMPAKT_UNSUPPORTED = 6,           ///< valid, but beyond what this build or this input can do
  KOMPAKT_LIMIT_EXCEEDED = 7,        ///< memory, output size or another limit was reached
  KOMPAKT_MISSING_RESOURCE = 8,      ///< a dictionary, key or reference file is needed and absent
  KOMPAKT_CANCELLED = 9,             ///< kompakt_cancel(), or a callback that returned nonzero
  KOMPAKT_INTERNAL = 10,             ///< a bug in the library; the data is not at fault
  KOMPAKT_CODE_32_BITS = 0x7fffffff  ///< never an answer: makes the type 32 bits wide
} kompakt_code;

/// Stream formats. In structs they are int32_t.
enum {
  KOMPAKT_FORMAT_AUTO = -1,  ///< decompression: told by the first bytes (brotli has to be named)
  KOMPAKT_FORMAT_WARP = 0,
  KOMPAKT_FORMAT_GZIP = 1,
  KOMPAKT_FORMAT_ZLIB = 2,
  KOMPAKT_FORMAT_ZSTD = 3,
  KOMPAKT_FORMAT_LZ4 = 4,
  KOMPAKT_FORMAT_XZ = 5,
  KOMPAKT_FORMAT_BZIP2 = 6,
  KOMPAKT_FORMAT_BROTLI = 7,
  KOMPAKT_FORMAT_SNAPPY = 8
};

/// Where no level was chosen: the format's default.
#define KOMPAKT_LEVEL_DEFAULT (-2147483647 - 1)
/// Where a number of bytes, an offset or a block is not known.
#define KOMPAKT_UNKNOWN UINT64_MAX

/// What the library runs with: settings, the last error, the flag that cancels. Nothing is shared
/// between contexts. One thread at a time may use a context, but for kompakt_cancel(); a call that
/// finds the context at work in another thread, or is made from inside one of its callbacks,
/// returns KOMPAKT_INVALID_ARGUMENT and leaves it alone. Every reader, writer, coder and archive
/// has a context of its own, with the settings of the one that it was opened with.
typedef struct kompakt_context kompakt_context;

/// What went wrong, or is worth telling. The strings live as long as the call-back, or, from
/// kompakt_last_error(), until the next call with that context.
typedef struct kompakt_message {
  size_t struct_size;
  int32_t kind;         ///< KOMPAKT_MESSAGE_...
  int32_t code;         ///< kompakt_code
  const char* text;     ///< "file: block 7, byte 1234: message", as much of it as is known
  const char* message;  ///< the message alone
  const char* file;     ///< NULL where not known
  uint64_t block;       ///< KOMPAKT_UNKNOWN where not known
  uint64_t offset;      ///< in bytes; KOMPAKT_UNKNOWN where not known
} kompakt_message;
enum {
  KOMPAKT_MESSAGE_ERROR = 0,
  KOMPAKT_MESSAGE_WARNING = 1,  ///< met and gone over
  KOMPAKT_MESSAGE_NOTE = 2  ///< right here, maybe wrong elsewhere: names that differ only in case
};
#define KOMPAKT_MESSAGE_INIT \
  { sizeof(kompakt_message), 0, 0, 0, 0, 0, 0, 0 }

/// A name and its value: an extended attribute. `value` may hold any bytes.
typedef struct kompakt_attribute {
  const char* name;
  const char* value;
  size_t value_size;
} kompakt_attribute;

/// Bytes read and written so far. Nonzero cancels.
typedef int (*kompakt_progress_callback)(void* user, uint64_t bytes_in, uint64_t bytes_out);
/// Warnings and notes. Nonzero cancels.
typedef int (*kompakt_message_callback)(void* user, const kompakt_message* message);
/// Lends a thread: arrange for `run(task)` to be called once, on some other thread, and return 0.
/// Nonzero: the task was not taken. A task that runs late, even after the call that asked for it,
/// does no harm; one that never runs is memory never freed. It must not run inside this callback.
typedef int (*kompakt_execute_callback)(void* user, void (*run)(void* task), void* task);

/// "0.1.0": of the library that the program runs with.
KOMPAKT_API const char* kompakt_version(void);
/// "corrupt", "truncated", ...; "unknown" for other numbers. Never NULL.
KOMPAKT_API const char* kompakt_code_name(kompakt_code code);
/// 1 where this build has the feature, 0 otherwise. Features: "format.gzip", "codec.zstd",
/// "hash.blake3", "archive.zip", and "executor", "index", "dictionary", "warp.v2".
KOMPAKT_API int kompakt_has_feature(const char* name);
/// Frees what the library allocated for the caller. NULL is fine.
KOMPAKT_API void kompakt_free(void* memory);
/// Threads that this process may use: the smaller of its CPU affinity and its cgroup quota.
KOMPAKT_API uint32_t kompakt_usable_threads(void);
/// Bytes of memory that this process should stay under: three quarters of the smaller of the
/// machine's memory and its cgroup limit.
KOMPAKT_API uint64_t kompakt_usable_memory(void);

/// A new context in `*context`, to be freed by kompakt_context_free(). KOMPAKT_LIMIT_EXCEEDED
/// where there is no memory.
KOMPAKT_API kompakt_code kompakt_context_new(kompakt_context** context);
/// NULL is fine. What was opened with the context goes on with settings of its own.
KOMPAKT_API void kompakt_context_free(kompakt_context* context);
/// Threads that may code at the same time; 0 (the default): kompakt_usable_threads().
KOMPAKT_API kompakt_code kompakt_set_threads(kompakt_context* context, uint32_t threads);
/// Bytes that buffers and codecs may hold; 0 (the default): kompakt_usable_memory(). Fewer threads
/// are used where they do not fit; what does not fit at all is KOMPAKT_LIMIT_EXCEEDED.
KOMPAKT_API kompakt_code kompakt_set_max_memory(kompakt_context* context, uint64_t bytes);
/// `callback` is called after every block, from one thread at a time, maybe not the caller's. NULL
/// ends it.
KOMPAKT_API kompakt_code kompakt_set_progress(kompakt_context* context,
                                              kompakt_progress_callback callback, void* user);
/// `callback` gets warnings and notes, from one thread at a time, maybe not the caller's. NULL
/// ends it.
KOMPAKT_API kompakt_code kompakt_set_messages(kompakt_context* context,
                                              kompakt_message_callback callback, void* user);
/// `callback` lends threads, besides the one that makes the call; NULL (the default): the library
/// starts its own. Called from any thread that works for the context. `user` must outlive the
/// context and what was opened with it.
KOMPAKT_API kompakt_code kompakt_set_executor(kompakt_context* context,
                                              kompakt_execute_callback callback, void* user);

/// Makes the call that runs with the context, and every later one, return KOMPAKT_CANCELLED. From
/// any thread, and from a signal handler. A reader, writer, coder or archive is cancelled by its
/// own context. NULL is fine.
KOMPAKT_API void kompakt_cancel(kompakt_context* context);
/// Takes kompakt_cancel() back, for the calls to come.
KOMPAKT_API kompakt_code kompakt_uncancel(kompakt_context* context);

/// Of the last call with the context that returned a kompakt_code. KOMPAKT_INVALID_ARGUMENT for
/// NULL.
KOMPAKT_API kompakt_code kompakt_error_code(const kompakt_context* context);
/// The text of the last error, "" after a success; valid until the next call with the context.
/// Never NULL.
KOMPAKT_API const char* kompakt_error_text(const kompakt_context* context);
/// All that is known of the last error, into `*error`, whose struct_size the caller has set.
KOMPAKT_API kompakt_code kompakt_last_error(const kompakt_context* context, kompakt_message* error);

/// What is fixed about a stream format. The strings live forever.
typedef struct kompakt_format_info {
  size_t struct_size;
  const char* name;        ///< "gzip"
  const char* suffix;      ///< ".gz"
  const char* tar_suffix;  ///< ".tgz"; "" where there is none
  int32_t format;          ///< KOMPAKT_FORMAT_...
  int32_t min_level;
  int32_t max_level;
  int32_t default_level;
} kompakt_format_info;
#define KOMPAKT_FORMAT_INFO_INIT \
  { sizeof(kompakt_format_info), 0, 0, 0, 0, 0, 0, 0 }

/// The number of formats; they are numbered from 0.
KOMPAKT_API size_t kompakt_format_count(void);
/// KOMPAKT_INVALID_ARGUMENT where there is no format of that number.
KOMPAKT_API kompakt_code kompakt_get_format(size_t number, kompakt_format_info* info);
/// KOMPAKT_FORMAT_... by name ("gzip") or by suffix without its dot ("gz"); KOMPAKT_FORMAT_AUTO
/// where there is none of that name.
KOMPAKT_API int32_t kompakt_find_format(const char* name);
/// The format that the first bytes of a stream (16 are enough) can only belong to;
/// KOMPAKT_FORMAT_AUTO where they are of none. Brotli has no mark to be known by.
KOMPAKT_API int32_t kompakt_detect_format(const void* head, size_t size);

/// A compression method of .warp. The strings live forever.
typedef struct kompakt_codec_info {
  size_t struct_size;
  const char* name;
  const char* description;
  size_t option_count;
  int32_t codec;  ///< the number on the wire
  int32_t deterministic;
} kompakt_codec_info;
#define KOMPAKT_CODEC_INFO_INIT \
  { sizeof(kompakt_codec_info), 0, 0, 0, 0, 0 }

/// An option of a codec, a number; where value_count is not 0, value i is also spelt by
/// kompakt_codec_option_value(codec, option, i).
typedef struct kompakt_codec_option {
  size_t struct_size;
  const char* key;
  const char* help;
  int64_t min;
  int64_t max;
  int64_t fallback;  ///< the default
  size_t value_count;
} kompakt_codec_option;
#define KOMPAKT_CODEC_OPTION_INIT \
  { sizeof(kompakt_codec_option), 0, 0, 0, 0, 0, 0 }

/// The number of codecs; they are numbered from 0.
KOMPAKT_API size_t kompakt_codec_count(void);
/// KOMPAKT_INVALID_ARGUMENT where there is no codec of that number.
KOMPAKT_API kompakt_code kompakt_get_codec(size_t number, kompakt_codec_info* info);
/// KOMPAKT_INVALID_ARGUMENT where there is no such option.
KOMPAKT_API kompakt_code kompakt_get_codec_option(size_t codec, size_t option,
                                                  kompakt_codec_option* info);
/// NULL where there is no such value.
KOMPAKT_API const char* kompakt_codec_option_value(size_t codec, size_t option, size_t value);
/// Checks "name" or "name:key=value,key=value" and gives in `*canonical`, unless that is NULL, the
/// shortest text that means the same, to be freed by kompakt_free(). KOMPAKT_INVALID_ARGUMENT with
/// the valid choices in the error's text.
KOMPAKT_API kompakt_code kompakt_check_codec(kompakt_context* context, const char* spec,
                                             char** canonical);
/// "none", "xxh64", "xxh3", "blake3", "blake2b", "sha256", "crc32", "crc32c", "adler32" for 0, 1,
/// ...; NULL for others. The numbers are frozen.
KOMPAKT_API const char* kompakt_hash_name(int32_t hash);

#ifdef __cplusplus
}
#endif

#endif
