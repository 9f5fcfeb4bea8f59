#include "sizes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <limits>

namespace kompakt::cli {
namespace {

constexpr std::string_view kPrefixes = "kmgtpe";

Status bad_size(std::string_view text) {
  return {
      Code::kInvalidArgument,
      fmt::format("'{}' is not a size; write 4096, 64K, 64KiB (binary) or 64kB (decimal)", text)};
}

// The factor that a suffix stands for; 0 for an unknown one.
std::uint64_t unit(std::string_view suffix) {
  if (suffix.empty() || suffix == "B") {
    return 1;
  }
  const char letter = suffix.front() >= 'A' && suffix.front() <= 'Z'
                          ? static_cast<char>(suffix.front() - 'A' + 'a')
                          : suffix.front();
  const auto power = kPrefixes.find(letter);
  const std::string_view rest = suffix.substr(1);
  const bool decimal = rest == "B" || rest == "b";
  if (power == std::string_view::npos ||
      !(rest.empty() || decimal || rest == "iB" || rest == "i")) {
    return 0;
  }
  std::uint64_t factor = 1;
  for (std::size_t i = 0; i <= power; ++i) {
    factor *= decimal ? 1000 : 1024;
  }
  return factor;
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value > most) {
    return Status(Code::kInvalidArgument, fmt::format("'{}' is not a number up to {}", text, most));
  }
  return value;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc()) {
    return bad_size(text);
  }
  const std::uint64_t factor = unit({parsed.ptr, static_cast<std::size_t>(end - parsed.ptr)});
  std::uint64_t bytes = 0;
  if (factor == 0 || __builtin_mul_overflow(value, factor, &bytes)) {
    return bad_size(text);
  }
  return bytes;
}

Result<std::uint64_t> parse_memory(std::string_view text) {
  if (!text.ends_with('%')) {
    return parse_size(text);
  }
  const auto percent = parse_number(text.substr(0, text.size() - 1), 100);
  if (!percent.ok()) {
    return Status(Code::kInvalidArgument, fmt::format("'{}' is not 0% to 100%", text));
  }
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
  return pages / 100 * *percent * page;
}

Result<ByteRange> parse_range(std::string_view text) {
  const auto plus = text.find('+');
  const auto offset = parse_size(text.substr(0, plus));
  if (!offset.ok()) {
    return Status(Code::kInvalidArgument,
                  fmt::format("'{}' is not a range; write OFFSET+LENGTH or OFFSET+", text));
  }
  ByteRange range{.offset = *offset};
  if (plus != std::string_view::npos && plus + 1 < text.size()) {
    const auto length = parse_size(text.substr(plus + 1));
    if (!length.ok()) {
      return length.status();
    }
    range.length = *length;
  }
  return range;
}

Result<LineRange> parse_lines(std::string_view text) {
  constexpr std::uint64_t kMost = UINT64_MAX - 1;
  const auto minus = text.find('-');
  const auto first = parse_number(text.substr(0, minus), kMost);
  LineRange lines;
  bool good = first.ok() && *first > 0;
  if (good) {
    lines = {.first = *first, .last = minus == std::string_view::npos ? *first : kMost};
  }
  if (good && minus != std::string_view::npos && minus + 1 < text.size()) {
    const auto last = parse_number(text.substr(minus + 1), kMost);
    good = last.ok() && *last >= lines.first;
    lines.last = good ? *last : 0;
  }
  return good ? Result<LineRange>(lines)
              : Status(Code::kInvalidArgument,
                       fmt::format("'{}' is no range of lines; write FIRST-LAST or FIRST-, "
                                   "counted from 1",
                                   text));
}

std::string human_size(double bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t step = 0;
  while (bytes >= 1024 && step + 1 < kUnits.size()) {
    bytes /= 1024;
    ++step;
  }
  return step == 0 ? fmt::format("{:.0f} B", bytes)
                   : fmt::format("{:.1f} {}", bytes, kUnits.at(step));
}

std::string ratio_text(std::uint64_t raw, std::uint64_t stored) {
  return raw == 0 || stored == 0
             ? "-"
             : fmt::format("x{:.2f}", static_cast<double>(raw) / static_cast<double>(stored));
}

std::string saved_text(std::uint64_t raw, std::uint64_t stored) {
  return raw == 0 ? "-"
                  : fmt::format("{:.1f}%",
                                100.0 * (static_cast<double>(raw) - static_cast<double>(stored)) /
                                    static_cast<double>(raw));
}

std::string speed_text(std::uint64_t bytes, double seconds) {
  const double speed = static_cast<double>(bytes) / 1e6 / (seconds > 1e-6 ? seconds : 1e-6);
  return speed < 10 ? fmt::format("{:.2f} MB/s", speed) : fmt::format("{:.0f} MB/s", speed);
}

}  // namespace kompakt::cli
