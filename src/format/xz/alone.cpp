#include "format/xz/alone.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "core/endian.hpp"
#include "format/common/input_reader.hpp"
#include "format/common/piece_decode_job.hpp"
#include "format/xz/lzma.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kAloneHeader = 13;
constexpr std::size_t kLzipHeader = 6;
constexpr std::size_t kLzipTrailer = 20;
constexpr std::uint64_t kUnknownSize = std::numeric_limits<std::uint64_t>::max();
// xz takes larger sizes for a sign of some other kind of file.
constexpr std::uint64_t kMaxAloneSize = std::uint64_t{1} << 38U;
constexpr std::array kLzipMagic{std::byte{'L'}, std::byte{'Z'}, std::byte{'I'}, std::byte{'P'}};

bool plausible_dictionary(std::uint32_t size) {
  // 2^n or 2^n + 2^(n-1), or the largest.
  return size == std::numeric_limits<std::uint32_t>::max() ||
         (size != 0 &&
          (std::has_single_bit(size) || (size % 3 == 0 && std::has_single_bit(size / 3))));
}

bool begins_as_alone(ByteSpan head) {
  constexpr unsigned kMaxProperties = 9 * 5 * 5;
  constexpr unsigned kMaxContextBits = 4;
  if (head.size() < kAloneHeader) {
    return false;
  }
  const auto properties = std::to_integer<unsigned>(head[0]);
  if (properties >= kMaxProperties || properties % 9 + properties / 9 % 5 > kMaxContextBits) {
    return false;
  }
  const auto size = load_le<std::uint64_t>(head.subspan(5));
  return plausible_dictionary(load_le<std::uint32_t>(head.subspan(1))) &&
         (size == kUnknownSize || size < kMaxAloneSize);
}

bool begins_as_lzip(ByteSpan head) {
  return head.size() >= kLzipMagic.size() &&
         std::equal(kLzipMagic.begin(), kLzipMagic.end(), head.begin());
}

class LzmaAloneDecodeJob final : public PieceDecodeJob {
 public:
  LzmaAloneDecodeJob(Source& source, InputReader input, Sink& sink, const Config& config)
      : PieceDecodeJob(source, sink, config),
        input_(std::move(input)),
        kind_(find_lzma_kind(input_.available())) {}

  Status start() {
    // liblzma reads a limit of 0 as 1.
    return lzma_status(
        kind_ == LzmaKind::kLzip
            ? lzma_lzip_decoder(stream_.get(), config().limits.max_memory, LZMA_CONCATENATED)
            : lzma_alone_decoder(stream_.get(), config().limits.max_memory),
        "stream");
  }

  Status finish() override {
    facts_.content = produced();
    return {};
  }

 protected:
  Result<bool> produce(Piece& piece) override {
    if (ended_) {
      return false;
    }
    const MutableByteSpan room = piece.room.first(config().piece_size);
    std::size_t filled = 0;
    while (filled < room.size() && !ended_) {
      if (Status filling = input_.fill(1); !filling.ok()) {
        return filling;
      }
      const ByteSpan in = input_.available();
      const lzma_ret code =
          stream_.step(in, room.subspan(filled), in.empty() ? LZMA_FINISH : LZMA_RUN);
      input_.consume(stream_.consumed());
      filled += stream_.produced();
      if (code == LZMA_STREAM_END) {
        ended_ = true;
      } else if (code != LZMA_OK) {
        return failure(code, in);
      }
    }
    piece.bytes = std::as_const(piece.room).first(filled);
    return ended_ ? end() : Result<bool>(true);
  }

  Status inspect(Piece& /*piece*/) const override { return {}; }
  Status settle(Piece& /*piece*/) override { return {}; }
  std::uint64_t input_position() const override { return input_.position(); }

 private:
  Status failure(lzma_ret code, ByteSpan in) {
    if (code == LZMA_MEMLIMIT_ERROR) {
      return lzma_memory_status(lzma_memusage(stream_.get()), config().limits.max_memory);
    }
    if (code == LZMA_FORMAT_ERROR && kind_ == LzmaKind::kLzip && in.empty()) {
      code = LZMA_BUF_ERROR;
    }
    return lzma_status(code, "stream").at_offset(input_.position());
  }

