// Frames that come with others beside them are decoded whole, in parallel; any other is decoded
// from front to back in read(), while work() and write() check and write what it gave.
#include <algorithm>
#include <string>
#include <utility>

#include "format/zstd/decode.hpp"
#include "format/zstd/frame.hpp"
#include "format/zstd/library.hpp"
#include "format/zstd/piece_decoder.hpp"

namespace kompakt::zstd {
namespace {

constexpr std::uint64_t kMaxWhole = 32 * kMiB;        // content, and stored bytes, of such a frame
constexpr std::uint64_t kDefaultWindow = 128 * kMiB;  // what the stock tool allows
constexpr std::size_t kInputChunk = 2 * kMiB;

struct Unit final : StagedJob::Slot {
  bool whole = false;                   // a frame to decode, in `stored`; else a decoded piece
  bool opens = false;                   // a frame begins with it
  std::uint64_t begin = 0;              // input offset where it begins
  std::uint64_t end = 0;                // input offset behind it
  std::optional<std::uint64_t> offset;  // in the content, where that is known beforehand
  Buffer stored;
  std::size_t stored_size = 0;
  std::size_t max_content = 0;
  bool sized = false;  // max_content is what it decodes to
  Buffer room;
  PieceDecoder::Piece piece;
  ByteSpan bytes;             // the content, unless placed
  std::uint64_t content = 0;  // bytes of it
  std::uint64_t lines = 0;
  bool placed = false;  // already written to its offset
};

struct DecodeWorker final : StagedJob::Worker {
  DecompressContext context;
  Buffer room;
};

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB";
}

class Job final : public DecodeJob {
 public:
  Job(InputReader input, bool random_access, Sink& sink, DecodeSettings settings,
      const Stretch& stretch, DecodeDictionary dictionary)
      : input_(std::move(input)),
        random_access_(random_access),
        sink_(sink),
        settings_(std::move(settings)),
        stretch_(stretch),
        dictionary_(std::move(dictionary)),
        scatter_(sink.positional()),
        next_offset_(stretch.content),
        written_(stretch.content) {
    // Slots hold a whole frame, stored and decoded; small budgets get smaller ones.
    const std::uint64_t slots = settings_.threads + 2;
    max_whole_ = std::clamp(settings_.limits.max_memory / (4 * slots), kMiB, kMaxWhole);
  }

  std::uint64_t slot_bytes() const override { return 2 * max_whole_; }
  std::uint64_t worker_bytes() const override { return ZSTD_estimateDCtxSize(); }
  bool ordered_stages_wait() const override { return !random_access_ || !scatter_; }
  bool one_reader() const override { return true; }
  std::unique_ptr<Slot> make_slot() override {
    pieces_.plan(++slots_);
    return std::make_unique<Unit>();
  }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<DecodeWorker>());
  }
  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Status finish() override;
  Progress progress() const override { return {bytes_in_, written_ - stretch_.content}; }
  const StreamFacts& facts() const override { return facts_; }
  std::optional<SeekIndex> take_index() override {
    if (settings_.index_spacing == 0 || index_.points.empty()) {
      return std::nullopt;
    }
    return std::move(index_);
  }

 private:
  Result<bool> read_unit(Unit& unit);
  Result<bool> next_frame(Unit& unit);
  Status skip(const FrameHeader& header);
  Status admit(const FrameHeader& header) const;
  Result<bool> take_whole(Unit& unit, const FrameHeader& header);
  Status take_piece(Unit& unit);
  Status decode_whole(Unit& unit, DecodeWorker& worker) const;
  Status within_output(std::uint64_t content_end) const;
  void note_point(const Unit& unit);

  // Of read():
  InputReader input_;
  bool random_access_;
  Sink& sink_;  // outlives the job
  DecodeSettings settings_;
  Stretch stretch_;
  DecodeDictionary dictionary_;
  bool scatter_;
  std::uint64_t max_whole_ = 0;
  std::size_t slots_ = 0;
  PieceDecoder pieces_;
  bool opens_ = false;          // the next piece is the first of its frame
  std::uint64_t frame_at_ = 0;  // input offset of the frame under way
  std::optional<std::uint64_t> next_offset_;
  StreamFacts facts_;
  // Of write():
  ContentHash hash_;
  std::uint64_t written_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t lines_ = 0;
  SeekIndex index_;
};

Result<bool> Job::read(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  unit.piece = {};
  unit.bytes = {};
  unit.content = unit.lines = 0;
  unit.whole = unit.opens = unit.placed = false;
  auto more = read_unit(unit);
  if (more.ok()) {
    return more;
  }
  const std::uint64_t frame = facts_.streams + facts_.skipped;
  return more.status().in_block(frame == 0 ? 0 : frame - 1).at_offset(input_.position());
}

