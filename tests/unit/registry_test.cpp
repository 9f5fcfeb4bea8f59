#include "codec/registry.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

namespace kompakt {
namespace {

TEST(Registry, RowIsTheCodecsId) {
  const auto codecs = all_codecs();
  for (std::size_t row = 0; row < codecs.size(); ++row) {
    EXPECT_EQ(static_cast<std::size_t>(codecs[row]->info().id), row) << codecs[row]->info().name;
    EXPECT_EQ(find_codec(codecs[row]->info().id), codecs[row]);
  }
}

TEST(Registry, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const Codec* codec : all_codecs()) {
    EXPECT_TRUE(names.insert(codec->info().name).second) << codec->info().name;
    EXPECT_EQ(find_codec(codec->info().name), codec);
  }
}

TEST(Registry, UnknownCodecsAreNotFound) {
  EXPECT_EQ(find_codec(static_cast<CodecId>(all_codecs().size())), nullptr);
  EXPECT_EQ(find_codec(static_cast<CodecId>(0xFFFF)), nullptr);
  EXPECT_EQ(find_codec("nothing"), nullptr);
  EXPECT_EQ(find_codec(""), nullptr);
}

TEST(Registry, InfoIsComplete) {
  for (const Codec* codec : all_codecs()) {
    const CodecInfo& info = codec->info();
    EXPECT_FALSE(info.description.empty()) << info.name;
    EXPECT_LE(info.first_version, info.last_version) << info.name;
    EXPECT_LE(info.options.size(), kMaxCodecOptions) << info.name;
    std::set<std::string_view> keys;
    for (const auto& option : info.options) {
      EXPECT_TRUE(keys.insert(option.key).second) << info.name << ": " << option.key;
      EXPECT_FALSE(option.help.empty()) << info.name << ": " << option.key;
      EXPECT_TRUE(option.min <= option.fallback && option.fallback <= option.max) << option.key;
      if (!option.names.empty()) {
        EXPECT_EQ(option.min, 0);
        EXPECT_EQ(option.max, static_cast<std::int64_t>(option.names.size()) - 1);
      }
    }
    EXPECT_LE(codec->wire_parameters(CodecOptions(info.options)).size(), 8U) << info.name;
  }
}

TEST(Registry, EveryCodecHasASpec) {
  for (const Codec* codec : all_codecs()) {
    const auto path = std::filesystem::path(KOMPAKT_SOURCE_DIR) / "src" / "codec" /
                      std::string(codec->info().name) / "spec.md";
    EXPECT_TRUE(std::filesystem::is_regular_file(path)) << path;
  }
}

}  // namespace
}  // namespace kompakt
