// What a compressed input in memory says of the size of its content, without decoding any.
#include <algorithm>
#include <cstring>

#include "container/legacy/legacy.hpp"
#include "container/warp3_layout.hpp"
#include "container/warp_index.hpp"
#include "core/checked.hpp"
#include "core/endian.hpp"
#include "format/format.hpp"
#include "kompakt/memory.hpp"
#include "pipeline/guarded.hpp"

namespace kompakt {
namespace {

using Claim = std::optional<std::uint64_t>;

constexpr std::size_t kGzipHeader = 10;
constexpr std::size_t kGzipTrailer = 8;
// Deflate does not shrink anything by more than this.
constexpr std::uint64_t kMostDeflate = 1032;

/// Whether what lies at `at` can only be the header of a member, or else about 32 bits of
/// compressed data happen to look like one.
bool looks_like_member(ByteSpan at) {
  constexpr unsigned kReservedFlags = 0xE0;
  constexpr unsigned kLastSystem = 13;
  constexpr unsigned kUnknownSystem = 255;
  const auto number = [at](std::size_t i) { return std::to_integer<unsigned>(at[i]); };
  return at.size() >= kGzipHeader && number(0) == 0x1F && number(1) == 0x8B && number(2) == 8 &&
         (number(3) & kReservedFlags) == 0 &&
         (number(8) == 0 || number(8) == 2 || number(8) == 4) &&
         (number(9) <= kLastSystem || number(9) == kUnknownSystem);
}

bool has_second_member(ByteSpan data) {
  ByteSpan rest = data.subspan(1);
  while (rest.size() >= kGzipHeader) {
    const void* found = std::memchr(rest.data(), 0x1F, rest.size());
    if (found == nullptr) {
      return false;
    }
    rest =
        rest.subspan(static_cast<std::size_t>(static_cast<const std::byte*>(found) - rest.data()));
    if (looks_like_member(rest)) {
      return true;
    }
    rest = rest.subspan(1);
  }
  return false;
}

/// The trailer's size of the content, modulo 2^32, where there is one member and nothing behind it.
Claim claim_of_gzip(ByteSpan data) {
  if (data.size() < kGzipHeader + kGzipTrailer || has_second_member(data)) {
    return std::nullopt;
  }
  const std::uint64_t size = load_le<std::uint32_t>(data.last(4));
  // More than 4 GiB in less than this is not impossible, but zeros behind the member are likelier.
  const std::uint64_t body = data.size() - kGzipHeader - kGzipTrailer;
  const bool plausible = size / kMostDeflate <= body && body <= size + size / 64 + 128 * kKiB;
  return plausible ? Claim(size) : std::nullopt;
}

Claim claim_of_warp3(Source& source) {
  const StreamsAtEnd found = find_streams_from_end(source);
  Claim sum = found.streams.empty() || !found.reason.ok() ? Claim() : Claim(0);
  for (const WarpStream& stream : found.streams) {
    sum = sum ? checked_add(*sum, stream.raw_size) : sum;
  }
  return sum;
}

Claim claim_of_warp(ByteSpan data, Source& source) {
  if (legacy::is_legacy_warp(data.first(std::min(data.size(), legacy::kLegacyProbeSize)))) {
    const auto info = legacy::read_legacy_info(source);
    return info.ok() ? Claim(info->original_size) : std::nullopt;
  }
  return claim_of_warp3(source);
}

Result<Claim> claim(ByteSpan data, const DecompressOptions& options) {
  const auto format = options.format
                          ? options.format
                          : detect_format(data.first(std::min<std::size_t>(data.size(), 16)));
  const auto source = memory_source(data);
  if (!format || *format == Format::kWarp) {
    return claim_of_warp(data, *source);
  }
  const FormatEntry& entry = *find_format_entry(*format);
  if (entry.scan == nullptr) {
    return Claim();
  }
  const auto facts = entry.scan(*source);
  if (!facts.ok()) {
    return Claim();
  }
  return !facts->content && *format == Format::kGzip ? claim_of_gzip(data) : facts->content;
}

}  // namespace

std::optional<std::uint64_t> claimed_content_size(ByteSpan data, const DecompressOptions& options) {
  const auto found = without_exceptions([&] { return claim(data, options); });
  return found.ok() ? *found : std::nullopt;
}

}  // namespace kompakt
