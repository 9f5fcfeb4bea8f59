/* NULL where something is needed: an answer, never a crash. */
#include "support.h"

#define REFUSED(call) CHECK((call) == KOMPAKT_INVALID_ARGUMENT)

static void no_context(void) {
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_reader* reader = NULL;
  kompakt_writer* writer = NULL;
  kompakt_coder* coder = NULL;
  kompakt_message error = KOMPAKT_MESSAGE_INIT;
  REFUSED(kompakt_context_new(NULL));
  REFUSED(kompakt_set_threads(NULL, 1));
  REFUSED(kompakt_set_max_memory(NULL, 1));
  REFUSED(kompakt_set_progress(NULL, NULL, NULL));
  REFUSED(kompakt_set_messages(NULL, NULL, NULL));
  REFUSED(kompakt_set_executor(NULL, NULL, NULL));
  REFUSED(kompakt_uncancel(NULL));
  REFUSED(kompakt_error_code(NULL));
  CHECK(kompakt_error_text(NULL) != NULL);
  REFUSED(kompakt_last_error(NULL, &error));
  REFUSED(kompakt_compress(NULL, "x", 1, &out, NULL));
  REFUSED(kompakt_source_memory(NULL, "x", 1, &source));
  REFUSED(kompakt_sink_null(NULL, &sink));
  REFUSED(kompakt_reader_open_file(NULL, "x", NULL, &reader));
  REFUSED(kompakt_writer_open_file(NULL, "x", NULL, 0, &writer));
  REFUSED(kompakt_compressor_new(NULL, NULL, &coder));
  kompakt_context_free(NULL);
}

static void no_handle(void) {
  char room[10];
  size_t got = 0;
  uint64_t bytes = 0;
  int32_t state = 0;
  kompakt_coder_io io = {NULL, 0, NULL, 0};
  kompakt_result result = KOMPAKT_RESULT_INIT;
  kompakt_archive_result archive_result = KOMPAKT_ARCHIVE_RESULT_INIT;
  kompakt_entry entry = KOMPAKT_ENTRY_INIT;
  kompakt_buffer into = {NULL, 0, 0};
  REFUSED(kompakt_reader_read(NULL, room, sizeof room, &got));
  REFUSED(kompakt_reader_read_some(NULL, room, sizeof room, &got));
  REFUSED(kompakt_reader_seek(NULL, 0));
  REFUSED(kompakt_reader_size(NULL, &bytes));
  REFUSED(kompakt_reader_read_at(NULL, NULL, 0, &into));
  REFUSED(kompakt_reader_result(NULL, &result));
  CHECK(kompakt_reader_tell(NULL) == KOMPAKT_UNKNOWN && kompakt_reader_context(NULL) == NULL);
  CHECK(!kompakt_reader_random_access(NULL) && kompakt_reader_format(NULL) == KOMPAKT_FORMAT_AUTO);
  REFUSED(kompakt_writer_write(NULL, "x", 1));
  REFUSED(kompakt_writer_close(NULL, &result));
  CHECK(kompakt_writer_tell(NULL) == KOMPAKT_UNKNOWN && kompakt_writer_context(NULL) == NULL);
  REFUSED(kompakt_coder_step(NULL, &io, KOMPAKT_RUN, &state));
  REFUSED(kompakt_coder_reset(NULL));
  CHECK(kompakt_coder_context(NULL) == NULL);
  CHECK(strcmp(kompakt_archive_reader_type(NULL), "") == 0);
  REFUSED(kompakt_archive_reader_count(NULL, &got));
  REFUSED(kompakt_archive_reader_entry(NULL, 0, &entry));
  REFUSED(kompakt_archive_reader_damage(NULL));
  REFUSED(kompakt_archive_reader_read(NULL, "x", &into));
  REFUSED(kompakt_archive_reader_read_to(NULL, "x", NULL));
  REFUSED(kompakt_archive_reader_extract(NULL, NULL, &archive_result));
  REFUSED(kompakt_archive_reader_test(NULL, &archive_result));
  CHECK(kompakt_archive_reader_context(NULL) == NULL);
  REFUSED(kompakt_archive_writer_add_tree(NULL, NULL));
  REFUSED(kompakt_archive_writer_add_path(NULL, "x", "x"));
  REFUSED(kompakt_archive_writer_add_memory(NULL, &entry, "x", 1));
  REFUSED(kompakt_archive_writer_add_source(NULL, &entry, NULL));
  REFUSED(kompakt_archive_writer_close(NULL, &archive_result));
  CHECK(kompakt_archive_writer_context(NULL) == NULL);
  REFUSED(kompakt_get_format(0, NULL));
  REFUSED(kompakt_get_codec(0, NULL));
  REFUSED(kompakt_get_codec_option(0, 0, NULL));
}

