#include "kompakt/status.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <variant>

namespace kompakt {
namespace {

TEST(Status, SuccessSaysOkAndHasNoPosition) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), Code::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.to_string(), "ok");
  EXPECT_FALSE(status.file() || status.block() || status.offset());
}

TEST(Status, SuccessTakesNoPosition) {
  Status status;
  status.in_file("a").in_block(1).at_offset(2);
  EXPECT_TRUE(status.ok());
  EXPECT_FALSE(status.file() || status.block() || status.offset());
}

TEST(Status, InnermostPositionWins) {
  Status status(Code::kCorrupt, "bad checksum");
  status.in_file("inner").in_block(7).at_offset(0);
  status.in_file("outer").in_block(8).at_offset(9);
  EXPECT_EQ(status.file(), "inner");
  EXPECT_EQ(status.block(), 7U);
  EXPECT_EQ(status.offset(), 0U) << "0 is a position, not a missing one";
}

TEST(Status, TextNamesWhatIsKnownOnly) {
  const Status bare(Code::kCorrupt, "bad");
  EXPECT_EQ(bare.to_string(), "bad");
  EXPECT_EQ(Status(bare).in_file("f").to_string(), "f: bad");
  EXPECT_EQ(Status(bare).in_block(7).to_string(), "block 7: bad");
  EXPECT_EQ(Status(bare).at_offset(12).to_string(), "byte 12: bad");
  EXPECT_EQ(Status(bare).in_file("f").in_block(7).at_offset(12).to_string(),
            "f: block 7, byte 12: bad");
}

TEST(Status, CopiesDoNotShareLaterPositions) {
  const Status original(Code::kIo, "read failed");
  Status copy = original;
  copy.in_file("a");
  EXPECT_EQ(copy.file(), "a");
  EXPECT_FALSE(original.file());
}

TEST(Status, FailureBuiltFromOkIsStillAFailure) {
  const Status status(Code::kOk, "a mistake");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.code(), Code::kInternal);
}

TEST(Status, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int value = 0; value <= static_cast<int>(Code::kInternal); ++value) {
    const auto name = code_name(static_cast<Code>(value));
    EXPECT_NE(name, "unknown");
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(code_name(static_cast<Code>(200)), "unknown");
}

// The numbers are the C ABI's.
TEST(Status, CodesAreFrozen) {
  EXPECT_EQ(static_cast<int>(Code::kInvalidArgument), 1);
  EXPECT_EQ(static_cast<int>(Code::kIo), 2);
  EXPECT_EQ(static_cast<int>(Code::kAlreadyExists), 3);
  EXPECT_EQ(static_cast<int>(Code::kCorrupt), 4);
  EXPECT_EQ(static_cast<int>(Code::kTruncated), 5);
  EXPECT_EQ(static_cast<int>(Code::kUnsupported), 6);
  EXPECT_EQ(static_cast<int>(Code::kLimitExceeded), 7);
  EXPECT_EQ(static_cast<int>(Code::kMissingResource), 8);
  EXPECT_EQ(static_cast<int>(Code::kCancelled), 9);
  EXPECT_EQ(static_cast<int>(Code::kInternal), 10);
}

TEST(Result, HoldsAValueOrAFailure) {
  const Result<int> value(5);
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 5);
  EXPECT_TRUE(value.status().ok());

  const Result<int> failure(Status(Code::kIo, "no"));
  EXPECT_FALSE(failure.ok());
  EXPECT_EQ(failure.status().code(), Code::kIo);
  EXPECT_THROW(static_cast<void>(failure.value()), std::bad_variant_access);
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, SuccessStatusWithoutAValueIsABug) {
  const Result<int> result{Status()};
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kInternal);
}

TEST(Result, StatusFromFailedResultKeepsItsPosition) {
  const Result<int> result(Status(Code::kTruncated, "ends early").at_offset(4));
  EXPECT_EQ(result.status().offset(), 4U);
}

}  // namespace
}  // namespace kompakt
