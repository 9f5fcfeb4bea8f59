// Feeds arbitrary bytes to every codec of the registry: as encodings, as streams and as content.
// `--codec=NAME` keeps to one codec; otherwise the first input byte chooses.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "kompakt/codec.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kMaxOutput = kMiB;
constexpr Limits kLimits{.max_memory = 64 * kMiB, .max_output = kMaxOutput};

const Codec*& chosen_codec() {
  static const Codec* codec = nullptr;
  return codec;
}

void check(bool promise, const char* text) {
  if (!promise) {
    std::fprintf(stderr, "broken promise: %s\n", text);
    std::abort();
  }
}

// Takes decisions from the front of the input; zeros once it is used up.
class Choices {
 public:
  explicit Choices(ByteSpan bytes) : bytes_(bytes) {}

  std::uint32_t next() {
    std::uint32_t value = 0;
    for (int i = 0; i < 2 && !bytes_.empty(); ++i) {
      value = value << 8U | std::to_integer<std::uint32_t>(bytes_.front());
      bytes_ = bytes_.subspan(1);
    }
    return value;
  }
  [[nodiscard]] ByteSpan rest() const { return bytes_; }

 private:
  ByteSpan bytes_;
};

// A value of the option's range, kept where it would cost gigabytes or minutes.
std::int64_t choose_value(const OptionSpec& option, std::uint32_t choice) {
  constexpr std::int64_t kLargestLog = 20;
  const bool is_log = option.key.ends_with("log") || option.key == "long" || option.key == "lgwin";
  const std::int64_t max = is_log ? std::min(option.max, kLargestLog) : option.max;
  return option.min + static_cast<std::int64_t>(choice) % (max - option.min + 1);
}

// The options of a codec; a few settings that exclude each other are left to the codec to refuse.
CodecOptions choose_options(const Codec& codec, Choices& choices) {
  CodecOptions options(codec.info().options);
  for (const auto& option : codec.info().options) {
    const std::uint32_t choice = choices.next();
    if (choice % 2 == 0) {
      check(options.set(option.key, choose_value(option, choice / 2)).ok(), "value in range");
    }
  }
  return options;
}

// Decodes a stream in pieces of chosen sizes. False when it fails or does not end.
bool decode_stream(StreamCoder& coder, ByteSpan in, Choices sizes, std::vector<std::byte>& output,
                   std::size_t& consumed) {
  constexpr std::size_t kLargestPiece = 8192;
  std::vector<std::byte> out(kLargestPiece);
  int idle = 0;
  output.clear();
  consumed = 0;
  while (output.size() <= kMaxOutput) {
    const std::size_t in_size = 1 + sizes.next() % kLargestPiece;
    const std::size_t out_size = 1 + sizes.next() % kLargestPiece;
    const ByteSpan rest = in.subspan(consumed);
    const ByteSpan piece = rest.first(std::min(rest.size(), in_size));
    const auto mode = piece.size() == rest.size() ? StreamMode::kFinish : StreamMode::kRun;
    // A copy in its own allocation lets the address sanitizer see a read past the piece.
    const std::vector<std::byte> exact(piece.begin(), piece.end());
    const auto progress = coder.step(exact, MutableByteSpan(out).first(out_size), mode);
    if (!progress.ok()) {
      check(progress.status().code() != Code::kInternal, "bad data is not an internal error");
      return false;
    }
    check(progress->consumed <= piece.size() && progress->produced <= out_size, "step in bounds");
    consumed += progress->consumed;
    output.insert(output.end(), out.begin(),
                  out.begin() + static_cast<std::ptrdiff_t>(progress->produced));
    if (progress->state == StreamState::kFinished) {
      return true;
    }
    idle = progress->consumed == 0 && progress->produced == 0 ? idle + 1 : 0;
    check(idle < 2, "a decoder makes progress");
  }
  return false;
}

