#include "format/lz4/frame.hpp"

#include <lz4.h>
#include <xxhash.h>

#include "core/endian.hpp"

namespace kompakt::lz4_frame {
namespace {

// The flag byte: two bits of version, then one bit each.
constexpr unsigned kVersionMask = 0xC0;
constexpr unsigned kVersion = 0x40;
constexpr unsigned kIndependent = 0x20;
constexpr unsigned kBlockChecks = 0x10;
constexpr unsigned kContentSize = 0x08;
constexpr unsigned kContentCheck = 0x04;
constexpr unsigned kReservedFlag = 0x02;
constexpr unsigned kDictionary = 0x01;
constexpr unsigned kReservedBlockBits = 0x8F;
constexpr unsigned kMinBlockId = 4;
constexpr unsigned kMaxBlockId = 7;

Status truncated() { return {Code::kTruncated, "lz4: the input ends inside a frame header"}; }

std::byte header_check(ByteSpan descriptor) {
  return static_cast<std::byte>(hash32(descriptor) >> 8U);
}

Result<FrameHeader> parse_descriptor(ByteSpan head) {
  if (head.size() < kWordSize + 3) {
    return truncated();
  }
  const auto flags = std::to_integer<unsigned>(head[4]);
  const auto block = std::to_integer<unsigned>(head[5]);
  const bool sized = (flags & kContentSize) != 0;
  const bool dictionary = (flags & kDictionary) != 0;
  FrameHeader header;
  header.size = kWordSize + 3 + (sized ? 8 : 0) + (dictionary ? 4 : 0);
  if (head.size() < header.size) {
    return truncated();
  }
  const ByteSpan descriptor = head.first(header.size - 1).subspan(kWordSize);
  if (head[header.size - 1] != header_check(descriptor)) {
    return Status(Code::kCorrupt, "lz4: the frame header does not match its checksum");
  }
  const unsigned id = block >> 4U;
  if ((flags & kVersionMask) != kVersion || (flags & kReservedFlag) != 0 ||
      (block & kReservedBlockBits) != 0 || id < kMinBlockId) {
    return Status(Code::kUnsupported, "lz4: a frame of an unknown version or with unknown flags");
  }
  header.rules = {.linked = (flags & kIndependent) == 0,
                  .block_checks = (flags & kBlockChecks) != 0,
                  .checksum = (flags & kContentCheck) != 0,
                  .max_block = block_size_of(id)};
  if (sized) {
    header.content = load_le<std::uint64_t>(descriptor.subspan(2));
  }
  if (dictionary) {
    header.dictionary = load_le<std::uint32_t>(descriptor.last(4));
  }
  return header;
}

}  // namespace

std::size_t BlockRules::max_stored() const noexcept {
  return legacy ? static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(kLegacyBlock)))
                : max_block;
}

Result<FrameHeader> parse_header(ByteSpan head) {
  if (head.size() < kWordSize) {
    return truncated();
  }
  const auto magic = load_le<std::uint32_t>(head);
  FrameHeader header;
  if (is_skippable(magic)) {
    if (head.size() < kSkippableHeader) {
      return truncated();
    }
    header.skippable = true;
    header.size = kSkippableHeader;
    header.skip = load_le<std::uint32_t>(head.subspan(kWordSize));
    return header;
  }
  if (magic == kLegacyMagic) {
    header.size = kWordSize;
    header.rules = {.legacy = true, .max_block = kLegacyBlock};
    return header;
  }
  if (magic != kMagic) {
    return Status(Code::kCorrupt, "lz4: no frame begins here");
  }
  return parse_descriptor(head);
}

void append_header(std::vector<std::byte>& out, unsigned block_id, bool checksum) {
  std::array<std::byte, kWordSize + 3> header{};
  store_le<std::uint32_t>(header, kMagic);
  header[4] = static_cast<std::byte>(kVersion | kIndependent | (checksum ? kContentCheck : 0U));
  header[5] = static_cast<std::byte>(block_id << 4U);
  header[6] = header_check(ByteSpan(header).subspan(kWordSize, 2));
  out.insert(out.end(), header.begin(), header.end());
}

std::uint64_t pack_rules(const BlockRules& rules) noexcept {
  if (rules.legacy) {
    return 1;
  }
  unsigned id = kMinBlockId;
  while (id < kMaxBlockId && block_size_of(id) < rules.max_block) {
    ++id;
  }
  return kVersion | (rules.linked ? 0U : kIndependent) | (rules.block_checks ? kBlockChecks : 0U) |
         (rules.checksum ? kContentCheck : 0U) | id << 12U;
}

std::optional<BlockRules> unpack_rules(std::uint64_t packed) noexcept {
  if (packed == 1) {
    return BlockRules{.legacy = true, .max_block = kLegacyBlock};
  }
  const auto id = static_cast<unsigned>(packed >> 12U & 7U);
  const BlockRules rules{.linked = (packed & kIndependent) == 0,
                         .block_checks = (packed & kBlockChecks) != 0,
                         .checksum = (packed & kContentCheck) != 0,
                         .max_block = block_size_of(id)};
  return id >= kMinBlockId && pack_rules(rules) == packed ? std::optional(rules) : std::nullopt;
}

std::uint32_t hash32(ByteSpan bytes) noexcept { return XXH32(bytes.data(), bytes.size(), 0); }

struct ContentHash::State {
  XXH32_state_t* library = XXH32_createState();
};

void ContentHash::Deleter::operator()(State* state) const noexcept {
  XXH32_freeState(state->library);
  delete state;  // NOLINT(cppcoreguidelines-owning-memory): this is the owner's deleter
}

ContentHash::ContentHash() : state_(new State) {
  if (state_->library == nullptr) {
    throw std::bad_alloc();
  }
  static_cast<void>(XXH32_reset(state_->library, 0));
}

void ContentHash::update(ByteSpan bytes) noexcept {
  if (!bytes.empty()) {
    static_cast<void>(XXH32_update(state_->library, bytes.data(), bytes.size()));
  }
}

std::uint32_t ContentHash::take() noexcept {
  const std::uint32_t hash = XXH32_digest(state_->library);
  static_cast<void>(XXH32_reset(state_->library, 0));
  return hash;
}

}  // namespace kompakt::lz4_frame
