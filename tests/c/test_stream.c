/* Sources, sinks and whole streams between them; ranges, conversions, facts, indexes. */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "support.h"

enum { kSize = 3000000 };

/* Memory behind callbacks, which fail at will. */
typedef struct memory {
  unsigned char* data;
  size_t size;
  size_t at;
  size_t fail_at; /* of what is read or written; 0: never */
  int answer;
  int closed;
  uint64_t finished;
} memory;

static int read_memory(void* user, void* buffer, size_t size, size_t* got) {
  memory* from = user;
  const size_t rest = from->size - from->at;
  if (from->fail_at != 0 && from->at >= from->fail_at) {
    return from->answer;
  }
  /* Less than was asked for is no end. */
  size = size > 70001 ? 70001 : size;
  *got = size < rest ? size : rest;
  memcpy(buffer, from->data + from->at, *got);
  from->at += *got;
  return 0;
}

static int read_memory_at(void* user, uint64_t offset, void* buffer, size_t size, size_t* got) {
  const memory* from = user;
  const size_t rest = offset < from->size ? from->size - (size_t)offset : 0;
  *got = size < rest ? size : rest;
  memcpy(buffer, from->data + (rest != 0 ? offset : 0), *got);
  return 0;
}

static int size_of_memory(void* user, uint64_t* bytes) {
  *bytes = ((memory*)user)->size;
  return 0;
}

static int write_memory(void* user, const void* data, size_t size) {
  memory* to = user;
  if (to->fail_at != 0 && to->at + size > to->fail_at) {
    return to->answer;
  }
  if (to->at + size > to->size) {
    return KOMPAKT_IO;
  }
  memcpy(to->data + to->at, data, size);
  to->at += size;
  return 0;
}

static int write_memory_at(void* user, uint64_t offset, const void* data, size_t size) {
  memory* to = user;
  if (offset + size > to->size) {
    return KOMPAKT_IO;
  }
  memcpy(to->data + offset, data, size);
  return 0;
}

static int finish_memory(void* user, uint64_t total) {
  ((memory*)user)->finished = total;
  return 0;
}

static void close_memory(void* user) { ++((memory*)user)->closed; }

static kompakt_source_callbacks reading(memory* from, int random_access) {
  kompakt_source_callbacks callbacks = KOMPAKT_SOURCE_CALLBACKS_INIT;
  callbacks.user = from;
  callbacks.read = read_memory;
  callbacks.read_at = random_access ? read_memory_at : NULL;
  callbacks.size = random_access ? size_of_memory : NULL;
  callbacks.close = close_memory;
  callbacks.name = "my input";
  return callbacks;
}

static kompakt_sink_callbacks writing(memory* to, int positional) {
  kompakt_sink_callbacks callbacks = KOMPAKT_SINK_CALLBACKS_INIT;
  callbacks.user = to;
  callbacks.write = write_memory;
  callbacks.write_at = positional ? write_memory_at : NULL;
  callbacks.finish = finish_memory;
  callbacks.close = close_memory;
  callbacks.name = "my output";
  return callbacks;
}

