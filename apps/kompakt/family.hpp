/// \file
/// The families of compressors whose names the program answers to, and where their habits differ.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "exit_code.hpp"
#include "kompakt/format.hpp"

namespace kompakt::cli {

/// What to call the output of an input without a known suffix.
enum class UnknownSuffix : std::uint8_t {
  kGuessAndWarn,  ///< NAME.out, exit code 2
  kGuess,         ///< NAME.out, exit code 0
  kSkip,          ///< nothing: a warning
  kFail,          ///< nothing: an error
};

/// What stands for what at the end of a name. `plain` is what remains when decompressed.
struct SuffixRule {
  std::string_view packed;
  std::string_view plain;
};

struct Family {
  std::string_view program = "kompakt";
  /// Formats that are read; empty: all. The first one is written by default.
  std::span<const Format> formats = {};
  /// Suffixes of old besides those of the formats.
  std::span<const SuffixRule> old_suffixes = {};
  bool removes_source = false;  ///< after success, unless -k or -c
  bool refuses_suffix = true;   ///< what has the suffix is not compressed again without -f
  bool force_repacks = true;    ///< but with it
  UnknownSuffix unknown_suffix = UnknownSuffix::kGuessAndWarn;
  // Codes for one input.
  Exit skipped = Exit::kWarning;     ///< directories, special files
  Exit packed = Exit::kWarning;      ///< what has the suffix already
  Exit exists = Exit::kError;        ///< the output
  Exit garbage = Exit::kWarning;     ///< bytes behind the end that were ignored
  Exit symlink = Exit::kOk;          ///< in place; kOk: it is followed
  Exit hard_link = Exit::kOk;        ///< in place; kOk: links do not matter
  bool symlink_with_keep = true;     ///< links matter even where the source stays
  bool hard_link_with_keep = false;  ///< the same
  // Codes of the process.
  int warning_code = 2;
  int corrupt_code = 3;
  int usage_code = 1;
  bool own_codes = true;  ///< Kompakt's table instead of these and 1
};

[[nodiscard]] const Family& kompakt_family() noexcept;

/// The exit code of the process.
[[nodiscard]] int process_code(const Family& family, Exit code, bool calm) noexcept;

}  // namespace kompakt::cli
