/// \file
/// What the models remember of the bytes so far.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mixing/context_hash.hpp"

namespace kompakt {

/// The last bytes, and what followed the last one before.
struct ByteHistory {
  std::uint32_t last4 = 0;                        ///< the newest in the low byte
  std::uint32_t before4 = 0;                      ///< the four before these
  std::array<std::uint32_t, 256> after_byte{};    ///< the last three bytes that followed a byte
  std::array<std::uint32_t, 65536> after_pair{};  ///< the last two that followed a pair

  [[nodiscard]] std::uint32_t last() const noexcept { return last4 & 0xFFU; }
  /// Byte `back` (1 to 8) from the end.
  [[nodiscard]] std::uint32_t byte(unsigned back) const noexcept {
    return (back <= 4 ? last4 >> (8 * (back - 1)) : before4 >> (8 * (back - 5))) & 0xFFU;
  }
  /// The last `count` (1 to 8) bytes as a context.
  [[nodiscard]] std::uint32_t order(unsigned count) const noexcept {
    if (count < 4) {
      return last4 & ((1U << (8 * count)) - 1);
    }
    return count == 4
               ? last4
               : hash_of(last4, count == 8 ? before4 : before4 & ((1U << (8 * (count - 4))) - 1));
  }
  void update(std::uint32_t byte) noexcept {
    std::uint32_t& one = after_byte[last()];
    one = (one << 8U | byte) & 0xFFFFFFU;
    std::uint32_t& two = after_pair[last4 & 0xFFFFU];
    two = (two << 8U | byte) & 0xFFFFU;
    before4 = before4 << 8U | last4 >> 24U;
    last4 = last4 << 8U | byte;
  }
};

/// A coarse alphabet: what sort of byte this is, 1 to 15.
[[nodiscard]] constexpr std::uint32_t byte_class(std::uint32_t byte) noexcept {
  constexpr auto kClasses = [] {
    std::array<std::uint8_t, 256> classes{};
    for (std::uint32_t b = 0; b < 256; ++b) {
      classes[b] = b >= 128 ? 4 : b < 32 ? 14 : 15;
      classes[b] = b >= 'a' && b <= 'z' ? std::uint8_t{1} : classes[b];
      classes[b] = b >= 'A' && b <= 'Z' ? std::uint8_t{2} : classes[b];
      classes[b] = b >= '0' && b <= '9' ? std::uint8_t{3} : classes[b];
    }
    constexpr std::array<std::string_view, 9> kSigns = {" ",    "\n",   ".!?",   ",;:", "\"'",
                                                        "<([{", ">)]}", "=-+*/", "_\\"};
    for (std::size_t i = 0; i < kSigns.size(); ++i) {
      for (const char sign : kSigns[i]) {
        classes[static_cast<std::uint8_t>(sign)] = static_cast<std::uint8_t>(5 + i);
      }
    }
    return classes;
  }();
  return kClasses[byte & 0xFFU];
}

/// Words, and the lines and fields they stand in.
struct TextHistory {
  std::uint32_t word = 0;  ///< hash of the letters and digits since the last other byte
  std::array<std::uint32_t, 3> earlier{};  ///< the words before, the newest first
  std::uint32_t gap = 0;                   ///< hash of the bytes since the last word
  std::uint32_t exact = 0;                 ///< of the word, case and the gap before it included
  std::uint32_t suffix = 0;                ///< last bytes of this word, and of the one before
  std::uint32_t earlier_suffix = 0;
  std::uint32_t first = 0;  ///< first byte of this word, and of the one before
  std::uint32_t earlier_first = 0;
  std::uint32_t length = 0;  ///< bytes of this word, of the one before, and of the gap
  std::uint32_t earlier_length = 0;
  std::uint32_t gap_length = 0;
  std::uint32_t classes = 0;      ///< byte_class() of the last eight bytes
  std::uint32_t signs = 0;        ///< last bytes that were neither in words nor blanks
  std::uint32_t number = 0;       ///< hash of the digits just before here
  std::uint32_t digits = 0;       ///< how many
  std::uint32_t long_number = 0;  ///< the last one of at least three digits
  std::uint32_t line = 0;         ///< position where this line begins
  std::uint32_t line_above = 0;   ///< and where the one before
  std::uint32_t line_above2 = 0;
  std::uint32_t field = 0;      ///< number of separators in this line, runs counted once
  std::uint32_t separator = 0;  ///< the last of them

