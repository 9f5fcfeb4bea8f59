/* read_lines FILE: counts the lines of a compressed file and prints the last 100 bytes of it,
   without a decompressed copy of it anywhere. */
#include <stdio.h>

#include "kompakt/kompakt.h"

static kompakt_code read_lines(kompakt_reader* reader) {
  char buffer[65536];
  unsigned long long lines = 0;
  uint64_t end;
  size_t got;
  size_t i;
  kompakt_code code;
  do {
    code = kompakt_reader_read(reader, buffer, sizeof buffer, &got);
    if (code != KOMPAKT_OK) {
      return code;
    }
    for (i = 0; i < got; ++i) {
      lines += buffer[i] == '\n';
    }
  } while (got == sizeof buffer); /* less than was asked for is the end */
  end = kompakt_reader_tell(reader);
  printf("%llu lines\n", lines);

  code = kompakt_reader_seek(reader, end > 100 ? end - 100 : 0);
  if (code == KOMPAKT_OK) {
    code = kompakt_reader_read(reader, buffer, 100, &got);
  }
  if (code == KOMPAKT_OK) {
    fwrite(buffer, 1, got, stdout);
  }
  return code;
}

int main(int count, char** arguments) {
  kompakt_context* context = NULL;
  kompakt_reader* reader = NULL;
  kompakt_code code;
  if (count != 2) {
    fprintf(stderr, "usage: read_lines FILE\n");
    return 2;
  }
  if (kompakt_context_new(&context) != KOMPAKT_OK) {
    return 1;
  }
  code = kompakt_reader_open_file(context, arguments[1], NULL, &reader);
  if (code != KOMPAKT_OK) {
    fprintf(stderr, "%s\n", kompakt_error_text(context));
  } else {
    code = read_lines(reader);
    if (code != KOMPAKT_OK) {
      /* An open object has a context, and so errors, of its own. */
      fprintf(stderr, "%s\n", kompakt_error_text(kompakt_reader_context(reader)));
    }
  }
  kompakt_reader_free(reader);
  kompakt_context_free(context);
  return code == KOMPAKT_OK ? 0 : 1;
}