/* Callbacks at both ends, in order and at offsets, and failing ones. */
static void custom_ends(kompakt_context* context, unsigned char* content) {
  int positional;
  for (positional = 0; positional < 2; ++positional) {
    memory from = {NULL, kSize, 0, 0, 0, 0, 0};
    memory middle = {NULL, kSize, 0, 0, 0, 0, 0};
    memory to = {NULL, kSize, 0, 0, 0, 0, 0};
    kompakt_source_callbacks read = reading(&from, positional);
    kompakt_sink_callbacks write = writing(&middle, positional);
    kompakt_source* source = NULL;
    kompakt_sink* sink = NULL;
    kompakt_result result = KOMPAKT_RESULT_INIT;
    from.data = content;
    middle.data = calloc(kSize, 1);
    to.data = calloc(kSize, 1);
    CHECK_OK(context, kompakt_source_custom(context, &read, &source));
    CHECK_OK(context, kompakt_sink_custom(context, &write, &sink));
    CHECK_OK(context, kompakt_compress_stream(context, source, sink, NULL, &result));
    CHECK(result.bytes_in == kSize && result.format == KOMPAKT_FORMAT_WARP && result.threads >= 1);
    kompakt_source_free(source);
    kompakt_sink_free(sink);
    CHECK(from.closed == 1 && middle.closed == 1);

    middle.size = (size_t)result.bytes_out;
    middle.at = 0;
    read = reading(&middle, positional);
    write = writing(&to, positional);
    CHECK_OK(context, kompakt_source_custom(context, &read, &source));
    CHECK_OK(context, kompakt_sink_custom(context, &write, &sink));
    CHECK_OK(context, kompakt_decompress_stream(context, source, sink, NULL, &result));
    CHECK(result.bytes_out == kSize && memcmp(to.data, content, kSize) == 0);
    CHECK(to.finished == kSize);
    kompakt_source_free(source);
    kompakt_sink_free(sink);

    /* The program's own codes come out, everything else cancels. */
    from.closed = 0;
    from.at = 0;
    from.fail_at = kSize / 2;
    from.answer = KOMPAKT_IO;
    read = reading(&from, 0);
    CHECK_OK(context, kompakt_source_custom(context, &read, &source));
    CHECK_OK(context, kompakt_sink_null(context, &sink));
    CHECK_CODE(context, KOMPAKT_IO, kompakt_compress_stream(context, source, sink, NULL, NULL));
    from.answer = -1;
    CHECK_CODE(context, KOMPAKT_CANCELLED,
               kompakt_compress_stream(context, source, sink, NULL, NULL));
    kompakt_source_free(source);
    kompakt_sink_free(sink);
    CHECK(from.closed == 1);

    to.at = 0;
    to.fail_at = kSize / 2;
    to.answer = 1;
    write = writing(&to, 0);
    CHECK_OK(context, kompakt_source_memory(context, middle.data, middle.size, &source));
    CHECK_OK(context, kompakt_sink_custom(context, &write, &sink));
    CHECK_CODE(context, KOMPAKT_CANCELLED,
               kompakt_decompress_stream(context, source, sink, NULL, NULL));
    kompakt_source_free(source);
    kompakt_sink_free(sink);
    free(middle.data);
    free(to.data);
  }
  {
    memory none = {NULL, 0, 0, 0, 0, 0, 0};
    kompakt_source_callbacks read = reading(&none, 1);
    kompakt_sink_callbacks write = writing(&none, 0);
    kompakt_source* source = NULL;
    kompakt_sink* sink = NULL;
    read.size = NULL;
    CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_source_custom(context, &read, &source));
    write.write = NULL;
    CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_sink_custom(context, &write, &sink));
    CHECK(source == NULL && sink == NULL);
  }
}

typedef struct pipe_writer {
  int fd;
  const void* data;
  size_t size;
} pipe_writer;

static void* fill_pipe(void* argument) {
  pipe_writer* writer = argument;
  kompakt_context* context = new_context();
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  options.format = KOMPAKT_FORMAT_ZSTD;
  CHECK_OK(context, kompakt_source_memory(context, writer->data, writer->size, &source));
  CHECK_OK(context, kompakt_sink_fd(context, writer->fd, "pipe", &sink));
  CHECK_OK(context, kompakt_compress_stream(context, source, sink, &options, NULL));
  kompakt_source_free(source);
  kompakt_sink_free(sink);
  close(writer->fd);
  kompakt_context_free(context);
  return NULL;
}