  [[nodiscard]] static bool in_word(std::uint32_t byte) noexcept { return byte_class(byte) <= 4; }
  [[nodiscard]] static bool separates(std::uint32_t byte) noexcept {
    return byte == ' ' || byte == ',' || byte == ';' || byte == '\t' || byte == '>' ||
           byte == '<' || byte == '=' || byte == '"' || byte == ':' || byte == '|' || byte == '/';
  }
  /// What stands between the last word's end and here, or the word that has begun.
  [[nodiscard]] std::uint32_t token() const noexcept { return word != 0 ? word : gap; }
  /// Position in the line above that is as far from its start as `position` is from this one's;
  /// `position` itself where that line was shorter.
  [[nodiscard]] std::uint32_t above(std::uint32_t position) const noexcept {
    const std::uint32_t at = line_above + (position - line);
    return line_above < line && at < line ? at : position;
  }
  /// The same in the line above that.
  [[nodiscard]] std::uint32_t above2(std::uint32_t position) const noexcept {
    const std::uint32_t at = line_above2 + (position - line);
    return line_above2 < line_above && at < line_above ? at : position;
  }
  /// Takes the byte before `position`; `previous` came before it.
  void update(std::uint32_t byte, std::uint32_t previous, std::uint32_t position) noexcept {
    classes = classes << 4U | byte_class(byte);
    count_digits(byte, previous);
    if (in_word(byte)) {
      extend_word(byte);
      return;
    }
    extend_gap(byte);
    if (byte == '\n') {
      line_above2 = line_above;
      line_above = line;
      line = position;
      field = 0;
      separator = 0;
    } else if (separates(byte)) {
      field += previous != byte ? 1 : 0;
      separator = byte;
    }
  }

 private:
  void extend_word(std::uint32_t byte) noexcept {
    if (word == 0) {
      first = byte;
      length = 0;
      exact = gap;
      suffix = 0;
    }
    word = hash_of(word, byte | 0x20U);
    exact = hash_of(exact, byte);
    suffix = suffix << 8U | byte;
    ++length;
  }
  void extend_gap(std::uint32_t byte) noexcept {
    if (word != 0) {
      earlier = {word, earlier[0], earlier[1]};
      earlier_suffix = suffix;
      earlier_first = first;
      earlier_length = length;
      word = 0;
      length = 0;
      gap = 0;
      gap_length = 0;
    }
    gap = hash_of(gap, byte);
    ++gap_length;
    signs = byte != ' ' ? signs << 8U | byte : signs;
  }
  void count_digits(std::uint32_t byte, std::uint32_t previous) noexcept {
    if (byte_class(byte) == 3) {
      number = hash_of(number + (previous == '-' ? 1U : 0U), byte);
      ++digits;
    } else if (digits != 0) {
      long_number = digits >= 3 ? number : long_number;
      number = 0;
      digits = 0;
    }
  }
};

/// Words of letters only. Typeset text, "(w)27(ord)-333(next)" in PDF, does not end them at numbers
/// of few digits between parentheses, which move letters closer; in other text such runs are rare.
struct LetterHistory {
  std::uint32_t word = 0;
  std::array<std::uint32_t, 2> earlier{};
  std::uint32_t between = 0;  ///< after a closing parenthesis: 1 and the bytes of the number

  void update(std::uint32_t byte, std::uint32_t previous) noexcept {
    const std::uint32_t sort = byte_class(byte);
    const bool digit = sort == 3;
    if (between != 0) {
      if (byte == '(') {
        end_word(between > kCloser);
        between = 0;
      } else if ((digit || byte == '-' || byte == '.') && between < 8) {
        ++between;
      } else {
        between = 0;
        end_word(true);
      }
    } else if (byte == ')') {
      between = 1;
    } else if (sort <= 2 || sort == 4 || byte == '\\' || previous == '\\' ||
               (code_ != 0 && digit)) {
      // A backslash begins the number of a letter.
      word = hash_of(word, byte | 0x20U);
      code_ = byte == '\\' ? 3 : code_ - (code_ != 0 ? 1U : 0U);
    } else {
      end_word(true);
    }
  }

