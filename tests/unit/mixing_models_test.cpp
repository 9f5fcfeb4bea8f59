// What a context list may do: look at what is there already, write all of its contexts, and select
// rows that exist. A decoder has no more than that.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "mixing/models/raster.hpp"
#include "mixing/models/records.hpp"
#include "mixing/models/text.hpp"
#include "mixing/models/x86.hpp"

namespace kompakt {
namespace {

constexpr std::uint32_t kUnset = 0xDEADBEEF;

std::vector<std::uint8_t> sample(unsigned kind) {
  constexpr std::string_view kLetters = "etaoin shrdlu\ncm,<wyp>";
  std::vector<std::uint8_t> bytes(400);
  std::uint32_t noise = 7;
  for (std::uint8_t& byte : bytes) {
    noise = noise * 1664525 + 1013904223;
    const std::uint32_t value = noise >> 24U;
    const auto letter = static_cast<std::uint8_t>(kLetters[value % kLetters.size()]);
    byte = kind == 0 ? letter : static_cast<std::uint8_t>(kind == 1 ? value : value >> 6U);
  }
  return bytes;
}

// The bytes up to `position` and nothing behind them: a sanitizer sees a look at what is to come.
template <class Model>
std::vector<std::uint32_t> contexts_of(Model& model, const std::vector<std::uint8_t>& bytes,
                                       std::uint32_t position) {
  const auto seen = std::make_unique<std::uint8_t[]>(position);
  std::copy_n(bytes.begin(), position, seen.get());
  if (position != 0) {
    model.update(seen.get(), position);
  }
  std::vector<std::uint32_t> hashes(Model::kContexts + 1, kUnset);
  model.contexts(seen.get(), position, hashes.data());
  EXPECT_EQ(hashes.back(), kUnset) << "more contexts than it says";
  hashes.pop_back();
  return hashes;
}

template <class Model>
void expect_rows_exist(const Model& model) {
  for (unsigned match = 0; match < 6; ++match) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      BitView view;
      view.bit = bit;
      view.partial = (2U << bit) - 1;
      view.match = match;
      view.expected_bit = match != 0 ? 1 : 0;
      view.expected_byte = match != 0 ? 255 : 0;
      std::array<std::size_t, Model::kSets> rows;
      model.select(view, rows);
      for (std::size_t set = 0; set < Model::kSets; ++set) {
        ASSERT_LT(rows[set], Model::kSetRows[set]) << set;
      }
    }
  }
}

// The same bytes with another future: contexts must not differ.
template <class Model>
void check(const MixSettings& settings) {
  for (unsigned kind = 0; kind < 3; ++kind) {
    const std::vector<std::uint8_t> bytes = sample(kind);
    auto one = std::make_unique<Model>(settings);
    auto other = std::make_unique<Model>(settings);
    std::vector<std::uint8_t> changed = bytes;
    for (std::uint32_t position = 0; position < bytes.size(); ++position) {
      const std::vector<std::uint32_t> hashes = contexts_of(*one, bytes, position);
      ASSERT_EQ(std::ranges::count(hashes, kUnset), 0) << position;
      std::vector<std::uint32_t> again(Model::kContexts + 1);
      std::fill(changed.begin() + position, changed.end(), std::uint8_t{0xEE});
      if (position != 0) {
        changed[position - 1] = bytes[position - 1];
        other->update(changed.data(), position);
      }
      other->contexts(changed.data(), position, again.data());
      again.pop_back();
      ASSERT_EQ(hashes, again) << position;
      expect_rows_exist(*one);
    }
  }
}

template <MixStrength kStrength>
void check_all() {
  for (const std::uint32_t stride : {0U, 1U, 4U, 8U, 300U}) {
    for (const std::uint32_t sample_bytes : {1U, 2U, 3U}) {
      SCOPED_TRACE(::testing::Message() << "stride " << stride << ", sample " << sample_bytes);
      const MixSettings settings = {
          .strength = kStrength, .stride = stride, .sample_bytes = sample_bytes};
      check<RasterModel<kStrength>>(settings);
      if (sample_bytes == 1) {
        check<RecordsModel<kStrength>>(settings);
        check<X86Model<kStrength>>(settings);
        check<TextModel<kStrength>>(settings);
      }
    }
  }
}

TEST(MixingModels, FastListsLookOnlyBack) { check_all<MixStrength::kFast>(); }
TEST(MixingModels, MediumListsLookOnlyBack) { check_all<MixStrength::kMedium>(); }
TEST(MixingModels, LeanListsLookOnlyBack) { check_all<MixStrength::kLean>(); }
TEST(MixingModels, StrongListsLookOnlyBack) { check_all<MixStrength::kStrong>(); }
TEST(MixingModels, StrongestListsLookOnlyBack) { check_all<MixStrength::kStrongest>(); }

}  // namespace
}  // namespace kompakt
