// memory FILE: compresses a file's content in memory, and back.
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "kompakt/memory.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};

  // [call]
  const auto packed = kompakt::compress(std::as_bytes(std::span(text)),
                                        {.format = kompakt::Format::kGzip, .level = 6});
  if (!packed.ok()) {
    std::fprintf(stderr, "%s\n", packed.status().to_string().c_str());
    return 1;
  }
  const auto content = kompakt::decompress(*packed);  // the first bytes tell the format
  if (!content.ok()) {
    std::fprintf(stderr, "%s\n", content.status().to_string().c_str());
    return 1;
  }
  // [call]

  const bool same =
      std::string(reinterpret_cast<const char*>(content->data()), content->size()) == text;
  std::printf("%zu bytes, %zu as .gz, %s\n", text.size(), packed->size(),
              same ? "same" : "different");
  return same ? 0 : 1;
}