 private:
  static constexpr std::uint32_t kCloser = 4;
  void end_word(bool ended) noexcept {
    if (ended && word != 0) {
      earlier = {word, earlier[0]};
      word = 0;
    }
  }
  std::uint32_t code_ = 0;  // digits that may follow a backslash
};

/// Where the fields of this line and of the line above begin.
struct FieldHistory {
  /// Takes the byte before `position`.
  void update(std::uint32_t byte, std::uint32_t position) noexcept {
    if (byte == '\n') {
      above_ = here_;
      fields_above_ = fields_;
      fields_ = 0;
      here_[0] = position;
    } else if (TextHistory::separates(byte) && fields_ + 1 < kMost) {
      here_[++fields_] = position;
    }
  }
  /// Position in the same field of the line above, as far from its start as `position` is from
  /// this one's; `position` where there is none.
  [[nodiscard]] std::uint32_t above(std::uint32_t position) const noexcept {
    if (fields_ > fields_above_) {
      return position;
    }
    const std::uint32_t start = here_[fields_];
    const std::uint32_t at = above_[fields_] + (position - start);
    return at < here_[0] ? at : position;
  }

 private:
  static constexpr std::uint32_t kMost = 64;
  std::array<std::uint32_t, kMost> here_{};
  std::array<std::uint32_t, kMost> above_{};
  std::uint32_t fields_ = 0;
  std::uint32_t fields_above_ = 0;
};

/// The tags and brackets that are open.
struct NestingHistory {
  enum class Place : std::uint8_t { kOutside, kName, kAttributes, kClosing };
  Place place = Place::kOutside;
  std::uint32_t name = 0;  ///< hash of the name of the tag that has begun
  std::uint32_t quoted = 0;
  std::uint32_t since_bracket = 0;

  /// Takes a byte; `previous` came before it.
  void update(std::uint32_t byte, std::uint32_t previous) noexcept {
    update_tags(byte, previous);
    ++since_bracket;
    if (byte == '(' || byte == '[' || byte == '{') {
      brackets_ += brackets_ + 1 < kMost ? 1 : 0;
      bracket_[brackets_] = byte;
      since_bracket = 0;
    } else if (byte == ')' || byte == ']' || byte == '}') {
      brackets_ -= brackets_ != 0 ? 1 : 0;
      since_bracket = 0;
    }
    quoted = byte == '\n' ? 0 : byte == '"' ? quoted ^ 1U : quoted;
  }
  [[nodiscard]] std::uint32_t tag() const noexcept { return tag_[tags_]; }
  [[nodiscard]] std::uint32_t outer_tag() const noexcept {
    return tags_ != 0 ? tag_[tags_ - 1] : 0;
  }
  [[nodiscard]] std::uint32_t bracket() const noexcept { return bracket_[brackets_]; }
  [[nodiscard]] std::uint32_t brackets() const noexcept { return brackets_; }

 private:
  static constexpr std::uint32_t kMost = 16;

  void update_tags(std::uint32_t byte, std::uint32_t previous) noexcept {
    if (byte == '<') {
      place = Place::kName;
      name = 0;
    } else if (place == Place::kOutside) {
      return;
    } else if (byte == '>') {
      if (place == Place::kClosing) {
        tags_ -= tags_ != 0 ? 1 : 0;
      } else if (previous != '/' && previous != '?') {
        tags_ += tags_ + 1 < kMost ? 1 : 0;
        tag_[tags_] = name;
      }
      place = Place::kOutside;
    } else if (place == Place::kName) {
      place = byte == '/' && previous == '<' ? Place::kClosing
              : byte == ' '                  ? Place::kAttributes
                                             : Place::kName;
      name = place == Place::kName ? hash_of(name, byte) : name;
    }
  }

  std::array<std::uint32_t, kMost> tag_{};
  std::array<std::uint32_t, kMost> bracket_{};
  std::uint32_t tags_ = 0;
  std::uint32_t brackets_ = 0;
};

}  // namespace kompakt
