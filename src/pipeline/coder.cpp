// Coders that are fed by hand: the formats' own where they have one, else ordinary calls.
#include "kompakt/coder.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "container/compact_stream.hpp"
#include "container/warp3_layout.hpp"
#include "format/format.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/coder_call.hpp"
#include "pipeline/encode_options.hpp"
#include "pipeline/guarded.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kHead = 16;

Status invalid(const char* what) { return {Code::kInvalidArgument, what}; }

/// What all coders that are given out have in common: a failure stays until reset(), the end too,
/// output is bounded, and the caller may cancel.
class GuardedCoder final : public StreamCoder {
 public:
  GuardedCoder(std::unique_ptr<StreamCoder> inner, std::uint64_t max_output,
               const CancelToken* cancel)
      : inner_(std::move(inner)), max_output_(max_output), left_(max_output), cancel_(cancel) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (!failure_.ok()) {
      return failure_;
    }
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    auto progress = without_exceptions([&] { return bounded_step(in, out, mode); });
    if (!progress.ok()) {
      // What cannot be asked for does no harm to what was coded so far.
      if (mode != StreamMode::kFlush || progress.status().code() != Code::kUnsupported) {
        failure_ = progress.status();
      }
      return progress;
    }
    finished_ = progress->state == StreamState::kFinished;
    return progress;
  }

  Status reset() override {
    failure_ = without_exceptions([this] { return inner_->reset(); });
    finished_ = false;
    left_ = max_output_;
    return failure_;
  }

 private:
  Result<StreamProgress> bounded_step(ByteSpan in, MutableByteSpan out, StreamMode mode) {
    if (cancel_ != nullptr && cancel_->cancelled()) {
      return Status(Code::kCancelled, "cancelled");
    }
    // At the limit a byte of room shows whether more would come.
    std::byte more{};
    const bool full = left_ == 0 && !out.empty();
    const MutableByteSpan room =
        full ? MutableByteSpan(&more, 1)
             : out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_)));
    auto progress = inner_->step(in, room, mode);
    if (progress.ok() && full && progress->produced != 0) {
      return Status(Code::kLimitExceeded,
                    "output is larger than the limit of " + std::to_string(max_output_) + " bytes");
    }
    if (progress.ok()) {
      left_ -= progress->produced;
    }
    return progress;
  }

  std::unique_ptr<StreamCoder> inner_;
  std::uint64_t max_output_;
  std::uint64_t left_;
  const CancelToken* cancel_;
  Status failure_;
  bool finished_ = false;
};

/// One .warp stream: its header and records say how long they are. What is no version 3 ends with
/// the input, and so does damage, which is for the decoder to judge.
class WarpExtent final : public StreamExtent {
 public:
  std::uint64_t sure() const override { return left_; }
  void pass(ByteSpan bytes) override {
    if (left_ == kUnbounded) {
      return;
    }
    left_ -= bytes.size();
    if (part_ == Part::kFile || part_ == Part::kRecord) {
      header_.insert(header_.end(), bytes.begin(), bytes.end());
    }
    if (left_ == 0) {
      advance();
    }
  }
  void reset() override {
    part_ = Part::kFile;
    left_ = warp3::FileHeader::kSize;
    header_.clear();
  }

 private:
  enum class Part : std::uint8_t { kFile, kRecord, kBody, kLastBody };

  void advance() {
    switch (part_) {
      case Part::kFile:
        if (const auto compact = warp3::CompactStream::size_from_header(header_)) {
          left_ = *compact == 0 ? kUnbounded : *compact - header_.size();
          part_ = Part::kLastBody;
          return;
        }
        if (!warp3::FileHeader::decode(header_).ok()) {
          left_ = kUnbounded;
          return;
        }
        break;
      case Part::kRecord: {
        const auto record = warp3::RecordHeader::peek(header_);
        if (!record) {
          left_ = kUnbounded;
          return;
        }
        const bool last = record->type == warp3::RecordType::kEnd;
        left_ =
            record->stored_size() - warp3::RecordHeader::kSize + (last ? warp3::End::kTailSize : 0);
        part_ = last ? Part::kLastBody : Part::kBody;
        if (left_ != 0) {
          return;
        }
        break;
      }
      case Part::kBody:
        break;
      case Part::kLastBody:
        return;
    }
    part_ = Part::kRecord;
    left_ = warp3::RecordHeader::kSize;
    header_.clear();
  }

  Part part_ = Part::kFile;
  std::uint64_t left_ = warp3::FileHeader::kSize;
  std::vector<std::byte> header_;  // the file's or a record's, as far as it was passed
};

