/// \file
/// The codec contract: what every compression method offers and promises.
///
/// A codec turns one block into fewer bytes and back. It knows nothing of containers, archives,
/// threads or files. Objects made here are used by one thread at a time and are meant to be reused
/// for many blocks; pooling them is the pipeline's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/status.hpp"

namespace kompakt {

/// Numbers on the wire. Frozen once released; never reused.
enum class CodecId : std::uint16_t {
  kStore = 0,
  kZero = 1,
  kZstd = 2,
  kLz4 = 3,
  kSnappy = 4,
  kBrotli = 5,
  kDeflate = 6,
  kXz = 7,
  kBzip2 = 8,
  kBwt = 9,
  kCm = 10,
};

/// Ceilings that the caller sets on work over untrusted data.
struct Limits {
  std::uint64_t max_memory =
      std::numeric_limits<std::uint64_t>::max();  ///< bytes a decoder may hold
  std::uint64_t max_output =
      std::numeric_limits<std::uint64_t>::max();  ///< bytes a decode may produce
};

/// One option of a codec. All options are integers; where `names` is not empty, value i is spelt
/// names[i] (min is then 0 and max names.size() - 1).
struct OptionSpec {
  std::string_view key;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t fallback = 0;  ///< the default
  std::string_view help;
  std::span<const std::string_view> names = {};
};

inline constexpr std::size_t kMaxCodecOptions = 8;

/// Values for a codec's option schema, in schema order; always within the stated ranges when made
/// by the functions below.
class KOMPAKT_API CodecOptions {
 public:
  /// The defaults of a schema of at most kMaxCodecOptions entries.
  explicit CodecOptions(std::span<const OptionSpec> schema);
  /// kInvalidArgument, naming the valid choices, for an unknown key or a value out of range.
  [[nodiscard]] Status set(std::string_view key, std::int64_t value);
  /// The same with a number, or the name of a value, as text.
  [[nodiscard]] Status set(std::string_view key, std::string_view text);
  /// The value of `key`, which the schema must contain (a programming error otherwise: aborts).
  [[nodiscard]] std::int64_t get(std::string_view key) const;
  /// What it was made from.
  [[nodiscard]] std::span<const OptionSpec> schema() const noexcept { return schema_; }

 private:
  std::span<const OptionSpec> schema_;
  std::array<std::int64_t, kMaxCodecOptions> values_{};
};

/// What is true of a codec whatever its options.
struct CodecInfo {
  CodecId id = CodecId::kStore;
  std::string_view name;
  std::string_view description;    ///< one line
  std::uint8_t first_version = 1;  ///< oldest encoding version that decodes
  std::uint8_t last_version = 1;   ///< version that is written
  std::span<const OptionSpec> options = {};
  bool streams = false;           ///< make_stream_encoder/decoder work
  bool needs_exact_size = false;  ///< decode() needs out.size() == the decoded size
  bool concatenates = false;      ///< encodings laid end to end decode to the joined content
  bool deterministic = true;      ///< same input and options give the same bytes everywhere
};

/// Working memory in bytes, the caller's input and output spans not counted.
struct CodecMemory {
  std::uint64_t encode = 0;
  std::uint64_t decode = 0;
};

/// Encodes whole blocks.
class KOMPAKT_API Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  Encoder(Encoder&&) = delete;
  Encoder& operator=(Encoder&&) = delete;
  virtual ~Encoder() = default;
  /// Encodes `in` into `out`. nullopt when the encoding does not fit: a value, not an error, so a
  /// caller that wants a saving offers less room than in.size() and stores the block otherwise.
  [[nodiscard]] virtual Result<std::optional<std::size_t>> encode(ByteSpan in,
                                                                  MutableByteSpan out) = 0;
};

/// Decodes whole blocks.
class KOMPAKT_API Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  Decoder(Decoder&&) = delete;
  Decoder& operator=(Decoder&&) = delete;
  virtual ~Decoder() = default;
  /// Decodes all of `in` into `out` and returns the bytes produced. Never touches memory outside
  /// the spans. kCorrupt for damaged data (and for data that decodes to more than out.size()),
  /// kTruncated where `in` ends too early and the codec can tell, kLimitExceeded beyond the limits.
  [[nodiscard]] virtual Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) = 0;
};

