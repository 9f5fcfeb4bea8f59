// Many buffers at once, each a stream of its own.
#include <algorithm>
#include <atomic>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "buffers.hpp"
#include "call.hpp"
#include "kompakt/stream.hpp"
#include "memory_limits.hpp"
#include "options.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

struct Item {
  explicit Item(py::handle data) : input(data) {}
  InputBuffer input;
  std::unique_ptr<BytesSink> output;
  Status status;
};

/// Codes items side by side. Which failure is told does not depend on threads: the first in the
/// items' order among those that were begun.
class BatchWork : public Work {
 public:
  BatchWork(const py::sequence& data, unsigned workers, py::object progress) : workers_(workers) {
    items_.reserve(data.size());
    for (const py::handle item : data) {
      items_.emplace_back(item);
    }
    set_progress(std::move(progress), items_.size());
  }

  Status run() override {
    std::vector<std::thread> helpers;
    const auto lanes = std::min<std::size_t>(workers_, items_.size());
    try {
      for (std::size_t i = 1; i < lanes; ++i) {
        helpers.emplace_back([this] { loop(); });
      }
    } catch (const std::system_error&) {
      // The threads that there are, this one at least, do it all.
    }
    loop();
    for (auto& helper : helpers) {
      helper.join();
    }
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (Status status = items_[i].status; !status.ok()) {
        return status.in_file("item " + std::to_string(i));
      }
    }
    return cancel().cancelled() ? Status(Code::kCancelled, "cancelled") : Status();
  }

  /// After run(): everything joined, with what that takes of memory besides. Without the GIL.
  [[nodiscard]] Status merge_into(BytesSink& whole) {
    for (const Item& item : items_) {
      if (Status written = whole.write(item.output->content()); !written.ok()) {
        return written;
      }
    }
    return {};
  }

  py::list take() {
    py::list results(items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) {
      results[i] = items_[i].output->take();
    }
    return results;
  }

  [[nodiscard]] std::size_t total_size() const {
    std::size_t total = 0;
    for (const Item& item : items_) {
      total += item.input.bytes().size();
    }
    return total;
  }

 protected:
  [[nodiscard]] std::vector<Item>& items() { return items_; }
  /// Threads for each item, where there are fewer items than workers.
  [[nodiscard]] unsigned threads_each() const {
    const auto count = static_cast<unsigned>(std::min<std::size_t>(items_.size(), workers_));
    return count == 0 ? 1 : workers_ / count;
  }
  [[nodiscard]] virtual Status code(Item& item) = 0;

 private:
  void loop() noexcept {
    for (std::size_t i = next_++; i < items_.size(); i = next_++) {
      if (failed_ || cancel().cancelled()) {
        return;
      }
      try {
        items_[i].status = code(items_[i]);
      } catch (const std::exception& error) {
        items_[i].status = Status(Code::kInternal, error.what());
      }
      if (!items_[i].status.ok()) {
        failed_ = true;
        return;
      }
      const std::lock_guard lock(report_mutex_);
      report(++done_, items_.size());
    }
  }

  std::vector<Item> items_;
  unsigned workers_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex report_mutex_;  // reports come in order. Taken before the GIL.
  std::size_t done_ = 0;
};

class CompressBatch final : public BatchWork {
 public:
  CompressBatch(const py::sequence& data, unsigned workers, CompressOptions options,
                py::object progress)
      : BatchWork(data, workers, std::move(progress)), options_(std::move(options)) {
    options_.run.threads = threads_each();
    options_.run.cancel = &cancel();
    settle(options_.run, 0);
    for (Item& item : items()) {
      item.output = std::make_unique<BytesSink>(compressed_room(item.input.bytes()));
    }
  }

 private:
  Status code(Item& item) override {
    const auto source = memory_source(item.input.bytes());
    return compress(*source, *item.output, options_).status();
  }
  CompressOptions options_;
};

struct DecompressPlan {
  DecompressOptions options;
  std::uint64_t max_total = 0;  ///< content bytes of all items together
  bool merge = false;
};

