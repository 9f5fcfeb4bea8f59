// Content read like a file.
#include "kompakt/reader.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>
#include <vector>

#include "io/decorators.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/inspect.hpp"
#include "pipeline/guarded.hpp"
#include "pipeline/reader_places.hpp"
#include "pipeline/running.hpp"
#include "pipeline/sidecar.hpp"

namespace kompakt {
namespace {

/// Smaller reads are served from a buffer of this size.
constexpr std::size_t kBuffer = std::size_t{128} << 10U;
/// After a seek reads come from the cache of stretches; so many bytes in a row, or as many at once,
/// and a decoder is set to work ahead.
constexpr std::uint64_t kRunBegins = std::uint64_t{1} << 20U;
/// Less than this would be spent on waking the one side and the other.
constexpr std::size_t kLeastAhead = std::size_t{4} << 10U;
constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kHead = 16;
constexpr std::uint64_t kLargestIndex = std::uint64_t{1} << 30U;

Status is_closed() { return {Code::kInvalidArgument, "the reader is closed"}; }

class ReaderImpl final : public Reader {
 public:
  ReaderImpl(std::unique_ptr<Source> owned, Source& source, ReaderOptions options)
      : owned_(std::move(owned)), source_(&source), options_(std::move(options)) {}
  ReaderImpl(const ReaderImpl&) = delete;
  ReaderImpl& operator=(const ReaderImpl&) = delete;
  ReaderImpl(ReaderImpl&&) = delete;
  ReaderImpl& operator=(ReaderImpl&&) = delete;
  ~ReaderImpl() override { ReaderImpl::close(); }

  /// What can fail of the construction.
  Status open();

  Result<std::size_t> read(MutableByteSpan out) override;
  Result<std::size_t> read_some(MutableByteSpan out) override;
  std::uint64_t position() const noexcept override { return position_; }
  Status seek(std::uint64_t offset) override;
  std::optional<std::uint64_t> size() const override;
  Result<std::uint64_t> content_size() override;
  bool random_access() const override {
    return places_ != nullptr && places_->indexed() != nullptr;
  }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override;
  std::string_view name() const override { return source_->name(); }
  Format format() const noexcept override { return format_; }
  const StreamResult* result() const noexcept override { return result_ ? &*result_ : nullptr; }
  void close() noexcept override;

 private:
  [[nodiscard]] Result<std::size_t> advance(MutableByteSpan out);
  [[nodiscard]] ByteSpan held() const;
  [[nodiscard]] bool wants_run(std::size_t wanted) const;
  [[nodiscard]] Status bring_run();
  [[nodiscard]] Result<std::size_t> read_run(MutableByteSpan out);
  [[nodiscard]] Result<std::size_t> read_stretch(MutableByteSpan out);
  [[nodiscard]] Status find_out(std::uint64_t offset);
  void meet_end();

