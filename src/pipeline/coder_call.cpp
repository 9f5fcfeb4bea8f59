#include "pipeline/coder_call.hpp"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "pipeline/guarded.hpp"

namespace kompakt {
namespace {

Status given_up() { return {Code::kCancelled, "the coder was given up"}; }

class CallCoder final : public StreamCoder {
 public:
  explicit CallCoder(CallCoderOptions options) : options_(std::move(options)) {}
  CallCoder(const CallCoder&) = delete;
  CallCoder& operator=(const CallCoder&) = delete;
  CallCoder(CallCoder&&) = delete;
  CallCoder& operator=(CallCoder&&) = delete;
  ~CallCoder() override { give_up(); }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (mode == StreamMode::kFlush) {
      return Status(Code::kUnsupported, "these settings leave no way to flush a stream");
    }
    return without_exceptions([&]() -> Result<StreamProgress> {
      in_ = in;
      out_ = out;
      finishing_ = mode == StreamMode::kFinish;
      if (!outcome_) {
        hand_over();
      }
      if (outcome_ && !outcome_->ok()) {
        return *outcome_;
      }
      return StreamProgress{in.size() - in_.size(), out.size() - out_.size(),
                            outcome_            ? StreamState::kFinished
                            : waits_for_output_ ? StreamState::kNeedsOutput
                                                : StreamState::kNeedsInput};
    });
  }

  Status reset() override {
    give_up();
    outcome_.reset();
    given_up_ = false;
    if (options_.extent) {
      options_.extent->reset();
    }
    return {};
  }

 private:
  /// What the call reads: the bytes that step() was given.
  class Input final : public Source {
   public:
    explicit Input(CallCoder& coder) : coder_(coder) {}
    Result<std::size_t> read(MutableByteSpan out) override { return coder_.take(out); }
    std::string_view name() const override { return "<input>"; }

   private:
    CallCoder& coder_;  // NOLINT(cppcoreguidelines-*): owns this object
  };
  /// Where it writes to: the room that step() was given.
  class Output final : public Sink {
   public:
    explicit Output(CallCoder& coder) : coder_(coder) {}
    Status write(ByteSpan bytes) override { return coder_.put(bytes); }

   private:
    CallCoder& coder_;  // NOLINT(cppcoreguidelines-*): owns this object
  };

  /// On the caller's thread: lets the call run until it waits or ends.
  void hand_over() {
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { run(); });
    }
    std::unique_lock lock(mutex_);
    calls_turn_ = true;
    turn_changed_.notify_all();
    turn_changed_.wait(lock, [this] { return !calls_turn_; });
    lock.unlock();
    if (outcome_) {
      thread_.join();
    }
  }

  void give_up() {
    if (thread_.joinable()) {
      given_up_ = true;
      hand_over();
    }
  }

  /// The call's thread.
  void run() {
    {
      std::unique_lock lock(mutex_);
      turn_changed_.wait(lock, [this] { return calls_turn_; });
    }
    Input input(*this);
    Output output(*this);
    Status status = without_exceptions([&] { return options_.call(input, output); });
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(status);
    calls_turn_ = false;
    turn_changed_.notify_all();
  }

  /// On the call's thread: lets step() return, and waits for the next one.
  void wait_for_step(bool for_output) {
    std::unique_lock lock(mutex_);
    waits_for_output_ = for_output;
    calls_turn_ = false;
    turn_changed_.notify_all();
    turn_changed_.wait(lock, [this] { return calls_turn_; });
  }

  Result<std::size_t> take(MutableByteSpan out) {
    StreamExtent* const extent = options_.extent.get();
    std::size_t done = 0;
    while (done < out.size()) {
      if (given_up_) {
        return given_up();
      }
      const std::uint64_t sure =
          extent != nullptr ? extent->sure() : std::numeric_limits<std::uint64_t>::max();
      if (sure == 0) {
        break;
      }
      if (in_.empty()) {
        if (finishing_) {
          break;
        }
        wait_for_step(false);
        continue;
      }
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>({sure, in_.size(), out.size() - done}));
      std::copy_n(in_.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(done));
      if (extent != nullptr) {
        extent->pass(in_.first(count));
      }
      in_ = in_.subspan(count);
      done += count;
    }
    return done;
  }

  Status put(ByteSpan bytes) {
    while (!bytes.empty()) {
      if (given_up_) {
        return given_up();
      }
      if (out_.empty()) {
        wait_for_step(true);
        continue;
      }
      const std::size_t count = std::min(bytes.size(), out_.size());
      std::copy_n(bytes.begin(), count, out_.begin());
      out_ = out_.subspan(count);
      bytes = bytes.subspan(count);
    }
    return {};
  }

  CallCoderOptions options_;
  std::mutex mutex_;
  std::condition_variable turn_changed_;
  bool calls_turn_ = false;  // guarded by mutex_, and with it, by whose turn it is, what follows
  ByteSpan in_;
  MutableByteSpan out_;
  bool finishing_ = false;
  bool given_up_ = false;
  bool waits_for_output_ = false;
  std::optional<Status> outcome_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<StreamCoder> make_call_coder(CallCoderOptions options) {
  return std::make_unique<CallCoder>(std::move(options));
}

}  // namespace kompakt
