/* What the library is and can do; contexts and their errors. */
#include "support.h"

void test_information(void) {
  kompakt_context* context = new_context();
  kompakt_format_info format = KOMPAKT_FORMAT_INFO_INIT;
  kompakt_codec_info codec = KOMPAKT_CODEC_INFO_INIT;
  kompakt_codec_option option = KOMPAKT_CODEC_OPTION_INIT;
  kompakt_buffer gzip = compressed(KOMPAKT_FORMAT_GZIP, "hello", 5);
  char* canonical = NULL;
  size_t i;
  size_t j;
  int named_values = 0;

  CHECK(strlen(kompakt_version()) >= 5);
  CHECK(strcmp(kompakt_code_name(KOMPAKT_OK), "ok") == 0);
  CHECK(strcmp(kompakt_code_name(KOMPAKT_CORRUPT), "corrupt") == 0);
  CHECK(strcmp(kompakt_code_name((kompakt_code)77), "unknown") == 0);
  CHECK(kompakt_usable_threads() >= 1);
  CHECK(kompakt_usable_memory() > 1u << 20);

  CHECK(kompakt_has_feature("format.gzip") && kompakt_has_feature("format.warp"));
  CHECK(kompakt_has_feature("codec.zstd") && kompakt_has_feature("hash.blake3"));
  CHECK(kompakt_has_feature("archive.zip") && kompakt_has_feature("executor"));
  CHECK(!kompakt_has_feature("format.gz") && !kompakt_has_feature("format."));
  CHECK(!kompakt_has_feature("") && !kompakt_has_feature(NULL));

  CHECK(kompakt_format_count() == 9);
  for (i = 0; i < kompakt_format_count(); ++i) {
    CHECK(kompakt_get_format(i, &format) == KOMPAKT_OK);
    CHECK(format.struct_size == sizeof format);
    CHECK(format.min_level <= format.default_level && format.default_level <= format.max_level);
    CHECK(format.suffix[0] == '.');
    CHECK(kompakt_find_format(format.name) == format.format);
    CHECK(kompakt_find_format(format.suffix + 1) == format.format);
  }
  CHECK(kompakt_get_format(i, &format) == KOMPAKT_INVALID_ARGUMENT);
  CHECK(kompakt_find_format("rar") == KOMPAKT_FORMAT_AUTO);
  CHECK(kompakt_find_format(NULL) == KOMPAKT_FORMAT_AUTO);
  CHECK(kompakt_detect_format(gzip.data, gzip.size) == KOMPAKT_FORMAT_GZIP);
  CHECK(kompakt_detect_format("hello", 5) == KOMPAKT_FORMAT_AUTO);
  CHECK(kompakt_detect_format(NULL, 0) == KOMPAKT_FORMAT_AUTO);
  kompakt_free(gzip.data);

  CHECK(kompakt_codec_count() >= 9);
  for (i = 0; i < kompakt_codec_count(); ++i) {
    CHECK(kompakt_get_codec(i, &codec) == KOMPAKT_OK);
    CHECK(strlen(codec.name) != 0 && strlen(codec.description) != 0);
    CHECK_OK(context, kompakt_check_codec(context, codec.name, NULL));
    for (j = 0; j < codec.option_count; ++j) {
      CHECK(kompakt_get_codec_option(i, j, &option) == KOMPAKT_OK);
      CHECK(option.min <= option.fallback && option.fallback <= option.max);
      CHECK(strlen(option.key) != 0 && strlen(option.help) != 0);
      if (option.value_count != 0) {
        ++named_values;
        CHECK((int64_t)option.value_count == option.max + 1);
        CHECK(strlen(kompakt_codec_option_value(i, j, 0)) != 0);
      }
      CHECK(kompakt_codec_option_value(i, j, option.value_count) == NULL);
    }
    CHECK(kompakt_get_codec_option(i, j, &option) == KOMPAKT_INVALID_ARGUMENT);
  }
  CHECK(named_values > 0);
  CHECK(kompakt_get_codec(i, &codec) == KOMPAKT_INVALID_ARGUMENT);
  CHECK(kompakt_codec_option_value(i, 0, 0) == NULL);

  CHECK_OK(context, kompakt_check_codec(context, "zstd:level=19", &canonical));
  CHECK(canonical != NULL && strcmp(canonical, "zstd:level=19") == 0);
  kompakt_free(canonical);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_check_codec(context, "zstd:colour=1", &canonical));
  CHECK(canonical == NULL);
  CHECK_TEXT(kompakt_error_text(context), "level");
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_check_codec(context, NULL, NULL));

  CHECK(strcmp(kompakt_hash_name(0), "none") == 0 && strcmp(kompakt_hash_name(3), "blake3") == 0);
  CHECK(strcmp(kompakt_hash_name(8), "adler32") == 0);
  CHECK(kompakt_hash_name(9) == NULL && kompakt_hash_name(-1) == NULL);
  kompakt_free(NULL);
  kompakt_context_free(context);
}

