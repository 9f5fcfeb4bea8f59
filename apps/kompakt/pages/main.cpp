// kompakt_pages FOLDER: writes the man pages and the completions. The build runs it.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "pages.hpp"

namespace {

bool write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = kompakt::cli;
  if (argc != 2) {
    fmt::print(stderr, "usage: kompakt_pages FOLDER\n");
    return 1;
  }
  const std::filesystem::path folder = argv[1];
  bool done = write(folder / "kompakt.1", cli::kompakt_man_page()) &&
              write(folder / "warp-compress.1", cli::warp_compress_man_page());
  for (const cli::CommandText& command : {cli::kompakt_command(), cli::warp_compress_command()}) {
    const std::string name(command.name);
    done = done && write(folder / (name + ".bash"), cli::bash_completion(command)) &&
           write(folder / ("_" + name), cli::zsh_completion(command)) &&
           write(folder / (name + ".fish"), cli::fish_completion(command));
  }
  if (!done) {
    fmt::print(stderr, "kompakt_pages: cannot write below {}\n", folder.string());
  }
  return done ? 0 : 1;
}
