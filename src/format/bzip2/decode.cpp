#include "format/bzip2/decode.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/bzip2/block_decoder.hpp"
#include "format/bzip2/content.hpp"
#include "format/bzip2/stream_parser.hpp"
#include "format/bzip2/unit_reader.hpp"

namespace kompakt {
namespace {

using bzip2::BlockContent;
using bzip2::StreamParser;

// A block that needs more input than this is taken for damaged: with the longest codes its symbols
// take 2.3 MB, and only code lengths that go up and down without end take more than that again.
constexpr std::size_t kMaxCoded = 8 * kMiB;

struct Unit final : StagedJob::Slot {
  bzip2::RawUnit raw;
  Status status;  ///< of its block, if it begins with one
  BlockContent content;
};

struct BlockWorker final : StagedJob::Worker {
  bzip2::BlockDecoder decoder;
};

/// Every stretch that looks like a block is decoded in parallel; write() puts those together that
/// follow each other. Where content holds a magic by chance, the stretch before it turns out to be
/// too short and the one behind it to start nowhere: the first is then decoded again, together with
/// what follows.
class Bzip2DecodeJob final : public DecodeJob {
 public:
  Bzip2DecodeJob(Source& source, Sink& sink, const DecodeSettings& settings)
      : source_(source), sink_(sink), settings_(settings), reader_(source) {
    facts_.check = "CRC32";
    facts_.content = 0;
    index_.format = Format::kBzip2;
    index_.has_lines = settings.index_lines;
  }

  std::uint64_t slot_bytes() const override {
    return bzip2::UnitReader::kMaxUnit + BlockContent::memory();
  }
  std::uint64_t worker_bytes() const override { return bzip2::BlockDecoder::memory(); }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<BlockWorker>());
  }
  bool ordered_stages_wait() const override {
    return !source_.random_access() || !sink_.positional();
  }

  Result<bool> read(Slot& slot) override {
    if (ended_.load(std::memory_order_relaxed)) {
      return false;
    }
    auto& unit = static_cast<Unit&>(slot);
    return reader_.next(unit.raw);
  }

  Status work(Slot& slot, Worker& worker) override {
    auto& unit = static_cast<Unit&>(slot);
    if (unit.raw.block && !ended_.load(std::memory_order_relaxed)) {
      unit.status = unit.content.decode(static_cast<BlockWorker&>(worker).decoder, unit.raw.span(),
                                        unit.raw.begin % 8, lines_wanted());
    }
    return {};
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    if (ended_.load(std::memory_order_relaxed)) {
      return {};
    }
    Status status = place(unit);
    facts_.streams = parser_.streams();
    facts_.compressed = parser_.position() / 8;
    progress_.bytes_in = facts_.compressed;
    return status.in_block(facts_.blocks).at_offset(parser_.position() / 8);
  }

  Progress progress() const override { return progress_; }
  const StreamFacts& facts() const override { return facts_; }

  std::optional<SeekIndex> take_index() override {
    if (settings_.index_spacing == 0) {
      return std::nullopt;
    }
    index_.compressed_size = source_.size().value_or(facts_.compressed);
    index_.content_size = *facts_.content;
    return std::move(index_);
  }

 private:
  bool lines_wanted() const { return settings_.index_spacing != 0 && settings_.index_lines; }

  // Takes a unit that starts where the one before it ended.
  Status place(Unit& unit) {
    const bzip2::RawUnit& raw = unit.raw;
    const bool follows = carry_.empty() && parser_.position() == raw.begin && parser_.in_stream();
    if (follows && raw.block && (unit.status.ok() || unit.status.code() != Code::kTruncated)) {
      if (!unit.status.ok()) {
        return unit.status;
      }
      if (Status taken = take_block(unit.content, raw.begin / 8 * 8); !taken.ok()) {
        return taken;
      }
      if (parser_.position() == raw.end && !raw.last) {
        return {};
      }
    }
    carry(raw);
    return parse_carried(raw.last);
  }

  // Appends a unit to what is not yet parsed. Neighbours share a byte unless one ends with it.
  void carry(const bzip2::RawUnit& raw) {
    if (carry_.empty()) {
      carry_begin_ = raw.begin / 8 * 8;
    } else if (raw.begin % 8 != 0) {
      carry_.pop_back();
    }
    carry_.insert(carry_.end(), raw.span().begin(), raw.span().end());
    carry_end_ = raw.end;
  }

