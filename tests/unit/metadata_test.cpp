#include "container/metadata.hpp"

#include <gtest/gtest.h>

#include <string>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;

Bytes field(unsigned tag, std::string_view value) {
  Bytes bytes = {static_cast<std::byte>(tag)};
  for (unsigned i = 0; i < 4; ++i) {
    bytes.push_back(static_cast<std::byte>(value.size() >> (8 * i)));
  }
  const Bytes text = testing::to_bytes(value);
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

TEST(Metadata, EveryFieldComesBack) {
  WarpMetadata metadata;
  EXPECT_TRUE(encode_metadata(metadata).empty());
  EXPECT_EQ(decode_metadata({}).value(), metadata);
  metadata.name = "a name";
  metadata.mode = 07777;
  metadata.modified = WarpMetadata::Time{INT64_MIN, 0};
  metadata.owner = WarpMetadata::Owner{UINT32_MAX, 0};
  metadata.xattrs = {{"user.x", std::string("\0\xff", 2)}, {"user.x2", ""}};
  ASSERT_TRUE(check_metadata(metadata).ok());
  EXPECT_EQ(decode_metadata(encode_metadata(metadata)).value(), metadata);
}

TEST(Metadata, UnknownFieldsAreSkipped) {
  Bytes bytes = field(200, "future");
  const Bytes name = field(1, "n");
  bytes.insert(bytes.end(), name.begin(), name.end());
  EXPECT_EQ(decode_metadata(bytes).value().name, "n");
}

TEST(Metadata, NamesThatCouldLeaveAFolderAreNoNames) {
  for (const std::string_view name : {"", ".", "..", "a/b", "/a", "../a"}) {
    EXPECT_EQ(decode_metadata(field(1, name)).status().code(), Code::kCorrupt) << name;
    WarpMetadata metadata;
    metadata.name = name;
    EXPECT_EQ(check_metadata(metadata).code(), Code::kInvalidArgument) << name;
  }
  EXPECT_EQ(decode_metadata(field(1, std::string_view("a\0b", 3))).status().code(), Code::kCorrupt);
  EXPECT_TRUE(decode_metadata(field(1, "...")).ok());
}

TEST(Metadata, MalformedFieldsAreCorrupt) {
  const std::string eight(8, '\0');
  const std::string nanoseconds = eight + "\xff\xff\xff\xff";
  const Bytes cases[] = {field(2, "123"),
                         field(2, std::string_view("\0\x10\0\0", 4)),  // mode 010000
                         field(3, eight),
                         field(3, nanoseconds),
                         field(4, "1234567"),
                         field(5, ""),
                         field(5, "\x01"),
                         field(5, std::string_view("\0\0v", 3)),        // no name
                         field(5, std::string_view("\x03\0ab", 4)),     // longer than the field
                         field(5, std::string_view("\x02\0a\0v", 5))};  // a NUL in the name
  for (const Bytes& bytes : cases) {
    EXPECT_EQ(decode_metadata(bytes).status().code(), Code::kCorrupt);
  }
}

TEST(Metadata, FieldsThatOccurTwiceAreCorrupt) {
  for (const Bytes& once : {field(1, "n"), field(2, std::string(4, '\0')),
                            field(3, std::string(12, '\0')), field(4, std::string(8, '\0'))}) {
    ASSERT_TRUE(decode_metadata(once).ok());
    Bytes twice = once;
    twice.insert(twice.end(), once.begin(), once.end());
    EXPECT_EQ(decode_metadata(twice).status().code(), Code::kCorrupt);
  }
}

TEST(Metadata, EveryTruncationIsToldOrLeavesWholeFields) {
  WarpMetadata metadata;
  metadata.name = "a name";
  metadata.mode = 0600;
  const Bytes bytes = encode_metadata(metadata);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = decode_metadata(ByteSpan(bytes).first(size));
    EXPECT_EQ(decoded.ok(), size == 0 || size == 5 + 6) << size;
  }
}

TEST(Metadata, AttributesThatDoNotFitAreLeftOut) {
  WarpMetadata metadata;
  metadata.xattrs = {{"user.large", std::string(kMaxMetadataSize, 'x')}, {"user.small", "kept"}};
  const Bytes bytes = encode_metadata(metadata);
  EXPECT_LE(bytes.size(), kMaxMetadataSize);
  const auto decoded = decode_metadata(bytes);
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->xattrs.size(), 1U);
  EXPECT_EQ(decoded->xattrs[0].first, "user.small");
}

TEST(Metadata, ImpossibleValuesAreRefusedBeforeTheyAreWritten) {
  WarpMetadata metadata;
  metadata.mode = 010000;
  EXPECT_EQ(check_metadata(metadata).code(), Code::kInvalidArgument);
  metadata = {};
  metadata.modified = WarpMetadata::Time{0, 1'000'000'000};
  EXPECT_EQ(check_metadata(metadata).code(), Code::kInvalidArgument);
  metadata = {};
  metadata.xattrs = {{"", "v"}};
  EXPECT_EQ(check_metadata(metadata).code(), Code::kInvalidArgument);
  metadata = {};
  metadata.name = std::string(4097, 'n');
  EXPECT_EQ(check_metadata(metadata).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace kompakt
