#include "format/zstd/seek_table.hpp"

#include <array>

#include "core/endian.hpp"
#include "format/zstd/frame.hpp"

namespace kompakt::zstd {
namespace {

constexpr std::size_t kFooter = 9;  // count, descriptor, magic
constexpr std::uint8_t kHasChecks = 0x80;
constexpr std::uint8_t kReservedBits = 0x7C;

void append_word(std::vector<std::byte>& out, std::uint32_t value) {
  out.resize(out.size() + sizeof value);
  store_le<std::uint32_t>(MutableByteSpan(out).last(sizeof value), value);
}

using Table = std::vector<TableEntry>;

// The bytes of `source` that the table takes, if its frame header agrees with its footer.
Result<std::optional<std::vector<std::byte>>> load_table(const Source& source, std::uint64_t total,
                                                         std::uint64_t table_size) {
  std::optional<std::vector<std::byte>> bytes;
  if (table_size > total) {
    return bytes;
  }
  std::vector<std::byte> table(static_cast<std::size_t>(table_size));
  const auto got = source.read_at(total - table_size, table);
  if (!got.ok()) {
    return got.status();
  }
  if (*got == table.size() && load_le<std::uint32_t>(table) == kSeekTableMagic &&
      load_le<std::uint32_t>(ByteSpan(table).subspan(4)) == table_size - kSkippableHeader) {
    bytes = std::move(table);
  }
  return bytes;
}

}  // namespace

void append_seek_table(std::vector<std::byte>& out, const Table& entries, bool checks) {
  const std::size_t entry_size = checks ? 12 : 8;
  append_word(out, kSeekTableMagic);
  append_word(out, static_cast<std::uint32_t>(entries.size() * entry_size + kFooter));
  for (const auto& entry : entries) {
    append_word(out, entry.stored);
    append_word(out, entry.content);
    if (checks) {
      append_word(out, entry.check);
    }
  }
  append_word(out, static_cast<std::uint32_t>(entries.size()));
  out.push_back(static_cast<std::byte>(checks ? kHasChecks : 0));
  append_word(out, kSeekFooterMagic);
}

Result<std::optional<Table>> read_seek_table(const Source& source) {
  const std::optional<Table> none;
  const std::uint64_t total = source.size().value_or(0);
  std::array<std::byte, kFooter> footer{};
  if (!source.random_access() || total < kFooter + kSkippableHeader) {
    return none;
  }
  const auto got = source.read_at(total - kFooter, footer);
  if (!got.ok()) {
    return got.status();
  }
  const auto descriptor = std::to_integer<std::uint8_t>(footer[4]);
  const std::uint64_t count = load_le<std::uint32_t>(footer);
  if (*got != kFooter || load_le<std::uint32_t>(ByteSpan(footer).subspan(5)) != kSeekFooterMagic ||
      (descriptor & kReservedBits) != 0 || count > kMaxTableFrames) {
    return none;
  }
  const bool checks = (descriptor & kHasChecks) != 0;
  const std::size_t entry_size = checks ? 12 : 8;
  const std::uint64_t table_size = kSkippableHeader + count * entry_size + kFooter;
  const auto bytes = load_table(source, total, table_size);
  if (!bytes.ok()) {
    return bytes.status();
  }
  if (!*bytes) {
    return none;
  }
  Table entries(static_cast<std::size_t>(count));
  std::uint64_t stored = 0;
  ByteSpan rest = ByteSpan(**bytes).subspan(kSkippableHeader);
  for (auto& entry : entries) {
    entry.stored = load_le<std::uint32_t>(rest);
    entry.content = load_le<std::uint32_t>(rest.subspan(4));
    entry.check = checks ? load_le<std::uint32_t>(rest.subspan(8)) : 0;
    rest = rest.subspan(entry_size);
    stored += entry.stored;
  }
  return stored + table_size == total ? std::optional(std::move(entries)) : none;
}

}  // namespace kompakt::zstd
