#include "archive/zip/zip_entry_deflate64.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "codec/deflate/inflate/huffman_tables.hpp"

namespace kompakt::zip {
namespace {

constexpr std::size_t kWindow = 65'536;
constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr unsigned kEndOfBlock = 256;
constexpr unsigned kFirstLength = 257;
constexpr unsigned kLastLength = 285;
constexpr unsigned kLitlenCodes = 286;
constexpr unsigned kDistanceCodes = 32;
constexpr unsigned kMostBits = deflate::kMaxCodeBits;

// As deflate's but for the last length, which takes 16 extra bits from 3 on.
constexpr std::array<std::uint16_t, 29> kLengthBase = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                       15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                       67, 83, 99, 115, 131, 163, 195, 227, 3};
constexpr std::array<std::uint8_t, 29> kLengthExtra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16};
constexpr std::array<std::uint8_t, 19> kPrecodeOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                        11, 4,  12, 3, 13, 2, 14, 1, 15};

/// A canonical code, looked up with all 15 bits at once.
class HuffmanCode {
 public:
  /// False where the lengths are those of no code that deflate allows.
  bool build(std::span<const std::uint8_t> lengths, bool may_be_incomplete) {
    if (deflate::check_code(lengths, may_be_incomplete) != deflate::CodeFault::kNone) {
      return false;
    }
    table_.assign(std::size_t{1} << kMostBits, 0);
    unsigned code = 0;  // of `bits` bits, first bit highest
    for (unsigned bits = 1; bits <= kMostBits; ++bits, code <<= 1U) {
      for (unsigned symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] == bits) {
          fill(code++, bits, symbol);
        }
      }
    }
    return true;
  }
  /// Bits in the low 4, the symbol above them; 0 where no code begins so.
  [[nodiscard]] unsigned look_up(std::uint64_t ahead) const {
    return table_[ahead & ((1U << kMostBits) - 1)];
  }

 private:
  void fill(unsigned code, unsigned bits, unsigned symbol) {
    unsigned reversed = 0;
    for (unsigned i = 0; i < bits; ++i) {
      reversed |= ((code >> i) & 1U) << (bits - 1 - i);
    }
    for (unsigned at = reversed; at < table_.size(); at += 1U << bits) {
      table_[at] = static_cast<std::uint16_t>(symbol << 4U | bits);
    }
  }
  std::vector<std::uint16_t> table_;
};

/// Bits of the stored bytes. Behind their end come zeros, and ended() is true once one was taken.
class Bits {
 public:
  explicit Bits(StoredInput input) : input_(std::move(input)) {}

  /// At least 48 bits at hand, where there are so many.
  [[nodiscard]] Status refill() {
    while (count_ <= 56) {
      if (input_.available().empty()) {
        if (Status filled = input_.fill(); !filled.ok()) {
          return filled;
        }
        if (input_.available().empty()) {
          break;
        }
      }
      buffer_ |= std::to_integer<std::uint64_t>(input_.available().front()) << count_;
      input_.consume(1);
      count_ += 8;
    }
    return {};
  }
  [[nodiscard]] std::uint64_t peek() const { return buffer_; }
  unsigned take(unsigned bits) {
    const auto value = static_cast<unsigned>(buffer_ & ((std::uint64_t{1} << bits) - 1));
    ended_ = ended_ || bits > count_;
    buffer_ >>= bits;
    count_ -= std::min(bits, count_);
    return value;
  }
  void align() { take(count_ % 8); }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Whole bytes are left behind what was taken.
  [[nodiscard]] bool has_more() const { return count_ >= 8 || !input_.empty(); }

 private:
  StoredInput input_;
  std::uint64_t buffer_ = 0;
  unsigned count_ = 0;
  bool ended_ = false;
};

Status corrupt(const char* what) { return {Code::kCorrupt, what}; }