// Decodes `in` as a block and as a stream cut up by `sizes`; the two must agree.
void decode_both_ways(const Codec& codec, ByteSpan parameters, ByteSpan in, std::size_t room,
                      const Choices& sizes) {
  std::vector<std::byte> out(room);
  bool decoded = false;
  std::size_t size = 0;
  if (auto decoder = codec.make_decoder(parameters, kLimits); decoder.ok()) {
    const auto got = (*decoder)->decode(in, out);
    decoded = got.ok();
    size = got.ok() ? *got : 0;
    check(size <= room, "decoded size in bounds");
    check(got.ok() || got.status().code() != Code::kInternal, "bad data is not an internal error");
  }
  // Streams of lz4 are frames even where its blocks are bare, so there is nothing to compare then.
  const bool comparable = codec.info().id != CodecId::kLz4 || !parameters.empty();
  auto stream = codec.make_stream_decoder(parameters, kLimits);
  if (!stream.ok()) {
    return;
  }
  std::vector<std::byte> streamed;
  std::size_t consumed = 0;
  if (decode_stream(**stream, in, sizes, streamed, consumed) && decoded && comparable &&
      consumed == in.size()) {
    check(streamed.size() == size && std::equal(streamed.begin(), streamed.end(), out.begin()),
          "stream and block decoders agree");
  }
}

void decode_arbitrary(const Codec& codec, Choices choices) {
  const auto parameters = codec.wire_parameters(choose_options(codec, choices));
  const std::size_t room = choices.next() % 4 == 0 ? choices.next() : kMaxOutput;
  decode_both_ways(codec, parameters, choices.rest(), room, choices);
}

// Content that is known to encode gets past magic numbers and header checks; then a few bytes of
// the encoding change.
void decode_damaged(const Codec& codec, Choices choices) {
  const CodecOptions options = choose_options(codec, choices);
  const std::uint32_t changes = choices.next() % 8;
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < 2 * changes; ++i) {
    places.push_back(choices.next());
  }
  const ByteSpan content = choices.rest();
  const auto encoder = codec.make_encoder(options);
  if (!encoder.ok()) {
    return;
  }
  std::vector<std::byte> encoded(codec.max_encoded_size(content.size()));
  const auto size = (*encoder)->encode(content, encoded);
  if (!size.ok() || !size->has_value() || **size == 0) {
    return;
  }
  encoded.resize(**size);
  for (std::size_t i = 0; i + 1 < places.size(); i += 2) {
    encoded[places[i] % encoded.size()] ^= static_cast<std::byte>(places[i + 1]);
  }
  decode_both_ways(codec, codec.wire_parameters(options), encoded, content.size() + 64, choices);
}

void round_trip(const Codec& codec, Choices choices) {
  const CodecOptions options = choose_options(codec, choices);
  const ByteSpan content = choices.rest();
  const auto encoder = codec.make_encoder(options);
  if (!encoder.ok()) {
    check(encoder.status().code() == Code::kInvalidArgument, "only settings can be refused");
    return;
  }
  std::vector<std::byte> encoded(codec.max_encoded_size(content.size()));
  const auto size = (*encoder)->encode(content, encoded);
  check(size.ok(), "encoding succeeds");
  check(size->has_value() || codec.info().id == CodecId::kZero, "max_encoded_size is enough");
  if (!size->has_value()) {
    return;
  }
  encoded.resize(**size);
  const auto decoder = codec.make_decoder(codec.wire_parameters(options), Limits());
  check(decoder.ok(), "own parameters are accepted");
  std::vector<std::byte> back(content.size());
  const auto got = (*decoder)->decode(encoded, back);
  check(got.ok() && *got == content.size() && std::equal(back.begin(), back.end(), content.begin()),
        "round trip");
}

}  // namespace
}  // namespace kompakt

// NOLINTBEGIN(readability-identifier-naming): libFuzzer fixes these names.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kFlag = "--codec=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument.starts_with(kFlag)) {
      const auto name = argument.substr(kFlag.size());
      kompakt::chosen_codec() = kompakt::find_codec(name);
      if (kompakt::chosen_codec() == nullptr) {
        std::fprintf(stderr, "no codec '%s'\n", (*argv)[i] + kFlag.size());
        std::exit(2);
      }
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kompakt::ByteSpan input(reinterpret_cast<const std::byte*>(data), size);
  if (input.empty()) {
    return 0;
  }
  constexpr std::size_t kModes = 3;
  const auto first = std::to_integer<std::size_t>(input.front());
  const auto codecs = kompakt::all_codecs();
  const kompakt::Codec* codec = kompakt::chosen_codec();
  if (codec == nullptr) {
    codec = codecs[first / kModes % codecs.size()];
  }
  const kompakt::Choices choices(input.subspan(1));
  switch (first % kModes) {
    case 0:
      kompakt::decode_arbitrary(*codec, choices);
      break;
    case 1:
      kompakt::decode_damaged(*codec, choices);
      break;
    default:
      kompakt::round_trip(*codec, choices);
      break;
  }
  return 0;
}
// NOLINTEND(readability-identifier-naming)
