/* Readers, writers, coders. */
#define _XOPEN_SOURCE 700
#include "support.h"

enum { kSize = 2500000 };

static void read_all(kompakt_reader* reader, const unsigned char* content) {
  kompakt_context* context = kompakt_reader_context(reader);
  unsigned char* room = malloc(100003);
  kompakt_result result = KOMPAKT_RESULT_INIT;
  uint64_t size = 0;
  uint64_t at = 0;
  size_t got = 1;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_reader_result(reader, &result));
  while (got != 0) {
    if (at % 2 == 0) {
      CHECK_OK(context, kompakt_reader_read(reader, room, 100003, &got));
      CHECK(got == 100003 || at + got == kSize);
    } else {
      CHECK_OK(context, kompakt_reader_read_some(reader, room, 100003, &got));
    }
    CHECK(at + got <= kSize && memcmp(room, content + at, got) == 0);
    at += got;
    CHECK(kompakt_reader_tell(reader) == at);
    if (kompakt_error_code(context) != KOMPAKT_OK) {
      break;
    }
  }
  CHECK(at == kSize);
  CHECK_OK(context, kompakt_reader_result(reader, &result));
  CHECK(result.bytes_out == kSize);
  CHECK_OK(context, kompakt_reader_size(reader, &size));
  CHECK(size == kSize);
  free(room);
}

static void read_parts(kompakt_reader* reader, const unsigned char* content) {
  kompakt_context* context = kompakt_reader_context(reader);
  static const uint64_t kOffsets[] = {2000000, 5, 1999990, kSize - 7, 0};
  char small[4000];
  kompakt_buffer into;
  size_t i;
  size_t got = 0;
  for (i = 0; i < sizeof kOffsets / sizeof kOffsets[0]; ++i) {
    const size_t rest = kSize - (size_t)kOffsets[i];
    const size_t wanted = rest < sizeof small ? rest : sizeof small;
    CHECK_OK(context, kompakt_reader_seek(reader, kOffsets[i]));
    CHECK_OK(context, kompakt_reader_read(reader, small, sizeof small, &got));
    CHECK(got == wanted && memcmp(small, content + kOffsets[i], got) == 0);
    into.data = small;
    into.size = 0;
    into.capacity = sizeof small;
    CHECK(kompakt_reader_read_at(reader, NULL, kOffsets[i], &into) == KOMPAKT_OK);
    CHECK(into.size == wanted && memcmp(small, content + kOffsets[i], wanted) == 0);
  }
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_reader_seek(reader, kSize + 1));
}

/* A reader over what stands behind a pipe: in order only. */
typedef struct pipe_end {
  const unsigned char* data;
  size_t size;
  size_t at;
} pipe_end;

static int read_pipe(void* user, void* buffer, size_t size, size_t* got) {
  pipe_end* end = user;
  *got = size < end->size - end->at ? size : end->size - end->at;
  memcpy(buffer, end->data + end->at, *got);
  end->at += *got;
  return 0;
}

static void damaged_and_piped(kompakt_context* context, const unsigned char* content) {
  kompakt_buffer packed = compressed(KOMPAKT_FORMAT_GZIP, content, kSize);
  kompakt_source_callbacks callbacks = KOMPAKT_SOURCE_CALLBACKS_INIT;
  kompakt_reader_options options = KOMPAKT_READER_OPTIONS_INIT;
  kompakt_reader* reader = NULL;
  kompakt_source* source = NULL;
  pipe_end end;
  char room[100];
  uint64_t size;
  size_t got = 0;
  end.data = packed.data;
  end.size = packed.size;
  end.at = 0;
  callbacks.user = &end;
  callbacks.read = read_pipe;
  CHECK_OK(context, kompakt_source_custom(context, &callbacks, &source));
  options.read_ahead = 65536;
  CHECK_OK(context, kompakt_reader_open(context, source, &options, &reader));
  kompakt_source_free(source);
  CHECK(!kompakt_reader_random_access(reader));
  CHECK(kompakt_reader_format(reader) == KOMPAKT_FORMAT_GZIP);
  CHECK_OK(context, kompakt_reader_read(reader, room, sizeof room, &got));
  CHECK_OK(context, kompakt_reader_seek(reader, 2000000));
  CHECK_OK(context, kompakt_reader_read(reader, room, sizeof room, &got));
  CHECK(got == sizeof room && memcmp(room, content + 2000000, sizeof room) == 0);
  CHECK_CODE(kompakt_reader_context(reader), KOMPAKT_UNSUPPORTED, kompakt_reader_seek(reader, 10));
  CHECK_CODE(kompakt_reader_context(reader), KOMPAKT_UNSUPPORTED,
             kompakt_reader_size(reader, &size));
  /* Cancelled in its middle, by its own context alone. */
  kompakt_cancel(kompakt_reader_context(reader));
  CHECK_CODE(kompakt_reader_context(reader), KOMPAKT_CANCELLED,
             kompakt_reader_read(reader, room, sizeof room, &got));
  CHECK(got == 0 && kompakt_error_code(context) == KOMPAKT_OK);
  kompakt_context_free(kompakt_reader_context(reader)); /* not the caller's: nothing happens */
  kompakt_reader_free(reader);

  ((unsigned char*)packed.data)[packed.size - 3] ^= 0x40;
  CHECK_OK(context, kompakt_source_memory(context, packed.data, packed.size, &source));
  CHECK_OK(context, kompakt_reader_open(context, source, NULL, &reader));
  {
    unsigned char* all = malloc(kSize + 1);
    kompakt_code code = kompakt_reader_read(reader, all, kSize + 1, &got);
    if (code == KOMPAKT_OK) {
      code = kompakt_reader_read(reader, all, 1, &got);
    }
    CHECK(code == KOMPAKT_CORRUPT);
    CHECK(strlen(kompakt_error_text(kompakt_reader_context(reader))) != 0);
    free(all);
  }
  kompakt_reader_free(reader);
  kompakt_source_free(source);
  CHECK_OK(context, kompakt_source_memory(context, "no format has this", 18, &source));
  CHECK_CODE(context, KOMPAKT_UNSUPPORTED, kompakt_reader_open(context, source, NULL, &reader));
  CHECK(reader == NULL);
  kompakt_source_free(source);
  kompakt_free(packed.data);
}

