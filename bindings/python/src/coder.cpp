// Coders that are fed by hand.
#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "buffers.hpp"
#include "call.hpp"
#include "kompakt/coder.hpp"
#include "memory_limits.hpp"
#include "options.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

// Input of a step, so that an interrupt is seen between steps, and output of one.
constexpr std::size_t kInputPiece = std::size_t{256} << 10U;
constexpr std::size_t kOutputPiece = std::size_t{64} << 10U;

/// A coder and what belongs to its stream. Calls from several threads take turns.
struct Coder {
  std::mutex mutex;
  std::unique_ptr<StreamCoder> coder;
  std::vector<std::byte> room = std::vector<std::byte>(kOutputPiece);
  std::vector<std::byte> pending;  // input that was given and not taken yet; decoders
  bool finished = false;           // the stream is complete
  bool broken = false;             // a step failed or was interrupted: its state is unknown
};

Status unusable() {
  return {Code::kInvalidArgument, "an earlier call failed; the object cannot go on"};
}

/// Feeds input to the coder and collects its output.
class Feed final : public Work {
 public:
  struct Plan {
    StreamMode mode = StreamMode::kRun;
    bool decodes = false;
    std::optional<std::size_t> max_length = std::nullopt;  // of the output
  };
  /// Without `data` there is only the end of it.
  Feed(std::shared_ptr<Coder> coder, std::optional<py::handle> data, const Plan& plan)
      : coder_(std::move(coder)), plan_(plan), output_(0) {
    if (data) {
      input_ = std::make_unique<InputBuffer>(*data);
    }
  }

  Status run() override {
    const std::lock_guard lock(coder_->mutex);
    if (coder_->broken) {
      return unusable();
    }
    if (coder_->finished) {
      return {Code::kInvalidArgument, plan_.decodes ? "the end of the stream was reached before"
                                                    : "the stream was finished before"};
    }
    coder_->broken = true;  // until this ends well
    ByteSpan in = input_ ? input_->bytes() : ByteSpan();
    std::vector<std::byte> joined;
    if (!coder_->pending.empty()) {
      joined = std::move(coder_->pending);
      joined.insert(joined.end(), in.begin(), in.end());
      in = joined;
    }
    Status status = feed(in);
    if (!status.ok()) {
      // A flush that the format has no place for changes nothing.
      coder_->broken = plan_.mode != StreamMode::kFlush || status.code() != Code::kUnsupported;
      return status;
    }
    if (plan_.decodes) {
      coder_->pending.assign(in.begin(), in.end());
    }
    coder_->broken = false;
    return {};
  }

  [[nodiscard]] std::size_t input_size() const { return input_ ? input_->bytes().size() : 0; }
  py::bytes take() { return output_.take(); }

 private:
  [[nodiscard]] std::size_t output_room() const {
    const std::size_t made = output_.content().size();
    return plan_.max_length ? std::min(coder_->room.size(), *plan_.max_length - made)
                            : coder_->room.size();
  }

  // Leaves in `in` what was not taken.
  Status feed(ByteSpan& in) {
    for (;;) {
      if (cancel().cancelled()) {
        return {Code::kCancelled, "cancelled"};
      }
      const std::size_t piece = std::min(in.size(), kInputPiece);
      const auto mode = piece == in.size() ? plan_.mode : StreamMode::kRun;
      const std::size_t room = output_room();
      auto step = coder_->coder->step(in.first(piece), std::span(coder_->room).first(room), mode);
      if (!step.ok()) {
        return step.status();
      }
      in = in.subspan(step->consumed);
      if (Status kept = output_.write(std::span(coder_->room).first(step->produced)); !kept.ok()) {
        return kept;
      }
      if (step->state == StreamState::kFinished) {
        coder_->finished = true;
        return {};
      }
      const bool full = plan_.max_length && output_.content().size() >= *plan_.max_length;
      if (full || (step->state == StreamState::kNeedsInput && in.empty())) {
        return {};
      }
      if (step->consumed == 0 && step->produced == 0 && room != 0 && piece == in.size() &&
          step->state == StreamState::kNeedsInput) {
        return {};
      }
    }
  }

