#include "pipeline/file_coder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

#include "archive/tree/tree_walk.hpp"
#include "container/warp3_layout.hpp"
#include "io/file.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {
namespace {

// A file up to this size is read, coded and written in one piece each: most files of most trees.
constexpr std::uint64_t kInOnePiece = 256 * kKiB;

std::string base_name(const std::string& path) { return split_path(path).name; }

bool may_travel(std::string_view attribute) {
  return attribute.starts_with("user.") || attribute == "system.posix_acl_access";
}

WarpMetadata warp_metadata(const std::string& path, const FileMetadata& file) {
  WarpMetadata out;
  out.name = base_name(path);
  out.mode = file.mode;
  out.modified =
      WarpMetadata::Time{.seconds = file.modified.tv_sec,
                         .nanoseconds = static_cast<std::uint32_t>(file.modified.tv_nsec)};
  out.owner = WarpMetadata::Owner{.uid = file.uid, .gid = file.gid};
  for (const auto& [attribute, value] : file.xattrs) {
    if (may_travel(attribute)) {
      out.xattrs.emplace_back(attribute, value);
    }
  }
  return out;
}

/// What the file itself says goes over what the compressed file has.
FileMetadata restored_metadata(const std::optional<WarpMetadata>& stored, FileMetadata own) {
  if (!stored) {
    return own;
  }
  own.mode = stored->mode.value_or(own.mode);
  if (stored->modified) {
    own.modified = {.tv_sec = static_cast<time_t>(stored->modified->seconds),
                    .tv_nsec = static_cast<long>(stored->modified->nanoseconds)};
  }
  if (stored->owner) {
    own.has_owner = true;
    own.uid = stored->owner->uid;
    own.gid = stored->owner->gid;
  }
  own.xattrs.clear();
  for (const auto& [name, value] : stored->xattrs) {
    if (may_travel(name)) {
      own.xattrs.emplace_back(name, value);
    }
  }
  return own;
}

Status differs(std::uint64_t offset) {
  return Status(Code::kCorrupt, "verification failed: the output does not decode to the input")
      .at_offset(offset);
}

/// Takes content in order and compares it with what it was made from.
class ComparingSink final : public Sink {
 public:
  explicit ComparingSink(const Source& expected) : expected_(expected), buffer_(kInOnePiece) {}

  Status write(ByteSpan bytes) override {
    while (!bytes.empty()) {
      const std::size_t step = std::min(bytes.size(), buffer_.size());
      const auto got = expected_.read_at(position_, std::span(buffer_).first(step));
      if (!got.ok()) {
        return got.status();
      }
      if (*got != step ||
          !std::equal(buffer_.begin(), buffer_.begin() + static_cast<long>(step), bytes.begin())) {
        return differs(position_);
      }
      position_ += step;
      bytes = bytes.subspan(step);
    }
    return {};
  }
  Status finish(std::uint64_t total) override {
    return total == expected_.size().value_or(0) ? Status() : differs(total);
  }

 private:
  const Source& expected_;  // outlives the sink
  std::vector<std::byte> buffer_;
  std::uint64_t position_ = 0;
};

Status copy_content(Source& source, Sink& sink) {
  const std::uint64_t size = source.size().value_or(0);
  std::vector<std::byte> buffer(std::min<std::uint64_t>(size, kMiB));
  for (std::uint64_t at = 0; at < size;) {
    const auto extent = source.extent_at(at);
    if (!extent.ok()) {
      return extent.status();
    }
    const std::uint64_t length = extent->length;
    if (extent->hole) {
      if (Status put = sink.write_zeros(length); !put.ok()) {
        return put;
      }
      at += length;
      continue;
    }
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer.size()));
    const auto got = source.read_at(at, std::span(buffer).first(step));
    if (!got.ok()) {
      return got.status();
    }
    if (*got == 0) {
      return {Code::kIo, "file shrank while it was being read"};
    }
    if (Status put = sink.write(ByteSpan(buffer).first(*got)); !put.ok()) {
      return put;
    }
    at += *got;
  }
  return sink.finish(size);
}

/// The first bytes say that this is compressed, or was before it was damaged.
bool looks_compressed(ByteSpan head, const std::string& path) {
  return head.empty() || detect_format(head).has_value() ||
         warp3::FileHeader::is_damaged_magic(head) || path.ends_with(".warp");
}

}  // namespace

/// A file that is open for reading, small ones in memory.
struct FileCoder::Input {
  std::string path;
  Descriptor fd;
  struct stat before {};
  std::vector<std::byte> content;
  std::unique_ptr<Source> source;
};

