#include "c_api/context.hpp"

#include <new>
#include <stdexcept>
#include <type_traits>

#include "c_api/sized.hpp"

namespace kompakt::c_api {
namespace {

template <typename... Codes>
constexpr bool same_numbers(Codes... pairs) {
  return (pairs && ...);
}
constexpr bool same(kompakt_code c, Code code) {
  return static_cast<int>(c) == static_cast<int>(code);
}
static_assert(same_numbers(
    same(KOMPAKT_OK, Code::kOk), same(KOMPAKT_INVALID_ARGUMENT, Code::kInvalidArgument),
    same(KOMPAKT_IO, Code::kIo), same(KOMPAKT_ALREADY_EXISTS, Code::kAlreadyExists),
    same(KOMPAKT_CORRUPT, Code::kCorrupt), same(KOMPAKT_TRUNCATED, Code::kTruncated),
    same(KOMPAKT_UNSUPPORTED, Code::kUnsupported),
    same(KOMPAKT_LIMIT_EXCEEDED, Code::kLimitExceeded),
    same(KOMPAKT_MISSING_RESOURCE, Code::kMissingResource),
    same(KOMPAKT_CANCELLED, Code::kCancelled), same(KOMPAKT_INTERNAL, Code::kInternal)));
static_assert(sizeof(kompakt_code) == 4);
// kompakt_cancel() is for signal handlers too.
static_assert(std::atomic<bool>::is_always_lock_free);

/// Lends the threads of a program.
class CallbackExecutor final : public Executor {
 public:
  CallbackExecutor(kompakt_execute_callback callback, void* user)
      : callback_(callback), user_(user) {}

  void execute(std::function<void()> task) override {
    auto* owned = new (std::nothrow) std::function<void()>(std::move(task));
    // A task that was taken is freed by run(), maybe before the callback returns. One that is not
    // is help that does not come.
    if (owned != nullptr && callback_(user_, &run, owned) != 0) {
      delete owned;
    }
  }

 private:
  static void run(void* task) {
    const std::unique_ptr<std::function<void()>> owned(static_cast<std::function<void()>*>(task));
    (*owned)();
  }

  kompakt_execute_callback callback_;
  void* user_;
};

}  // namespace

const char* Kept::text(std::string_view text) {
  return text.empty() ? "" : keep(std::string(text))->c_str();
}

Message::Message(const Status& status, int kind)
    : text_(status.ok() ? std::string() : status.to_string()),
      plain_(status.message()),
      file_(status.file()),
      message_{.struct_size = sizeof(kompakt_message),
               .kind = kind,
               .code = static_cast<std::int32_t>(status.code()),
               .text = text_.c_str(),
               .message = plain_.c_str(),
               .file = file_ ? file_->c_str() : nullptr,
               .block = status.block().value_or(KOMPAKT_UNKNOWN),
               .offset = status.offset().value_or(KOMPAKT_UNKNOWN)} {}

Status needed(std::initializer_list<Argument> arguments) {
  for (const Argument& argument : arguments) {
    if (argument.value == nullptr) {
      return {Code::kInvalidArgument, std::string(argument.name) + " is NULL"};
    }
  }
  return {};
}

Status callback_status(int value, const char* what) {
  if (value == 0) {
    return {};
  }
  const bool code = value >= KOMPAKT_IO && value <= KOMPAKT_CANCELLED;
  return {code ? static_cast<Code>(value) : Code::kCancelled,
          std::string("the program's ") + what + " callback answered " + std::to_string(value)};
}

Caught caught() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {.code = KOMPAKT_LIMIT_EXCEEDED, .text = "out of memory"};
  } catch (const std::length_error&) {
    return {.code = KOMPAKT_LIMIT_EXCEEDED, .text = "larger than memory"};
  } catch (...) {
    return {.code = KOMPAKT_INTERNAL, .text = "an exception inside the library"};
  }
}

}  // namespace kompakt::c_api

using kompakt::Status;
using namespace kompakt::c_api;

bool kompakt_context::enter() noexcept {
  if (busy.exchange(true, std::memory_order_acquire)) {
    return false;
  }
  forget();
  return true;
}

void kompakt_context::forget() noexcept {
  code = KOMPAKT_OK;
  error.reset();
  error_literal = nullptr;
  kept.clear();
}

