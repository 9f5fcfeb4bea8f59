/// \file
/// Other people's programs, found at run time, as judges of what we write and authors of what we
/// read.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// Whether a program of this name is on the PATH.
inline bool have_tool(std::string_view name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + std::string(name)).c_str(), X_OK) == 0) {
      return true;
    }
  }
  return false;
}

/// Whether python3 is there and has these modules ("lzma, zlib").
inline bool have_python(const std::string& modules);

/// Runs `argv` with `input` on its standard input and returns what it wrote to its standard output.
/// `exit_code`: as a shell tells it, where it is wanted. What it says on standard error is dropped.
inline Bytes run_tool(const std::vector<std::string>& argv, ByteSpan input,
                      int* exit_code = nullptr) {
  const TempFolder folder(On::kMemory);
  const std::string in = folder / "in";
  const std::string out = folder / "out";
  write_file(in, {reinterpret_cast<const char*>(input.data()), input.size()});
  std::vector<char*> pointers;
  for (const auto& argument : argv) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  // No fork(): with the sanitizers' memory, its copy of the page tables costs more than most tools.
  ::posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  ::pid_t child = 0;
  const int failure =
      ::posix_spawnp(&child, pointers[0], &files, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  int code = failure == ENOENT ? 127 : 126;
  if (failure == 0) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  if (exit_code != nullptr) {
    *exit_code = code;
  } else {
    EXPECT_EQ(code, 0) << argv[0];
  }
  return to_bytes(read_file(out));
}

inline bool have_python(const std::string& modules) {
  if (!have_tool("python3")) {
    return false;
  }
  int code = 0;
  run_tool({"python3", "-c", "import " + modules}, {}, &code);
  return code == 0;
}

}  // namespace kompakt::testing