FileReport FileCoder::run(const FileTask& task, const RunControl& run) const {
  FileReport report{.input = task.input,
                    .output = task.output,
                    .fate = FileReport::Fate::kCoded,
                    .bytes_in = 0,
                    .bytes_out = 0,
                    .status = {},
                    .warning = {},
                    .removed = false};
  if (task.kind == FileTask::Kind::kReport) {
    report.fate = task.fate;
    report.status = task.reason;
    return report;
  }
  Status status = dispatch(task, run, report);
  if (!status.ok()) {
    if (report.fate != FileReport::Fate::kSkipped) {
      report.fate = FileReport::Fate::kFailed;
      report.bytes_in = 0;
      report.bytes_out = 0;
    }
    report.status = status.in_file(task.input);
  }
  return report;
}

Status FileCoder::dispatch(const FileTask& task, const RunControl& run, FileReport& report) const {
  if (task.kind == FileTask::Kind::kSymlink) {
    report.fate = FileReport::Fate::kCopied;
    return copy_symlink(task);
  }
  Input input;
  if (Status opened = open_input(task, input); !opened.ok()) {
    return opened;
  }
  if (options_.remove_source && input.before.st_nlink > 1 && !options_.remove_linked) {
    report.fate = FileReport::Fate::kSkipped;
    return {Code::kInvalidArgument,
            "has " + std::to_string(input.before.st_nlink) + " hard links and is left alone"};
  }
  switch (task.kind) {
    case FileTask::Kind::kCompress:
      return compress_file(input, run, report);
    case FileTask::Kind::kDecompress:
      return decompress_file(task, input, run, report);
    default:
      return copy_file(input, report);
  }
}

Status FileCoder::open_input(const FileTask& task, Input& input) const {
  WalkedEntry walked;
  walked.real_path = task.input;
  walked.device = task.device;
  walked.inode = task.inode;
  auto fd = open_walked(system_, walked, &input.before);
  if (!fd.ok()) {
    return fd.status();
  }
  input.path = task.input;
  input.fd = std::move(*fd);
  const auto size = static_cast<std::uint64_t>(input.before.st_size);
  const bool has_holes = static_cast<std::uint64_t>(input.before.st_blocks) * 512 < size;
  if (size > kInOnePiece || (has_holes && size >= 4 * kKiB)) {
    auto source = borrow_descriptor_source(system_, input.fd.get(), task.input);
    if (!source.ok()) {
      return source.status();
    }
    input.source = std::move(*source);
    return {};
  }
  input.content.resize(static_cast<std::size_t>(size));
  bool shrank = false;
  if (Status read = read_exactly(system_, input.fd.get(), 0, input.content, &shrank); !read.ok()) {
    return read;
  }
  if (shrank) {
    return {Code::kIo, "file shrank while it was being read"};
  }
  input.source = memory_source(input.content);
  return {};
}

Result<std::unique_ptr<AtomicFile>> FileCoder::create_output(const std::string& path) const {
  return AtomicFile::create(
      system_, path,
      {.replace = options_.overwrite, .sync = options_.sync_each, .sweep = options_.overwrite});
}

CompressOptions FileCoder::compress_options(const std::string& path, const FileMetadata& metadata,
                                            const RunControl& run) const {
  CompressOptions options = options_.compress;
  options.run = run;
  if (options_.store_metadata && options.format == Format::kWarp) {
    options.metadata = warp_metadata(path, metadata);
  } else if (options_.store_metadata && options.format == Format::kGzip &&
             !options.settings.seekable) {
    options.settings.name = base_name(path);
    // The field has 32 bits, and 0 says that nothing is known.
    if (const auto seconds = metadata.modified.tv_sec;
        seconds > 0 && seconds <= std::numeric_limits<std::uint32_t>::max()) {
      options.settings.modified = static_cast<std::uint32_t>(seconds);
    }
  }
  return options;
}

Status FileCoder::compress_file(Input& input, const RunControl& run, FileReport& report) const {
  auto metadata = read_metadata(system_, input.fd.get());
  if (!metadata.ok()) {
    return metadata.status();
  }
  auto output = create_output(report.output);
  if (!output.ok()) {
    return output.status();
  }
  const auto result =
      compress(*input.source, (*output)->sink(), compress_options(input.path, *metadata, run));
  if (!result.ok()) {
    return result.status();
  }
  report.bytes_in = result->bytes_in;
  report.bytes_out = result->bytes_out;
  if (options_.verify || options_.remove_source) {
    if (Status verified = verify(**output, input, run); !verified.ok()) {
      return verified;
    }
  }
  metadata->mode &= 01777U;  // nobody runs a compressed file as somebody else
  return finish(**output, std::move(*metadata), input, report);
}