/* From a thread through a pipe into a file, and back by a map of it. */
static void descriptors_and_files(kompakt_context* context, unsigned char* content) {
  const char* path = in_folder("piped");
  int ends[2];
  pthread_t thread;
  pipe_writer writer;
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_buffer taken = {NULL, 0, 0};
  unsigned char* room = malloc(kSize);
  int fd;

  CHECK(pipe(ends) == 0);
  writer.fd = ends[1];
  writer.data = content;
  writer.size = kSize;
  CHECK(pthread_create(&thread, NULL, fill_pipe, &writer) == 0);
  CHECK_OK(context, kompakt_source_fd(context, ends[0], NULL, &source));
  CHECK_OK(context, kompakt_sink_open(context, path, KOMPAKT_SINK_NO_SYNC, &sink));
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, NULL, NULL));
  CHECK(pthread_join(thread, NULL) == 0);
  close(ends[0]);
  CHECK(!file_exists(path));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_sink_take(context, sink, &taken));
  CHECK_OK(context, kompakt_sink_commit(context, sink));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_sink_commit(context, sink));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress_stream(context, source, sink, NULL, NULL));
  kompakt_source_free(source);
  kompakt_sink_free(sink);
  CHECK(file_holds(path, content, kSize));

  CHECK_CODE(context, KOMPAKT_ALREADY_EXISTS, kompakt_sink_open(context, path, 0, &sink));
  CHECK(sink == NULL);
  CHECK_TEXT(kompakt_error_text(context), "piped");
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_sink_open(context, path, 64, &sink));
  /* What is not committed leaves what was there. */
  CHECK_OK(context, kompakt_sink_open(context, path, KOMPAKT_SINK_OVERWRITE, &sink));
  CHECK_OK(context, kompakt_source_memory(context, "x", 1, &source));
  CHECK_OK(context, kompakt_compress_stream(context, source, sink, NULL, NULL));
  kompakt_source_free(source);
  kompakt_sink_free(sink);
  CHECK(file_holds(path, content, kSize));

  /* A source with random access is read by each operation from its beginning. */
  CHECK_OK(context, kompakt_source_map(context, path, &source));
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_OK(context, kompakt_compress_stream(context, source, sink, NULL, NULL));
  CHECK_OK(context, kompakt_sink_take(context, sink, &taken));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_sink_take(context, sink, &taken));
  kompakt_sink_free(sink);
  CHECK_OK(context, kompakt_sink_memory(context, room, kSize, &sink));
  CHECK_OK(context, kompakt_compress_stream(context, source, sink, NULL, NULL));
  kompakt_source_free(source);
  {
    kompakt_buffer used = {NULL, 0, 0};
    CHECK_OK(context, kompakt_sink_take(context, sink, &used));
    CHECK(used.data == room && used.capacity == kSize && used.size == taken.size);
    CHECK(memcmp(room, taken.data, taken.size) == 0);
  }
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_sink_commit(context, sink));
  kompakt_sink_free(sink);
  CHECK_OK(context, kompakt_sink_memory(context, room, taken.size - 1, &sink));
  CHECK_OK(context, kompakt_source_open(context, path, &source));
  CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED,
             kompakt_compress_stream(context, source, sink, NULL, NULL));
  kompakt_source_free(source);
  kompakt_sink_free(sink);
  kompakt_free(taken.data);

  fd = open(path, O_RDONLY);
  CHECK(lseek(fd, kSize - 1000, SEEK_SET) == kSize - 1000);
  CHECK_OK(context, kompakt_source_fd(context, fd, path, &source));
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  {
    kompakt_result result = KOMPAKT_RESULT_INIT;
    CHECK_OK(context, kompakt_compress_stream(context, source, sink, NULL, &result));
    CHECK(result.bytes_in == 1000);
  }
  kompakt_sink_free(sink);
  kompakt_source_free(source);
  close(fd);
  free(room);

  CHECK_CODE(context, KOMPAKT_IO, kompakt_source_open(context, in_folder("absent"), &source));
  CHECK_TEXT(kompakt_error_text(context), "absent");
  CHECK_CODE(context, KOMPAKT_IO, kompakt_source_map(context, in_folder("absent"), &source));
  CHECK_CODE(context, KOMPAKT_IO, kompakt_source_fd(context, -1, NULL, &source));
  CHECK(source == NULL);
  kompakt_source_free(NULL);
  kompakt_sink_free(NULL);
}

void test_sources_and_sinks(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 3);
  CHECK_OK(context, kompakt_set_threads(context, 2));
  custom_ends(context, content);
  descriptors_and_files(context, content);
  free(content);
  kompakt_context_free(context);
}

