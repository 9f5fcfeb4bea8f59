#include "format/gzip/stretch_decoder.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>

#include "codec/deflate/inflate/block_finder.hpp"
#include "codec/deflate/inflate/marker_inflater.hpp"
#include "core/endian.hpp"
#include "format/gzip/check.hpp"
#include "format/gzip/member_header.hpp"
#include "format/gzip/part_coder.hpp"

namespace kompakt::gzip {
namespace {

constexpr std::size_t kMemberRunInput = std::size_t{1} << 20U;
// Headers longer than this are not worth looking for a size in.
constexpr std::size_t kPeek = 4096;
// Deflate cannot expand more than this: two bits for 258 bytes, and then some.
constexpr std::size_t kMaxExpansion = 1033;

/// Size of the header at the front of `bytes`, and what it says; nullopt where it is not whole.
std::optional<std::size_t> parse_header(ByteSpan bytes, MemberHeader& fields) {
  HeaderParser parser(Framing::kGzip);
  const auto used = parser.read(bytes.first(std::min(bytes.size(), kPeek)));
  if (!used.ok() || !parser.complete()) {
    return std::nullopt;
  }
  fields = parser.fields();
  return *used;
}

struct MemberSizes {
  std::size_t header = 0;
  std::size_t whole = 0;
  std::size_t content = 0;
};

/// The sizes of the member at the front of `bytes`; its trailer's is looked up if it is at hand.
std::optional<MemberSizes> member_sizes(ByteSpan bytes) {
  MemberHeader fields;
  const auto header = parse_header(bytes, fields);
  if (!header || !fields.member_size || *fields.member_size > kMaxStretch ||
      *fields.member_size < *header + 2 + kTrailerSize) {
    return std::nullopt;
  }
  MemberSizes sizes{.header = *header, .whole = static_cast<std::size_t>(*fields.member_size)};
  if (bytes.size() >= sizes.whole) {
    sizes.content = load_le<std::uint32_t>(bytes.subspan(sizes.whole - 4));
  }
  return sizes;
}

bool believable(const MemberSizes& sizes) {
  return sizes.content <= kMaxStretch && sizes.content <= sizes.whole * kMaxExpansion;
}

}  // namespace

Result<std::size_t> measure_part(InputReader& reader, std::size_t part_size) {
  const std::size_t limit = max_part_size(part_size);
  // A mark that comes too early for the content is none.
  const std::size_t skipped = part_size / kMaxExpansion;
  std::size_t searched = skipped;
  for (;;) {
    const ByteSpan bytes = reader.available().first(std::min(reader.available().size(), limit));
    const ByteSpan rest = bytes.subspan(std::min(searched, bytes.size()));
    const void* found =
        rest.empty() ? nullptr : ::memmem(rest.data(), rest.size(), kMark.data(), kMark.size());
    if (found != nullptr) {
      return static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data()) +
             kMark.size();
    }
    searched = std::max(skipped, bytes.size() - std::min(bytes.size(), kMark.size() - 1));
    if (bytes.size() == limit || reader.ended()) {
      return std::size_t{0};
    }
    if (Status filled = reader.fill_more(); !filled.ok()) {
      return filled;
    }
  }
}

Result<MemberRun> measure_members(InputReader& reader, std::size_t content) {
  MemberRun run;
  while (run.size < kMemberRunInput && run.content < content) {
    if (Status filled = reader.fill(run.size + kPeek); !filled.ok()) {
      return filled;
    }
    auto sizes = member_sizes(reader.available().subspan(run.size));
    if (!sizes) {
      break;
    }
    if (Status filled = reader.fill(run.size + sizes->whole); !filled.ok()) {
      return filled;
    }
    sizes = member_sizes(reader.available().subspan(run.size));
    if (!sizes || reader.available().size() < run.size + sizes->whole || !believable(*sizes) ||
        run.content + sizes->content > kMaxStretch) {
      break;
    }
    run.size += sizes->whole;
    run.content += sizes->content;
  }
  return run;
}

StretchDecoder::StretchDecoder() : decompressor_(libdeflate_alloc_decompressor()) {}
StretchDecoder::~StretchDecoder() { libdeflate_free_decompressor(decompressor_); }

void StretchDecoder::decode(Stretch& stretch, deflate::Framing framing) {
  stretch.content.resize_discard(kWindow + stretch.content_claimed);
  stretch.content_size = 0;
  stretch.members = 0;
  stretch.ends = false;
  switch (stretch.kind) {
    case StretchKind::kPart:
      stretch.good = decode_part(stretch);
      break;
    case StretchKind::kMembers:
      stretch.good = decompressor_ != nullptr && decode_members(stretch);
      break;
    case StretchKind::kChunk:
      stretch.good = decode_chunk(stretch);
      break;
  }
  if (stretch.good && stretch.kind == StretchKind::kPart) {
    stretch.check =
        check_of(framing, stretch.content.first(kWindow + stretch.content_size).subspan(kWindow));
  }
}

