// archive OUT DIR: packs DIR and a note into OUT (.zip, .tar.gz, .warp, ...), lists it, reads the
// note.
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "kompakt/archive_file.hpp"

namespace {

// [pack]
kompakt::Status pack(const std::string& archive, const std::string& folder) {
  auto writer = kompakt::ArchiveWriter::open_file(archive, {}, true);
  if (!writer.ok()) {
    return writer.status();
  }
  if (auto status = (*writer)->add(folder, "files"); !status.ok()) {
    return status;
  }
  constexpr std::string_view kNote = "Packed by an example.\n";
  kompakt::Entry note;
  note.path = "note.txt";
  if (auto status = (*writer)->add(note, std::as_bytes(std::span(kNote))); !status.ok()) {
    return status;
  }
  return (*writer)->close().status();
}
// [pack]

// [show]
kompakt::Status show(const std::string& archive) {
  auto reader = kompakt::ArchiveReader::open_file(archive);
  if (!reader.ok()) {
    return reader.status();
  }
  const auto entries = (*reader)->entries();
  if (!entries.ok()) {
    return entries.status();
  }
  for (const kompakt::Entry& entry : *entries) {
    std::printf("%10llu %s\n", static_cast<unsigned long long>(entry.size), entry.path.c_str());
  }
  const auto note = (*reader)->read("note.txt");
  if (!note.ok()) {
    return note.status();
  }
  std::fwrite(note->data(), 1, note->size(), stdout);
  return {};
}
// [show]

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  kompakt::Status status = pack(argv[1], argv[2]);
  if (status.ok()) {
    status = show(argv[1]);
  }
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    return 1;
  }
  return 0;
}
