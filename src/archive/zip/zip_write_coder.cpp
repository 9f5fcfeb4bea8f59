#include "archive/zip/zip_write_coder.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "archive/zip/zip_write_deflate.hpp"
#include "format/common/part_encode_job.hpp"
#include "format/format.hpp"
#include "format/xz/lzma.hpp"
#include "kompakt/codec.hpp"

namespace kompakt::zip {
namespace {

struct Choice {
  std::string_view name;
  Method method;
  int min_level;
  int max_level;
  int default_level;
  std::optional<Format> format;  ///< whose streams the data are
};
constexpr std::array kChoices = {
    Choice{"deflate", Method::kDeflate, kMinDeflateLevel, kMaxDeflateLevel, kDefaultDeflateLevel,
           std::nullopt},
    Choice{"store", Method::kStore, 0, 0, 0, std::nullopt},
    Choice{"zstd", Method::kZstd, 1, 19, 3, Format::kZstd},
    Choice{"bzip2", Method::kBzip2, 1, 9, 9, Format::kBzip2},
    Choice{"xz", Method::kXz, 0, 9, 6, Format::kXz},
};

class StoreCoder final : public ContentCoder {
 public:
  Result<std::optional<std::size_t>> encode(ByteSpan /*raw*/, MutableByteSpan /*out*/) override {
    return std::optional<std::size_t>();
  }
};

class WholeDeflateCoder final : public ContentCoder {
 public:
  explicit WholeDeflateCoder(std::unique_ptr<DeflateCoder> coder) : coder_(std::move(coder)) {}

  Result<std::optional<std::size_t>> encode(ByteSpan raw, MutableByteSpan out) override {
    if (!DeflateCoder::worth_coding(raw)) {
      return std::optional<std::size_t>();
    }
    const auto size = coder_->encode(raw, gzip::PartEnd::kFinal, out);
    if (!size.ok()) {
      return size.status();
    }
    return *size < raw.size() ? std::optional<std::size_t>(*size) : std::nullopt;
  }

 private:
  std::unique_ptr<DeflateCoder> coder_;
};

/// zstd and bzip2: what their codecs make are whole frames and streams.
class CodecCoder final : public ContentCoder {
 public:
  explicit CodecCoder(std::unique_ptr<Encoder> encoder) : encoder_(std::move(encoder)) {}

  Result<std::optional<std::size_t>> encode(ByteSpan raw, MutableByteSpan out) override {
    return encoder_->encode(raw, out.first(std::min(out.size(), raw.size() - 1)));
  }

 private:
  std::unique_ptr<Encoder> encoder_;
};

Result<std::unique_ptr<ContentCoder>> make_codec_coder(std::string_view name, int level) {
  const Codec* const codec = find_codec(name);
  if (codec == nullptr) {
    return Status(Code::kUnsupported, "zip: there is no codec " + std::string(name));
  }
  CodecOptions options(codec->info().options);
  if (Status set = options.set("level", level); !set.ok()) {
    return set;
  }
  auto encoder = codec->make_encoder(options);
  if (!encoder.ok()) {
    return encoder.status();
  }
  return std::unique_ptr<ContentCoder>(std::make_unique<CodecCoder>(std::move(*encoder)));
}

/// An .xz stream of one block. The dictionary is no larger than the content: a larger one would be
/// cleared for nothing, by the readers too.
class XzCoder final : public ContentCoder {
 public:
  explicit XzCoder(const lzma_options_lzma& options) : options_(options) {}

  Result<std::optional<std::size_t>> encode(ByteSpan raw, MutableByteSpan out) override {
    lzma_options_lzma options = options_;
    const auto enough = std::bit_ceil(std::max<std::size_t>(raw.size(), LZMA_DICT_SIZE_MIN));
    options.dict_size =
        static_cast<std::uint32_t>(std::min<std::size_t>(options.dict_size, enough));
    const std::array<lzma_filter, 2> filters = {lzma_filter{LZMA_FILTER_LZMA2, &options},
                                                lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
    lzma_ret code = lzma_stream_encoder(stream_.get(), filters.data(), LZMA_CHECK_CRC32);
    std::size_t size = 0;
    MutableByteSpan room = out.first(std::min(out.size(), raw.size() - 1));
    while (code == LZMA_OK && !room.empty()) {
      code = stream_.step(raw, room, LZMA_FINISH);
      raw = raw.subspan(stream_.consumed());
      room = room.subspan(stream_.produced());
      size += stream_.produced();
    }
    if (code == LZMA_OK || code == LZMA_BUF_ERROR) {
      return std::optional<std::size_t>();
    }
    if (code != LZMA_STREAM_END) {
      return lzma_status(code, "content");
    }
    return std::optional<std::size_t>(size);
  }

 private:
  lzma_options_lzma options_;
  LzmaStream stream_;
};

/// Stored, in the shape of the other jobs.
class StoreJob final : public PartEncodeJob {
 public:
  StoreJob(Source& source, Sink& sink)
      : PartEncodeJob(source, sink, {.part_size = kMiB, .max_coded = kMiB}) {}

