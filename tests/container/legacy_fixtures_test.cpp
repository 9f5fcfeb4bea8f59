#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "legacy_streams.hpp"

// Files that the original programs wrote, with their content beside them.
#ifndef KOMPAKT_SHARED
#define KOMPAKT_SHARED ""
#endif

namespace kompakt::testing {
namespace {

const std::string kFolder = KOMPAKT_SHARED "/interop/warp/";

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const char* checksum : {"blake3", "none", "sha256", "xxh64"}) {
    for (const char* level : {"lz4", "ratio", "throughput", "zstd"}) {
      names.push_back(std::string("stream2-") + level + "-" + checksum);
    }
  }
  for (const char* method : {"brotli", "lz4", "snappy", "zstd"}) {
    names.push_back(std::string("v1-") + method + "-xxh64");
    names.push_back(std::string("v2-") + method + "-none");
  }
  for (const char* level : {"auto", "fastest", "max", "throughput"}) {
    for (const char* checksum : {"blake2b", "blake3", "none", "xxh64"}) {
      names.push_back(std::string("v2-") + level + "-" + checksum);
    }
  }
  names.insert(names.end(), {"v2-empty", "v2-one"});
  return names;
}

class LegacyFixture : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string path = kFolder + GetParam() + ".warp";
    if (!std::filesystem::exists(path)) {
      GTEST_SKIP() << "no " << path;
    }
    file_ = read_bytes(path);
    content_ = read_bytes(kFolder + (GetParam() == "v2-empty" ? "empty.bin"
                                     : GetParam() == "v2-one" ? "one.bin"
                                                              : "mixed.bin"));
  }
  [[nodiscard]] bool checked() const {
    const std::string& name = GetParam();
    return !name.ends_with("none") && !name.ends_with("empty") && !name.ends_with("one");
  }

  Bytes file_;
  Bytes content_;
};

TEST_P(LegacyFixture, DecodesWithItsTrailerVerified) {
  for (const Shape& shape : kShapes) {
    const Decoded got = decode_legacy(file_, shape);
    ASSERT_TRUE(got.status.ok()) << got.status.to_string();
    EXPECT_TRUE(got.content == content_);
    EXPECT_EQ(got.progress.bytes_in, file_.size());
    EXPECT_EQ(got.progress.bytes_out, content_.size());
  }
}

TEST_P(LegacyFixture, TellsItsFacts) {
  const auto source = memory_source(file_);
  const auto info = legacy::read_legacy_info(*source);
  ASSERT_TRUE(info.ok()) << info.status().to_string();
  EXPECT_EQ(info->original_size, content_.size());
  EXPECT_EQ(info->has_trailer, checked());
  EXPECT_EQ(info->has_index, checked() && info->layout == legacy::Layout::kStreamV2);
  if (checked()) {
    EXPECT_TRUE(GetParam().ends_with(hash_name(info->hash))) << hash_name(info->hash);
  }
}

TEST_P(LegacyFixture, WrongContentFailsTheTrailer) {
  if (!checked()) {
    return;
  }
  // The digest ends the table files; in stream v2 a footer of 20 bytes follows it.
  const bool stream = legacy::starts_with(file_, legacy::kStreamMagic);
  file_[file_.size() - 1 - (stream ? legacy::StreamFooter::kSize : 0)] ^= std::byte{1};
  for (const Shape& shape : kShapes) {
    const Status status = decode_legacy(file_, shape).status;
    EXPECT_EQ(status.code(), Code::kCorrupt);
    EXPECT_NE(status.message().find("of the content differs"), std::string_view::npos)
        << status.to_string();
  }
}

TEST_P(LegacyFixture, CutAnywhereItFails) {
  const std::size_t step = std::max<std::size_t>(1, file_.size() / (kSanitized ? 41 : 97));
  for (std::size_t size = 0; size < file_.size(); size += step) {
    const Shape& shape = kShapes[size / step % 4];
    const Decoded got = decode_legacy(ByteSpan(file_).first(size), shape);
    // Without an end mark, a stream that ends behind a chunk is whole.
    if (got.status.ok()) {
      ASSERT_TRUE(legacy::starts_with(file_, legacy::kStreamMagic));
      ASSERT_LE(got.content.size(), content_.size());
      ASSERT_EQ(std::memcmp(got.content.data(), content_.data(), got.content.size()), 0);
      continue;
    }
    EXPECT_TRUE(got.status.code() == Code::kTruncated || got.status.code() == Code::kCorrupt)
        << size << ": " << got.status.to_string();
  }
}

TEST_P(LegacyFixture, FlippedBitsAreFoundOrHarmless) {
  Random random(7);
  for (int i = 0; i < (kSanitized ? 32 : 64); ++i) {
    // Half of the flips go to headers and tables, where they do most harm.
    const std::size_t reach = i % 2 == 0 ? std::min<std::size_t>(file_.size(), 160) : file_.size();
    const std::size_t at = random.below(reach);
    const auto mask = static_cast<std::byte>(1U << random.below(8));
    file_[at] ^= mask;
    const Decoded got = decode_legacy(file_, kShapes[i / 2 % 4]);
    EXPECT_TRUE(got.status.ok() || blames_data(got.status)) << got.status.to_string();
    EXPECT_TRUE(!got.status.ok() || !checked() || got.content == content_) << "byte " << at;
    file_[at] ^= mask;
  }
}

INSTANTIATE_TEST_SUITE_P(Legacy, LegacyFixture, ::testing::ValuesIn(fixture_names()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(LegacyFixtures, AllAreTested) {
  if (!std::filesystem::exists(kFolder)) {
    GTEST_SKIP() << "no " << kFolder;
  }
  const auto names = fixture_names();
  const std::set<std::string> known(names.begin(), names.end());
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".warp") {
      EXPECT_TRUE(known.contains(entry.path().stem())) << entry.path();
    }
  }
}

}  // namespace
}  // namespace kompakt::testing