  // Nothing may follow an .lzma stream. What follows lzip members is user data by the format's
  // definition and passed over, as xz and lzip do.
  Result<bool> end() {
    if (Status filling = input_.fill(1); !filling.ok()) {
      return filling;
    }
    facts_.streams = 1;
    facts_.check = kind_ == LzmaKind::kLzip ? "CRC32" : "None";
    if (!input_.available().empty() && kind_ == LzmaKind::kAlone) {
      return Status(Code::kCorrupt, "lzma: garbage after the end of the stream")
          .at_offset(input_.position());
    }
    while (!input_.available().empty()) {
      input_.consume(input_.available().size());
      if (Status filling = input_.fill(1); !filling.ok()) {
        return filling;
      }
    }
    facts_.compressed = input_.position();
    return true;
  }

  InputReader input_;
  LzmaKind kind_;
  LzmaStream stream_;
  bool ended_ = false;
};

// Goes from the last member's trailer to the first. nullopt where the file does not end with
// members only.
Result<std::optional<StreamFacts>> scan_lzip(const Source& source) {
  StreamFacts facts;
  facts.compressed = source.size().value_or(0);
  facts.check = "CRC32";
  facts.content = 0;
  for (std::uint64_t end = facts.compressed; end != 0;) {
    std::array<std::byte, kLzipTrailer> trailer{};
    if (end < kLzipHeader + kLzipTrailer) {
      return std::optional<StreamFacts>();
    }
    const auto got = source.read_at(end - kLzipTrailer, trailer);
    if (!got.ok()) {
      return got.status();
    }
    constexpr std::size_t kContentAt = 4;
    constexpr std::size_t kMemberAt = 12;
    const auto member = load_le<std::uint64_t>(ByteSpan(trailer).subspan(kMemberAt));
    std::array<std::byte, kLzipMagic.size()> magic{};
    if (*got < kLzipTrailer || member < kLzipHeader + kLzipTrailer || member > end) {
      return std::optional<StreamFacts>();
    }
    const auto head = source.read_at(end - member, magic);
    if (!head.ok()) {
      return head.status();
    }
    if (magic != kLzipMagic) {
      return std::optional<StreamFacts>();
    }
    *facts.content += load_le<std::uint64_t>(ByteSpan(trailer).subspan(kContentAt));
    ++facts.streams;
    end -= member;
  }
  return std::optional<StreamFacts>(std::move(facts));
}

}  // namespace

LzmaKind find_lzma_kind(ByteSpan head) noexcept {
  return begins_as_lzip(head)    ? LzmaKind::kLzip
         : begins_as_alone(head) ? LzmaKind::kAlone
                                 : LzmaKind::kNone;
}

Result<std::unique_ptr<DecodeJob>> make_lzma_alone_decoder(Source& source, InputReader input,
                                                           Sink& sink,
                                                           const DecodeSettings& settings) {
  auto job = std::make_unique<LzmaAloneDecodeJob>(
      source, std::move(input), sink, PieceDecodeJob::Config{.limits = settings.limits});
  if (Status started = job->start(); !started.ok()) {
    return started;
  }
  return std::unique_ptr<DecodeJob>(std::move(job));
}

Result<StreamFacts> scan_lzma_alone(const Source& source) {
  std::array<std::byte, kAloneHeader> head{};
  const auto got = source.read_at(0, head);
  if (!got.ok()) {
    return got.status();
  }
  StreamFacts facts;
  facts.compressed = source.size().value_or(0);
  if (find_lzma_kind(ByteSpan(head).first(*got)) == LzmaKind::kLzip) {
    auto members = scan_lzip(source);
    if (!members.ok() || *members) {
      return members.ok() ? Result<StreamFacts>(**members) : Result<StreamFacts>(members.status());
    }
    facts.check = "CRC32";
    return facts;
  }
  facts.streams = 1;
  facts.check = "None";
  facts.window = load_le<std::uint32_t>(ByteSpan(head).subspan(1));
  const auto size = load_le<std::uint64_t>(ByteSpan(head).subspan(5));
  facts.content = size == kUnknownSize ? std::nullopt : std::optional<std::uint64_t>(size);
  return facts;
}

}  // namespace kompakt
