// The content of members, one after the other, into one sink.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "io/decorators.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/archive_open.hpp"
#include "pipeline/archive_reporting.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kCopySize = std::size_t{256} << 10U;

/// Appends several contents to one sink: the end of each is not the sink's.
class AppendingSink final : public ForwardingSink {
 public:
  using ForwardingSink::ForwardingSink;
  bool positional() const override { return false; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return Sink::write_at(offset, bytes);
  }
  Status finish(std::uint64_t total) override {
    static_cast<void>(total);
    return {};
  }
};

/// One operation: what it reads from, where to, what it has done.
class ContentWriter {
 public:
  ContentWriter(OpenArchive& archive, Sink& sink, const ArchiveReadOptions& options,
                MemberFilter& filter)
      : archive_(archive), sink_(sink), options_(options), filter_(filter), room_(kCopySize) {}

  [[nodiscard]] Status run() {
    return archive_.zip ? run_zip() : archive_.warp ? run_warp() : run_members();
  }
  [[nodiscard]] ArchiveResult& result() noexcept { return result_; }

 private:
  Status run_zip() {
    note_damage(result_.damage, archive_.zip->damage());
    for (std::size_t i = 0; i < archive_.zip->size(); ++i) {
      const Entry entry = archive_.zip->entry(i);
      if (!takes(entry)) {
        continue;
      }
      auto content = archive_.zip->open_entry(i);
      Status status = content.ok() ? copy(**content, entry.size) : content.status();
      if (Status settled = settle(entry, status); !settled.ok()) {
        return settled;
      }
    }
    return {};
  }

  Status run_warp() {
    Status status =
        archive_.warp->for_each([this](const Entry& entry, const WarpArchive::MemberRange& range) {
          return takes(entry) ? settle(entry, copy_ranges(entry, range.offset)) : Status();
        });
    note_damage(result_.damage, archive_.warp->damage());
    return status;
  }

  Status run_members() {
    Entry entry;
    for (;;) {
      const auto more = archive_.members->next(entry);
      if (!more.ok() && !is_damage(more.status())) {
        return more.status();
      }
      note_damage(result_.damage, more.ok() ? archive_.members->damage() : more.status());
      if (!more.ok() || !*more) {
        return {};
      }
      if (takes(entry)) {
        const Status copied = copy_member(entry);
        // What the reader calls lost is, whatever the code: a header over a limit, too.
        const bool lost = !archive_.members->lost().ok();
        if (Status settled = settle(entry, copied, lost); !settled.ok()) {
          return settled;
        }
      }
    }
  }

  /// Whether the content of this member is wanted; counts it.
  bool takes(const Entry& entry) {
    if (!filter_.takes(entry.path) || entry.type != EntryType::kFile) {
      return false;
    }
    ++result_.entries;
    ++result_.files;
    result_.content += entry.size;
    if (options_.on_entry) {
      options_.on_entry(entry);
    }
    return true;
  }

  /// Damage costs this member and the others go on; everything else ends the operation, unless the
  /// member is known to be `lost`.
  Status settle(const Entry& entry, const Status& status, bool lost = false) {
    const bool goes_on = is_damage(status) || status.code() == Code::kUnsupported || lost;
    if (status.ok() || !goes_on) {
      return status;
    }
    ++result_.lost;
    note_damage(result_.damage, status);
    if (options_.on_lost) {
      options_.on_lost(entry, status);
    }
    return {};
  }

  [[nodiscard]] Status check_cancelled() const {
    const CancelToken* cancel = options_.decode.run.cancel;
    return cancel != nullptr && cancel->cancelled() ? Status(Code::kCancelled, "cancelled")
                                                    : Status();
  }

  /// Copies `size` bytes of what `read` gives.
  template <typename Read>
  Status copy_bytes(std::uint64_t size, Read&& read) {
    while (size != 0) {
      const auto part = MutableByteSpan(room_).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(room_.size(), size)));
      if (Status status = check_cancelled(); !status.ok()) {
        return status;
      }
      const auto got = read(part);
      if (!got.ok()) {
        return got.status();
      }
      if (*got < part.size()) {
        return {Code::kTruncated, "the member ends early"};
      }
      if (Status status = sink_.write(part); !status.ok()) {
        return status;
      }
      size -= part.size();
    }
    return {};
  }

  Status copy(Source& content, std::uint64_t size) {
    if (Status status = copy_bytes(size, [&](MutableByteSpan out) { return content.read(out); });
        !status.ok()) {
      return status;
    }
    // The end is where a source has its last checks.
    std::byte behind{};
    const auto got = content.read({&behind, 1});
    return got.ok() && *got != 0 ? Status(Code::kCorrupt, "more content than the archive states")
                                 : got.status();
  }

  /// Calls `write` for every data run, and writes zeros for what lies between and behind them.
  template <typename Write>
  Status with_holes(const Entry& entry, Write&& write) {
    if (!entry.data_runs) {
      return write(entry.size);
    }
    std::uint64_t at = 0;
    for (const Extent& run : *entry.data_runs) {
      if (Status status = sink_.write_zeros(run.offset - at); !status.ok()) {
        return status;
      }
      if (Status status = write(run.length); !status.ok()) {
        return status;
      }
      at = run.offset + run.length;
    }
    return sink_.write_zeros(entry.size - at);
  }

  Status copy_member(const Entry& entry) {
    if (Status lost = archive_.members->lost(); !lost.ok()) {
      return lost;
    }
    return with_holes(entry, [this](std::uint64_t length) {
      return copy_bytes(length,
                        [this](MutableByteSpan out) { return archive_.members->read(out); });
    });
  }

  Status copy_ranges(const Entry& entry, std::uint64_t offset) {
    return with_holes(entry, [&](std::uint64_t length) {
      if (length == 0) {
        return Status();
      }
      const auto result =
          decompress_range(archive_.warp->source(), sink_, offset, length, options_.decode);
      offset += length;
      return result.status();
    });
  }

  OpenArchive& archive_;               // NOLINT(cppcoreguidelines-*): outlives the operation
  Sink& sink_;                         // NOLINT(cppcoreguidelines-*): the same
  const ArchiveReadOptions& options_;  // NOLINT(cppcoreguidelines-*): the same
  MemberFilter& filter_;               // NOLINT(cppcoreguidelines-*): the same
  std::vector<std::byte> room_;
  ArchiveResult result_;
};

}  // namespace

Result<ArchiveResult> extract_members(Source& source, Sink& sink,
                                      const ArchiveReadOptions& options) {
  MemberFilter filter(options.members);
  auto opened = open_archive(source, options, &filter);
  if (!opened.ok()) {
    return opened.status();
  }
  AppendingSink appending(sink);
  LimitingSink limited(appending, options.decode.max_output);
  CountingSink counted(limited);
  Reporting reporting(options);
  ContentWriter writer(**opened, counted, options, filter);
  if (Status status = writer.run(); !status.ok()) {
    return status;
  }
  ArchiveResult result = std::move(writer.result());
  if (Status status = complete_result(**opened, source, filter, reporting, result); !status.ok()) {
    return status;
  }
  result.bytes_out = counted.bytes();
  if (Status finished = sink.finish(result.bytes_out); !finished.ok()) {
    return finished;
  }
  return result;
}

}  // namespace kompakt
