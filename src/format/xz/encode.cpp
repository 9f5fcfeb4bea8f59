#include "format/xz/encode.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "format/common/part_encode_job.hpp"
#include "format/xz/index.hpp"
#include "format/xz/lzma.hpp"

namespace kompakt {
namespace {

constexpr int kDefaultLevel = 6;
constexpr std::uint64_t kMinBlock = 64 * kKiB;
constexpr std::uint64_t kMaxBlock = kGiB;
constexpr std::uint64_t kBlockGrain = 4 * kKiB;

// No match reaches back further than the block's start, so a larger dictionary would be allocated
// for nothing, on both sides.
std::uint32_t dictionary_for(std::uint32_t dictionary, std::size_t content) {
  const std::uint64_t wanted = std::bit_ceil(std::max<std::uint64_t>(content, LZMA_DICT_SIZE_MIN));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(dictionary, wanted));
}

std::array<lzma_filter, 2> chain(lzma_options_lzma& lzma) {
  return {lzma_filter{LZMA_FILTER_LZMA2, &lzma}, lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
}

struct XzCoder final : PartEncodeJob::Coder {
  LzmaStream stream;
};

class XzEncodeJob final : public PartEncodeJob {
 public:
  XzEncodeJob(Source& source, Sink& sink, const Config& config, const XzCoding& coding)
      : PartEncodeJob(source, sink, config), coding_(coding), index_(lzma_index_init(nullptr)) {}

 protected:
  Result<std::unique_ptr<Coder>> make_coder() override {
    return std::unique_ptr<Coder>(std::make_unique<XzCoder>());
  }

  Status begin(std::vector<std::byte>& header) override {
    header.resize(LZMA_STREAM_HEADER_SIZE);
    const lzma_stream_flags flags = stream_flags();
    return lzma_status(lzma_stream_header_encode(&flags, lzma_bytes(MutableByteSpan(header))),
                       "stream header");
  }

  Status encode(Part& part, Coder& coder) override {
    auto& stream = static_cast<XzCoder&>(coder).stream;
    lzma_options_lzma lzma = coding_.lzma;
    lzma.dict_size = dictionary_for(lzma.dict_size, part.size);
    auto filters = chain(lzma);
    lzma_block block{};
    block.version = 1;
    block.check = coding_.check;
    block.filters = filters.data();
    // The header's size is settled before the sizes that it states are known, so it is made for the
    // largest that they can be.
    block.compressed_size = config().max_coded;
    block.uncompressed_size = part.size;
    if (Status sized = lzma_status(lzma_block_header_size(&block), "block header"); !sized.ok()) {
      return sized;
    }
    const MutableByteSpan room = part.coded.first(config().max_coded);
    if (Status coded = compress(part, stream, block, room); !coded.ok()) {
      return coded;
    }
    part.coded_size = static_cast<std::size_t>(lzma_block_total_size(&block));
    part.extra = lzma_block_unpadded_size(&block);
    return {};
  }

  Status append(Part& part) override {
    return lzma_status(lzma_index_append(index_.get(), nullptr, part.extra, part.size), "index");
  }

  Status end(std::vector<std::byte>& trailer) override {
    lzma_stream_flags flags = stream_flags();
    flags.backward_size = lzma_index_size(index_.get());
    trailer.resize(static_cast<std::size_t>(flags.backward_size) + LZMA_STREAM_HEADER_SIZE);
    std::size_t used = 0;
    if (Status stored =
            lzma_status(lzma_index_buffer_encode(index_.get(), lzma_bytes(MutableByteSpan(trailer)),
                                                 &used, trailer.size()),
                        "index");
        !stored.ok()) {
      return stored;
    }
    return lzma_status(
        lzma_stream_footer_encode(&flags, lzma_bytes(MutableByteSpan(trailer).subspan(used))),
        "stream footer");
  }

 private:
  [[nodiscard]] lzma_stream_flags stream_flags() const {
    lzma_stream_flags flags{};
    flags.check = coding_.check;
    return flags;
  }

  // Fills `room` from its beginning and leaves the block's real sizes in `block`.
  static Status compress(const Part& part, LzmaStream& stream, lzma_block& block,
                         MutableByteSpan room) {
    if (Status begun = lzma_status(lzma_block_encoder(stream.get(), &block), "encoder");
        !begun.ok()) {
      return begun;
    }
    const lzma_ret code = stream.step(part.raw, room.subspan(block.header_size), LZMA_FINISH);
    if (code == LZMA_STREAM_END) {
      return lzma_status(lzma_block_header_encode(&block, lzma_bytes(room)), "block header");
    }
    if (code != LZMA_OK) {
      return lzma_status(code, "encoder");
    }
    // Content that does not shrink may be cut into chunks that waste a few bytes each; stored as a
    // whole it fits.
    std::size_t used = 0;
    return lzma_status(lzma_block_uncomp_encode(&block, lzma_bytes(part.raw), part.raw.size(),
                                                lzma_bytes(room), &used, room.size()),
                       "encoder");
  }

  XzCoding coding_;
  LzmaIndex index_;
};

Result<lzma_check> find_check(const EncodeSettings& settings) {
  struct Row {
    std::string_view name;
    lzma_check id;
  };
  constexpr std::array kRows{Row{"none", LZMA_CHECK_NONE}, Row{"crc32", LZMA_CHECK_CRC32},
                             Row{"crc64", LZMA_CHECK_CRC64}, Row{"sha256", LZMA_CHECK_SHA256}};
  if (settings.check.empty()) {
    return settings.checksum ? LZMA_CHECK_CRC64 : LZMA_CHECK_NONE;
  }
  const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&settings](const Row& each) {
    return each.name == settings.check;
  });
  if (row == kRows.end()) {
    return Status(Code::kInvalidArgument,
                  "xz: check must be none, crc32, crc64 or sha256, not '" + settings.check + "'");
  }
  return row->id;
}

