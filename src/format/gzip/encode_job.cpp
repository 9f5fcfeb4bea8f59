#include "format/gzip/encode_job.hpp"

#include <atomic>
#include <limits>
#include <string>

#include "core/endian.hpp"
#include "format/gzip/check.hpp"
#include "format/gzip/member_header.hpp"
#include "format/gzip/part_coder.hpp"

namespace kompakt::gzip {
namespace {

constexpr std::uint64_t kMinPart = 4 * kKiB;
constexpr std::uint64_t kMaxPart = kGiB;
// What BGZF's own writers take, so that a member that cannot be compressed still fits its limit.
constexpr std::size_t kBgzfContent = 65280;
constexpr std::size_t kBgzfMember = 65536;
constexpr std::size_t kBgzfBatch = 16;  // members that one worker makes at a time

struct MemberCoder final : PartEncodeJob::Coder {
  std::unique_ptr<PartCoder> parts;
};

Result<std::unique_ptr<PartEncodeJob::Coder>> make_worker_coder(int level) {
  auto parts = make_part_coder(level);
  if (!parts.ok()) {
    return parts.status();
  }
  auto coder = std::make_unique<MemberCoder>();
  coder->parts = std::move(*parts);
  return std::unique_ptr<PartEncodeJob::Coder>(std::move(coder));
}

/// One member (or zlib stream) from parts that are compressed side by side.
class SingleJob final : public PartEncodeJob {
 public:
  SingleJob(Source& source, Sink& sink, const Config& config, HeaderPlan plan, Framing framing)
      : PartEncodeJob(source, sink, config),
        plan_(std::move(plan)),
        framing_(framing),
        check_(framing) {}

 private:
  Result<std::unique_ptr<PartEncodeJob::Coder>> make_coder() override {
    return make_worker_coder(plan_.level);
  }

  Status begin(std::vector<std::byte>& header) override {
    if (framing_ == Framing::kZlib) {
      put_zlib_header(header, plan_.level);
      return {};
    }
    if (!one_part_) {
      plan_.part_size = static_cast<std::uint32_t>(config().part_size);
    }
    put_gzip_header(header, plan_);
    return {};
  }

  Status encode(Part& part, PartEncodeJob::Coder& coder) override {
    // Known before anything is written: begin() comes after the first part's encode().
    if (part.number == 0) {
      one_part_ = part.last;
    }
    part.check = check_of(framing_, part.raw);
    const auto size = static_cast<MemberCoder&>(coder).parts->encode(
        part.raw, part.last ? PartEnd::kFinal : PartEnd::kAligned,
        part.coded.first(config().max_coded));
    part.coded_size = size.ok() ? *size : 0;
    return size.status();
  }

  Status append(Part& part) override {
    check_.append(static_cast<std::uint32_t>(part.check), part.size);
    return {};
  }

  Status end(std::vector<std::byte>& trailer) override {
    if (framing_ == Framing::kZlib) {
      trailer.resize(4);
      store_be(trailer, check_.value());
      return {};
    }
    trailer.resize(kTrailerSize);
    store_le(trailer, check_.value());
    store_le(MutableByteSpan(trailer).subspan(4), static_cast<std::uint32_t>(check_.size()));
    return {};
  }

  HeaderPlan plan_;
  Framing framing_;
  JoinedCheck check_;
  std::atomic<bool> one_part_{false};
};

/// Members that each tell their size, so that readers find all without decoding any.
class MembersJob final : public PartEncodeJob {
 public:
  struct Layout {
    bool bgzf = true;
    std::size_t member = kBgzfContent;  ///< content bytes
  };

  MembersJob(Source& source, Sink& sink, const Config& config, HeaderPlan plan,
             const Layout& layout)
      : PartEncodeJob(source, sink, config), plan_(std::move(plan)), layout_(layout) {}

  static std::size_t header_size(const Layout& layout) {
    return layout.bgzf ? kBgzfHeaderSize : kSizedHeaderSize;
  }

 private:
  Result<std::unique_ptr<PartEncodeJob::Coder>> make_coder() override {
    return make_worker_coder(plan_.level);
  }
  Status begin(std::vector<std::byte>& /*header*/) override { return {}; }

  Status encode(Part& part, PartEncodeJob::Coder& coder) override {
    ByteSpan raw = part.raw;
    MutableByteSpan room = part.coded.first(config().max_coded);
    do {
      const ByteSpan content = raw.first(std::min(raw.size(), layout_.member));
      raw = raw.subspan(content.size());
      const auto size = put_member(content, room, *static_cast<MemberCoder&>(coder).parts);
      if (!size.ok()) {
        return size.status();
      }
      room = room.subspan(*size);
      part.coded_size += *size;
    } while (!raw.empty());
    return {};
  }