Result<bool> Job::read_unit(Unit& unit) {
  if (next_offset_ && *next_offset_ >= stretch_.stop) {
    return false;
  }
  if (!pieces_.inside_frame()) {
    auto found = next_frame(unit);
    if (!found.ok() || !*found) {
      return found;
    }
  }
  unit.offset = next_offset_;
  if (unit.whole) {
    unit.end = input_.position();
  } else if (Status taken = take_piece(unit); !taken.ok()) {
    return taken;
  }
  if (next_offset_) {
    next_offset_ =
        !unit.whole || unit.sized ? std::optional(*next_offset_ + unit.content) : std::nullopt;
    if (Status allowed = within_output(next_offset_.value_or(0)); !allowed.ok()) {
      return allowed;
    }
  }
  return true;
}

// Stands before the next frame with content and decides how it is decoded. False at the end.
Result<bool> Job::next_frame(Unit& unit) {
  for (;;) {
    if (Status filled = input_.fill(kMaxHeader); !filled.ok()) {
      return filled;
    }
    if (input_.available().empty()) {
      if (facts_.streams + facts_.skipped == 0 && !stretch_.partial) {
        return Status(Code::kTruncated, "the input is empty");
      }
      return false;
    }
    const auto header =
        parse_header(input_.available().first(std::min(input_.available().size(), kMaxHeader)));
    if (!header.ok()) {
      return header.status();
    }
    if (header->skippable) {
      if (Status skipped = skip(*header); !skipped.ok()) {
        return skipped;
      }
      continue;
    }
    if (Status admitted = admit(*header); !admitted.ok()) {
      return admitted;
    }
    if (facts_.streams++ == 0) {
      facts_.check = header->checksum ? "XXH64" : "None";
    }
    facts_.window = std::max(facts_.window.value_or(0), header->window);
    unit.begin = frame_at_ = input_.position();
    const auto whole = take_whole(unit, *header);
    if (!whole.ok()) {
      return whole.status();
    }
    unit.whole = unit.opens = *whole;
    opens_ = !*whole;
    if (!*whole) {
      if (Status begun = pieces_.begin(*header, dictionary_.get()); !begun.ok()) {
        return begun;
      }
    }
    return true;
  }
}

Status Job::skip(const FrameHeader& header) {
  ++facts_.skipped;
  std::uint64_t left = header.size + header.skip;
  while (left != 0) {
    if (Status filled = input_.fill(1); !filled.ok()) {
      return filled;
    }
    const std::uint64_t step = std::min<std::uint64_t>(left, input_.available().size());
    if (step == 0) {
      return {Code::kTruncated, "zstd: the input ends inside a skippable frame"};
    }
    input_.consume(static_cast<std::size_t>(step));
    left -= step;
  }
  return {};
}

Status Job::admit(const FrameHeader& header) const {
  // Without a limit of the caller's, that of the stock tool; content that is shorter than its
  // window needs no more than the content.
  const std::uint64_t allowed = settings_.limits.max_memory == Limits{}.max_memory
                                    ? kDefaultWindow
                                    : settings_.limits.max_memory;
  if (header.window > allowed) {
    return {Code::kLimitExceeded, "zstd: the frame needs " + mebibytes(header.window) +
                                      " of memory for its window, the limit is " +
                                      mebibytes(allowed)};
  }
  if (header.dictionary != 0 && !dictionary_) {
    return {Code::kMissingResource,
            "zstd: the frame needs dictionary " + std::to_string(header.dictionary)};
  }
  return {};
}

// Takes the frame as one unit where others are beside it and it is small enough. A lone frame is
// better overlapped with its reading and writing.
Result<bool> Job::take_whole(Unit& unit, const FrameHeader& header) {
  const bool sized = header.content && *header.content <= max_whole_;
  // Whoever writes to a pipe without knowing sizes may pause inside a frame: there, no frame is
  // waited for. In a range, offsets must be known beforehand.
  const bool unsized = !header.content && random_access_ && !stretch_.partial;
  if (!sized && !unsized) {
    return false;
  }
  const auto walked = walk_frame(input_, header, {.size = max_whole_, .content = max_whole_});
  if (!walked.ok()) {
    return walked.status();
  }
  if (!*walked) {
    return false;
  }
  const FrameExtent& extent = **walked;
  const auto size = static_cast<std::size_t>(extent.size);
  if (facts_.streams == 1) {
    if (Status filled = input_.fill(size + 1); !filled.ok()) {
      return filled;
    }
    if (input_.available().size() == size) {
      return false;
    }
  }
  unit.stored.resize_discard(size);
  std::copy_n(input_.available().begin(), size, unit.stored.data());
  input_.consume(size);
  unit.stored_size = size;
  unit.max_content = static_cast<std::size_t>(extent.max_content);
  unit.sized = extent.exact;
  unit.content = extent.exact ? extent.max_content : 0;
  facts_.blocks += extent.blocks;
  return true;
}

