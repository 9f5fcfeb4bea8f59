// A program outside of the tree that uses the installed library: through memory, and a Source and
// Sink of its own.
#include <algorithm>
#include <cstdio>
#include <span>
#include <string>

#include "kompakt/kompakt.hpp"

int main() {
  std::string text;
  for (int line = 0; line < 20000; ++line) {
    text += "line " + std::to_string(line * line) + "\n";
  }
  const auto bytes = std::as_bytes(std::span(text));
  for (const kompakt::FormatInfo& format : kompakt::all_formats()) {
    kompakt::CompressOptions options;
    options.format = format.id;
    const auto packed = kompakt::compress(bytes, options);
    if (!packed.ok()) {
      std::fprintf(stderr, "%s\n", std::string(packed.status().message()).c_str());
      return 1;
    }
    kompakt::DecompressOptions reading;
    reading.format = format.id;
    const auto content = kompakt::decompress(*packed, reading);
    if (!content.ok() ||
        !std::equal(content->begin(), content->end(), bytes.begin(), bytes.end())) {
      std::fprintf(stderr, "%s: not what it was\n", std::string(format.name).c_str());
      return 1;
    }
  }
  // What is no archive is told, by a status that carries its code across the library's border.
  const auto broken = kompakt::decompress(bytes.first(100));
  if (broken.ok()) {
    return 1;
  }
  std::printf("C++ %s\n", std::string(kompakt::version()).c_str());
  return 0;
}
