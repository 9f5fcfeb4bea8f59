#include "chunk/data_type.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/endian.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::Random;

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), {});
  return testing::to_bytes(content);
}

void append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }

// Samples of a picture: soft hills, an edge and a little noise, 0 to 255.
unsigned sample(std::size_t x, std::size_t y, Random& random) {
  const double hills =
      60 * std::sin(static_cast<double>(x) / 31) * std::cos(static_cast<double>(y) / 23) +
      30 * std::sin(static_cast<double>(4 * x + y) / 37);
  const double edge = 5 * x > y + 300 ? 25 : 0;
  return static_cast<unsigned>(100 + hills + edge + static_cast<double>(random.below(5)));
}

// width x height pixels of `bytes` bytes: 1 grey, 2 grey in 16 bits, 3 and 4 colour.
Bytes picture(std::size_t width, std::size_t height, std::size_t bytes) {
  Random random(width + bytes);
  Bytes out;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const unsigned value = sample(x, y, random);
      if (bytes == 2) {
        const unsigned wide = value * 13 + static_cast<unsigned>(random.below(13));
        out.push_back(static_cast<std::byte>(wide & 0xFFU));
        out.push_back(static_cast<std::byte>(wide >> 8U));
        continue;
      }
      for (std::size_t channel = 0; channel < bytes; ++channel) {
        out.push_back(channel == 3 ? std::byte{0xFF}
                                   : static_cast<std::byte>(255 - value / (channel + 1)));
      }
    }
  }
  return out;
}

// Notes with overtones that fade, 16 bits a sample.
Bytes sound(std::size_t frames, std::size_t channels) {
  Random random(9);
  Bytes out(frames * channels * 2);
  double pitch = 0.03;
  for (std::size_t i = 0; i < frames; ++i) {
    pitch = i % 6000 == 0 ? 0.02 + 0.01 * static_cast<double>(random.below(8)) : pitch;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const double phase = static_cast<double>(i) * pitch * (channel == 0 ? 1.0 : 1.26);
      const double value = 9000 * std::sin(phase) + 4000 * std::sin(2 * phase + 1) +
                           static_cast<double>(random.below(400));
      store_le<std::uint16_t>(MutableByteSpan(out).subspan((i * channels + channel) * 2, 2),
                              static_cast<std::uint16_t>(static_cast<int>(value)));
    }
  }
  return out;
}

Bytes records(std::size_t count, std::size_t size) {
  Random random(size);
  Bytes out;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes record(size);
    store_le<std::uint32_t>(record, static_cast<std::uint32_t>(1000 + i));
    record[4] = static_cast<std::byte>(random.below(3));
    for (std::size_t k = 5; k < size; ++k) {
      record[k] = k % 3 == 0 ? static_cast<std::byte>(random.below(256))
                             : static_cast<std::byte>((k * 37) & 0xFFU);
    }
    append(out, record);
  }
  return out;
}

Bytes lines(const std::string& kind, std::size_t count) {
  Random random(3);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = std::to_string(100000 + i);
    const std::string value = std::to_string(random.below(100000));
    if (kind == "csv") {
      out.append(id).append(",").append(value).append(",2024-03-11,open\n");
    } else if (kind == "json") {
      out.append("{\"id\":").append(id).append(",\"price\":").append(value);
      out.append(",\"tags\":[\"a\",\"b\"]},\n");
    } else if (kind == "xml") {
      out.append("  <item id=\"").append(id).append("\"><price>").append(value);
      out.append("</price></item>\n");
    } else {
      out.append("INSERT INTO orders VALUES (").append(id).append(", ").append(value);
      out.append(", 'open', NULL);\n");
    }
  }
  return testing::to_bytes(out);
}

// The type that most bytes have, and its share in percent.
struct Verdict {
  Region region;
  std::size_t percent = 0;
};

Verdict verdict(const Bytes& block) {
  std::vector<Region> sums;
  for (const Region& region : classify(block)) {
    bool found = false;
    for (Region& sum : sums) {
      if (sum.type == region.type && sum.stride == region.stride) {
        sum.size += region.size;
        found = true;
      }
    }
    if (!found) {
      sums.push_back(region);
    }
  }
  Verdict best;
  for (const Region& sum : sums) {
    if (sum.size > best.region.size) {
      best = {.region = sum, .percent = sum.size * 100 / block.size()};
    }
  }
  return best;
}

struct Expected {
  std::string name;
  Bytes data;
  DataType type;
  std::uint32_t stride = 0;
  unsigned sample_bytes = 0;
};

TEST(DataType, MadeDataIsWhatItIs) {
  const std::vector<Expected> table = {
      {"prose", testing::text_bytes(60000), DataType::kText},
      {"csv", lines("csv", 2000), DataType::kLines},
      {"json", lines("json", 2000), DataType::kLines},
      {"xml", lines("xml", 2000), DataType::kLines},
      {"sql", lines("sql", 2000), DataType::kLines},
      {"random", testing::random_bytes(60000), DataType::kPacked},
      {"records of 13", records(5000, 13), DataType::kRecords, 13},
      {"records of 24", records(3000, 24), DataType::kRecords, 24},
      {"records of 300", records(250, 300), DataType::kRecords, 300},
      {"grey", picture(350, 180, 1), DataType::kRaster, 350, 1},
      {"grey, 16 bits", picture(256, 140, 2), DataType::kRaster, 512, 2},
      {"colour", picture(200, 110, 3), DataType::kRaster, 600, 3},
      {"colour and alpha", picture(160, 110, 4), DataType::kRaster, 640, 4},
      {"mono", sound(32000, 1), DataType::kPcm, 2, 2},
      {"stereo", sound(16000, 2), DataType::kPcm, 4, 2},
      {"zeros", Bytes(70000), DataType::kGeneric},
  };
  for (const Expected& expected : table) {
    const Verdict found = verdict(expected.data);
    EXPECT_EQ(found.region.type, expected.type) << expected.name;
    EXPECT_EQ(found.region.stride, expected.stride) << expected.name;
    EXPECT_EQ(found.region.sample_bytes, expected.sample_bytes) << expected.name;
    EXPECT_GE(found.percent, 95U) << expected.name;
  }
}

