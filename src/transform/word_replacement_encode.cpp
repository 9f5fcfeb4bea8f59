// The writing half of word_replacement.hpp.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/varint.hpp"
#include "transform/word_codes.hpp"
#include "transform/word_replacement.hpp"

namespace kompakt {
namespace {

enum class Case : std::uint8_t { kLower, kFirst, kAll, kMixed };

// A run of letters in the text.
struct Word {
  std::size_t begin = 0;
  std::size_t size = 0;
  Case letters = Case::kLower;
};

// The next run of letters at or behind `at`; size 0 where there is none.
Word next_word(ByteSpan text, std::size_t at) {
  while (at < text.size() && !is_word_byte(text[at])) {
    ++at;
  }
  Word word{.begin = at};
  std::size_t upper = 0;
  std::size_t lower = 0;
  for (; at < text.size() && is_word_byte(text[at]); ++at) {
    upper += is_upper(text[at]) ? 1U : 0U;
    lower += is_lower(text[at]) ? 1U : 0U;
  }
  word.size = at - word.begin;
  if (upper == 0) {
    word.letters = Case::kLower;
  } else if (upper == 1 && is_upper(text[word.begin])) {
    word.letters = Case::kFirst;
  } else {
    word.letters = lower == 0 ? Case::kAll : Case::kMixed;
  }
  return word;
}

bool may_be_coded(const Word& word) {
  return word.size >= 2 && word.size <= kMaxWord && word.letters != Case::kMixed;
}

// A word in lower case, for looking it up.
struct LowerWord {
  std::array<std::byte, kMaxWord> bytes{};
  std::size_t size = 0;
  std::uint32_t hash = 0;

  LowerWord(ByteSpan text, const Word& word) : size(word.size) {
    hash = 0x811C9DC5U;
    for (std::size_t i = 0; i < size; ++i) {
      const std::byte byte = text[word.begin + i];
      bytes[i] = is_upper(byte) ? other_case(byte) : byte;
      hash = (hash ^ std::to_integer<std::uint32_t>(bytes[i])) * 0x01000193U;
    }
    hash ^= hash >> 15U;
  }
};

constexpr std::uint32_t kNoCode = std::numeric_limits<std::uint32_t>::max();

struct Entry {
  std::uint32_t hash = 0;
  std::uint32_t begin = 0;  // of its letters in the store
  std::uint32_t size = 0;   // 0: the slot is free
  std::uint32_t count = 0;
  std::uint32_t code = kNoCode;
};

// The words of a text, in an open hash table; their letters in a store.
class Vocabulary {
 public:
  Vocabulary() : slots_(std::size_t{1} << 12U) {}

  Entry& add(const LowerWord& word) {
    Entry& slot = slots_[find(word)];
    if (slot.size == 0) {
      slot = {.hash = word.hash,
              .begin = static_cast<std::uint32_t>(letters_.size()),
              .size = static_cast<std::uint32_t>(word.size)};
      letters_.insert(letters_.end(), word.bytes.begin(),
                      word.bytes.begin() + static_cast<std::ptrdiff_t>(word.size));
      if (++used_ * 2 > slots_.size()) {
        grow();
        return slots_[find(word)];
      }
    }
    return slot;
  }

  [[nodiscard]] const Entry& look_up(const LowerWord& word) const { return slots_[find(word)]; }

  [[nodiscard]] ByteSpan letters(const Entry& entry) const {
    return ByteSpan(letters_).subspan(entry.begin, entry.size);
  }

  [[nodiscard]] std::vector<Entry>& slots() { return slots_; }

 private:
  [[nodiscard]] std::size_t find(const LowerWord& word) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = word.hash & mask;
    while (slots_[at].size != 0 &&
           (slots_[at].hash != word.hash || slots_[at].size != word.size ||
            std::memcmp(letters_.data() + slots_[at].begin, word.bytes.data(), word.size) != 0)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void grow() {
    std::vector<Entry> old(slots_.size() * 2);
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Entry& entry : old) {
      if (entry.size != 0) {
        std::size_t at = entry.hash & mask;
        while (slots_[at].size != 0) {
          at = (at + 1) & mask;
        }
        slots_[at] = entry;
      }
    }
  }

