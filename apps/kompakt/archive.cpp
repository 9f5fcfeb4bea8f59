// The verb archive: files and folders become one file.
#include <fmt/format.h>
#include <sys/stat.h>

#include "archive_reading.hpp"
#include "compressing.hpp"
#include "files.hpp"
#include "io/decorators.hpp"
#include "io/file.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/stream.hpp"
#include "progress.hpp"

namespace kompakt::cli {
namespace {

/// From names to a finished archive.
class Packing {
 public:
  Packing(const Session& session, Output output)
      : session_(session),
        output_(std::move(output)),
        reporter_(session, output_.name()),
        meter_(session, output_.name(), std::nullopt, ContentSide::kInput),
        verify_(session.request.verify && output_.is_file()) {}

  Exit run() {
    const auto result = create_archive(selection(), output_.sink(), options());
    session_.console.clear_status_line();
    Status status = result.status();
    if (status.ok() && verify_) {
      status = verify(*result);
      session_.console.clear_status_line();
    }
    if (status.ok()) {
      status = output_.commit();
    }
    if (!status.ok()) {
      return session_.fail(status.in_file(output_.name()));
    }
    report(*result);
    return reporter_.warnings() != 0 ? Exit::kWarning : Exit::kOk;
  }

 private:
  [[nodiscard]] TreeSelection selection() const {
    const ArchiveRequest& request = session_.request.archive;
    TreeSelection selection;
    selection.paths = session_.request.inputs;
    selection.base = request.directory;
    selection.include = request.include;
    selection.exclude = request.exclude;
    selection.one_file_system = request.one_file_system;
    selection.follow_symlinks = request.dereference;
    selection.xattrs = request.xattrs;
    return selection;
  }

  ArchiveCreateOptions options() {
    const Request& request = session_.request;
    const CompressOptions stream = compress_options(session_);
    ArchiveCreateOptions options;
    options.target = request.archive.target;
    options.level = request.level;
    options.settings = stream.settings;
    options.zip_method = request.archive.zip_method;
    options.codec = request.codec;
    options.block_size = stream.block_size;
    options.checksum = request.checksum;
    options.reproducible = request.archive.reproducible;
    options.epoch = source_date_epoch(session_.world);
    options.skip = outputs();
    if (session_.console.verbosity() > 0) {
      options.on_entry = [this](const Entry& entry) { reporter_.member(entry); };
    }
    options.on_warning = [this](const Status& warning) { reporter_.warned(warning); };
    options.run = stream.run;
    options.run.on_progress = reporter_.guard(meter_.callback());
    return options;
  }

  /// The archive never holds itself: neither what is being written nor what it will replace.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint64_t>> outputs() const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
    struct stat file {};
    const auto add = [&] {
      if (S_ISREG(file.st_mode)) {
        found.emplace_back(file.st_dev, file.st_ino);
      }
    };
    const bool to_stdout = session_.request.output == "-";
    if (to_stdout && session_.world.system->fstat(session_.world.out, &file) == 0) {
      add();
    }
    if (!to_stdout && ::stat(session_.request.output->c_str(), &file) == 0) {
      add();
    }
    if (const int fd = output_.descriptor();
        fd >= 0 && session_.world.system->fstat(fd, &file) == 0) {
      add();
    }
    return found;
  }

  /// Decodes what was written and compares it with what was packed: members of a .warp archive by
  /// their digests and those of a zip by their CRC-32, which were made of the files as they were
  /// read; of a tar all of its bytes.
  Status verify(const ArchiveResult& written) {
    auto source = output_.reread(*session_.world.system);
    if (!source.ok()) {
      return source.status();
    }
    return written.kind == ArchiveKind::kTar ? verify_tar(**source, written)
                                             : verify_members(**source, written);
  }