TEST(DataType, AHeaderBeforeAPictureDoesNotHideIt) {
  Bytes file = testing::to_bytes("P5\n350 180\n255\n");
  append(file, picture(350, 180, 1));
  const Verdict found = verdict(file);
  EXPECT_EQ(found.region.type, DataType::kRaster);
  EXPECT_EQ(found.region.stride, 350U);
}

TEST(DataType, TextOfOtherAlphabetsIsText) {
  std::string utf8;
  std::string latin2;
  Random random(4);
  for (int i = 0; i < 6000; ++i) {
    static constexpr std::array kUtf8 = {"zażółć", "gęślą", "jaźń", "łódź", "и", "слово"};
    static constexpr std::array kLatin2 = {"za\xBF\xF3\xB3\xE6", "g\xEA\xB6l\xB1", "ja\xBC\xF1",
                                           "\xB3\xF3\x64\xBC"};
    utf8 += kUtf8[random.below(6)];
    latin2 += kLatin2[random.below(4)];
    utf8 += i % 9 == 8 ? '\n' : ' ';
    latin2 += i % 9 == 8 ? '\n' : ' ';
  }
  EXPECT_EQ(verdict(testing::to_bytes(utf8)).region.type, DataType::kText);
  EXPECT_EQ(verdict(testing::to_bytes(latin2)).region.type, DataType::kText);
}

TEST(DataType, SourceCodeIsTextFromTheFirstHundredsOfBytesOn) {
  const Bytes code =
      read_file(std::filesystem::path(KOMPAKT_SOURCE_DIR) / "src/chunk/data_type.cpp");
  ASSERT_GT(code.size(), 4000U);
  for (const std::size_t size : {300U, 600U, 1000U, 4000U}) {
    const auto regions = classify(ByteSpan(code).first(size));
    ASSERT_EQ(regions.size(), 1U);
    // A file's first lines may be a table of includes.
    EXPECT_TRUE(regions[0].type == DataType::kText || regions[0].type == DataType::kLines);
  }
  EXPECT_EQ(verdict(code).region.type, DataType::kText);
}

TEST(DataType, ProgramsOfThisSystemAreMachineCode) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "no x86 programs here";
#endif
  std::size_t seen = 0;
  for (const char* path : {"/usr/bin/grep", "/usr/bin/sed", "/usr/bin/tar", "/usr/bin/find"}) {
    const Bytes program = read_file(path);
    if (program.size() < 100000) {
      continue;
    }
    ++seen;
    std::size_t code = 0;
    for (const Region& region : classify(program)) {
      code += region.type == DataType::kX86 ? region.size : 0;
    }
    EXPECT_GE(code * 100, program.size() * 30) << path;
    EXPECT_LE(code * 100, program.size() * 90) << path;
  }
  if (seen == 0) {
    GTEST_SKIP() << "none of the programs is here";
  }
}

TEST(DataType, BoundariesOfTextLieWithinAKilobyteOfTheTruth) {
  Bytes block = testing::text_bytes(70000);
  append(block, testing::random_bytes(60000));
  append(block, testing::text_bytes(50000));
  const auto regions = classify(block);
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_EQ(regions[0].type, DataType::kText);
  EXPECT_EQ(regions[1].type, DataType::kPacked);
  EXPECT_NEAR(static_cast<double>(regions[1].begin), 70000, 1024);
  EXPECT_NEAR(static_cast<double>(regions[2].begin), 130000, 1024);
}

TEST(DataType, RegionsCoverTheBlockWhateverItHolds) {
  Random random(11);
  for (std::size_t size = 0; size <= 300; ++size) {
    for (const Bytes& block :
         {testing::random_bytes(size, size), testing::text_bytes(size), Bytes(size)}) {
      std::size_t at = 0;
      for (const Region& region : classify(block)) {
        ASSERT_EQ(region.begin, at);
        ASSERT_GT(region.size, 0U);
        at += region.size;
      }
      ASSERT_EQ(at, size);
    }
  }
  Bytes mixture;
  for (int i = 0; i < 12; ++i) {
    append(mixture, i % 3 == 0   ? testing::text_bytes(1000 + random.below(20000))
                    : i % 3 == 1 ? testing::random_bytes(1000 + random.below(20000))
                                 : records(100 + random.below(1000), 20));
  }
  std::size_t at = 0;
  for (const Region& region : classify(mixture)) {
    ASSERT_EQ(region.begin, at);
    at += region.size;
  }
  EXPECT_EQ(at, mixture.size());
}

}  // namespace
}  // namespace kompakt
