/* From memory to memory, in every format; options of all sizes. */
#include "support.h"

enum { kSize = 150001 };

static void round_trip(kompakt_context* context, int format, const unsigned char* content,
                       size_t size) {
  kompakt_compress_options to = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_decompress_options from = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_buffer packed = {NULL, 0, 0};
  kompakt_buffer plain = {NULL, 0, 0};
  kompakt_buffer into;
  uint64_t bound = 0;
  uint64_t claimed = 0;
  to.format = format;
  from.format = format == KOMPAKT_FORMAT_BROTLI ? format : KOMPAKT_FORMAT_AUTO;

  CHECK_OK(context, kompakt_compress(context, content, size, &packed, &to));
  CHECK_OK(context, kompakt_compress_bound(context, size, &to, &bound));
  CHECK(packed.size <= bound && bound < size + size / 2 + 65536);
  CHECK_OK(context, kompakt_claimed_size(context, packed.data, packed.size, &from, &claimed));
  CHECK(claimed == KOMPAKT_UNKNOWN || claimed == size);

  from.max_output = size;
  CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, &from));
  CHECK(plain.size == size && memcmp(plain.data, content, size) == 0);

  into.data = malloc((size_t)bound);
  into.size = 0;
  into.capacity = (size_t)bound;
  CHECK_OK(context, kompakt_compress_into(context, content, size, &into, &to));
  CHECK(into.size == packed.size && memcmp(into.data, packed.data, packed.size) == 0);
  into.capacity = packed.size - 1;
  CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED,
             kompakt_compress_into(context, content, size, &into, &to));
  free(into.data);

  memset(plain.data, 0, plain.size);
  into = plain;
  CHECK_OK(context, kompakt_decompress_into(context, packed.data, packed.size, &into, &from));
  CHECK(into.size == size && memcmp(into.data, content, size) == 0);
  if (size != 0) {
    into.capacity = size - 1;
    CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED,
               kompakt_decompress_into(context, packed.data, packed.size, &into, &from));
    kompakt_free(plain.data);
    from.max_output = size - 1;
    CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED,
               kompakt_decompress(context, packed.data, packed.size, &plain, &from));
    CHECK(plain.data == NULL);
    from.max_output = size;
    CHECK_CODE(context, KOMPAKT_TRUNCATED,
               kompakt_decompress(context, packed.data, packed.size - 5, &plain, &from));
    CHECK(plain.data == NULL);
  }
  kompakt_free(plain.data);
  kompakt_free(packed.data);
}

void test_memory(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 7);
  unsigned char* noise = make_noise(kSize, 8);
  size_t i;
  CHECK_OK(context, kompakt_set_threads(context, 2));
  for (i = 0; i < kompakt_format_count(); ++i) {
    kompakt_format_info format = KOMPAKT_FORMAT_INFO_INIT;
    CHECK(kompakt_get_format(i, &format) == KOMPAKT_OK);
    round_trip(context, format.format, content, kSize);
    round_trip(context, format.format, noise, kSize);
    round_trip(context, format.format, content, 1);
    round_trip(context, format.format, content, 0);
  }
  {
    /* Two members: what the last one claims is not all there is. */
    kompakt_buffer one = compressed(KOMPAKT_FORMAT_GZIP, content, 1000);
    unsigned char* two = malloc(2 * one.size);
    kompakt_buffer plain = {NULL, 0, 0};
    memcpy(two, one.data, one.size);
    memcpy(two + one.size, one.data, one.size);
    CHECK_OK(context, kompakt_decompress(context, two, 2 * one.size, &plain, NULL));
    CHECK(plain.size == 2000 && memcmp((char*)plain.data + 1000, content, 1000) == 0);
    kompakt_free(plain.data);
    free(two);
    kompakt_free(one.data);
  }
  free(noise);
  free(content);
  kompakt_context_free(context);
}

/* A program built against a header with one more option. */
typedef struct newer_options {
  kompakt_compress_options known;
  uint64_t unknown;
} newer_options;

static int count_blocks(void* user, const kompakt_block_report* block) {
  CHECK(block->struct_size == sizeof *block && block->raw_size != 0 && block->codec[0] != 0);
  ++*(int*)user;
  return 0;
}

