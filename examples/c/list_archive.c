/* list_archive ARCHIVE [MEMBER]: lists a .zip, .tar.gz, .warp, .7z, ..., or writes one member of it
 * to stdout. */
#include <stdio.h>

#include "kompakt/kompakt.h"

static kompakt_code list(kompakt_archive_reader* archive) {
  size_t count = 0;
  size_t i;
  kompakt_code code = kompakt_archive_reader_count(archive, &count);
  for (i = 0; i < count && code == KOMPAKT_OK; ++i) {
    kompakt_entry entry = KOMPAKT_ENTRY_INIT;
    code = kompakt_archive_reader_entry(archive, i, &entry);
    if (code == KOMPAKT_OK) {
      printf("%12llu %s%s\n", (unsigned long long)entry.size, entry.path,
             entry.type == KOMPAKT_ENTRY_DIRECTORY ? "/" : "");
    }
  }
  /* What is left of a damaged archive was listed; this says what happened to it. */
  return code == KOMPAKT_OK ? kompakt_archive_reader_damage(archive) : code;
}

int main(int count, char** arguments) {
  kompakt_context* context = NULL;
  kompakt_archive_reader* archive = NULL;
  kompakt_buffer content = {NULL, 0, 0};
  kompakt_code code;
  if (count != 2 && count != 3) {
    fprintf(stderr, "usage: list_archive ARCHIVE [MEMBER]\n");
    return 2;
  }
  if (kompakt_context_new(&context) != KOMPAKT_OK) {
    return 1;
  }
  code = kompakt_archive_reader_open_file(context, arguments[1], NULL, &archive);
  if (code != KOMPAKT_OK) {
    fprintf(stderr, "%s\n", kompakt_error_text(context));
  } else {
    code =
        count == 2 ? list(archive) : kompakt_archive_reader_read(archive, arguments[2], &content);
    if (code == KOMPAKT_OK) {
      fwrite(content.data != NULL ? content.data : "", 1, content.size, stdout);
    } else {
      fprintf(stderr, "%s\n", kompakt_error_text(kompakt_archive_reader_context(archive)));
    }
  }
  kompakt_free(content.data);
  kompakt_archive_reader_free(archive);
  kompakt_context_free(context);
  return code == KOMPAKT_OK ? 0 : 1;
}
