// The reading half of word_replacement.hpp.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/varint.hpp"
#include "transform/word_codes.hpp"
#include "transform/word_replacement.hpp"

namespace kompakt {
namespace {

Status truncated() { return {Code::kTruncated, "word codes: the data ends too early"}; }
Status corrupt(const char* what) { return {Code::kCorrupt, what}; }

class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  /// The next `size` bytes, or nullopt where there are fewer.
  std::optional<ByteSpan> take(std::size_t size) {
    if (left() < size) {
      return std::nullopt;
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }

  Result<std::size_t> varint() {
    ByteSpan rest = bytes_.subspan(at_);
    const auto value = take_varint(rest);
    if (!value) {
      return rest.empty() ? truncated() : corrupt("word codes: a number is too long");
    }
    at_ = bytes_.size() - rest.size();
    return static_cast<std::size_t>(*value);
  }

 private:
  ByteSpan bytes_;
  std::size_t at_ = 0;
};

// The words of the dictionary, end to end; word i is ends[i] up to ends[i + 1].
struct Dictionary {
  std::vector<std::byte> letters;
  std::vector<std::uint32_t> ends = {0};

  [[nodiscard]] std::size_t size() const { return ends.size() - 1; }
  [[nodiscard]] ByteSpan word(std::size_t i) const {
    return ByteSpan(letters).subspan(ends[i], ends[i + 1] - ends[i]);
  }
};

Result<WordCodes> read_codes(ByteReader& reader) {
  const auto flags = reader.take(3);
  const auto bitmap = reader.take(32);
  const auto counts = reader.take(2);
  if (!flags || !bitmap || !counts) {
    return truncated();
  }
  ByteSet bytes{};
  std::size_t count = 0;
  for (std::size_t value = 0; value < bytes.size(); ++value) {
    bytes[value] = (std::to_integer<unsigned>((*bitmap)[value / 8]) >> (value % 8) & 1U) != 0;
    count += bytes[value] ? 1U : 0U;
  }
  const auto middles = std::to_integer<std::size_t>((*counts)[0]);
  const auto leads = std::to_integer<std::size_t>((*counts)[1]);
  if (middles + leads > count) {
    return corrupt("word codes: more kinds of code bytes than code bytes");
  }
  WordCodes codes = make_word_codes(bytes, middles, leads);
  constexpr std::array kFlagRoles = {WordRole::kEscape, WordRole::kFirst, WordRole::kAll};
  for (std::size_t i = 0; i < kFlagRoles.size(); ++i) {
    WordRole& role = codes.role[std::to_integer<std::size_t>((*flags)[i])];
    if (role != WordRole::kLiteral) {
      return corrupt("word codes: a byte has two meanings");
    }
    role = kFlagRoles[i];
  }
  return codes;
}

Result<Dictionary> read_dictionary(ByteReader& reader, const WordCodes& codes) {
  const auto count = reader.varint();
  if (!count.ok()) {
    return count.status();
  }
  if (*count > std::min(codes.three(), kMaxWords)) {
    return corrupt("word codes: more words than codes");
  }
  if (*count * 2 > reader.left()) {
    return truncated();
  }
  Dictionary dictionary;
  dictionary.ends.reserve(*count + 1);
  std::size_t before = 0;  // size of the word before
  for (std::size_t i = 0; i < *count; ++i) {
    const auto sizes = reader.take(2);
    if (!sizes) {
      return truncated();
    }
    const auto shared = std::to_integer<std::size_t>((*sizes)[0]);
    const auto more = std::to_integer<std::size_t>((*sizes)[1]);
    if (shared > before || shared + more == 0 || shared + more > kMaxWord) {
      return corrupt("word codes: a word has an impossible size");
    }
    const auto rest = reader.take(more);
    if (!rest) {
      return truncated();
    }
    const std::size_t begin = dictionary.letters.size() - before;
    for (std::size_t k = 0; k < shared; ++k) {
      dictionary.letters.push_back(dictionary.letters[begin + k]);
    }
    dictionary.letters.insert(dictionary.letters.end(), rest->begin(), rest->end());
    dictionary.ends.push_back(static_cast<std::uint32_t>(dictionary.letters.size()));
    before = shared + more;
  }
  return dictionary;
}

std::byte raised(std::byte letter) { return is_lower(letter) ? other_case(letter) : letter; }

// The body: one token after the other, until the text has its size.
class BodyReader {
 public:
  BodyReader(ByteReader& reader, const WordCodes& codes, const Dictionary& dictionary,
             MutableByteSpan text)
      : reader_(reader), codes_(codes), dictionary_(dictionary), text_(text) {}

