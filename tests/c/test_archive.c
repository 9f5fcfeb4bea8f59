/* Archives: one call for one operation, and as objects. */
#define _XOPEN_SOURCE 700
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

enum { kSize = 300000 };

static const char* const kTree[] = {"tree"};

typedef struct seen {
  int entries;
  uint64_t content;
  int refused;
  int lost;
  int stop_at;
} seen;

static int note_entry(void* user, const kompakt_entry* entry) {
  seen* notes = user;
  CHECK(entry->struct_size == sizeof *entry && entry->path[0] != 0);
  CHECK(entry->link_target != NULL && entry->user != NULL && entry->comment != NULL);
  ++notes->entries;
  notes->content += entry->size;
  return notes->entries == notes->stop_at;
}

static int note_refused(void* user, const char* path, const char* rule,
                        const kompakt_message* reason) {
  CHECK(strstr(path, "evil") != NULL && rule[0] != 0 && reason->code != KOMPAKT_OK);
  ++((seen*)user)->refused;
  return 0;
}

static int note_lost(void* user, const kompakt_entry* entry, const kompakt_message* reason) {
  CHECK(entry->path[0] != 0 && reason->code != KOMPAKT_OK);
  ++((seen*)user)->lost;
  return 0;
}

static void make_tree(const char* base, const unsigned char* content) {
  char path[640];
  make_folder(base);
  snprintf(path, sizeof path, "%s/tree", base);
  make_folder(path);
  snprintf(path, sizeof path, "%s/tree/a.txt", base);
  put_file(path, content, kSize);
  snprintf(path, sizeof path, "%s/tree/b.txt", base);
  put_file(path, content + 100, 1000);
  snprintf(path, sizeof path, "%s/tree/c.log", base);
  put_file(path, content, 50);
  snprintf(path, sizeof path, "%s/tree/link", base);
  CHECK(symlink("a.txt", path) == 0);
}

static void every_type(kompakt_context* context, const char* base, const unsigned char* content) {
  static const char* const kTypes[] = {"warp", "zip", "tar", "tar.gz", "tar.zst"};
  static const char* const kLogs[] = {"*.log"};
  static const char* const kOne[] = {"tree/a.txt", "tree/absent"};
  size_t i;
  for (i = 0; i < sizeof kTypes / sizeof kTypes[0]; ++i) {
    kompakt_selection selection = KOMPAKT_SELECTION_INIT;
    kompakt_create_options create = KOMPAKT_CREATE_OPTIONS_INIT;
    kompakt_archive_options read = KOMPAKT_ARCHIVE_OPTIONS_INIT;
    kompakt_extract_options extract = KOMPAKT_EXTRACT_OPTIONS_INIT;
    kompakt_archive_result result = KOMPAKT_ARCHIVE_RESULT_INIT;
    kompakt_source* source = NULL;
    kompakt_sink* sink = NULL;
    kompakt_buffer out = {NULL, 0, 0};
    kompakt_buffer again = {NULL, 0, 0};
    const char* type = NULL;
    char name[64];
    char path[640];
    char target[512];
    seen notes = {0, 0, 0, 0, 0};
    snprintf(name, sizeof name, "out.%s", kTypes[i]);
    strcpy(path, in_folder(name));
    selection.paths = kTree;
    selection.path_count = 1;
    selection.base = base;
    selection.exclude = kLogs;
    selection.exclude_count = 1;
    create.reproducible = 1;
    create.has_epoch = 1;
    create.epoch = 1600000000;
    create.on_entry = note_entry;
    create.user = &notes;
    create.no_sync = 1;
    CHECK_OK(context, kompakt_archive_create_file(context, &selection, path, &create, &result));
    CHECK(result.entries == 4 && result.files == 2 && result.content == kSize + 1000);
    CHECK(strcmp(result.format_name, kTypes[i]) == 0 && notes.entries == 4);
    CHECK_CODE(context, KOMPAKT_ALREADY_EXISTS,
               kompakt_archive_create_file(context, &selection, path, &create, NULL));
    CHECK_OK(context, kompakt_archive_type(context, path, &type));
    CHECK(strcmp(type, kTypes[i]) == 0);

    CHECK_OK(context, kompakt_source_open(context, path, &source));
    CHECK_OK(context, kompakt_archive_detect(context, source, NULL, &type));
    CHECK(type != NULL && strcmp(type, kTypes[i]) == 0);
    memset(&notes, 0, sizeof notes);
    read.on_entry = note_entry;
    read.on_lost = note_lost;
    read.user = &notes;
    CHECK_OK(context, kompakt_archive_list(context, source, &read, &result));
    CHECK(notes.entries == 4 && notes.content == kSize + 1000 && result.damage == KOMPAKT_OK);
    notes.stop_at = notes.entries + 2;
    CHECK_CODE(context, KOMPAKT_CANCELLED, kompakt_archive_list(context, source, &read, NULL));
    notes.stop_at = 0;
    CHECK_OK(context, kompakt_archive_test(context, source, NULL, &result));
    CHECK(result.lost == 0 && result.entries == 4);

    /* The same through a stream, whoever writes it. */
    create.type = kTypes[i];
    CHECK_OK(context, kompakt_sink_growing(context, &sink));
    CHECK_OK(context, kompakt_archive_create(context, &selection, sink, &create, NULL));
    CHECK_OK(context, kompakt_sink_take(context, sink, &again));
    CHECK(file_holds(path, again.data, again.size));
    kompakt_free(again.data);
    kompakt_sink_free(sink);

    read.names = kOne;
    read.name_count = 2;
    CHECK_OK(context, kompakt_sink_growing(context, &sink));
    CHECK_OK(context, kompakt_archive_read(context, source, sink, &read, &result));
    CHECK(result.unmatched_count == 1 && strcmp(result.unmatched[0], "tree/absent") == 0);
    CHECK_OK(context, kompakt_sink_take(context, sink, &out));
    CHECK(out.size == kSize && memcmp(out.data, content, kSize) == 0);
    kompakt_free(out.data);
    kompakt_sink_free(sink);

    snprintf(name, sizeof name, "target.%s", kTypes[i]);
    strcpy(target, in_folder(name));
    make_folder(target);
    extract.directory = target;
    extract.strip_components = 1;
    CHECK_OK(context, kompakt_archive_extract(context, source, &extract, &result));
    CHECK(result.refused == 0 && result.files == 2);
    snprintf(name, sizeof name, "target.%s/a.txt", kTypes[i]);
    CHECK(file_holds(in_folder(name), content, kSize));
    snprintf(name, sizeof name, "target.%s/link", kTypes[i]);
    CHECK(file_exists(in_folder(name)));
    extract.read = &read;
    extract.on_refused = note_refused;
    extract.overwrite = 1;
    CHECK_OK(context, kompakt_archive_extract(context, source, &extract, &result));
    CHECK(result.files == 1);
    kompakt_source_free(source);
  }
}

