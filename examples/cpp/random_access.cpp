// random_access FILE OFFSET LENGTH: prints a stretch of the content of a compressed file.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "kompakt/reader.hpp"

int main(int argc, char** argv) {
  if (argc != 4) {
    return 2;
  }
  // [read]
  const auto reader = kompakt::Reader::open_file(argv[1]);  // FILE.kidx, if there, is its index
  if (!reader.ok()) {
    std::fprintf(stderr, "%s\n", reader.status().to_string().c_str());
    return 1;
  }
  if (!(*reader)->random_access()) {
    std::fprintf(stderr, "no index: decoding from the beginning\n");
  }
  std::vector<std::byte> stretch(std::strtoull(argv[3], nullptr, 10));
  const auto got = (*reader)->read_at(std::strtoull(argv[2], nullptr, 10), stretch);
  if (!got.ok()) {
    std::fprintf(stderr, "%s\n", got.status().to_string().c_str());
    return 1;
  }
  std::fwrite(stretch.data(), 1, *got, stdout);
  // [read]
  return 0;
}
