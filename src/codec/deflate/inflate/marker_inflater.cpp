#include "codec/deflate/inflate/marker_inflater.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace kompakt::deflate {
namespace {

// Symbols looked at together: a clean group is narrowed by vector instructions, another one by
// table.
constexpr std::size_t kGroup = 32;

// All symbols of a group or-ed, which the compiler does in vectors. Whole words of four symbols.
std::uint64_t merge_group(const std::uint16_t* symbols) noexcept {
  std::array<std::uint64_t, kGroup / 4> words;
  std::memcpy(words.data(), symbols, sizeof(words));
  std::uint64_t merged = 0;
  for (const std::uint64_t word : words) {
    merged |= word;
  }
  return merged;
}

bool has_marker(std::uint64_t merged) noexcept { return (merged & 0x8000800080008000U) != 0; }

void narrow_group(const std::uint16_t* symbols, std::uint8_t* out) noexcept {
  for (std::size_t i = 0; i < kGroup; ++i) {
    out[i] = static_cast<std::uint8_t>(symbols[i]);
  }
}

// Bytes of symbols: 256 literals, then the window. A marker's place is 256 more than its index,
// which is what its low 15 bits and a ninth bit in place of the marker's make.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> window) noexcept {
    for (unsigned i = 0; i < 256; ++i) {
      bytes_[i] = static_cast<std::uint8_t>(i);
    }
    std::copy(window.begin(), window.end(),
              bytes_.end() - static_cast<std::ptrdiff_t>(window.size()));
  }
  [[nodiscard]] std::uint8_t operator[](std::uint16_t symbol) const noexcept {
    return bytes_[(symbol & 0x7FFFU) + (static_cast<unsigned>(symbol & kMarker) >> 7U)];
  }

 private:
  std::array<std::uint8_t, 256 + kWindowSize> bytes_;
};

// The lowest marker, as an index into the window; kWindowSize where there is none.
std::size_t lowest_marker(std::span<const std::uint16_t> symbols) noexcept {
  // Markers with their top bit turned off are below all literals with theirs turned on.
  std::uint16_t lowest = kMarker;
  for (const std::uint16_t symbol : symbols) {
    lowest = std::min(lowest, static_cast<std::uint16_t>(symbol ^ kMarker));
  }
  return lowest;
}

Status check_reach(std::span<const std::uint16_t> symbols, std::span<const std::uint8_t> window) {
  if (window.size() < kWindowSize && lowest_marker(symbols) < kWindowSize - window.size()) {
    return {Code::kCorrupt, "a deflate match reaches back too far"};
  }
  return {};
}

}  // namespace

void fill_marker_window(std::span<std::uint16_t, kWindowSize> window) noexcept {
  for (std::size_t i = 0; i < kWindowSize; ++i) {
    window[i] = static_cast<std::uint16_t>(kMarker | i);
  }
}

std::size_t behind_last_marker(std::span<const std::uint16_t> symbols) noexcept {
  std::size_t end = symbols.size();
  while (end >= kGroup && !has_marker(merge_group(symbols.data() + end - kGroup))) {
    end -= kGroup;
  }
  while (end > 0 && (symbols[end - 1] & kMarker) == 0) {
    --end;
  }
  return end;
}

void narrow(std::span<const std::uint16_t> symbols, std::span<std::uint8_t> out) noexcept {
  const std::uint16_t* const from = symbols.data();
  std::uint8_t* const to = out.data();
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    to[i] = static_cast<std::uint8_t>(from[i]);
  }
}

Status resolve_markers(std::span<const std::uint16_t> symbols, std::span<const std::uint8_t> window,
                       std::span<std::uint8_t> out) {
  window = window.last(std::min(window.size(), kWindowSize));
  if (out.size() < symbols.size()) {
    return {Code::kInvalidArgument, "inflate: no room for the resolved content"};
  }
  if (Status status = check_reach(symbols, window); !status.ok()) {
    return status;
  }
  const Bytes bytes(window);
  const std::uint16_t* const from = symbols.data();
  std::uint8_t* const to = out.data();
  std::size_t i = 0;
  for (; i + kGroup <= symbols.size(); i += kGroup) {
    if (!has_marker(merge_group(from + i))) {
      narrow_group(from + i, to + i);
      continue;
    }
    for (std::size_t k = i; k < i + kGroup; ++k) {
      to[k] = bytes[from[k]];
    }
  }
  for (; i < symbols.size(); ++i) {
    to[i] = bytes[from[i]];
  }
  return {};
}

Result<std::size_t> window_behind(std::span<const std::uint16_t> symbols,
                                  std::span<const std::uint8_t> window,
                                  std::span<std::uint8_t, kWindowSize> out) {
  window = window.last(std::min(window.size(), kWindowSize));
  const std::size_t fresh = std::min(symbols.size(), kWindowSize);
  const std::size_t kept = std::min(window.size(), kWindowSize - fresh);
  const auto tail = window.last(kept);
  std::copy(tail.begin(), tail.end(), out.begin());
  if (Status status = resolve_markers(symbols.last(fresh), window, out.subspan(kept));
      !status.ok()) {
    return status;
  }
  return kept + fresh;
}

}  // namespace kompakt::deflate
