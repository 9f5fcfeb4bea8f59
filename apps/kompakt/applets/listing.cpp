#include "listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "kompakt/facts.hpp"
#include "kompakt/naming.hpp"

namespace kompakt::cli {
namespace {

/// What a table adds up.
struct Sums {
  std::uint64_t files = 0;
  std::uint64_t streams = 0;
  std::uint64_t skipped = 0;
  std::uint64_t blocks = 0;
  std::uint64_t compressed = 0;
  std::uint64_t content = 0;
  std::string check;

  void add(const Facts& facts) {
    ++files;
    streams += facts.streams();
    skipped += facts.stream->facts.skipped;
    blocks += facts.blocks();
    compressed += facts.compressed();
    content += facts.content();
    check = files == 1 || check == facts.check() ? facts.check() : "-";
  }
};

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// One tool's table.
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  Table(Table&&) = delete;
  Table& operator=(Table&&) = delete;
  virtual ~Table() = default;
  [[nodiscard]] virtual std::string header() const = 0;
  [[nodiscard]] virtual std::string row(const Facts& facts) const = 0;
  /// Below the rows of `sums.files` files.
  [[nodiscard]] virtual std::string footer(const Sums& sums) const = 0;
};

/// The name that decompression would give.
std::string plain_name(const Session& session, const Facts& facts) {
  if (facts.is_stdin) {
    return "stdout";
  }
  const auto& stored = facts.stream->facts.name;
  const std::string name =
      session.request.restore_name && stored
          ? base_name(*stored)
          : decoded_name(facts.name, session.request.suffix, session.family()).path;
  return escape_controls(name);
}

/// Bytes of header and trailer, which count neither as compressed nor as saved.
std::uint64_t frame_bytes(const Facts& facts) {
  const auto& name = facts.stream->facts.name;
  const std::uint64_t size = 18 + (name ? name->size() + 1 : 0);
  return std::min(size, facts.compressed());
}

double saved(std::uint64_t packed, std::uint64_t content) {
  return content == 0 ? 0.0
                      : 100.0 * (static_cast<double>(content) - static_cast<double>(packed)) /
                            static_cast<double>(content);
}

std::string short_time(const Session& session, const Facts& facts) {
  const auto stored = facts.stream->facts.modified.value_or(0);
  const std::time_t seconds = session.request.restore_name && stored != 0
                                  ? static_cast<std::time_t>(stored)
                                  : facts.file.st_mtim.tv_sec;
  std::tm parts{};
  std::array<char, 32> text{};
  if (::localtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%b %e %H:%M", &parts) == 0) {
    return "-";
  }
  return text.data();
}

class GzipTable final : public Table {
 public:
  explicit GzipTable(const Session& session) : session_(session) {}
  std::string header() const override {
    return session_.request.verbosity < 0
               ? ""
               : fmt::format("{}{:>19} {:>19}  ratio uncompressed_name\n",
                             verbose() ? "method  crc     date  time  " : "", "compressed",
                             "uncompressed");
  }
  std::string row(const Facts& facts) const override {
    return prefix(facts) +
           fmt::format("{:>19} {:>19} {:>5.1f}% {}\n", facts.compressed(), facts.content(),
                       saved(facts.compressed() - frame_bytes(facts), facts.content()),
                       plain_name(session_, facts));
  }
  std::string footer(const Sums& sums) const override {
    return sums.files < 2 || session_.request.verbosity < 0
               ? ""
               : fmt::format("{}{:>19} {:>19} {:>5.1f}% (totals)\n",
                             verbose() ? std::string(28, ' ') : "", sums.compressed, sums.content,
                             saved(sums.compressed, sums.content));
  }

 private:
  [[nodiscard]] bool verbose() const { return session_.request.verbosity > 0; }
  [[nodiscard]] std::string prefix(const Facts& facts) const {
    return verbose() ? fmt::format("{:>5} {:08x} {:>11} ", "defla",
                                   facts.stream->facts.last_check.value_or(0xFFFFFFFFU),
                                   short_time(session_, facts))
                     : "";
  }
  const Session& session_;  // outlives the table
};

class PigzTable final : public Table {
 public:
  explicit PigzTable(const Session& session) : session_(session) {}
  std::string header() const override {
    return verbose() ? "method    check    timestamp    compressed   original reduced  name\n"
                     : "compressed   original reduced  name\n";
  }
  std::string row(const Facts& facts) const override {
    const std::uint64_t packed = facts.compressed() - frame_bytes(facts);
    return prefix(facts) + fmt::format("{:>10} {:>10}  {:>5.1f}%  {}\n", packed, facts.content(),
                                       saved(packed, facts.content()), plain_name(session_, facts));
  }
  std::string footer(const Sums& /*sums*/) const override { return ""; }

 private:
  [[nodiscard]] bool verbose() const { return session_.request.verbosity > 0; }
  [[nodiscard]] std::string prefix(const Facts& facts) const {
    return verbose() ? fmt::format("{} 8  {:08x}  {}  ", format_info(facts.format).name,
                                   facts.stream->facts.last_check.value_or(0xFFFFFFFFU),
                                   short_time(session_, facts))
                     : "";
  }
  const Session& session_;  // outlives the table
};

/// "65.3 KiB", with bytes up to four digits.
std::string xz_size(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 10000) {
    return fmt::format("{} B", bytes);
  }
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  do {
    value /= 1024;
    ++unit;
  } while (value > 9999.9 && unit + 1 < kUnits.size());
  return fmt::format("{:.1f} {}", value, kUnits.at(unit));
}

