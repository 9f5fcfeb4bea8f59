#include "archive/zip/zip_entry_recover.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "archive/zip/zip_entry_record.hpp"
#include "codec/deflate/inflate/inflater.hpp"
#include "core/buffer.hpp"
#include "core/endian.hpp"

namespace kompakt::zip {
namespace {

// Longer names are taken for accidents: four bytes that look like a signature.
constexpr std::size_t kLikelyName = 4096;
// Searches for ends of members and decoding towards them may go over the file this often together.
constexpr std::uint64_t kMostPasses = 8;
constexpr std::uint64_t kMostRatio = 64;
constexpr std::size_t kChunk = std::size_t{256} * 1024;
constexpr std::size_t kSignature = 4;
// The most that stands between data and a signature: a descriptor of 64-bit sizes without its own.
constexpr std::size_t kBehindData = kZip64DescriptorSize - kSignature;

/// The source through one buffer that moves forwards.
class Window {
 public:
  explicit Window(const Source& source)
      : source_(source), size_(source.size().value_or(0)), buffer_(kChunk) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Up to `count` bytes (at most kChunk) at `offset`; fewer at the file's end. Valid until the
  /// next call.
  [[nodiscard]] Result<ByteSpan> at(std::uint64_t offset, std::size_t count) {
    if (offset >= size_) {
      return ByteSpan();
    }
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
    if (offset < begin_ || offset - begin_ > filled_ || filled_ - (offset - begin_) < wanted) {
      const auto got = source_.read_at(offset, buffer_.first(kChunk));
      if (!got.ok()) {
        return got.status();
      }
      begin_ = offset;
      filled_ = *got;
    }
    const ByteSpan held = std::as_const(buffer_).first(filled_);
    const ByteSpan rest = held.subspan(static_cast<std::size_t>(offset - begin_));
    return rest.first(std::min(wanted, rest.size()));
  }

  /// Offset of the next signature "PK" of any record from `offset` on; size() where there is none.
  [[nodiscard]] Result<std::uint64_t> find_signature(std::uint64_t offset) {
    while (offset < size_) {
      const auto bytes = at(offset, kChunk);
      if (!bytes.ok()) {
        return bytes.status();
      }
      if (bytes->size() < kSignature) {
        break;
      }
      for (std::size_t i = 0; i + kSignature <= bytes->size(); ++i) {
        const void* const hit =
            std::memchr(bytes->data() + i, 'P', bytes->size() - (kSignature - 1) - i);
        if (hit == nullptr) {
          break;
        }
        i = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - bytes->data());
        if (is_signature(load_le<std::uint32_t>(bytes->subspan(i)))) {
          return offset + i;
        }
      }
      offset += bytes->size() - (kSignature - 1);
    }
    return size_;
  }

 private:
  static bool is_signature(std::uint32_t word) noexcept {
    return word == kLocalSignature || word == kCentralSignature || word == kDescriptorSignature ||
           word == kEndSignature || word == kZip64EndSignature;
  }
  const Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the recovery
  std::uint64_t size_;
  Buffer buffer_;
  std::uint64_t begin_ = 0;
  std::size_t filled_ = 0;
};

struct Ending {
  Descriptor sizes;
  std::uint64_t end = 0;  // behind the descriptor
};

/// An entry as far as it is known. Names and fields are in the recovery's own bytes.
struct Piece {
  CentralHeader fixed;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::size_t text = 0;  // where name, extra and comment stand
  bool covered = false;  // the other kind of record speaks for it too
};

class Recovery {
 public:
  Recovery(const Source& source, const RecoveryLimits& limits)
      : window_(source),
        limits_(limits),
        left_(kMostPasses * window_.size()),
        left_output_(kMostRatio * window_.size()) {}

  Result<std::vector<std::byte>> run() {
    std::uint64_t position = 0;
    while (true) {
      const auto next = window_.find_signature(position);
      if (!next.ok()) {
        return next.status();
      }
      if (*next == window_.size()) {
        break;
      }
      const auto behind = take(*next);
      if (!behind.ok()) {
        return behind.status();
      }
      position = *behind;
      if (text_.size() > limits_.max_directory ||
          locals_.size() + centrals_.size() > 2 * limits_.max_entries) {
        return Status(Code::kLimitExceeded, "zip: too many entries in a damaged archive");
      }
    }
    return make_directory();
  }

