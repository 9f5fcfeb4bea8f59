// Every exit code of the contract, and how codes of many inputs become one.
#include <gtest/gtest.h>

#include "kompakt/exit_code.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

class ExitCode : public ::testing::Test {
 protected:
  ExitCode() {
    write_file(folder / "a", sample_text());
    EXPECT_EQ(run_tool({"--chunk-size", "4K", folder / "a"}).code, 0);
    write_file(folder / "bad.warp", read_file(folder / "a.warp"));
    flip_bit(folder / "bad.warp", 900);
  }
  TempFolder folder;
};

TEST_F(ExitCode, ZeroForSuccess) {
  EXPECT_EQ(run_tool({"-t", folder / "a.warp"}).code, 0);
  EXPECT_EQ(run_tool({"-h"}).code, 0);
  EXPECT_EQ(run_tool({"-V"}).code, 0);
}

TEST_F(ExitCode, OneForInputThatIsNotThere) {
  const Outcome outcome = run_tool({folder / "nothing"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("nothing"), std::string::npos);
}

TEST_F(ExitCode, OneForUsageNamingTheOption) {
  const Outcome outcome = run_tool({"--frobnicate", folder / "a"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("--frobnicate"), std::string::npos);
}

TEST_F(ExitCode, OneForAnOutputThatExists) { EXPECT_EQ(run_tool({folder / "a"}).code, 1); }

TEST_F(ExitCode, TwoForASkippedInput) {
  EXPECT_EQ(run_tool({folder / "a.warp"}).code, 2);
  EXPECT_EQ(run_tool({folder.path()}).code, 2);
}

TEST_F(ExitCode, ThreeForCorruptDataNamingFileBlockAndByte) {
  const Outcome outcome = run_tool({"-d", "-c", folder / "bad.warp"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("bad.warp"), std::string::npos);
  EXPECT_NE(outcome.err.find("block 0"), std::string::npos);
  EXPECT_NE(outcome.err.find("byte "), std::string::npos);
}

TEST_F(ExitCode, ThreeForTruncatedDataAndNoOutput) {
  const std::string whole = read_file(folder / "a.warp");
  for (const std::size_t size :
       {whole.size() - 1, whole.size() / 2, std::size_t{30}, std::size_t{10}}) {
    write_file(folder / "cut.warp", whole.substr(0, size));
    EXPECT_EQ(run_tool({"-d", folder / "cut.warp"}).code, 3) << size;
    EXPECT_EQ(run_tool({"-t", folder / "cut.warp"}).code, 3) << size;
    EXPECT_EQ(run_tool({"-d"}, {.input = whole.substr(0, size)}).code, 3) << size;
    EXPECT_FALSE(std::filesystem::exists(folder / "cut"));
  }
}

TEST_F(ExitCode, FourForLimitsAndNoOutput) {
  EXPECT_EQ(run_tool({"-d", "--max-output=39999", "-o", folder / "out", folder / "a.warp"}).code,
            4);
  EXPECT_EQ(run_tool({"-M", "1K", "-o", folder / "out", folder / "a"}).code, 4);
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  EXPECT_EQ(run_tool({"-d", "--max-output=40000", "-o", folder / "out", folder / "a.warp"}).code,
            0);
}

TEST_F(ExitCode, FiveForWhatThisBuildLacks) {
  const Outcome level = run_tool({"-15", "-c", folder / "a"});
  EXPECT_EQ(level.code, 5);
  EXPECT_NE(level.err.find("not in this build"), std::string::npos);
  for (const char* verb : {"analyze", "bench", "train", "models", "serve"}) {
    const Outcome outcome = run_tool({verb, "x"});
    EXPECT_EQ(outcome.code, 5) << verb;
    EXPECT_NE(outcome.err.find("not in this build"), std::string::npos) << verb;
  }
  EXPECT_EQ(run_tool({"-d", "-c", folder / "a"}).code, 5) << "text is of no known format";
}

TEST_F(ExitCode, SevenWhenSomeInputsFailedAndTheOthersAreDone) {
  write_file(folder / "b", sample_text(5000));
  EXPECT_EQ(run_tool({folder / "nothing", folder / "b"}).code, 7);
  EXPECT_TRUE(std::filesystem::exists(folder / "b.warp"));
}

TEST_F(ExitCode, TheWorstOneWhenAllInputsFailed) {
  EXPECT_EQ(run_tool({"-t", folder / "nothing", folder / "bad.warp"}).code, 3);
}

TEST(Tally, ForgetsNoWarningAndNoFailure) {
  using cli::Exit;
  cli::Tally tally;
  EXPECT_EQ(tally.result(), Exit::kOk);
  tally.add(Exit::kOk);
  tally.add(Exit::kWarning);
  EXPECT_EQ(tally.result(), Exit::kWarning);
  tally.add(Exit::kCorrupt);
  EXPECT_EQ(tally.result(), Exit::kSomeFailed);
}

TEST(Tally, RanksAnyFailureAboveAWarning) {
  EXPECT_EQ(cli::worse(cli::Exit::kError, cli::Exit::kWarning), cli::Exit::kError);
  EXPECT_EQ(cli::worse(cli::Exit::kWarning, cli::Exit::kOk), cli::Exit::kWarning);
}

TEST(ExitTable, HasAMissingResource) {
  EXPECT_EQ(static_cast<int>(cli::exit_of(Code::kMissingResource)), 6);
}

}  // namespace
}  // namespace kompakt::testing
