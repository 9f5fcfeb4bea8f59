/// \file
/// Cuts the input into frames and groups of blocks, decoding nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "core/buffer.hpp"
#include "format/common/input_reader.hpp"
#include "format/lz4/frame.hpp"

namespace kompakt::lz4_frame {

/// Some blocks of one frame, as they lie in the input.
struct BlockGroup {
  BlockRules rules;
  Buffer records;
  std::size_t size = 0;                  ///< bytes of `records`
  std::size_t blocks = 0;                ///< at most group_blocks() of the rules
  std::uint64_t begin = 0;               ///< input offset of the first record
  std::uint64_t end = 0;                 ///< input offset behind the last
  bool opens = false;                    ///< the first of its frame
  std::uint64_t frame = 0;               ///< input offset of the frame's header, where `opens`
  bool closes = false;                   ///< the frame ends behind it
  std::optional<std::uint32_t> check;    ///< the content's checksum, with `closes`
  std::optional<std::uint64_t> content;  ///< the content's size, where the frame says it
};

/// Blocks that go together: single ones where they are large.
[[nodiscard]] constexpr std::size_t group_blocks(const BlockRules& rules) noexcept {
  constexpr std::size_t kTarget = std::size_t{1} << 20U;
  return rules.max_block >= kTarget ? 1 : kTarget / rules.max_block;
}

class BlockReader {
 public:
  struct Counts {
    std::uint64_t frames = 0;
    std::uint64_t skipped = 0;
    std::uint64_t blocks = 0;
    bool checksum = false;  ///< of the first frame
    bool linked = false;    ///< any frame
  };

  /// `has_dictionary`: frames that name one can be read.
  BlockReader(InputReader input, bool has_dictionary)
      : input_(std::move(input)), has_dictionary_(has_dictionary) {}
  /// Stands inside a frame, before a block.
  BlockReader(InputReader input, bool has_dictionary, const BlockRules& rules)
      : BlockReader(std::move(input), has_dictionary) {
    inside_ = true;
    header_.rules = rules;
  }

  /// The next blocks; maybe none, with `closes`. False at the end of the input.
  [[nodiscard]] Result<bool> next(BlockGroup& group);
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::uint64_t position() const noexcept { return input_.position(); }

 private:
  enum class Step : std::uint8_t { kBlock, kFrameEnd };
  Result<bool> enter_frame(BlockGroup& group);
  Result<bool> frame_ends_here();
  Result<Step> take_block(BlockGroup& group);
  Result<Step> end_frame(BlockGroup& group);
  Status skip(std::uint64_t count);

  InputReader input_;
  bool has_dictionary_;
  FrameHeader header_;
  bool inside_ = false;
  Counts counts_;
};

}  // namespace kompakt::lz4_frame
