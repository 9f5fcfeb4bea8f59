#include "kompakt/codec.hpp"

namespace kompakt {

std::vector<std::byte> Codec::wire_parameters(const CodecOptions& /*options*/) const { return {}; }

Result<std::unique_ptr<StreamCoder>> Codec::make_stream_encoder(const CodecOptions& /*options*/) const {
  return Status(Code::kUnsupported, std::string(info().name) + " has no streaming encoder");
}

Result<std::unique_ptr<StreamCoder>> Codec::make_stream_decoder(ByteSpan /*parameters*/,
                                                                const Limits& /*limits*/) const {
  return Status(Code::kUnsupported, std::string(info().name) + " has no streaming decoder");
}

}  // namespace kompakt
