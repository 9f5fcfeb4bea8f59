#include "archive/tar/tar_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "archive/tar/sparse_map.hpp"
#include "archive/tar/tar_entry.hpp"
#include "archive/tar/tar_header.hpp"
#include "archive/tar/tar_input.hpp"

namespace kompakt {
namespace {

using namespace tar;

constexpr std::uint64_t kMostLongName = kMiB;
constexpr std::uint64_t kReadStep = kMiB;  // memory grows with what was read, not with what is said

using Block = std::array<std::byte, kBlock>;

/// Where a sparse file's header holds its map.
struct MapLayout {
  std::size_t map_at = 0;
  std::size_t more_at = 0;
  Field real_size;
};
constexpr MapLayout kGnuMap{kGnuMapAt, kGnuMoreAt, kGnuRealSize};
constexpr MapLayout kStarMap{356, 355, {452, 12}};

class TarReader final : public MemberReader {
 public:
  TarReader(Source& source, const TarReadOptions& options)
      : options_(options), in_(source, options.offset) {}

  Result<bool> next(Entry& entry) override;
  Result<std::size_t> read(MutableByteSpan out) override;
  Status lost() const override { return lost_; }
  std::uint64_t position() const override { return in_.position(); }
  std::uint64_t member_position() const override { return member_at_; }
  const Status& damage() const override { return damage_; }
  std::string format_name() const override { return "tar"; }

 private:
  enum class Step : std::uint8_t { kMember, kAgain, kEnd };

  void note_damage(Status what, std::uint64_t at);
  void lose(Status what, std::uint64_t at);
  Status fail(Status what);
  Step end();
  void drop_prelude();

  Status leave_member();
  Result<Step> read_header(Entry& entry);
  Result<Step> at_end(ByteSpan rest, std::uint64_t at);
  Result<Step> zero_block(std::uint64_t at);
  Result<bool> search();
  Result<Step> recover(const char* why, std::uint64_t at);
  Result<bool> read_text(std::uint64_t size);
  Result<Step> extension(const Block& block, std::uint64_t at);
  void take_extension(char mark, std::uint64_t at);
  Result<Step> member(const Block& block, std::uint64_t at, Entry& entry);
  Result<bool> has_body();
  Status read_gnu_map(const Block& block, const MapLayout& layout, std::vector<Extent>& runs);
  Status read_text_map(std::vector<Extent>& runs);
  Result<bool> read_map(const Block& block, Entry& entry, std::vector<Extent>& runs);
  Status open_file(const Block& block, std::uint64_t at, Entry& entry);

  TarReadOptions options_;
  TarInput in_;
  Prelude prelude_;
  bool prelude_empty_ = true;
  std::uint64_t prelude_bytes_ = 0;
  PaxAttributes global_;
  std::string text_;  // body of an extended header
  std::uint64_t member_at_ = 0;
  std::uint64_t stored_left_ = 0;  // of the body, not taken from the input yet
  std::size_t padding_ = 0;        // behind it
  std::uint64_t data_left_ = 0;    // of the content, to be read by the caller
  bool met_header_ = false;
  bool ended_ = false;
  Status lost_;     // why the current member is
  Status damage_;   // the first that was stepped over
  Status failure_;  // of the source, or of the archive as a whole: final
};

void TarReader::note_damage(Status what, std::uint64_t at) {
  if (damage_.ok()) {
    damage_ = std::move(what.at_offset(at));
  }
}

void TarReader::lose(Status what, std::uint64_t at) {
  what.at_offset(at);
  note_damage(what, at);
  if (lost_.ok()) {
    lost_ = std::move(what);
  }
}

Status TarReader::fail(Status what) {
  failure_ = std::move(what);
  return failure_;
}

TarReader::Step TarReader::end() {
  ended_ = true;
  return Step::kEnd;
}

void TarReader::drop_prelude() {
  if (!prelude_empty_) {
    prelude_ = {};
    prelude_empty_ = true;
    prelude_bytes_ = 0;
  }
  lost_ = {};
}

Status TarReader::leave_member() {
  const std::uint64_t at = in_.position();
  const std::uint64_t total = stored_left_ + padding_;
  if (total != 0) {
    const auto skipped = in_.skip(total);
    if (!skipped.ok()) {
      return fail(skipped.status());
    }
    if (*skipped < stored_left_) {
      note_damage({Code::kTruncated, "the archive ends inside a member"}, at + *skipped);
      ended_ = true;
    }
  }
  stored_left_ = 0;
  padding_ = 0;
  data_left_ = 0;
  drop_prelude();
  return {};
}

Result<bool> TarReader::next(Entry& entry) {
  if (!failure_.ok()) {
    return failure_;
  }
  if (Status status = leave_member(); !status.ok()) {
    return status;
  }
  if (ended_) {
    return false;
  }
  for (;;) {
    if (prelude_empty_) {
      member_at_ = in_.position();
    }
    const auto step = read_header(entry);
    if (!step.ok()) {
      return fail(step.status());
    }
    if (*step != Step::kAgain) {
      return *step == Step::kMember;
    }
  }
}

Result<std::size_t> TarReader::read(MutableByteSpan out) {
  if (!lost_.ok()) {
    return lost_;
  }
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), data_left_));
  if (wanted == 0) {
    return std::size_t{0};
  }
  auto got = in_.read(out.first(wanted));
  if (!got.ok()) {
    return fail(got.status());
  }
  data_left_ -= *got;
  stored_left_ -= *got;
  if (*got < wanted) {
    lose({Code::kTruncated, "the archive ends inside a member"}, in_.position());
    ended_ = true;
    return lost_;
  }
  return got;
}

