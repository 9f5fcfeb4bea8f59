#define _XOPEN_SOURCE 700
#include "support.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static int failures;
static char folder[64];

void note_failure(const char* file, int line, const char* what, const char* more) {
  fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, more != NULL ? more : "NULL");
  __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

kompakt_context* new_context(void) {
  kompakt_context* context = NULL;
  if (kompakt_context_new(&context) != KOMPAKT_OK) {
    fprintf(stderr, "no memory for a context\n");
    exit(1);
  }
  return context;
}

static void* allocate(size_t size) {
  void* memory = malloc(size != 0 ? size : 1);
  if (memory == NULL) {
    fprintf(stderr, "no memory for a test\n");
    exit(1);
  }
  return memory;
}

static unsigned next(unsigned* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

unsigned char* make_content(size_t size, unsigned seed) {
  static const char* const kWords[] = {"block ", "of ",    "text ",   "the ", "length ", "stream ",
                                       "which ", "ends ",  "with\n",  "a ",   "code ",   "index ",
                                       "far ",   "match ", "number ", "in "};
  unsigned char* out = allocate(size);
  size_t at = 0;
  while (at < size) {
    const unsigned roll = next(&seed);
    const char* word = kWords[roll % 16];
    for (; *word != 0 && at < size; ++word) {
      out[at++] = (unsigned char)*word;
    }
    if (roll % 5 == 0 && at < size) {
      out[at++] = (unsigned char)('0' + roll / 16 % 10);
    }
  }
  return out;
}

unsigned char* make_noise(size_t size, unsigned seed) {
  unsigned char* out = allocate(size);
  size_t at;
  for (at = 0; at < size; ++at) {
    out[at] = (unsigned char)next(&seed);
  }
  return out;
}

const char* in_folder(const char* name) {
  static char paths[8][512];
  static unsigned turn;
  char* path = paths[turn++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

void make_folder(const char* path) {
  if (mkdir(path, 0755) != 0) {
    note_failure(__FILE__, __LINE__, path, "cannot be made");
  }
}

void put_file(const char* path, const void* data, size_t size) {
  FILE* file = fopen(path, "wb");
  if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
    note_failure(__FILE__, __LINE__, path, "cannot be written");
  }
}

unsigned char* get_file(const char* path, size_t* size) {
  unsigned char* out;
  struct stat found;
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    return NULL;
  }
  if (fstat(fileno(file), &found) != 0) {
    fclose(file);
    return NULL;
  }
  out = allocate((size_t)found.st_size);
  *size = fread(out, 1, (size_t)found.st_size, file);
  fclose(file);
  return out;
}

int file_exists(const char* path) {
  struct stat found;
  return lstat(path, &found) == 0;
}

int file_holds(const char* path, const void* data, size_t size) {
  size_t got = 0;
  unsigned char* bytes = get_file(path, &got);
  const int same = bytes != NULL && got == size && memcmp(bytes, data, size) == 0;
  free(bytes);
  return same;
}

kompakt_buffer compressed(int format, const void* data, size_t size) {
  kompakt_context* context = new_context();
  kompakt_compress_options options = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_buffer out = {NULL, 0, 0};
  options.format = format;
  CHECK_OK(context, kompakt_compress(context, data, size, &out, &options));
  kompakt_context_free(context);
  return out;
}

static int remove_one(const char* path, const struct stat* found, int type, struct FTW* where) {
  (void)found;
  (void)type;
  (void)where;
  return remove(path);
}

typedef struct group {
  const char* name;
  void (*run)(void);
} group;

int main(int count, char** arguments) {
  static const group kGroups[] = {{"information", test_information},
                                  {"contexts", test_contexts},
                                  {"memory", test_memory},
                                  {"options", test_options},
                                  {"sources", test_sources_and_sinks},
                                  {"streams", test_streams},
                                  {"indexes", test_indexes},
                                  {"readers", test_readers},
                                  {"writers", test_writers},
                                  {"coders", test_coders},
                                  {"files", test_files},
                                  {"folders", test_folders},
                                  {"archives", test_archives},
                                  {"archive_objects", test_archive_objects},
                                  {"threads", test_threads},
                                  {"wrong_arguments", test_wrong_arguments}};
  const char* base = getenv("TMPDIR");
  size_t i;
  int known = 0;
  snprintf(folder, sizeof folder, "%.32s/kompakt-c-XXXXXX", base != NULL ? base : "/tmp");
  if (mkdtemp(folder) == NULL) {
    fprintf(stderr, "%s cannot be made\n", folder);
    return 1;
  }
  for (i = 0; i < sizeof kGroups / sizeof kGroups[0]; ++i) {
    int asked = count < 2;
    int argument;
    for (argument = 1; argument < count; ++argument) {
      asked = asked || strcmp(arguments[argument], kGroups[i].name) == 0;
    }
    if (asked) {
      const int before = failures;
      ++known;
      kGroups[i].run();
      printf("%s: %s\n", kGroups[i].name, failures == before ? "passed" : "FAILED");
    }
  }
  nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  if (known == 0) {
    fprintf(stderr, "no group of tests has such a name\n");
    return 1;
  }
  return failures != 0;
}
