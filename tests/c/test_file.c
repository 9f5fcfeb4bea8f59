/* Files and folders. */
#define _XOPEN_SOURCE 700
#include "support.h"

enum { kSize = 500000 };

void test_files(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 21);
  kompakt_compress_options compress = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_decompress_options decompress = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_file_options options = KOMPAKT_FILE_OPTIONS_INIT;
  kompakt_file_report report = KOMPAKT_FILE_REPORT_INIT;
  char plain[512];
  char packed[512];
  strcpy(plain, in_folder("words.txt"));
  strcpy(packed, in_folder("words.txt.gz"));
  put_file(plain, content, kSize);
  compress.format = KOMPAKT_FORMAT_GZIP;
  options.compress = &compress;
  options.decompress = &decompress;
  options.no_sync = 1;

  CHECK_OK(context, kompakt_compress_file(context, plain, NULL, &options, &report));
  CHECK(strcmp(report.input, plain) == 0 && strcmp(report.output, packed) == 0);
  CHECK(report.fate == KOMPAKT_FILE_CODED && report.bytes_in == kSize);
  CHECK(report.status == KOMPAKT_OK && report.warning == KOMPAKT_OK && report.removed == 0);
  CHECK(file_exists(packed));
  CHECK_CODE(context, KOMPAKT_ALREADY_EXISTS,
             kompakt_compress_file(context, plain, NULL, &options, &report));
  CHECK_TEXT(kompakt_error_text(context), "words.txt.gz");
  options.overwrite = 1;
  options.remove_source = 1;
  CHECK_OK(context, kompakt_compress_file(context, plain, NULL, &options, &report));
  CHECK(report.removed == 1 && !file_exists(plain));

  options.overwrite = 0;
  decompress.max_output = kSize - 1;
  CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED,
             kompakt_decompress_file(context, packed, NULL, &options, &report));
  CHECK(!file_exists(plain) && file_exists(packed));
  decompress.max_output = kSize;
  CHECK_OK(context, kompakt_decompress_file(context, packed, NULL, &options, &report));
  CHECK(file_holds(plain, content, kSize) && !file_exists(packed));

  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_decompress_file(context, plain, NULL, NULL, NULL));
  CHECK_CODE(context, KOMPAKT_IO,
             kompakt_compress_file(context, in_folder("absent"), NULL, NULL, NULL));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress_file(context, NULL, NULL, NULL, NULL));
  CHECK_OK(context, kompakt_compress_file(context, plain, in_folder("other.warp"), NULL, NULL));
  CHECK_OK(context, kompakt_decompress_file(context, in_folder("other.warp"), in_folder("other"),
                                            NULL, NULL));
  CHECK(file_holds(in_folder("other"), content, kSize));
  free(content);
  kompakt_context_free(context);
}

typedef struct seen {
  int coded;
  int skipped;
  int failed;
  int answer;
} seen;

static int note_file(void* user, const kompakt_file_report* report) {
  seen* notes = user;
  CHECK(report->struct_size == sizeof *report && report->input[0] != 0);
  notes->coded += report->fate == KOMPAKT_FILE_CODED;
  notes->skipped += report->fate == KOMPAKT_FILE_SKIPPED;
  notes->failed += report->fate == KOMPAKT_FILE_FAILED;
  return notes->answer;
}

static int name_it(void* user, const char* path, char* output, size_t capacity) {
  (void)user;
  if (strstr(path, "b.txt") != NULL) {
    return 1;
  }
  return snprintf(output, capacity, "%s.packed", path) >= (int)capacity;
}

static int name_without_end(void* user, const char* path, char* output, size_t capacity) {
  (void)user;
  (void)path;
  memset(output, 'x', capacity);
  return 0;
}

