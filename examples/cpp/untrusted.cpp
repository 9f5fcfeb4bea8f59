// untrusted FILE FOLDER: extracts an archive from a stranger, or says what is wrong with it.
#include <cstdio>

#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  const auto source = kompakt::open_file_source(argv[1]);
  if (!source.ok()) {
    std::fprintf(stderr, "%s\n", source.status().to_string().c_str());
    return 2;
  }

  // [limits]
  kompakt::ArchiveExtractOptions options;
  options.directory = argv[2];
  options.max_ratio = 200;                                   // content per byte of the archive
  options.read.max_entries = 10'000;                         // members
  options.read.max_depth = 64;                               // folders in each other
  options.read.decode.max_output = 100 * kompakt::kMiB;      // of all members together
  options.read.decode.run.max_memory = 256 * kompakt::kMiB;  // of buffers and windows
  options.on_refused = [](const kompakt::Refusal& refusal) {
    std::printf("refused: %s: %s\n", refusal.path.c_str(), refusal.rule.c_str());
  };
  options.read.on_lost = [](const kompakt::Entry& entry, const kompakt::Status& why) {
    std::printf("damaged: %s: %s\n", entry.path.c_str(), why.to_string().c_str());
  };

  const auto result = kompakt::extract_archive(**source, options);
  if (!result.ok()) {
    switch (result.status().code()) {
      case kompakt::Code::kLimitExceeded:
        std::printf("too large: %s\n", result.status().to_string().c_str());
        break;
      case kompakt::Code::kCorrupt:
      case kompakt::Code::kTruncated:
        std::printf("damaged: %s\n", result.status().to_string().c_str());
        break;
      default:
        std::printf("failed: %s\n", result.status().to_string().c_str());
    }
    return 1;
  }
  // [limits]
  std::printf("%llu files, %llu refused, %llu damaged\n",
              static_cast<unsigned long long>(result->files),
              static_cast<unsigned long long>(result->refused),
              static_cast<unsigned long long>(result->lost));
  return result->refused == 0 && result->lost == 0 && result->damage.ok() ? 0 : 1;
}
