#include <cstring>

#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr CodecInfo kInfo = {
    .id = CodecId::kStore,
    .name = "store",
    .description = "bytes as they are",
    .concatenates = true,
};

class StoreEncoder final : public Encoder {
 public:
  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    if (in.size() > out.size()) {
      return std::optional<std::size_t>();
    }
    if (!in.empty()) {
      std::memcpy(out.data(), in.data(), in.size());
    }
    return std::optional<std::size_t>(in.size());
  }
};

class StoreDecoder final : public Decoder {
 public:
  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (in.size() > out.size()) {
      return Status(Code::kCorrupt, "stored block is larger than its declared size");
    }
    if (!in.empty()) {
      std::memcpy(out.data(), in.data(), in.size());
    }
    return in.size();
  }
};

class StoreCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }
  std::size_t max_encoded_size(std::size_t n) const override { return n; }
  CodecMemory memory(const CodecOptions& /*options*/, std::size_t /*block_size*/) const override {
    return {};
  }
  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& /*options*/) const override {
    return std::unique_ptr<Encoder>(std::make_unique<StoreEncoder>());
  }
  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& /*limits*/) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return std::unique_ptr<Decoder>(std::make_unique<StoreDecoder>());
  }
};

}  // namespace

const Codec& store_codec() {
  static const StoreCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