static void options_of_archives(kompakt_context* context, const char* base) {
  kompakt_selection selection = KOMPAKT_SELECTION_INIT;
  kompakt_create_options create = KOMPAKT_CREATE_OPTIONS_INIT;
  kompakt_compress_options compress = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_extract_options extract = KOMPAKT_EXTRACT_OPTIONS_INIT;
  kompakt_archive_result result = KOMPAKT_ARCHIVE_RESULT_INIT;
  kompakt_file_id skip;
  kompakt_sink* sink = NULL;
  kompakt_source* source = NULL;
  struct stat found;
  const char* type = NULL;
  char path[640];
  selection.paths = kTree;
  selection.path_count = 1;
  selection.base = base;
  CHECK_OK(context, kompakt_sink_null(context, &sink));
  create.type = "arj";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_create(context, &selection, sink, &create, NULL));
  CHECK_TEXT(kompakt_error_text(context), "tar.gz");
  create.type = "tar";
  create.zip_method = "zstd";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_create(context, &selection, sink, &create, NULL));
  create.type = "zip";
  CHECK_OK(context, kompakt_archive_create(context, &selection, sink, &create, NULL));
  create.zip_method = NULL;
  compress.codec = "zstd";
  create.compress = &compress;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_create(context, &selection, sink, &create, NULL));
  create.type = "warp";
  CHECK_OK(context, kompakt_archive_create(context, &selection, sink, &create, NULL));
  compress.codec = NULL;
  compress.seekable = 1;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_create(context, &selection, sink, &create, NULL));
  create.type = "tar.zst";
  compress.level = 5;
  CHECK_OK(context, kompakt_archive_create(context, &selection, sink, &create, NULL));
  create.compress = NULL;

  snprintf(path, sizeof path, "%s/tree/a.txt", base);
  CHECK(stat(path, &found) == 0);
  skip.device = (uint64_t)found.st_dev;
  skip.inode = (uint64_t)found.st_ino;
  create.skip = &skip;
  create.skip_count = 1;
  CHECK_OK(context, kompakt_archive_create(context, &selection, sink, &create, &result));
  CHECK(result.files == 2);
  kompakt_sink_free(sink);

  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_archive_type(context, "x.txt", &type));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_create_file(context, &selection, in_folder("x.txt"), NULL, NULL));
  CHECK_OK(context, kompakt_source_memory(context, "plain text", 10, &source));
  type = "";
  CHECK_OK(context, kompakt_archive_detect(context, source, NULL, &type));
  CHECK(type == NULL);
  extract.owner = 3;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_extract(context, source, &extract, NULL));
  kompakt_source_free(source);
}

