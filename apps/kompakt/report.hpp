/// \file
/// What is said after an operation, for people and for programs.
#pragma once

#include <functional>
#include <string>

#include "kompakt/stream.hpp"
#include "session.hpp"

namespace kompakt::cli {

struct Done {
  std::string input;
  std::string output;
  StreamResult result;
  double seconds = 0;
  bool verified = false;
};

/// The summary of a compression or decompression: a line with -v, a JSON line with --json.
void report_done(const Session& session, const Done& done);

/// A line per block for -vv; empty otherwise.
[[nodiscard]] std::function<void(const BlockReport&)> block_printer(const Session& session);

}  // namespace kompakt::cli
