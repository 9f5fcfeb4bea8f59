// Sources and sinks made of a program's callbacks.
#include <string>

#include "c_api/ends.hpp"
#include "c_api/sized.hpp"

namespace kompakt::c_api {
namespace {

constexpr kompakt_source_callbacks kSourceDefaults = KOMPAKT_SOURCE_CALLBACKS_INIT;
constexpr kompakt_sink_callbacks kSinkDefaults = KOMPAKT_SINK_CALLBACKS_INIT;

std::string given_name(const char* name) { return name != nullptr ? name : "<callback>"; }

class CallbackSource final : public Source {
 public:
  explicit CallbackSource(const kompakt_source_callbacks& callbacks)
      : callbacks_(callbacks), name_(given_name(callbacks.name)) {
    callbacks_.name = nullptr;  // the caller's, who may free it
  }
  CallbackSource(const CallbackSource&) = delete;
  CallbackSource& operator=(const CallbackSource&) = delete;
  CallbackSource(CallbackSource&&) = delete;
  CallbackSource& operator=(CallbackSource&&) = delete;
  ~CallbackSource() override {
    if (callbacks_.close != nullptr) {
      callbacks_.close(callbacks_.user);
    }
  }

  Result<std::size_t> read(MutableByteSpan out) override {
    return read_full(out, [this](MutableByteSpan rest, std::size_t, std::size_t* got) {
      return callbacks_.read(callbacks_.user, rest.data(), rest.size(), got);
    });
  }

  std::optional<std::uint64_t> size() const override {
    std::uint64_t bytes = 0;
    if (callbacks_.size == nullptr || callbacks_.size(callbacks_.user, &bytes) != 0) {
      return std::nullopt;
    }
    return bytes;
  }

  bool random_access() const override { return callbacks_.read_at != nullptr; }

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    if (callbacks_.read_at == nullptr) {
      return Source::read_at(offset, out);
    }
    return read_full(out, [&](MutableByteSpan rest, std::size_t done, std::size_t* got) {
      return callbacks_.read_at(callbacks_.user, offset + done, rest.data(), rest.size(), got);
    });
  }

  std::string_view name() const override { return name_; }

 private:
  /// A program may give less than was asked for; a Source does so only at the end.
  template <typename Read>
  static Result<std::size_t> read_full(MutableByteSpan out, const Read& read) {
    std::size_t done = 0;
    while (done < out.size()) {
      std::size_t got = 0;
      const MutableByteSpan rest = out.subspan(done);
      if (const int answer = read(rest, done, &got); answer != 0) {
        return callback_status(answer, "reading");
      }
      if (got == 0) {
        break;
      }
      if (got > rest.size()) {
        return Status(Code::kInvalidArgument,
                      "the program's reading callback gave more than there is room for");
      }
      done += got;
    }
    return done;
  }

  kompakt_source_callbacks callbacks_;
  std::string name_;
};

/// Positional where there is a write_at.
class CallbackSink final : public Sink {
 public:
  explicit CallbackSink(const kompakt_sink_callbacks& callbacks)
      : callbacks_(callbacks), name_(given_name(callbacks.name)) {
    callbacks_.name = nullptr;  // the caller's, who may free it
  }
  CallbackSink(const CallbackSink&) = delete;
  CallbackSink& operator=(const CallbackSink&) = delete;
  CallbackSink(CallbackSink&&) = delete;
  CallbackSink& operator=(CallbackSink&&) = delete;
  ~CallbackSink() override {
    if (callbacks_.close != nullptr) {
      callbacks_.close(callbacks_.user);
    }
  }

  Status write(ByteSpan bytes) override {
    if (bytes.empty()) {
      return {};
    }
    return callback_status(callbacks_.write(callbacks_.user, bytes.data(), bytes.size()),
                           "writing");
  }

  bool positional() const override { return callbacks_.write_at != nullptr; }

  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    if (callbacks_.write_at == nullptr) {
      return Sink::write_at(offset, bytes);
    }
    if (bytes.empty()) {
      return {};
    }
    return callback_status(callbacks_.write_at(callbacks_.user, offset, bytes.data(), bytes.size()),
                           "writing");
  }

  Status finish(std::uint64_t total) override {
    if (callbacks_.finish == nullptr) {
      return {};
    }
    return callback_status(callbacks_.finish(callbacks_.user, total), "finishing");
  }

  std::string_view name() const override { return name_; }

 private:
  kompakt_sink_callbacks callbacks_;
  std::string name_;
};

}  // namespace

Result<std::shared_ptr<Source>> custom_source(const kompakt_source_callbacks* callbacks) {
  if (Status status = needed({{callbacks, "callbacks"}}); !status.ok()) {
    return status;
  }
  const auto given = sized(callbacks, kSourceDefaults);
  if (!given.ok()) {
    return given.status();
  }
  if (given->read == nullptr || (given->read_at != nullptr && given->size == nullptr)) {
    return Status(Code::kInvalidArgument,
                  "a source needs a read callback, and one for its size where it has a read_at");
  }
  return std::shared_ptr<Source>(std::make_shared<CallbackSource>(*given));
}

Result<std::unique_ptr<Sink>> custom_sink(const kompakt_sink_callbacks* callbacks) {
  if (Status status = needed({{callbacks, "callbacks"}}); !status.ok()) {
    return status;
  }
  const auto given = sized(callbacks, kSinkDefaults);
  if (!given.ok()) {
    return given.status();
  }
  if (given->write == nullptr) {
    return Status(Code::kInvalidArgument, "a sink needs a write callback");
  }
  return std::unique_ptr<Sink>(std::make_unique<CallbackSink>(*given));
}

}  // namespace kompakt::c_api