  std::vector<Entry> slots_;
  std::vector<std::byte> letters_;
  std::size_t used_ = 0;
};

struct Flags {
  std::byte escape{};
  std::byte first{};
  std::byte all{};
};

constexpr std::size_t kFewestCodeBytes = 16;

// The bytes that the text has no use for, or next to none.
struct Alphabet {
  Flags flags;
  ByteSet code_bytes{};
  std::size_t code_count = 0;
};

Alphabet choose_alphabet(ByteSpan text) {
  std::array<std::size_t, 256> counts{};
  for (const std::byte byte : text) {
    ++counts[std::to_integer<std::size_t>(byte)];
  }
  const auto rarer = [&](std::size_t a, std::size_t b) {
    return counts[a] != counts[b] ? counts[a] < counts[b] : a < b;
  };
  std::vector<std::size_t> controls;
  for (std::size_t value = 0; value < 0x20; ++value) {
    controls.push_back(value);
  }
  std::sort(controls.begin(), controls.end(), rarer);
  Alphabet alphabet;
  alphabet.flags = {.escape = static_cast<std::byte>(controls[0]),
                    .first = static_cast<std::byte>(controls[1]),
                    .all = static_cast<std::byte>(controls[2])};
  std::vector<std::size_t> upper_half;
  for (std::size_t value = 0x80; value < 256; ++value) {
    upper_half.push_back(value);
  }
  std::sort(upper_half.begin(), upper_half.end(), rarer);
  std::size_t escapes = 0;
  for (const std::size_t value : upper_half) {
    escapes += counts[value];
    if (escapes > text.size() / 1024) {
      break;
    }
    alphabet.code_bytes[value] = true;
    ++alphabet.code_count;
  }
  return alphabet;
}

// A word that is rarer costs as much in the dictionary as it saves in the text.
constexpr std::uint32_t kLeastCount = 4;

// Gives codes to the words that are worth it: the most frequent ones the shortest. Those whose
// codes have the same length lie in the order of the alphabet, so that related words have related
// codes.
std::vector<Entry*> assign_codes(Vocabulary& vocabulary, const WordCodes& codes) {
  std::vector<Entry*> words;
  for (Entry& entry : vocabulary.slots()) {
    if (entry.count >= kLeastCount) {
      words.push_back(&entry);
    }
  }
  const auto spelled_before = [&](const Entry* a, const Entry* b) {
    const ByteSpan x = vocabulary.letters(*a);
    const ByteSpan y = vocabulary.letters(*b);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  };
  std::sort(words.begin(), words.end(), [&](const Entry* a, const Entry* b) {
    return a->count != b->count ? a->count > b->count : spelled_before(a, b);
  });
  const std::array<std::size_t, 3> ends = {codes.one(), codes.two(),
                                           std::min(codes.three(), kMaxWords)};
  std::vector<Entry*> chosen;
  std::size_t begin = 0;
  std::size_t length = 1;
  auto next = words.begin();
  for (const std::size_t end : ends) {
    for (; next != words.end() && chosen.size() < end; ++next) {
      if ((*next)->size > length) {
        chosen.push_back(*next);
      }
    }
    std::sort(chosen.begin() + static_cast<std::ptrdiff_t>(begin), chosen.end(), spelled_before);
    begin = chosen.size();
    ++length;
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    chosen[i]->code = static_cast<std::uint32_t>(i);
  }
  return chosen;
}

// What the text becomes shorter by, flags, escapes and the dictionary not counted.
std::uint64_t saved_at_most(const std::vector<Entry*>& words, const WordCodes& codes) {
  std::uint64_t saved = 0;
  for (std::size_t code = 0; code < words.size(); ++code) {
    const std::size_t length = code < codes.one() ? 1 : code < codes.two() ? 2 : 3;
    saved += std::uint64_t{words[code]->count} * (words[code]->size - length);
  }
  return saved;
}

class BodyWriter {
 public:
  BodyWriter(ByteSpan text, const Vocabulary& vocabulary, const WordCodes& codes,
             const Flags& flags, std::vector<std::byte>& out)
      : text_(text), vocabulary_(vocabulary), codes_(codes), flags_(flags), out_(out) {}

  void write() {
    std::size_t at = 0;
    while (at < text_.size()) {
      const Word word = next_word(text_, at);
      for (; at < word.begin; ++at) {
        put_literal(text_[at]);
      }
      put_word(word);
      at += word.size;
    }
  }

 private:
  void put_literal(std::byte byte) {
    if (codes_.role[std::to_integer<std::size_t>(byte)] != WordRole::kLiteral) {
      out_.push_back(flags_.escape);
    }
    out_.push_back(byte);
  }

