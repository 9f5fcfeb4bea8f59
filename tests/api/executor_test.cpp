// A program's own threads: helpers that never come, come late, or are shared.
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "kompakt/kompakt.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

/// Keeps what it is given; nothing runs until somebody says so.
class LazyExecutor final : public Executor {
 public:
  void execute(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  std::size_t run_all() {
    for (const auto& task : tasks_) {
      task();
    }
    return tasks_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

class Pool final : public Executor {
 public:
  explicit Pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { serve(); });
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  Pool(Pool&&) = delete;
  Pool& operator=(Pool&&) = delete;
  ~Pool() override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) {
      thread.join();
    }
  }
  void execute(std::function<void()> task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty()) {
        return;
      }
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

struct BrokenExecutor final : Executor {
  void execute(std::function<void()> /*task*/) override { throw std::runtime_error("no threads"); }
};

struct InlineExecutor final : Executor {
  void execute(std::function<void()> task) override { task(); }
};

CompressOptions options_for(Format format, Executor* executor) {
  CompressOptions options;
  options.format = format;
  options.level = format == Format::kSnappy ? std::optional<int>() : std::optional<int>(1);
  options.run.threads = 3;
  options.run.executor = executor;
  if (format == Format::kWarp) {
    options.block_size = 64 * kKiB;
  }
  return options;
}

DecompressOptions options_back(Format format, Executor* executor) {
  DecompressOptions options;
  options.format = format;
  options.run.threads = 3;
  options.run.executor = executor;
  return options;
}

const Bytes& content() {
  static const Bytes kContent = text_bytes(kSanitized ? 1'200'000 : 2'200'000);
  return kContent;
}

/// What comes out without an executor.
const Bytes& packed_alone(Format format) {
  static std::map<Format, Bytes> known;
  Bytes& packed = known[format];
  if (packed.empty()) {
    packed = value_or_throw(compress(content(), options_for(format, nullptr)));
  }
  return packed;
}

void expect_same(const FormatInfo& format, Executor& executor) {
  const Bytes& expected = packed_alone(format.id);
  const auto packed = compress(content(), options_for(format.id, &executor));
  ASSERT_TRUE(packed.ok()) << format.name << packed.status().to_string();
  EXPECT_EQ(*packed, expected) << format.name;
  const auto back = decompress(*packed, options_back(format.id, &executor));
  ASSERT_TRUE(back.ok()) << format.name << back.status().to_string();
  EXPECT_EQ(*back, content()) << format.name;
}

TEST(Executor, OneThatNeverRunsAnythingDoesNoHarm) {
  LazyExecutor never;
  for (const Format format : {Format::kWarp, Format::kGzip, Format::kZstd, Format::kLz4}) {
    expect_same(format_info(format), never);
  }
}

TEST(Executor, TasksThatRunAfterTheCallFindItGone) {
  LazyExecutor late;
  for (const FormatInfo& format : all_formats()) {
    expect_same(format, late);
  }
  EXPECT_GT(late.run_all(), 0U);
}

TEST(Executor, TasksMayOutliveTheirExecutorsCallsAndBeDropped) {
  auto dropped = std::make_unique<LazyExecutor>();
  expect_same(format_info(Format::kWarp), *dropped);
  dropped.reset();
}

TEST(Executor, HelpersDoTheWork) {
  Pool pool(3);
  for (const FormatInfo& format : all_formats()) {
    expect_same(format, pool);
  }
}

TEST(Executor, FoldersTakeTheirThreadsFromIt) {
  const TempFolder folder;
  const std::string tree = folder / "tree";
  std::filesystem::create_directory(tree);
  for (int i = 0; i < 20; ++i) {
    write_file(tree + "/" + std::to_string(i), std::string(20'000, static_cast<char>('a' + i)));
  }
  const auto run = [&](const std::string& output, bool archive, bool back) {
    LazyExecutor executor;
    FolderOptions options;
    options.num_workers = 3;
    options.archive = archive;
    options.executor = &executor;
    const auto result = back ? decompress_folder(output, output + ".back", options)
                             : compress_folder(tree, output, options);
    EXPECT_TRUE(result.ok()) << result.status().to_string();
    EXPECT_GT(executor.run_all(), 0U) << archive << back;
  };
  for (const bool archive : {false, true}) {
    const std::string output = folder / (archive ? "out.warp" : "out");
    run(output, archive, false);
    run(output, archive, true);
  }
}

TEST(Executor, OneThatCannotTakeTasksDoesNoHarm) {
  BrokenExecutor broken;
  expect_same(format_info(Format::kGzip), broken);
}

TEST(Executor, OneThatRunsTasksAtOnceDoesNoHarm) {
  InlineExecutor at_once;
  expect_same(format_info(Format::kZstd), at_once);
  expect_same(format_info(Format::kWarp), at_once);
}

TEST(Executor, APoolOfOneServesEightCallsAtOnce) {
  Pool pool(1);
  const Bytes& expected = packed_alone(Format::kGzip);
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      const auto packed = compress(content(), options_for(Format::kGzip, &pool));
      if (!packed.ok() || *packed != expected) {
        return;
      }
      const auto back = decompress(*packed, options_back(Format::kGzip, &pool));
      right += back.ok() && *back == content() ? 1 : 0;
    });
  }
  for (auto& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(right.load(), 8);
}

TEST(Executor, ACallFromThePoolsOnlyThreadGetsDone) {
  Pool pool(1);
  std::mutex mutex;
  std::condition_variable done;
  std::optional<bool> same;
  pool.execute([&] {
    const auto packed = compress(content(), options_for(Format::kWarp, &pool));
    const auto back = packed.ok() ? decompress(*packed, options_back(Format::kWarp, &pool))
                                  : Result<Bytes>(packed.status());
    const std::lock_guard lock(mutex);
    same = back.ok() && *back == content();
    done.notify_all();
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return same.has_value(); });
  EXPECT_TRUE(*same);
}

TEST(Executor, FailuresAreTheSameWithHelpers) {
  Pool pool(2);
  Bytes packed = packed_alone(Format::kWarp);
  packed[packed.size() / 2] ^= std::byte{1};
  const Status alone = decompress(packed, options_back(Format::kWarp, nullptr)).status();
  EXPECT_TRUE(is_damage(alone));
  EXPECT_EQ(decompress(packed, options_back(Format::kWarp, &pool)).status().to_string(),
            alone.to_string());
}

TEST(Executor, ConvertsWithHelpersOfAPoolOfOne) {
  Pool pool(1);
  const Bytes& packed = packed_alone(Format::kGzip);
  Bytes out;
  const auto source = memory_source(packed);
  const auto sink = memory_sink(out);
  const auto converted = convert(*source, *sink, options_for(Format::kZstd, &pool),
                                 options_back(Format::kGzip, &pool));
  ASSERT_TRUE(converted.ok()) << converted.status().to_string();
  EXPECT_EQ(value_or_throw(decompress(out)), content());
}

}  // namespace
}  // namespace kompakt::testing