kompakt_code kompakt_context::leave(const Status& status) noexcept {
  try {
    Status outcome = status;
    if (stopped && outcome.ok()) {
      outcome = {kompakt::Code::kCancelled, "a callback of the program stopped the work"};
    }
    if (!outcome.ok()) {
      error = std::make_unique<Message>(outcome);
    }
    code = static_cast<kompakt_code>(outcome.code());
  } catch (...) {
    return leave(caught());
  }
  return leave(Caught{.code = code, .text = nullptr});
}

kompakt_code kompakt_context::leave(Caught caught) noexcept {
  code = caught.code;
  error_literal = caught.text;
  if (stopped && !inner) {
    uncancel();
  }
  busy.store(false, std::memory_order_release);
  return caught.code;
}

void kompakt_context::stop() noexcept {
  stopped = true;
  token.cancel();
}

void kompakt_context::uncancel() noexcept {
  stopped = false;
  token.reset();
  // kompakt_cancel() sets them the other way round, so that one of the two is seen here.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (asked) {
    token.cancel();
  }
}

kompakt::RunControl kompakt_context::control() {
  kompakt::RunControl control{.threads = settings.threads,
                              .max_memory = settings.max_memory,
                              .cancel = &token,
                              .executor = settings.executor.get(),
                              .on_progress = {}};
  if (settings.on_progress != nullptr) {
    control.on_progress = [this](const kompakt::Progress& progress) {
      notify([&] {
        return settings.on_progress(settings.progress_user, progress.bytes_in, progress.bytes_out);
      });
    };
  }
  return control;
}

std::function<void(const Status&)> kompakt_context::messages(int kind) {
  if (settings.on_message == nullptr) {
    return {};
  }
  return [this, kind](const Status& status) {
    notify([&] {
      const Message message(status, kind);
      return settings.on_message(settings.message_user, message.get());
    });
  };
}

kompakt_code kompakt_context_new(kompakt_context** context) {
  if (context == nullptr) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  *context = new (std::nothrow) kompakt_context;
  return *context != nullptr ? KOMPAKT_OK : KOMPAKT_LIMIT_EXCEEDED;
}

void kompakt_context_free(kompakt_context* context) {
  if (context != nullptr && !context->inner) {
    delete context;
  }
}

kompakt_code kompakt_set_threads(kompakt_context* context, uint32_t threads) {
  return set(context, [&] { context->settings.threads = threads; });
}

kompakt_code kompakt_set_max_memory(kompakt_context* context, uint64_t bytes) {
  return set(context, [&] { context->settings.max_memory = bytes; });
}

kompakt_code kompakt_set_progress(kompakt_context* context, kompakt_progress_callback callback,
                                  void* user) {
  return set(context, [&] {
    context->settings.on_progress = callback;
    context->settings.progress_user = user;
  });
}

kompakt_code kompakt_set_messages(kompakt_context* context, kompakt_message_callback callback,
                                  void* user) {
  return set(context, [&] {
    context->settings.on_message = callback;
    context->settings.message_user = user;
  });
}

kompakt_code kompakt_set_executor(kompakt_context* context, kompakt_execute_callback callback,
                                  void* user) {
  if (context == nullptr || !context->enter()) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  try {
    context->settings.executor =
        callback == nullptr ? nullptr : std::make_shared<CallbackExecutor>(callback, user);
    return context->leave(Status());
  } catch (...) {
    return context->leave(caught());
  }
}

void kompakt_cancel(kompakt_context* context) {
  if (context != nullptr) {
    context->asked = true;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    context->token.cancel();
  }
}

kompakt_code kompakt_uncancel(kompakt_context* context) {
  return set(context, [&] {
    context->asked = false;
    context->uncancel();
  });
}

kompakt_code kompakt_error_code(const kompakt_context* context) {
  return context == nullptr ? KOMPAKT_INVALID_ARGUMENT : context->code;
}

const char* kompakt_error_text(const kompakt_context* context) {
  if (context == nullptr) {
    return "context is NULL";
  }
  if (context->error_literal != nullptr) {
    return context->error_literal;
  }
  return context->error ? context->error->get()->text : "";
}

kompakt_code kompakt_last_error(const kompakt_context* context, kompakt_message* error) {
  if (context == nullptr || !fits(error)) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  kompakt_message message = KOMPAKT_MESSAGE_INIT;
  if (context->error) {
    message = *context->error->get();
  } else {
    message.code = context->code;
    message.text = message.message =
        context->error_literal != nullptr ? context->error_literal : "";
    message.block = message.offset = KOMPAKT_UNKNOWN;
  }
  fill(error, message);
  return KOMPAKT_OK;
}
