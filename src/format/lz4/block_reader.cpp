#include "format/lz4/block_reader.hpp"

#include <algorithm>
#include <string>

#include "core/endian.hpp"

namespace kompakt::lz4_frame {
namespace {

Status truncated(const char* where) {
  return {Code::kTruncated, std::string("lz4: the input ends inside ") + where};
}

}  // namespace

Result<bool> BlockReader::next(BlockGroup& group) {
  group.size = group.blocks = 0;
  group.opens = group.closes = false;
  group.check.reset();
  if (!inside_) {
    auto entered = enter_frame(group);
    if (!entered.ok() || !*entered) {
      return entered;
    }
  }
  group.rules = header_.rules;
  group.content = header_.content;
  group.begin = input_.position();
  for (;;) {
    if (group.blocks == group_blocks(group.rules)) {
      const auto ends = frame_ends_here();
      if (!ends.ok()) {
        return ends.status();
      }
      if (!*ends) {
        break;
      }
    }
    const auto step = take_block(group);
    if (!step.ok()) {
      return step.status();
    }
    if (*step == Step::kFrameEnd) {
      inside_ = false;
      group.closes = true;
      break;
    }
  }
  group.end = input_.position();
  return true;
}

// So that the last blocks of a frame know that they are: only those may be short.
Result<bool> BlockReader::frame_ends_here() {
  if (Status filled = input_.fill(kWordSize); !filled.ok()) {
    return filled;
  }
  const ByteSpan at_hand = input_.available();
  if (header_.rules.legacy) {
    return at_hand.empty();
  }
  return at_hand.size() >= kWordSize && load_le<std::uint32_t>(at_hand) == 0;
}

// Stands behind the next frame's header. False at the end of the input.
Result<bool> BlockReader::enter_frame(BlockGroup& group) {
  for (;;) {
    if (Status filled = input_.fill(kMaxHeader); !filled.ok()) {
      return filled;
    }
    if (input_.available().empty()) {
      return false;
    }
    const auto header =
        parse_header(input_.available().first(std::min(input_.available().size(), kMaxHeader)));
    if (!header.ok()) {
      return header.status();
    }
    if (header->skippable) {
      ++counts_.skipped;
      if (Status skipped = skip(header->size + header->skip); !skipped.ok()) {
        return skipped;
      }
      continue;
    }
    if (header->dictionary.value_or(0) != 0 && !has_dictionary_) {
      return Status(Code::kMissingResource,
                    "lz4: the frame needs dictionary " + std::to_string(*header->dictionary));
    }
    header_ = *header;
    group.opens = true;
    group.frame = input_.position();
    input_.consume(header_.size);
    inside_ = true;
    if (counts_.frames++ == 0) {
      counts_.checksum = header_.rules.checksum;
    }
    counts_.linked = counts_.linked || header_.rules.linked;
    return true;
  }
}

Status BlockReader::skip(std::uint64_t count) {
  while (count != 0) {
    if (Status filled = input_.fill(1); !filled.ok()) {
      return filled;
    }
    const std::uint64_t step = std::min<std::uint64_t>(count, input_.available().size());
    if (step == 0) {
      return truncated("a skippable frame");
    }
    input_.consume(static_cast<std::size_t>(step));
    count -= step;
  }
  return {};
}

Result<BlockReader::Step> BlockReader::take_block(BlockGroup& group) {
  const BlockRules& rules = header_.rules;
  if (Status filled = input_.fill(kWordSize); !filled.ok()) {
    return filled;
  }
  if (rules.legacy && input_.available().empty()) {
    return Step::kFrameEnd;
  }
  if (input_.available().size() < kWordSize) {
    return truncated("a frame");
  }
  const auto word = load_le<std::uint32_t>(input_.available());
  if (!rules.legacy && word == 0) {
    input_.consume(kWordSize);
    return end_frame(group);
  }
  const std::size_t size = rules.legacy ? word : word & ~kStoredBit;
  if (size > rules.max_stored()) {
    // Nothing but the next frame's magic number or the end of the input ends a legacy frame.
    if (rules.legacy && is_magic(word)) {
      return Step::kFrameEnd;
    }
    return Status(Code::kCorrupt, "lz4: a block is larger than its frame allows");
  }
  const std::size_t record = kWordSize + size + (rules.block_checks ? kWordSize : 0);
  if (Status filled = input_.fill(record); !filled.ok()) {
    return filled;
  }
  if (input_.available().size() < record) {
    return truncated("a block");
  }
  group.records.resize_discard(group_blocks(rules) * (rules.max_stored() + 2 * kWordSize));
  std::copy_n(input_.available().begin(), record, group.records.data() + group.size);
  group.size += record;
  ++group.blocks;
  ++counts_.blocks;
  input_.consume(record);
  return Step::kBlock;
}

Result<BlockReader::Step> BlockReader::end_frame(BlockGroup& group) {
  if (header_.rules.checksum) {
    if (Status filled = input_.fill(kWordSize); !filled.ok()) {
      return filled;
    }
    if (input_.available().size() < kWordSize) {
      return truncated("a frame");
    }
    group.check = load_le<std::uint32_t>(input_.available());
    input_.consume(kWordSize);
  }
  return Step::kFrameEnd;
}

}  // namespace kompakt::lz4_frame