class DecompressBatch final : public BatchWork {
 public:
  DecompressBatch(const py::sequence& data, unsigned workers, DecompressPlan plan,
                  py::object progress)
      : BatchWork(data, workers, std::move(progress)), plan_(std::move(plan)), whole_(0) {
    DecompressOptions& options = plan_.options;
    options.run.threads = threads_each();
    options.run.cancel = &cancel();
    settle(options.run, 0);
    for (Item& item : items()) {
      item.output = std::make_unique<BytesSink>(decompressed_room(item.input.bytes(), options));
    }
  }
  Status run() override {
    Status status = BatchWork::run();
    return status.ok() && plan_.merge ? merge_into(whole_) : status;
  }
  py::object result() { return plan_.merge ? py::object(whole_.take()) : py::object(take()); }

 private:
  Status code(Item& item) override {
    const std::uint64_t before = total_;
    DecompressOptions options = plan_.options;
    options.max_output =
        std::min(options.max_output, plan_.max_total - std::min(before, plan_.max_total));
    const auto source = memory_source(item.input.bytes());
    Status status = decompress(*source, *item.output, options).status();
    // Items beside this one may have come first.
    if (status.ok() && (total_ += item.output->content().size()) > plan_.max_total) {
      status =
          Status(Code::kLimitExceeded,
                 "the items hold more than " + std::to_string(plan_.max_total) + " bytes together");
    }
    return status;
  }
  DecompressPlan plan_;
  BytesSink whole_;
  std::atomic<std::uint64_t> total_{0};
};

// Looked at before the items: what is a buffer itself is not meant as many items of one number.
py::list items_of(py::handle data) {
  if (PyObject_CheckBuffer(data.ptr()) != 0 || py::isinstance<py::str>(data)) {
    throw py::type_error(std::string("a list of bytes-like objects is required, not '") +
                         Py_TYPE(data.ptr())->tp_name + "'");
  }
  return {py::reinterpret_borrow<py::object>(data)};
}

py::list py_compress_batch(py::handle data, py::handle format, unsigned workers,
                           py::object progress, const py::kwargs& keywords) {
  const auto work = std::make_shared<CompressBatch>(
      items_of(data), workers, to_compress_options(format, keywords), std::move(progress));
  perform(work, work->total_size() <= kBriefCompress);
  return work->take();
}

py::object decompress_all(py::handle data, py::handle format, unsigned workers, py::object progress,
                          bool merge, const py::kwargs& keywords) {
  DecompressPlan plan{.options = to_decompress_options(format, keywords), .merge = merge};
  const bool limited = keywords.contains("max_output") && !keywords["max_output"].is_none();
  // A limit is one for each item, or of what they become together.
  plan.max_total = limited && merge ? plan.options.max_output : default_max_output();
  if (limited && !merge) {
    plan.max_total = std::numeric_limits<std::uint64_t>::max();
  }
  const auto work = std::make_shared<DecompressBatch>(items_of(data), workers, std::move(plan),
                                                      std::move(progress));
  perform(work, work->total_size() <= kBriefDecompress);
  return work->result();
}

py::object py_decompress_batch(py::handle data, py::handle format, unsigned workers,
                               py::object progress, const py::kwargs& keywords) {
  return decompress_all(data, format, workers, std::move(progress), false, keywords);
}

py::object py_decompress_merged(py::handle data, py::handle format, unsigned workers,
                                py::object progress, const py::kwargs& keywords) {
  return decompress_all(data, format, workers, std::move(progress), true, keywords);
}

}  // namespace

void bind_batch(py::module_& module) {
  const py::arg_v progress("progress", py::none());
  module.def("compress_batch", &py_compress_batch, py::arg("items"), py::pos_only(),
             py::arg("format"), py::arg("workers"), progress);
  module.def("decompress_batch", &py_decompress_batch, py::arg("items"), py::pos_only(),
             py::arg("format"), py::arg("workers"), progress);
  module.def("decompress_merged", &py_decompress_merged, py::arg("items"), py::pos_only(),
             py::arg("format"), py::arg("workers"), progress);
}

}  // namespace kompakt::python