  [[nodiscard]] Result<std::size_t> put_member(ByteSpan content, MutableByteSpan out,
                                               PartCoder& coder) const {
    const std::size_t header = header_size(layout_);
    const auto body = coder.encode(content, PartEnd::kFinal, out.subspan(header));
    if (!body.ok()) {
      return body.status();
    }
    const std::size_t size = header + *body + kTrailerSize;
    if (layout_.bgzf) {
      if (size > kBgzfMember) {
        return Status(Code::kInternal, "a member outgrew BGZF's limit");
      }
      fill_bgzf_header(out, size, plan_.modified, plan_.level);
    } else {
      fill_sized_header(out, size, plan_.modified, plan_.level);
    }
    const MutableByteSpan trailer = out.subspan(header + *body, kTrailerSize);
    store_le(trailer, check_of(Framing::kGzip, content));
    store_le(trailer.subspan(4), static_cast<std::uint32_t>(content.size()));
    return size;
  }

  Status append(Part& /*part*/) override { return {}; }
  Status end(std::vector<std::byte>& trailer) override {
    if (layout_.bgzf) {
      trailer = bgzf_end();
    } else if (content_size() == 0) {
      trailer.resize(kSizedHeaderSize + 2 + kTrailerSize);
      fill_sized_header(trailer, trailer.size(), plan_.modified, plan_.level);
      trailer[kSizedHeaderSize] = std::byte{3};  // an empty final block
    }
    return {};
  }

  HeaderPlan plan_;
  Layout layout_;
};

Status invalid(Framing framing, const std::string& what) {
  return {Code::kInvalidArgument, (framing == Framing::kZlib ? "zlib: " : "gzip: ") + what};
}

Status check_settings(const EncodeSettings& settings, Framing framing) {
  const int level = settings.level.value_or(kDefaultLevel);
  if (level < kMinLevel || level > kMaxLevel) {
    return invalid(framing, "levels are 0 to 11");
  }
  if (settings.extreme || settings.window_log || settings.dictionary) {
    return invalid(framing, std::string("there is no such option as ") +
                                (settings.extreme      ? "extreme"
                                 : settings.window_log ? "a window size"
                                                       : "a dictionary"));
  }
  const std::string_view check = framing == Framing::kZlib ? "adler32" : "crc32";
  if (!settings.checksum || (!settings.check.empty() && settings.check != check)) {
    return invalid(framing, "the checksum is always " + std::string(check));
  }
  if (settings.block_size && (*settings.block_size < kMinPart || *settings.block_size > kMaxPart)) {
    return invalid(framing, "blocks are 4 KiB to 1 GiB");
  }
  if (framing == Framing::kZlib && (settings.seekable || settings.name || settings.modified)) {
    return invalid(framing, std::string("the format has no place for ") +
                                (settings.seekable ? "members to seek to"
                                 : settings.name   ? "a name"
                                                   : "a time"));
  }
  if (settings.name && settings.name->find('\0') != std::string::npos) {
    return invalid(framing, "a name cannot hold a zero byte");
  }
  if (settings.seekable && settings.name) {
    return invalid(framing, "the seekable layout has no place for a name");
  }
  return {};
}

std::unique_ptr<StagedJob> make_members_job(Source& source, Sink& sink,
                                            const EncodeSettings& settings,
                                            const HeaderPlan& plan) {
  const std::uint64_t wanted = settings.block_size.value_or(kBgzfContent);
  const MembersJob::Layout layout{.bgzf = wanted <= kBgzfContent,
                                  .member = static_cast<std::size_t>(wanted)};
  const std::size_t batch = layout.bgzf ? kBgzfBatch : 1;
  const std::size_t room =
      MembersJob::header_size(layout) + max_part_size(layout.member) + kTrailerSize;
  const PartEncodeJob::Config config{.part_size = layout.member * batch,
                                     .max_coded = room * batch,
                                     .coder_bytes = part_coder_memory(plan.level),
                                     .part_for_empty = false};
  return std::make_unique<MembersJob>(source, sink, config, plan, layout);
}

}  // namespace

Result<std::unique_ptr<StagedJob>> make_encode_job(Source& source, Sink& sink,
                                                   const EncodeSettings& settings,
                                                   Framing framing) {
  if (Status valid = check_settings(settings, framing); !valid.ok()) {
    return valid;
  }
  HeaderPlan plan{.name = settings.name,
                  .modified = settings.modified.value_or(0),
                  .level = settings.level.value_or(kDefaultLevel),
                  .part_size = std::nullopt};
  if (settings.seekable) {
    return make_members_job(source, sink, settings, plan);
  }
  const auto part =
      static_cast<std::size_t>(settings.block_size.value_or(default_part_size(plan.level)));
  const PartEncodeJob::Config config{.part_size = part,
                                     .max_coded = max_part_size(part),
                                     .coder_bytes = part_coder_memory(plan.level)};
  return std::unique_ptr<StagedJob>(
      std::make_unique<SingleJob>(source, sink, config, std::move(plan), framing));
}

}  // namespace kompakt::gzip