Status FileCoder::verify(const AtomicFile& output, Input& input, const RunControl& run) const {
  auto written = borrow_descriptor_source(system_, output.descriptor(), input.path);
  if (!written.ok()) {
    return written.status();
  }
  DecompressOptions options;
  options.run = run;
  options.run.on_progress = {};
  options.dictionary = options_.compress.settings.dictionary;
  if (options_.compress.format != Format::kWarp) {
    options.format = options_.compress.format;
  }
  ComparingSink same(*input.source);
  const auto decoded = decompress(**written, same, options);
  if (!decoded.ok()) {
    const Code code = decoded.status().code();
    return code == Code::kIo || code == Code::kLimitExceeded || code == Code::kCancelled
               ? decoded.status()
               : Status(Code::kCorrupt, "verification failed: " + decoded.status().to_string());
  }
  const std::uint64_t size = input.source->size().value_or(0);
  return decoded->bytes_out == size ? Status() : differs(decoded->bytes_out);
}

Status FileCoder::decompress_file(const FileTask& task, Input& input, const RunControl& run,
                                  FileReport& report) const {
  DecompressOptions options = options_.decompress;
  options.run = run;
  options.verify_digests = options.verify_digests || options_.verify || options_.remove_source;
  if (!options.format && task.input.ends_with(".br")) {
    options.format = Format::kBrotli;  // which has no mark to be known by
  }
  if (!task.plain_output.empty() && !options.format) {
    std::array<std::byte, warp3::FileHeader::kSize> head{};
    const auto got = input.source->random_access() ? input.source->read_at(0, head)
                                                   : Result<std::size_t>(std::size_t{0});
    if (!got.ok()) {
      return got.status();
    }
    if (!looks_compressed(ByteSpan(head).first(*got), task.input)) {
      report.output = task.plain_output;
      return copy_file(input, report);
    }
  }
  auto metadata = read_metadata(system_, input.fd.get());
  if (!metadata.ok()) {
    return metadata.status();
  }
  auto output = create_output(report.output);
  if (!output.ok()) {
    return output.status();
  }
  const auto result = decompress(*input.source, (*output)->sink(), options);
  if (!result.ok()) {
    return result.status();
  }
  report.bytes_in = result->bytes_in;
  report.bytes_out = result->bytes_out;
  if (!result->facts.warnings.empty()) {
    report.warning = result->facts.warnings.front();
  }
  metadata = restored_metadata(result->metadata, std::move(*metadata));
  metadata->mode &= 01777U;
  return finish(**output, std::move(*metadata), input, report);
}

Status FileCoder::copy_file(Input& input, FileReport& report) const {
  if (options_.skip_plain) {
    report.fate = FileReport::Fate::kSkipped;
    return {Code::kUnsupported, "is not compressed and is left out"};
  }
  report.fate = FileReport::Fate::kCopied;
  auto metadata = read_metadata(system_, input.fd.get());
  if (!metadata.ok()) {
    return metadata.status();
  }
  auto output = create_output(report.output);
  if (!output.ok()) {
    return output.status();
  }
  if (Status copied = copy_content(*input.source, (*output)->sink()); !copied.ok()) {
    return copied;
  }
  report.bytes_in = report.bytes_out = input.source->size().value_or(0);
  return finish(**output, std::move(*metadata), input, report);
}

Status FileCoder::finish(AtomicFile& output, FileMetadata metadata, Input& input,
                         FileReport& report) const {
  const Status unchanged = check_unchanged(system_, input.fd.get(), input.before);
  if (!unchanged.ok()) {
    report.warning = Status(unchanged).in_file(input.path);
  }
  if (options_.keep_metadata) {
    output.set_metadata(std::move(metadata));
  }
  if (Status committed = output.commit(); !committed.ok()) {
    return committed;
  }
  if (!options_.remove_source || !unchanged.ok()) {
    return {};
  }
  if (Status removed = remove_file(system_, input.path, options_.sync_each, &input.before);
      !removed.ok()) {
    // The output is there and complete, whatever became of the input.
    report.warning = removed.in_file(input.path);
    return {};
  }
  report.removed = true;
  return {};
}

Status FileCoder::copy_symlink(const FileTask& task) const {
  const char* output = task.output.c_str();
  int made = system_.make_symlink(task.link_target.c_str(), AT_FDCWD, output);
  if (made == -EEXIST) {
    if (!options_.overwrite) {
      return Status(Code::kAlreadyExists, "exists and is not overwritten without --force")
          .in_file(task.output);
    }
    if (const int gone = system_.unlink(AT_FDCWD, output); gone < 0 && gone != -ENOENT) {
      return system_error("cannot replace", gone).in_file(task.output);
    }
    made = system_.make_symlink(task.link_target.c_str(), AT_FDCWD, output);
  }
  if (made < 0) {
    return system_error("cannot make the symlink", made).in_file(task.output);
  }
  struct stat status {};
  if (options_.keep_metadata && system_.lstat(AT_FDCWD, task.input.c_str(), &status) == 0) {
    // What the file system or the user's rights do not allow is left out, as for files.
    static_cast<void>(
        ::fchownat(AT_FDCWD, output, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW));
    const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
    static_cast<void>(::utimensat(AT_FDCWD, output, times.data(), AT_SYMLINK_NOFOLLOW));
  }
  return {};
}

}  // namespace kompakt
