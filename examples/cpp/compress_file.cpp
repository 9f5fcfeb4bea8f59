// compress_file FILE: FILE.zst beside it, and back to FILE.restored.
#include "kompakt/file.hpp"

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  const std::string input = argv[1];

  const auto packed = kompakt::compress_file(
      input, "", {.compress = {.format = kompakt::Format::kZstd, .level = 9}, .overwrite = true});
  if (!packed.ok()) {
    std::fprintf(stderr, "%s\n", packed.status().to_string().c_str());
    return 1;
  }
  std::printf("%s: %llu of %llu bytes\n", packed->output.c_str(),
              static_cast<unsigned long long>(packed->bytes_out),
              static_cast<unsigned long long>(packed->bytes_in));

  const auto restored =
      kompakt::decompress_file(packed->output, input + ".restored", {.overwrite = true});
  if (!restored.ok()) {
    std::fprintf(stderr, "%s\n", restored.status().to_string().c_str());
    return 1;
  }
  std::printf("%s: %llu bytes\n", restored->output.c_str(),
              static_cast<unsigned long long>(restored->bytes_out));
  return 0;
}
