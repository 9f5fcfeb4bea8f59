// streams LOG.gz OUT.xz: copies the lines with "error" in them, compressed on both sides.
#include <cstdio>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "kompakt/iostream.hpp"
#include "kompakt/reader.hpp"
#include "kompakt/writer.hpp"

namespace {

// [filter]
kompakt::Status filter(const std::string& input, const std::string& output) {
  auto reader = kompakt::Reader::open_file(input);
  if (!reader.ok()) {
    return reader.status();
  }
  auto writer = kompakt::Writer::open_file(output, {.format = kompakt::Format::kXz}, true);
  if (!writer.ok()) {
    return writer.status();
  }
  const auto in = kompakt::source_istream(std::move(*reader));
  const auto out = kompakt::sink_ostream(**writer);

  std::string line;
  while (std::getline(*in, line)) {
    if (line.find("error") != std::string::npos) {
      *out << line << '\n';
    }
  }
  // An istream ends at damage as it does at the end: its status tells which it was.
  if (auto status = kompakt::stream_status(*in); !status.ok()) {
    return status;
  }
  out->flush();
  if (auto status = kompakt::stream_status(*out); !status.ok()) {
    return status;
  }
  return (*writer)->close().status();  // only now OUT is there
}
// [filter]

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  const kompakt::Status status = filter(argv[1], argv[2]);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    return 1;
  }
  return 0;
}
