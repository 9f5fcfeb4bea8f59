#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "codec/bwt/run_coder.hpp"
#include "codec/registry.hpp"
#include "core/buffer.hpp"
#include "core/endian.hpp"
#include "transform/bwt.hpp"
#include "transform/suffix_sort.hpp"

namespace kompakt {
namespace {

constexpr std::array<std::string_view, 3> kEffortNames = {"fast", "strong", "quick"};

constexpr std::array kOptions = {
    OptionSpec{.key = "effort",
               .min = 0,
               .max = bwt::kMaxEffort,
               .fallback = 0,
               .help = "what is spent on predicting the sorted bytes",
               .names = kEffortNames},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kBwt,
    .name = "bwt",
    .description = "block sorting with mixed adaptive models",
    .options = kOptions,
    .concatenates = true,
};

// Method of a part: an Effort (append only), or this for bytes as they are.
constexpr std::uint8_t kStored = 0xFF;
constexpr std::size_t kHeaderSize = 9;

// The header in front of each part: one method byte, then the sizes of the part decoded and
// encoded, 4 bytes each, little-endian.
struct PartHeader {
  std::uint8_t method = kStored;
  std::uint32_t size = 0;
  std::uint32_t payload_size = 0;

  void store(MutableByteSpan out) const {
    out[0] = std::byte{method};
    store_le(out.subspan(1), size);
    store_le(out.subspan(5), payload_size);
  }
  static PartHeader load(ByteSpan in) {
    return {.method = std::to_integer<std::uint8_t>(in[0]),
            .size = load_le<std::uint32_t>(in.subspan(1)),
            .payload_size = load_le<std::uint32_t>(in.subspan(5))};
  }
};

// What decoding a part takes besides its content: the model, then the inverse transform.
std::uint64_t decoding_memory(bwt::Effort effort, std::size_t size) {
  return std::max<std::uint64_t>(bwt::run_coder_memory(effort), bwt_inverse_memory(size));
}

using Rows = std::array<std::uint32_t, kMaxBwtRows>;

class BwtEncoder final : public Encoder {
 public:
  explicit BwtEncoder(bwt::Effort effort) : effort_(effort) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    std::size_t produced = 0;
    do {
      const ByteSpan part = in.first(std::min(in.size(), kMaxBwtSize));
      in = in.subspan(part.size());
      auto size = encode_part(part, out.subspan(produced));
      if (!size.ok() || !size->has_value()) {
        return size;
      }
      produced += **size;
    } while (!in.empty());
    return std::optional(produced);
  }

 private:
  Result<std::optional<std::size_t>> encode_part(ByteSpan part, MutableByteSpan out) {
    if (out.size() < kHeaderSize) {
      return std::optional<std::size_t>();
    }
    const MutableByteSpan payload = out.subspan(kHeaderSize);
    PartHeader header{.size = static_cast<std::uint32_t>(part.size())};
    std::optional<std::size_t> size;
    if (!part.empty()) {
      // What is not smaller than the part is stored.
      const auto sorted = sort_and_code(part, payload.first(std::min(payload.size(), part.size())));
      if (!sorted.ok()) {
        return sorted.status();
      }
      size = *sorted;
    }
    if (size) {
      header.method = static_cast<std::uint8_t>(effort_);
    } else if (payload.size() >= part.size()) {
      std::copy(part.begin(), part.end(), payload.begin());
      size = part.size();
    } else {
      return std::optional<std::size_t>();
    }
    header.payload_size = static_cast<std::uint32_t>(*size);
    header.store(out);
    return std::optional(kHeaderSize + *size);
  }

  // Rows, then runs.
  Result<std::optional<std::size_t>> sort_and_code(ByteSpan part, MutableByteSpan out) {
    const std::size_t row_count = bwt_row_count(part.size());
    if (out.size() < 4 * row_count) {
      return std::optional<std::size_t>();
    }
    Rows rows{};
    const auto sorted = bwt_forward(part, std::span(rows).first(row_count), work_);
    if (!sorted.ok()) {
      return sorted.status();
    }
    for (std::size_t i = 0; i < row_count; ++i) {
      store_le(out.subspan(4 * i), rows[i]);
    }
    ByteSpan last = *sorted;
    if (effort_ == bwt::Effort::kStrong) {
      // The model is large: it takes the place of what the sorter no longer needs.
      std::memmove(work_.data(), last.data(), last.size());
      last = std::as_const(work_).first(last.size());
      work_.shrink(last.size());
    }
    const auto size = bwt::encode_runs(last, out.subspan(4 * row_count), effort_);
    return size ? std::optional(4 * row_count + *size) : size;
  }