std::string xz_ratio(std::uint64_t compressed, std::uint64_t content) {
  const double value = ratio(compressed, content);
  return content == 0 || value > 9.999 ? "---" : fmt::format("{:.3f}", value);
}

class XzTable final : public Table {
 public:
  std::string header() const override {
    return "Strms  Blocks   Compressed Uncompressed  Ratio  Check   Filename\n";
  }
  std::string row(const Facts& facts) const override {
    Sums one;
    one.add(facts);
    return line(one, escape_controls(facts.name));
  }
  std::string footer(const Sums& sums) const override {
    return sums.files < 2
               ? ""
               : std::string(79, '-') + "\n" + line(sums, fmt::format("{} files", sums.files));
  }

 private:
  static std::string line(const Sums& sums, const std::string& name) {
    return fmt::format("{:>5} {:>7}  {:>11}  {:>11}  {:>5}  {:<7} {}\n", sums.streams, sums.blocks,
                       xz_size(sums.compressed), xz_size(sums.content),
                       xz_ratio(sums.compressed, sums.content), sums.check, name);
  }
};

class XzRobotTable final : public Table {
 public:
  std::string header() const override { return ""; }
  std::string row(const Facts& facts) const override {
    Sums one;
    one.add(facts);
    return fmt::format("name\t{}\nfile\t{}\t0\n", facts.name, columns(one));
  }
  std::string footer(const Sums& sums) const override {
    return fmt::format("totals\t{}\t0\t{}\n", columns(sums), sums.files);
  }

 private:
  static std::string columns(const Sums& sums) {
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}", sums.streams, sums.blocks, sums.compressed,
                       sums.content, xz_ratio(sums.compressed, sums.content), sums.check);
  }
};

/// "  74.5 KiB": three digits that count.
std::string zstd_size(std::uint64_t bytes, int width) {
  constexpr std::array kUnits = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int precision = value >= 100 || unit == 0 ? 0 : value >= 10 ? 1 : value > 1 ? 2 : 3;
  return fmt::format("{:>{}.{}f}{:>4}", value, width, precision, kUnits.at(unit));
}

class ZstdTable final : public Table {
 public:
  std::string header() const override {
    return "Frames  Skips  Compressed  Uncompressed  Ratio  Check  Filename\n";
  }
  std::string row(const Facts& facts) const override {
    Sums one;
    one.add(facts);
    return line(one, escape_controls(facts.name));
  }
  std::string footer(const Sums& sums) const override {
    return sums.files < 2
               ? ""
               : std::string(65, '-') + " \n" + line(sums, fmt::format("{} files", sums.files));
  }

 private:
  static std::string line(const Sums& sums, const std::string& name) {
    return fmt::format("{:>6}  {:>5}  {}  {}  {:>5.3f}  {:>5}  {}\n", sums.streams + sums.skipped,
                       sums.skipped, zstd_size(sums.compressed, 6), zstd_size(sums.content, 8),
                       ratio(sums.content, sums.compressed), sums.check, name);
  }
};

std::string lz4_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits = " KMGTPE";
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f}{}", value, kUnits[unit]);
}

class Lz4Table final : public Table {
 public:
  std::string header() const override {
    return "    Frames           Type Block  Compressed  Uncompressed     Ratio   Filename\n";
  }
  std::string row(const Facts& facts) const override {
    // Flags and block descriptor of the first frame.
    const auto flags = std::to_integer<unsigned>(facts.head[4]);
    const auto descriptor = std::to_integer<unsigned>(facts.head[5]);
    const bool sized = (flags & 8U) != 0 && facts.streams() == 1;
    const std::string name = escape_controls(base_name(facts.name));
    const std::string last =
        sized ? fmt::format("{:>9.2f}%  {} ", 100.0 * ratio(facts.compressed(), facts.content()),
                            name)
              : fmt::format("{:>9}   {}", "-", name);
    return fmt::format("{:>10} {:>14} {:>5} {:>11} {:>13} {}\n", facts.streams(), "LZ4Frame",
                       fmt::format("B{}{}", descriptor >> 4U & 7U, (flags & 32U) != 0 ? 'I' : 'D'),
                       lz4_size(facts.compressed()), sized ? lz4_size(facts.content()) : "-", last);
  }
  std::string footer(const Sums& /*sums*/) const override { return ""; }
};

std::unique_ptr<Table> make_table(const Session& session) {
  switch (session.request.list_style) {
    case ListStyle::kPigz:
      return std::make_unique<PigzTable>(session);
    case ListStyle::kXz:
      return std::make_unique<XzTable>();
    case ListStyle::kXzRobot:
      return std::make_unique<XzRobotTable>();
    case ListStyle::kZstd:
      return std::make_unique<ZstdTable>();
    case ListStyle::kLz4:
      return std::make_unique<Lz4Table>();
    case ListStyle::kGzip:
    case ListStyle::kKompakt:
      break;
  }
  return std::make_unique<GzipTable>(session);
}

}  // namespace

Exit list_as_original(const Session& session) {
  const auto table = make_table(session);
  Tally tally;
  Sums sums;
  const bool early = session.request.list_style == ListStyle::kZstd;
  if (early) {
    session.console.print(table->header());
  }
  for (const auto& name : session.request.inputs) {
    const Facts facts = read_facts(session, name, false);
    tally.add(facts.code);
    if (!facts.stream) {
      continue;
    }
    session.console.print((sums.files == 0 && !early ? table->header() : "") + table->row(facts));
    sums.add(facts);
  }
  if (sums.files != 0) {
    session.console.print(table->footer(sums));
  }
  return tally.worst();
}

}  // namespace kompakt::cli