void test_readers(void) {
  static const int kFormats[] = {KOMPAKT_FORMAT_WARP, KOMPAKT_FORMAT_ZSTD, KOMPAKT_FORMAT_GZIP};
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 11);
  size_t i;
  CHECK_OK(context, kompakt_set_threads(context, 2));
  for (i = 0; i < 3; ++i) {
    kompakt_buffer packed = compressed(kFormats[i], content, kSize);
    kompakt_reader_options options = KOMPAKT_READER_OPTIONS_INIT;
    kompakt_decompress_options decompress = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
    kompakt_source* source = NULL;
    kompakt_reader* reader = NULL;
    kompakt_index* index = NULL;
    CHECK_OK(context, kompakt_source_memory(context, packed.data, packed.size, &source));
    if (kFormats[i] == KOMPAKT_FORMAT_GZIP) {
      decompress.index_spacing = 1u << 19;
      CHECK_OK(context, kompakt_index_build(context, source, &decompress, &index));
      decompress.index_spacing = 0;
    }
    options.decompress = &decompress;
    options.index = index;
    options.read_ahead = 1u << 20;
    options.cache_size = 1u << 20;
    CHECK_OK(context, kompakt_reader_open(context, source, &options, &reader));
    kompakt_index_free(index);
    CHECK(kompakt_reader_format(reader) == kFormats[i]);
    CHECK(kFormats[i] == KOMPAKT_FORMAT_ZSTD || kompakt_reader_random_access(reader));
    read_all(reader, content);
    read_parts(reader, content);
    kompakt_reader_free(reader);
    kompakt_source_free(source);
    if (i == 0) {
      const char* path = in_folder("to-read.warp");
      put_file(path, packed.data, packed.size);
      CHECK_OK(context, kompakt_reader_open_file(context, path, NULL, &reader));
      read_all(reader, content);
      kompakt_reader_free(reader);
    }
    kompakt_free(packed.data);
  }
  damaged_and_piped(context, content);
  {
    kompakt_reader* reader = NULL;
    CHECK_CODE(context, KOMPAKT_IO,
               kompakt_reader_open_file(context, in_folder("absent"), NULL, &reader));
  }
  kompakt_reader_free(NULL);
  free(content);
  kompakt_context_free(context);
}

static int refuse_write(void* user, const void* data, size_t size) {
  (void)user;
  (void)data;
  (void)size;
  return KOMPAKT_IO;
}

