/// \file
/// The records of pax extended headers: "LENGTH KEY=VALUE\n", one after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kompakt/archive.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt::tar {

/// What records say of a member.
struct PaxAttributes {
  std::optional<std::string> path;
  std::optional<std::string> link_path;
  std::optional<std::string> user;
  std::optional<std::string> group;
  std::optional<std::uint64_t> size;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<Entry::Time> modified;
  std::optional<Entry::Time> accessed;
  /// In the order of the records; settle_xattrs() before use.
  std::vector<std::pair<std::string, std::string>> xattrs;

  // GNU.sparse.*
  std::uint64_t sparse_major = 0;
  std::uint64_t sparse_minor = 0;
  std::optional<std::string> sparse_name;
  std::optional<std::uint64_t> real_size;
  std::optional<std::vector<Extent>> runs;  ///< versions 0.0 and 0.1; not checked yet
  bool continued = false;                   ///< the end of a file that begins in another volume
};

/// Adds the records of `body` to `out`; of one key the last counts. In a global header names, sizes
/// and maps have no effect: they cannot hold for every member. kCorrupt for records that are cut
/// wrongly and for names and sizes that cannot be; of other attributes a value that cannot be is
/// left out.
[[nodiscard]] Status parse_pax(std::string_view body, bool global, PaxAttributes& out);

/// Sorts by name; of several values of one name the last stays.
void settle_xattrs(std::vector<std::pair<std::string, std::string>>& xattrs);

/// Appends one record.
void append_record(std::string& out, std::string_view key, std::string_view value);

/// "-1.5" and back; seconds are rounded down, so that nanoseconds count upwards.
[[nodiscard]] std::optional<Entry::Time> parse_time(std::string_view text) noexcept;
[[nodiscard]] std::string format_time(const Entry::Time& time);

/// Decimal digits and nothing else, at most 2^63 - 1.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

}  // namespace kompakt::tar