static int note_lost(void* user, uint64_t offset, uint64_t length, const kompakt_message* reason) {
  CHECK(reason->code == KOMPAKT_CORRUPT && length != 0 && offset < kSize);
  ++*(int*)user;
  return 0;
}

static int stop_at_lost(void* user, uint64_t offset, uint64_t length,
                        const kompakt_message* reason) {
  (void)user;
  (void)offset;
  (void)length;
  (void)reason;
  return 1;
}

/* What damage leaves, with zeros for what it took. */
static void damage(kompakt_context* context, const unsigned char* content) {
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_decompress_options from = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_buffer packed = {NULL, 0, 0};
  kompakt_buffer plain = {NULL, 0, 0};
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_result result = KOMPAKT_RESULT_INIT;
  int lost = 0;
  to.block_size = 1u << 18;
  CHECK_OK(context, kompakt_compress(context, content, kSize, &packed, &to));
  ((unsigned char*)packed.data)[packed.size / 2] ^= 0x10;
  from.keep_going = 1;
  from.verify_digests = 1;
  from.on_lost = note_lost;
  from.user = &lost;
  CHECK_OK(context, kompakt_source_memory(context, packed.data, packed.size, &source));
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, &from, &result));
  CHECK(lost == 1 && result.damage == KOMPAKT_CORRUPT && strlen(result.damage_text) != 0);
  CHECK_OK(context, kompakt_sink_take(context, sink, &plain));
  CHECK(plain.size == kSize && memcmp(plain.data, content, 1u << 18) == 0);
  CHECK(memcmp(plain.data, content, kSize) != 0);
  kompakt_sink_free(sink);
  kompakt_free(plain.data);
  from.on_lost = stop_at_lost;
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  CHECK_CODE(context, KOMPAKT_CANCELLED,
             kompakt_decompress_stream(context, source, sink, &from, NULL));
  /* That was this call's, not the context's. */
  from.on_lost = NULL;
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, &from, NULL));
  kompakt_sink_free(sink);
  kompakt_source_free(source);
  kompakt_free(packed.data);
}

static void metadata_and_facts(kompakt_context* context, const unsigned char* content) {
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_metadata metadata = KOMPAKT_METADATA_INIT;
  kompakt_attribute attribute = {"user.colour", "re\0d", 4};
  kompakt_container_info info = KOMPAKT_CONTAINER_INFO_INIT;
  kompakt_result result = KOMPAKT_RESULT_INIT;
  kompakt_buffer packed = {NULL, 0, 0};
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  metadata.name = "words.txt";
  metadata.present = KOMPAKT_HAS_MODE | KOMPAKT_HAS_MODIFIED | KOMPAKT_HAS_OWNER;
  metadata.mode = 0640;
  metadata.modified_seconds = 1700000000;
  metadata.modified_nanoseconds = 5;
  metadata.uid = 1000;
  metadata.gid = 100;
  metadata.xattrs = &attribute;
  metadata.xattr_count = 1;
  to.metadata = &metadata;
  CHECK_OK(context, kompakt_compress(context, content, kSize, &packed, &to));
  CHECK_OK(context, kompakt_source_memory(context, packed.data, packed.size, &source));
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, NULL, &result));
  CHECK(result.metadata != NULL);
  if (result.metadata != NULL) {
    CHECK(strcmp(result.metadata->name, "words.txt") == 0 && result.metadata->mode == 0640);
    CHECK(result.metadata->present == metadata.present && result.metadata->gid == 100);
    CHECK(result.metadata->modified_seconds == 1700000000);
    CHECK(result.metadata->xattr_count == 1 && result.metadata->xattrs[0].value_size == 4 &&
          memcmp(result.metadata->xattrs[0].value, "re\0d", 4) == 0);
  }
  CHECK_OK(context, kompakt_inspect(context, source, 1, &info));
  CHECK(info.version == 3 && strcmp(info.layout, "v3") == 0 && info.raw_size == kSize);
  CHECK(info.stored_size == packed.size && info.streams == 1 && info.blocks >= 1);
  CHECK(info.codec_count == 1 && info.codecs[0].blocks == info.blocks);
  CHECK(strcmp(kompakt_hash_name(info.checksum), "blake3") == 0 && info.digest_size == 32);
  CHECK(info.metadata != NULL && info.recovered == KOMPAKT_OK && info.recovered_text[0] == 0);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_inspect(context, source, 1, NULL));
  kompakt_source_free(source);
  kompakt_free(packed.data);

  /* What a gzip header says. */
  memset(&to, 0, sizeof to);
  to.struct_size = sizeof to;
  to.format = KOMPAKT_FORMAT_GZIP;
  to.level = 6;
  to.name = "words.txt";
  to.modified = 1234567;
  CHECK_OK(context, kompakt_compress(context, content, 5000, &packed, &to));
  CHECK_OK(context, kompakt_source_memory(context, packed.data, packed.size, &source));
  CHECK_OK(context, kompakt_inspect_stream(context, source, NULL, &result));
  CHECK(result.format == KOMPAKT_FORMAT_GZIP && result.streams == 1 && result.content_size == 5000);
  CHECK(result.name != NULL && strcmp(result.name, "words.txt") == 0);
  CHECK(result.modified == 1234567 && result.last_check != 0 && result.metadata == NULL);
  CHECK_CODE(context, KOMPAKT_UNSUPPORTED, kompakt_inspect(context, source, 1, &info));
  kompakt_source_free(source);
  kompakt_sink_free(sink);
  kompakt_free(packed.data);
}