void test_folders(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 22);
  kompakt_folder_options options = KOMPAKT_FOLDER_OPTIONS_INIT;
  kompakt_in_place_options in_place = KOMPAKT_IN_PLACE_OPTIONS_INIT;
  kompakt_compress_options compress = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_folder_result result = KOMPAKT_FOLDER_RESULT_INIT;
  kompakt_selection selection = KOMPAKT_SELECTION_INIT;
  const char* const only_text[] = {"*.txt"};
  const char* const everything[] = {"tree"};
  char base[512];
  char tree[512];
  char packed[512];
  char back[512];
  seen notes = {0, 0, 0, 0};
  strcpy(base, in_folder("folders"));
  make_folder(base);
  strcpy(tree, in_folder("folders/tree"));
  strcpy(packed, in_folder("folders/packed"));
  strcpy(back, in_folder("folders/back"));
  make_folder(tree);
  make_folder(in_folder("folders/tree/deep"));
  put_file(in_folder("folders/tree/a.txt"), content, kSize);
  put_file(in_folder("folders/tree/deep/b.txt"), content, 1000);
  put_file(in_folder("folders/tree/c.bin"), content, 10);
  CHECK_OK(context, kompakt_set_threads(context, 2));

  options.format = KOMPAKT_FORMAT_ZSTD;
  options.no_sync = 1;
  options.include = only_text;
  options.include_count = 1;
  options.on_file = note_file;
  options.user = &notes;
  CHECK_OK(context, kompakt_compress_folder(context, tree, packed, &options, &result));
  CHECK(result.coded == 2 && result.failed == 0 && result.folders >= 1 && notes.coded == 2);
  CHECK(result.bytes_in == kSize + 1000 && result.first_failure == KOMPAKT_OK);
  CHECK(file_exists(in_folder("folders/packed/deep/b.txt.zst")));
  CHECK(!file_exists(in_folder("folders/packed/c.bin.zst")));

  /* One damaged file fails and the others come out. */
  put_file(in_folder("folders/packed/bad.warp"), "WARP? no", 8);
  options.include = NULL;
  options.include_count = 0;
  CHECK_OK(context, kompakt_decompress_folder(context, packed, back, &options, &result));
  CHECK(result.coded == 2 && result.failed == 1 && notes.failed == 1);
  CHECK(result.first_failure != KOMPAKT_OK);
  CHECK_TEXT(result.first_failure_text, "bad.warp");
  CHECK(file_holds(in_folder("folders/back/a.txt"), content, kSize));
  options.overwrite = 1;
  notes.answer = 1;
  CHECK_CODE(context, KOMPAKT_CANCELLED,
             kompakt_decompress_folder(context, packed, back, &options, &result));
  notes.answer = 0;
  CHECK_CODE(context, KOMPAKT_IO,
             kompakt_compress_folder(context, in_folder("absent"), packed, NULL, NULL));

  options.checksum = "blake3";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress_folder(context, tree, packed, &options, NULL));

  selection.paths = everything;
  selection.path_count = 1;
  selection.base = base;
  compress.format = KOMPAKT_FORMAT_LZ4;
  in_place.compress = &compress;
  in_place.no_sync = 1;
  in_place.name_output = name_it;
  in_place.on_file = note_file;
  in_place.user = &notes;
  memset(&notes, 0, sizeof notes);
  CHECK_OK(context, kompakt_compress_in_place(context, &selection, &in_place, &result));
  CHECK(result.coded == 2 && notes.coded == 2);
  CHECK(result.skipped + result.failed == 1);
  CHECK(file_exists(in_folder("folders/tree/a.txt.packed")));
  CHECK(!file_exists(in_folder("folders/tree/deep/b.txt.packed")));
  in_place.name_output = name_without_end;
  CHECK_OK(context, kompakt_compress_in_place(context, &selection, &in_place, &result));
  CHECK(result.coded == 0);

  in_place.name_output = NULL;
  in_place.remove_source = 1;
  selection.include = only_text;
  selection.include_count = 1;
  CHECK_OK(context, kompakt_compress_in_place(context, &selection, &in_place, &result));
  CHECK(result.coded == 2 && !file_exists(in_folder("folders/tree/a.txt")));
  selection.include_count = 0;
  selection.include = NULL;
  CHECK_OK(context, kompakt_decompress_in_place(context, &selection, &in_place, &result));
  CHECK(result.coded == 2);
  CHECK(file_holds(in_folder("folders/tree/a.txt"), content, kSize));
  CHECK(!file_exists(in_folder("folders/tree/a.txt.lz4")));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_compress_in_place(context, NULL, &in_place, &result));
  free(content);
  kompakt_context_free(context);
}