/// What the caller of StreamCoder::step() has to say of the input.
enum class StreamMode : std::uint8_t {
  kRun,     ///< more input will follow
  kFlush,   ///< make everything so far decodable
  kFinish,  ///< this is all the input there is
};
/// What StreamCoder::step() waits for.
enum class StreamState : std::uint8_t {
  kNeedsInput,   ///< all input was taken and all output so far was given out
  kNeedsOutput,  ///< call again with room for output
  kFinished,     ///< the stream is complete; input after it was not consumed
};
/// What one step took and gave, in bytes.
struct StreamProgress {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  StreamState state = StreamState::kNeedsInput;
};

/// Encodes or decodes a stream piece by piece.
class KOMPAKT_API StreamCoder {
 public:
  StreamCoder() = default;
  StreamCoder(const StreamCoder&) = delete;
  StreamCoder& operator=(const StreamCoder&) = delete;
  StreamCoder(StreamCoder&&) = delete;
  StreamCoder& operator=(StreamCoder&&) = delete;
  virtual ~StreamCoder() = default;
  /// Takes some of `in`, gives some of `out`. A decoder in kFinish mode whose input ends before
  /// the stream does fails with kTruncated.
  [[nodiscard]] virtual Result<StreamProgress> step(ByteSpan in, MutableByteSpan out,
                                                    StreamMode mode) = 0;
  /// Makes the object as new, keeping its memory.
  [[nodiscard]] virtual Status reset() = 0;
};

/// A compression method. Stateless; one instance each, owned by the registry.
class KOMPAKT_API Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  Codec(Codec&&) = delete;
  Codec& operator=(Codec&&) = delete;
  virtual ~Codec() = default;

  /// The facts.
  [[nodiscard]] virtual const CodecInfo& info() const noexcept = 0;
  /// Room in which encode() always succeeds for `n` input bytes.
  [[nodiscard]] virtual std::size_t max_encoded_size(std::size_t n) const = 0;
  /// Working memory for blocks of `block_size` bytes.
  [[nodiscard]] virtual CodecMemory memory(const CodecOptions& options,
                                           std::size_t block_size) const = 0;
  /// For use by one thread at a time.
  [[nodiscard]] virtual Result<std::unique_ptr<Encoder>> make_encoder(
      const CodecOptions& options) const = 0;
  /// What a decoder must know besides the block itself; at most 8 bytes. Empty for most codecs.
  [[nodiscard]] virtual std::vector<std::byte> wire_parameters(const CodecOptions& options) const;
  /// `parameters` are wire_parameters() as read from untrusted data. The limits hold for this
  /// decoder.
  [[nodiscard]] virtual Result<std::unique_ptr<Decoder>> make_decoder(
      ByteSpan parameters, const Limits& limits) const = 0;
  /// kUnsupported unless info().streams.
  [[nodiscard]] virtual Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const;
  /// kUnsupported unless info().streams; the rest as for make_decoder().
  [[nodiscard]] virtual Result<std::unique_ptr<StreamCoder>> make_stream_decoder(
      ByteSpan parameters, const Limits& limits) const;
};

/// Every codec in this build, in order of id.
[[nodiscard]] KOMPAKT_API std::span<const Codec* const> all_codecs();
/// nullptr when this build has no such codec.
[[nodiscard]] KOMPAKT_API const Codec* find_codec(CodecId id);
/// The same by name.
[[nodiscard]] KOMPAKT_API const Codec* find_codec(std::string_view name);

/// A codec and the options to run it with.
struct CodecSpec {
  const Codec* codec = nullptr;
  CodecOptions options;
};

/// Parses "name" or "name:key=value,key=value". kInvalidArgument, with the valid choices, for an
/// unknown name, an unknown or repeated key, or a value out of range.
[[nodiscard]] KOMPAKT_API Result<CodecSpec> parse_codec_spec(std::string_view text);
/// The shortest text that parses back to `spec`.
[[nodiscard]] KOMPAKT_API std::string format_codec_spec(const CodecSpec& spec);

}  // namespace kompakt
