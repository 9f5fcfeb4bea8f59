#include "chunk/data_type_text.hpp"

#include <algorithm>
#include <string_view>

namespace kompakt {
namespace {

constexpr std::size_t kLineSample = 8192;  // of a window; bounds the time of the line measure

bool is_letter(std::size_t byte) {
  const std::size_t lower = byte | 0x20U;
  return lower >= 'a' && lower <= 'z';
}

// Control codes that text has no use for. Zero is judged apart: archives pad text with it.
bool is_strange_control(std::size_t byte) {
  return (byte < 0x20 && byte != 0 && !(byte >= 0x09 && byte <= 0x0D) && byte != 0x1B) ||
         byte == 0x7F;
}

struct Shares {
  std::size_t letters = 0;
  std::size_t high = 0;
  std::size_t printable = 0;  // all ASCII from space to tilde
  std::size_t blanks = 0;     // space, tab, line feed, carriage return
  std::size_t strange = 0;
  std::size_t zeros = 0;
  std::size_t marks = 0;  // digits, and what separates fields and tags
  std::size_t angles = 0;
};

bool is_mark(std::size_t byte) {
  constexpr std::string_view kMarks = "<>{}[]\":;=,|/\\";
  return (byte >= '0' && byte <= '9') ||
         kMarks.find(static_cast<char>(byte)) != std::string_view::npos;
}

Shares sum_shares(const ByteCounts& counts) {
  Shares shares;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::uint32_t n = counts[byte];
    shares.letters += is_letter(byte) ? n : 0;
    shares.high += byte >= 0x80 ? n : 0;
    shares.printable += byte >= 0x20 && byte < 0x7F ? n : 0;
    shares.blanks += byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' ? n : 0;
    shares.strange += is_strange_control(byte) ? n : 0;
    shares.marks += byte < 0x7F && is_mark(byte) ? n : 0;
  }
  shares.zeros = counts[0];
  shares.angles = counts['<'] + counts['>'];
  return shares;
}

// Runs of zeros. Archives of small texts have one in a dozen other bytes; 16-bit text has one a
// character.
std::size_t count_zero_runs(ByteSpan window) {
  std::size_t runs = 0;
  for (std::size_t i = 1; i < window.size(); ++i) {
    runs += window[i] == std::byte{0} && window[i - 1] != std::byte{0} ? 1U : 0U;
  }
  return runs;
}

// Bytes >= 0x80 that do not stand in a well-formed UTF-8 sequence. Overlong forms pass: this tells
// encodings apart and validates nothing.
std::size_t count_bad_utf8(ByteSpan window) {
  std::size_t bad = 0;
  std::size_t i = 0;
  while (i < window.size()) {
    const auto lead = std::to_integer<unsigned>(window[i]);
    ++i;
    if (lead < 0x80) {
      continue;
    }
    std::size_t more = lead >= 0xC2 && lead < 0xE0   ? 1
                       : lead >= 0xE0 && lead < 0xF0 ? 2
                       : lead >= 0xF0 && lead < 0xF5 ? 3
                                                     : 0;
    if (more == 0) {
      ++bad;
      continue;
    }
    while (more > 0 && i < window.size() &&
           (std::to_integer<unsigned>(window[i]) & 0xC0U) == 0x80) {
      ++i;
      --more;
    }
    bad += more > 0 && i < window.size() ? 1U : 0U;
  }
  return bad;
}

struct LineMeasure {
  std::size_t compared = 0;  // bytes that have one above them in the line before
  std::size_t equal = 0;     // of these, the ones equal to it and no blank
};

LineMeasure measure_lines(ByteSpan sample) {
  LineMeasure measure;
  std::size_t above = 0;
  std::size_t above_end = 0;
  std::size_t line = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const std::byte byte = sample[i];
    if (byte == std::byte{'\n'}) {
      above = line;
      above_end = i;
      line = i + 1;
      continue;
    }
    if (above < above_end) {
      ++measure.compared;
      measure.equal += sample[above] == byte && byte > std::byte{' '} ? 1U : 0U;
      ++above;
    }
  }
  return measure;
}

}  // namespace

ByteCounts count_bytes(ByteSpan window) noexcept {
  // Four tables: equal neighbours do not wait for each other's store.
  std::array<ByteCounts, 4> tables{};
  std::size_t i = 0;
  for (; i + 4 <= window.size(); i += 4) {
    for (std::size_t k = 0; k < 4; ++k) {
      ++tables[k][std::to_integer<std::size_t>(window[i + k])];
    }
  }
  for (; i < window.size(); ++i) {
    ++tables[0][std::to_integer<std::size_t>(window[i])];
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    tables[0][byte] += tables[1][byte] + tables[2][byte] + tables[3][byte];
  }
  return tables[0];
}

TextKind text_kind(ByteSpan window, const ByteCounts& counts) noexcept {
  const Shares shares = sum_shares(counts);
  const std::size_t n = window.size() - shares.zeros;
  if (n < 16 || n * 4 < window.size() || shares.strange * 100 > n) {
    return TextKind::kNone;
  }
  if (shares.zeros > 0 && count_zero_runs(window) * 12 > n) {
    return TextKind::kNone;
  }
  if (shares.high * 20 > n) {
    // Letters of other alphabets: they come as UTF-8, or between the blanks that words have.
    const std::size_t bad = count_bad_utf8(window);
    const bool utf8 = bad * 50 <= shares.high;
    const bool words = shares.blanks * 25 >= n && shares.blanks * 5 <= n * 2 &&
                       (shares.letters + shares.high) * 2 >= n && shares.strange * 500 <= n;
    if (!utf8 && !words) {
      return TextKind::kNone;
    }
  } else if ((shares.printable + shares.blanks) * 100 < n * 90) {
    return TextKind::kNone;
  }
  const LineMeasure lines = measure_lines(window.first(std::min(window.size(), kLineSample)));
  if (lines.equal * 5 > lines.compared && lines.compared * 4 > std::min(n, kLineSample)) {
    return TextKind::kLines;
  }
  return shares.marks * 5 > n || shares.angles * 50 > n ? TextKind::kLines : TextKind::kProse;
}

bool may_be_text(ByteSpan chunk) noexcept {
  std::size_t strange = 0;
  for (const std::byte byte : chunk) {
    const auto value = std::to_integer<std::size_t>(byte);
    strange += value == 0 || is_strange_control(value) ? 1U : 0U;
  }
  return strange * 64 <= chunk.size();
}

}  // namespace kompakt
