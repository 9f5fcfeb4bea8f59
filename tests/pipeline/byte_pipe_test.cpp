// The pipe inside the process: order, bound, both ways of ending.
#include "pipeline/byte_pipe.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "test_data.hpp"

namespace kompakt::testing {
namespace {

TEST(BytePipe, GivesWhatWasPutInWhateverThePieces) {
  const Bytes content = text_bytes(300'000);
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{4096}, std::size_t{1'000'000}}) {
    BytePipe pipe(capacity);
    Bytes got;
    std::thread reader([&] {
      Bytes piece(777);
      for (;;) {
        const auto count = pipe.output().read(piece);
        ASSERT_TRUE(count.ok());
        got.insert(got.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*count));
        if (*count < piece.size()) {
          return;
        }
      }
    });
    const std::size_t length = capacity == 1 ? 3000 : content.size();
    for (std::size_t at = 0; at < length; at += 1009) {
      ASSERT_TRUE(
          pipe.input()
              .write(ByteSpan(content).subspan(at, std::min<std::size_t>(1009, length - at)))
              .ok());
    }
    pipe.close_input({});
    reader.join();
    EXPECT_EQ(got, Bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(length)));
  }
}

TEST(BytePipe, FailureOfTheWriterComesBehindWhatItWrote) {
  BytePipe pipe(100);
  ASSERT_TRUE(pipe.input().write(to_bytes("abc")).ok());
  pipe.close_input({Code::kCorrupt, "broken"});
  Bytes three(3);
  ASSERT_TRUE(pipe.output().read(three).ok());
  EXPECT_EQ(three, to_bytes("abc"));
  EXPECT_EQ(pipe.output().read(three).status().code(), Code::kCorrupt);
}

TEST(BytePipe, SomeBytesComeAtOnceAndTheEndIsNone) {
  BytePipe pipe(100);
  ASSERT_TRUE(pipe.input().write(to_bytes("abc")).ok());
  Bytes room(50);
  EXPECT_EQ(pipe.read_some(room).value(), 3U);
  pipe.close_input({});
  EXPECT_EQ(pipe.read_some(room).value(), 0U);
}

TEST(BytePipe, WriterOfAClosedPipeIsStoppedEvenWhileItWaits) {
  BytePipe pipe(10);
  Status written;
  std::thread writer([&] { written = pipe.input().write(random_bytes(100)); });
  Bytes some(5);
  ASSERT_TRUE(pipe.output().read(some).ok());
  pipe.close_output();
  writer.join();
  EXPECT_EQ(written.code(), Code::kCancelled);
  EXPECT_EQ(pipe.input().write(some).code(), Code::kCancelled);
}

}  // namespace
}  // namespace kompakt::testing
