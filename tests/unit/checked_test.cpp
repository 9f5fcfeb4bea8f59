#include "core/checked.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace kompakt {
namespace {

constexpr auto kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();

TEST(Checked, SumsUpToTheLastValueAndNotBeyond) {
  EXPECT_EQ(checked_add<std::uint64_t>(kMax64 - 1, 1), kMax64);
  EXPECT_EQ(checked_add<std::uint64_t>(kMax64, 0), kMax64);
  EXPECT_EQ(checked_add<std::uint64_t>(kMax64, 1), std::nullopt);
  EXPECT_EQ(checked_add<std::uint64_t>(kMax64, kMax64), std::nullopt);
}

TEST(Checked, NarrowTypesAreNotWidenedOnTheWay) {
  EXPECT_EQ(checked_add<std::uint8_t>(200, 55), 255);
  EXPECT_EQ(checked_add<std::uint8_t>(200, 56), std::nullopt);
  EXPECT_EQ(checked_mul<std::uint8_t>(16, 16), std::nullopt);
}

TEST(Checked, ProductsUpToTheLastValueAndNotBeyond) {
  EXPECT_EQ(checked_mul<std::uint64_t>(kMax32, kMax32), 0xFFFFFFFE00000001U);
  EXPECT_EQ(checked_mul<std::uint64_t>(kMax64, 0), 0U);
  EXPECT_EQ(checked_mul<std::uint64_t>(std::uint64_t{1} << 32U, std::uint64_t{1} << 32U),
            std::nullopt);
}

TEST(Checked, CastsOnlyWhatFits) {
  EXPECT_EQ(checked_cast<std::uint8_t>(255), 255);
  EXPECT_EQ(checked_cast<std::uint8_t>(256), std::nullopt);
  EXPECT_EQ(checked_cast<std::uint8_t>(-1), std::nullopt);
  EXPECT_EQ(checked_cast<std::int64_t>(kMax64 / 2), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(checked_cast<std::int64_t>(kMax64 / 2 + 1), std::nullopt);
}

TEST(Checked, WorksAtCompileTime) {
  static_assert(checked_add(1U, 2U) == 3U);
  static_assert(!checked_mul(kMax32, 2U));
  static_assert(!checked_cast<std::int8_t>(128));
}

}  // namespace
}  // namespace kompakt
