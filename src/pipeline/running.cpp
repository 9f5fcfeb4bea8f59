#include "pipeline/running.hpp"

namespace kompakt {
namespace {

/// What a call may hold that sets no limit of its own. The limits of a process hardly ever change,
/// and to look them up takes longer than to code a small piece of content: it is done once.
std::uint64_t memory_limit(const RunControl& control) {
  if (control.max_memory != 0) {
    return control.max_memory;
  }
  static const std::uint64_t kUsable = usable_memory();
  return kUsable;
}

}  // namespace

RunOptions run_options(const RunControl& control) {
  RunOptions run;
  run.threads = control.threads != 0 ? control.threads : usable_threads();
  run.memory_budget = memory_limit(control);
  run.cancel = control.cancel;
  run.executor = control.executor;
  if (control.on_progress) {
    run.on_progress = [&report = control.on_progress](const StagedJob::Progress& progress) {
      report({progress.bytes_in, progress.bytes_out});
    };
  }
  return run;
}

Limits limits_of(const RunControl& control, std::uint64_t max_output) {
  return {.max_memory = memory_limit(control), .max_output = max_output};
}

Result<StreamResult> run_to_end(StagedJob& job, const RunControl& control) {
  const RunOptions run = run_options(control);
  const auto threads = threads_within_budget(job, run);
  if (!threads.ok()) {
    return threads.status();
  }
  if (Status status = run_job(job, run); !status.ok()) {
    return status;
  }
  const auto progress = job.progress();
  StreamResult result;
  result.bytes_in = progress.bytes_in;
  result.bytes_out = progress.bytes_out;
  result.threads = *threads;
  return result;
}

Result<StreamResult> run_and_finish(StagedJob& job, Sink& sink, const RunControl& control) {
  auto result = run_to_end(job, control);
  if (result.ok()) {
    if (Status finished = sink.finish(result->bytes_out); !finished.ok()) {
      return finished;
    }
  }
  return result;
}

Result<std::vector<std::byte>> peek(Source& source, std::size_t count) {
  std::vector<std::byte> head(count);
  const auto got = source.random_access() ? source.read_at(0, head) : source.read(head);
  if (!got.ok()) {
    return got.status();
  }
  head.resize(*got);
  return head;
}

DecodeSettings decode_settings(const DecompressOptions& options) {
  return {.limits = limits_of(options.run, options.max_output),
          .index_spacing = options.index_spacing,
          .index_lines = options.index_lines,
          .dictionary = options.dictionary,
          .threads = options.run.threads != 0 ? options.run.threads : usable_threads()};
}

}  // namespace kompakt
