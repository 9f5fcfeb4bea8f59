#include <algorithm>
#include <cstring>

#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr CodecInfo kInfo = {
    .id = CodecId::kZero,
    .name = "zero",
    .description = "blocks of zero bytes, which take no payload",
    .needs_exact_size = true,
};

class ZeroEncoder final : public Encoder {
 public:
  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan /*out*/) override {
    const bool zero =
        std::all_of(in.begin(), in.end(), [](std::byte b) { return b == std::byte{0}; });
    return zero ? std::optional<std::size_t>(0) : std::nullopt;
  }
};

class ZeroDecoder final : public Decoder {
 public:
  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (!in.empty()) {
      return Status(Code::kCorrupt, "zero block has a payload");
    }
    if (!out.empty()) {
      std::memset(out.data(), 0, out.size());
    }
    return out.size();
  }
};

class ZeroCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }
  std::size_t max_encoded_size(std::size_t /*n*/) const override { return 0; }
  CodecMemory memory(const CodecOptions& /*options*/, std::size_t /*block_size*/) const override {
    return {};
  }
  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& /*options*/) const override {
    return std::unique_ptr<Encoder>(std::make_unique<ZeroEncoder>());
  }
  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& /*limits*/) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return std::unique_ptr<Decoder>(std::make_unique<ZeroDecoder>());
  }
};

}  // namespace

const Codec& zero_codec() {
  static const ZeroCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
