// Any bytes as a tar, as a sidecar, and as the rows of a member table: no crash, no unbounded work,
// the same members from a file and from a pipe, and what was read encodes again.
//
// The first byte chooses: bit 0 and 1 what the input is (0 and 1 a tar, 2 a sidecar, 3 rows); for a
// tar bit 2 repairs the checksums of its headers, bit 3 reads on behind zeros, bit 4 makes the
// limit on extended headers small.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "archive/tar/member_table.hpp"
#include "archive/tar/tar_encode.hpp"
#include "archive/tar/tar_header.hpp"
#include "archive/tar/tar_reader.hpp"
#include "ordered_ends.hpp"

namespace {

using namespace kompakt;
using Bytes = std::vector<std::byte>;
using kompakt::testing::OrderedSource;

void require(bool promise) {
  if (!promise) {
    std::abort();
  }
}

/// Random input hardly ever has a checksum that fits: blocks that have the mark of a header get
/// one.
void repair(Bytes& input) {
  for (std::size_t at = 0; at + tar::kBlock <= input.size(); at += tar::kBlock) {
    const MutableByteSpan block = MutableByteSpan(input).subspan(at, tar::kBlock);
    if (tar::dialect_of(block) != tar::Dialect::kV7) {
      tar::put_checksum(block);
    }
  }
}

struct Outcome {
  std::vector<Entry> entries;
  std::vector<std::uint64_t> headers;
  std::uint64_t content = 0;
  bool failed = false;
  Code damage = Code::kOk;
};

void check(const Entry& entry) {
  require(entry.mode.value_or(0) <= 07777);
  require(entry.modified.value_or(Entry::Time{}).nanoseconds < 1'000'000'000);
  std::uint64_t end = 0;
  for (const Extent& run : entry.data_runs.value_or(std::vector<Extent>())) {
    require(run.offset >= end && run.length != 0 && run.length <= entry.size - run.offset);
    end = run.offset + run.length;
  }
}

Outcome read_all(Source& source, const TarReadOptions& options, bool content) {
  Outcome outcome;
  const auto reader = open_tar_reader(source, options);
  Bytes buffer(3000);
  for (Entry entry;;) {
    const auto more = (*reader)->next(entry);
    outcome.failed = !more.ok();
    if (!more.ok() || !*more) {
      break;
    }
    check(entry);
    outcome.entries.push_back(entry);
    outcome.headers.push_back((*reader)->member_position());
    std::uint64_t got = 0;
    while (content && entry.type == EntryType::kFile) {
      const auto piece = (*reader)->read(buffer);
      if (!piece.ok()) {
        break;
      }
      got += *piece;
      if (*piece < buffer.size()) {
        require((*reader)->lost().ok());
        require(got == tar::stored_content(entry));
        break;
      }
    }
    outcome.content += got;
  }
  outcome.damage = (*reader)->damage().code();
  return outcome;
}

void same(const Outcome& a, const Outcome& b) {
  require(a.failed == b.failed && a.damage == b.damage);
  require(a.entries.size() == b.entries.size() && a.headers == b.headers);
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    require(a.entries[i].path == b.entries[i].path && a.entries[i].size == b.entries[i].size);
  }
}

void as_tar(Bytes input, unsigned choice) {
  if ((choice & 4U) != 0) {
    repair(input);
  }
  TarReadOptions options;
  options.ignore_zeros = (choice & 8U) != 0;
  options.max_extended = (choice & 16U) != 0 ? 600 : 1U << 20U;
  const auto file = memory_source(input);
  OrderedSource pipe(input);
  OrderedSource listed(input);
  const Outcome whole = read_all(*file, options, true);
  const Outcome piped = read_all(pipe, options, true);
  same(whole, piped);
  require(whole.content == piped.content && whole.content <= input.size());
  same(whole, read_all(*file, options, false));
  same(whole, read_all(listed, options, false));

  MemberTable table;
  for (std::size_t i = 0; i < whole.entries.size(); ++i) {
    table.rows.push_back({.header = whole.headers[i], .entry = whole.entries[i]});
  }
  const auto raw = encode_rows(table);
  require(raw.ok());
  const auto back = decode_rows(*raw, table.rows.size(), 1U << 30U);
  require(back.ok() && back->rows.size() == table.rows.size());
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Entry& entry = table.rows[i].entry;
    require(back->rows[i].entry.path == entry.path);
    require(back->rows[i].entry.xattrs == entry.xattrs);
    std::string headers;
    tar::append_headers(entry, {}, headers);
    require(headers.size() % tar::kBlock == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const unsigned choice = data[0];
  const ByteSpan input(bytes + 1, size - 1);
  constexpr std::uint64_t kMostMemory = std::uint64_t{16} << 20U;
  if ((choice & 3U) == 2) {
    static_cast<void>(decode_sidecar(input, kMostMemory));
  } else if ((choice & 3U) == 3) {
    const auto rows = decode_rows(input, choice >> 2U, kMostMemory);
    if (rows.ok()) {
      require(encode_rows(*rows).ok());
    }
  } else {
    as_tar(Bytes(input.begin(), input.end()), choice);
  }
  return 0;
}
