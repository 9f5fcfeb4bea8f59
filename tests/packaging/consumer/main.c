/* A program in C outside of the tree that uses the installed library. */
#include <stdio.h>
#include <string.h>

#include "kompakt/kompakt.h"

int main(void) {
  static const char text[] = "to be, or not to be, that is the question: to be or not to be";
  kompakt_context* context = NULL;
  kompakt_buffer packed = {NULL, 0, 0};
  kompakt_buffer content = {NULL, 0, 0};
  int same;
  if (kompakt_context_new(&context) != KOMPAKT_OK) {
    return 1;
  }
  if (kompakt_compress(context, text, sizeof text, &packed, NULL) != KOMPAKT_OK ||
      kompakt_decompress(context, packed.data, packed.size, &content, NULL) != KOMPAKT_OK) {
    fprintf(stderr, "%s\n", kompakt_error_text(context));
    return 1;
  }
  same = content.size == sizeof text && memcmp(content.data, text, sizeof text) == 0;
  kompakt_free(packed.data);
  kompakt_free(content.data);
  kompakt_context_free(context);
  printf("C %s\n", kompakt_version());
  return same ? 0 : 1;
}