void test_contexts(void) {
  kompakt_context* context = new_context();
  kompakt_message error = KOMPAKT_MESSAGE_INIT;
  kompakt_buffer packed;
  kompakt_buffer plain = {NULL, 0, 0};
  unsigned char* content = make_content(400000, 1);

  CHECK(kompakt_error_code(context) == KOMPAKT_OK);
  CHECK(strcmp(kompakt_error_text(context), "") == 0);
  CHECK(kompakt_last_error(context, &error) == KOMPAKT_OK);
  CHECK(error.code == KOMPAKT_OK && error.block == KOMPAKT_UNKNOWN && error.text[0] == 0);

  /* A damaged block is told of with where it lies, and the next success clears that. */
  packed = compressed(KOMPAKT_FORMAT_WARP, content, 400000);
  ((unsigned char*)packed.data)[packed.size / 2] ^= 1;
  CHECK_CODE(context, KOMPAKT_CORRUPT,
             kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  CHECK(plain.data == NULL && plain.size == 0);
  CHECK(kompakt_error_code(context) == KOMPAKT_CORRUPT);
  CHECK(kompakt_last_error(context, &error) == KOMPAKT_OK);
  CHECK(error.kind == KOMPAKT_MESSAGE_ERROR && error.code == KOMPAKT_CORRUPT);
  CHECK(error.block != KOMPAKT_UNKNOWN || error.offset != KOMPAKT_UNKNOWN);
  CHECK(strlen(error.message) != 0 && strlen(error.text) > strlen(error.message));
  ((unsigned char*)packed.data)[packed.size / 2] ^= 1;
  CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  CHECK(kompakt_error_code(context) == KOMPAKT_OK);
  CHECK(plain.size == 400000 && memcmp(plain.data, content, plain.size) == 0);
  kompakt_free(plain.data);

  /* An older program's struct is shorter: what it has no room for is left alone. */
  memset(&error, 0x5a, sizeof error);
  error.struct_size = 16;
  CHECK(kompakt_last_error(context, &error) == KOMPAKT_OK);
  CHECK(error.struct_size == 16 && error.kind == 0 && error.block == 0x5a5a5a5a5a5a5a5au);

  CHECK_OK(context, kompakt_set_threads(context, 2));
  CHECK_OK(context, kompakt_set_max_memory(context, 4096));
  CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED,
             kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  CHECK_OK(context, kompakt_set_max_memory(context, 0));

  kompakt_cancel(context);
  CHECK_CODE(context, KOMPAKT_CANCELLED,
             kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  CHECK_CODE(context, KOMPAKT_CANCELLED,
             kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  CHECK_OK(context, kompakt_uncancel(context));
  CHECK_OK(context, kompakt_decompress(context, packed.data, packed.size, &plain, NULL));
  kompakt_free(plain.data);
  kompakt_free(packed.data);
  free(content);
  kompakt_context_free(context);
}
