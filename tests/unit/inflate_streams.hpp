/// \file
/// DEFLATE streams for tests: made by hand bit for bit, or by zlib and libdeflate; and zlib's
/// opinion.
#pragma once

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/deflate/inflate/inflater.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// Writes a stream a field at a time.
class BitStream {
 public:
  /// A number: lowest bit first.
  BitStream& number(std::uint64_t value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i) {
      bit((value >> i) & 1U);
    }
    return *this;
  }
  /// A Huffman code: highest bit first.
  BitStream& code(unsigned value, unsigned bits) {
    while (bits-- > 0) {
      bit((value >> bits) & 1U);
    }
    return *this;
  }
  BitStream& align() {
    while (bits_ % 8 != 0) {
      bit(0);
    }
    return *this;
  }
  BitStream& text(std::string_view bytes) {
    for (const char c : bytes) {
      number(static_cast<unsigned char>(c), 8);
    }
    return *this;
  }
  /// BFINAL and BTYPE.
  BitStream& block(bool final, unsigned type) { return number(final, 1).number(type, 2); }
  BitStream& stored(bool final, std::string_view bytes) {
    return block(final, 0).align().number(bytes.size(), 16).number(~bytes.size(), 16).text(bytes);
  }
  /// A literal of the fixed code below 144: 8 bits from 0x30.
  BitStream& fixed_literal(char c) { return code(0x30U + static_cast<unsigned char>(c), 8); }
  BitStream& fixed_end() { return code(0, 7); }
  /// A dynamic header for these code lengths. The precode gives the lengths 0..15 four bits each,
  /// so the code of length n is n; repeats are not used.
  BitStream& dynamic(bool final, std::span<const std::uint8_t> litlen,
                     std::span<const std::uint8_t> distance) {
    block(final, 2).number(litlen.size() - 257, 5).number(distance.size() - 1, 5);
    number(19 - 4, 4).number(0, 9);  // 16, 17 and 18 are unused
    for (int i = 0; i < 16; ++i) {
      number(4, 3);
    }
    for (const auto lengths : {litlen, distance}) {
      for (const unsigned length : lengths) {
        code(length, 4);
      }
    }
    return *this;
  }

  [[nodiscard]] std::uint64_t bits() const { return bits_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  void bit(std::uint64_t value) {
    if (bits_ % 8 == 0) {
      bytes_.push_back(std::byte{0});
    }
    bytes_.back() |= static_cast<std::byte>((value & 1U) << (bits_ % 8));
    ++bits_;
  }
  Bytes bytes_;
  std::uint64_t bits_ = 0;
};

/// Code lengths by symbol, the others 0.
using Lengths = std::vector<std::uint8_t>;
inline Lengths code_lengths(std::size_t count,
                            std::initializer_list<std::pair<unsigned, unsigned>> symbols) {
  Lengths lengths(count);
  for (const auto& [symbol, length] : symbols) {
    lengths[symbol] = static_cast<std::uint8_t>(length);
  }
  return lengths;
}

/// Lengths of a complete code: a leaf is split until there are enough, at random or always the
/// deepest.
inline Lengths complete_code(std::size_t symbols, std::size_t used, Random& random, bool deep) {
  std::vector<std::uint8_t> leaves = {1, 1};
  while (leaves.size() < used) {
    std::size_t leaf = deep ? leaves.size() - 1 : random.below(leaves.size());
    for (std::size_t tries = 0; leaves[leaf] == deflate::kMaxCodeBits; ++tries) {
      leaf = (leaf + 1) % leaves.size();
    }
    leaves.push_back(++leaves[leaf]);
  }
  Lengths lengths(symbols);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    lengths[i] = leaves[i];
  }
  for (std::size_t i = symbols; i > 1; --i) {
    std::swap(lengths[i - 1], lengths[random.below(i)]);
  }
  return lengths;
}

/// The code of each symbol as RFC 1951 3.2.2 assigns it, with its first bit lowest.
inline std::vector<std::uint64_t> canonical_codes(const Lengths& lengths) {
  std::vector<std::uint64_t> codes(lengths.size());
  std::uint64_t code = 0;
  for (unsigned bits = 1; bits <= deflate::kMaxCodeBits; ++bits) {
    code <<= 1U;
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
      if (lengths[symbol] == bits) {
        for (unsigned i = 0; i < bits; ++i) {
          codes[symbol] |= ((code >> (bits - 1 - i)) & 1U) << i;
        }
        ++code;
      }
    }
  }
  return codes;
}

/// What a decoder made of a stream.
struct Outcome {
  Code code = Code::kOk;
  Bytes content;
  std::uint64_t consumed = 0;  // bytes, where the stream ended well
  std::string message;
};