 private:
  Result<std::unique_ptr<Coder>> make_coder() override { return std::make_unique<Coder>(); }
  Status begin(std::vector<std::byte>& /*header*/) override { return {}; }
  Status encode(Part& part, Coder& /*coder*/) override {
    std::copy(part.raw.begin(), part.raw.end(), part.coded.data());
    part.coded_size = part.raw.size();
    return {};
  }
  Status append(Part& /*part*/) override { return {}; }
  Status end(std::vector<std::byte>& /*trailer*/) override { return {}; }
};

const Choice& choice_of(Method method) {
  return *std::find_if(kChoices.begin(), kChoices.end(),
                       [&](const Choice& c) { return c.method == method; });
}

}  // namespace

Result<Coding> choose_coding(std::string_view method, std::optional<int> level) {
  const std::string_view wanted = method.empty() ? kChoices.front().name : method;
  const auto* const found = std::find_if(kChoices.begin(), kChoices.end(),
                                         [&](const Choice& c) { return c.name == wanted; });
  if (found == kChoices.end()) {
    return Status(Code::kInvalidArgument, "zip: there is no method '" + std::string(method) +
                                              "'; there are deflate, store, zstd, bzip2, xz");
  }
  const int chosen = level.value_or(found->default_level);
  if (found->method == Method::kStore) {
    return Coding{.method = Method::kStore};
  }
  if (chosen < found->min_level || chosen > found->max_level) {
    return Status(Code::kInvalidArgument, "zip: levels of " + std::string(found->name) + " are " +
                                              std::to_string(found->min_level) + " to " +
                                              std::to_string(found->max_level));
  }
  if (found->method == Method::kDeflate && chosen == 0) {
    return Coding{.method = Method::kStore};
  }
  return Coding{.method = found->method, .level = chosen};
}

Result<std::unique_ptr<ContentCoder>> ContentCoder::make(const Coding& coding) {
  switch (coding.method) {
    case Method::kDeflate: {
      auto coder = DeflateCoder::make(coding.level);
      if (!coder.ok()) {
        return coder.status();
      }
      return std::unique_ptr<ContentCoder>(std::make_unique<WholeDeflateCoder>(std::move(*coder)));
    }
    case Method::kZstd:
    case Method::kBzip2:
      return make_codec_coder(choice_of(coding.method).name, coding.level);
    case Method::kXz: {
      lzma_options_lzma options{};
      if (lzma_lzma_preset(&options, static_cast<std::uint32_t>(coding.level)) != 0) {
        return Status(Code::kInternal, "xz: the library lacks this preset");
      }
      return std::unique_ptr<ContentCoder>(std::make_unique<XzCoder>(options));
    }
    default:
      return std::unique_ptr<ContentCoder>(std::make_unique<StoreCoder>());
  }
}

std::size_t coded_room(const Coding& coding, std::size_t size) {
  return coding.method == Method::kDeflate ? gzip::max_part_size(size) : size;
}

std::uint64_t coder_memory(const Coding& coding, std::size_t size) {
  switch (coding.method) {
    case Method::kDeflate:
      return DeflateCoder::memory(coding.level) + size;
    case Method::kZstd:
    case Method::kBzip2: {
      const Codec* const codec = find_codec(choice_of(coding.method).name);
      CodecOptions options(codec->info().options);
      return options.set("level", coding.level).ok() ? codec->memory(options, size).encode : 0;
    }
    case Method::kXz:
      // Hash tables, and the binary trees' two numbers a byte, over the content.
      return 16 * kMiB + 12 * std::uint64_t{size};
    default:
      return 0;
  }
}

Result<std::unique_ptr<StagedJob>> make_content_job(Source& source, Sink& sink,
                                                    const Coding& coding) {
  if (coding.method == Method::kDeflate) {
    return make_deflate_job(source, sink, coding.level);
  }
  if (coding.method == Method::kStore) {
    return std::unique_ptr<StagedJob>(std::make_unique<StoreJob>(source, sink));
  }
  const FormatEntry* const format = find_format_entry(*choice_of(coding.method).format);
  EncodeSettings settings;
  settings.level = coding.level;
  // The archive has a CRC of its own.
  settings.checksum = coding.method != Method::kZstd;
  if (coding.method == Method::kXz) {
    settings.check = "crc32";
  }
  return format->make_encoder(source, sink, settings);
}

std::uint64_t max_stream(std::uint64_t size) noexcept { return size + size / 32 + kMiB; }

}  // namespace kompakt::zip
