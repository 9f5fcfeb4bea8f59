#include "signals.hpp"

#include <csignal>

#include "io/hidden_name.hpp"

namespace kompakt::cli {
namespace {

// A handler can reach nothing but globals.
std::atomic<bool> progress_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void die_of(int signal) {
  remove_hidden_files_from_signal();
  // SA_RESETHAND restored the default action; it strikes when the handler returns.
  ::raise(signal);
}

extern "C" void want_progress(int /*signal*/) { progress_wanted.store(true); }

void install(int signal, void (*handler)(int), int flags) {
  struct sigaction before {};
  if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) {
    return;
  }
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigfillset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

std::atomic<bool>& install_signal_handlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU, SIGXFSZ}) {
    install(signal, die_of, static_cast<int>(SA_RESETHAND));
  }
  install(SIGUSR1, want_progress, SA_RESTART);
  return progress_wanted;
}

}  // namespace kompakt::cli
