#include "codec/bzip2/run_length.hpp"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "codec/bzip2/layout.hpp"

namespace kompakt::bzip2 {
namespace {

// How many bytes from the start of `bytes` on, which is not empty, equal the first; at most `most`.
std::size_t run_at(ByteSpan bytes, std::size_t most) {
  const std::size_t limit = std::min(bytes.size(), most);
  std::size_t count = 1;
  while (count < limit && bytes[count] == bytes[0]) {
    ++count;
  }
  return count;
}

#if defined(__SSE2__)
// Bit i: at[i] == at[i + 1], for i < 64.
std::uint64_t equal_neighbours(const std::byte* at) {
  std::uint64_t bits = 0;
  for (unsigned k = 0; k < 4; ++k) {
    const __m128i here =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + std::size_t{16} * k));
    const __m128i next =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + std::size_t{16} * k + 1));
    const auto same = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(here, next)));
    bits |= static_cast<std::uint64_t>(same) << (16 * k);
  }
  return bits;
}
#endif

}  // namespace

std::size_t find_run(ByteSpan bytes) noexcept {
  std::size_t at = 0;
#if defined(__SSE2__)
  // Three equal neighbours in a row start a run; the last two positions of a step need the next.
  while (at + 65 <= bytes.size()) {
    const std::uint64_t same = equal_neighbours(bytes.data() + at);
    const std::uint64_t runs = same & (same >> 1U) & (same >> 2U);
    if (runs != 0) {
      return at + static_cast<std::size_t>(__builtin_ctzll(runs));
    }
    at += 62;
  }
#endif
  for (; at + kRunThreshold <= bytes.size(); ++at) {
    if (bytes[at] == bytes[at + 1] && bytes[at] == bytes[at + 2] && bytes[at] == bytes[at + 3]) {
      return at;
    }
  }
  return bytes.size();
}

RunProgress encode_runs(ByteSpan in, bool last, MutableByteSpan out) noexcept {
  RunProgress done;
  while (done.consumed < in.size()) {
    const ByteSpan rest = in.subspan(done.consumed);
    const std::size_t room = out.size() - done.produced;
    std::size_t plain = find_run(rest.first(std::min(rest.size(), room + kRunThreshold)));
    const bool reaches_end = plain == rest.size();
    if (reaches_end && !last) {
      // Up to three equal bytes at the end may be the start of a run.
      std::size_t tail = 1;
      while (tail < plain && tail < kRunThreshold - 1 &&
             rest[plain - tail - 1] == rest[plain - 1]) {
        ++tail;
      }
      plain -= std::min(tail, plain);
    }
    const std::size_t copied = std::min(plain, room);
    std::memcpy(out.data() + done.produced, rest.data(), copied);
    done.consumed += copied;
    done.produced += copied;
    if (copied < plain) {
      done.full = true;
      return done;
    }
    if (reaches_end) {
      return done;
    }
    const ByteSpan run = in.subspan(done.consumed);
    const std::size_t length = run_at(run, kMaxRun);
    if (length < kMaxRun && length == run.size() && !last) {
      return done;
    }
    if (out.size() - done.produced <= kRunThreshold) {
      done.full = true;
      return done;
    }
    std::memset(out.data() + done.produced, std::to_integer<int>(run[0]), kRunThreshold);
    out[done.produced + kRunThreshold] = static_cast<std::byte>(length - kRunThreshold);
    done.produced += kRunThreshold + 1;
    done.consumed += length;
  }
  return done;
}

std::size_t decoded_size(ByteSpan coded) noexcept {
  std::size_t size = 0;
  while (true) {
    const std::size_t plain = find_run(coded);
    size += plain;
    if (plain == coded.size()) {
      return size;
    }
    size += kRunThreshold;
    coded = coded.subspan(plain + kRunThreshold);
    if (!coded.empty()) {
      size += std::to_integer<std::size_t>(coded[0]);
      coded = coded.subspan(1);
    }
  }
}

RunProgress decode_runs(ByteSpan coded, MutableByteSpan out) noexcept {
  RunProgress done;
  while (done.consumed < coded.size()) {
    const ByteSpan rest = coded.subspan(done.consumed);
    const std::size_t room = out.size() - done.produced;
    // No run starts before the first four equal bytes, so the bytes before may be cut anywhere.
    const std::size_t plain =
        std::min(find_run(rest.first(std::min(rest.size(), room + kRunThreshold))), room);
    std::memcpy(out.data() + done.produced, rest.data(), plain);
    done.consumed += plain;
    done.produced += plain;
    if (plain == rest.size()) {
      break;
    }
    const ByteSpan run = rest.subspan(plain);
    const std::size_t count =
        run.size() > kRunThreshold ? std::to_integer<std::size_t>(run[kRunThreshold]) : 0;
    if (kRunThreshold + count > out.size() - done.produced) {
      done.full = true;
      break;
    }
    std::memset(out.data() + done.produced, std::to_integer<int>(run[0]), kRunThreshold + count);
    done.produced += kRunThreshold + count;
    done.consumed += std::min<std::size_t>(run.size(), kRunThreshold + 1);
  }
  return done;
}

}  // namespace kompakt::bzip2