class Deflate64Decoder final : public ContentDecoder {
 public:
  explicit Deflate64Decoder(StoredInput input)
      : bits_(std::move(input)), buffer_(kWindow + kPiece) {}

  Result<ByteSpan> next() override {
    if (end_ > kWindow) {
      std::memmove(buffer_.data(), buffer_.data() + end_ - kWindow, kWindow);
      end_ = kWindow;
    }
    const std::size_t start = end_;
    while (end_ < kWindow + kPiece && state_ != State::kEnd) {
      if (Status status = advance(); !status.ok()) {
        return status;
      }
      if (bits_.ended()) {
        return Status(Code::kTruncated, "zip: the deflate64 stream ends too early");
      }
    }
    if (end_ == start && bits_.has_more()) {
      return corrupt("zip: stored bytes are left behind the deflate64 stream");
    }
    return std::as_const(buffer_).first(end_).subspan(start);
  }

 private:
  enum class State : std::uint8_t { kHeader, kStored, kCodes, kEnd };

  Status advance() {
    if (Status status = bits_.refill(); !status.ok()) {
      return status;
    }
    if (state_ == State::kHeader) {
      return read_header();
    }
    if (copy_left_ > 0) {
      copy();
      return {};
    }
    if (state_ == State::kCodes) {
      return read_symbol();
    }
    if (stored_left_ == 0) {
      end_block();
      return {};
    }
    put(static_cast<std::byte>(bits_.take(8)));
    --stored_left_;
    return {};
  }

  void end_block() { state_ = final_ ? State::kEnd : State::kHeader; }
  void put(std::byte byte) { buffer_.data()[end_++] = byte; }

