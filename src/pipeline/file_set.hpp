/// \file
/// Many files, one to one: small ones side by side, each large one with all threads.
#pragma once

#include <functional>

#include "kompakt/folder.hpp"
#include "pipeline/file_coder.hpp"

namespace kompakt {

/// Gives the tasks in their order, from one thread at a time.
class TaskProducer {
 public:
  TaskProducer() = default;
  TaskProducer(const TaskProducer&) = delete;
  TaskProducer& operator=(const TaskProducer&) = delete;
  TaskProducer(TaskProducer&&) = delete;
  TaskProducer& operator=(TaskProducer&&) = delete;
  virtual ~TaskProducer() = default;
  /// False at the end.
  [[nodiscard]] virtual Result<bool> next(FileTask& task) = 0;
};

struct FileSetOptions {
  RunControl run;
  std::function<void(const FileReport&)> on_file;
};

/// Does all tasks and counts them in `result`. Fails only where the producer does, or when it is
/// cancelled; failures of files are reported and counted. Memory is bounded by the threads and by
/// the number of large files.
[[nodiscard]] Status run_file_set(const FileCoder& coder, TaskProducer& producer,
                                  const FileSetOptions& options, FolderResult& result);

}  // namespace kompakt
