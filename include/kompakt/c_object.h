/// \file
/// The C API's readers, writers and coders. Include kompakt/kompakt.h.
///
/// Each is opened with a context, whose settings it takes over and which gets the error where
/// opening fails. From then on its own context counts: kompakt_reader_context() and its like lead
/// to its last error and cancel it. One thread at a time may use an object, except where it is
/// said otherwise.
#ifndef KOMPAKT_C_OBJECT_H
#define KOMPAKT_C_OBJECT_H

#include "kompakt/c_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The content of a compressed source, read like a file.
typedef struct kompakt_reader kompakt_reader;

/// How a reader decodes, and how much it keeps.
typedef struct kompakt_reader_options {
  size_t struct_size;
  const kompakt_decompress_options* decompress;
  const kompakt_index* index;  ///< copied; NULL: the file's own, where it has one
  size_t read_ahead;           ///< content bytes decoded ahead of the reader; 0: 4 MiB
  size_t cache_size;  ///< content bytes kept of what was decoded around offsets last; 0: 64 MiB
} kompakt_reader_options;
#define KOMPAKT_READER_OPTIONS_INIT \
  { sizeof(kompakt_reader_options), 0, 0, 0, 0 }

/// KOMPAKT_UNSUPPORTED, KOMPAKT_TRUNCATED, ... where the first bytes are of no known format;
/// KOMPAKT_INVALID_ARGUMENT where the index is of something else.
KOMPAKT_API kompakt_code kompakt_reader_open(kompakt_context* context, kompakt_source* source,
                                             const kompakt_reader_options* options,
                                             kompakt_reader** reader);
/// Takes FILE.kidx beside `path` for its index where there is one that fits.
KOMPAKT_API kompakt_code kompakt_reader_open_file(kompakt_context* context, const char* path,
                                                  const kompakt_reader_options* options,
                                                  kompakt_reader** reader);
/// Reads up to `size` bytes from the position; `*got` is less only at the end of the content, and
/// before a failure, which the next call returns. At the end everything was verified.
KOMPAKT_API kompakt_code kompakt_reader_read(kompakt_reader* reader, void* buffer, size_t size,
                                             size_t* got);
/// The same, but returns as soon as there is anything.
KOMPAKT_API kompakt_code kompakt_reader_read_some(kompakt_reader* reader, void* buffer, size_t size,
                                                  size_t* got);
/// Moves to `offset` in the content; KOMPAKT_INVALID_ARGUMENT behind its end. KOMPAKT_UNSUPPORTED
/// for going backwards in a pipe.
KOMPAKT_API kompakt_code kompakt_reader_seek(kompakt_reader* reader, uint64_t offset);
/// The position in the content; KOMPAKT_UNKNOWN for NULL.
KOMPAKT_API uint64_t kompakt_reader_tell(const kompakt_reader* reader);
/// The content's size, found out by decoding where that is the only way. KOMPAKT_UNSUPPORTED for a
/// pipe that is not at its end.
KOMPAKT_API kompakt_code kompakt_reader_size(kompakt_reader* reader, uint64_t* bytes);
/// Fills `into`, the caller's memory, from `offset` of the content, up to its capacity or the
/// content's end, and sets its size. Any number of threads may call it beside whoever reads, each
/// with a context of its own (never the reader's), which gets the error; or with NULL. Without
/// random access to the content it decodes from the beginning each time.
KOMPAKT_API kompakt_code kompakt_reader_read_at(kompakt_reader* reader, kompakt_context* context,
                                                uint64_t offset, kompakt_buffer* into);
/// 1 where reading at an offset decodes only what lies around it.
KOMPAKT_API int kompakt_reader_random_access(const kompakt_reader* reader);
/// KOMPAKT_FORMAT_...; KOMPAKT_FORMAT_AUTO for NULL.
KOMPAKT_API int32_t kompakt_reader_format(const kompakt_reader* reader);
/// What the decoder said at the end; KOMPAKT_INVALID_ARGUMENT before that.
KOMPAKT_API kompakt_code kompakt_reader_result(kompakt_reader* reader, kompakt_result* result);
/// NULL for NULL.
KOMPAKT_API kompakt_context* kompakt_reader_context(kompakt_reader* reader);
/// Stops decoding; what was not read is not verified. NULL is fine.
KOMPAKT_API void kompakt_reader_free(kompakt_reader* reader);

