/// \file
/// Sizes as people write and read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kompakt/status.hpp"

namespace kompakt::cli {

/// "4096", "64K", "64KiB" (binary), "64kB" (decimal); k to E. kInvalidArgument for anything else,
/// for a fraction, and beyond 64 bits.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// As parse_size(), and "N%" of this machine's memory; 0 means the default.
[[nodiscard]] Result<std::uint64_t> parse_memory(std::string_view text);

/// A plain decimal number no larger than `most`.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t most);

/// A stretch of content.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;  ///< UINT64_MAX: to the end
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// "OFF+LEN"; "OFF+" and "OFF" go to the end.
[[nodiscard]] Result<ByteRange> parse_range(std::string_view text);

/// Lines counted from 1, both included.
struct LineRange {
  std::uint64_t first = 1;
  std::uint64_t last = UINT64_MAX;
  friend bool operator==(const LineRange&, const LineRange&) = default;
};

/// "A-B"; "A-" goes to the end, "A" is one line.
[[nodiscard]] Result<LineRange> parse_lines(std::string_view text);

/// "1.4 GiB", "312 B".
[[nodiscard]] std::string human_size(double bytes);

/// "x3.45"; "-" where there is nothing to divide.
[[nodiscard]] std::string ratio_text(std::uint64_t raw, std::uint64_t stored);
/// "71.0%" of `raw` saved; negative where the stored form is larger.
[[nodiscard]] std::string saved_text(std::uint64_t raw, std::uint64_t stored);
/// "812 MB/s", decimal as the family prints it.
[[nodiscard]] std::string speed_text(std::uint64_t bytes, double seconds);

}  // namespace kompakt::cli
