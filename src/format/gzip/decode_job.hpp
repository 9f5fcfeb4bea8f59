/// \file
/// The reader of gzip and zlib, whoever wrote them.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "format/format.hpp"
#include "format/gzip/check.hpp"
#include "format/gzip/stretch_decoder.hpp"
#include "format/gzip/walker.hpp"

namespace kompakt::gzip {

/// One walker in read() decides what the content is. It decodes in order, or sends stretches ahead
/// to be decoded in work() and takes over what it can; pieces of content then go through work()
/// again, to be checked and written. See spec.md.
class GzipDecodeJob final : public DecodeJob {
 public:
  /// A stretch of the content that alone is wanted, and the point of an index to start from.
  struct Range {
    const SeekIndex* index = nullptr;
    std::size_t point = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  struct Config {
    Framing framing = Framing::kGzip;
    DecodeSettings settings;
    bool random_access = false;  ///< of the reader's source: it does not wait
    std::optional<std::uint64_t> input_size = std::nullopt;
    std::optional<Range> range = std::nullopt;
  };

  /// `reader` stands at the start of the source, or at the point that the range names.
  GzipDecodeJob(InputReader reader, Sink& sink, const Config& config);

  std::uint64_t slot_bytes() const override;
  std::uint64_t worker_bytes() const override;
  bool ordered_stages_wait() const override { return !random_access_ || !scatter_; }
  bool one_reader() const override { return true; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override;
  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Status finish() override;
  Progress progress() const override { return {bytes_in_, bytes_out_}; }
  const StreamFacts& facts() const override { return facts_; }
  std::optional<SeekIndex> take_index() override;

 private:
  /// Content of one member, or a part of it.
  struct Segment {
    std::size_t size = 0;
    std::uint32_t check = 0;
    bool checked = false;  ///< `check` is known already
    bool closes = false;
    bool partial = false;  ///< of a member whose start was not decoded: there is nothing to compare
    Walker::Closing closing = {};
  };
  struct Unit final : Slot {
    enum class Kind : std::uint8_t {
      kDecode,  ///< `stretch` is to be decoded ahead
      kEmit,    ///< `bytes`, maybe none, are content
    };
    Kind kind = Kind::kEmit;
    std::unique_ptr<Stretch> stretch;
    Buffer room;  ///< where the walker decodes
    ByteSpan bytes;
    ByteSpan payload;          ///< what of `bytes` is wanted
    std::uint64_t offset = 0;  ///< of `payload` in the output
    std::vector<Segment> segments;
    std::uint64_t members = 0;  ///< complete ones within `stretch`
    std::uint64_t lines = 0;
    std::optional<MemberHeader> first_header;
    std::optional<SeekPoint> point;  ///< stands at the start of `bytes`
    std::uint64_t input_end = 0;
  };
  /// What read() sends ahead at present.
  enum class Plan : std::uint8_t { kNone, kParts, kMembers, kChunks };

  void receive();
  void recycle(std::unique_ptr<Stretch> stretch);
  [[nodiscard]] std::unique_ptr<Stretch> spare_stretch();
  [[nodiscard]] bool joinable() const;
  [[nodiscard]] bool join(Unit& unit);
  void join_chunk(Stretch& stretch);
  [[nodiscard]] bool may_fetch() const;
  [[nodiscard]] std::size_t member_run() const;
  [[nodiscard]] Result<bool> measure(MemberRun& run, std::size_t& ahead);
  void plan_chunks();
  [[nodiscard]] Result<bool> fetch(Unit& unit);
  void walk(Unit& unit);
  [[nodiscard]] deflate::StopAt stop_for_walk(std::size_t made) const;
  [[nodiscard]] Status take_event(Unit& unit, Walker::Event event, bool& done);
  [[nodiscard]] Status plan_members(bool& done);
  [[nodiscard]] Status take_header(Unit& unit, bool& done);
  [[nodiscard]] Status use_dictionary(Unit& unit, std::uint32_t wanted);
  [[nodiscard]] Status compare_point(std::uint64_t content, std::uint64_t bit);
  [[nodiscard]] Status cut(Unit& unit);
  void mark_point(std::uint64_t content, std::uint64_t bit, std::uint64_t context, ByteSpan window);
  [[nodiscard]] Status close(const Walker::Closing& closing);

  Sink& sink_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Framing framing_;
  DecodeSettings settings_;
  bool random_access_;
  bool scatter_;
  std::optional<Range> range_;
  std::optional<std::uint64_t> input_size_;
  std::size_t in_flight_;

  // Of read().
  InputReader reader_;
  Feed feed_;
  Walker walker_;
  Plan plan_ = Plan::kNone;
  std::size_t part_size_ = 0;
  std::size_t bad_parts_ = 0;     // of the open member
  std::uint64_t body_begin_ = 0;  // input offset of the open member's body
  std::vector<std::byte> tail_;   // the last kWindow bytes of content
  std::uint64_t produced_ = 0;
  std::uint64_t given_ = 0;  // of that, to the sink
  bool inside_ = false;      // of a member whose start was not decoded
  bool ended_ = false;
  Status failure_;
  std::optional<SeekPoint> next_point_;
  std::uint64_t last_point_ = 0;

  // Between write() and read(), which run side by side.
  std::mutex mail_mutex_;
  std::vector<std::unique_ptr<Stretch>> decoded_;
  std::vector<std::unique_ptr<Stretch>> spare_;

  // Of write().
  JoinedCheck joined_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::uint64_t lines_ = 0;
  StreamFacts facts_;
  SeekIndex index_;
};

}  // namespace kompakt::gzip
