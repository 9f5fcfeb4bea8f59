/// \file
/// The C API's archives: pack, list, test, extract; and as objects. Include kompakt/kompakt.h.
#ifndef KOMPAKT_C_ARCHIVE_H
#define KOMPAKT_C_ARCHIVE_H

#include "kompakt/c_file.h"
#include "kompakt/c_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  KOMPAKT_ARCHIVE_TAR = 0,  ///< plain or inside a stream format
  KOMPAKT_ARCHIVE_ZIP = 1,
  KOMPAKT_ARCHIVE_WARP = 2,
  KOMPAKT_ARCHIVE_OTHER = 3  ///< read only: 7z, cpio, iso, rar, ...
};
enum {
  KOMPAKT_ENTRY_FILE = 0,
  KOMPAKT_ENTRY_DIRECTORY = 1,
  KOMPAKT_ENTRY_SYMLINK = 2,
  KOMPAKT_ENTRY_HARDLINK = 3,  ///< another name of an earlier member, `link_target`
  KOMPAKT_ENTRY_FIFO = 4,
  KOMPAKT_ENTRY_CHAR_DEVICE = 5,
  KOMPAKT_ENTRY_BLOCK_DEVICE = 6
};

/// One member, as the archive tells of it. Nothing in it is safe to use as a path of the file
/// system without the checks of extraction. For kompakt_archive_writer_add_memory() and _source():
/// path, type, mode, times, owner and link target are taken, NULL means "".
typedef struct kompakt_entry {
  size_t struct_size;
  const char* path;         ///< '/' between components, without the '/' that marks a directory
  const char* link_target;  ///< of a symlink, its text (a zip's list lacks it); of a hardlink, a
                            ///< member's path
  const char* user;
  const char* group;
  const char* method;  ///< how it is coded ("deflate"); "" where not its own
  const char* comment;
  uint64_t size;         ///< content bytes, holes included
  uint64_t stored_size;  ///< bytes in the archive; KOMPAKT_UNKNOWN where coded with others
  int64_t modified_seconds;
  int64_t accessed_seconds;
  uint32_t modified_nanoseconds;
  uint32_t accessed_nanoseconds;
  uint32_t present;  ///< which of the numbers are meant: KOMPAKT_HAS_...
  int32_t type;      ///< KOMPAKT_ENTRY_...
  uint32_t mode;     ///< permission bits, 07777 at most
  uint32_t uid;
  uint32_t gid;
  uint32_t device_major;
  uint32_t device_minor;
  uint32_t crc32;      ///< of the content
  const void* digest;  ///< of the content; NULL where there is none
  size_t digest_size;
  const kompakt_attribute* xattrs;
  size_t xattr_count;
} kompakt_entry;
#define KOMPAKT_ENTRY_INIT \
  { sizeof(kompakt_entry), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// In the archive's order, from one thread at a time, maybe not the caller's. Nonzero cancels.
typedef int (*kompakt_entry_callback)(void* user, const kompakt_entry* entry);
/// A member of which damage has left nothing or only a part. Nonzero cancels.
typedef int (*kompakt_lost_entry_callback)(void* user, const kompakt_entry* entry,
                                           const kompakt_message* reason);
/// A member that `rule` keeps out ("absolute path", "parent directory", "symlink in path", ...).
/// Nonzero cancels.
typedef int (*kompakt_refused_callback)(void* user, const char* path, const char* rule,
                                        const kompakt_message* reason);

/// What an archive operation did.
typedef struct kompakt_archive_result {
  size_t struct_size;
  const char* format_name;  ///< "tar.gz", "zip", "7-Zip", ...
  int32_t kind;             ///< KOMPAKT_ARCHIVE_...
  int32_t filter;           ///< the stream format around a tar; KOMPAKT_FORMAT_AUTO: none
  uint64_t entries;         ///< written, extracted, listed or tested
  uint64_t files;
  uint64_t content;     ///< bytes of the files among them
  uint64_t bytes_in;    ///< of the archive read, or of the files read
  uint64_t bytes_out;   ///< of the archive written, or of the files written
  uint64_t duplicates;  ///< files whose content was stored once for several (.warp)
  uint64_t warnings;
  uint64_t refused;              ///< members that a rule of safe extraction kept out
  uint64_t lost;                 ///< members that damage made unreadable
  const char* const* unmatched;  ///< names and globs of the selection that no member matched
  size_t unmatched_count;
  const char*
      damage_text;  ///< the first damage that was met and gone over; "" where there was none
  int32_t damage;   ///< kompakt_code
  uint32_t threads;
  uint64_t has_index;  ///< 1: kompakt_index_take() has one to give
} kompakt_archive_result;
#define KOMPAKT_ARCHIVE_RESULT_INIT \
  { sizeof(kompakt_archive_result), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// A file, by device and inode.
typedef struct kompakt_file_id {
  uint64_t device;
  uint64_t inode;
} kompakt_file_id;

/// How an archive is written.
typedef struct kompakt_create_options {
  size_t struct_size;
  const char*
      type;  ///< "warp", "zip", "tar", "tar.gz", ...; NULL: as the file's name says, or .warp
  const char* zip_method;  ///< deflate (also NULL), store, zstd, bzip2, xz
  /// Level, codec, block size, checksum and wishes for the stream format around a tar. The format
  /// itself comes from `type`.
  const kompakt_compress_options* compress;
  /// Same bytes from the same files whoever packs them: members by name, owner 0, no owner names.
  int32_t reproducible;
  int32_t has_epoch;
  int64_t epoch;                ///< SOURCE_DATE_EPOCH; no time later than it is stored
  const kompakt_file_id* skip;  ///< files that are left out
  size_t skip_count;
  kompakt_entry_callback on_entry;  ///< before a member is written
  void* user;                       ///< given to on_entry
  int32_t overwrite;                ///< where a file is made: replace one that exists
  int32_t no_sync;                  ///< where a file is made: do not make it durable
} kompakt_create_options;
#define KOMPAKT_CREATE_OPTIONS_INIT \
  { sizeof(kompakt_create_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// What a file's name asks for ("zip", "tar.gz", "warp", ...) in `*type`, which lives until the
/// next call with the context; KOMPAKT_INVALID_ARGUMENT where it says nothing.
KOMPAKT_API kompakt_code kompakt_archive_type(kompakt_context* context, const char* path,
                                              const char** type);
/// Packs the selected files into `sink`, which may be a pipe. Files that vanish or cannot be read
/// are warned of and left out.
KOMPAKT_API kompakt_code kompakt_archive_create(kompakt_context* context,
                                                const kompakt_selection* selection,
                                                kompakt_sink* sink,
                                                const kompakt_create_options* options,
                                                kompakt_archive_result* result);
/// The same into the file `path`, which appears complete or not at all, and is itself left out.
KOMPAKT_API kompakt_code kompakt_archive_create_file(kompakt_context* context,
                                                     const kompakt_selection* selection,
                                                     const char* path,
                                                     const kompakt_create_options* options,
                                                     kompakt_archive_result* result);

/// What every reading operation takes.
typedef struct kompakt_archive_options {
  size_t struct_size;
  const char* const* names;  ///< members, with everything below them, or globs; none: all
  size_t name_count;
  const char* const* include;  ///< globs as in kompakt_selection
  size_t include_count;
  const char* const* exclude;
  size_t exclude_count;
  /// How to decode the stream around a tar; max_output also bounds what is extracted.
  const kompakt_decompress_options* decompress;
  const kompakt_index* index;  ///< of a tar in a stream format; NULL: none
  uint64_t max_entries;        ///< 0: 100 million
  uint64_t max_depth;          ///< components of a path; 0: 1024
  uint64_t max_path;           ///< bytes of a path; 0: 65536
  kompakt_entry_callback on_entry;
  kompakt_lost_entry_callback on_lost;
  void* user;  ///< given to both
} kompakt_archive_options;
#define KOMPAKT_ARCHIVE_OPTIONS_INIT \
  { sizeof(kompakt_archive_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// Where members go and what is allowed. The defaults are safe for archives of strangers.
typedef struct kompakt_extract_options {
  size_t struct_size;
  const kompakt_archive_options* read;
  const char* directory;  ///< NULL: "."
  int32_t overwrite;      ///< replace files that exist; directories are merged always
  int32_t skip_existing;  ///< leave files that exist, without a complaint
  int32_t allow_devices;
  int32_t allow_setuid;  ///< keep setuid, setgid and sticky bits
  int32_t owner;         ///< 1: keep it, -1: do not, 0: when running as root
  int32_t no_xattrs;
  int32_t no_times;
  int32_t sync;  ///< make everything durable before returning
  uint64_t strip_components;
  /// Content bytes for each byte of the archive read, at most, past the first 64 MiB; 0: a million.
  double max_ratio;
  kompakt_refused_callback on_refused;
  void* user;  ///< given to on_refused
} kompakt_extract_options;
#define KOMPAKT_EXTRACT_OPTIONS_INIT \
  { sizeof(kompakt_extract_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/// What kind of archive a random-access source holds, in `*type` ("zip", "tar.gz", "7-Zip" and its
/// like: "other"), NULL for anything that is none. The text lives until the next call with the
/// context.
KOMPAKT_API kompakt_code kompakt_archive_detect(kompakt_context* context, kompakt_source* source,
                                                const kompakt_archive_options* options,
                                                const char** type);
/// Calls options->on_entry for every selected member. With options->decompress->index_spacing an
/// index is collected, with the members of a tar, for kompakt_index_take().
KOMPAKT_API kompakt_code kompakt_archive_list(kompakt_context* context, kompakt_source* source,
                                              const kompakt_archive_options* options,
                                              kompakt_archive_result* result);
/// Decodes every selected member and checks what can be checked; writes nothing. KOMPAKT_OK also
/// where members were lost: look at `lost` and `damage`.
KOMPAKT_API kompakt_code kompakt_archive_test(kompakt_context* context, kompakt_source* source,
                                              const kompakt_archive_options* options,
                                              kompakt_archive_result* result);
/// Writes the selected members below options->directory; nothing lands outside it, whatever the
/// archive says. A member that breaks a rule is refused and the others go on; of a damaged archive
/// all intact members come out. KOMPAKT_OK then too: look at `refused`, `lost` and `damage`.
KOMPAKT_API kompakt_code kompakt_archive_extract(kompakt_context* context, kompakt_source* source,
                                                 const kompakt_extract_options* options,
                                                 kompakt_archive_result* result);
/// Writes the content of the selected files to `sink`, one after the other.
KOMPAKT_API kompakt_code kompakt_archive_read(kompakt_context* context, kompakt_source* source,
                                              kompakt_sink* sink,
                                              const kompakt_archive_options* options,
                                              kompakt_archive_result* result);

/// An archive that is open for reading, with a context of its own; see c_object.h for what that
/// means. One thread at a time.
typedef struct kompakt_archive_reader kompakt_archive_reader;

/// Needs random access: KOMPAKT_UNSUPPORTED for a pipe, and for what is no archive.
KOMPAKT_API kompakt_code kompakt_archive_reader_open(kompakt_context* context,
                                                     kompakt_source* source,
                                                     const kompakt_archive_options* options,
                                                     kompakt_archive_reader** reader);
/// Takes FILE.kidx beside `path` where there is one that fits.
KOMPAKT_API kompakt_code kompakt_archive_reader_open_file(kompakt_context* context,
                                                          const char* path,
                                                          const kompakt_archive_options* options,
                                                          kompakt_archive_reader** reader);
/// "tar.gz", "zip", "7-Zip", ...; lives as long as the reader. "" for NULL.
KOMPAKT_API const char* kompakt_archive_reader_type(const kompakt_archive_reader* reader);
/// The number of members; they are read once and kept.
KOMPAKT_API kompakt_code kompakt_archive_reader_count(kompakt_archive_reader* reader,
                                                      size_t* count);
/// The first damage of the archive that reading its members met and went over, as the answer and
/// the context's error; KOMPAKT_OK for a sound archive.
KOMPAKT_API kompakt_code kompakt_archive_reader_damage(kompakt_archive_reader* reader);
/// Member `number`, from 0 in the archive's order. What `*entry` points to lives until the next
/// call with the reader. KOMPAKT_INVALID_ARGUMENT where there is no such member.
KOMPAKT_API kompakt_code kompakt_archive_reader_entry(kompakt_archive_reader* reader, size_t number,
                                                      kompakt_entry* entry);
/// The content of the file `path` in memory that it allocates; of several members of that path the
/// last counts. KOMPAKT_INVALID_ARGUMENT where there is no such file.
KOMPAKT_API kompakt_code kompakt_archive_reader_read(kompakt_archive_reader* reader,
                                                     const char* path, kompakt_buffer* out);
/// The same into a sink.
KOMPAKT_API kompakt_code kompakt_archive_reader_read_to(kompakt_archive_reader* reader,
                                                        const char* path, kompakt_sink* sink);
/// As kompakt_archive_extract(). Of options->read the selection and the callbacks count where they
/// are set; everything else is as the reader was opened with.
KOMPAKT_API kompakt_code kompakt_archive_reader_extract(kompakt_archive_reader* reader,
                                                        const kompakt_extract_options* options,
                                                        kompakt_archive_result* result);
/// As kompakt_archive_test().
KOMPAKT_API kompakt_code kompakt_archive_reader_test(kompakt_archive_reader* reader,
                                                     kompakt_archive_result* result);
/// NULL for NULL.
KOMPAKT_API kompakt_context* kompakt_archive_reader_context(kompakt_archive_reader* reader);
/// NULL is fine.
KOMPAKT_API void kompakt_archive_reader_free(kompakt_archive_reader* reader);

/// An archive that is put together member by member and written when it is closed. A name is a
/// member's once. One thread at a time.
typedef struct kompakt_archive_writer kompakt_archive_writer;

/// Writes to `sink`, which may be a pipe.
KOMPAKT_API kompakt_code kompakt_archive_writer_open(kompakt_context* context, kompakt_sink* sink,
                                                     const kompakt_create_options* options,
                                                     kompakt_archive_writer** writer);
/// The file appears when the archive is closed, complete and durable, or not at all.
KOMPAKT_API kompakt_code kompakt_archive_writer_open_file(kompakt_context* context,
                                                          const char* path,
                                                          const kompakt_create_options* options,
                                                          kompakt_archive_writer** writer);
/// Adds what the selection finds.
KOMPAKT_API kompakt_code kompakt_archive_writer_add_tree(kompakt_archive_writer* writer,
                                                         const kompakt_selection* selection);
/// Adds the file or folder, with everything in it, at `path` under the name `member`.
KOMPAKT_API kompakt_code kompakt_archive_writer_add_path(kompakt_archive_writer* writer,
                                                         const char* path, const char* member);
/// Adds a member made of `entry` and `size` bytes at `data`, which are copied.
KOMPAKT_API kompakt_code kompakt_archive_writer_add_memory(kompakt_archive_writer* writer,
                                                           const kompakt_entry* entry,
                                                           const void* data, size_t size);
/// The same with content that is read to its end now.
KOMPAKT_API kompakt_code kompakt_archive_writer_add_source(kompakt_archive_writer* writer,
                                                           const kompakt_entry* entry,
                                                           kompakt_source* source);
/// Writes the archive. Once: KOMPAKT_INVALID_ARGUMENT from then on.
KOMPAKT_API kompakt_code kompakt_archive_writer_close(kompakt_archive_writer* writer,
                                                      kompakt_archive_result* result);
/// NULL for NULL.
KOMPAKT_API kompakt_context* kompakt_archive_writer_context(kompakt_archive_writer* writer);
/// NULL is fine.
KOMPAKT_API void kompakt_archive_writer_free(kompakt_archive_writer* writer);

#ifdef __cplusplus
}
#endif

#endif