 private:
  Result<std::uint64_t> take(std::uint64_t at);
  Result<std::uint64_t> take_local(std::uint64_t at, const LocalHeader& fixed);
  Result<std::optional<Ending>> find_descriptor(std::uint64_t data);
  Result<std::optional<Ending>> decode_to_end(std::uint64_t data);
  void keep(std::vector<Piece>& pieces, const Piece& piece, std::array<ByteSpan, 3> texts);
  std::uint64_t match_prefix();
  Result<std::vector<std::byte>> make_directory();
  void append(std::vector<std::byte>& out, const Piece& piece) const;

  Window window_;
  RecoveryLimits limits_;
  std::uint64_t left_;  // bytes that may still be searched or decoded for ends
  std::uint64_t left_output_;
  std::vector<std::byte> text_;
  std::vector<Piece> locals_;
  std::vector<Piece> centrals_;
};

ByteSpan name_of(std::span<const std::byte> text, const Piece& piece) {
  return text.subspan(piece.text, piece.fixed.name_size);
}

void Recovery::keep(std::vector<Piece>& pieces, const Piece& piece, std::array<ByteSpan, 3> texts) {
  pieces.push_back(piece);
  pieces.back().text = text_.size();
  for (const ByteSpan part : texts) {
    text_.insert(text_.end(), part.begin(), part.end());
  }
}

// Takes the record at `at`, where a signature stands, and tells where to look for the next.
Result<std::uint64_t> Recovery::take(std::uint64_t at) {
  const auto bytes = window_.at(at, kChunk);
  if (!bytes.ok()) {
    return bytes.status();
  }
  const auto word = load_le<std::uint32_t>(*bytes);
  if (word == kCentralSignature) {
    const auto record = read_record(*bytes);
    if (record.ok() && !record->name.empty() && record->name.size() <= kLikelyName &&
        record->problem == nullptr) {
      keep(centrals_,
           {.fixed = record->fixed,
            .stored_size = record->stored_size,
            .size = record->size,
            .offset = record->local_offset},
           {record->name, record->extra, record->comment});
      return at + record->record_size();
    }
  } else if (word == kLocalSignature) {
    const auto fixed = LocalHeader::load(*bytes);
    if (fixed.ok() && fixed->name_size > 0 && fixed->name_size <= kLikelyName) {
      return take_local(at, *fixed);
    }
  }
  return at + kSignature;
}

Result<std::uint64_t> Recovery::take_local(std::uint64_t at, const LocalHeader& fixed) {
  const auto bytes = window_.at(at, kLocalSize + std::size_t{fixed.name_size} + fixed.extra_size);
  if (!bytes.ok()) {
    return bytes.status();
  }
  const auto local = read_local(*bytes);
  if (!local.ok()) {
    return at + kSignature;
  }
  const std::uint64_t data = at + local->record_size();
  Piece piece;
  piece.fixed.version_needed = fixed.version_needed;
  piece.fixed.flags = fixed.flags;
  piece.fixed.method = fixed.method;
  piece.fixed.modified = fixed.modified;
  piece.fixed.crc32 = fixed.crc32;
  piece.fixed.name_size = fixed.name_size;
  piece.fixed.extra_size = fixed.extra_size;
  piece.stored_size = local->stored_size;
  piece.size = local->size;
  piece.offset = at;
  keep(locals_, piece, {local->name, local->extra, {}});
  const std::size_t index = locals_.size() - 1;
  if ((fixed.flags & kFlagDescriptor) == 0 || local->stored_size != 0) {
    if (piece.stored_size > window_.size() - data) {
      return data;
    }
    const std::uint64_t end = data + piece.stored_size;
    const auto next = window_.at(end, kSignature);
    if (!next.ok()) {
      return next.status();
    }
    // Where no record follows, the size may be what is damaged, and members lie inside.
    const bool follows = next->empty() || ((*next)[0] == std::byte{'P'} && next->size() > 1 &&
                                           (*next)[1] == std::byte{'K'});
    return follows ? end : data;
  }
  auto ending = find_descriptor(data);
  if (ending.ok() && !*ending && fixed.method == Method::kDeflate) {
    ending = decode_to_end(data);
  }
  if (!ending.ok()) {
    return ending.status();
  }
  Piece& kept = locals_[index];
  if (!*ending) {
    kept.stored_size = window_.size();  // more than there is: the entry reads as cut short
    return data;
  }
  kept.fixed.crc32 = (*ending)->sizes.crc32;
  kept.stored_size = (*ending)->sizes.stored_size;
  kept.size = (*ending)->sizes.size;
  return (*ending)->end;
}

// The descriptor at `at`, if one for data of `stored` bytes stands there. `skip`: of its signature.
std::optional<Descriptor> descriptor_for(ByteSpan bytes, std::size_t skip, std::uint64_t stored,
                                         bool zip64) {
  const std::size_t size = zip64 ? kBehindData : kDescriptorSize - kSignature;
  if (bytes.size() < skip + size) {
    return std::nullopt;
  }
  bytes = bytes.subspan(skip);
  Descriptor found{.crc32 = load_le<std::uint32_t>(bytes)};
  const ByteSpan sizes = bytes.subspan(sizeof(std::uint32_t));
  found.stored_size =
      zip64 ? load_le<std::uint64_t>(sizes) : std::uint64_t{load_le<std::uint32_t>(sizes)};
  found.size = zip64 ? load_le<std::uint64_t>(sizes.subspan(8))
                     : std::uint64_t{load_le<std::uint32_t>(sizes.subspan(4))};
  return found.stored_size == stored ? std::optional(found) : std::nullopt;
}

// Looks at every signature behind `data` whether a descriptor that fits stands at it, or, if it is
// another record's, before it.
Result<std::optional<Ending>> Recovery::find_descriptor(std::uint64_t data) {
  std::uint64_t position = data;
  while (true) {
    const auto next = window_.find_signature(position);
    if (!next.ok()) {
      return next.status();
    }
    const std::uint64_t spent = *next - position + kSignature;
    if (*next == window_.size() || spent > left_) {
      return std::optional<Ending>();
    }
    left_ -= spent;
    const auto at = window_.at(*next, kZip64DescriptorSize);
    if (!at.ok()) {
      return at.status();
    }
    if (load_le<std::uint32_t>(*at) == kDescriptorSignature) {
      for (const bool zip64 : {false, true}) {
        if (const auto found = descriptor_for(*at, kSignature, *next - data, zip64)) {
          return std::optional(Ending{
              .sizes = *found, .end = *next + (zip64 ? kZip64DescriptorSize : kDescriptorSize)});
        }
      }
    }
    for (const bool zip64 : {false, true}) {
      const std::size_t size = zip64 ? kBehindData : kDescriptorSize - kSignature;
      if (*next - data < size) {
        continue;
      }
      const auto before = window_.at(*next - size, size);
      if (!before.ok()) {
        return before.status();
      }
      if (const auto found = descriptor_for(*before, 0, *next - size - data, zip64)) {
        return std::optional(Ending{.sizes = *found, .end = *next});
      }
    }
    position = *next + kSignature;
  }
}

// The end of a deflate stream whose descriptor is lost. Its checksum is then unknown: what is
// decoded here is what the entry will be compared with.
Result<std::optional<Ending>> Recovery::decode_to_end(std::uint64_t data) {
  constexpr std::size_t kRoom = 2 * deflate::kWindowSize;
  std::vector<std::uint8_t> room(deflate::kWindowSize + kRoom);
  std::size_t filled = 0;
  deflate::Inflater inflater;
  inflater.start();
  Ending ending;
  while (true) {
    const std::uint64_t consumed = inflater.bit_offset() / 8;
    const auto bytes = window_.at(data + consumed, kChunk / 4);
    if (!bytes.ok()) {
      return bytes.status();
    }
    const auto step = inflater.run({.bytes = *bytes,
                                    .first_byte = consumed,
                                    .complete = data + consumed + bytes->size() >= window_.size()},
                                   {.buffer = room, .filled = filled});
    const std::uint64_t spent = (inflater.bit_offset() + 7) / 8 - consumed;
    if (!step.ok() || spent > left_ || step->produced > left_output_ ||
        (spent == 0 && step->produced == 0)) {
      return std::optional<Ending>();
    }
    left_ -= spent;
    left_output_ -= step->produced;
    ending.sizes.crc32 = libdeflate_crc32(ending.sizes.crc32, &room[filled], step->produced);
    ending.sizes.size += step->produced;
    filled += step->produced;
    if (step->halt == deflate::Halt::kEnd) {
      break;
    }
    if (room.size() - filled < kRoom / 2) {
      std::copy(room.begin() + static_cast<std::ptrdiff_t>(filled - deflate::kWindowSize),
                room.begin() + static_cast<std::ptrdiff_t>(filled), room.begin());
      filled = deflate::kWindowSize;
    }
  }
  ending.sizes.stored_size = (inflater.bit_offset() + 7) / 8;
  ending.end = data + ending.sizes.stored_size;
  return std::optional(ending);
}

// What offsets in the old directory are short of: the length of what stands before the archive.
std::uint64_t Recovery::match_prefix() {
  for (const Piece& central : centrals_) {
    for (const Piece& local : locals_) {
      if (std::ranges::equal(name_of(text_, central), name_of(text_, local))) {
        return local.offset >= central.offset ? local.offset - central.offset : 0;
      }
    }
    break;  // the first one decides
  }
  return 0;
}

Result<std::vector<std::byte>> Recovery::make_directory() {
  const std::uint64_t prefix = match_prefix();
  for (Piece& central : centrals_) {
    central.offset += prefix;  // where it wraps around, nothing lies there
    const auto local = std::lower_bound(
        locals_.begin(), locals_.end(), central.offset,
        [](const Piece& piece, std::uint64_t offset) { return piece.offset < offset; });
    if (local != locals_.end() && local->offset == central.offset) {
      local->covered = same_bytes(name_of(text_, *local), name_of(text_, central));
    }
  }
  std::vector<std::byte> out;
  for (const Piece& local : locals_) {
    if (!local.covered) {
      append(out, local);
    }
  }
  for (const Piece& central : centrals_) {
    append(out, central);
  }
  if (out.size() > limits_.max_directory) {
    return Status(Code::kLimitExceeded, "zip: too many entries in a damaged archive");
  }
  return out;
}

void Recovery::append(std::vector<std::byte>& out, const Piece& piece) const {
  const ByteSpan texts = std::span(text_).subspan(piece.text);
  const ByteSpan name = texts.first(piece.fixed.name_size);
  const ByteSpan extra = texts.subspan(name.size(), piece.fixed.extra_size);
  const ByteSpan comment = texts.subspan(name.size() + extra.size(), piece.fixed.comment_size);
  // All three values in 64 bits; a field that stood there would come second and not count.
  constexpr std::size_t kValues = 3 * sizeof(std::uint64_t);
  constexpr std::size_t kField = kExtraHeaderSize + kValues;
  if (extra.size() + kField > UINT16_MAX) {
    return;
  }
  CentralHeader fixed = piece.fixed;
  fixed.size = fixed.stored_size = fixed.local_offset = kIn64;
  fixed.extra_size = static_cast<std::uint16_t>(extra.size() + kField);
  fixed.disk = 0;
  std::array<std::byte, kCentralSize + kField> bytes{};
  const MutableByteSpan all(bytes);
  fixed.store(all);
  const MutableByteSpan field = all.subspan(kCentralSize);
  store_le<std::uint16_t>(field, kExtraZip64);
  store_le<std::uint16_t>(field.subspan(2), kValues);
  store_le<std::uint64_t>(field.subspan(4), piece.size);
  store_le<std::uint64_t>(field.subspan(12), piece.stored_size);
  store_le<std::uint64_t>(field.subspan(20), piece.offset);
  out.insert(out.end(), all.begin(), all.begin() + kCentralSize);
  out.insert(out.end(), name.begin(), name.end());
  out.insert(out.end(), field.begin(), field.end());
  out.insert(out.end(), extra.begin(), extra.end());
  out.insert(out.end(), comment.begin(), comment.end());
}

}  // namespace

Result<std::vector<std::byte>> recover_directory(const Source& source,
                                                 const RecoveryLimits& limits) {
  return Recovery(source, limits).run();
}

}  // namespace kompakt::zip