static void no_ends(kompakt_context* context) {
  kompakt_source* source = NULL;
  kompakt_sink* sink = NULL;
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_index* index = NULL;
  kompakt_result unset;
  uint64_t bytes = 0;
  REFUSED(kompakt_source_open(context, NULL, &source));
  REFUSED(kompakt_source_open(context, "x", NULL));
  REFUSED(kompakt_source_map(context, NULL, &source));
  REFUSED(kompakt_source_memory(context, NULL, 1, &source));
  REFUSED(kompakt_source_custom(context, NULL, &source));
  REFUSED(kompakt_sink_open(context, NULL, 0, &sink));
  REFUSED(kompakt_sink_memory(context, NULL, 1, &sink));
  REFUSED(kompakt_sink_custom(context, NULL, &sink));
  REFUSED(kompakt_sink_fd(context, 1, NULL, NULL));
  REFUSED(kompakt_sink_commit(context, NULL));
  REFUSED(kompakt_sink_take(context, NULL, &out));
  CHECK_OK(context, kompakt_source_memory(context, NULL, 0, &source));
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  REFUSED(kompakt_sink_take(context, sink, NULL));
  REFUSED(kompakt_compress(context, NULL, 1, &out, NULL));
  REFUSED(kompakt_compress(context, "x", 1, NULL, NULL));
  out.capacity = 5;
  REFUSED(kompakt_compress_into(context, "x", 1, &out, NULL));
  REFUSED(kompakt_decompress_into(context, "x", 1, &out, NULL));
  REFUSED(kompakt_compress_bound(context, 1, NULL, NULL));
  REFUSED(kompakt_claimed_size(context, NULL, 1, NULL, &bytes));
  REFUSED(kompakt_compress_stream(context, NULL, sink, NULL, NULL));
  REFUSED(kompakt_compress_stream(context, source, NULL, NULL, NULL));
  REFUSED(kompakt_decompress_stream(context, NULL, sink, NULL, NULL));
  REFUSED(kompakt_decompress_range(context, source, sink, NULL, NULL));
  REFUSED(kompakt_decompress_lines(context, source, sink, NULL, NULL));
  REFUSED(kompakt_convert(context, source, NULL, NULL, NULL));
  REFUSED(kompakt_compress_v2(context, NULL, sink, NULL, NULL));
  REFUSED(kompakt_inspect(context, NULL, 1, NULL));
  REFUSED(kompakt_inspect_stream(context, source, NULL, NULL));
  REFUSED(kompakt_index_build(context, NULL, NULL, &index));
  REFUSED(kompakt_index_take(context, NULL));
  REFUSED(kompakt_index_save(context, NULL, source, &out));
  REFUSED(kompakt_index_load(context, NULL, 0, source, &index));
  unset.struct_size = 0;
  REFUSED(kompakt_compress_stream(context, source, sink, NULL, &unset));
  CHECK_TEXT(kompakt_error_text(context), "struct_size");
  CHECK_OK(context, kompakt_compress_stream(context, source, sink, NULL, NULL));
  kompakt_source_free(source);
  kompakt_sink_free(sink);
}

