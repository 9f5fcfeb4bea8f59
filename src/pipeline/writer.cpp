// Compresses what is written to it: compress() on a thread, at the other end of a pipe.
#include "kompakt/writer.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "io/atomic_file.hpp"
#include "io/system.hpp"
#include "pipeline/byte_pipe.hpp"
#include "pipeline/encode_options.hpp"
#include "pipeline/guarded.hpp"
#include "pipeline/whole_content.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kPipe = std::size_t{4} << 20U;
/// What is written in pieces below this size is gathered before it goes into the pipe, whose lock
/// costs more than the copy.
constexpr std::size_t kBuffer = std::size_t{64} << 10U;

class WriterImpl final : public Writer {
 public:
  WriterImpl(std::unique_ptr<Sink> owned, std::unique_ptr<AtomicFile> file, Sink& sink)
      : file_(std::move(file)), owned_(std::move(owned)), sink_(sink), pipe_(kPipe) {
    buffer_.reserve(kBuffer);
  }
  WriterImpl(const WriterImpl&) = delete;
  WriterImpl& operator=(const WriterImpl&) = delete;
  WriterImpl(WriterImpl&&) = delete;
  WriterImpl& operator=(WriterImpl&&) = delete;
  ~WriterImpl() override {
    if (thread_.joinable()) {
      pipe_.close_input({Code::kCancelled, "the writer was not closed"});
      thread_.join();
    }
  }

  /// Throws std::system_error where the system has no thread to give.
  void start(const CompressOptions& options) {
    thread_ = std::thread([this, options] {
      WholeContent content(pipe_.output());
      auto encoded = without_exceptions([&] { return compress(content, sink_, options); });
      outcome_.emplace(std::move(encoded));
      pipe_.close_output();
    });
  }

  Status write(ByteSpan content) override {
    if (!thread_.joinable()) {
      return outcome_ && !outcome_->ok() ? outcome_->status()
                                         : Status(Code::kInvalidArgument, "the writer is closed");
    }
    if (content.size() < kBuffer - buffer_.size()) {
      buffer_.insert(buffer_.end(), content.begin(), content.end());
      position_ += content.size();
      return {};
    }
    Status written = flush();
    written = written.ok() ? put(content) : written;
    position_ += written.ok() ? content.size() : 0;
    return written;
  }

  Result<StreamResult> close() override {
    if (thread_.joinable() && flush().ok()) {
      pipe_.close_input({});
      thread_.join();
      if (outcome_->ok() && file_) {
        if (Status committed = without_exceptions([this] { return file_->commit(); });
            !committed.ok()) {
          outcome_.emplace(committed);
        }
      }
    }
    return *outcome_;
  }

  std::uint64_t position() const noexcept override { return position_; }
  std::string_view name() const override { return sink_.name(); }

 private:
  Status flush() {
    const Status written = put(buffer_);
    buffer_.clear();
    return written;
  }
  /// Where the encoder has given up, its reason.
  Status put(ByteSpan content) {
    if (content.empty() || pipe_.input().write(content).ok()) {
      return {};
    }
    thread_.join();
    if (outcome_->ok()) {
      outcome_.emplace(Status(Code::kInternal, "the encoder stopped before the end"));
    }
    return outcome_->status();
  }

  std::unique_ptr<AtomicFile> file_;
  std::unique_ptr<Sink> owned_;
  Sink& sink_;  // NOLINT(cppcoreguidelines-*): owned_, file_'s or one that outlives the writer
  BytePipe pipe_;
  std::vector<std::byte> buffer_;
  std::uint64_t position_ = 0;
  std::optional<Result<StreamResult>> outcome_;  // set by the thread before it ends
  std::thread thread_;
};

Result<std::unique_ptr<Writer>> start_writer(std::unique_ptr<Sink> owned,
                                             std::unique_ptr<AtomicFile> file, Sink& sink,
                                             const CompressOptions& options) {
  auto writer = std::make_unique<WriterImpl>(std::move(owned), std::move(file), sink);
  writer->start(options);
  return std::unique_ptr<Writer>(std::move(writer));
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(std::unique_ptr<Sink> compressed,
                                             const CompressOptions& options) {
  if (!compressed) {
    return Status(Code::kInvalidArgument, "there is no sink");
  }
  return without_exceptions([&]() -> Result<std::unique_ptr<Writer>> {
    if (Status valid = check_encode_options(options); !valid.ok()) {
      return valid;
    }
    Sink& sink = *compressed;
    return start_writer(std::move(compressed), nullptr, sink, options);
  });
}

Result<std::unique_ptr<Writer>> Writer::open(Sink& compressed, const CompressOptions& options) {
  return without_exceptions([&]() -> Result<std::unique_ptr<Writer>> {
    if (Status valid = check_encode_options(options); !valid.ok()) {
      return valid;
    }
    return start_writer(nullptr, nullptr, compressed, options);
  });
}

Result<std::unique_ptr<Writer>> Writer::open_file(const std::string& path,
                                                  const CompressOptions& options, bool overwrite) {
  return without_exceptions([&]() -> Result<std::unique_ptr<Writer>> {
    if (Status valid = check_encode_options(options); !valid.ok()) {
      return valid;
    }
    auto file = AtomicFile::create(real_system(), path, {.replace = overwrite});
    if (!file.ok()) {
      return file.status();
    }
    Sink& sink = (*file)->sink();
    return start_writer(nullptr, std::move(*file), sink, options);
  });
}

}  // namespace kompakt