  // Goes on from the parser's position as far as the carried bytes allow.
  Status parse_carried(bool last) {
    while (last || parser_.position() < carry_end_) {
      const auto next = parser_.next(carry_, carry_begin_, last);
      if (!next.ok()) {
        return next.status();
      }
      if (*next == StreamParser::Next::kEnd) {
        end();
        break;
      }
      if (*next == StreamParser::Next::kMore) {
        return {};
      }
      if (*next == StreamParser::Next::kBlock) {
        Status decoded = decode_carried();
        if (decoded.code() == Code::kTruncated && !last) {
          return carry_.size() <= kMaxCoded
                     ? Status()
                     : Status(Code::kCorrupt, "bzip2: the block does not end");
        }
        if (!decoded.ok()) {
          return decoded;
        }
        if (Status taken = take_block(*spare_, carry_begin_); !taken.ok()) {
          return taken;
        }
      }
    }
    if (parser_.position() >= carry_end_) {
      carry_.clear();
    }
    return {};
  }

  Status decode_carried() {
    if (!decoder_) {
      decoder_ = std::make_unique<bzip2::BlockDecoder>();
      spare_ = std::make_unique<BlockContent>();
    }
    return spare_->decode(*decoder_, carry_, parser_.position() - carry_begin_, lines_wanted());
  }

  void end() {
    ended_.store(true, std::memory_order_relaxed);
    if (parser_.garbage()) {
      facts_.warnings.push_back(
          Status(Code::kCorrupt, "trailing garbage ignored").at_offset(parser_.position() / 8));
    }
  }

  // Writes a block that was decoded from the parser's position on; its bits count from `base`.
  Status take_block(const BlockContent& content, std::uint64_t base) {
    const std::uint64_t begin = parser_.position();
    const bzip2::DecodedBlock& block = content.block();
    if (Status taken = parser_.take_block(base + block.end, block.size, block.crc); !taken.ok()) {
      return taken;
    }
    const std::uint64_t position = *facts_.content;
    if (content.size() > settings_.limits.max_output - position) {
      return {Code::kLimitExceeded, "output is larger than the limit of " +
                                        std::to_string(settings_.limits.max_output) + " bytes"};
    }
    note_point(position, begin, content.lines());
    facts_.content = position + content.size();
    ++facts_.blocks;
    progress_.bytes_out = *facts_.content;
    return content.for_each([this](ByteSpan bytes) { return sink_.write(bytes); });
  }

  void note_point(std::uint64_t content, std::uint64_t bit, std::uint64_t lines) {
    if (settings_.index_spacing != 0 &&
        (index_.points.empty() ||
         content - index_.points.back().content >= settings_.index_spacing)) {
      SeekPoint point;
      point.content = content;
      point.bit = bit;
      point.context = parser_.level();
      point.lines = index_.lines;
      index_.points.push_back(std::move(point));
    }
    index_.lines += lines;
  }

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  DecodeSettings settings_;
  bzip2::UnitReader reader_;
  StreamParser parser_;
  std::atomic<bool> ended_{false};  // what follows is not looked at any more
  std::vector<std::byte> carry_;    // bytes that hold the parser's position, or nothing
  std::uint64_t carry_begin_ = 0;   // bit
  std::uint64_t carry_end_ = 0;     // bit
  std::unique_ptr<bzip2::BlockDecoder> decoder_;  // for what the workers could not decode
  std::unique_ptr<BlockContent> spare_;
  StreamFacts facts_;
  SeekIndex index_;
  Progress progress_;
};

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_bzip2_decoder(Source& source, Sink& sink,
                                                      const DecodeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "bzip2 has no option dictionary");
  }
  if (settings.limits.max_memory < bzip2::BlockDecoder::memory()) {
    return Status(Code::kLimitExceeded, "bzip2: decoding needs " +
                                            std::to_string(bzip2::BlockDecoder::memory()) +
                                            " bytes of memory");
  }
  return std::unique_ptr<DecodeJob>(std::make_unique<Bzip2DecodeJob>(source, sink, settings));
}

}  // namespace kompakt
