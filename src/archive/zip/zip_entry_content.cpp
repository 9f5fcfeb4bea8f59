#include "archive/zip/zip_entry_content.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "archive/zip/zip_entry_codecs.hpp"

namespace kompakt {
namespace zip {
namespace {

Status corrupt(const char* what) { return {Code::kCorrupt, what}; }

Status check_end(std::uint64_t produced, std::uint64_t size, std::uint32_t crc,
                 std::uint32_t expected) {
  if (produced != size) {
    return corrupt("zip: the entry decodes to fewer bytes than the archive says");
  }
  return crc == expected ? Status() : corrupt("zip: wrong CRC-32 of the content");
}

}  // namespace

Status StoredInput::fill() {
  constexpr std::size_t kMost = std::size_t{256} * 1024;
  if (left_ == 0 || (end_ > begin_ && end_ - begin_ >= buffer_.capacity() / 2)) {
    return {};
  }
  if (buffer_.capacity() == 0) {
    buffer_.resize_discard(static_cast<std::size_t>(std::min<std::uint64_t>(kMost, left_)));
  }
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const MutableByteSpan room = buffer_.first(buffer_.capacity()).subspan(end_);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left_));
  const auto got = source_.read_at(next_, room.first(wanted));
  if (!got.ok()) {
    return got.status();
  }
  if (*got < wanted) {
    return {Code::kTruncated, "zip: the archive ends inside the entry"};
  }
  end_ += wanted;
  next_ += wanted;
  left_ -= wanted;
  return {};
}

Result<CheckedContent> CheckedContent::open(const Source& source, const ZipExtent& extent,
                                            std::uint64_t max_memory) {
  auto decoder = make_content_decoder(source, extent, max_memory);
  if (!decoder.ok()) {
    return decoder.status();
  }
  return CheckedContent(std::move(*decoder), extent);
}

Result<ByteSpan> CheckedContent::next() {
  const auto piece = decoder_->next();
  if (!piece.ok()) {
    return piece.status();
  }
  if (piece->empty()) {
    const Status status = check_end(produced_, size_, crc_, crc32_);
    return status.ok() ? Result<ByteSpan>(ByteSpan()) : Result<ByteSpan>(status);
  }
  if (piece->size() > size_ - produced_) {
    return corrupt("zip: the entry decodes to more bytes than the archive says");
  }
  crc_ = libdeflate_crc32(crc_, piece->data(), piece->size());
  produced_ += piece->size();
  return *piece;
}

struct WholeDecoder::Contexts {
  struct DecompressorDeleter {
    void operator()(libdeflate_decompressor* d) const noexcept { libdeflate_free_decompressor(d); }
  };
  std::unique_ptr<libdeflate_decompressor, DecompressorDeleter> deflate;
  std::unique_ptr<Decoder> zstd;
};

WholeDecoder::WholeDecoder(std::uint64_t max_memory)
    : max_memory_(max_memory), contexts_(std::make_unique<Contexts>()) {}
WholeDecoder::~WholeDecoder() = default;

Status WholeDecoder::inflate(ByteSpan stored, MutableByteSpan out) {
  if (!contexts_->deflate) {
    contexts_->deflate.reset(libdeflate_alloc_decompressor());
    if (!contexts_->deflate) {
      return {Code::kLimitExceeded, "zip: no memory for decoding"};
    }
  }
  std::size_t consumed = 0;
  switch (libdeflate_deflate_decompress_ex(contexts_->deflate.get(), stored.data(), stored.size(),
                                           out.data(), out.size(), &consumed, nullptr)) {
    case LIBDEFLATE_SUCCESS:
      return consumed == stored.size()
                 ? Status()
                 : corrupt("zip: stored bytes are left behind the deflate stream");
    case LIBDEFLATE_SHORT_OUTPUT:
      return corrupt("zip: the entry decodes to fewer bytes than the archive says");
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return corrupt("zip: the entry decodes to more bytes than the archive says");
    default:
      return corrupt("zip: the deflate stream is damaged");
  }
}

