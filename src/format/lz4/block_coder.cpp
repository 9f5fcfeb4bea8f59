// For LZ4_attach_dictionary(): one digested dictionary serves all blocks.
#define LZ4_STATIC_LINKING_ONLY
#define LZ4_HC_STATIC_LINKING_ONLY
#include "format/lz4/block_coder.hpp"

#include <lz4.h>
#include <lz4hc.h>

#include <algorithm>
#include <cstring>

#include "core/endian.hpp"

namespace kompakt::lz4_frame {
namespace {

const char* chars(ByteSpan bytes) { return reinterpret_cast<const char*>(bytes.data()); }
char* chars(MutableByteSpan bytes) { return reinterpret_cast<char*>(bytes.data()); }
// Blocks have at most 8 MiB.
int length(std::size_t size) { return static_cast<int>(size); }

}  // namespace

struct BlockEncoder::State {
  int level = 1;
  Dictionary dictionary;  // the library keeps pointers into it
  std::unique_ptr<LZ4_stream_t> fast;
  std::unique_ptr<LZ4_stream_t> fast_dictionary;
  std::unique_ptr<LZ4_streamHC_t> strong;
  std::unique_ptr<LZ4_streamHC_t> strong_dictionary;

  [[nodiscard]] int acceleration() const { return level < 0 ? 1 - level : 1; }

  // 0 where the result does not fit.
  [[nodiscard]] int compress(ByteSpan raw, MutableByteSpan out) const {
    if (strong) {
      LZ4_initStreamHC(strong.get(), sizeof(LZ4_streamHC_t));
      LZ4_setCompressionLevel(strong.get(), level);
      if (strong_dictionary) {
        LZ4_attach_HC_dictionary(strong.get(), strong_dictionary.get());
      }
      return LZ4_compress_HC_continue(strong.get(), chars(raw), chars(out), length(raw.size()),
                                      length(out.size()));
    }
    if (fast_dictionary) {
      LZ4_initStream(fast.get(), sizeof(LZ4_stream_t));
      LZ4_attach_dictionary(fast.get(), fast_dictionary.get());
      return LZ4_compress_fast_continue(fast.get(), chars(raw), chars(out), length(raw.size()),
                                        length(out.size()), acceleration());
    }
    return LZ4_compress_fast_extState(fast.get(), chars(raw), chars(out), length(raw.size()),
                                      length(out.size()), acceleration());
  }
};

BlockEncoder::BlockEncoder(int level, Dictionary dictionary) : state_(std::make_unique<State>()) {
  state_->level = level;
  state_->dictionary = std::move(dictionary);
  const bool has_dictionary = state_->dictionary && !state_->dictionary->empty();
  const ByteSpan all = has_dictionary ? ByteSpan(*state_->dictionary) : ByteSpan();
  const ByteSpan tail = all.last(std::min(all.size(), kWindow));
  if (level >= LZ4HC_CLEVEL_MIN) {
    state_->strong = std::make_unique<LZ4_streamHC_t>();
    if (has_dictionary) {
      state_->strong_dictionary = std::make_unique<LZ4_streamHC_t>();
      LZ4_initStreamHC(state_->strong_dictionary.get(), sizeof(LZ4_streamHC_t));
      LZ4_setCompressionLevel(state_->strong_dictionary.get(), level);
      LZ4_loadDictHC(state_->strong_dictionary.get(), chars(tail), length(tail.size()));
    }
    return;
  }
  state_->fast = std::make_unique<LZ4_stream_t>();
  if (has_dictionary) {
    state_->fast_dictionary = std::make_unique<LZ4_stream_t>();
    LZ4_initStream(state_->fast_dictionary.get(), sizeof(LZ4_stream_t));
    LZ4_loadDict(state_->fast_dictionary.get(), chars(tail), length(tail.size()));
  }
}

BlockEncoder::~BlockEncoder() = default;

std::uint64_t BlockEncoder::memory() { return 2 * sizeof(LZ4_streamHC_t); }

std::size_t BlockEncoder::encode(ByteSpan raw, MutableByteSpan out) {
  // A block that would not shrink is stored, so there is never need for more room.
  const MutableByteSpan room = out.subspan(kWordSize).first(raw.size() - 1);
  const int coded = room.empty() ? 0 : state_->compress(raw, room);
  if (coded > 0) {
    store_le<std::uint32_t>(out, static_cast<std::uint32_t>(coded));
    return kWordSize + static_cast<std::size_t>(coded);
  }
  store_le<std::uint32_t>(out, static_cast<std::uint32_t>(raw.size()) | kStoredBit);
  std::copy(raw.begin(), raw.end(), out.begin() + kWordSize);
  return kWordSize + raw.size();
}

Result<std::size_t> decode_block(ByteSpan& records, const BlockRules& rules, ByteSpan history,
                                 MutableByteSpan out) {
  const auto word = load_le<std::uint32_t>(records);
  const bool stored = !rules.legacy && (word & kStoredBit) != 0;
  const std::size_t size = stored ? word & ~kStoredBit : word;
  const ByteSpan data = records.subspan(kWordSize, size);
  records = records.subspan(kWordSize + size);
  if (rules.block_checks) {
    const auto expected = load_le<std::uint32_t>(records);
    records = records.subspan(kWordSize);
    if (hash32(data) != expected) {
      return Status(Code::kCorrupt, "lz4: a block does not match its checksum");
    }
  }
  if (stored) {
    std::copy(data.begin(), data.end(), out.begin());
    return data.size();
  }
  const int decoded =
      LZ4_decompress_safe_usingDict(chars(data), chars(out), length(size), length(out.size()),
                                    chars(history), length(history.size()));
  if (decoded < 0) {
    return Status(Code::kCorrupt, "lz4: a block is damaged");
  }
  return static_cast<std::size_t>(decoded);
}

}  // namespace kompakt::lz4_frame
