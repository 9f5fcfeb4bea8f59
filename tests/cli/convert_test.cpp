// The verb convert.
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "kompakt/format.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

class Convert : public ::testing::Test {
 protected:
  Convert() { write_file(folder / "a", text); }
  [[nodiscard]] std::string packed(Format format) const {
    const FormatInfo& info = format_info(format);
    const std::string path = folder / ("a" + std::string(info.suffix));
    EXPECT_EQ(run_tool({"-f", "-F", std::string(info.name), "--level=fastest", folder / "a"}).code,
              0);
    return path;
  }
  TempFolder folder{On::kMemory};
  std::string text = sample_text(100000);
};

TEST_F(Convert, LeadsFromEveryFormatToEveryOther) {
  for (const FormatInfo& from : all_formats()) {
    const std::string in = packed(from.id);
    for (const FormatInfo& to : all_formats()) {
      const std::string out = folder / ("b" + std::string(to.suffix));
      const Outcome outcome = run_tool({"convert", "--level=fastest", in, out});
      EXPECT_EQ(outcome.code, 0) << from.name << " to " << to.name << outcome.err;
      EXPECT_EQ(run_tool({"-dc", out}).out, text) << from.name << " to " << to.name;
      std::filesystem::remove(out);
    }
  }
}

TEST_F(Convert, KeepsModeTimeAndNames) {
  const std::array<timespec, 2> times = {timespec{5, 0}, timespec{1234567890, 0}};
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0640), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "a").c_str(), times.data(), 0), 0);
  const std::string warp = packed(Format::kWarp);
  ASSERT_EQ(::chmod(warp.c_str(), 0600), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, warp.c_str(), nullptr, 0), 0);
  ASSERT_EQ(run_tool({"convert", warp, folder / "b.gz"}).code, 0);
  EXPECT_EQ(stat_of(folder / "b.gz").st_mode & 07777U, 0640U) << "what .warp stored";
  EXPECT_EQ(stat_of(folder / "b.gz").st_mtim.tv_sec, 1234567890);
  const auto info = nlohmann::json::parse(run_tool({"info", "--json", folder / "b.gz"}).out);
  EXPECT_EQ(info.at("name"), "a");
  EXPECT_EQ(info.at("modified_seconds"), 1234567890);
  ASSERT_EQ(run_tool({"convert", folder / "b.gz", folder / "c.xz"}).code, 0);
  EXPECT_EQ(stat_of(folder / "c.xz").st_mtim.tv_sec, 1234567890);
}

TEST_F(Convert, FindsItsOutputsNameAndFormat) {
  const std::string gz = packed(Format::kGzip);
  std::filesystem::rename(gz, folder / "x.tgz");
  EXPECT_EQ(run_tool({"convert", "-F", "zstd", folder / "x.tgz"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "x.tar.zst"));
  EXPECT_EQ(run_tool({"convert", folder / "x.tgz", folder / "nameless"}).code, 1);
  EXPECT_EQ(run_tool({"convert", folder / "x.tgz"}).code, 1) << "to what?";
  const std::string brotli = read_file(packed(Format::kBrotli));
  const Outcome piped =
      run_tool({"convert", "--from", "brotli", "-F", "gzip", "-", "-"}, {.input = brotli});
  ASSERT_EQ(piped.code, 0) << piped.err;
  EXPECT_EQ(run_tool({"-d"}, {.input = piped.out}).out, text);
}

TEST_F(Convert, LeavesNothingOfDamagedInput) {
  for (const Format format : {Format::kGzip, Format::kZstd, Format::kWarp}) {
    const std::string in = packed(format);
    flip_bit(in, read_file(in).size() / 2, 3);
    EXPECT_EQ(run_tool({"convert", in, folder / "out.xz"}).code, 3);
    write_file(in, read_file(in).substr(0, 5000));
    EXPECT_EQ(run_tool({"convert", in, folder / "out.xz"}).code, 3);
    EXPECT_FALSE(std::filesystem::exists(folder / "out.xz"));
  }
  EXPECT_EQ(run_tool({"convert", folder / "a", folder / "out.xz"}).code, 5) << "no known format";
  EXPECT_FALSE(std::filesystem::exists(folder / "out.xz"));
}

TEST_F(Convert, OverwritesOnlyWithForceAndNeverItsInput) {
  const std::string gz = packed(Format::kGzip);
  write_file(folder / "out.xz", "precious");
  EXPECT_EQ(run_tool({"convert", gz, folder / "out.xz"}).code, 1);
  EXPECT_EQ(read_file(folder / "out.xz"), "precious");
  EXPECT_EQ(run_tool({"convert", "-f", gz, folder / "out.xz"}).code, 0);
  EXPECT_EQ(run_tool({"convert", "-f", gz, gz}).code, 1);
  EXPECT_EQ(run_tool({"-t", gz}).code, 0);
}

TEST_F(Convert, RemovesTheInputOnRequestOnceTheOutputIsProven) {
  const std::string gz = packed(Format::kGzip);
  const Outcome outcome = run_tool({"convert", "--rm", "--json", gz, folder / "b.zst"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto line = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(line.at("verified"), true);
  EXPECT_EQ(line.at("from"), "gzip");
  EXPECT_EQ(line.at("to"), "zstd");
  EXPECT_EQ(line.at("uncompressed"), text.size());
  EXPECT_FALSE(std::filesystem::exists(gz));
}

TEST_F(Convert, WarnsOfTrailingGarbageAndKeepsTheInput) {
  const std::string gz = packed(Format::kGzip);
  write_file(gz, read_file(gz) + "garbage");
  EXPECT_EQ(run_tool({"convert", "--rm", gz, folder / "b.zst"}).code, 2);
  EXPECT_EQ(run_tool({"-dc", folder / "b.zst"}).out, text);
  EXPECT_TRUE(std::filesystem::exists(gz));
}

TEST_F(Convert, ThatIsKilledLeavesNothing) {
  // More than one pipe's worth goes in, so the program is at its work when the signal comes.
  write_file(folder / "noise", to_text(random_bytes(3 << 20)));
  ASSERT_EQ(run_tool({"-F", "gzip", "--rm", folder / "noise"}).code, 0);
  const std::string packed_noise = read_file(folder / "noise.gz");
  const auto before = folder.names();
  for (const int signal : {SIGINT, SIGTERM}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    Process process({"convert", "-", folder / "out.zst"}, {ends[0], -1, -1});
    ::close(ends[0]);
    for (std::size_t at = 0; at < packed_noise.size() - 1000;) {
      const ssize_t put =
          ::write(ends[1], packed_noise.data() + at, packed_noise.size() - 1000 - at);
      ASSERT_GT(put, 0);
      at += static_cast<std::size_t>(put);
    }
    ASSERT_EQ(::kill(process.pid(), signal), 0);
    const int status = process.wait();
    ::close(ends[1]);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(folder.names(), before) << signal;
  }
}

}  // namespace
}  // namespace kompakt::testing