Result<TarReader::Step> TarReader::at_end(ByteSpan rest, std::uint64_t at) {
  const bool blank =
      std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{0}; });
  if (!blank && !met_header_) {
    return Status(Code::kUnsupported, "not a tar archive");
  }
  if (!blank || !prelude_empty_) {
    note_damage({Code::kTruncated, "the archive ends inside a header"}, at);
  }
  return end();
}

/// Two zero blocks end an archive. A lone one is damage where headers follow, and the end of what a
/// sloppy writer has made otherwise.
Result<TarReader::Step> TarReader::zero_block(std::uint64_t at) {
  in_.take(kBlock);
  if (!prelude_empty_) {
    note_damage({Code::kCorrupt, "an extended header without its member"}, at);
    drop_prelude();
  }
  met_header_ = true;
  if (options_.ignore_zeros) {
    return Step::kAgain;
  }
  const auto block = in_.peek(kBlock);
  if (!block.ok()) {
    return block.status();
  }
  if (block->size() < kBlock || is_zero_block(*block)) {
    return end();
  }
  const auto found = search();
  if (!found.ok()) {
    return found.status();
  }
  if (!*found) {
    return end();
  }
  note_damage({Code::kCorrupt, "zeros where a header should be"}, at);
  return Step::kAgain;
}

/// Goes on to the next header, block by block.
Result<bool> TarReader::search() {
  for (;;) {
    const auto block = in_.peek(kBlock);
    if (!block.ok()) {
      return block.status();
    }
    if (block->size() < kBlock) {
      return false;
    }
    if (is_header(*block)) {
      return true;
    }
    in_.take(kBlock);
  }
}

Result<TarReader::Step> TarReader::recover(const char* why, std::uint64_t at) {
  in_.take(kBlock);
  drop_prelude();
  const auto found = search();
  if (!found.ok()) {
    return found.status();
  }
  if (!*found && !met_header_) {
    return Status(Code::kUnsupported, "not a tar archive");
  }
  note_damage({Code::kCorrupt, why}, at);
  return *found ? Step::kAgain : end();
}

Result<TarReader::Step> TarReader::read_header(Entry& entry) {
  const std::uint64_t at = in_.position();
  const auto bytes = in_.peek(kBlock);
  if (!bytes.ok()) {
    return bytes.status();
  }
  if (bytes->size() < kBlock) {
    return at_end(*bytes, at);
  }
  if (is_zero_block(*bytes)) {
    return zero_block(at);
  }
  if (!checksum_fits(*bytes)) {
    return recover("a header's checksum does not match", at);
  }
  met_header_ = true;
  Block block;
  std::memcpy(block.data(), bytes->data(), kBlock);
  switch (static_cast<char>(block[kTypeAt])) {
    case 'x':
    case 'X':  // Solaris, before pax was a standard
    case 'g':
    case 'L':
    case 'K':
    case 'A':  // Solaris: an access control list
    case 'N':  // GNU: names as a list of commands
    case 'V':  // GNU: a label
    case 'I':  // star: an inode without a file
      return extension(block, at);
    case 'M':
      return Status(Code::kUnsupported, "a part of a multi-volume tar archive").at_offset(at);
    default:
      return member(block, at, entry);
  }
}

