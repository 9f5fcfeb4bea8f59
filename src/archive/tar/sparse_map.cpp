#include "archive/tar/sparse_map.hpp"

#include <algorithm>

#include "archive/tar/pax.hpp"
#include "archive/tar/tar_header.hpp"

namespace kompakt::tar {
namespace {

constexpr std::size_t kNumberSize = 12;
constexpr std::size_t kLongestLine = 20;

Status damaged(const char* what) { return {Code::kCorrupt, std::string("sparse map: ") + what}; }

Status too_many() {
  return {Code::kLimitExceeded, "sparse map: more than " + std::to_string(kMostRuns) + " runs"};
}

}  // namespace

Status parse_gnu_map(ByteSpan bytes, std::size_t count, std::vector<Extent>& runs) {
  for (; count > 0; --count, bytes = bytes.subspan(2 * kNumberSize)) {
    if (bytes[0] == std::byte{0}) {
      return {};
    }
    const auto offset = parse_number(bytes.first(kNumberSize));
    const auto length = parse_number(bytes.subspan(kNumberSize, kNumberSize));
    if (!offset || !length || *offset < 0 || *length < 0) {
      return damaged("a number that is none");
    }
    if (runs.size() == kMostRuns) {
      return too_many();
    }
    runs.push_back({.offset = static_cast<std::uint64_t>(*offset),
                    .length = static_cast<std::uint64_t>(*length),
                    .hole = false});
  }
  return {};
}

Status TextMapParser::take_number(std::uint64_t number) {
  if (!left_) {
    if (number > kMostRuns) {
      return too_many();
    }
    left_ = 2 * number;
    return {};
  }
  if (length_next_) {
    runs_.back().length = number;
  } else {
    runs_.push_back({.offset = number, .length = 0, .hole = false});
  }
  length_next_ = !length_next_;
  --*left_;
  return {};
}

Result<bool> TextMapParser::take(ByteSpan block) {
  for (const std::byte byte : block) {
    if (byte != std::byte{'\n'}) {
      if (line_.size() == kLongestLine) {
        return damaged("a line that is too long");
      }
      line_ += static_cast<char>(byte);
      continue;
    }
    const auto number = parse_decimal(line_);
    if (!number) {
      return damaged("a number that is none");
    }
    line_.clear();
    if (Status status = take_number(*number); !status.ok()) {
      return status;
    }
    if (*left_ == 0) {
      return true;
    }
  }
  return false;
}

Status check_runs(std::vector<Extent>& runs, std::uint64_t real_size, std::uint64_t stored) {
  std::uint64_t end = 0;
  std::uint64_t total = 0;
  for (const Extent& run : runs) {
    if (run.offset < end || run.offset > real_size || run.length > real_size - run.offset) {
      return damaged("runs overlap, or lie outside the file");
    }
    end = run.offset + run.length;
    total += run.length;  // at most real_size
  }
  if (total > stored) {
    return damaged("more content than is stored");
  }
  std::erase_if(runs, [](const Extent& run) { return run.length == 0; });
  return {};
}

std::string format_text_map(const std::vector<Extent>& runs, std::uint64_t real_size) {
  // A hole at the end is told by an empty run: readers take the file's size from there.
  const bool hole_at_end = runs.empty() || runs.back().offset + runs.back().length != real_size;
  std::string text = std::to_string(runs.size() + (hole_at_end ? 1 : 0)) + '\n';
  for (const Extent& run : runs) {
    text += std::to_string(run.offset) + '\n' + std::to_string(run.length) + '\n';
  }
  if (hole_at_end) {
    text += std::to_string(real_size) + "\n0\n";
  }
  text.resize(text.size() + padding_of(text.size()), '\0');
  return text;
}

}  // namespace kompakt::tar
