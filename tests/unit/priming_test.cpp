#include "codec/cm/priming.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "checksum/hasher.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::hex_of;

// Streams are decoded with these bytes. Whoever wants others adds a number.
TEST(Priming, BytesOfANumberNeverChange) {
  const auto all = primings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(hex_of(hash_bytes(HashId::kSha256, all[0].data).span()),
            "595a699de9b3aa2d053932db4525d10c961755284b71cf8d4b7484109bdbe9f3");
  EXPECT_EQ(hex_of(hash_bytes(HashId::kSha256, all[1].data).span()),
            "52edc296d1344a97106c176984650809c44594aa7ce5abefb0df1e60ca607014");
}

TEST(Priming, NumbersCountFromOneAndTheirFilesAreWhatIsBuiltIn) {
  unsigned number = 0;
  for (const Priming& priming : primings()) {
    EXPECT_EQ(priming.id, ++number);
    const std::string name = number == 1 ? "1-text.txt" : "2-code.txt";
    std::ifstream file(KOMPAKT_SOURCE_DIR "/src/codec/cm/priming/" + name, std::ios::binary);
    ASSERT_TRUE(file) << name;
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    ASSERT_EQ(content.size(), priming.data.size()) << name;
    EXPECT_TRUE(std::equal(content.begin(), content.end(), priming.data.begin(),
                           [](char a, std::byte b) { return static_cast<std::byte>(a) == b; }))
        << name;
  }
}

}  // namespace
}  // namespace kompakt
