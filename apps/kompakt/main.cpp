// The tool in the real world.
#include <unistd.h>

#include <cstdlib>

#include "io/system.hpp"
#include "signals.hpp"
#include "world.hpp"

int main(int argc, char** argv) {
  kompakt::cli::World world;
  world.args.assign(argv, argv + argc);
  world.is_terminal = [](int fd) { return ::isatty(fd) == 1; };
  world.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  world.system = &kompakt::real_system();
  world.now = [] { return std::chrono::steady_clock::now(); };
  world.progress_wanted = &kompakt::cli::install_signal_handlers();
  return kompakt::cli::run(world);
}