bool StretchDecoder::decode_part(Stretch& stretch) {
  const std::uint64_t end_bit = std::uint64_t{stretch.size} * 8;
  const std::span<std::uint8_t> room(
      reinterpret_cast<std::uint8_t*>(stretch.content.data()) + kWindow, stretch.content_claimed);
  inflater_.start();
  // Some boundary lies at the very end, or this is no part: the mark is the end of a stored block.
  while (inflater_.bit_offset() < end_bit) {
    const auto step =
        inflater_.run({.bytes = stretch.bytes(), .first_byte = 0, .complete = true},
                      {.buffer = room, .filled = stretch.content_size}, {.bit = end_bit});
    if (!step.ok()) {
      return false;
    }
    stretch.content_size += step->produced;
    if (step->halt != deflate::Halt::kBoundary) {
      return false;
    }
  }
  return inflater_.bit_offset() == end_bit;
}

bool StretchDecoder::decode_members(Stretch& stretch) {
  ByteSpan rest = stretch.bytes();
  while (!rest.empty()) {
    const auto sizes = member_sizes(rest);
    if (!sizes || rest.size() < sizes->whole ||
        sizes->content > stretch.content_claimed - stretch.content_size) {
      return false;
    }
    const ByteSpan body = rest.subspan(sizes->header, sizes->whole - sizes->header - kTrailerSize);
    std::byte* const out = stretch.content.data() + kWindow + stretch.content_size;
    std::size_t used = 0;
    std::size_t made = 0;
    const auto code = libdeflate_deflate_decompress_ex(decompressor_, body.data(), body.size(), out,
                                                       sizes->content, &used, &made);
    const auto check = load_le<std::uint32_t>(rest.subspan(sizes->whole - kTrailerSize));
    if (code != LIBDEFLATE_SUCCESS || used != body.size() || made != sizes->content ||
        check_of(Framing::kGzip, {out, made}) != check) {
      return false;
    }
    stretch.content_size += made;
    ++stretch.members;
    stretch.check = check;
    rest = rest.subspan(sizes->whole);
  }
  return true;
}

bool StretchDecoder::decode_chunk(Stretch& stretch) {
  // Nearly every offset that looks like a block is one. Where many do not, the data is not worth
  // the search.
  constexpr unsigned kMaxTries = 32;
  stretch.symbols.resize_discard(2 * (kWindow + kChunkContent));
  deflate::fill_marker_window(stretch.marked(0).first<kWindow>());
  const ByteSpan raw = stretch.raw.first(stretch.size + stretch.ahead);
  const std::uint64_t base = stretch.begin * 8;
  std::uint64_t from = 0;
  for (unsigned tries = 0; tries < kMaxTries; ++tries) {
    const auto found = deflate::find_block(raw, from, std::uint64_t{stretch.size} * 8);
    if (!found) {
      return false;
    }
    stretch.earliest_bit = base + found->earliest_bit;
    stretch.latest_bit = base + found->bit;
    stretch.content_size = 0;
    inflater_.start({.bit = stretch.latest_bit, .content = 0, .history = kWindow});
    if (speculate(stretch)) {
      return true;
    }
    from = found->bit + 1;
  }
  return false;
}

/// Decodes with markers until there are none left in the window, then goes on with bytes.
bool StretchDecoder::speculate(Stretch& stretch) {
  constexpr std::size_t kStep = std::size_t{128} << 10U;
  const ByteSpan raw = stretch.raw.first(stretch.size + stretch.ahead);
  std::size_t clean = 0;  // symbols without markers at the end
  stretch.symbol_count = 0;
  while (clean < kWindow) {
    std::size_t& count = stretch.symbol_count;
    const std::size_t room = std::min(count + kStep, kChunkContent);
    const auto step = inflater_.run_markers(
        {.bytes = raw, .first_byte = stretch.begin, .complete = stretch.input_ends},
        {.buffer = stretch.marked(room), .filled = kWindow + count}, {.bit = stretch.end() * 8});
    if (!step.ok()) {
      return false;
    }
    const auto fresh = stretch.marked(room).subspan(kWindow + count, step->produced);
    const std::size_t marked = deflate::behind_last_marker(fresh);
    clean = marked == 0 ? clean + fresh.size() : fresh.size() - marked;
    count += step->produced;
    if (step->halt != deflate::Halt::kOutputFull) {
      stretch.content_size = count;
      return settle(stretch, step->halt);
    }
    if (count == kChunkContent) {
      return false;
    }
  }
  return speculate_bytes(stretch);
}

bool StretchDecoder::speculate_bytes(Stretch& stretch) {
  const std::size_t count = stretch.symbol_count;
  const std::span<std::uint8_t> room(reinterpret_cast<std::uint8_t*>(stretch.content.data()),
                                     kWindow + kChunkContent);
  deflate::narrow(stretch.marked(count).last(kWindow), room.subspan(count).first(kWindow));
  const ByteSpan raw = stretch.raw.first(stretch.size + stretch.ahead);
  const auto step =
      inflater_.run({.bytes = raw, .first_byte = stretch.begin, .complete = stretch.input_ends},
                    {.buffer = room, .filled = kWindow + count}, {.bit = stretch.end() * 8});
  if (!step.ok()) {
    return false;
  }
  stretch.content_size = count + step->produced;
  return settle(stretch, step->halt);
}

bool StretchDecoder::settle(Stretch& stretch, deflate::Halt halt) const {
  stretch.end_bit = inflater_.bit_offset();
  stretch.ends = halt == deflate::Halt::kEnd;
  return stretch.ends || halt == deflate::Halt::kBoundary;
}

}  // namespace kompakt::gzip
