/// \file
/// What every verb works with.
#pragma once

#include "console.hpp"
#include "exit_code.hpp"
#include "request.hpp"
#include "world.hpp"

namespace kompakt::cli {

struct Session {
  const World& world;
  const Request& request;
  Console& console;
  Dictionary dictionary = {};

  [[nodiscard]] const Family& family() const noexcept { return *request.family; }
  /// Reports a failure and gives its exit code.
  [[nodiscard]] Exit fail(const Status& status) const {
    console.error(status);
    return status.code() == Code::kAlreadyExists ? family().exists : exit_of(status.code());
  }
};

/// The verbs: each takes one input, reports what it finds or does, and returns that input's code.
[[nodiscard]] Exit compress_file(const Session& session, const std::string& name);
[[nodiscard]] Exit decompress_file(const Session& session, const std::string& name);
[[nodiscard]] Exit test_file(const Session& session, const std::string& name);
[[nodiscard]] Exit info_file(const Session& session, const std::string& name);
[[nodiscard]] Exit cat_file(const Session& session, const std::string& name);
[[nodiscard]] Exit index_file(const Session& session, const std::string& name);
[[nodiscard]] Exit convert_file(const Session& session, const std::string& name);
[[nodiscard]] Exit extract_file(const Session& session, const std::string& name);
/// All inputs at once, because they make one archive.
[[nodiscard]] Exit archive_files(const Session& session);
/// All inputs at once, because they make one table.
[[nodiscard]] Exit list_files(const Session& session);

}  // namespace kompakt::cli
