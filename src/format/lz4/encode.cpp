#include "format/lz4/encode.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "core/endian.hpp"
#include "format/common/carried_part_job.hpp"
#include "format/lz4/block_coder.hpp"
#include "format/lz4/frame.hpp"
#include "format/lz4/levels.hpp"

namespace kompakt::lz4_frame {
namespace {

constexpr unsigned kSmallestId = 4;
constexpr unsigned kLargestId = 7;
// Less than this at a time is not worth handing from thread to thread.
constexpr std::size_t kMinPart = kMiB;

struct Wishes {
  int level = kDefaultLevel;
  bool checksum = true;
  std::optional<unsigned> block_id;
  Dictionary dictionary;
};

Status refuse(const std::string& what) { return {Code::kInvalidArgument, "lz4: " + what}; }

Result<Wishes> check(const EncodeSettings& settings) {
  Wishes wishes{.level = settings.level.value_or(kDefaultLevel),
                .checksum = settings.checksum && settings.check != "none",
                .block_id = {},
                .dictionary = settings.dictionary};
  if (wishes.level < kMinLevel || wishes.level > kMaxLevel) {
    return refuse("the level must be " + std::to_string(kMinLevel) + " to " +
                  std::to_string(kMaxLevel));
  }
  if (settings.extreme) {
    return refuse("there is no extreme mode; level 12 is the strongest");
  }
  if (settings.seekable) {
    return refuse("there is no seekable layout; blocks are independent, and an index finds them");
  }
  if (settings.window_log) {
    return refuse("the window is always 64 KiB");
  }
  if (!settings.check.empty() && settings.check != "xxh32" && settings.check != "none") {
    return refuse("the check is xxh32 or none");
  }
  if (settings.name || settings.modified) {
    return refuse("frames store no name and no time");
  }
  if (settings.block_size) {
    for (unsigned id = kSmallestId; id <= kLargestId; ++id) {
      if (block_size_of(id) == *settings.block_size) {
        wishes.block_id = id;
      }
    }
    if (!wishes.block_id) {
      return refuse("the block size must be 64 KiB, 256 KiB, 1 MiB or 4 MiB");
    }
  }
  return wishes;
}

struct Coder final : StagedJob::Worker {
  Coder(int level, const Dictionary& dictionary) : encoder(level, dictionary) {}
  BlockEncoder encoder;
};

class FrameWriter final : public CarriedPartJob {
 public:
  FrameWriter(Source& source, Sink& sink, const Wishes& wishes)
      : CarriedPartJob(source, sink, plan(wishes)),
        wishes_(wishes),
        block_id_(wishes.block_id.value_or(kLargestId)) {}

  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<Coder>(wishes_.level, wishes_.dictionary));
  }

 protected:
  Status pass(const Part& part) override {
    if (part.number == 0 && part.last && !wishes_.block_id) {
      // All of the content is here: readers need no larger block than it.
      while (block_id_ > kSmallestId && block_size_of(block_id_ - 1) >= part.raw.size()) {
        --block_id_;
      }
    }
    if (wishes_.checksum) {
      hash_.update(part.raw);
    }
    return {};
  }

  Status encode(Part& part, Worker& worker) override {
    auto& encoder = static_cast<Coder&>(worker).encoder;
    const MutableByteSpan room = part.coded.first(part.coded.capacity());
    for (ByteSpan rest = part.raw; !rest.empty();) {
      const ByteSpan block = rest.first(std::min(rest.size(), block_size_of(block_id_)));
      part.coded_size += encoder.encode(block, room.subspan(part.coded_size));
      rest = rest.subspan(block.size());
    }
    return {};
  }

  Status begin(std::vector<std::byte>& header) override {
    append_header(header, block_id_, wishes_.checksum);
    return {};
  }

  Status end(std::vector<std::byte>& trailer) override {
    trailer.resize(kWordSize * (wishes_.checksum ? 2 : 1));
    if (wishes_.checksum) {
      store_le<std::uint32_t>(MutableByteSpan(trailer).last(kWordSize), hash_.take());
    }
    return {};
  }

 private:
  static Config plan(const Wishes& wishes) {
    const std::size_t block = block_size_of(wishes.block_id.value_or(kLargestId));
    const std::size_t part = std::max(block, kMinPart);
    return {.part_size = part,
            .carry_size = 0,
            .max_coded = part + part / block * kWordSize,
            .coder_bytes = BlockEncoder::memory()};
  }

  Wishes wishes_;
  unsigned block_id_;  // set with the first part, before anything is encoded
  ContentHash hash_;
};

}  // namespace

Result<std::unique_ptr<StagedJob>> make_encoder(Source& source, Sink& sink,
                                                const EncodeSettings& settings) {
  const auto wishes = check(settings);
  if (!wishes.ok()) {
    return wishes.status();
  }
  return std::unique_ptr<StagedJob>(std::make_unique<FrameWriter>(source, sink, *wishes));
}

}  // namespace kompakt::lz4_frame
