#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "archive/foreign/entries.hpp"
#include "archive/foreign/errors.hpp"
#include "archive/foreign/foreign.hpp"
#include "archive/foreign/input.hpp"
#include "archive/foreign/library.hpp"
#include "archive/foreign/xar_toc.hpp"
#include "core/checked.hpp"

namespace kompakt {
namespace {

/// So many members in a row that cannot be read end the archive: damage must not make it endless.
constexpr unsigned kMostUnreadable = 10'000;

/// Owns libarchive's two objects.
class Handles {
 public:
  explicit Handles(const ArchiveLibrary& library)
      : library_(library), archive_(library.read_new()), entry_(library.entry_new()) {}
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  Handles(Handles&&) = delete;
  Handles& operator=(Handles&&) = delete;
  ~Handles() {
    library_.entry_free(entry_);
    if (archive_ != nullptr) {
      library_.read_free(archive_);
    }
  }
  [[nodiscard]] bool complete() const { return archive_ != nullptr && entry_ != nullptr; }
  [[nodiscard]] struct archive* archive() const { return archive_; }
  [[nodiscard]] struct archive_entry* entry() const { return entry_; }

 private:
  const ArchiveLibrary& library_;
  struct archive* archive_;
  struct archive_entry* entry_;
};

class ForeignReader final : public MemberReader {
 public:
  ForeignReader(const ArchiveLibrary& library, Source& source)
      : library_(library), input_(source), handles_(library) {}

  [[nodiscard]] Status open(const Source& source);

  [[nodiscard]] Result<bool> next(Entry& entry) override;
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out) override;
  [[nodiscard]] std::uint64_t position() const override { return input_.consumed(); }
  [[nodiscard]] std::uint64_t member_position() const override { return member_position_; }
  [[nodiscard]] const Status& damage() const override { return damage_; }
  [[nodiscard]] std::string format_name() const override {
    return std::string(foreign_name(kind_));
  }

 private:
  /// What came of asking for one header. kLater: nothing to tell now.
  enum class Header : std::uint8_t { kMember, kLater, kUnreadable, kEnd, kFailed };
  Header read_header(Entry& entry);
  [[nodiscard]] bool is_index_of_ar(const Entry& entry) const;
  /// Gets the next run of content into block_. kOk with nothing in it: the content ends.
  [[nodiscard]] Status read_block();
  /// After the last byte: libarchive compares checksums when it is asked for more.
  [[nodiscard]] Status check_end();
  /// Hands out zeros or bytes of block_, whichever comes next.
  std::size_t give(MutableByteSpan out);
  [[nodiscard]] Status failure() const;
  void note_damage(Status status);

  const ArchiveLibrary& library_;
  ForeignInput input_;
  Handles handles_;
  ForeignKind kind_ = ForeignKind::k7Zip;
  CpioLinks links_;