/// Compresses what is written to it.
typedef struct kompakt_writer kompakt_writer;

/// KOMPAKT_INVALID_ARGUMENT for options that the format has no place for.
KOMPAKT_API kompakt_code kompakt_writer_open(kompakt_context* context, kompakt_sink* sink,
                                             const kompakt_compress_options* options,
                                             kompakt_writer** writer);
/// The file appears at kompakt_writer_close(), complete and durable, or not at all. `overwrite`: it
/// may replace one that exists.
KOMPAKT_API kompakt_code kompakt_writer_open_file(kompakt_context* context, const char* path,
                                                  const kompakt_compress_options* options,
                                                  int overwrite, kompakt_writer** writer);
/// Takes all of `size` bytes. The failure of the encoder or of its sink comes out of a later call.
KOMPAKT_API kompakt_code kompakt_writer_write(kompakt_writer* writer, const void* data,
                                              size_t size);
/// Content bytes taken so far; KOMPAKT_UNKNOWN for NULL.
KOMPAKT_API uint64_t kompakt_writer_tell(const kompakt_writer* writer);
/// Waits until everything is encoded and written. Once: KOMPAKT_INVALID_ARGUMENT from then on.
KOMPAKT_API kompakt_code kompakt_writer_close(kompakt_writer* writer, kompakt_result* result);
/// NULL for NULL.
KOMPAKT_API kompakt_context* kompakt_writer_context(kompakt_writer* writer);
/// Without kompakt_writer_close() before it the output is incomplete, and a file does not appear.
/// NULL is fine.
KOMPAKT_API void kompakt_writer_free(kompakt_writer* writer);

/// Encodes or decodes one stream piece by piece, on one core: no source, no sink.
typedef struct kompakt_coder kompakt_coder;

/// kompakt_coder_step() takes input from `in` and puts output at `out`, and moves both on: the
/// pointers forward, the sizes down. This struct will never change.
typedef struct kompakt_coder_io {
  const void* in;
  size_t in_size;
  void* out;
  size_t out_size;
} kompakt_coder_io;

enum {
  KOMPAKT_RUN = 0,    ///< more input will follow
  KOMPAKT_FLUSH = 1,  ///< make everything so far decodable
  KOMPAKT_FINISH = 2  ///< this is all the input there is
};
enum {
  KOMPAKT_NEEDS_INPUT = 0,   ///< all input was taken and all output so far was given out
  KOMPAKT_NEEDS_OUTPUT = 1,  ///< call again with room for output
  KOMPAKT_FINISHED = 2       ///< the stream is complete; input after it was not taken
};

/// KOMPAKT_INVALID_ARGUMENT for options that the format has no place for.
KOMPAKT_API kompakt_code kompakt_compressor_new(kompakt_context* context,
                                                const kompakt_compress_options* options,
                                                kompakt_coder** coder);
/// Stops behind one stream (member, frame). options->max_output and the context's memory bound
/// what it does up to kompakt_coder_reset().
KOMPAKT_API kompakt_code kompakt_decompressor_new(kompakt_context* context,
                                                  const kompakt_decompress_options* options,
                                                  kompakt_coder** coder);
/// `mode`: KOMPAKT_RUN, KOMPAKT_FLUSH or KOMPAKT_FINISH; what is so far in `*state`, see above.
/// KOMPAKT_TRUNCATED for a decoder in mode KOMPAKT_FINISH whose input ends before the stream does;
/// KOMPAKT_UNSUPPORTED for KOMPAKT_FLUSH where the format cannot. After a failure `io` is as it
/// was.
KOMPAKT_API kompakt_code kompakt_coder_step(kompakt_coder* coder, kompakt_coder_io* io,
                                            int32_t mode, int32_t* state);
/// Makes the coder as new, for the next stream.
KOMPAKT_API kompakt_code kompakt_coder_reset(kompakt_coder* coder);
/// NULL for NULL.
KOMPAKT_API kompakt_context* kompakt_coder_context(kompakt_coder* coder);
/// NULL is fine.
KOMPAKT_API void kompakt_coder_free(kompakt_coder* coder);

#ifdef __cplusplus
}
#endif

#endif