  void put_word(const Word& word) {
    const bool flagged = word.letters == Case::kFirst || word.letters == Case::kAll;
    if (word.letters == Case::kFirst) {
      out_.push_back(flags_.first);
    } else if (word.letters == Case::kAll) {
      out_.push_back(flags_.all);
    }
    if (may_be_coded(word)) {
      const std::uint32_t code = vocabulary_.look_up(LowerWord(text_, word)).code;
      if (code != kNoCode) {
        put_code(code);
        return;
      }
    }
    for (std::size_t i = word.begin; i < word.begin + word.size; ++i) {
      const std::byte byte = text_[i];
      put_literal(flagged && is_upper(byte) ? other_case(byte) : byte);
    }
  }

  void put_code(std::size_t code) {
    if (code >= codes_.two()) {
      const std::size_t rest = code - codes_.two();
      out_.push_back(codes_.leads[rest / (codes_.middle_count * codes_.last_count)]);
      out_.push_back(codes_.middles[rest / codes_.last_count % codes_.middle_count]);
      out_.push_back(codes_.lasts[rest % codes_.last_count]);
    } else if (code >= codes_.one()) {
      const std::size_t rest = code - codes_.one();
      out_.push_back(codes_.middles[rest / codes_.last_count]);
      out_.push_back(codes_.lasts[rest % codes_.last_count]);
    } else {
      out_.push_back(codes_.lasts[code]);
    }
  }

  ByteSpan text_;
  const Vocabulary& vocabulary_;
  const WordCodes& codes_;
  Flags flags_;
  std::vector<std::byte>& out_;
};

void put_header(std::size_t text_size, const Alphabet& alphabet, const WordCodes& codes,
                std::vector<std::byte>& out) {
  put_varint(out, text_size);
  out.insert(out.end(), {alphabet.flags.escape, alphabet.flags.first, alphabet.flags.all});
  for (std::size_t i = 0; i < 256; i += 8) {
    unsigned bits = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      bits |= alphabet.code_bytes[i + bit] ? 1U << bit : 0U;
    }
    out.push_back(static_cast<std::byte>(bits));
  }
  out.push_back(static_cast<std::byte>(codes.middle_count));
  out.push_back(static_cast<std::byte>(codes.lead_count));
}

void put_dictionary(const Vocabulary& vocabulary, const std::vector<Entry*>& words,
                    std::vector<std::byte>& out) {
  put_varint(out, words.size());
  ByteSpan before;
  for (const Entry* word : words) {
    const ByteSpan letters = vocabulary.letters(*word);
    const auto end =
        std::mismatch(letters.begin(), letters.end(), before.begin(), before.end()).first;
    const auto shared = static_cast<std::size_t>(end - letters.begin());
    out.push_back(static_cast<std::byte>(shared));
    out.push_back(static_cast<std::byte>(letters.size() - shared));
    out.insert(out.end(), end, letters.end());
    before = letters;
  }
}

}  // namespace

bool encode_words(ByteSpan text, std::vector<std::byte>& out) {
  if (text.empty() || text.size() > std::numeric_limits<std::uint32_t>::max()) {
    return false;
  }
  const Alphabet alphabet = choose_alphabet(text);
  if (alphabet.code_count < kFewestCodeBytes) {
    return false;
  }
  Vocabulary vocabulary;
  for (Word word = next_word(text, 0); word.size != 0;
       word = next_word(text, word.begin + word.size)) {
    if (may_be_coded(word)) {
      ++vocabulary.add(LowerWord(text, word)).count;
    }
  }
  WordCodes codes =
      make_word_codes(alphabet.code_bytes, alphabet.code_count / 4, alphabet.code_count / 8);
  const Flags& flags = alphabet.flags;
  codes.role[std::to_integer<std::size_t>(flags.escape)] = WordRole::kEscape;
  codes.role[std::to_integer<std::size_t>(flags.first)] = WordRole::kFirst;
  codes.role[std::to_integer<std::size_t>(flags.all)] = WordRole::kAll;
  const std::vector<Entry*> words = assign_codes(vocabulary, codes);

  if (saved_at_most(words, codes) < text.size() / 8) {
    return false;
  }

  const std::size_t start = out.size();
  out.reserve(start + text.size());
  put_header(text.size(), alphabet, codes, out);
  put_dictionary(vocabulary, words, out);
  BodyWriter(text, vocabulary, codes, flags, out).write();
  if (out.size() - start > text.size() - text.size() / 8) {
    out.resize(start);
    return false;
  }
  return true;
}

}  // namespace kompakt
