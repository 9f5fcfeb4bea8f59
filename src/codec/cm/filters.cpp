#include "codec/cm/filters.hpp"

#include <algorithm>
#include <utility>

#include "transform/e8e9.hpp"
#include "transform/word_replacement.hpp"

namespace kompakt::cm {
namespace {

void swap_pairs(MutableByteSpan data) {
  for (std::size_t i = 0; i + 1 < data.size(); i += 2) {
    std::swap(data[i], data[i + 1]);
  }
}

}  // namespace

bool apply_filter(Filter filter, StreamBytes& data) {
  const bool in_place = filter != Filter::kNone && filter != Filter::kWords;
  if (in_place && data.own.empty()) {
    data.own.assign(data.bytes.begin(), data.bytes.end());
    data.bytes = data.own;
  }
  switch (filter) {
    case Filter::kNone:
      break;
    case Filter::kX86:
      encode_x86(data.own, 0, X86Mode::kBranches);
      break;
    case Filter::kX86Wide:
      encode_x86(data.own, 0, X86Mode::kBranchesAndData);
      break;
    case Filter::kWords: {
      std::vector<std::byte> coded;
      if (!encode_words(data.bytes, coded)) {
        return false;
      }
      data.own = std::move(coded);
      data.bytes = data.own;
      break;
    }
    case Filter::kSwapPairs:
      swap_pairs(data.own);
      break;
  }
  return true;
}

Status undo_filter(Filter filter, MutableByteSpan data, MutableByteSpan out) {
  switch (filter) {
    case Filter::kNone:
      break;
    case Filter::kX86:
      decode_x86(data, 0, X86Mode::kBranches);
      break;
    case Filter::kX86Wide:
      decode_x86(data, 0, X86Mode::kBranchesAndData);
      break;
    case Filter::kWords: {
      const auto size = decode_words(data, out);
      if (size.ok() && *size != out.size()) {
        return {Code::kCorrupt, "cm: a text is not as long as its regions"};
      }
      return size.status();
    }
    case Filter::kSwapPairs:
      swap_pairs(data);
      break;
  }
  if (data.data() != out.data()) {
    std::ranges::copy(data, out.begin());
  }
  return {};
}

}  // namespace kompakt::cm
