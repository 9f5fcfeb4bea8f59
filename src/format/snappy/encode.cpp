// The writer: groups of chunks in parallel.
#include <snappy.h>

#include <algorithm>
#include <string>

#include "core/endian.hpp"
#include "format/common/part_encode_job.hpp"
#include "format/snappy/chunk.hpp"
#include "format/snappy/jobs.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kGroup = 16 * kSnappyMaxContent;
constexpr std::size_t kPrefix = kSnappyChunkHeader + kSnappyChecksum;
constexpr std::uint64_t kCompressorTables = 64 * kKiB;

const char* chars(ByteSpan bytes) { return reinterpret_cast<const char*>(bytes.data()); }
char* chars(MutableByteSpan bytes) { return reinterpret_cast<char*>(bytes.data()); }

// Room for one chunk, whether or not it shrinks.
std::size_t max_chunk(std::size_t content) {
  return kPrefix + std::max(content, snappy::MaxCompressedLength(content));
}

// Writes one chunk of `content` to `out` and returns its size.
std::size_t put_chunk(ByteSpan content, MutableByteSpan out) {
  std::size_t coded = 0;
  const MutableByteSpan data = out.subspan(kPrefix);
  snappy::RawCompress(chars(content), content.size(), chars(data), &coded);
  // As the reference does: what shrinks by less than an eighth is not worth decoding.
  const bool stored = coded >= content.size() - content.size() / 8;
  if (stored) {
    std::copy(content.begin(), content.end(), data.begin());
    coded = content.size();
  }
  put_snappy_chunk({stored ? kSnappyStored : kSnappyCompressed,
                    static_cast<std::uint32_t>(kSnappyChecksum + coded)},
                   out);
  store_le(out.subspan(kSnappyChunkHeader), snappy_checksum(content));
  return kPrefix + coded;
}

class SnappyEncodeJob final : public PartEncodeJob {
 public:
  using PartEncodeJob::PartEncodeJob;

 protected:
  Result<std::unique_ptr<Coder>> make_coder() override { return std::make_unique<Coder>(); }
  Status begin(std::vector<std::byte>& header) override {
    header.assign(kSnappyStreamIdentifier.begin(), kSnappyStreamIdentifier.end());
    return {};
  }
  Status encode(Part& part, Coder& /*coder*/) override {
    for (ByteSpan left = part.raw; !left.empty();) {
      const ByteSpan content = left.first(std::min(left.size(), kSnappyMaxContent));
      part.coded_size +=
          put_chunk(content, part.coded.first(config().max_coded).subspan(part.coded_size));
      left = left.subspan(content.size());
    }
    return {};
  }
  Status append(Part& /*part*/) override { return {}; }
  Status end(std::vector<std::byte>& /*trailer*/) override { return {}; }
};

Status check_wishes(const EncodeSettings& settings) {
  const auto reject = [](const char* what) {
    return Status(Code::kInvalidArgument, std::string("the snappy framing format has no ") + what);
  };
  if (settings.level && *settings.level != 0) {
    return reject("levels");
  }
  if (settings.extreme) {
    return reject("option extreme");
  }
  if (settings.block_size) {
    return reject("block size; its chunks have 64 KiB");
  }
  if (settings.window_log) {
    return reject("option window log");
  }
  if (settings.dictionary) {
    return reject("dictionaries");
  }
  if (!settings.checksum || !settings.check.empty()) {
    return reject("choice of checks; every chunk has its CRC-32C");
  }
  if (settings.name || settings.modified) {
    return reject("room for a name or time");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<StagedJob>> make_snappy_encoder(Source& source, Sink& sink,
                                                       const EncodeSettings& settings) {
  if (Status allowed = check_wishes(settings); !allowed.ok()) {
    return allowed;
  }
  return std::unique_ptr<StagedJob>(std::make_unique<SnappyEncodeJob>(
      source, sink,
      PartEncodeJob::Config{.part_size = kGroup,
                            .max_coded = kGroup / kSnappyMaxContent * max_chunk(kSnappyMaxContent),
                            .coder_bytes = kCompressorTables,
                            .part_for_empty = false}));
}

}  // namespace kompakt
