#include "format/common/packed.hpp"

#include "kompakt/codec.hpp"

namespace kompakt {

Result<std::vector<std::byte>> pack_payload(ByteSpan raw, std::size_t room) {
  const Codec& codec = *find_codec(CodecId::kZstd);
  const auto encoder = codec.make_encoder(CodecOptions(codec.info().options));
  if (!encoder.ok()) {
    return encoder.status();
  }
  std::vector<std::byte> bytes(room + codec.max_encoded_size(raw.size()));
  const auto stored = (*encoder)->encode(raw, MutableByteSpan(bytes).subspan(room));
  if (!stored.ok()) {
    return stored.status();
  }
  if (!*stored) {
    return Status(Code::kInternal, "a sidecar's payload did not fit its bound");
  }
  bytes.resize(room + **stored);
  return bytes;
}

Result<std::vector<std::byte>> unpack_payload(ByteSpan stored, std::size_t raw_size,
                                              std::uint64_t max_memory) {
  auto decoder = find_codec(CodecId::kZstd)
                     ->make_decoder({}, {.max_memory = max_memory, .max_output = raw_size});
  if (!decoder.ok()) {
    return decoder.status();
  }
  std::vector<std::byte> raw(raw_size);
  const auto got = (*decoder)->decode(stored, raw);
  if (!got.ok()) {
    return got.status();
  }
  return *got == raw_size ? Result<std::vector<std::byte>>(std::move(raw))
                          : Status(Code::kCorrupt, "a payload that is shorter than stated");
}

}  // namespace kompakt
