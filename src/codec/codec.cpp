#include "kompakt/codec.hpp"

#include "codec/registry.hpp"

namespace kompakt {

std::vector<std::byte> Codec::wire_parameters(const CodecOptions& /*options*/) const { return {}; }

Status expect_no_parameters(const Codec& codec, ByteSpan parameters) {
  return parameters.empty()
             ? Status()
             : Status(Code::kCorrupt, std::string(codec.info().name) + ": unexpected parameters");
}

Result<std::unique_ptr<StreamCoder>> Codec::make_stream_encoder(
    const CodecOptions& /*options*/) const {
  return Status(Code::kUnsupported, std::string(info().name) + " has no streaming encoder");
}

Result<std::unique_ptr<StreamCoder>> Codec::make_stream_decoder(ByteSpan /*parameters*/,
                                                                const Limits& /*limits*/) const {
  return Status(Code::kUnsupported, std::string(info().name) + " has no streaming decoder");
}

}  // namespace kompakt
