// executor FILE...: compresses every file in memory on one pool of two threads.
#include "kompakt/executor.hpp"

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/stream.hpp"

namespace {

// [pool]
class Pool : public kompakt::Executor {
 public:
  explicit Pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  }

  void execute(std::function<void()> task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }

 private:
  void work(const std::stop_token& stop) {
    while (true) {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !tasks_.empty(); })) {
        return;
      }
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;  // last: stopped and joined before the rest goes
};
// [pool]

}  // namespace

int main(int argc, char** argv) {
  Pool pool(2);
  for (int i = 1; i < argc; ++i) {
    const auto file = kompakt::open_file_source(argv[i]);
    if (!file.ok()) {
      std::fprintf(stderr, "%s\n", file.status().to_string().c_str());
      return 1;
    }
    // [call]
    std::vector<std::byte> packed;
    const auto result = kompakt::compress(**file, *kompakt::memory_sink(packed),
                                          {.run = {.threads = 3, .executor = &pool}});
    if (!result.ok()) {
      std::fprintf(stderr, "%s\n", result.status().to_string().c_str());
      return 1;
    }
    // [call]
    std::printf("%s: %zu bytes\n", argv[i], packed.size());
  }
  return 0;
}
