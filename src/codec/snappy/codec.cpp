#include <snappy-sinksource.h>
#include <snappy.h>

#include <cstring>
#include <limits>
#include <new>

#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr CodecInfo kInfo = {
    .id = CodecId::kSnappy,
    .name = "snappy",
    .description = "raw Snappy blocks",
};

// The length preamble of the format has 32 bits.
constexpr std::size_t kMaxBlock = std::numeric_limits<std::uint32_t>::max();

const char* chars(ByteSpan bytes) { return reinterpret_cast<const char*>(bytes.data()); }
char* chars(MutableByteSpan bytes) { return reinterpret_cast<char*>(bytes.data()); }

// Takes what fits. Snappy's buffer-to-buffer call would want room for the worst case instead.
class SpanSink final : public snappy::Sink {
 public:
  explicit SpanSink(MutableByteSpan out) : out_(out) {}

  void Append(const char* bytes, std::size_t count) override {
    if (overflow_ || count > out_.size() - used_) {
      overflow_ = true;
      return;
    }
    char* to = chars(out_) + used_;
    if (bytes != to) {
      std::memcpy(to, bytes, count);
    }
    used_ += count;
  }

  char* GetAppendBuffer(std::size_t length, char* scratch) override {
    return overflow_ || length > out_.size() - used_ ? scratch : chars(out_) + used_;
  }

  [[nodiscard]] std::optional<std::size_t> size() const {
    return overflow_ ? std::nullopt : std::optional<std::size_t>(used_);
  }

 private:
  MutableByteSpan out_;
  std::size_t used_ = 0;
  bool overflow_ = false;
};

class SnappyEncoder final : public Encoder {
 public:
  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    if (in.size() > kMaxBlock) {
      return Status(Code::kInvalidArgument, "snappy: blocks are at most 4294967295 bytes");
    }
    try {
      snappy::ByteArraySource source(chars(in), in.size());
      SpanSink sink(out);
      snappy::Compress(&source, &sink);
      return sink.size();
    } catch (const std::bad_alloc&) {
      return Status(Code::kLimitExceeded, "snappy: no memory for the hash table");
    }
  }
};

// Whether a malformed block is one that was cut short: its elements are whole as far as they go but
// the last one lacks bytes, or they produce less than the preamble says.
bool is_cut_short(ByteSpan in) {
  const auto at = [&in](std::size_t i) { return std::to_integer<std::uint32_t>(in[i]); };
  std::size_t pos = 0;
  std::uint64_t declared = 0;
  for (unsigned shift = 0;; shift += 7, ++pos) {
    if (pos == in.size()) {
      return true;
    }
    if (shift > 28) {
      return false;
    }
    declared |= std::uint64_t{at(pos) & 0x7FU} << shift;
    if ((at(pos) & 0x80U) == 0) {
      ++pos;
      break;
    }
  }
  std::uint64_t produced = 0;
  while (pos < in.size()) {
    const std::uint32_t tag = at(pos++);
    std::uint64_t length = (tag >> 2U) + 1;
    std::uint64_t needed = 0;
    switch (tag & 3U) {
      case 0: {
        const std::size_t extra = length > 60 ? static_cast<std::size_t>(length - 60) : 0;
        if (extra > in.size() - pos) {
          return true;
        }
        if (extra != 0) {
          length = 1;
          for (std::size_t i = 0; i < extra; ++i) {
            length += std::uint64_t{at(pos + i)} << (8 * i);
          }
        }
        pos += extra;
        needed = length;
        break;
      }
      case 1:
        length = ((tag >> 2U) & 7U) + 4;
        needed = 1;
        break;
      case 2:
        needed = 2;
        break;
      default:
        needed = 4;
        break;
    }
    if (needed > in.size() - pos) {
      return true;
    }
    pos += static_cast<std::size_t>(needed);
    produced += length;
  }
  return produced < declared;
}

class SnappyDecoder final : public Decoder {
 public:
  explicit SnappyDecoder(const Limits& limits) : limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(chars(in), in.size(), &size)) {
      return malformed(in);
    }
    if (size > out.size()) {
      return Status(Code::kCorrupt, "snappy: block decodes to more than its declared size");
    }
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "snappy: output limit reached");
    }
    char nothing = 0;
    if (!snappy::RawUncompress(chars(in), in.size(), out.empty() ? &nothing : chars(out))) {
      return malformed(in);
    }
    return size;
  }

 private:
  static Status malformed(ByteSpan in) {
    return is_cut_short(in) ? Status(Code::kTruncated, "snappy: the block ends too early")
                            : Status(Code::kCorrupt, "snappy: malformed block");
  }

  Limits limits_;
};

class SnappyCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    return n > kMaxBlock ? 0 : snappy::MaxCompressedLength(n);
  }

  CodecMemory memory(const CodecOptions& /*options*/, std::size_t /*block_size*/) const override {
    // A hash table, a copy of a 64 KiB fragment where the input is not contiguous, and its output.
    return {.encode = 192 * kKiB, .decode = 0};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& /*options*/) const override {
    return std::unique_ptr<Encoder>(std::make_unique<SnappyEncoder>());
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return std::unique_ptr<Decoder>(std::make_unique<SnappyDecoder>(limits));
  }
};

}  // namespace

const Codec& snappy_codec() {
  static const SnappyCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