/* The header of a tar member of `size` bytes. */
static void put_tar_header(unsigned char* at, const char* name, unsigned size) {
  unsigned sum = 0;
  int i;
  memset(at, 0, 512);
  snprintf((char*)at, 100, "%s", name);
  snprintf((char*)at + 100, 8, "%07o", 0644u);
  snprintf((char*)at + 108, 8, "%07o", 0u);
  snprintf((char*)at + 116, 8, "%07o", 0u);
  snprintf((char*)at + 124, 12, "%011o", size);
  snprintf((char*)at + 136, 12, "%011o", 0u);
  memset(at + 148, ' ', 8);
  at[156] = '0';
  memcpy(at + 257, "ustar", 6);
  memcpy(at + 263, "00", 2);
  for (i = 0; i < 512; ++i) {
    sum += at[i];
  }
  snprintf((char*)at + 148, 8, "%06o", sum);
}

static void hostile(kompakt_context* context, const unsigned char* content) {
  unsigned char tar[512 * 6];
  kompakt_extract_options extract = KOMPAKT_EXTRACT_OPTIONS_INIT;
  kompakt_archive_options read = KOMPAKT_ARCHIVE_OPTIONS_INIT;
  kompakt_archive_result result = KOMPAKT_ARCHIVE_RESULT_INIT;
  kompakt_source* source = NULL;
  char target[512];
  char outside[512];
  seen notes = {0, 0, 0, 0, 0};
  memset(tar, 0, sizeof tar);
  put_tar_header(tar, "../evil", 5);
  memcpy(tar + 512, "evil!", 5);
  put_tar_header(tar + 1024, "good", 5);
  memcpy(tar + 1536, "good!", 5);
  strcpy(target, in_folder("hostile"));
  make_folder(target);
  strcpy(outside, in_folder("evil"));
  extract.directory = target;
  extract.on_refused = note_refused;
  extract.user = &notes;
  CHECK_OK(context, kompakt_source_memory(context, tar, sizeof tar, &source));
  CHECK_OK(context, kompakt_archive_extract(context, source, &extract, &result));
  CHECK(result.refused == 1 && notes.refused == 1 && result.files == 1);
  CHECK(!file_exists(outside) && file_holds(in_folder("hostile/good"), "good!", 5));
  read.max_entries = 1;
  CHECK_CODE(context, KOMPAKT_LIMIT_EXCEEDED, kompakt_archive_list(context, source, &read, NULL));
  kompakt_source_free(source);

  /* A damaged member is told of, and does not pass a test. */
  {
    kompakt_archive_writer* writer = NULL;
    kompakt_create_options create = KOMPAKT_CREATE_OPTIONS_INIT;
    kompakt_entry entry = KOMPAKT_ENTRY_INIT;
    kompakt_sink* sink = NULL;
    kompakt_buffer zip = {NULL, 0, 0};
    create.type = "zip";
    entry.path = "member";
    CHECK_OK(context, kompakt_sink_growing(context, &sink));
    CHECK_OK(context, kompakt_archive_writer_open(context, sink, &create, &writer));
    CHECK_OK(context, kompakt_archive_writer_add_memory(writer, &entry, content, 50000));
    CHECK_OK(kompakt_archive_writer_context(writer), kompakt_archive_writer_close(writer, &result));
    CHECK(result.files == 1 && result.content == 50000);
    kompakt_archive_writer_free(writer);
    CHECK_OK(context, kompakt_sink_take(context, sink, &zip));
    kompakt_sink_free(sink);
    ((unsigned char*)zip.data)[zip.size / 2] ^= 0x20;
    read.max_entries = 0;
    read.on_lost = note_lost;
    read.user = &notes;
    CHECK_OK(context, kompakt_source_memory(context, zip.data, zip.size, &source));
    CHECK_OK(context, kompakt_archive_test(context, source, &read, &result));
    CHECK(result.lost == 1 && notes.lost == 1);
    kompakt_source_free(source);
    kompakt_free(zip.data);
  }
}