void test_writers(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 12);
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_sink_callbacks failing = KOMPAKT_SINK_CALLBACKS_INIT;
  kompakt_buffer whole;
  kompakt_buffer written = {NULL, 0, 0};
  kompakt_result result = KOMPAKT_RESULT_INIT;
  kompakt_writer* writer = NULL;
  kompakt_sink* sink = NULL;
  const char* path = in_folder("written.gz");
  size_t at = 0;
  kompakt_code code = KOMPAKT_OK;
  int tries;
  options.format = KOMPAKT_FORMAT_GZIP;
  CHECK_OK(context, kompakt_set_threads(context, 2));

  /* The same bytes as in one call, however it is cut. */
  whole = compressed(KOMPAKT_FORMAT_GZIP, content, kSize);
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_OK(context, kompakt_writer_open(context, sink, &options, &writer));
  while (at < kSize) {
    const size_t piece = at % 3 == 0 ? 1 : 65537;
    const size_t rest = kSize - at;
    const size_t size = piece < rest ? piece : rest;
    CHECK_OK(kompakt_writer_context(writer), kompakt_writer_write(writer, content + at, size));
    at += size;
    CHECK(kompakt_writer_tell(writer) == at);
  }
  CHECK_OK(kompakt_writer_context(writer), kompakt_writer_close(writer, &result));
  CHECK(result.bytes_in == kSize && result.bytes_out == whole.size);
  CHECK_CODE(kompakt_writer_context(writer), KOMPAKT_INVALID_ARGUMENT,
             kompakt_writer_close(writer, &result));
  CHECK_CODE(kompakt_writer_context(writer), KOMPAKT_INVALID_ARGUMENT,
             kompakt_writer_write(writer, content, 1));
  kompakt_writer_free(writer);
  CHECK_OK(context, kompakt_sink_take(context, sink, &written));
  CHECK(written.size == whole.size && memcmp(written.data, whole.data, whole.size) == 0);
  kompakt_sink_free(sink);
  kompakt_free(written.data);

  /* Without closing there is no file. */
  CHECK_OK(context, kompakt_writer_open_file(context, path, &options, 0, &writer));
  CHECK_OK(context, kompakt_writer_write(writer, content, kSize));
  kompakt_writer_free(writer);
  CHECK(!file_exists(path));
  CHECK_OK(context, kompakt_writer_open_file(context, path, &options, 0, &writer));
  CHECK_OK(context, kompakt_writer_write(writer, content, kSize));
  CHECK_OK(kompakt_writer_context(writer), kompakt_writer_close(writer, NULL));
  kompakt_writer_free(writer);
  CHECK(file_holds(path, whole.data, whole.size));
  code = kompakt_writer_open_file(context, path, &options, 0, &writer);
  if (code == KOMPAKT_OK) { /* it may show only when the file gets its name */
    code = kompakt_writer_close(writer, NULL);
    kompakt_writer_free(writer);
  }
  CHECK(code == KOMPAKT_ALREADY_EXISTS);
  CHECK_OK(context, kompakt_writer_open_file(context, path, &options, 1, &writer));
  CHECK_OK(kompakt_writer_context(writer), kompakt_writer_close(writer, NULL));
  kompakt_writer_free(writer);
  CHECK(!file_holds(path, whole.data, whole.size));

  /* A sink that fails. */
  failing.write = refuse_write;
  CHECK_OK(context, kompakt_sink_custom(context, &failing, &sink));
  CHECK_OK(context, kompakt_writer_open(context, sink, &options, &writer));
  kompakt_sink_free(sink);
  code = KOMPAKT_OK;
  for (tries = 0; tries < 100 && code == KOMPAKT_OK; ++tries) {
    code = kompakt_writer_write(writer, content, kSize);
  }
  CHECK(code == KOMPAKT_IO);
  CHECK(kompakt_writer_close(writer, NULL) == KOMPAKT_IO);
  kompakt_writer_free(writer);

  options.level = 77;
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  code = kompakt_writer_open(context, sink, &options, &writer);
  if (code == KOMPAKT_OK) {
    code = kompakt_writer_close(writer, NULL);
    kompakt_writer_free(writer);
  }
  CHECK(code == KOMPAKT_INVALID_ARGUMENT);
  kompakt_sink_free(sink);
  kompakt_writer_free(NULL);
  kompakt_free(whole.data);
  free(content);
  kompakt_context_free(context);
}

/* Through the coder with little room on both sides; to be freed. */
static kompakt_buffer run_coder(kompakt_coder* coder, const void* data, size_t size, size_t room) {
  kompakt_context* context = kompakt_coder_context(coder);
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_coder_io io;
  int32_t state = KOMPAKT_NEEDS_INPUT;
  size_t left = size;
  int turns = 0;
  io.in = data;
  io.in_size = 0;
  while (state != KOMPAKT_FINISHED && ++turns < 10000000) {
    const size_t more = left < 10000 - io.in_size ? left : 10000 - io.in_size;
    int32_t mode;
    io.in_size += more;
    left -= more;
    mode = left == 0 ? KOMPAKT_FINISH : KOMPAKT_RUN;
    if (out.capacity - out.size < room) {
      out.capacity = 2 * out.capacity + room;
      out.data = realloc(out.data, out.capacity);
    }
    io.out = (char*)out.data + out.size;
    io.out_size = room;
    CHECK_OK(context, kompakt_coder_step(coder, &io, mode, &state));
    if (kompakt_error_code(context) != KOMPAKT_OK) {
      break;
    }
    out.size += room - io.out_size;
  }
  CHECK(state == KOMPAKT_FINISHED && io.in_size == 0);
  return out;
}

