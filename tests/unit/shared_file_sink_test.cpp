// What the shell's `> file` promises: output continues where the descriptor stood, and the next
// writer continues behind it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "faulty_system.hpp"
#include "io/file.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

class SharedFileSink : public ::testing::Test {
 protected:
  Descriptor open(int flags) {
    return {real_system(), ::open(path_.c_str(), flags | O_CREAT, 0600)};
  }
  [[nodiscard]] std::string content() const {
    const Descriptor file(real_system(), ::open(path_.c_str(), O_RDONLY));
    std::string text(4096, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

  TempFolder folder_;
  std::string path_ = folder_ / "out";
};

TEST_F(SharedFileSink, ContinuesWhereTheDescriptorStandsAndLeavesItBehindTheContent) {
  const auto file = open(O_WRONLY);
  ASSERT_EQ(::write(file.get(), "head ", 5), 5);
  {
    const auto sink = make_shared_file_sink(real_system(), file.get(), "out");
    ASSERT_TRUE(sink->positional());
    ASSERT_TRUE(sink->write_at(6, to_bytes("world")).ok());
    ASSERT_TRUE(sink->write_at(0, to_bytes("hello ")).ok());
    ASSERT_TRUE(sink->finish(11).ok());
  }
  ASSERT_EQ(::write(file.get(), " tail", 5), 5);
  EXPECT_EQ(content(), "head hello world tail");
}

TEST_F(SharedFileSink, EndsThatWereNeverWrittenAreZeros) {
  const auto file = open(O_WRONLY);
  const auto sink = make_shared_file_sink(real_system(), file.get(), "out");
  ASSERT_TRUE(sink->write_at(2, to_bytes("x")).ok());
  ASSERT_TRUE(sink->finish(4).ok());
  EXPECT_EQ(content(), std::string("\0\0x\0", 4));
}

TEST_F(SharedFileSink, UnfinishedOutputIsCutWhereItsFirstGapIs) {
  const auto file = open(O_WRONLY);
  {
    const auto sink = make_shared_file_sink(real_system(), file.get(), "out");
    ASSERT_TRUE(sink->write_at(8, to_bytes("late")).ok());
    ASSERT_TRUE(sink->write_at(3, to_bytes("def")).ok());
    ASSERT_TRUE(sink->write_at(0, to_bytes("abc")).ok());
  }
  EXPECT_EQ(content(), "abcdef");
  ASSERT_EQ(::write(file.get(), "!", 1), 1);
  EXPECT_EQ(content(), "abcdef!");
}

TEST_F(SharedFileSink, UnfinishedOutputWithoutABeginningIsEmpty) {
  const auto file = open(O_WRONLY);
  ASSERT_EQ(::write(file.get(), "kept", 4), 4);
  {
    const auto sink = make_shared_file_sink(real_system(), file.get(), "out");
    ASSERT_TRUE(sink->write_at(5, to_bytes("late")).ok());
  }
  EXPECT_EQ(content(), "kept");
}

TEST_F(SharedFileSink, OrderedStyleGivesTheSame) {
  const auto file = open(O_WRONLY);
  const auto sink = make_shared_file_sink(real_system(), file.get(), "out");
  ASSERT_TRUE(sink->write(to_bytes("ab")).ok());
  ASSERT_TRUE(sink->write_zeros(2).ok());
  ASSERT_TRUE(sink->write(to_bytes("cd")).ok());
  ASSERT_TRUE(sink->finish(6).ok());
  EXPECT_EQ(content(), std::string("ab\0\0cd", 6));
}

TEST_F(SharedFileSink, FilesThatAppendOrHaveContentBehindArePipesToIt) {
  {
    const auto file = open(O_WRONLY);
    ASSERT_EQ(::write(file.get(), "content", 7), 7);
  }
  const auto appending = open(O_WRONLY | O_APPEND);
  EXPECT_FALSE(make_shared_file_sink(real_system(), appending.get(), "out")->positional());
  const auto middle = open(O_RDWR);
  const auto sink = make_shared_file_sink(real_system(), middle.get(), "out");
  EXPECT_FALSE(sink->positional());
  ASSERT_TRUE(sink->write(to_bytes("CON")).ok());
  ASSERT_TRUE(sink->finish(3).ok());
  EXPECT_EQ(content(), "CONtent");
}

TEST_F(SharedFileSink, FailureToMoveToTheEndIsReported) {
  const auto file = open(O_WRONLY);
  FaultySystem system;
  system.inject({.call = Call::kLseek, .nth = 2, .error = EIO, .for_ever = false});
  const auto sink = make_shared_file_sink(system, file.get(), "out");
  ASSERT_TRUE(sink->write_at(0, to_bytes("abc")).ok());
  EXPECT_EQ(sink->finish(3).code(), Code::kIo);
}

}  // namespace
}  // namespace kompakt::testing