  Status fatal_;
  Status damage_;
  bool ended_ = false;
  std::uint64_t member_position_ = 0;
  // The current file's content. A gap before a block reads as zeros.
  bool encrypted_ = false;
  std::uint64_t left_ = 0;    ///< bytes that the entry says are still to come
  std::uint64_t offset_ = 0;  ///< bytes given so far
  std::uint64_t zeros_ = 0;
  ByteSpan block_;
  Status content_failure_;
};

int enable(const ArchiveLibrary& library, ForeignKind kind, struct archive* a) {
  switch (kind) {
    case ForeignKind::k7Zip:
      return library.read_support_format_7zip(a);
    case ForeignKind::kCpio:
      return library.read_support_format_cpio(a);
    case ForeignKind::kIso9660:
      return library.read_support_format_iso9660(a);
    case ForeignKind::kRar:
      return library.read_support_format_rar(a);
    case ForeignKind::kRar5:
      return library.read_support_format_rar5 == nullptr ? ARCHIVE_FATAL
                                                         : library.read_support_format_rar5(a);
    case ForeignKind::kCab:
      return library.read_support_format_cab(a);
    case ForeignKind::kAr:
      return library.read_support_format_ar(a);
    case ForeignKind::kXar:
      return library.read_support_format_xar(a);
    case ForeignKind::kLha:
      return library.read_support_format_lha(a);
    case ForeignKind::kWarc:
      return library.read_support_format_warc(a);
  }
  return ARCHIVE_FATAL;
}

Status ForeignReader::open(const Source& source) {
  if (!handles_.complete()) {
    return {Code::kLimitExceeded, "no memory for libarchive"};
  }
  auto head = input_.peek(kForeignHeadSize);
  if (!head.ok()) {
    return head.status();
  }
  const auto kind = foreign_kind(*head);
  if (!kind) {
    return {Code::kUnsupported, "not an archive of a known kind"};
  }
  kind_ = *kind;
  if ((kind_ == ForeignKind::k7Zip || kind_ == ForeignKind::kXar) && !source.random_access()) {
    return {Code::kUnsupported,
            std::string(foreign_name(kind_)) + " archives are read from a file, not from a pipe"};
  }
  if (kind_ == ForeignKind::kXar) {
    if (Status status = check_xar_toc(source); !status.ok()) {
      return status;
    }
  }
  const Utf8Scope utf8;
  input_.attach(library_, handles_.archive());
  // One format and no filter: nothing else in libarchive ever sees the bytes.
  if (enable(library_, kind_, handles_.archive()) < ARCHIVE_WARN) {
    return {Code::kUnsupported,
            "the libarchive that is installed cannot read " + std::string(foreign_name(kind_))};
  }
  if (library_.read_open1(handles_.archive()) < ARCHIVE_WARN) {
    return failure();
  }
  return {};
}

Status ForeignReader::failure() const {
  const char* const message = library_.error_string(handles_.archive());
  Status status = input_.failure().ok() ? foreign_failure(library_.error_number(handles_.archive()),
                                                          message == nullptr ? "" : message)
                                        : input_.failure();
  return status.at_offset(input_.position());
}

void ForeignReader::note_damage(Status status) {
  if (damage_.ok()) {
    damage_ = std::move(status);
  }
}

bool ForeignReader::is_index_of_ar(const Entry& entry) const {
  return kind_ == ForeignKind::kAr &&
         (entry.path == "/" || entry.path.starts_with("__.SYMDEF") || entry.path == "/SYM64");
}

ForeignReader::Header ForeignReader::read_header(Entry& entry) {
  input_.clear_failure();
  struct archive_entry* const from = handles_.entry();
  errno = 0;  // libarchive takes one that was left over for its own
  const int code = library_.read_next_header2(handles_.archive(), from);
  if (code == ARCHIVE_EOF) {
    return Header::kEnd;
  }
  if (code <= ARCHIVE_FATAL) {
    fatal_ = failure();
    return Header::kFailed;
  }
  const auto at = library_.read_header_position(handles_.archive());
  member_position_ = checked_cast<std::uint64_t>(at).value_or(0);
  if (code != ARCHIVE_OK) {
    note_damage(failure());
  }
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
    return Header::kUnreadable;
  }
  Status status = convert_entry(library_, from, kind_, entry);
  if (!status.ok()) {
    note_damage(std::move(status.at_offset(member_position_)));
    return Header::kUnreadable;
  }
  if (is_index_of_ar(entry)) {
    return Header::kLater;
  }
  if (kind_ == ForeignKind::kCpio) {
    const auto verdict = links_.take(entry, static_cast<std::uint64_t>(library_.entry_dev(from)),
                                     static_cast<std::uint64_t>(library_.entry_ino64(from)),
                                     library_.entry_nlink(from));
    return verdict == CpioLinks::Verdict::kTell ? Header::kMember : Header::kLater;
  }
  if (entry.type == EntryType::kHardlink) {
    entry.size = 0;
  }
  return Header::kMember;
}

