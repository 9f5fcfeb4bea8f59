// The same job under our engine and under oneTBB's parallel_pipeline, whole process.
// usage: bench_pipeline own|tbb THREADS LEVEL INPUT OUTPUT
#define TBB_PREVIEW_GLOBAL_CONTROL 1
#include <tbb/concurrent_queue.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "container/levels.hpp"
#include "container/warp_encode.hpp"
#include "io/atomic_file.hpp"
#include "kompakt/source.hpp"
#include "pipeline/run.hpp"

namespace {

using kompakt::StagedJob;
using kompakt::Status;

/// Objects that are taken and given back; parallel_pipeline has no notion of them.
template <typename T>
class Pool {
 public:
  void add(std::unique_ptr<T> object) {
    free_.push(object.get());
    owned_.push_back(std::move(object));
  }
  T* take() {
    T* object = nullptr;
    free_.pop(object);
    return object;
  }
  void give(T* object) { free_.push(object); }

 private:
  std::vector<std::unique_ptr<T>> owned_;
  tbb::concurrent_bounded_queue<T*> free_;
};

Status run_tbb(StagedJob& job, unsigned threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  const unsigned tokens = threads + 2;
  Pool<StagedJob::Slot> slots;
  Pool<StagedJob::Worker> workers;
  for (unsigned i = 0; i < tokens; ++i) {
    slots.add(job.make_slot());
  }
  for (unsigned i = 0; i < threads; ++i) {
    auto worker = job.make_worker();
    if (!worker.ok()) {
      return worker.status();
    }
    workers.add(std::move(*worker));
  }
  Status first;
  const auto note = [&first](Status status) {
    if (!status.ok() && first.ok()) {
      first = std::move(status);
    }
  };
  tbb::parallel_pipeline(
      tokens,
      tbb::make_filter<void, StagedJob::Slot*>(tbb::filter_mode::serial_in_order,
                                               [&](tbb::flow_control& control) -> StagedJob::Slot* {
                                                 StagedJob::Slot* slot = slots.take();
                                                 auto more = job.read(*slot);
                                                 note(more.status());
                                                 if (!more.ok() || !*more) {
                                                   slots.give(slot);
                                                   control.stop();
                                                   return nullptr;
                                                 }
                                                 return slot;
                                               }) &
          tbb::make_filter<StagedJob::Slot*, StagedJob::Slot*>(tbb::filter_mode::parallel,
                                                               [&](StagedJob::Slot* slot) {
                                                                 StagedJob::Worker* worker =
                                                                     workers.take();
                                                                 note(job.work(*slot, *worker));
                                                                 workers.give(worker);
                                                                 return slot;
                                                               }) &
          tbb::make_filter<StagedJob::Slot*, void>(tbb::filter_mode::serial_in_order,
                                                   [&](StagedJob::Slot* slot) {
                                                     note(job.write(*slot));
                                                     slots.give(slot);
                                                   }));
  return first.ok() ? job.finish() : first;
}

int fail(const Status& status) {
  std::fprintf(stderr, "bench_pipeline: %s\n", status.to_string().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bench_pipeline own|tbb THREADS LEVEL INPUT OUTPUT\n");
    return 1;
  }
  const auto threads = static_cast<unsigned>(std::atoi(argv[2]));
  auto level = kompakt::find_level(std::atoi(argv[3]));
  auto source = kompakt::open_file_source(argv[4]);
  auto output =
      kompakt::AtomicFile::create(kompakt::real_system(), argv[5], {.replace = true, .sync = true});
  if (!level.ok() || !source.ok() || !output.ok()) {
    return fail(!level.ok() ? level.status() : !source.ok() ? source.status() : output.status());
  }
  kompakt::WarpEncodeOptions options{.codec = level->codec, .metadata = {}, .on_block = {}};
  options.block_size = level->block_size;
  auto job = kompakt::make_warp_encode_job(**source, (*output)->sink(), options);
  if (!job.ok()) {
    return fail(job.status());
  }
  Status status;
  if (std::string_view(argv[1]) == "tbb") {
    status = run_tbb(**job, threads);
  } else {
    kompakt::RunOptions run;
    run.threads = threads;
    status = kompakt::run_job(**job, run);
  }
  if (status.ok()) {
    status = (*output)->commit();
  }
  return status.ok() ? 0 : fail(status);
}
