// Archives that stay open: members listed once and read one by one.
#include <fcntl.h>
#include <sys/stat.h>

#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "archive/tar/tar_reader.hpp"
#include "io/decorators.hpp"
#include "io/system.hpp"
#include "kompakt/archive_file.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/archive_open.hpp"
#include "pipeline/archive_reporting.hpp"
#include "pipeline/archive_run.hpp"
#include "pipeline/content_stream.hpp"
#include "pipeline/member_copy.hpp"
#include "pipeline/sidecar.hpp"

namespace kompakt {
namespace {

constexpr std::uint64_t kIndexSpacing = std::uint64_t{4} << 20U;
constexpr std::uint64_t kLargestSidecar = std::uint64_t{4} << 30U;
constexpr int kMostLinks = 64;  // that lead from one to the next

Status no_such_file(const std::string& path) {
  return Status(Code::kInvalidArgument, "is not in the archive").in_file(path);
}

Status not_a_file(const Entry& entry) {
  return Status(Code::kInvalidArgument,
                "is no file but a " + std::string(entry_type_name(entry.type)))
      .in_file(entry.path);
}

bool is_empty(const MemberSelection& members) {
  return members.names.empty() && members.include.empty() && members.exclude.empty();
}

template <typename Hook>
void prefer(const Hook& given, Hook& hook) {
  if (given) {
    hook = given;
  }
}

/// FILE.kidx, where it is there and belongs to the archive.
std::optional<ArchiveIndex> read_sidecar(const std::string& path, const Source& archive,
                                         const ArchiveReadOptions& options) {
  struct stat found {};
  if (real_system().stat(AT_FDCWD, path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return std::nullopt;
  }
  const auto read = [&]() -> Result<ArchiveIndex> {
    const auto bytes = read_sidecar_bytes(real_system(), path, kLargestSidecar);
    return bytes.ok() ? decode_archive_index(*bytes, archive) : bytes.status();
  };
  auto index = read();
  if (index.ok()) {
    return std::move(*index);
  }
  if (options.on_warning) {
    options.on_warning(
        Status(index.status().code(), "is ignored: " + std::string(index.status().message()))
            .in_file(path));
  }
  return std::nullopt;
}

class OpenedReader final : public ArchiveReader {
 public:
  OpenedReader(std::unique_ptr<Source> source, ArchiveReadOptions options)
      : source_(std::move(source)), options_(std::move(options)) {}

  Status start();

  const std::string& format_name() const noexcept override { return format_name_; }
  Result<std::vector<Entry>> entries() override;
  const Status& damage() const noexcept override { return damage_; }
  Result<std::vector<std::byte>> read(const std::string& path) override;
  Status read(const std::string& path, Sink& sink) override;
  Result<ArchiveResult> extract(const ArchiveExtractOptions& options) override;
  Result<ArchiveResult> test() override;

 private:
  /// An archive for one operation: the one that stays open, or one that is gone through once.
  struct Pass {
    std::unique_ptr<OpenArchive> own;
    OpenArchive* archive = nullptr;
  };

  [[nodiscard]] bool is_tar() const noexcept { return target_.kind == ArchiveKind::kTar; }
  Status adopt_table();
  Result<Pass> begin_pass(const ArchiveReadOptions& options, MemberFilter* filter);
  [[nodiscard]] ArchiveReadOptions reading() const;
  Status load();
  [[nodiscard]] Result<std::size_t> find_file(const std::string& path) const;
  [[nodiscard]] std::optional<std::size_t> row_before(std::string_view path,
                                                      std::size_t before) const;
  Status copy_file(const std::string& path, MemberCopy& copy);
  Status copy_of_warp(const std::string& path, MemberCopy& copy);
  Status copy_of_tar(const MemberTable::Row& row, std::uint64_t end, MemberCopy& copy);
  Status copy_of_other(const MemberTable::Row& row, MemberCopy& copy);

  std::unique_ptr<Source> source_;
  ArchiveReadOptions options_;  // without index and table, which are kept here
  ArchiveTarget target_;
  std::string format_name_;
  std::unique_ptr<OpenArchive> open_;  // zip and .warp; of others what entries() goes through
  std::optional<SeekIndex> index_;
  /// Of a tar where it lies in the content, of anything else the number of a member; all of them.
  MemberTable table_;
  std::unordered_map<std::string_view, std::size_t> last_;  // rows by path, of several the last
  bool loaded_ = false;
  Status damage_;
};

Status OpenedReader::start() {
  if (!source_->random_access()) {
    return {Code::kUnsupported,
            "members are read at any place of an archive, which a pipe does not have"};
  }
  if (options_.index != nullptr) {
    index_ = *options_.index;
  }
  if (options_.table != nullptr) {
    table_ = *options_.table;
    options_.table = nullptr;
    return adopt_table();
  }
  if (options_.decode.index_spacing == 0 && !index_) {
    options_.decode.index_spacing = kIndexSpacing;
  }
  options_.index = nullptr;
  auto opened = open_archive(*source_, options_);
  if (!opened.ok()) {
    return opened.status();
  }
  open_ = std::move(*opened);
  target_ = open_->target;
  format_name_ = open_->format_name();
  return {};
}

/// Of a tar whose members are known beforehand.
Status OpenedReader::adopt_table() {
  options_.index = nullptr;
  target_ = {.kind = ArchiveKind::kTar, .filter = std::nullopt};
  if (index_) {
    target_.filter = index_->format;
  } else {
    const auto found = detect_archive(*source_, options_);
    if (!found.ok()) {
      return found.status();
    }
    if (!*found || (*found)->kind != ArchiveKind::kTar) {
      return {Code::kInvalidArgument, "a table of members is for a tar"};
    }
    target_ = **found;
  }
  format_name_ = target_name(target_);
  for (std::size_t i = 0; i < table_.rows.size(); ++i) {
    last_[bare_path(table_.rows[i].entry.path)] = i;
  }
  loaded_ = true;
  return {};
}

Result<OpenedReader::Pass> OpenedReader::begin_pass(const ArchiveReadOptions& options,
                                                    MemberFilter* filter) {
  if (open_ && !open_->members) {
    return Pass{.own = nullptr, .archive = open_.get()};
  }
  Pass pass{.own = std::move(open_), .archive = nullptr};
  if (!pass.own) {
    auto opened = open_archive(*source_, options, filter);
    if (!opened.ok()) {
      return opened.status();
    }
    pass.own = std::move(*opened);
  }
  pass.archive = pass.own.get();
  return pass;
}

/// The options of open(), with what is known of the archive by now.
ArchiveReadOptions OpenedReader::reading() const {
  ArchiveReadOptions options = options_;
  options.index = index_ ? &*index_ : nullptr;
  options.table = loaded_ && is_tar() && damage_.ok() ? &table_ : nullptr;
  return options;
}

/// Goes through all members, whatever the selection, and keeps them.
Status OpenedReader::load() {
  if (loaded_) {
    return {};
  }
  ArchiveReadOptions options = options_;
  options.members = {};
  MemberFilter filter(options.members);
  auto pass = begin_pass(options, nullptr);
  if (!pass.ok()) {
    return pass.status();
  }
  table_.rows.clear();
  std::uint64_t number = 0;
  const bool tar = is_tar();
  options.on_entry = [&](const Entry& entry) {
    table_.rows.push_back({tar ? pass->archive->members->member_position() : number, entry});
    ++number;
  };
  options.on_lost = [&](const Entry& entry, const Status& reason) {
    ++number;
    if (options_.on_lost) {
      options_.on_lost(entry, reason);
    }
  };
  auto listed = list_open({*pass->archive, *source_, options, filter}, false);
  if (!listed.ok()) {
    return listed.status();
  }
  damage_ = listed->damage;
  if (listed->index) {
    index_ = std::move(listed->index);
  }
  for (std::size_t i = 0; i < table_.rows.size(); ++i) {
    last_[bare_path(table_.rows[i].entry.path)] = i;
  }
  loaded_ = true;
  return {};
}

Result<std::vector<Entry>> OpenedReader::entries() {
  if (Status loaded = load(); !loaded.ok()) {
    return loaded;
  }
  MemberFilter filter(options_.members);
  std::vector<Entry> entries;
  entries.reserve(filter.takes_all() ? table_.rows.size() : 0);
  for (const MemberTable::Row& row : table_.rows) {
    if (filter.takes(row.entry.path)) {
      entries.push_back(row.entry);
    }
  }
  return entries;
}

/// The last row of that path before the row `before`.
std::optional<std::size_t> OpenedReader::row_before(std::string_view path,
                                                    std::size_t before) const {
  const auto last = last_.find(bare_path(path));
  if (last == last_.end()) {
    return std::nullopt;
  }
  if (last->second < before) {
    return last->second;
  }
  while (before != 0) {
    if (bare_path(table_.rows[--before].entry.path) == bare_path(path)) {
      return before;
    }
  }
  return std::nullopt;
}

Result<std::size_t> OpenedReader::find_file(const std::string& path) const {
  auto row = row_before(path, table_.rows.size());
  if (!row) {
    return no_such_file(path);
  }
  // A hard link is another name of a member before it, so this comes to an end.
  while (table_.rows[*row].entry.type == EntryType::kHardlink) {
    const Entry& link = table_.rows[*row].entry;
    row = row_before(link.link_target, *row);
    if (!row) {
      return Status(Code::kCorrupt, "is another name of '" + link.link_target +
                                        "', which is not in the archive before it")
          .in_file(path);
    }
  }
  const Entry& entry = table_.rows[*row].entry;
  return entry.type == EntryType::kFile ? Result<std::size_t>(*row) : not_a_file(entry);
}

Status OpenedReader::copy_of_warp(const std::string& path, MemberCopy& copy) {
  std::string wanted(bare_path(path));
  for (int links = 0; links < kMostLinks; ++links) {
    const auto member = open_->warp->find(wanted);
    if (!member.ok()) {
      return member.status();
    }
    if (!*member) {
      const Status& damage = open_->warp->damage();
      return damage.ok() ? no_such_file(wanted) : damage;
    }
    const Entry& entry = (*member)->entry;
    if (entry.type == EntryType::kFile) {
      return copy.copy(*open_->warp, entry, (*member)->range.offset);
    }
    if (entry.type != EntryType::kHardlink) {
      return not_a_file(entry);
    }
    wanted = entry.link_target;
  }
  return {Code::kCorrupt, "is another name of another name, without end"};
}

/// Content of a tar, from the header on.
Status OpenedReader::copy_of_tar(const MemberTable::Row& row, std::uint64_t end, MemberCopy& copy) {
  std::unique_ptr<ContentStream> content;
  if (target_.filter) {
    DecompressOptions decode = options_.decode;
    decode.format = target_.filter;
    decode.index_spacing = 0;
    decode.max_output = std::numeric_limits<std::uint64_t>::max();  // the stretch is the bound
    content = std::make_unique<ContentStream>([this, decode, end, begin = row.header](Sink& sink) {
      return decompress_range(*source_, sink, begin, end - begin, decode,
                              index_ ? &*index_ : nullptr)
          .status();
    });
  }
  const auto members = content ? open_tar_reader(content->content())
                               : open_tar_reader(*source_, {.offset = row.header});
  if (!members.ok()) {
    return members.status();
  }
  Entry entry;
  const auto more = (*members)->next(entry);
  if (!more.ok()) {
    return more.status();
  }
  if (!*more || entry.path != row.entry.path || entry.size != row.entry.size) {
    return {Code::kCorrupt, "does not lie where it did when the members were listed"};
  }
  return copy.copy(**members, entry);
}

/// What only can be gone through from the beginning.
Status OpenedReader::copy_of_other(const MemberTable::Row& row, MemberCopy& copy) {
  const ArchiveReadOptions options = reading();
  auto pass = begin_pass(options, nullptr);
  if (!pass.ok()) {
    return pass.status();
  }
  MemberReader& members = *pass->archive->members;
  Entry entry;
  for (std::uint64_t number = 0;; ++number) {
    const auto more = members.next(entry);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      return {Code::kCorrupt, "does not lie where it did when the members were listed"};
    }
    if (number == row.header) {
      return copy.copy(members, entry);
    }
  }
}

Status OpenedReader::copy_file(const std::string& path, MemberCopy& copy) {
  if (open_ && open_->warp) {
    return copy_of_warp(path, copy);
  }
  if (Status loaded = load(); !loaded.ok()) {
    return loaded;
  }
  const auto found = find_file(path);
  if (!found.ok()) {
    return found.status();
  }
  const MemberTable::Row& row = table_.rows[*found];
  if (open_ && open_->zip) {
    auto content = open_->zip->open_entry(static_cast<std::size_t>(row.header));
    return content.ok() ? copy.copy(**content, row.entry.size) : content.status();
  }
  if (!is_tar()) {
    return copy_of_other(row, copy);
  }
  return copy_of_tar(row,
                     *found + 1 < table_.rows.size() ? table_.rows[*found + 1].header
                                                     : std::numeric_limits<std::uint64_t>::max(),
                     copy);
}

Status OpenedReader::read(const std::string& path, Sink& sink) {
  LimitingSink limited(sink, options_.decode.max_output);
  CountingSink counted(limited);
  MemberCopy copy(counted, options_.decode);
  if (Status copied = copy_file(path, copy); !copied.ok()) {
    return about_member(copied, path);
  }
  return about_member(sink.finish(counted.bytes()), path);
}

Result<std::vector<std::byte>> OpenedReader::read(const std::string& path) {
  std::vector<std::byte> content;
  const auto sink = memory_sink(content);
  // A member may claim holes of any size, which take no byte of the archive.
  LimitingSink limited(*sink, usable_memory());
  if (Status status = read(path, limited); !status.ok()) {
    return status;
  }
  return content;
}

Result<ArchiveResult> OpenedReader::extract(const ArchiveExtractOptions& options) {
  ArchiveExtractOptions chosen = options;
  chosen.read = reading();
  if (!is_empty(options.read.members)) {
    chosen.read.members = options.read.members;
  }
  prefer(options.read.on_entry, chosen.read.on_entry);
  prefer(options.read.on_warning, chosen.read.on_warning);
  prefer(options.read.on_note, chosen.read.on_note);
  prefer(options.read.on_lost, chosen.read.on_lost);
  auto writer = open_target(chosen);
  if (!writer.ok()) {
    return writer.status();
  }
  MemberFilter filter(chosen.read.members);
  auto pass = begin_pass(chosen.read, &filter);
  if (!pass.ok()) {
    return pass.status();
  }
  return extract_open({*pass->archive, *source_, chosen.read, filter}, **writer, chosen);
}

Result<ArchiveResult> OpenedReader::test() {
  const ArchiveReadOptions options = reading();
  MemberFilter filter(options.members);
  auto pass = begin_pass(options, &filter);
  if (!pass.ok()) {
    return pass.status();
  }
  return test_open({*pass->archive, *source_, options, filter});
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(std::unique_ptr<Source> archive,
                                                           const ArchiveReadOptions& options) {
  if (archive == nullptr) {
    return Status(Code::kInvalidArgument, "no source to read an archive from");
  }
  auto reader = std::make_unique<OpenedReader>(std::move(archive), options);
  if (Status started = reader->start(); !started.ok()) {
    return started;
  }
  return std::unique_ptr<ArchiveReader>(std::move(reader));
}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open_file(const std::string& path,
                                                                const ArchiveReadOptions& options) {
  auto source = open_file_source(path);
  if (!source.ok()) {
    return source.status();
  }
  ArchiveReadOptions chosen = options;
  std::optional<ArchiveIndex> beside;
  if (options.index == nullptr && options.table == nullptr && (*source)->random_access()) {
    beside = read_sidecar(path + ".kidx", **source, options);
  }
  if (beside) {
    chosen.index = beside->index ? &*beside->index : nullptr;
    chosen.table = beside->table ? &*beside->table : nullptr;
  }
  auto reader = open(std::move(*source), chosen);
  return reader.ok() ? std::move(reader)
                     : Result<std::unique_ptr<ArchiveReader>>(reader.status().in_file(path));
}

}  // namespace kompakt