/// zlib's: raw deflate, content of at most `limit` bytes (kLimitExceeded beyond).
inline Outcome inflate_with_zlib(ByteSpan in, std::size_t limit = std::size_t{1} << 20U) {
  Outcome outcome;
  outcome.content.resize(limit);
  z_stream z{};
  inflateInit2(&z, -15);
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(outcome.content.data());
  z.avail_out = static_cast<uInt>(limit);
  const int result = ::inflate(&z, Z_NO_FLUSH);
  outcome.code = result == Z_STREAM_END   ? Code::kOk
                 : result == Z_DATA_ERROR ? Code::kCorrupt
                 : z.avail_out == 0       ? Code::kLimitExceeded
                                          : Code::kTruncated;
  outcome.message = z.msg != nullptr ? z.msg : "";
  outcome.consumed = z.total_in;
  outcome.content.resize(z.total_out);
  inflateEnd(&z);
  return outcome;
}

/// How the Inflater gets its buffers.
struct Feed {
  std::size_t in = std::size_t{1} << 30U;   // bytes more with each call that asks for input
  std::size_t out = std::size_t{1} << 16U;  // room a call
};

/// Ours, through buffers no larger than `feed` says, so that each access beyond them is an
/// overflow.
inline Outcome inflate_with_ours(ByteSpan in, const Feed& feed = {},
                                 std::size_t limit = std::size_t{1} << 20U) {
  Outcome outcome;
  static thread_local deflate::Inflater inflater;
  inflater.start();
  std::size_t presented = std::min(feed.in, in.size());
  std::vector<std::uint8_t> history;
  std::vector<std::uint8_t> buffer;
  for (;;) {
    const std::size_t first = static_cast<std::size_t>(inflater.bit_offset() / 8);
    const std::vector<std::byte> piece(in.begin() + static_cast<std::ptrdiff_t>(first),
                                       in.begin() + static_cast<std::ptrdiff_t>(presented));
    buffer.assign(history.begin(), history.end());
    buffer.resize(history.size() + std::min(feed.out, limit - outcome.content.size()));
    const std::uint64_t before = inflater.content_offset();
    const auto step =
        inflater.run({.bytes = piece, .first_byte = first, .complete = presented == in.size()},
                     {.buffer = buffer, .filled = history.size()});
    const auto produced = static_cast<std::ptrdiff_t>(inflater.content_offset() - before);
    const auto start = buffer.begin() + static_cast<std::ptrdiff_t>(history.size());
    std::transform(start, start + produced, std::back_inserter(outcome.content),
                   [](std::uint8_t byte) { return std::byte{byte}; });
    if (!step.ok()) {
      outcome.code = step.status().code();
      outcome.message = std::string(step.status().message());
      return outcome;
    }
    if (step->halt == deflate::Halt::kEnd) {
      outcome.consumed = (inflater.bit_offset() + 7) / 8;
      return outcome;
    }
    if (step->halt == deflate::Halt::kInputNeeded) {
      presented += std::min(feed.in, in.size() - presented);
    } else if (outcome.content.size() == limit) {
      outcome.code = Code::kLimitExceeded;
      return outcome;
    }
    history.assign(buffer.begin(), start + produced);
    if (history.size() > deflate::kWindowSize) {
      history.erase(history.begin(), history.end() - deflate::kWindowSize);
    }
  }
}

struct ZlibSettings {
  int level = 6;
  int strategy = Z_DEFAULT_STRATEGY;
  std::size_t flush_every = 0;  // bytes between flushes; 0: none
  int flush = Z_FULL_FLUSH;
};

inline Bytes deflate_with_zlib(ByteSpan content, const ZlibSettings& settings = {}) {
  z_stream z{};
  deflateInit2(&z, settings.level, Z_DEFLATED, -15, 8, settings.strategy);
  Bytes out(content.size() + content.size() / 8 + 1024 +
            (settings.flush_every > 0 ? content.size() / settings.flush_every * 16 : 0));
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const std::size_t step = settings.flush_every > 0 ? settings.flush_every : content.size();
  for (std::size_t at = 0; at < content.size(); at += step) {
    const std::size_t count = std::min(step, content.size() - at);
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data() + at));
    z.avail_in = static_cast<uInt>(count);
    ::deflate(&z, settings.flush_every > 0 ? settings.flush : Z_NO_FLUSH);
  }
  ::deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

inline Bytes deflate_with_libdeflate(ByteSpan content, int level) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(level);
  Bytes out(libdeflate_deflate_compress_bound(compressor, content.size()));
  out.resize(libdeflate_deflate_compress(compressor, content.data(), content.size(), out.data(),
                                         out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

/// Prose, records, noise and a long run, one behind the other: blocks of every type.
inline Bytes mixed_bytes(std::size_t size, std::uint64_t seed = 7) {
  Bytes all;
  for (const Bytes& part : {text_bytes(size / 2, seed), record_bytes(size / 4, seed),
                            random_bytes(size / 8, seed), Bytes(size / 8, std::byte{'x'})}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace kompakt::testing