  void copy() {
    const std::size_t count = std::min(copy_left_, kWindow + kPiece - end_);
    std::byte* const to = buffer_.data() + end_;
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = *(to + i - distance_);
    }
    end_ += count;
    copy_left_ -= count;
  }

  Status read_header() {
    final_ = bits_.take(1) != 0;
    switch (bits_.take(2)) {
      case 0: {
        bits_.align();
        const unsigned length = bits_.take(16);
        if (length != (bits_.take(16) ^ 0xFFFFU) && !bits_.ended()) {
          return corrupt("zip: invalid length of a stored deflate64 block");
        }
        stored_left_ = length;
        state_ = State::kStored;
        return {};
      }
      case 1:
        return use_fixed_codes();
      case 2:
        return read_codes();
      default:
        return corrupt("zip: invalid deflate64 block type");
    }
  }

  Status use_fixed_codes() {
    state_ = State::kCodes;
    if (std::exchange(has_fixed_codes_, true)) {
      return {};  // blocks may be ten bits long, and tables for each would cost far more than they
    }
    std::array<std::uint8_t, 288> litlen{};
    std::fill_n(litlen.begin(), 144, std::uint8_t{8});
    std::fill_n(litlen.begin() + 144, 112, std::uint8_t{9});
    std::fill_n(litlen.begin() + 256, 24, std::uint8_t{7});
    std::fill_n(litlen.begin() + 280, 8, std::uint8_t{8});
    std::array<std::uint8_t, kDistanceCodes> distance{};
    distance.fill(5);
    return litlen_.build(litlen, false) && distance_code_.build(distance, false)
               ? Status()
               : Status(Code::kInternal, "zip: deflate64's fixed codes");
  }

  Status read_codes() {
    has_fixed_codes_ = false;
    const unsigned litlens = kFirstLength + bits_.take(5);
    const unsigned distances = 1 + bits_.take(5);
    const unsigned precodes = 4 + bits_.take(4);
    if (litlens > kLitlenCodes) {
      return corrupt("zip: too many length symbols in a deflate64 block");
    }
    std::array<std::uint8_t, 19> precode_lengths{};
    for (unsigned i = 0; i < precodes; ++i) {
      if (Status status = bits_.refill(); !status.ok()) {
        return status;
      }
      precode_lengths[kPrecodeOrder[i]] = static_cast<std::uint8_t>(bits_.take(3));
    }
    HuffmanCode precode;
    if (!precode.build(precode_lengths, false)) {
      return corrupt("zip: invalid code of code lengths in a deflate64 block");
    }
    std::array<std::uint8_t, kLitlenCodes + kDistanceCodes> lengths{};
    if (Status status = read_lengths(precode, std::span(lengths).first(litlens + distances));
        !status.ok()) {
      return status;
    }
    if (!litlen_.build(std::span(lengths).first(litlens), true) ||
        !distance_code_.build(std::span(lengths).subspan(litlens, distances), true)) {
      return corrupt("zip: invalid code in a deflate64 block");
    }
    state_ = State::kCodes;
    return {};
  }

  Status read_lengths(const HuffmanCode& precode, std::span<std::uint8_t> lengths) {
    for (std::size_t done = 0; done < lengths.size();) {
      if (Status status = bits_.refill(); !status.ok()) {
        return status;
      }
      const unsigned entry = precode.look_up(bits_.peek());
      bits_.take(entry & 15U);
      const unsigned symbol = entry >> 4U;
      if (symbol < 16) {
        lengths[done++] = static_cast<std::uint8_t>(symbol);
        continue;
      }
      const std::uint8_t value = symbol == 16 && done > 0 ? lengths[done - 1] : std::uint8_t{0};
      const std::size_t count = symbol == 16   ? 3 + bits_.take(2)
                                : symbol == 17 ? 3 + bits_.take(3)
                                               : 11 + bits_.take(7);
      if (count > lengths.size() - done || (symbol == 16 && done == 0)) {
        return corrupt("zip: invalid code lengths in a deflate64 block");
      }
      std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(done), count, value);
      done += count;
    }
    return {};
  }

  Status read_symbol() {
    const unsigned entry = litlen_.look_up(bits_.peek());
    bits_.take(entry & 15U);
    const unsigned symbol = entry >> 4U;
    if ((entry & 15U) == 0 || symbol > kLastLength) {
      return corrupt("zip: invalid symbol in a deflate64 block");
    }
    if (symbol < kEndOfBlock) {
      put(static_cast<std::byte>(symbol));
      return {};
    }
    if (symbol == kEndOfBlock) {
      end_block();
      return {};
    }
    copy_left_ =
        kLengthBase[symbol - kFirstLength] + bits_.take(kLengthExtra[symbol - kFirstLength]);
    if (Status status = bits_.refill(); !status.ok()) {
      return status;
    }
    const unsigned far = distance_code_.look_up(bits_.peek());
    bits_.take(far & 15U);
    if ((far & 15U) == 0) {
      return corrupt("zip: invalid distance in a deflate64 block");
    }
    const unsigned code = far >> 4U;
    const unsigned extra = code < 2 ? 0 : code / 2 - 1;
    const unsigned base = code < 2 ? code + 1 : ((2 + (code & 1U)) << extra) + 1;
    distance_ = base + bits_.take(extra);
    // Where the input has ended the numbers mean nothing, but nothing may be read by them either.
    if (distance_ > end_) {
      return bits_.ended() ? Status(Code::kTruncated, "zip: the deflate64 stream ends too early")
                           : corrupt("zip: a deflate64 distance reaches before the content");
    }
    return {};
  }

  Bits bits_;
  HuffmanCode litlen_;
  HuffmanCode distance_code_;
  Buffer buffer_;
  std::size_t end_ = 0;
  State state_ = State::kHeader;
  bool final_ = false;
  bool has_fixed_codes_ = false;  // of the last block, in litlen_ and distance_code_
  unsigned stored_left_ = 0;
  std::size_t copy_left_ = 0;
  std::size_t distance_ = 0;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_deflate64_decoder(StoredInput input) {
  return std::make_unique<Deflate64Decoder>(std::move(input));
}

}  // namespace kompakt::zip
