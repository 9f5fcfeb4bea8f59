// Frozen files: what was written once is read for ever, and the parts of the format that are ours
// alone never change a byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "container/warp3_support.hpp"

namespace kompakt::testing::warp3 {
namespace {

/// What every golden file holds: words, counters, zeros, noise and a short end, in 4 KiB blocks.
Bytes golden_content() {
  return joined(
      {text_bytes(4096), record_bytes(4096), Bytes(4096), random_bytes(200), text_bytes(3000, 11)});
}

struct Golden {
  const char* name;
  const char* codec;
  HashId hash;
  std::size_t block_size = 4096;
};
// Each codec with the default hash, each hash with one codec, and the compact form.
constexpr Golden kGolden[] = {
    // NOLINT(modernize-avoid-c-arrays): a plain table
    {"v3-store-none", "store", HashId::kNone},
    {"v3-zstd-blake3", "zstd", HashId::kBlake3},
    {"v3-lz4-xxh3", "lz4", HashId::kXxh3},
    {"v3-snappy-xxh64", "snappy", HashId::kXxh64},
    {"v3-brotli-blake2b", "brotli", HashId::kBlake2b},
    {"v3-deflate-blake3", "deflate", HashId::kBlake3},
    {"v3-xz-blake3", "xz", HashId::kBlake3},
    {"v3-bzip2-blake3", "bzip2", HashId::kBlake3},
    {"v3-bwt-blake3", "bwt", HashId::kBlake3},
    {"v3-cm-blake3", "cm", HashId::kBlake3},
    {"v3-compact-bwt-blake3", "bwt", HashId::kBlake3, 65536},
};

WarpMetadata golden_metadata() {
  WarpMetadata metadata;
  metadata.name = "golden.bin";
  metadata.mode = 0644;
  metadata.modified = WarpMetadata::Time{1'000'000'000, 123'456'789};
  return metadata;
}

Bytes load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return to_bytes(text);
}

std::string golden_path(const Golden& golden) {
  return std::string(KOMPAKT_TEST_DATA) + "/" + golden.name + ".warp";
}

TEST(Warp3Golden, EveryFrozenFileDecodes) {
  const Bytes content = golden_content();
  for (const Golden& golden : kGolden) {
    // Set only when a file is added to the table; those that are there are never written again.
    if (const char* const make = std::getenv("KOMPAKT_MAKE_GOLDEN");
        make != nullptr && std::string(make) == golden.name) {
      auto options = small_blocks(golden.hash);
      options.codec = codec(golden.codec);
      options.block_size = golden.block_size;
      options.metadata = golden_metadata();
      const Bytes file = pack(content, options);
      std::ofstream(golden_path(golden), std::ios::binary)
          .write(reinterpret_cast<const char*>(file.data()),
                 static_cast<std::streamsize>(file.size()));
    }
    const Bytes file = load(golden_path(golden));
    for (const Ends& ends : kAllEnds) {
      const auto out = unpack(file, ends);
      ASSERT_TRUE(out.status.ok()) << golden.name << ": " << out.status.to_string();
      EXPECT_EQ(out.content, content) << golden.name;
      EXPECT_EQ(out.result.metadata, golden_metadata()) << golden.name;
    }
    EXPECT_EQ(unpack_range(file, 4000, 9000).content, slice(content, 4000, 9000)) << golden.name;
  }
}

TEST(Warp3Golden, EveryCodecButZeroHasAFrozenFile) {
  for (const Codec* each : all_codecs()) {
    const bool frozen =
        std::any_of(std::begin(kGolden), std::end(kGolden),
                    [each](const Golden& golden) { return golden.codec == each->info().name; });
    EXPECT_TRUE(frozen || each->info().id == CodecId::kZero) << each->info().name;
  }
}

/// The file of the worked example: 4096 zeros, then seven letters.
Bytes example_file() {
  auto options = small_blocks(HashId::kXxh3);
  options.codec = codec("store");
  options.metadata = named("k");
  return pack(joined({Bytes(4096), to_bytes("Kompakt")}), options);
}

/// The file of the example of the compact form: seven letters.
Bytes compact_example_file() {
  auto options = small_blocks(HashId::kXxh3);
  options.codec = codec("bwt");
  options.metadata = named("k");
  return pack(to_bytes("Kompakt"), options);
}

/// The bytes of an example of the specification, in hex.
std::string example_of_specification(const std::string& name) {
  std::ifstream document(std::string(KOMPAKT_SOURCE_DIR) + "/docs/format/warp3.md");
  EXPECT_TRUE(document);
  // Lines "  OFFSET  HEX HEX ...  meaning" between the two markers; two spaces end the bytes.
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("<!-- " + name + " ")) {
      inside = line.starts_with("<!-- " + name + " begins");
    } else if (inside && line.size() > 8 && line[0] != '`') {
      const auto from = line.find("  ") + 2;
      const std::string bytes = line.substr(from, line.find("  ", from) - from);
      std::copy_if(bytes.begin(), bytes.end(), std::back_inserter(hex),
                   [](char c) { return c != ' '; });
    }
  }
  return hex;
}

TEST(Warp3Golden, TheWorkedExamplesOfTheSpecificationAreWhatTheWriterWrites) {
  EXPECT_EQ(example_of_specification("example"), hex_of(example_file()));
  EXPECT_EQ(example_of_specification("compact example"), hex_of(compact_example_file()));
}

TEST(Warp3Golden, StoredZeroAndEmptyFilesNeverChangeAByte) {
  const auto digest_of = [](const Bytes& file) {
    return hex_of(hash_bytes(HashId::kSha256, file).span());
  };
  auto options = small_blocks(HashId::kBlake3);
  options.codec = codec("store");
  EXPECT_EQ(digest_of(pack({}, options)),
            "ce4217a81c0a497821fbac3df5f8ef444f3ed7a864db786ef6e71fe32497b332");
  EXPECT_EQ(digest_of(pack(Bytes(10'000), options)),
            "ef6f85b090bd90299e2fe80242803e703cbf3a229494c533fc54804163b9a52a");
  EXPECT_EQ(digest_of(pack(joined({random_bytes(9000), Bytes(8192), text_bytes(500)}), options)),
            "1191f6467c18abe5e310e92f61d400db6ca3d5d0100b20d48f1fff2f7fe71089");
  options.metadata = golden_metadata();
  options.metadata->owner = WarpMetadata::Owner{0, 65534};
  options.metadata->xattrs = {{"user.k", "v"}};
  EXPECT_EQ(digest_of(pack(text_bytes(5000), options)),
            "ec65883f7dde108c7d8d3c36f6acd0002dac17a8973e064c4bea4aa3d3719010");
  // Two index records and a root.
  options = small_blocks(HashId::kXxh64);
  options.codec = codec("store");
  Bytes many(4100 * 4096);
  for (std::size_t block = 0; block < many.size(); block += 4096 * 500) {
    many[block] = std::byte{1};
  }
  EXPECT_EQ(digest_of(pack(many, options)),
            "1db441de1047ae5806a5fd6058de268963e2166b1afb6a9f8408d49bf6b44657");
}

}  // namespace
}  // namespace kompakt::testing::warp3