/// Reads `size` bytes into text_, and skips the padding; false where the archive ends before.
Result<bool> TarReader::read_text(std::uint64_t size) {
  text_.clear();
  while (text_.size() < size) {
    const std::size_t before = text_.size();
    const auto step = static_cast<std::size_t>(std::min(size - before, kReadStep));
    text_.resize(before + step);
    const auto got = in_.read({reinterpret_cast<std::byte*>(text_.data()) + before, step});
    if (!got.ok()) {
      return got.status();
    }
    if (*got < step) {
      return false;
    }
  }
  const auto skipped = in_.skip(padding_of(size));
  return skipped.ok() ? Result<bool>(true) : skipped.status();
}

Result<TarReader::Step> TarReader::extension(const Block& block, std::uint64_t at) {
  const char mark = static_cast<char>(block[kTypeAt]);
  const auto size = body_size(block, {});
  if (!size) {
    return recover("a header with an impossible size", at);
  }
  in_.take(kBlock);
  const bool name = mark == 'L' || mark == 'K';
  const bool pax = mark == 'x' || mark == 'X' || mark == 'g';
  if (name || pax) {
    prelude_empty_ = mark == 'g' && prelude_empty_;
    prelude_bytes_ += *size;
  }
  const std::uint64_t most = name ? kMostLongName : options_.max_extended;
  const bool too_long = *size > most || prelude_bytes_ > options_.max_extended;
  if ((name || pax) && !too_long) {
    const auto whole = read_text(*size);
    if (!whole.ok()) {
      return whole.status();
    }
    if (*whole) {
      take_extension(mark, at);
      return Step::kAgain;
    }
    note_damage({Code::kTruncated, "the archive ends inside a header"}, in_.position());
    return end();
  }
  if (name || pax) {
    lose({Code::kLimitExceeded, "an extended header is larger than the limit"}, at);
  }
  const auto skipped = in_.skip(*size + padding_of(*size));
  if (!skipped.ok()) {
    return skipped.status();
  }
  if (*skipped < *size) {
    note_damage({Code::kTruncated, "the archive ends inside a header"}, in_.position());
    return end();
  }
  return Step::kAgain;
}

void TarReader::take_extension(char mark, std::uint64_t at) {
  if (mark == 'L' || mark == 'K') {
    text_.resize(::strnlen(text_.data(), text_.size()));
    (mark == 'L' ? prelude_.long_name : prelude_.long_link) = text_;
    return;
  }
  const bool global = mark == 'g';
  if (!global) {
    prelude_.pax = {};  // of several the last one counts, as every other reader has it
  }
  Status status = parse_pax(text_, global, global ? global_ : prelude_.pax);
  if (status.ok()) {
    return;
  }
  if (global) {
    note_damage(std::move(status), at);
  } else {
    lose(std::move(status), at);
  }
}

/// Links and folders have no content, but some writers give their size all the same, and pax may
/// put content behind a hardlink: the next block tells.
Result<bool> TarReader::has_body() {
  const auto block = in_.peek(kBlock);
  if (!block.ok()) {
    return block.status();
  }
  return block->size() == kBlock && !is_zero_block(*block) && !is_header(*block);
}

Result<TarReader::Step> TarReader::member(const Block& block, std::uint64_t at, Entry& entry) {
  if (prelude_.pax.continued || global_.continued) {
    return Status(Code::kUnsupported, "a part of a multi-volume tar archive").at_offset(at);
  }
  const auto size = body_size(block, prelude_.pax);
  if (!size) {
    return recover("a header with an impossible size", at);
  }
  in_.take(kBlock);
  fill_entry(block, prelude_, global_, entry);
  stored_left_ = *size;
  const char mark = static_cast<char>(block[kTypeAt]);
  if (entry.type != EntryType::kFile && mark != 'D' && *size != 0) {
    const auto body = has_body();
    if (!body.ok()) {
      return body.status();
    }
    stored_left_ = *body ? *size : 0;
  }
  padding_ = padding_of(stored_left_);
  data_left_ = 0;
  if (entry.type == EntryType::kFile) {
    data_left_ = stored_left_;
    entry.size = stored_left_;
    if (Status status = open_file(block, at, entry); !status.ok()) {
      return status;
    }
  }
  if (!lost_.ok()) {
    // Of what type it is may be wrong too: as a file it does no harm.
    entry.type = EntryType::kFile;
    entry.link_target.clear();
  }
  return Step::kMember;
}