static void conversion(kompakt_context* context, const unsigned char* content) {
  kompakt_buffer gzip = compressed(KOMPAKT_FORMAT_GZIP, content, kSize);
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_convert_options options = KOMPAKT_CONVERT_OPTIONS_INIT;
  kompakt_convert_result result = KOMPAKT_CONVERT_RESULT_INIT;
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_buffer plain = {NULL, 0, 0};
  to.format = KOMPAKT_FORMAT_ZSTD;
  options.to = &to;
  CHECK_OK(context, kompakt_source_memory(context, gzip.data, gzip.size, &source));
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_OK(context, kompakt_convert(context, source, sink, &options, &result));
  CHECK(result.from == KOMPAKT_FORMAT_GZIP && result.to == KOMPAKT_FORMAT_ZSTD);
  CHECK(result.bytes_in == gzip.size && result.content == kSize && result.content_hash != 0);
  CHECK_OK(context, kompakt_sink_take(context, sink, &out));
  CHECK(out.size == result.bytes_out);
  CHECK_OK(context, kompakt_decompress(context, out.data, out.size, &plain, NULL));
  CHECK(plain.size == kSize && memcmp(plain.data, content, kSize) == 0);
  kompakt_free(plain.data);
  kompakt_free(out.data);
  kompakt_sink_free(sink);
  kompakt_source_free(source);
  kompakt_free(gzip.data);
}

static int count_v2_blocks(void* user, const kompakt_block_report* block) {
  CHECK(strcmp(block->codec, "lz4") == 0);
  ++*(int*)user;
  return 0;
}

static void version_2(kompakt_context* context, const unsigned char* content) {
  kompakt_v2_options options = KOMPAKT_V2_OPTIONS_INIT;
  kompakt_container_info info = KOMPAKT_CONTAINER_INFO_INIT;
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_buffer plain = {NULL, 0, 0};
  int blocks = 0;
  options.method = "lz4";
  options.checksum = "xxh64";
  options.chunk_size = 1u << 20;
  options.on_block = count_v2_blocks;
  options.user = &blocks;
  CHECK_OK(context, kompakt_source_memory(context, content, kSize, &source));
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_OK(context, kompakt_compress_v2(context, source, sink, &options, NULL));
  CHECK(blocks == 3);
  CHECK_OK(context, kompakt_sink_take(context, sink, &out));
  kompakt_sink_free(sink);
  kompakt_source_free(source);
  CHECK_OK(context, kompakt_source_memory(context, out.data, out.size, &source));
  CHECK_OK(context, kompakt_inspect(context, source, 0, &info));
  CHECK(info.version == 2 && info.codec_count == 0);
  CHECK_OK(context, kompakt_decompress(context, out.data, out.size, &plain, NULL));
  CHECK(plain.size == kSize && memcmp(plain.data, content, kSize) == 0);
  options.level = "slow";
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress_v2(context, source, sink, &options, NULL));
  CHECK_TEXT(kompakt_error_text(context), "throughput");
  kompakt_sink_free(sink);
  kompakt_source_free(source);
  kompakt_free(plain.data);
  kompakt_free(out.data);
}