  Status read() {
    while (at_ < text_.size()) {
      const auto token = reader_.take(1);
      if (!token) {
        return truncated();
      }
      if (Status status = put((*token)[0]); !status.ok()) {
        return status;
      }
    }
    return reader_.left() == 0 ? Status() : corrupt("word codes: data behind the end");
  }

 private:
  Status put(std::byte token) {
    switch (codes_.role[std::to_integer<std::size_t>(token)]) {
      case WordRole::kLiteral:
        put_literal(token);
        return {};
      case WordRole::kEscape: {
        const auto byte = reader_.take(1);
        if (!byte) {
          return truncated();
        }
        put_literal((*byte)[0]);
        return {};
      }
      case WordRole::kFirst:
        case_ = Case::kFirst;
        return {};
      case WordRole::kAll:
        case_ = Case::kAll;
        return {};
      case WordRole::kLast:
      case WordRole::kMiddle:
      case WordRole::kLead:
        return put_code(token);
    }
    return {};
  }

  // A capital goes to one letter, capitals to all of a run; what is no letter ends both.
  void put_literal(std::byte byte) {
    text_[at_++] = case_ == Case::kLower ? byte : raised(byte);
    if (case_ == Case::kFirst || !is_word_byte(byte)) {
      case_ = Case::kLower;
    }
  }

  Status put_code(std::byte token) {
    std::size_t number = 0;
    std::size_t base = 0;
    WordRole role = codes_.role[std::to_integer<std::size_t>(token)];
    if (role == WordRole::kLead) {
      number = codes_.rank[std::to_integer<std::size_t>(token)];
      base = codes_.two();
      if (Status status = next_part(WordRole::kMiddle, token); !status.ok()) {
        return status;
      }
      role = WordRole::kMiddle;
    }
    if (role == WordRole::kMiddle) {
      number = number * codes_.middle_count + codes_.rank[std::to_integer<std::size_t>(token)];
      base = base == 0 ? codes_.one() : base;
      if (Status status = next_part(WordRole::kLast, token); !status.ok()) {
        return status;
      }
    }
    number = number * codes_.last_count + codes_.rank[std::to_integer<std::size_t>(token)] + base;
    return number < dictionary_.size() ? put_word(dictionary_.word(number))
                                       : corrupt("word codes: a code without a word");
  }

  Status next_part(WordRole wanted, std::byte& token) {
    const auto byte = reader_.take(1);
    if (!byte) {
      return truncated();
    }
    token = (*byte)[0];
    return codes_.role[std::to_integer<std::size_t>(token)] == wanted
               ? Status()
               : corrupt("word codes: a code breaks off");
  }

  Status put_word(ByteSpan word) {
    if (word.size() > text_.size() - at_) {
      return corrupt("word codes: more text than its size says");
    }
    MutableByteSpan to = text_.subspan(at_, word.size());
    std::copy(word.begin(), word.end(), to.begin());
    const std::size_t capitals = case_ == Case::kAll ? to.size() : case_ == Case::kFirst ? 1 : 0;
    for (std::size_t i = 0; i < capitals; ++i) {
      to[i] = raised(to[i]);
    }
    case_ = Case::kLower;
    at_ += word.size();
    return {};
  }

  enum class Case : std::uint8_t { kLower, kFirst, kAll };

  ByteReader& reader_;
  const WordCodes& codes_;
  const Dictionary& dictionary_;
  MutableByteSpan text_;
  std::size_t at_ = 0;
  Case case_ = Case::kLower;
};

}  // namespace

Result<std::size_t> decode_words(ByteSpan encoded, MutableByteSpan out) {
  ByteReader reader(encoded);
  const auto size = reader.varint();
  if (!size.ok()) {
    return size.status();
  }
  if (*size > out.size()) {
    return Status(Code::kLimitExceeded, "word codes: the text is larger than the room for it");
  }
  const auto codes = read_codes(reader);
  if (!codes.ok()) {
    return codes.status();
  }
  const auto dictionary = read_dictionary(reader, *codes);
  if (!dictionary.ok()) {
    return dictionary.status();
  }
  if (Status status = BodyReader(reader, *codes, *dictionary, out.first(*size)).read();
      !status.ok()) {
    return status;
  }
  return *size;
}

}  // namespace kompakt