/// The first entries from the header itself, the others from blocks behind it.
Status TarReader::read_gnu_map(const Block& block, const MapLayout& layout,
                               std::vector<Extent>& runs) {
  Status status = parse_gnu_map(ByteSpan(block).subspan(layout.map_at), kGnuMapEntries, runs);
  bool more = block[layout.more_at] != std::byte{0};
  while (more && status.ok()) {
    const auto next = in_.peek(kBlock);
    if (!next.ok()) {
      return fail(next.status());
    }
    if (next->size() < kBlock) {
      return {Code::kTruncated, "the archive ends inside a sparse map"};
    }
    status = parse_gnu_map(*next, kExtensionEntries, runs);
    more = (*next)[kExtensionMoreAt] != std::byte{0};
    in_.take(kBlock);
  }
  return status;
}

Status TarReader::read_text_map(std::vector<Extent>& runs) {
  TextMapParser parser;
  for (bool complete = false; !complete;) {
    const auto block = in_.peek(kBlock);
    if (!block.ok()) {
      return fail(block.status());
    }
    if (block->size() < kBlock || stored_left_ < kBlock) {
      return {stored_left_ < kBlock ? Code::kCorrupt : Code::kTruncated,
              "the sparse map is cut off"};
    }
    const auto taken = parser.take(*block);
    if (!taken.ok()) {
      return taken.status();
    }
    complete = *taken;
    in_.take(kBlock);
    stored_left_ -= kBlock;
  }
  runs = std::move(parser.runs());
  return {};
}

/// Sets entry.size and `runs` of a sparse file; false for any other. A failure concerns the member.
Result<bool> TarReader::read_map(const Block& block, Entry& entry, std::vector<Extent>& runs) {
  const Dialect dialect = dialect_of(block);
  PaxAttributes& pax = prelude_.pax;
  const bool marked = static_cast<char>(block[kTypeAt]) == 'S';
  if (marked && (dialect == Dialect::kGnu || dialect == Dialect::kStar)) {
    const MapLayout& layout = dialect == Dialect::kGnu ? kGnuMap : kStarMap;
    const auto real = parse_number(field_of(block, layout.real_size));
    const Status status = read_gnu_map(block, layout, runs);
    if (!status.ok()) {
      return status;
    }
    if (!pax.real_size && (!real || *real < 0)) {
      return Status(Code::kCorrupt, "a sparse file with an impossible size");
    }
    entry.size = pax.real_size ? *pax.real_size : static_cast<std::uint64_t>(*real);
    return true;
  }
  if (pax.sparse_major == 1 && pax.sparse_minor == 0) {
    const Status status = read_text_map(runs);
    if (!status.ok()) {
      return status;
    }
  } else if (pax.sparse_major != 0) {
    return Status(Code::kUnsupported, "a sparse file of an unknown version");
  } else if (pax.runs) {
    runs = std::move(*pax.runs);
  } else {
    return false;
  }
  const std::uint64_t end = runs.empty() ? 0 : runs.back().offset + runs.back().length;
  entry.size = pax.real_size ? *pax.real_size : end;
  return true;
}

Status TarReader::open_file(const Block& block, std::uint64_t at, Entry& entry) {
  std::vector<Extent> runs;
  const auto sparse = read_map(block, entry, runs);
  if (!failure_.ok()) {
    return failure_;
  }
  Status status = sparse.status();
  if (status.ok() && *sparse) {
    status = check_runs(runs, entry.size, stored_left_);
  }
  if (!status.ok()) {
    entry.size = prelude_.pax.real_size.value_or(entry.size);
    lose(std::move(status), at);
    return {};
  }
  if (*sparse) {
    data_left_ = 0;
    for (const Extent& run : runs) {
      data_left_ += run.length;
    }
    if (data_left_ != entry.size) {
      entry.data_runs = std::move(runs);
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<MemberReader>> open_tar_reader(Source& source,
                                                      const TarReadOptions& options) {
  return std::unique_ptr<MemberReader>(std::make_unique<TarReader>(source, options));
}

bool looks_like_tar(ByteSpan head) noexcept {
  return head.size() >= kBlock && !is_zero_block(head.first(kBlock)) &&
         is_header(head.first(kBlock));
}

}  // namespace kompakt