  std::shared_ptr<Coder> coder_;
  Plan plan_;
  BytesSink output_;
  std::unique_ptr<InputBuffer> input_;
};

py::bytes run_feed(const std::shared_ptr<Coder>& coder, std::optional<py::handle> data,
                   const Feed::Plan& plan) {
  const auto feed = std::make_shared<Feed>(coder, data, plan);
  perform(feed, feed->input_size() <= kBriefDecompress);
  return feed->take();
}

class IncrementalCompressor {
 public:
  IncrementalCompressor(py::handle format, const py::kwargs& keywords) {
    CompressOptions options = to_compress_options(format, keywords);
    settle(options.run, 0);
    coder_->coder = take(make_compressor(options));
  }
  py::bytes compress(py::handle data) { return run_feed(coder_, data, {}); }
  py::bytes flush(bool finish) {
    return run_feed(coder_, std::nullopt,
                    {.mode = finish ? StreamMode::kFinish : StreamMode::kFlush});
  }
  [[nodiscard]] bool finished() const { return coder_->finished; }

 private:
  std::shared_ptr<Coder> coder_ = std::make_shared<Coder>();
};

class IncrementalDecompressor {
 public:
  IncrementalDecompressor(py::handle format, const py::kwargs& keywords) {
    DecompressOptions options = to_decompress_options(format, keywords);
    settle(options.run, 0);
    coder_->coder = take(make_decompressor(options));
  }
  py::bytes decompress(py::handle data, py::handle max_length) {
    if (coder_->finished) {
      PyErr_SetString(PyExc_EOFError, "the end of the stream was reached before");
      throw py::error_already_set();
    }
    const std::int64_t most = to_integer(max_length, "max_length", -1, PY_SSIZE_T_MAX);
    Feed::Plan plan{.decodes = true};
    if (most >= 0) {
      plan.max_length = static_cast<std::size_t>(most);
    }
    return run_feed(coder_, data, plan);
  }
  // Says that no more input will come: what is missing of the stream then is an error.
  py::bytes finish() {
    return coder_->finished
               ? py::bytes("")
               : run_feed(coder_, std::nullopt, {.mode = StreamMode::kFinish, .decodes = true});
  }
  [[nodiscard]] bool eof() const { return coder_->finished; }
  [[nodiscard]] bool needs_input() const { return !coder_->finished && coder_->pending.empty(); }
  [[nodiscard]] py::bytes unused_data() const {
    if (!coder_->finished) {
      return {""};
    }
    return {reinterpret_cast<const char*>(coder_->pending.data()), coder_->pending.size()};
  }

 private:
  std::shared_ptr<Coder> coder_ = std::make_shared<Coder>();
};

}  // namespace

void bind_coders(py::module_& module) {
  py::class_<IncrementalCompressor>(module, "IncrementalCompressor")
      .def(py::init<py::handle, const py::kwargs&>(), py::arg("format"))
      .def("compress", &IncrementalCompressor::compress, py::arg("data"), py::pos_only())
      .def("flush", &IncrementalCompressor::flush, py::arg("finish") = true)
      .def_property_readonly("finished", &IncrementalCompressor::finished);
  py::class_<IncrementalDecompressor>(module, "IncrementalDecompressor")
      .def(py::init<py::handle, const py::kwargs&>(), py::arg_v("format", py::none()))
      .def("decompress", &IncrementalDecompressor::decompress, py::arg("data"),
           py::arg("max_length") = -1)
      .def("finish", &IncrementalDecompressor::finish)
      .def_property_readonly("eof", &IncrementalDecompressor::eof)
      .def_property_readonly("needs_input", &IncrementalDecompressor::needs_input)
      .def_property_readonly("unused_data", &IncrementalDecompressor::unused_data);
}

}  // namespace kompakt::python