static void no_objects(kompakt_context* context) {
  kompakt_selection selection = KOMPAKT_SELECTION_INIT;
  kompakt_archive_options options = KOMPAKT_ARCHIVE_OPTIONS_INIT;
  const char* const holes[] = {"a", NULL};
  kompakt_reader* reader = NULL;
  kompakt_writer* writer = NULL;
  kompakt_archive_reader* archive = NULL;
  kompakt_archive_writer* maker = NULL;
  kompakt_source* source = NULL;
  const char* type = NULL;
  REFUSED(kompakt_reader_open(context, NULL, NULL, &reader));
  REFUSED(kompakt_reader_open_file(context, NULL, NULL, &reader));
  REFUSED(kompakt_reader_open_file(context, "x", NULL, NULL));
  REFUSED(kompakt_writer_open(context, NULL, NULL, &writer));
  REFUSED(kompakt_writer_open_file(context, NULL, NULL, 0, &writer));
  REFUSED(kompakt_compressor_new(context, NULL, NULL));
  REFUSED(kompakt_decompressor_new(context, NULL, NULL));
  REFUSED(kompakt_compress_file(context, NULL, NULL, NULL, NULL));
  REFUSED(kompakt_decompress_file(context, NULL, NULL, NULL, NULL));
  REFUSED(kompakt_compress_folder(context, NULL, "x", NULL, NULL));
  REFUSED(kompakt_decompress_folder(context, "x", NULL, NULL, NULL));
  REFUSED(kompakt_compress_in_place(context, NULL, NULL, NULL));
  REFUSED(kompakt_decompress_in_place(context, NULL, NULL, NULL));
  REFUSED(kompakt_archive_create(context, &selection, NULL, NULL, NULL));
  REFUSED(kompakt_archive_create_file(context, NULL, "x.zip", NULL, NULL));
  REFUSED(kompakt_archive_create_file(context, &selection, NULL, NULL, NULL));
  REFUSED(kompakt_archive_type(context, NULL, &type));
  REFUSED(kompakt_archive_detect(context, NULL, NULL, &type));
  REFUSED(kompakt_archive_list(context, NULL, NULL, NULL));
  REFUSED(kompakt_archive_test(context, NULL, NULL, NULL));
  REFUSED(kompakt_archive_extract(context, NULL, NULL, NULL));
  REFUSED(kompakt_archive_read(context, NULL, NULL, NULL, NULL));
  REFUSED(kompakt_archive_reader_open(context, NULL, NULL, &archive));
  REFUSED(kompakt_archive_reader_open_file(context, NULL, NULL, &archive));
  REFUSED(kompakt_archive_writer_open(context, NULL, NULL, &maker));
  REFUSED(kompakt_archive_writer_open_file(context, NULL, NULL, &maker));
  CHECK_OK(context, kompakt_source_memory(context, "x", 1, &source));
  options.names = holes;
  options.name_count = 2;
  REFUSED(kompakt_archive_list(context, source, &options, NULL));
  CHECK_TEXT(kompakt_error_text(context), "NULL");
  options.names = NULL;
  REFUSED(kompakt_archive_list(context, source, &options, NULL));
  kompakt_source_free(source);
  CHECK(reader == NULL && writer == NULL && archive == NULL && maker == NULL);
}

/* Calls from inside a callback. */
static int call_back_in(void* user, uint64_t bytes_in, uint64_t bytes_out) {
  kompakt_buffer out = {NULL, 0, 0};
  (void)bytes_in;
  (void)bytes_out;
  REFUSED(kompakt_compress(user, "x", 1, &out, NULL));
  return 0;
}

void test_wrong_arguments(void) {
  kompakt_context* context = new_context();
  kompakt_buffer out = {NULL, 0, 0};
  no_context();
  no_handle();
  no_ends(context);
  no_objects(context);
  CHECK_OK(context, kompakt_set_progress(context, call_back_in, context));
  CHECK_OK(context, kompakt_compress(context, "abc", 3, &out, NULL));
  kompakt_free(out.data);
  kompakt_context_free(context);
}
