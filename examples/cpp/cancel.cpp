// cancel FILE OUT [STOP_AFTER]: compresses with progress on stderr; Ctrl-C, or STOP_AFTER bytes,
// end it.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "kompakt/cancel.hpp"
#include "kompakt/file.hpp"

namespace {

// What a signal handler can reach has to be global; cancel() is safe to call there.
kompakt::CancelToken stop;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    return 2;
  }
  // [cancel]
  std::signal(SIGINT, [](int) { stop.cancel(); });
  const std::uint64_t stop_after = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : UINT64_MAX;

  const auto on_progress = [&](const kompakt::Progress& progress) {
    std::fprintf(stderr, "\r%llu -> %llu", static_cast<unsigned long long>(progress.bytes_in),
                 static_cast<unsigned long long>(progress.bytes_out));
    if (progress.bytes_in >= stop_after) {
      stop.cancel();
    }
  };
  const auto result = kompakt::compress_file(
      argv[1], argv[2], {.run = {.cancel = &stop, .on_progress = on_progress}, .overwrite = true});
  std::fputc('\n', stderr);
  if (!result.ok()) {
    // Nothing of OUT is there; what was there before is untouched.
    std::fprintf(stderr, "%s\n", result.status().to_string().c_str());
    return result.status().code() == kompakt::Code::kCancelled ? 130 : 1;
  }
  // [cancel]
  return 0;
}
