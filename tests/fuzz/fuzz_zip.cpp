// Any bytes as a zip archive: no crash, no unbounded work, and whatever comes out has the size and
// checksum that the archive states, whichever way it is read.
#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "archive/zip_read_support.hpp"

namespace {

using namespace kompakt;
using kompakt::testing::CollectingWriter;
using kompakt::testing::extract_zip;
using kompakt::testing::ZipRun;

constexpr std::uint64_t kMostOutput = std::uint64_t{4} << 20U;
constexpr std::uint64_t kMostMemory = std::uint64_t{16} << 20U;

void require(bool promise) {
  if (!promise) {
    std::abort();
  }
}

ZipReadLimits read_limits() {
  return {.max_entries = 500, .max_directory = 1U << 20U, .max_memory = kMostMemory};
}

// Each entry by itself, as one that is written to standard output is.
void read_entries(const ZipArchive& archive, const CollectingWriter& written) {
  std::vector<std::byte> room(1U << 16U);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < archive.size() && total < kMostOutput; ++i) {
    const Entry entry = archive.entry(i);
    if (entry.type != EntryType::kFile || entry.size > kMostOutput) {
      continue;
    }
    const auto source = archive.open_entry(i);
    if (!source.ok()) {
      require(source.status().code() != Code::kInternal);
      continue;
    }
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    bool sound = true;
    while (true) {
      const auto got = (*source)->read(room);
      if (!got.ok()) {
        require(got.status().code() != Code::kInternal);
        sound = false;
        break;
      }
      size += *got;
      crc = libdeflate_crc32(crc, room.data(), *got);
      require(size <= entry.size);
      if (*got < room.size()) {
        break;
      }
    }
    total += size;
    require(!sound || (size == entry.size && crc == entry.crc32));
    require(!sound || written.files.contains(entry.path) || written.files.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source = memory_source({reinterpret_cast<const std::byte*>(data), size});
  CollectingWriter writer;
  ZipRun run;
  run.threads = 1;
  run.read_limits = read_limits();
  run.limits.max_output = kMostOutput;
  const auto outcome = extract_zip(*source, writer, run);
  require(outcome.status.code() != Code::kInternal && outcome.status.code() != Code::kIo);
  for (const auto& [path, file] : writer.files) {
    require(file.content.size() == file.entry.size &&
            libdeflate_crc32(0, file.content.data(), file.content.size()) == file.entry.crc32);
  }
  if (const auto archive = ZipArchive::open(*source, read_limits()); archive.ok()) {
    // A run that met a limit has not written everything.
    const CollectingWriter nothing;
    read_entries(**archive, outcome.status.ok() ? writer : nothing);
  }
  return 0;
}