Result<bool> ForeignReader::next(Entry& entry) {
  left_ = offset_ = zeros_ = 0;
  encrypted_ = false;
  block_ = {};
  content_failure_ = {};
  const Utf8Scope utf8;
  unsigned unreadable = 0;
  for (;;) {
    if (auto held = links_.next()) {
      entry = std::move(*held);
      return true;
    }
    if (!fatal_.ok()) {
      return fatal_;
    }
    if (ended_) {
      return false;
    }
    switch (read_header(entry)) {
      case Header::kMember:
        encrypted_ = library_.entry_is_encrypted(handles_.entry()) != 0;
        left_ = entry.type == EntryType::kFile ? entry.size : 0;
        return true;
      case Header::kLater:
        break;
      case Header::kUnreadable:
        if (++unreadable > kMostUnreadable) {
          fatal_ =
              damage_.ok() ? Status(Code::kCorrupt, "nothing but unreadable members") : damage_;
        }
        break;
      case Header::kEnd:
        ended_ = true;
        links_.finish();
        break;
      case Header::kFailed:
        // What came before the failure is still worth telling.
        links_.finish();
        break;
    }
  }
}

Status ForeignReader::read_block() {
  if (!content_failure_.ok()) {
    return content_failure_;
  }
  const Utf8Scope utf8;
  input_.clear_failure();
  const void* data = nullptr;
  std::size_t size = 0;
  ::la_int64_t at = 0;
  for (unsigned tries = 0; size == 0; ++tries) {
    const int code = library_.read_data_block(handles_.archive(), &data, &size, &at);
    if (code == ARCHIVE_EOF) {
      block_ = {};
      return {};
    }
    if (code != ARCHIVE_OK || tries > kMostUnreadable) {
      // A warning about content is a checksum that does not match.
      content_failure_ =
          code == ARCHIVE_OK ? Status(Code::kCorrupt, "content without end") : failure();
      if (code <= ARCHIVE_FATAL) {
        fatal_ = content_failure_;
      }
      return content_failure_;
    }
  }
  const auto offset = checked_cast<std::uint64_t>(at);
  if (!offset || *offset < offset_ || *offset - offset_ > left_ ||
      size > left_ - (*offset - offset_)) {
    content_failure_ = Status(Code::kCorrupt, "the content is longer than the archive says")
                           .at_offset(input_.position());
    return content_failure_;
  }
  zeros_ = *offset - offset_;
  block_ = ByteSpan(static_cast<const std::byte*>(data), size);
  return {};
}

Status ForeignReader::check_end() {
  // read_block() fails on any content past left_, which is 0 here.
  return read_block();
}

Result<std::size_t> ForeignReader::read(MutableByteSpan out) {
  if (encrypted_) {
    return Status(Code::kUnsupported, "the member is encrypted").at_offset(member_position_);
  }
  std::size_t done = 0;
  while (done < out.size() && left_ > 0) {
    if (zeros_ == 0 && block_.empty()) {
      if (Status status = read_block(); !status.ok()) {
        return status;
      }
      if (block_.empty()) {
        content_failure_ = Status(Code::kTruncated, "the content is shorter than the archive says")
                               .at_offset(input_.position());
        return content_failure_;
      }
    }
    const std::size_t step = give(out.subspan(done));
    done += step;
    offset_ += step;
    left_ -= step;
  }
  if (done > 0 && left_ == 0) {
    if (Status status = check_end(); !status.ok()) {
      return status;
    }
  }
  return done;
}

std::size_t ForeignReader::give(MutableByteSpan out) {
  if (zeros_ > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(zeros_, out.size()));
    std::memset(out.data(), 0, step);
    zeros_ -= step;
    return step;
  }
  const std::size_t step = std::min(block_.size(), out.size());
  std::memcpy(out.data(), block_.data(), step);
  block_ = block_.subspan(step);
  return step;
}

}  // namespace

Result<std::unique_ptr<MemberReader>> open_foreign_reader(Source& source) {
  const auto library = archive_library();
  if (!library.ok()) {
    return library.status();
  }
  auto reader = std::make_unique<ForeignReader>(**library, source);
  if (Status status = reader->open(source); !status.ok()) {
    return status;
  }
  return std::unique_ptr<MemberReader>(std::move(reader));
}

}  // namespace kompakt