  bwt::Effort effort_;
  Buffer work_;
};

class BwtDecoder final : public Decoder {
 public:
  explicit BwtDecoder(const Limits& limits) : limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "bwt: output limit reached");
    }
    std::size_t produced = 0;
    do {
      auto size = decode_part(in, out.subspan(produced));
      if (!size.ok()) {
        return size;
      }
      produced += *size;
    } while (!in.empty());
    return produced;
  }

 private:
  // One part off the front of `in`.
  Result<std::size_t> decode_part(ByteSpan& in, MutableByteSpan out) {
    if (in.size() < kHeaderSize) {
      return Status(Code::kTruncated, "bwt: the block ends inside a header");
    }
    const PartHeader header = PartHeader::load(in);
    in = in.subspan(kHeaderSize);
    if (header.size > kMaxBwtSize || header.payload_size > header.size) {
      return Status(Code::kCorrupt, "bwt: impossible sizes");
    }
    if (header.size > out.size()) {
      return Status(Code::kCorrupt, "bwt: block decodes to more than its declared size");
    }
    if (header.payload_size > in.size()) {
      return Status(Code::kTruncated, "bwt: the block ends too early");
    }
    const ByteSpan payload = in.first(header.payload_size);
    in = in.subspan(payload.size());
    out = out.first(header.size);
    const Status status = header.method == kStored ? unstore(payload, out)
                                                   : decode_sorted(header.method, payload, out);
    return status.ok() ? Result<std::size_t>(out.size()) : Result<std::size_t>(status);
  }

  static Status unstore(ByteSpan payload, MutableByteSpan out) {
    if (payload.size() != out.size()) {
      return {Code::kCorrupt, "bwt: impossible sizes"};
    }
    std::copy(payload.begin(), payload.end(), out.begin());
    return {};
  }

  Status decode_sorted(std::uint8_t method, ByteSpan payload, MutableByteSpan out) {
    if (method > bwt::kMaxEffort) {
      return {Code::kUnsupported, "bwt: unknown method " + std::to_string(method)};
    }
    const auto effort = static_cast<bwt::Effort>(method);
    if (out.empty()) {
      return {Code::kCorrupt, "bwt: a sorted part without content"};
    }
    const std::size_t row_count = bwt_row_count(out.size());
    if (payload.size() < 4 * row_count) {
      return {Code::kTruncated, "bwt: the block ends inside its rows"};
    }
    if (decoding_memory(effort, out.size()) > limits_.max_memory) {
      return {Code::kLimitExceeded, "bwt: memory limit reached"};
    }
    Rows rows{};
    for (std::size_t i = 0; i < row_count; ++i) {
      rows[i] = load_le<std::uint32_t>(payload.subspan(4 * i));
    }
    // The one is freed before the other begins.
    work_ = Buffer();
    if (Status status = bwt::decode_runs(payload.subspan(4 * row_count), out, effort);
        !status.ok()) {
      return status;
    }
    return bwt_inverse(out, std::span(rows).first(row_count), out, work_);
  }

  Limits limits_;
  Buffer work_;
};

class BwtCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    return n + kHeaderSize * (n / kMaxBwtSize + 1);
  }

  CodecMemory memory(const CodecOptions& options, std::size_t block_size) const override {
    const auto effort = static_cast<bwt::Effort>(options.get("effort"));
    const auto coder = bwt::run_coder_memory(effort);
    const std::size_t part = std::min(block_size, kMaxBwtSize);
    const std::uint64_t sorter = bwt_forward_memory(part) + sort_table_bytes(part);
    // Next to the model of strong lie the sorted bytes alone, and what a Buffer rounds up.
    return {.encode = effort == bwt::Effort::kStrong ? std::max(sorter, coder + part + 2 * kMiB)
                                                     : sorter + coder,
            .decode = decoding_memory(effort, part)};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    return std::unique_ptr<Encoder>(
        std::make_unique<BwtEncoder>(static_cast<bwt::Effort>(options.get("effort"))));
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return std::unique_ptr<Decoder>(std::make_unique<BwtDecoder>(limits));
  }
};

}  // namespace

const Codec& bwt_codec() {
  static const BwtCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
