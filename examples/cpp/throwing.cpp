// throwing FILE: decompresses a file in memory; failures are exceptions.
#include "kompakt/throwing.hpp"

#include <cstddef>
#include <cstdio>
#include <exception>
#include <vector>

#include "kompakt/reader.hpp"

namespace {

// [read]
std::vector<std::byte> content_of(const char* path) {
  const auto reader = kompakt::value_or_throw(kompakt::Reader::open_file(path));
  std::vector<std::byte> content(kompakt::value_or_throw(reader->content_size()));
  content.resize(kompakt::value_or_throw(reader->read(content)));
  return content;
}
// [read]

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  try {
    std::printf("%zu bytes\n", content_of(argv[1]).size());
  } catch (const kompakt::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());  // error.code() says which kind it is
    return 1;
  } catch (const std::exception& error) {  // memory, say
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
