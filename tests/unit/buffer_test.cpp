#include "core/buffer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace kompakt {
namespace {

std::uintptr_t address(Buffer& buffer) { return reinterpret_cast<std::uintptr_t>(buffer.data()); }

// Touches first and last byte: a mapping cut too short would fault.
void touch(Buffer& buffer, std::size_t size) {
  const MutableByteSpan bytes = buffer.first(size);
  ASSERT_EQ(bytes.size(), size);
  bytes.front() = std::byte{1};
  bytes.back() = std::byte{2};
}

TEST(Buffer, StartsEmpty) {
  Buffer buffer;
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_TRUE(buffer.first(0).empty());
}

TEST(Buffer, HoldsWhatWasAskedForAtAnySize) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{4095}, std::size_t{4097}, std::size_t{2} << 20U,
        (std::size_t{2} << 20U) + 1, (std::size_t{4} << 20U) - 1}) {
    Buffer buffer(size);
    ASSERT_GE(buffer.capacity(), size);
    touch(buffer, buffer.capacity());
  }
}

TEST(Buffer, LargeOnesStartOnAHugePage) {
  for (int i = 0; i < 4; ++i) {
    Buffer odd(4096);  // moves the next mapping off the boundary
    Buffer buffer((std::size_t{2} << 20U) + 5);
    EXPECT_EQ(address(buffer) % (std::size_t{2} << 20U), 0U);
    touch(odd, 4096);
  }
}

TEST(Buffer, KeepsContentAndPlaceWhenItNeedNotGrow) {
  Buffer buffer(10000);
  touch(buffer, 10000);
  const std::byte* before = buffer.data();
  buffer.resize_discard(1);
  buffer.resize_discard(10000);
  EXPECT_EQ(buffer.data(), before);
  EXPECT_EQ(buffer.first(1)[0], std::byte{1});
}

TEST(Buffer, ShrinkKeepsWhatIsInFront) {
  constexpr std::size_t kHuge = std::size_t{2} << 20U;
  for (const std::size_t kept : {std::size_t{1}, kHuge - 1, kHuge + 1, 2 * kHuge, 9 * kHuge}) {
    Buffer buffer(4 * kHuge);
    touch(buffer, 4 * kHuge);
    const std::byte* before = buffer.data();
    buffer.shrink(kept);
    EXPECT_LT(buffer.capacity(), std::min(kept + kHuge + 1, 4 * kHuge + 1));
    EXPECT_EQ(buffer.data(), before);
    EXPECT_EQ(buffer.first(1)[0], std::byte{1});
    touch(buffer, buffer.capacity());
    buffer.resize_discard(5 * kHuge);
    touch(buffer, 5 * kHuge);
  }
  Buffer small(5000);
  small.shrink(1);
  touch(small, 5000);
}

TEST(Buffer, MovesLeaveAnEmptyOneBehind) {
  Buffer first(100);
  std::byte* data = first.data();
  Buffer second(std::move(first));
  EXPECT_EQ(second.data(), data);
  EXPECT_EQ(first.capacity(), 0U);  // NOLINT(bugprone-use-after-move): that is the promise
  Buffer third(5000);
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(second.data(), nullptr);  // NOLINT(bugprone-use-after-move): that is the promise
  first.resize_discard(10);
  touch(first, 10);
}

TEST(Buffer, AbsurdSizeThrowsAndLeavesAUsableBuffer) {
  Buffer buffer;
  EXPECT_THROW(buffer.resize_discard(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  EXPECT_EQ(buffer.capacity(), 0U);
  buffer.resize_discard(16);
  touch(buffer, 16);
}

}  // namespace
}  // namespace kompakt
