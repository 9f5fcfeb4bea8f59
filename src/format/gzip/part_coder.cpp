#include "format/gzip/part_coder.hpp"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "codec/deflate/inflate/scanner.hpp"
#include "core/endian.hpp"

namespace kompakt::gzip {
namespace {

constexpr std::size_t kMaxStored = 65535;
constexpr std::size_t kStoredHeader = 5;
constexpr std::size_t kEmptyStored = 4;  // LEN and NLEN

/// Appends to a span whose size was chosen beforehand.
class Writer {
 public:
  explicit Writer(MutableByteSpan out, std::size_t at = 0) : out_(out), at_(at) {}
  void put(ByteSpan bytes) {
    if (!bytes.empty()) {
      std::memcpy(out_.data() + at_, bytes.data(), bytes.size());
      at_ += bytes.size();
    }
  }
  void put(std::byte byte) { out_[at_++] = byte; }
  [[nodiscard]] std::size_t size() const { return at_; }

 private:
  MutableByteSpan out_;
  std::size_t at_;
};

/// Stored blocks: what level 0 is made of and what any other level falls back to.
std::size_t store(ByteSpan raw, PartEnd end, MutableByteSpan out) {
  Writer writer(out);
  do {
    const ByteSpan piece = raw.first(std::min(raw.size(), kMaxStored));
    raw = raw.subspan(piece.size());
    std::array<std::byte, kStoredHeader> header{
        std::byte{end == PartEnd::kFinal && raw.empty() ? std::uint8_t{1} : std::uint8_t{0}}};
    const auto length = static_cast<std::uint16_t>(piece.size());
    store_le(MutableByteSpan(header).subspan(1), length);
    store_le(MutableByteSpan(header).subspan(3), static_cast<std::uint16_t>(~length));
    writer.put(header);
    writer.put(piece);
  } while (!raw.empty());
  if (end == PartEnd::kAligned) {
    writer.put(std::byte{0});
    writer.put(kMark);
  }
  return writer.size();
}

class StoreCoder final : public PartCoder {
 public:
  Result<std::size_t> encode(ByteSpan raw, PartEnd end, MutableByteSpan out) override {
    return store(raw, end, out);
  }
};

struct CompressorDeleter {
  void operator()(libdeflate_compressor* c) const noexcept { libdeflate_free_compressor(c); }
};

class LibdeflateCoder final : public PartCoder {
 public:
  explicit LibdeflateCoder(libdeflate_compressor* compressor) : compressor_(compressor) {}

  Result<std::size_t> encode(ByteSpan raw, PartEnd end, MutableByteSpan out) override {
    const std::size_t size = libdeflate_deflate_compress(
        compressor_.get(), raw.empty() ? out.data() : raw.data(), raw.size(), out.data(),
        out.size() - kEmptyStored - kMark.size());
    if (size == 0) {
      return Status(Code::kInternal, "libdeflate needs more room than it promised");
    }
    return end == PartEnd::kFinal ? Result<std::size_t>(size) : join(out, size);
  }

 private:
  /// libdeflate ends every stream with a final block; makes it an inner one, and adds the mark.
  Result<std::size_t> join(MutableByteSpan out, std::size_t size) {
    const auto last = scanner_.find_last_block(out.first(size));
    if (!last.ok()) {
      return last.status();
    }
    std::byte& header = out[static_cast<std::size_t>(last->header_bit / 8)];
    header &= ~(std::byte{1} << static_cast<int>(last->header_bit % 8));
    // The rest of the last byte is zero: the three bits of a stored block's header, where there
    // is room for them.
    Writer writer(out, size);
    if (size * 8 - last->end_bit < 3) {
      writer.put(std::byte{0});
    }
    writer.put(kMark);
    return writer.size();
  }

  std::unique_ptr<libdeflate_compressor, CompressorDeleter> compressor_;
  deflate::Scanner scanner_;
};

/// ISA-L ends a part on a byte by itself.
class IsalCoder final : public PartCoder {
 public:
  Result<std::size_t> encode(ByteSpan raw, PartEnd end, MutableByteSpan out) override {
    const auto size = compress(raw, end, out);
    // ISA-L states no bound on expansion; stored blocks have one.
    return size ? *size : store(raw, end, out);
  }

 private:
  std::optional<std::size_t> compress(ByteSpan raw, PartEnd end, MutableByteSpan out) {
    const std::size_t room = out.size() - 1 - kMark.size();
    if (raw.size() > std::numeric_limits<std::uint32_t>::max() ||
        room > std::numeric_limits<std::uint32_t>::max()) {
      return std::nullopt;
    }
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_.gzip_flag = IGZIP_DEFLATE;
    stream_.flush = end == PartEnd::kFinal ? NO_FLUSH : FULL_FLUSH;
    stream_.end_of_stream = end == PartEnd::kFinal ? 1 : 0;
    // ISA-L does not write through next_in.
    stream_.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(raw.data()));
    stream_.avail_in = static_cast<std::uint32_t>(raw.size());
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = static_cast<std::uint32_t>(room);
    if (isal_deflate(&stream_) != COMP_OK || stream_.avail_in != 0 || stream_.avail_out == 0) {
      return std::nullopt;
    }
    const std::size_t size = room - stream_.avail_out;
    if (end == PartEnd::kFinal) {
      return stream_.internal_state.state == ZSTATE_END ? std::optional(size) : std::nullopt;
    }
    // The flush left LEN and NLEN of an empty stored block: the first half of the mark.
    if (size < kEmptyStored ||
        !std::equal(kMark.begin(), kMark.begin() + kEmptyStored,
                    out.begin() + static_cast<std::ptrdiff_t>(size - kEmptyStored))) {
      return std::nullopt;
    }
    Writer writer(out, size);
    writer.put(ByteSpan(kMark).subspan(kEmptyStored));
    return writer.size();
  }

  std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> level_buffer_{};
  isal_zstream stream_{};
};

/// ISA-L's level takes the place of libdeflate's 1, which takes that of 2: those two of
/// libdeflate's are close. At 9, which asks gzip for the smallest file, the search for the shortest
/// encoding begins; it costs what gzip -9 costs. libdeflate's 9 is hardly smaller than its 8.
int libdeflate_level(int level) {
  constexpr int kSearches = 9;
  return level == 2 ? 1 : level >= kSearches ? level + 1 : level;
}

}  // namespace

Result<std::unique_ptr<PartCoder>> make_part_coder(int level) {
  if (level <= 0) {
    return std::unique_ptr<PartCoder>(std::make_unique<StoreCoder>());
  }
  if (level == 1) {
    return std::unique_ptr<PartCoder>(std::make_unique<IsalCoder>());
  }
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(libdeflate_level(level));
  if (compressor == nullptr) {
    return Status(Code::kLimitExceeded, "no memory for a compressor");
  }
  return std::unique_ptr<PartCoder>(std::make_unique<LibdeflateCoder>(compressor));
}

std::size_t max_part_size(std::size_t size) {
  const std::size_t stored = size + kStoredHeader * (size / kMaxStored + 1);
  return std::max(stored, libdeflate_deflate_compress_bound(nullptr, size)) + kEmptyStored + 1 +
         kMark.size();
}

std::size_t default_part_size(int level) {
  // Fast levels lose to the parts' starts more than they gain, strong ones are worth the wait.
  return (level <= 1 || level >= 9 ? std::size_t{2} : std::size_t{1}) << 20U;
}

std::uint64_t part_coder_memory(int level) {
  if (level <= 1) {
    return kMiB;
  }
  return level < 9 ? kMiB : 10 * kMiB;
}

}  // namespace kompakt::gzip
