/// \file
/// Other people's programs, found at run time, as judges of what we write and authors of what we
/// read.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

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
  const ::pid_t child = ::fork();
  if (child == 0) {
    const int from = ::open(in.c_str(), O_RDONLY);
    const int to = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int drop = ::open("/dev/null", O_WRONLY);
    if (from < 0 || to < 0 || drop < 0 || ::dup2(from, 0) < 0 || ::dup2(to, 1) < 0 ||
        ::dup2(drop, 2) < 0) {
      ::_exit(126);
    }
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