Status WholeDecoder::decode_zstd(ByteSpan stored, MutableByteSpan out) {
  if (!contexts_->zstd) {
    auto made = find_codec(CodecId::kZstd)->make_decoder({}, Limits{.max_memory = max_memory_});
    if (!made.ok()) {
      return made.status();
    }
    contexts_->zstd = std::move(*made);
  }
  const auto size = contexts_->zstd->decode(stored, out);
  if (!size.ok()) {
    return size.status();
  }
  return *size == out.size()
             ? Status()
             : corrupt("zip: the entry decodes to fewer bytes than the archive says");
}

Status WholeDecoder::decode_into(const ZipExtent& extent, ByteSpan stored, MutableByteSpan out) {
  switch (plain_method(extent.method)) {
    case Method::kDeflate:
      return inflate(stored, out);
    case Method::kZstd:
      return decode_zstd(stored, out);
    default:
      return decode_pieces(extent, stored, out);
  }
}

Status WholeDecoder::decode_pieces(const ZipExtent& extent, ByteSpan stored,
                                   MutableByteSpan out) const {
  const auto source = memory_source(stored);
  ZipExtent here = extent;
  here.data = 0;
  auto decoder = make_content_decoder(*source, here, max_memory_);
  if (!decoder.ok()) {
    return decoder.status();
  }
  while (true) {
    const auto piece = (*decoder)->next();
    if (!piece.ok()) {
      return piece.status();
    }
    if (piece->size() > out.size()) {
      return corrupt("zip: the entry decodes to more bytes than the archive says");
    }
    if (piece->empty()) {
      return out.empty() ? Status()
                         : corrupt("zip: the entry decodes to fewer bytes than the archive says");
    }
    std::memcpy(out.data(), piece->data(), piece->size());
    out = out.subspan(piece->size());
  }
}

Result<ByteSpan> WholeDecoder::decode(const ZipExtent& extent, ByteSpan stored) {
  if (stored.size() != extent.stored_size) {
    return Status(Code::kTruncated, "zip: the archive ends inside the entry");
  }
  ByteSpan content = stored;
  if (extent.method != Method::kStore && !is_nothing(extent)) {
    // Never empty, so that there is an address to give.
    content_.resize_discard(static_cast<std::size_t>(extent.size) + 1);
    const MutableByteSpan out = content_.first(static_cast<std::size_t>(extent.size));
    const Status status = decode_into(extent, stored, out);
    if (!status.ok()) {
      return status;
    }
    content = out;
  }
  const Status status =
      check_end(content.size(), extent.size, libdeflate_crc32(0, content.data(), content.size()),
                extent.crc32);
  return status.ok() ? Result<ByteSpan>(content) : Result<ByteSpan>(status);
}

namespace {

/// The content of one entry as others read it.
class EntrySource final : public Source {
 public:
  EntrySource(CheckedContent content, std::uint64_t size, std::string name)
      : content_(std::move(content)), size_(size), name_(std::move(name)) {}

  Result<std::size_t> read(MutableByteSpan out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      if (piece_.empty() && !ended_) {
        auto next = content_.next();
        if (!next.ok()) {
          return next.status().in_file(name_);
        }
        piece_ = *next;
        ended_ = piece_.empty();
      }
      if (ended_) {
        break;
      }
      const std::size_t count = std::min(piece_.size(), out.size() - filled);
      std::memcpy(out.data() + filled, piece_.data(), count);
      piece_ = piece_.subspan(count);
      filled += count;
    }
    return filled;
  }
  std::optional<std::uint64_t> size() const override { return size_; }
  std::string_view name() const override { return name_; }

 private:
  CheckedContent content_;
  std::uint64_t size_;
  std::string name_;
  ByteSpan piece_;
  bool ended_ = false;
};

}  // namespace
}  // namespace zip

Result<std::unique_ptr<Source>> ZipArchive::open_entry(std::size_t index) const {
  const auto extent = locate(index);
  if (!extent.ok()) {
    return extent.status();
  }
  if (Status status = check_overlap(index, *extent); !status.ok()) {
    return status;
  }
  auto content = zip::CheckedContent::open(source_, *extent, limits_.max_memory);
  if (!content.ok()) {
    return content.status();
  }
  return std::unique_ptr<Source>(
      std::make_unique<zip::EntrySource>(std::move(*content), extent->size, entry(index).path));
}

}  // namespace kompakt