void test_archives(void) {
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 41);
  char base[512];
  strcpy(base, in_folder("archives"));
  make_tree(base, content);
  CHECK_OK(context, kompakt_set_threads(context, 2));
  every_type(context, base, content);
  options_of_archives(context, base);
  hostile(context, content);
  free(content);
  kompakt_context_free(context);
}

static void write_archive(kompakt_context* context, const char* path, const char* base,
                          const unsigned char* content) {
  kompakt_archive_writer* writer = NULL;
  kompakt_archive_result result = KOMPAKT_ARCHIVE_RESULT_INIT;
  kompakt_selection selection = KOMPAKT_SELECTION_INIT;
  kompakt_entry entry = KOMPAKT_ENTRY_INIT;
  kompakt_source* source = NULL;
  char file[640];
  selection.paths = kTree;
  selection.path_count = 1;
  selection.base = base;
  snprintf(file, sizeof file, "%s/tree/b.txt", base);
  CHECK_OK(context, kompakt_archive_writer_open_file(context, path, NULL, &writer));
  context = kompakt_archive_writer_context(writer);
  CHECK_OK(context, kompakt_archive_writer_add_tree(writer, &selection));
  CHECK_OK(context, kompakt_archive_writer_add_path(writer, file, "copies/b.txt"));
  entry.path = "made/by hand";
  entry.present = KOMPAKT_HAS_MODE | KOMPAKT_HAS_MODIFIED;
  entry.mode = 0600;
  entry.modified_seconds = 1500000000;
  CHECK_OK(context, kompakt_archive_writer_add_memory(writer, &entry, "by hand", 7));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_writer_add_memory(writer, &entry, "again", 5));
  entry.path = "../outside";
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_writer_add_memory(writer, &entry, "x", 1));
  entry.path = NULL;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_writer_add_memory(writer, &entry, "x", 1));
  entry.path = "from a source";
  entry.type = 99;
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_writer_add_memory(writer, &entry, "x", 1));
  entry.type = KOMPAKT_ENTRY_FILE;
  CHECK_OK(context,
           kompakt_source_memory(kompakt_archive_writer_context(writer), content, kSize, &source));
  CHECK_OK(context, kompakt_archive_writer_add_source(writer, &entry, source));
  kompakt_source_free(source);
  CHECK(!file_exists(path));
  CHECK_OK(context, kompakt_archive_writer_close(writer, &result));
  CHECK(result.files == 6);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_archive_writer_close(writer, NULL));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_writer_add_tree(writer, &selection));
  kompakt_archive_writer_free(writer);
  CHECK(file_exists(path));
}

static void read_archive(kompakt_context* context, kompakt_archive_reader* reader, const char* type,
                         const unsigned char* content) {
  kompakt_archive_result result = KOMPAKT_ARCHIVE_RESULT_INIT;
  kompakt_extract_options extract = KOMPAKT_EXTRACT_OPTIONS_INIT;
  kompakt_entry entry = KOMPAKT_ENTRY_INIT;
  kompakt_buffer out = {NULL, 0, 0};
  kompakt_sink* sink = NULL;
  char target[512];
  char name[64];
  size_t count = 0;
  size_t i;
  int found = 0;
  CHECK(strcmp(kompakt_archive_reader_type(reader), type) == 0);
  CHECK_OK(context, kompakt_archive_reader_count(reader, &count));
  CHECK(count == 8);
  for (i = 0; i < count; ++i) {
    CHECK_OK(context, kompakt_archive_reader_entry(reader, i, &entry));
    if (strcmp(entry.path, "made/by hand") == 0) {
      found = 1;
      CHECK(entry.size == 7 && entry.mode == 0600 && entry.modified_seconds == 1500000000);
      CHECK((entry.present & KOMPAKT_HAS_MODE) != 0 && entry.type == KOMPAKT_ENTRY_FILE);
    }
    if (strcmp(entry.path, "tree/link") == 0) {
      CHECK(entry.type == KOMPAKT_ENTRY_SYMLINK);
      /* A zip's list does not have it. */
      CHECK(strcmp(entry.link_target, strcmp(type, "zip") == 0 ? "" : "a.txt") == 0);
    }
  }
  CHECK(found);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT, kompakt_archive_reader_entry(reader, i, &entry));
  CHECK_OK(context, kompakt_archive_reader_damage(reader));
  CHECK_OK(context, kompakt_archive_reader_read(reader, "made/by hand", &out));
  CHECK(out.size == 7 && memcmp(out.data, "by hand", 7) == 0);
  kompakt_free(out.data);
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_reader_read(reader, "tree/none", &out));
  CHECK_TEXT(kompakt_error_text(context), "tree/none");
  CHECK(out.data == NULL);
  CHECK_OK(context, kompakt_sink_growing(context, &sink));
  CHECK_OK(context, kompakt_archive_reader_read_to(reader, "from a source", sink));
  CHECK_OK(context, kompakt_sink_take(context, sink, &out));
  CHECK(out.size == kSize && memcmp(out.data, content, kSize) == 0);
  kompakt_free(out.data);
  kompakt_sink_free(sink);
  CHECK_OK(context, kompakt_archive_reader_test(reader, &result));
  CHECK(result.entries == 8 && result.lost == 0);
  snprintf(name, sizeof name, "objects.%s", type);
  strcpy(target, in_folder(name));
  make_folder(target);
  extract.directory = target;
  CHECK_OK(context, kompakt_archive_reader_extract(reader, &extract, &result));
  CHECK(result.files == 6);
  snprintf(name, sizeof name, "objects.%s/copies/b.txt", type);
  CHECK(file_holds(in_folder(name), content + 100, 1000));
}