static void old_and_new_callers(kompakt_context* context, const unsigned char* content) {
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  const kompakt_compress_options defaults = KOMPAKT_COMPRESS_OPTIONS_INIT;
  newer_options newer;
  kompakt_buffer packed = {NULL, 0, 0};
  memset(&newer, 0, sizeof newer);
  newer.known = defaults;
  newer.known.struct_size = sizeof newer;
  CHECK_OK(context, kompakt_compress(context, content, 100, &packed, &newer.known));
  kompakt_free(packed.data);
  newer.unknown = 1;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, 100, &packed, &newer.known));
  CHECK_TEXT(kompakt_error_text(context), "newer");

  /* Only format and level; garbage lies behind them. */
  memset(&options, 0x5a, sizeof options);
  options.struct_size = 16;
  options.format = KOMPAKT_FORMAT_GZIP;
  options.level = 1;
  CHECK_OK(context, kompakt_compress(context, content, 100, &packed, &options));
  CHECK(kompakt_detect_format(packed.data, packed.size) == KOMPAKT_FORMAT_GZIP);
  kompakt_free(packed.data);
  options.struct_size = 0;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, 100, &packed, &options));
  CHECK_TEXT(kompakt_error_text(context), "struct_size");
  options.struct_size = 17;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, 100, &packed, &options));
}

static void wishes(kompakt_context* context, const unsigned char* content) {
  static const kompakt_compress_options kDefaults = KOMPAKT_COMPRESS_OPTIONS_INIT;
  const kompakt_metadata no_metadata = KOMPAKT_METADATA_INIT;
  kompakt_decompress_options from = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_compress_options options = kDefaults;
  kompakt_buffer packed = {NULL, 0, 0};
  kompakt_buffer plain = {NULL, 0, 0};
  int blocks = 0;

  options.format = KOMPAKT_FORMAT_ZSTD;
  options.level = 400;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));
  CHECK_TEXT(kompakt_error_text(context), "22");
  options = kDefaults;
  options.format = 99;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));
  CHECK_TEXT(kompakt_error_text(context), "gzip");
  options = kDefaults;
  options.checksum = "md5";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));
  CHECK_TEXT(kompakt_error_text(context), "blake3");
  options = kDefaults;
  options.codec = "zstd:level=99";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));

  /* What a format has no place for is never ignored. */
  options = kDefaults;
  options.format = KOMPAKT_FORMAT_GZIP;
  options.codec = "zstd";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));
  options.codec = NULL;
  options.metadata = &no_metadata;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));
  options.metadata = NULL;
  options.extreme = 1;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));
  options = kDefaults;
  options.window_log = 20;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress(context, content, kSize, &packed, &options));

  options = kDefaults;
  options.codec = "deflate:level=9";
  options.block_size = 65536;
  options.checksum = "xxh3";
  options.on_block = count_blocks;
  options.user = &blocks;
  CHECK_OK(context, kompakt_compress(context, content, kSize, &packed, &options));
  CHECK(blocks == (kSize + 65535) / 65536);
  CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  CHECK(plain.size == kSize && memcmp(plain.data, content, kSize) == 0);
  kompakt_free(plain.data);
  kompakt_free(packed.data);

  options = kDefaults;
  options.format = KOMPAKT_FORMAT_ZSTD;
  options.dictionary = content;
  options.dictionary_size = 100000;
  CHECK_OK(context, kompakt_compress(context, content + 50000, 40000, &packed, &options));
  CHECK(packed.size < 100);
  CHECK(kompakt_decompress(context, packed.data, packed.size, &plain, NULL) != KOMPAKT_OK);
  from.dictionary = content;
  from.dictionary_size = 100000;
  CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, &from));
  CHECK(plain.size == 40000 && memcmp(plain.data, content + 50000, plain.size) == 0);
  kompakt_free(plain.data);
  kompakt_free(packed.data);
  from.dictionary = NULL;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_decompress(context, "x", 1, &plain, &from));
}

void test_options(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 9);
  old_and_new_callers(context, content);
  wishes(context, content);
  free(content);
  kompakt_context_free(context);
}