Status Job::take_piece(Unit& unit) {
  unit.opens = opens_;
  unit.begin = frame_at_;
  opens_ = false;
  auto piece = pieces_.decode(input_);
  if (!piece.ok()) {
    return piece.status();
  }
  unit.piece = std::move(*piece);
  unit.bytes = unit.piece.bytes;
  unit.content = unit.bytes.size();
  unit.end = input_.position();
  facts_.blocks += unit.piece.blocks;
  return {};
}

Status Job::within_output(std::uint64_t content_end) const {
  if (content_end - std::min(content_end, stretch_.content) > settings_.limits.max_output) {
    return {Code::kLimitExceeded, "output is larger than the limit of " +
                                      std::to_string(settings_.limits.max_output) + " bytes"};
  }
  return {};
}

Status Job::work(Slot& slot, Worker& worker) {
  auto& unit = static_cast<Unit&>(slot);
  if (unit.whole) {
    if (Status decoded = decode_whole(unit, static_cast<DecodeWorker&>(worker)); !decoded.ok()) {
      return decoded.at_offset(unit.begin);
    }
  }
  if (settings_.index_lines) {
    unit.lines = static_cast<std::uint64_t>(
        std::count(unit.bytes.begin(), unit.bytes.end(), std::byte{'\n'}));
  }
  unit.placed = scatter_ && unit.offset.has_value();
  return unit.placed && !unit.bytes.empty() ? sink_.write_at(*unit.offset, unit.bytes) : Status();
}

Status Job::decode_whole(Unit& unit, DecodeWorker& worker) const {
  if (!worker.context) {
    worker.context = make_decompress_context();
    if (!worker.context) {
      return {Code::kLimitExceeded, "zstd: no memory for a decompression context"};
    }
  }
  // Where it is written at once, the worker's own memory is in its caches.
  Buffer& room = scatter_ && unit.offset ? worker.room : unit.room;
  room.resize_discard(std::max<std::size_t>(unit.max_content, 1));
  const std::size_t size =
      ZSTD_decompress_usingDDict(worker.context.get(), room.data(), unit.max_content,
                                 unit.stored.data(), unit.stored_size, dictionary_.get());
  if (failed(size)) {
    return decode_failure(size);
  }
  unit.bytes = room.first(size);
  unit.content = size;
  return {};
}

Status Job::write(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  if (!unit.whole) {
    hash_.update(unit.bytes);
    if (unit.piece.closes) {
      const std::uint32_t found = hash_.take();
      if (unit.piece.check && *unit.piece.check != found) {
        return Status(Code::kCorrupt, "zstd: the content does not match its checksum")
            .at_offset(unit.end);
      }
    }
  }
  note_point(unit);
  if (Status allowed = within_output(written_ + unit.content); !allowed.ok()) {
    return allowed;
  }
  if (!unit.placed && !unit.bytes.empty()) {
    Status status = scatter_ ? sink_.write_at(written_, unit.bytes) : sink_.write(unit.bytes);
    if (!status.ok()) {
      return status;
    }
  }
  written_ += unit.content;
  lines_ += unit.lines;
  bytes_in_ = unit.end;
  return {};
}

void Job::note_point(const Unit& unit) {
  if (settings_.index_spacing == 0 || !unit.opens) {
    return;
  }
  const auto& points = index_.points;
  if (points.empty() || written_ - points.back().content >= settings_.index_spacing) {
    index_.points.push_back(frame_point(written_, unit.begin, lines_));
  }
}

Status Job::finish() {
  bytes_in_ = input_.position();
  facts_.compressed = bytes_in_;
  facts_.content = written_ - stretch_.content;
  index_.format = Format::kZstd;
  index_.compressed_size = bytes_in_;
  index_.content_size = written_;
  index_.has_lines = settings_.index_lines;
  index_.lines = lines_;
  return {};
}

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_decode_job(InputReader input, bool random_access,
                                                   Sink& sink, const DecodeSettings& settings,
                                                   const Stretch& stretch) {
  auto dictionary = make_decode_dictionary(settings.dictionary);
  if (!dictionary.ok()) {
    return dictionary.status();
  }
  return std::unique_ptr<DecodeJob>(std::make_unique<Job>(
      std::move(input), random_access, sink, settings, stretch, std::move(*dictionary)));
}

Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                const DecodeSettings& settings) {
  return make_decode_job(InputReader(source, kInputChunk), source.random_access(), sink, settings,
                         {});
}

}  // namespace kompakt::zstd