static int stop_soon(void* user, uint64_t bytes_in, uint64_t bytes_out) {
  (void)bytes_out;
  ++*(int*)user;
  return bytes_in > 1000000;
}

static int note_message(void* user, const kompakt_message* message) {
  CHECK(message->kind == KOMPAKT_MESSAGE_WARNING && strlen(message->text) != 0);
  ++*(int*)user;
  return 0;
}

static void callbacks(kompakt_context* context, const unsigned char* content) {
  kompakt_buffer gzip = compressed(KOMPAKT_FORMAT_GZIP, content, 5000);
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_result result = KOMPAKT_RESULT_INIT;
  kompakt_buffer out = {NULL, 0, 0};
  unsigned char* trailing = malloc(gzip.size + 7);
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  int calls = 0;
  to.block_size = 1u << 17;
  CHECK_OK(context, kompakt_set_progress(context, stop_soon, &calls));
  CHECK_CODE(context, KOMPAKT_CANCELLED, kompakt_compress(context, content, kSize, &out, &to));
  CHECK(calls >= 1 && out.data == NULL);
  CHECK_OK(context, kompakt_compress(context, content, 500000, &out, &to));
  kompakt_free(out.data);
  CHECK_OK(context, kompakt_set_progress(context, NULL, NULL));

  /* Bytes behind a gzip member are warned of, as gzip does. */
  memcpy(trailing, gzip.data, gzip.size);
  memcpy(trailing + gzip.size, "garbage", 7);
  calls = 0;
  CHECK_OK(context, kompakt_set_messages(context, note_message, &calls));
  CHECK_OK(context, kompakt_source_memory(context, trailing, gzip.size + 7, &source));
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, NULL, &result));
  CHECK(calls == 1 && result.warnings == 1 && result.bytes_out == 5000);
  CHECK_OK(context, kompakt_set_messages(context, NULL, NULL));
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, NULL, &result));
  CHECK(calls == 1 && result.warnings == 1);
  kompakt_sink_free(sink);
  kompakt_source_free(source);
  free(trailing);
  kompakt_free(gzip.data);
}

void test_streams(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 4);
  CHECK_OK(context, kompakt_set_threads(context, 2));
  damage(context, content);
  metadata_and_facts(context, content);
  conversion(context, content);
  version_2(context, content);
  callbacks(context, content);
  free(content);
  kompakt_context_free(context);
}

/* The range as the source gives it; freed by the caller. */
static kompakt_buffer part(kompakt_context* context, kompakt_source* source, int lines,
                           const kompakt_range_options* range) {
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_sink* sink = NULL;
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  if (lines) {
    CHECK_OK(context, kompakt_decompress_lines(context, source, sink, range, NULL));
  } else {
    CHECK_OK(context, kompakt_decompress_range(context, source, sink, range, NULL));
  }
  CHECK_OK(context, kompakt_sink_take(context, sink, &out));
  kompakt_sink_free(sink);
  return out;
}

