/// \file
/// The stock tools and our programs of the same names, run as processes in a folder.
#pragma once

#include <cstdlib>
#include <map>
#include <sstream>

#include "tool.hpp"

namespace kompakt::testing {

inline std::string applet_folder() {
  const std::string binary = KOMPAKT_BINARY;
  return binary.substr(0, binary.rfind('/')) + "/applets";
}

/// The stock tool of this name; empty where there is none.
inline std::string stock_tool(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + name).c_str(), X_OK) == 0 && folder != applet_folder()) {
      return folder + "/" + name;
    }
  }
  return "";
}

/// Runs `program` in `folder` with `input` as its stdin, a file.
inline Outcome run_in(const std::string& folder, const std::string& program,
                      const std::vector<std::string>& words, const std::string& input = "",
                      const std::map<std::string, std::string>& environment = {}) {
  const MemoryFile in;
  const MemoryFile out;
  const MemoryFile err;
  EXPECT_EQ(::write(in.fd(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
  ::lseek(in.fd(), 0, SEEK_SET);
  std::vector<std::string> all = {program};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (auto& word : all) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    for (const auto& [name, value] : environment) {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
    if (::chdir(folder.c_str()) != 0 || ::dup2(in.fd(), 0) < 0 || ::dup2(out.fd(), 1) < 0 ||
        ::dup2(err.fd(), 2) < 0) {
      ::_exit(126);
    }
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = out.content(),
          .err = err.content()};
}

}  // namespace kompakt::testing
