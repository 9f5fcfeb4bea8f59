/// \file
/// What stands behind every call of the C API: the context, and the wall that no exception crosses.
#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kompakt/archive.hpp"
#include "kompakt/cancel.hpp"
#include "kompakt/executor.hpp"
#include "kompakt/kompakt.h"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt::c_api {

/// Holds what results point to.
class Kept {
 public:
  /// A copy with a zero byte behind it.
  const char* text(std::string_view text);
  template <typename T>
  const T* keep(T value) {
    auto item = std::make_shared<const T>(std::move(value));
    items_.push_back(item);
    return item.get();
  }
  void clear() noexcept { items_.clear(); }

 private:
  std::vector<std::shared_ptr<const void>> items_;
};

/// What the setters set. Never changes while a call runs.
struct Settings {
  unsigned threads = 0;
  std::uint64_t max_memory = 0;
  kompakt_progress_callback on_progress = nullptr;
  void* progress_user = nullptr;
  kompakt_message_callback on_message = nullptr;
  void* message_user = nullptr;
  /// Shared with what was opened with the context.
  std::shared_ptr<Executor> executor;
};

/// A Status and the texts that its kompakt_message points to.
class Message {
 public:
  explicit Message(const Status& status, int kind = KOMPAKT_MESSAGE_ERROR);
  [[nodiscard]] const kompakt_message* get() const noexcept { return &message_; }

 private:
  std::string text_;
  std::string plain_;
  std::optional<std::string> file_;
  kompakt_message message_{};
};

/// The literal behind a view of one: names in the library's tables end with a zero byte.
inline const char* literal(std::string_view text) noexcept {
  return text.empty() ? "" : text.data();
}

/// kInvalidArgument for the first that is NULL.
struct Argument {
  const void* value;
  const char* name;
};
Status needed(std::initializer_list<Argument> arguments);

/// The Status of a callback that answered `value`.
Status callback_status(int value, const char* what);

/// The code of the exception that is being handled, and what to say of it.
struct Caught {
  kompakt_code code;
  const char* text;
};
Caught caught() noexcept;

}  // namespace kompakt::c_api

struct kompakt_context {
  kompakt_context() = default;
  kompakt_context(const kompakt_context&) = delete;
  kompakt_context& operator=(const kompakt_context&) = delete;
  kompakt_context(kompakt_context&&) = delete;
  kompakt_context& operator=(kompakt_context&&) = delete;
  ~kompakt_context() = default;

  kompakt::c_api::Settings settings;
  kompakt::CancelToken token;
  /// By kompakt_cancel(), and by a callback. The token is set with either.
  std::atomic<bool> asked{false};
  std::atomic<bool> stopped{false};
  std::atomic<bool> busy{false};
  /// Belongs to a reader, writer, coder or archive: lives and dies with it, and its work goes on
  /// between calls.
  bool inner = false;

  kompakt_code code = KOMPAKT_OK;
  std::unique_ptr<kompakt::c_api::Message> error;
  /// Instead of `error` where there was no memory for one.
  const char* error_literal = nullptr;
  kompakt::c_api::Kept kept;
  std::optional<kompakt::ArchiveIndex> index;

  /// False where the context is at work.
  bool enter() noexcept;
  kompakt_code leave(const kompakt::Status& status) noexcept;
  kompakt_code leave(kompakt::c_api::Caught caught) noexcept;
  void forget() noexcept;
  /// After a callback that asked for it. From any thread.
  void stop() noexcept;
  void uncancel() noexcept;

  [[nodiscard]] kompakt::RunControl control();
  /// Tells of a warning or note; empty where nobody wants to know. From any thread.
  [[nodiscard]] std::function<void(const kompakt::Status&)> messages(int kind);

  /// Calls a callback of the program that stops the work by answering nonzero; what goes wrong
  /// before it is reached (no memory for its arguments) stops the work too.
  template <typename Call>
  void notify(Call&& call) noexcept {
    try {
      if (std::forward<Call>(call)() != 0) {
        stop();
      }
    } catch (...) {
      stop();
    }
  }
};

namespace kompakt::c_api {

/// Runs `body`, which returns a Status, for `context`.
template <typename Body>
kompakt_code call(kompakt_context* context, Body&& body) noexcept {
  if (context == nullptr || !context->enter()) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  try {
    return context->leave(context->token.cancelled() ? Status(Code::kCancelled, "cancelled")
                                                     : std::forward<Body>(body)());
  } catch (...) {
    return context->leave(caught());
  }
}

/// The same for what a cancelled context does too.
template <typename Body>
kompakt_code set(kompakt_context* context, Body&& body) noexcept {
  if (context == nullptr || !context->enter()) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  std::forward<Body>(body)();
  return context->leave(Status());
}

/// For calls without a context.
template <typename Body>
kompakt_code plain_call(Body&& body) noexcept {
  try {
    return static_cast<kompakt_code>(std::forward<Body>(body)().code());
  } catch (...) {
    return caught().code;
  }
}

}  // namespace kompakt::c_api