static void ranges(kompakt_context* context, const unsigned char* content, kompakt_source* source,
                   const kompakt_index* index) {
  kompakt_range_options range = KOMPAKT_RANGE_OPTIONS_INIT;
  kompakt_sink* sink = NULL;
  kompakt_buffer out;
  const unsigned char* line = content;
  int i;
  range.index = index;
  range.first = 2000000;
  range.count = 1234;
  out = part(context, source, 0, &range);
  CHECK(out.size == 1234 && memcmp(out.data, content + 2000000, 1234) == 0);
  kompakt_free(out.data);
  range.first = kSize - 10;
  range.count = KOMPAKT_UNKNOWN;
  out = part(context, source, 0, &range);
  CHECK(out.size == 10 && memcmp(out.data, content + kSize - 10, 10) == 0);
  kompakt_free(out.data);
  for (i = 1; i < 1000; ++i) {
    line = (const unsigned char*)memchr(line, '\n', kSize - (size_t)(line - content)) + 1;
  }
  range.first = 1000;
  range.count = 2;
  out = part(context, source, 1, &range);
  CHECK(out.size > 10 && memcmp(out.data, line, out.size) == 0);
  CHECK(((char*)out.data)[out.size - 1] == '\n');
  kompakt_free(out.data);

  CHECK_OK(context, kompakt_sink_null(context, &sink));
  range.first = kSize + 1;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_decompress_range(context, source, sink, &range, NULL));
  range.first = 0;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_decompress_lines(context, source, sink, &range, NULL));
  kompakt_sink_free(sink);
}

void test_indexes(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 5);
  kompakt_buffer gzip = compressed(KOMPAKT_FORMAT_GZIP, content, kSize);
  kompakt_buffer warp = compressed(KOMPAKT_FORMAT_WARP, content, kSize);
  kompakt_buffer saved = {NULL, 0, 0};
  kompakt_decompress_options options = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_index_info info = KOMPAKT_INDEX_INFO_INIT;
  kompakt_result result = KOMPAKT_RESULT_INIT;
  kompakt_source* source = NULL;
  kompakt_source* other = NULL;
  kompakt_sink* sink = NULL;
  kompakt_index* index = NULL;
  kompakt_index* loaded = NULL;

  CHECK_OK(context, kompakt_source_memory(context, gzip.data, gzip.size, &source));
  CHECK_OK(context, kompakt_source_memory(context, warp.data, warp.size, &other));
  options.index_spacing = 1u << 18;
  options.index_lines = 1;
  CHECK_OK(context, kompakt_index_build(context, source, &options, &index));
  CHECK(kompakt_index_get_info(index, &info) == KOMPAKT_OK);
  CHECK(info.points >= 5 && info.content_size == kSize && info.members == KOMPAKT_UNKNOWN);
  CHECK(info.lines != KOMPAKT_UNKNOWN && info.lines > 10000);
  ranges(context, content, source, index);
  ranges(context, content, source, NULL);
  ranges(context, content, other, NULL);

  CHECK_OK(context, kompakt_index_save(context, index, source, &saved));
  CHECK_OK(context, kompakt_index_load(context, saved.data, saved.size, source, &loaded));
  ranges(context, content, source, loaded);
  kompakt_index_free(loaded);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_index_load(context, saved.data, saved.size, other, &loaded));
  CHECK(loaded == NULL);
  CHECK_CODE(context, KOMPAKT_TRUNCATED,
             kompakt_index_load(context, saved.data, saved.size / 2, source, &loaded));
  kompakt_free(saved.data);
  kompakt_index_free(index);

  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_index_build(context, other, &options, &index));
  CHECK_TEXT(kompakt_error_text(context), "own index");

  /* What a decompression collects on its way. */
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_index_take(context, &index));
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  CHECK_OK(context, kompakt_decompress_stream(context, source, sink, &options, &result));
  CHECK(result.has_index == 1);
  CHECK_OK(context, kompakt_index_take(context, &index));
  CHECK(kompakt_index_get_info(index, &info) == KOMPAKT_OK && info.points >= 5);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_index_take(context, &loaded));
  kompakt_index_free(index);
  kompakt_index_free(NULL);
  CHECK(kompakt_index_get_info(NULL, &info) == KOMPAKT_INVALID_ARGUMENT);

  kompakt_sink_free(sink);
  kompakt_source_free(source);
  kompakt_source_free(other);
  kompakt_free(gzip.data);
  kompakt_free(warp.data);
  free(content);
  kompakt_context_free(context);
}