  std::unique_ptr<Source> owned_;
  std::unique_ptr<Source> whole_;  // of a pipe: with the bytes that were looked at
  Source* source_;
  ReaderOptions options_;
  Format format_ = Format::kWarp;
  std::unique_ptr<ReaderPlaces> places_;
  std::unique_ptr<ContentRun> run_;
  ReaderCache::Stretch stretch_;  // the one that was read last
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_begin_ = 0;  // where in the content
  std::size_t buffer_size_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t next_ = 0;    // where the last read ended
  std::uint64_t in_row_ = 0;  // bytes read since the last jump
  bool jumped_ = false;       // ever
  std::optional<StreamResult> result_;
  std::atomic<std::uint64_t> known_size_{kUnknown};
  std::atomic<bool> closed_{false};
};

Status ReaderImpl::open() {
  if (options_.read_ahead < kLeastAhead) {
    return {Code::kInvalidArgument, "read_ahead must be at least 4 KiB"};
  }
  auto head = peek(*source_, kHead);
  if (!head.ok()) {
    return head.status();
  }
  const auto format =
      options_.decompress.format ? options_.decompress.format : detect_format(*head);
  if (!source_->random_access()) {
    whole_ = std::make_unique<PeekedSource>(*source_, std::move(*head));
    source_ = whole_.get();
  }
  if (!format && !options_.decompress.keep_going) {
    // Decoding says why, and it says it at once.
    const auto nowhere = null_sink();
    DecompressOptions quiet = options_.decompress;
    quiet.run.on_progress = nullptr;
    const auto decoded = decompress(*source_, *nowhere, quiet);
    return decoded.ok() ? Status(Code::kInternal, "a format that is not known was decoded")
                        : decoded.status();
  }
  format_ = format.value_or(Format::kWarp);
  auto indexed = find_indexed_content(*source_, options_.decompress, std::move(options_.index));
  if (!indexed.ok()) {
    return indexed.status();
  }
  places_ = std::make_unique<ReaderPlaces>(*source_, options_, std::move(*indexed));
  return {};
}

void ReaderImpl::close() noexcept {
  closed_ = true;
  run_.reset();
  stretch_.reset();
  if (places_) {
    places_->close();
  }
}

std::optional<std::uint64_t> ReaderImpl::size() const {
  const std::uint64_t known = known_size_;
  if (known != kUnknown) {
    return known;
  }
  return random_access() ? std::optional(places_->indexed()->size()) : std::nullopt;
}

Result<std::uint64_t> ReaderImpl::content_size() {
  if (const auto known = size(); known) {
    return *known;
  }
  if (closed_) {
    return is_closed();
  }
  if (!source_->random_access()) {
    return Status(Code::kUnsupported, "the size of what comes through a pipe is known at its end");
  }
  return without_exceptions([this]() -> Result<std::uint64_t> {
    DecompressOptions options = options_.decompress;
    options.run.on_progress = nullptr;
    options.index_spacing = 0;
    const auto nowhere = null_sink();
    const auto found = format_ == Format::kWarp ? decompress(*source_, *nowhere, options)
                                                : inspect_stream(*source_, options);
    if (!found.ok()) {
      return found.status();
    }
    known_size_ = found->bytes_out;
    return found->bytes_out;
  });
}

Result<std::size_t> ReaderImpl::read_at(std::uint64_t offset, MutableByteSpan out) const {
  if (closed_) {
    return is_closed();
  }
  if (!source_->random_access()) {
    return Status(Code::kUnsupported, "a pipe can only be read in order");
  }
  return without_exceptions([&] { return places_->read_at(offset, out); });
}

/// What is decoded already from the position on.
ByteSpan ReaderImpl::held() const {
  if (position_ >= buffer_begin_ && position_ - buffer_begin_ < buffer_size_) {
    return ByteSpan(buffer_)
        .first(buffer_size_)
        .subspan(static_cast<std::size_t>(position_ - buffer_begin_));
  }
  if (stretch_ && position_ >= stretch_->begin()) {
    return stretch_->from(position_);
  }
  return {};
}

/// Whether the next bytes are to come from a decoder that works ahead.
bool ReaderImpl::wants_run(std::size_t wanted) const {
  if (!random_access()) {
    return true;
  }
  if (run_ && position_ >= run_->position() &&
      position_ - run_->position() <= std::max<std::uint64_t>(options_.read_ahead, kBuffer)) {
    return true;
  }
  if (position_ >= places_->indexed()->size()) {
    return false;
  }
  return !jumped_ ||
         ((in_row_ >= kRunBegins || wanted >= kRunBegins) && !places_->has_stretch(position_));
}

/// Sees to a decoder that stands at the position, or at the content's end before it.
Status ReaderImpl::bring_run() {
  const bool far =
      run_ && random_access() && position_ > run_->position() &&
      position_ - run_->position() > std::max<std::uint64_t>(options_.read_ahead, kBuffer);
  if (run_ && !far && position_ >= run_->position()) {
    return run_->skip_to(position_);
  }
  run_.reset();
  run_ = places_->run_from(position_);
  return {};
}

void ReaderImpl::meet_end() {
  if (run_ && run_->result() != nullptr) {
    known_size_ = run_->position();
    result_ = *run_->result();
    return;
  }
  StreamResult result;
  result.bytes_in = source_->size().value_or(0);
  result.bytes_out = position_;
  result.format = format_;
  result_ = std::move(result);
}

Result<std::size_t> ReaderImpl::read_run(MutableByteSpan out) {
  if (Status brought = bring_run(); !brought.ok()) {
    return brought;
  }
  if (run_->position() != position_) {
    return std::size_t{0};  // the position is behind the end
  }
  if (out.size() >= kBuffer) {
    return run_->read_some(out);
  }
  if (buffer_.empty()) {
    buffer_.resize(kBuffer);
  }
  buffer_size_ = 0;
  const auto got = run_->read_some(buffer_);
  if (!got.ok()) {
    return got;
  }
  buffer_begin_ = position_;
  buffer_size_ = *got;
  const std::size_t count = std::min(*got, out.size());
  std::copy_n(buffer_.begin(), count, out.begin());
  return count;
}

Result<std::size_t> ReaderImpl::read_stretch(MutableByteSpan out) {
  auto stretch = places_->stretch(position_);
  if (!stretch.ok()) {
    return stretch.status();
  }
  stretch_ = std::move(*stretch);
  const ByteSpan from = stretch_->from(position_);
  if (from.empty() && !stretch_->failure().ok()) {
    return stretch_->failure();
  }
  const std::size_t count = std::min(from.size(), out.size());
  if (Status within = places_->allowed(position_ + count); !within.ok()) {
    return within;
  }
  std::copy_n(from.begin(), count, out.begin());
  return count;
}

/// Some bytes from the position on; none at the end.
Result<std::size_t> ReaderImpl::advance(MutableByteSpan out) {
  if (position_ != next_) {
    jumped_ = true;
    in_row_ = 0;
  }
  Result<std::size_t> got = std::size_t{0};
  if (const ByteSpan ready = held(); !ready.empty()) {
    got = std::min(ready.size(), out.size());
    if (Status within = places_->allowed(position_ + *got); !within.ok()) {
      return within;
    }
    std::copy_n(ready.begin(), *got, out.begin());
  } else {
    got = wants_run(out.size()) ? read_run(out) : read_stretch(out);
  }
  if (got.ok()) {
    position_ += *got;
    next_ = position_;
    in_row_ += *got;
    if (*got == 0) {
      meet_end();
    }
  }
  return got;
}

Result<std::size_t> ReaderImpl::read_some(MutableByteSpan out) {
  if (closed_) {
    return is_closed();
  }
  return out.empty() ? Result<std::size_t>(std::size_t{0})
                     : without_exceptions([&] { return advance(out); });
}

Result<std::size_t> ReaderImpl::read(MutableByteSpan out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got = read_some(out.subspan(done));
    if (!got.ok()) {
      return done != 0 ? Result<std::size_t>(done) : got;
    }
    if (*got == 0) {
      break;
    }
    done += *got;
  }
  return done;
}

/// Decodes up to `offset` to see whether there is so much content.
Status ReaderImpl::find_out(std::uint64_t offset) {
  if (!run_) {
    run_ = places_->run_from(0);
  }
  if (Status skipped = run_->skip_to(offset); !skipped.ok()) {
    return skipped;
  }
  if (run_->position() == offset) {
    return {};
  }
  known_size_ = run_->position();
  if (!source_->random_access()) {
    position_ = run_->position();
  }
  return {Code::kInvalidArgument, "the content ends at " + std::to_string(run_->position())};
}

Status ReaderImpl::seek(std::uint64_t offset) {
  if (closed_) {
    return is_closed();
  }
  if (offset == position_) {
    return {};
  }
  if (const auto end = size(); end && offset > *end) {
    return {Code::kInvalidArgument, "the content ends at " + std::to_string(*end)};
  }
  const std::uint64_t reached = run_ ? run_->position() : 0;
  if (!random_access() && offset > reached && !size()) {
    if (Status found = without_exceptions([&] { return find_out(offset); }); !found.ok()) {
      return found;
    }
  }
  const bool buffered = offset >= buffer_begin_ && offset - buffer_begin_ < buffer_size_;
  if (!source_->random_access() && run_ && offset < run_->position() && !buffered) {
    return {Code::kUnsupported, "a pipe cannot be read backwards"};
  }
  result_.reset();
  position_ = offset;
  return {};
}

Result<std::unique_ptr<Reader>> open_reader(std::unique_ptr<Source> owned, Source& source,
                                            ReaderOptions options) {
  return without_exceptions([&]() -> Result<std::unique_ptr<Reader>> {
    auto reader = std::make_unique<ReaderImpl>(std::move(owned), source, std::move(options));
    if (Status opened = reader->open(); !opened.ok()) {
      return opened.in_file(source.name());
    }
    return std::unique_ptr<Reader>(std::move(reader));
  });
}

/// The index in FILE.kidx, where there is one that belongs to `source`.
std::optional<SeekIndex> index_beside(const std::string& path, const Source& source) {
  if (!source.random_access()) {
    return std::nullopt;
  }
  const auto bytes = read_sidecar_bytes(real_system(), path + ".kidx", kLargestIndex);
  if (!bytes.ok()) {
    return std::nullopt;
  }
  auto index = decode_archive_index(*bytes, source);
  return index.ok() ? std::move(index->index) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::open(std::unique_ptr<Source> compressed,
                                             ReaderOptions options) {
  if (!compressed) {
    return Status(Code::kInvalidArgument, "there is no source");
  }
  Source& source = *compressed;
  return open_reader(std::move(compressed), source, std::move(options));
}

Result<std::unique_ptr<Reader>> Reader::open(Source& compressed, ReaderOptions options) {
  return open_reader(nullptr, compressed, std::move(options));
}

Result<std::unique_ptr<Reader>> Reader::open_file(const std::string& path, ReaderOptions options) {
  return without_exceptions([&]() -> Result<std::unique_ptr<Reader>> {
    auto source = open_file_source(path);
    if (!source.ok()) {
      return source.status();
    }
    if (!options.index) {
      options.index = index_beside(path, **source);
    }
    if (!options.decompress.format && path.ends_with(format_info(Format::kBrotli).suffix)) {
      const auto head = (*source)->random_access()
                            ? peek(**source, kHead)
                            : Result<std::vector<std::byte>>(std::vector<std::byte>());
      if (head.ok() && !detect_format(*head)) {
        options.decompress.format = Format::kBrotli;
      }
    }
    return open(std::move(*source), std::move(options));
  });
}

}  // namespace kompakt