Result<std::unique_ptr<StreamCoder>> make_decoder(Format format, const DecompressOptions& options) {
  if (options.dictionary && format != Format::kZstd && format != Format::kLz4 &&
      format != Format::kZlib) {
    return Status(Code::kInvalidArgument,
                  std::string(format_info(format).name) + " has no option dictionary");
  }
  const FormatEntry* entry = find_format_entry(format);
  if (entry != nullptr && entry->make_stream_decoder != nullptr) {
    auto own = entry->make_stream_decoder(decode_settings(options));
    if (!own.ok() || *own) {
      return own;
    }
  }
  DecompressOptions alone = options;
  alone.format = format;
  return make_call_coder(
      {.call = [alone](Source& source,
                       Sink& sink) { return decompress(source, sink, alone).status(); },
       .extent = format == Format::kWarp ? std::make_unique<WarpExtent>() : nullptr});
}

/// Waits for the bytes that tell the format.
class DetectingDecoder final : public StreamCoder {
 public:
  explicit DetectingDecoder(DecompressOptions options) : options_(std::move(options)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    StreamProgress total;
    if (!decoder_) {
      // A stream may be shorter than all that could be looked at, and its end must not be passed:
      // what tells the format is enough.
      std::vector<std::byte> head = head_;
      const std::size_t more = std::min(in.size(), kHead - head.size());
      head.insert(head.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(more));
      const auto format = detect_format(head);
      if (!format && head.size() < kHead && mode != StreamMode::kFinish) {
        head_ = std::move(head);
        total.consumed = more;
        return total;
      }
      if (!format) {
        return head.empty() ? Status(Code::kTruncated, "the input is empty")
                            : Status(Code::kUnsupported, "not a format that this build reads");
      }
      auto made = make_decoder(*format, options_);
      if (!made.ok()) {
        return made.status();
      }
      decoder_ = std::move(*made);
    }
    while (!head_.empty()) {
      auto done = decoder_->step(head_, out.subspan(total.produced), StreamMode::kRun);
      if (!done.ok()) {
        return done;
      }
      head_.erase(head_.begin(), head_.begin() + static_cast<std::ptrdiff_t>(done->consumed));
      total.produced += done->produced;
      if (!head_.empty() && done->state == StreamState::kNeedsOutput &&
          total.produced == out.size()) {
        total.state = StreamState::kNeedsOutput;
        return total;
      }
    }
    auto done = decoder_->step(in, out.subspan(total.produced), mode);
    if (done.ok()) {
      done->produced += total.produced;
    }
    return done;
  }

  Status reset() override {
    decoder_.reset();
    head_.clear();
    return {};
  }

 private:
  DecompressOptions options_;
  std::vector<std::byte> head_;  // taken, and not yet given to the decoder
  std::unique_ptr<StreamCoder> decoder_;
};

}  // namespace

Result<std::unique_ptr<StreamCoder>> make_compressor(const CompressOptions& options) {
  return without_exceptions([&]() -> Result<std::unique_ptr<StreamCoder>> {
    if (Status valid = check_encode_options(options); !valid.ok()) {
      return valid;
    }
    std::unique_ptr<StreamCoder> coder;
    if (options.format != Format::kWarp) {
      const FormatEntry& entry = *find_format_entry(options.format);
      EncodeSettings settings = options.settings;
      settings.level = options.level;
      settings.limits = limits_of(options.run, kUnbounded);
      if (entry.make_stream_encoder != nullptr) {
        auto own = entry.make_stream_encoder(settings);
        if (!own.ok()) {
          return own;
        }
        coder = std::move(*own);
      }
    }
    if (!coder) {
      CompressOptions alone = options;
      alone.run.threads = 1;
      alone.run.executor = nullptr;
      alone.run.on_progress = nullptr;
      coder = make_call_coder(
          {.call = [alone](Source& source,
                           Sink& sink) { return compress(source, sink, alone).status(); },
           .extent = nullptr});
    }
    return std::unique_ptr<StreamCoder>(
        std::make_unique<GuardedCoder>(std::move(coder), kUnbounded, options.run.cancel));
  });
}

Result<std::unique_ptr<StreamCoder>> make_decompressor(const DecompressOptions& options) {
  return without_exceptions([&]() -> Result<std::unique_ptr<StreamCoder>> {
    if (options.index_spacing != 0 || options.keep_going) {
      return invalid(options.keep_going ? "a coder cannot go on after damage"
                                        : "a coder collects no index");
    }
    DecompressOptions alone = options;
    alone.run.threads = 1;
    alone.run.executor = nullptr;
    alone.run.on_progress = nullptr;
    std::unique_ptr<StreamCoder> coder;
    if (options.format) {
      auto made = make_decoder(*options.format, alone);
      if (!made.ok()) {
        return made;
      }
      coder = std::move(*made);
    } else {
      coder = std::make_unique<DetectingDecoder>(std::move(alone));
    }
    return std::unique_ptr<StreamCoder>(
        std::make_unique<GuardedCoder>(std::move(coder), options.max_output, options.run.cancel));
  });
}

}  // namespace kompakt
