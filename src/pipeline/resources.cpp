// How much of the machine this process may use.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "kompakt/bytes.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {
namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? std::optional<std::string>(line) : std::nullopt;
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && value > 0 ? std::optional<double>(value) : std::nullopt;
}

/// This process's cgroup directory in the hierarchy of `controller` ("" for version 2).
std::string cgroup_path(const std::string& controller) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      continue;
    }
    std::string names(1, ',');
    names.append(line, first + 1, second - first - 1).push_back(',');
    if (controller.empty() ? names == ",,"
                           : names.find("," + controller + ",") != std::string::npos) {
      return line.substr(second + 1);
    }
  }
  return "/";
}

/// Calls `read` for the process's directory under `mount` and each one above it: a limit on any of
/// them binds. Returns the smallest value.
template <typename Read>
std::optional<double> smallest_up(const std::string& mount, std::string path, Read&& read) {
  std::optional<double> smallest;
  for (;;) {
    if (const auto value = read(mount + path + (path.ends_with('/') ? "" : "/")); value) {
      smallest = std::min(smallest.value_or(*value), *value);
    }
    if (path.size() <= 1) {
      return smallest;
    }
    path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  }
}

std::optional<double> cpu_quota() {
  const auto version2 = [](const std::string& dir) -> std::optional<double> {
    const auto line = first_line(dir + "cpu.max");
    const auto space = line ? line->find(' ') : std::string::npos;
    if (space == std::string::npos) {
      return std::nullopt;
    }
    const auto quota = number(line->substr(0, space));
    const auto period = number(line->substr(space + 1));
    return quota && period ? std::optional<double>(*quota / *period) : std::nullopt;
  };
  const auto version1 = [](const std::string& dir) -> std::optional<double> {
    const auto quota = first_line(dir + "cpu.cfs_quota_us");
    const auto period = first_line(dir + "cpu.cfs_period_us");
    const auto top = quota ? number(*quota) : std::nullopt;
    const auto bottom = period ? number(*period) : std::nullopt;
    return top && bottom ? std::optional<double>(*top / *bottom) : std::nullopt;
  };
  auto quota = smallest_up("/sys/fs/cgroup", cgroup_path(""), version2);
  return quota ? quota : smallest_up("/sys/fs/cgroup/cpu", cgroup_path("cpu"), version1);
}

std::optional<double> memory_limit() {
  const auto file = [](const char* name) {
    return [name](const std::string& dir) -> std::optional<double> {
      const auto line = first_line(dir + name);
      return line ? number(*line) : std::nullopt;
    };
  };
  auto limit = smallest_up("/sys/fs/cgroup", cgroup_path(""), file("memory.max"));
  return limit ? limit
               : smallest_up("/sys/fs/cgroup/memory", cgroup_path("memory"),
                             file("memory.limit_in_bytes"));
}

}  // namespace

unsigned usable_threads() {
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    threads = static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
  }
  if (const auto quota = cpu_quota(); quota) {
    threads =
        std::min(threads, static_cast<unsigned>(std::max(1.0, std::ceil(std::min(*quota, 1e6)))));
  }
  return threads;
}

std::uint64_t usable_memory() {
  double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                 static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  if (const auto limit = memory_limit(); limit) {
    bytes = std::min(bytes, *limit);
  }
  return static_cast<std::uint64_t>(bytes * 0.75);
}

}  // namespace kompakt
