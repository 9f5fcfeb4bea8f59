/* What the tests of the C API share. */
#ifndef KOMPAKT_TESTS_C_SUPPORT_H
#define KOMPAKT_TESTS_C_SUPPORT_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kompakt/kompakt.h"

/* From any thread. */
void note_failure(const char* file, int line, const char* what, const char* more);

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) {                                         \
      note_failure(__FILE__, __LINE__, #condition, "is false"); \
    }                                                           \
  } while (0)

/* `call` answers `code`; otherwise what the context says of it is told. */
#define CHECK_CODE(context, code, call)                                                  \
  do {                                                                                   \
    const kompakt_code answer_ = (call);                                                 \
    if (answer_ != (code)) {                                                             \
      note_failure(__FILE__, __LINE__, #call, kompakt_code_name(answer_));               \
      note_failure(__FILE__, __LINE__, "the error's text", kompakt_error_text(context)); \
    }                                                                                    \
  } while (0)
#define CHECK_OK(context, call) CHECK_CODE(context, KOMPAKT_OK, call)
#define CHECK_TEXT(text, part)                                \
  do {                                                        \
    const char* text_ = (text);                               \
    if (text_ == NULL || strstr(text_, part) == NULL) {       \
      note_failure(__FILE__, __LINE__, "lacks " part, text_); \
    }                                                         \
  } while (0)

kompakt_context* new_context(void);

/* `size` bytes that compress about as text does, different for each seed; to be freed. */
unsigned char* make_content(size_t size, unsigned seed);
/* Bytes that do not compress. */
unsigned char* make_noise(size_t size, unsigned seed);

/* A path below the folder of this run, which is removed at its end. Up to eight live at a time. */
const char* in_folder(const char* name);
void make_folder(const char* path);
void put_file(const char* path, const void* data, size_t size);
/* The content of a file, to be freed; NULL where there is none. */
unsigned char* get_file(const char* path, size_t* size);
int file_exists(const char* path);
int file_holds(const char* path, const void* data, size_t size);

/* Compresses with the defaults of `format`; data is to be freed by kompakt_free(). */
kompakt_buffer compressed(int format, const void* data, size_t size);

/* One group of tests each. */
void test_information(void);
void test_contexts(void);
void test_memory(void);
void test_options(void);
void test_sources_and_sinks(void);
void test_streams(void);
void test_indexes(void);
void test_readers(void);
void test_writers(void);
void test_coders(void);
void test_files(void);
void test_folders(void);
void test_archives(void);
void test_archive_objects(void);
void test_threads(void);
void test_wrong_arguments(void);

#endif
