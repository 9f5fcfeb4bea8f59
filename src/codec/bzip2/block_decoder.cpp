#include "codec/bzip2/block_decoder.hpp"

#include <algorithm>

#include "codec/bzip2/front_list.hpp"
#include "codec/bzip2/randomise.hpp"

namespace kompakt::bzip2 {
namespace {

// Less than this takes no memory for a whole block: clearing that takes longer than decoding.
constexpr std::size_t kSmallInput = 16 * kKiB;

}  // namespace

BlockDecoder::BlockDecoder() : inverse_(kMaxBlock), selectors_(kMaxSelectors) {}

std::uint64_t BlockDecoder::memory() {
  return InverseTransform::memory(kMaxBlock) + kMaxBlock * sizeof(std::uint32_t) +
         sizeof(BlockDecoder) + kMaxSelectors;
}

Result<DecodedBlock> BlockDecoder::decode(ByteSpan in, std::uint64_t begin, MutableByteSpan out) {
  // Every run but the first takes a bit at least, and a group of symbols may be read past the end.
  const std::size_t max_runs =
      in.size() < kSmallInput ? in.size() * 8 + kGroupSize + 1 : kMaxBlock + 1;
  run_memory_.resize_discard(max_runs * sizeof(std::uint32_t));
  runs_ = reinterpret_cast<std::uint32_t*>(run_memory_.data());
  BitReader bits(in, begin);
  const char* problem = read_head(bits);
  if (problem == nullptr) {
    problem = read_symbols(bits);
  }
  if (problem == nullptr && origin_ >= block_size_) {
    problem = "bzip2: the block's origin lies outside it";
  }
  if (bits.overrun()) {
    return Status(Code::kTruncated, "bzip2: the block ends too early");
  }
  if (problem != nullptr) {
    return Status(Code::kCorrupt, problem);
  }
  const MutableByteSpan block = out.first(block_size_);
  inverse_.invert({runs_, run_count_}, origin_, block);
  if (randomised_) {
    derandomise(block);
  }
  return DecodedBlock{.size = block_size_, .crc = crc_, .end = bits.position()};
}

// Everything before the symbols. The message of what is wrong, or nullptr.
const char* BlockDecoder::read_head(BitReader& bits) {
  if (bits.take(kMagicBits) != kBlockMagic) {
    return "bzip2: no block where one must start";
  }
  crc_ = static_cast<std::uint32_t>(bits.take(32));
  randomised_ = bits.take(1) != 0;
  origin_ = static_cast<std::uint32_t>(bits.take(24));
  const std::uint64_t rows = bits.take(16);
  distinct_ = 0;
  for (unsigned row = 0; row < 16; ++row) {
    if (((rows >> (15 - row)) & 1U) == 0) {
      continue;
    }
    const std::uint64_t columns = bits.take(16);
    for (unsigned column = 0; column < 16; ++column) {
      if (((columns >> (15 - column)) & 1U) != 0) {
        in_use_[distinct_++] = static_cast<std::byte>(row * 16 + column);
      }
    }
  }
  if (distinct_ == 0) {
    return "bzip2: the block uses no byte";
  }
  const auto tables = static_cast<unsigned>(bits.take(3));
  if (tables < kMinTables || tables > kMaxTables) {
    return "bzip2: impossible number of code tables";
  }
  if (const char* problem = read_selectors(bits, tables); problem != nullptr) {
    return problem;
  }
  return read_codes(bits, tables);
}

const char* BlockDecoder::read_selectors(BitReader& bits, unsigned tables) {
  const std::uint64_t count = bits.take(15);
  if (count == 0) {
    return "bzip2: no selectors";
  }
  std::array<std::uint8_t, kMaxTables> order = {0, 1, 2, 3, 4, 5};
  selectors_.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    bits.refill();
    // As many ones as the rank, then a zero.
    const auto rank = static_cast<unsigned>(__builtin_clzll(~bits.peek(8) << 56U | 1U));
    if (rank >= tables) {
      return "bzip2: impossible selector";
    }
    bits.skip(rank + 1);
    std::rotate(order.begin(), order.begin() + rank, order.begin() + rank + 1);
    // Some encoders round the number up; what cannot be used has no effect.
    if (selectors_.size() < kMaxSelectors) {
      selectors_.push_back(order[0]);
    }
  }
  return nullptr;
}

const char* BlockDecoder::read_codes(BitReader& bits, unsigned tables) {
  const std::size_t alphabet = distinct_ + 2;
  std::array<std::uint8_t, kMaxAlphabet> lengths{};
  for (unsigned table = 0; table < tables; ++table) {
    auto length = static_cast<unsigned>(bits.take(5));
    for (std::size_t i = 0; i < alphabet; ++i) {
      while (true) {
        if (length < 1 || length > kMaxCodeLength) {
          return "bzip2: impossible code length";
        }
        bits.refill();
        if (bits.peek(1) == 0) {
          bits.skip(1);
          break;
        }
        length += bits.peek(2) == 2 ? 1 : -1U;
        bits.skip(2);
      }
      lengths[i] = static_cast<std::uint8_t>(length);
    }
    codes_[table].build(lengths, alphabet);
  }
  return nullptr;
}

// The symbols, as runs of equal bytes of the last column.
const char* BlockDecoder::read_symbols(BitReader& bits) {
  constexpr std::size_t kMaxWeight = std::size_t{1}
                                     << 21U;  // of a digit of a run, as the reference
  const auto end_of_block = static_cast<unsigned>(distinct_ + 1);
  FrontList list{ByteSpan(in_use_).first(distinct_)};
  std::uint32_t* run = runs_;
  *run = InverseTransform::make_run(0, std::to_integer<std::uint32_t>(in_use_[0]));
  std::size_t size = 0;
  std::size_t weight = 1;
  for (const std::uint8_t selector : selectors_) {
    const PrefixDecoder& code = codes_[selector];
    for (unsigned i = 0; i < kGroupSize; ++i) {
      if (i % 2 == 0) {
        bits.refill();
      }
      const unsigned symbol = code.decode(bits);
      if (symbol <= kRunB) {
        const std::size_t length = weight << symbol;
        weight *= 2;
        size += length;
        if (weight > kMaxWeight || size > kMaxBlock) {
          return "bzip2: the block is larger than any may be";
        }
        *run += InverseTransform::make_run(static_cast<std::uint32_t>(length), 0);
        continue;
      }
      weight = 1;
      if (symbol >= end_of_block) {
        block_size_ = size;
        run_count_ = static_cast<std::size_t>(run - runs_) + 1;
        return symbol == end_of_block ? nullptr : "bzip2: bits that are no code";
      }
      if (++size > kMaxBlock) {
        return "bzip2: the block is larger than any may be";
      }
      *++run = InverseTransform::make_run(1, list.take(symbol - 1));
    }
    if (bits.overrun()) {
      return "bzip2: the block ends too early";
    }
  }
  return "bzip2: too few selectors";
}

}  // namespace kompakt::bzip2