static void coder_of(kompakt_context* context, int format, const unsigned char* content) {
  enum { kCoded = 300000 };
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_decompress_options from = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_coder* encoder = NULL;
  kompakt_coder* decoder = NULL;
  kompakt_buffer packed;
  kompakt_buffer again;
  kompakt_buffer plain = {NULL, 0, 0};
  to.format = format;
  from.format = format;
  CHECK_OK(context, kompakt_compressor_new(context, &to, &encoder));
  packed = run_coder(encoder, content, kCoded, 777);
  CHECK(packed.size < kCoded / 2);
  CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, &from));
  CHECK(plain.size == kCoded && memcmp(plain.data, content, kCoded) == 0);
  kompakt_free(plain.data);
  CHECK_OK(context, kompakt_coder_reset(encoder));
  again = run_coder(encoder, content, kCoded, 100000);
  CHECK(again.size == packed.size && memcmp(again.data, packed.data, packed.size) == 0);
  free(again.data);

  from.max_output = kCoded;
  CHECK_OK(context, kompakt_decompressor_new(context, &from, &decoder));
  plain = run_coder(decoder, packed.data, packed.size, 5000);
  CHECK(plain.size == kCoded && memcmp(plain.data, content, kCoded) == 0);
  free(plain.data);
  CHECK_OK(context, kompakt_coder_reset(decoder));
  {
    unsigned char* room = malloc(kCoded + 1);
    kompakt_coder_io io;
    int32_t state = KOMPAKT_RUN;
    io.in = packed.data;
    io.in_size = packed.size / 2;
    io.out = room;
    io.out_size = kCoded + 1;
    CHECK_CODE(kompakt_coder_context(decoder), KOMPAKT_TRUNCATED,
               kompakt_coder_step(decoder, &io, KOMPAKT_FINISH, &state));
    free(room);
  }
  free(packed.data);
  kompakt_coder_free(encoder);
  kompakt_coder_free(decoder);
}

static void members_and_flush(kompakt_context* context) {
  kompakt_buffer one = compressed(KOMPAKT_FORMAT_GZIP, "hello ", 6);
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_coder* coder = NULL;
  kompakt_coder_io io;
  unsigned char room[400];
  unsigned char* two = malloc(2 * one.size);
  char text[100];
  int32_t state = 0;
  memcpy(two, one.data, one.size);
  memcpy(two + one.size, one.data, one.size);
  CHECK_OK(context, kompakt_decompressor_new(context, NULL, &coder));
  io.in = two;
  io.in_size = 2 * one.size;
  io.out = text;
  io.out_size = sizeof text;
  CHECK_OK(context, kompakt_coder_step(coder, &io, KOMPAKT_RUN, &state));
  CHECK(state == KOMPAKT_FINISHED && io.in_size == one.size && io.out_size == sizeof text - 6);
  CHECK_OK(context, kompakt_coder_reset(coder));
  CHECK_OK(context, kompakt_coder_step(coder, &io, KOMPAKT_FINISH, &state));
  CHECK(state == KOMPAKT_FINISHED && io.in_size == 0);
  CHECK(memcmp(text, "hello hello ", 12) == 0);
  CHECK_CODE(kompakt_coder_context(coder), KOMPAKT_INVALID_ARGUMENT,
             kompakt_coder_step(coder, &io, 7, &state));
  kompakt_coder_free(coder);
  free(two);
  kompakt_free(one.data);

  /* What was flushed is decodable before the end is there. */
  to.format = KOMPAKT_FORMAT_ZLIB;
  CHECK_OK(context, kompakt_compressor_new(context, &to, &coder));
  io.in = "first";
  io.in_size = 5;
  io.out = room;
  io.out_size = sizeof room;
  CHECK_OK(context, kompakt_coder_step(coder, &io, KOMPAKT_FLUSH, &state));
  CHECK(io.in_size == 0 && io.out_size < sizeof room);
  kompakt_coder_free(coder);
  CHECK_OK(context, kompakt_decompressor_new(context, NULL, &coder));
  io.in = room;
  io.in_size = sizeof room - io.out_size;
  io.out = text;
  io.out_size = sizeof text;
  CHECK_OK(context, kompakt_coder_step(coder, &io, KOMPAKT_RUN, &state));
  CHECK(state == KOMPAKT_NEEDS_INPUT && io.out_size == sizeof text - 5);
  CHECK(memcmp(text, "first", 5) == 0);
  kompakt_coder_free(coder);
  kompakt_coder_free(NULL);
}

void test_coders(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 13);
  size_t i;
  for (i = 0; i < kompakt_format_count(); ++i) {
    kompakt_format_info format = KOMPAKT_FORMAT_INFO_INIT;
    CHECK(kompakt_get_format(i, &format) == KOMPAKT_OK);
    coder_of(context, format.format, content);
  }
  members_and_flush(context);
  free(content);
  kompakt_context_free(context);
}