/* The sidecar of a tar: its members, for the next one. */
static void index_of_tar(kompakt_context* context, const char* path, const unsigned char* content) {
  kompakt_archive_options options = KOMPAKT_ARCHIVE_OPTIONS_INIT;
  kompakt_decompress_options decompress = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
  kompakt_archive_result result = KOMPAKT_ARCHIVE_RESULT_INIT;
  kompakt_index_info info = KOMPAKT_INDEX_INFO_INIT;
  kompakt_archive_reader* reader = NULL;
  kompakt_source* source = NULL;
  kompakt_index* index = NULL;
  kompakt_buffer out = {NULL, 0, 0};
  CHECK_OK(context, kompakt_source_open(context, path, &source));
  CHECK_OK(context, kompakt_index_build(context, source, NULL, &index));
  CHECK(kompakt_index_get_info(index, &info) == KOMPAKT_OK && info.members == 8);
  kompakt_index_free(index);
  decompress.index_spacing = 1u << 16;
  options.decompress = &decompress;
  CHECK_OK(context, kompakt_archive_list(context, source, &options, &result));
  CHECK(result.has_index == 1);
  CHECK_OK(context, kompakt_index_take(context, &index));
  decompress.index_spacing = 0;
  options.index = index;
  CHECK_OK(context, kompakt_archive_reader_open(context, source, &options, &reader));
  kompakt_index_free(index);
  kompakt_source_free(source);
  CHECK_OK(context, kompakt_archive_reader_read(reader, "from a source", &out));
  CHECK(out.size == kSize && memcmp(out.data, content, kSize) == 0);
  kompakt_free(out.data);
  kompakt_archive_reader_free(reader);
}

void test_archive_objects(void) {
  static const char* const kTypes[] = {"warp", "zip", "tar.gz"};
  kompakt_context* context = new_context();
  unsigned char* content = make_content(kSize, 42);
  kompakt_archive_reader* reader = NULL;
  kompakt_archive_writer* writer = NULL;
  kompakt_source* source = NULL;
  char base[512];
  size_t i;
  strcpy(base, in_folder("objects"));
  make_tree(base, content);
  CHECK_OK(context, kompakt_set_threads(context, 2));
  for (i = 0; i < 3; ++i) {
    char name[64];
    char path[640];
    snprintf(name, sizeof name, "object.%s", kTypes[i]);
    strcpy(path, in_folder(name));
    write_archive(context, path, base, content);
    CHECK_OK(context, kompakt_archive_reader_open_file(context, path, NULL, &reader));
    read_archive(kompakt_archive_reader_context(reader), reader, kTypes[i], content);
    kompakt_archive_reader_free(reader);
    if (i == 2) {
      index_of_tar(context, path, content);
    }
  }
  CHECK_OK(context,
           kompakt_archive_writer_open_file(context, in_folder("never.zip"), NULL, &writer));
  kompakt_archive_writer_free(writer);
  CHECK(!file_exists(in_folder("never.zip")));
  CHECK_CODE(context, KOMPAKT_INVALID_ARGUMENT,
             kompakt_archive_writer_open_file(context, in_folder("no.type"), NULL, &writer));
  CHECK_OK(context, kompakt_source_memory(context, "plain text", 10, &source));
  CHECK_CODE(context, KOMPAKT_UNSUPPORTED,
             kompakt_archive_reader_open(context, source, NULL, &reader));
  CHECK(reader == NULL && writer == NULL);
  kompakt_source_free(source);
  kompakt_archive_reader_free(NULL);
  kompakt_archive_writer_free(NULL);
  free(content);
  kompakt_context_free(context);
}
