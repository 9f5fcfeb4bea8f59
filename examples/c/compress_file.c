/* compress_file INPUT OUTPUT: compresses a file to .zst, .gz, .xz, ... as the output's name says.
 */
#include <stdio.h>
#include <string.h>

#include "kompakt/kompakt.h"

static int show_progress(void* user, uint64_t bytes_in, uint64_t bytes_out) {
  (void)user;
  fprintf(stderr, "\r%llu -> %llu bytes", (unsigned long long)bytes_in,
          (unsigned long long)bytes_out);
  return 0; /* anything else would stop the work */
}

int main(int count, char** arguments) {
  kompakt_context* context = NULL;
  kompakt_compress_options compress = KOMPAKT_COMPRESS_OPTIONS_INIT;
  kompakt_file_options options = KOMPAKT_FILE_OPTIONS_INIT;
  kompakt_file_report report = KOMPAKT_FILE_REPORT_INIT;
  kompakt_code code;
  const char* suffix;
  if (count != 3 || (suffix = strrchr(arguments[2], '.')) == NULL ||
      (compress.format = kompakt_find_format(suffix + 1)) == KOMPAKT_FORMAT_AUTO) {
    fprintf(stderr, "usage: compress_file INPUT OUTPUT.zst (or .gz, .xz, .lz4, .warp, ...)\n");
    return 2;
  }
  if (kompakt_context_new(&context) != KOMPAKT_OK) {
    return 1;
  }
  kompakt_set_progress(context, show_progress, NULL);
  options.compress = &compress;
  options.overwrite = 1;
  code = kompakt_compress_file(context, arguments[1], arguments[2], &options, &report);
  if (code == KOMPAKT_OK) {
    fprintf(stderr, "\r%s: %llu -> %llu bytes\n", report.output,
            (unsigned long long)report.bytes_in, (unsigned long long)report.bytes_out);
  } else {
    fprintf(stderr, "\n%s\n", kompakt_error_text(context));
  }
  kompakt_context_free(context);
  return code == KOMPAKT_OK ? 0 : 1;
}
