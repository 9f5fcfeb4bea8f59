/// \file
/// The public files that others judged: what the reference tool answers for each.
#pragma once

#include <cctype>
#include <cstdint>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "checksum/hasher.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

struct Verdict {
  std::string path;  ///< in the folder of public files
  std::string tool;
  int exit_code = 0;
  std::uint64_t bytes = 0;  ///< that the tool wrote
  std::string sha256;       ///< of them, in hexadecimal; empty where the tool failed
  Bytes input;              ///< the file, uudecoded where it is kept so
};

inline std::string sha256_hex(ByteSpan bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const Digest digest = hash_bytes(HashId::kSha256, bytes);
  std::string hex;
  for (const std::byte byte : digest.span()) {
    hex += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    hex += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return hex;
}

/// The content of a uuencoded file; empty where it is not one.
inline Bytes uudecode(const std::string& text) {
  Bytes out;
  std::istringstream lines(text);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (!inside) {
      inside = line.starts_with("begin ");
      continue;
    }
    if (line.starts_with("end")) {
      break;
    }
    const auto value = [&line](std::size_t i) {
      return i < line.size() ? (static_cast<unsigned>(line[i]) - 32U) & 63U : 0U;
    };
    std::size_t left = value(0);
    for (std::size_t i = 1; left > 0; i += 4) {
      const unsigned bits =
          value(i) << 18U | value(i + 1) << 12U | value(i + 2) << 6U | value(i + 3);
      for (unsigned shift = 16; left > 0; shift -= 8, --left) {
        out.push_back(static_cast<std::byte>(bits >> shift));
        if (shift == 0) {
          --left;
          break;
        }
      }
    }
  }
  return out;
}

/// Calls `judge` for every file of `format` in the list. False where the list is not here.
inline bool for_each_verdict(std::string_view format,
                             const std::function<void(const Verdict&)>& judge) {
  const std::string folder = std::string(KOMPAKT_SHARED) + "/interop/";
  const std::string list = read_file(folder + "VERDICTS.tsv");
  if (list.empty()) {
    return false;
  }
  std::istringstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Verdict verdict;
    std::string of;
    std::string code;
    std::string bytes;
    std::getline(fields, verdict.path, '\t');
    std::getline(fields, of, '\t');
    std::getline(fields, verdict.tool, '\t');
    std::getline(fields, code, '\t');
    std::getline(fields, bytes, '\t');
    std::getline(fields, verdict.sha256, '\t');
    if (line.starts_with('#') || of != format || code.empty()) {
      continue;
    }
    verdict.exit_code = std::stoi(code);
    verdict.bytes = bytes.empty() ? 0 : std::stoull(bytes);
    const std::string content = read_file(folder + verdict.path);
    verdict.input = verdict.path.ends_with(".uu") ? uudecode(content) : to_bytes(content);
    judge(verdict);
  }
  return true;
}

}  // namespace kompakt::testing