  Status verify_tar(Source& source, const ArchiveResult& written) {
    const auto nowhere = null_sink();
    HashingSink content(*nowhere, HashId::kXxh3);
    DecompressOptions decode;
    decode.dictionary = session_.dictionary;
    decode.verify_digests = true;
    decode.run.threads = session_.request.threads;
    decode.run.max_memory = session_.request.memory;
    decode.format = written.filter;
    const auto bytes = written.filter ? decoded(source, content, decode) : copied(source, content);
    if (!bytes.ok()) {
      return failed(bytes.status());
    }
    return *bytes == written.tar_bytes && integer_of(content.digest()) == written.tar_hash
               ? Status()
               : failed({Code::kCorrupt, "the tar in it is not the one that was packed"});
  }

  static Result<std::uint64_t> decoded(Source& source, Sink& sink,
                                       const DecompressOptions& options) {
    const auto result = decompress(source, sink, options);
    return result.ok() ? Result<std::uint64_t>(result->bytes_out) : result.status();
  }

  static Result<std::uint64_t> copied(Source& source, Sink& sink) {
    std::vector<std::byte> room(kMiB);
    std::uint64_t at = 0;
    for (;;) {
      const auto got = source.read_at(at, room);
      if (!got.ok()) {
        return got.status();
      }
      if (Status written = sink.write(ByteSpan(room).first(*got)); !written.ok()) {
        return written;
      }
      at += *got;
      if (*got < room.size()) {
        return at;
      }
    }
  }

  /// Whatever a reader calls it: what was just written is not what was packed.
  static Status failed(const Status& status) {
    return status.code() == Code::kIo || status.code() == Code::kLimitExceeded
               ? status
               : Status(Code::kCorrupt, fmt::format("verification failed: {}", status.message()));
  }

  Status verify_members(Source& source, const ArchiveResult& written) {
    ArchiveReadOptions read;
    read.decode.dictionary = session_.dictionary;
    read.decode.verify_digests = true;
    read.decode.run.threads = session_.request.threads;
    read.decode.run.max_memory = session_.request.memory;
    const auto tested = test_archive(source, read);
    Status status = tested.status();
    if (status.ok()) {
      status = tested->damage;
    }
    if (!status.ok()) {
      return failed(status);
    }
    if (tested->entries + tested->refused != written.entries ||
        tested->content != written.content) {
      return {Code::kCorrupt,
              fmt::format("verification failed: {} members with {} bytes were packed, but {} with "
                          "{} are in the archive",
                          written.entries, written.content, tested->entries, tested->content)};
    }
    return {};
  }

  void report(const ArchiveResult& result) {
    const double percent = result.content == 0 ? 100.0
                                               : 100.0 * static_cast<double>(result.bytes_out) /
                                                     static_cast<double>(result.content);
    session_.console.note(
        1, fmt::format("{}: {} members, {:.1f}% ({} => {} bytes, {}, saved {}), {}", output_.name(),
                       result.entries, percent, result.content, result.bytes_out,
                       ratio_text(result.content, result.bytes_out),
                       saved_text(result.content, result.bytes_out),
                       speed_text(result.content, meter_.seconds())));
    if (!session_.console.wants_json()) {
      return;
    }
    JsonLine line("archive");
    line.text("output", output_.name());
    add_archive(line, result);
    line.number("duplicates", result.duplicates).number("warnings", result.warnings);
    line.real("seconds", meter_.seconds())
        .number("threads", result.threads)
        .flag("verified", verify_);
    session_.console.json(line);
  }

  const Session& session_;  // outlives the packing
  Output output_;
  MemberReporter reporter_;
  ProgressMeter meter_;
  bool verify_;
};

}  // namespace

Exit archive_files(const Session& session) {
  const std::string& path = *session.request.output;
  if (Status allowed = check_packed_output(session, path); !allowed.ok()) {
    return session.fail(allowed);
  }
  auto output = Output::open(session, path, Input());
  if (!output.ok()) {
    return session.fail(output.status());
  }
  return Packing(session, std::move(*output)).run();
}

}  // namespace kompakt::cli