Status reject(const char* option) {
  return {Code::kInvalidArgument, std::string("xz has no option ") + option};
}

Status check_wishes(const EncodeSettings& settings) {
  if (settings.window_log) {
    return reject("window log; the level sets the dictionary");
  }
  if (settings.dictionary) {
    return reject("dictionary");
  }
  if (settings.name || settings.modified) {
    return reject("name or time: the format stores neither");
  }
  if (settings.level && (*settings.level < 0 || *settings.level > 9)) {
    return {Code::kInvalidArgument, "xz: the level must be 0 to 9"};
  }
  if (settings.block_size &&
      (*settings.block_size < kMinBlock || *settings.block_size > kMaxBlock)) {
    return {Code::kInvalidArgument, "xz: the block size must be 64 KiB to 1 GiB"};
  }
  return {};
}

}  // namespace

std::uint64_t xz_even_block_size(std::uint64_t wanted, std::optional<std::uint64_t> total) {
  if (!total || *total <= wanted) {
    return wanted;
  }
  std::uint64_t count = (*total - 1) / wanted + 1;
  count += count % 2;
  const std::uint64_t even = (*total - 1) / count + 1;
  return std::min(wanted, (even + kBlockGrain - 1) / kBlockGrain * kBlockGrain);
}

Result<XzCoding> xz_coding(const EncodeSettings& settings) {
  if (Status allowed = check_wishes(settings); !allowed.ok()) {
    return allowed;
  }
  const auto check = find_check(settings);
  if (!check.ok()) {
    return check.status();
  }
  XzCoding coding{.check = *check};
  const auto preset = static_cast<std::uint32_t>(settings.level.value_or(kDefaultLevel)) |
                      (settings.extreme ? LZMA_PRESET_EXTREME : 0U);
  if (lzma_lzma_preset(&coding.lzma, preset) != 0) {
    return Status(Code::kInternal, "xz: the library lacks this preset");
  }
  return coding;
}

namespace {

/// Three dictionaries, as xz -T chooses it, so that most matches find their full reach. Where that
/// is little and the content is large, blocks are larger: each begins with nothing to refer to,
/// which costs half a percent at 3 MiB.
std::uint64_t customary_block(std::uint64_t dictionary, std::optional<std::uint64_t> total) {
  constexpr std::uint64_t kAmple = 12 * kMiB;
  constexpr std::uint64_t kBlocks = 6;  // enough for many cores to share
  const std::uint64_t least = std::max(3 * dictionary, kMiB);
  return total ? std::clamp(*total / kBlocks, least, std::max(least, kAmple)) : least;
}

}  // namespace

Result<std::unique_ptr<StagedJob>> make_xz_encoder(Source& source, Sink& sink,
                                                   const EncodeSettings& settings) {
  const auto wanted = xz_coding(settings);
  if (!wanted.ok()) {
    return wanted.status();
  }
  XzCoding coding = *wanted;
  const auto total = source.random_access() ? source.size() : std::nullopt;
  const std::uint64_t customary = customary_block(coding.lzma.dict_size, total);
  const std::uint64_t block =
      settings.block_size ? *settings.block_size : xz_even_block_size(customary, total);
  // A worker of a small input needs no more than the input has.
  const std::uint64_t part = total ? std::clamp<std::uint64_t>(*total, kMinBlock, block) : block;
  coding.lzma.dict_size = dictionary_for(coding.lzma.dict_size, static_cast<std::size_t>(part));
  const PartEncodeJob::Config config{
      .part_size = static_cast<std::size_t>(part),
      .max_coded = lzma_block_buffer_bound(static_cast<std::size_t>(part)),
      .coder_bytes = lzma_raw_encoder_memusage(chain(coding.lzma).data()),
      .part_for_empty = false,
  };
  return std::unique_ptr<StagedJob>(std::make_unique<XzEncodeJob>(source, sink, config, coding));
}

}  // namespace kompakt
