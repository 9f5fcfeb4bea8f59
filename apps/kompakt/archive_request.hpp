/// \file
/// What a request says of archives and folders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/status.hpp"

namespace kompakt::cli {

struct Request;

/// A file that holds names or patterns, one a line or each with a NUL behind it.
struct NameFile {
  std::string path;  ///< "-" is stdin
  bool nul = false;
};

struct ArchiveRequest {
  ArchiveTarget target;         ///< to be written
  std::string directory = ".";  ///< what paths are relative to, or where members go
  bool directory_given = false;
  std::vector<std::string> members;  ///< of the archive that is read; empty: all
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<NameFile> exclude_from;
  std::vector<NameFile> files_from;
  bool nul_names = false;  ///< list: names only, each with a NUL behind it

  bool reproducible = false;
  std::string zip_method;
  bool one_file_system = false;
  bool dereference = false;
  bool xattrs = true;

  std::optional<bool> same_owner;
  bool skip_existing = false;
  bool allow_devices = false;
  bool allow_setuid = false;
  bool sync = false;
  std::uint64_t strip_components = 0;
  std::optional<std::uint64_t> max_ratio;
  std::optional<std::uint64_t> max_entries;
};

/// Fills in `request.archive`. The verb of `request` is known, and so are its names.
[[nodiscard]] Status understand_archive(const Arguments& arguments, Request& request);

}  // namespace kompakt::cli
