// What the tar reader promises: every dialect, every number checked, damage stepped over.
#include <gtest/gtest.h>

#include "archive/tar/pax.hpp"
#include "archive/tar/posix_acl.hpp"
#include "tar_support.hpp"

namespace {

using namespace kompakt;
using namespace kompakt::testing;

using Names = std::vector<std::string>;

Listing read(const std::string& archive, const ReadWay& way = {}) {
  return read_tar(as_bytes(archive), way);
}

std::string record(std::string_view key, std::string_view value) {
  std::string out;
  tar::append_record(out, key, value);
  return out;
}

TEST(TarRead, GivesMembersOfFilesAndPipesAlike) {
  const std::string archive = file_member("a", "first") + file_member("b", std::string(5000, 'x')) +
                              file_member("c", "") + end_mark();
  for (const bool pipe : {false, true}) {
    for (const std::size_t piece : {1U, 511U, 70000U}) {
      const Listing got = read(archive, {.pipe = pipe, .piece = piece});
      EXPECT_TRUE(got.clean());
      ASSERT_EQ(got.names(), (Names{"a", "b", "c"}));
      EXPECT_EQ(got.members[0].content, "first");
      EXPECT_EQ(got.members[1].content, std::string(5000, 'x'));
      EXPECT_EQ(got.members[1].header, 1024U);
    }
    EXPECT_EQ(read(archive, {.pipe = pipe, .content = false}).names(), (Names{"a", "b", "c"}));
  }
}

TEST(TarRead, StartsAtAnyMember) {
  const std::string archive = file_member("a", "1") + pax_header(record("path", "long")) +
                              file_member("b", "2") + end_mark();
  const Listing got = read(archive, {.options = {.offset = 1024}});
  ASSERT_EQ(got.names(), Names{"long"});
  EXPECT_EQ(got.members[0].header, 1024U);
  EXPECT_EQ(got.members[0].content, "2");
}

TEST(TarRead, TakesNumbersInEveryForm) {
  const auto number = [](std::string_view field) { return tar::parse_number(as_bytes(field)); };
  EXPECT_EQ(number(std::string_view("0000644\0", 8)), 0644);
  EXPECT_EQ(number("   644 \0"), 0644);
  EXPECT_EQ(number("77777777"), 077777777);
  EXPECT_EQ(number("777777777777"), 0777777777777);
  EXPECT_EQ(number(std::string_view("\0\0\0\0\0\0\0\0", 8)), 0);
  EXPECT_EQ(number("        "), 0);
  EXPECT_EQ(number("12x45678"), std::nullopt);
  EXPECT_EQ(number("-0000001"), std::nullopt);
  EXPECT_EQ(number("8"), std::nullopt);
  EXPECT_EQ(number(std::string_view("\x80\0\0\0\0\0\0\0\0\0\1\0", 12)), 256);
  EXPECT_EQ(number("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), -1);
  EXPECT_EQ(number(std::string_view("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12)), INT64_MAX);
  EXPECT_EQ(number(std::string_view("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12)), std::nullopt);
  EXPECT_EQ(number(std::string_view("\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", 12)), INT64_MIN);
  EXPECT_EQ(number(std::string_view("\xff\xff\xff\xff\x7f\0\0\0\0\0\0\0", 12)), std::nullopt);
}

TEST(TarRead, TimesHaveAFractionAndASign) {
  for (const auto& [text, seconds, nanoseconds] : {std::tuple{"0", std::int64_t{0}, 0U},
                                                   {"1.5", 1, 500000000U},
                                                   {"-1.5", -2, 500000000U},
                                                   {"-0.25", -1, 750000000U},
                                                   {"-3", -3, 0U},
                                                   {"12.000000001", 12, 1U}}) {
    const Entry::Time time{.seconds = seconds, .nanoseconds = nanoseconds};
    EXPECT_EQ(tar::parse_time(text), time) << text;
    EXPECT_EQ(tar::format_time(time), text);
  }
  const Entry::Time least{.seconds = INT64_MIN, .nanoseconds = 0};
  EXPECT_EQ(tar::format_time(least), "-9223372036854775808");
  for (const char* const bad : {"", "-", "x", ".5", "9223372036854775808", "1e5"}) {
    EXPECT_EQ(tar::parse_time(bad), std::nullopt) << bad;
  }
}

TEST(TarRead, PaxRecordsOverrideTheHeader) {
  const std::string name(300, 'n');
  const std::string records =
      record("path", name) + record("size", "5") + record("uid", "4000000000") +
      record("gid", "3000000000") + record("uname", "someone") + record("mtime", "1.000000005") +
      record("atime", "7") + record("SCHILY.xattr.user.a", std::string("\0\n=", 3)) +
      record("LIBARCHIVE.xattr.user.%62", "aGVsbG8=") + record("unknown", "value");
  const std::string archive =
      pax_header(records) + HandMade("short", '0', 0).with("12345") + end_mark();
  const Listing got = read(archive);
  ASSERT_TRUE(got.clean()) << got.damage.to_string();
  ASSERT_EQ(got.names(), Names{name});
  const Entry& entry = got.members[0].entry;
  EXPECT_EQ(entry.size, 5U);
  EXPECT_EQ(got.members[0].content, "12345");
  EXPECT_EQ(entry.owner->uid, 4000000000U);
  EXPECT_EQ(entry.owner->gid, 3000000000U);
  EXPECT_EQ(entry.user, "someone");
  EXPECT_EQ(*entry.modified, (Entry::Time{1, 5}));
  EXPECT_EQ(*entry.accessed, (Entry::Time{7, 0}));
  using Xattrs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(entry.xattrs, (Xattrs{{"user.a", std::string("\0\n=", 3)}, {"user.b", "hello"}}));
}

TEST(TarRead, GlobalRecordsHoldUntilOverridden) {
  const std::string archive = pax_header(record("mtime", "50") + record("path", "same"), 'g') +
                              file_member("a", "") + pax_header(record("mtime", "60")) +
                              file_member("b", "") + file_member("c", "") + end_mark();
  const Listing got = read(archive);
  ASSERT_EQ(got.names(), (Names{"a", "b", "c"}));
  EXPECT_EQ(got.members[0].entry.modified->seconds, 50);
  EXPECT_EQ(got.members[1].entry.modified->seconds, 60);
  EXPECT_EQ(got.members[2].entry.modified->seconds, 50);
}

TEST(TarRead, MalformedPaxHeadersLoseTheirMemberOnly) {
  const std::vector<std::string> malformed = {"99 path=a\n",
                                              "5 path=a\n",
                                              "x path=a\n",
                                              "10 path=abc",
                                              "9 pathaa\n",
                                              "0 a=b\n",
                                              "6 a=b\nx",
                                              "6 =ab\n",
                                              " 6 a=b\n",
                                              "-6 a=b\n",
                                              record("path", std::string_view("a\0b", 3)),
                                              record("size", "-1"),
                                              record("size", "9223372036854775808"),
                                              record("size", "1x"),
                                              record("linkpath", std::string_view("\0", 1)),
                                              "99999999999999999999999 a=b\n"};
  for (const std::string& records : malformed) {
    const Listing got = read(pax_header(records) + file_member("hit", "12") +
                             file_member("intact", "34") + end_mark());
    EXPECT_TRUE(got.end.ok()) << records;
    EXPECT_EQ(got.damage.code(), Code::kCorrupt) << records;
    ASSERT_EQ(got.members.size(), 2U) << records;
    EXPECT_EQ(got.members[0].status.code(), Code::kCorrupt) << records;
    EXPECT_EQ(got.members[1].entry.path, "intact");
    EXPECT_EQ(got.members[1].content, "34");
  }
}

TEST(TarRead, ExtendedHeadersBeyondTheLimitLoseTheirMemberOnly) {
  const std::string archive = pax_header(record("comment", std::string(5000, 'c'))) +
                              file_member("hit", "12") + file_member("intact", "34") + end_mark();
  const Listing got = read(archive, {.options = {.max_extended = 4096}});
  ASSERT_EQ(got.members.size(), 2U);
  EXPECT_EQ(got.members[0].status.code(), Code::kLimitExceeded);
  EXPECT_EQ(got.members[1].content, "34");
  EXPECT_TRUE(read(archive).clean());
}

TEST(TarRead, ImpossibleSizesAreDamage) {
  for (const std::string_view size :
       {std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12),
        std::string_view("\x80\0\0\0\xff\0\0\0\0\0\0\0", 12),
        std::string_view("12345x789012", 12)}) {
    for (const char type : {'0', 'x', 'L', 'g'}) {
      const std::string archive = HandMade("hit", type).set(tar::kSize.at, size).with() +
                                  file_member("b", "2") + end_mark();
      const Listing got = read(archive);
      EXPECT_EQ(got.names(), Names{"b"});
      EXPECT_EQ(got.damage.code(), Code::kCorrupt);
      EXPECT_EQ(got.damage.offset(), 0U);
    }
  }
}

TEST(TarRead, HugeSizesOfCutOffMembersAreTruncation) {
  const std::string archive =
      file_member("a", "1") +
      HandMade("b")
          .set(tar::kSize.at, std::string_view("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12))
          .with("x");
  for (const bool pipe : {false, true}) {
    for (const bool content : {false, true}) {
      const Listing got = read(archive, {.pipe = pipe, .content = content});
      EXPECT_TRUE(got.end.ok());
      EXPECT_EQ(got.damage.code(), Code::kTruncated);
      EXPECT_EQ(got.names(), (Names{"a", "b"}));
      EXPECT_EQ(got.members[1].status.code(), content ? Code::kTruncated : Code::kOk);
    }
  }
}

TEST(TarRead, DamagedHeadersLoseTheirMemberOnly) {
  std::string archive = file_member("a", "1") + file_member("b", std::string(3000, 'b')) +
                        file_member("c", "3") + end_mark();
  archive[1024 + 5] = '!';
  for (const bool pipe : {false, true}) {
    const Listing got = read(archive, {.pipe = pipe});
    EXPECT_TRUE(got.end.ok());
    EXPECT_EQ(got.names(), (Names{"a", "c"}));
    EXPECT_EQ(got.damage.code(), Code::kCorrupt);
    EXPECT_EQ(got.damage.offset(), 1024U);
    EXPECT_EQ(got.members[1].content, "3");
  }
  archive[5] = '!';
  EXPECT_EQ(read(archive).names(), Names{"c"});
}

TEST(TarRead, AZeroedHeaderInTheMiddleIsDamageAndNotTheEnd) {
  std::string archive =
      file_member("a", "1") + file_member("b", "22") + file_member("c", "3") + end_mark();
  archive.replace(1024, 512, 512, '\0');
  const Listing got = read(archive);
  EXPECT_EQ(got.names(), (Names{"a", "c"}));
  EXPECT_EQ(got.damage.code(), Code::kCorrupt);
}

TEST(TarRead, EndsWhereArchivesEnd) {
  const std::string body = file_member("a", "1");
  const std::string zeros(512, '\0');
  EXPECT_TRUE(read("").clean());
  EXPECT_TRUE(read(end_mark()).clean());
  EXPECT_TRUE(read(body).clean());          // no mark
  EXPECT_TRUE(read(body + zeros).clean());  // half of one
  EXPECT_TRUE(read(body + zeros + std::string(512, 'j')).clean());
  EXPECT_TRUE(read(body.substr(0, 513)).clean());  // all content, no padding
  const std::string two = body + end_mark() + file_member("b", "2") + end_mark();
  EXPECT_EQ(read(two).names(), Names{"a"});
  EXPECT_TRUE(read(two).clean());
  EXPECT_EQ(read(two, {.options = {.ignore_zeros = true}}).names(), (Names{"a", "b"}));
  EXPECT_EQ(read(std::string(5000, 'j')).end.code(), Code::kUnsupported);
  EXPECT_EQ(read("junk").end.code(), Code::kUnsupported);
}

TEST(TarRead, TruncationAnywhereKeepsWhatCameBefore) {
  const std::string archive = file_member("a", "1") + pax_header(record("path", "long")) +
                              file_member("b", std::string(700, 'b')) + file_member("c", "") +
                              end_mark();
  const std::vector<std::size_t> ends = {512 + 1, 2048 + 512 + 700, 3584 + 512};
  for (std::size_t size = 1; size < archive.size(); ++size) {
    if (size % 512 > 2 && size % 37 != 0) {
      continue;
    }
    const Listing got = read(archive.substr(0, size), {.pipe = size % 2 == 1});
    const auto whole = static_cast<std::size_t>(
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; }));
    std::size_t intact = 0;
    for (const Member& member : got.members) {
      intact += member.status.ok() ? 1 : 0;
    }
    EXPECT_EQ(intact, whole) << size;
    // Clean only between members, or where no more than padding or the mark is missing.
    const bool inside = size < 513 || (size > 1024 && size < 2048 + 512 + 700) ||
                        (size > 3584 && size < 3584 + 512);
    EXPECT_EQ(!got.clean(), inside) << size;
  }
}

TEST(TarRead, NoFlippedByteGivesAWrongHeader) {
  const std::string archive = pax_header(record("path", "long")) + file_member("a", "12345") +
                              HandMade("l", '2').set(tar::kLink.at, "to").with() + end_mark();
  const Listing intact = read(archive);
  for (std::size_t at = 0; at < archive.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      std::string hit = archive;
      hit[at] = static_cast<char>(static_cast<unsigned char>(hit[at]) ^ flip);
      const Listing got = read(hit);
      const std::size_t in_member = at % 512;
      const bool header = at / 512 == 0 || at / 512 == 2 || at / 512 == 4;
      // The checksum's own padding may say the same in other characters.
      const bool checksum = in_member >= tar::kChecksum.at && in_member < tar::kTypeAt;
      if (header && !checksum) {
        EXPECT_FALSE(got.clean()) << at;
      }
      for (const Member& member : got.members) {
        const auto known = intact.names();
        // A record whose key was hit is another record: the name in the header holds then.
        const bool named =
            std::find(known.begin(), known.end(), member.entry.path) != known.end() ||
            member.entry.path == "a" || (at >= 512 && at < 1024);
        EXPECT_TRUE(named) << at << " " << member.entry.path;
      }
    }
  }
}

TEST(TarRead, GnuLongNamesAndLinks) {
  const std::string name(400, 'n');
  const std::string link(300, 'l');
  const std::string archive = HandMade("././@LongLink", 'K', link.size() + 1).with(link + '\0') +
                              HandMade("././@LongLink", 'L', name.size() + 1).with(name + '\0') +
                              HandMade("cut", '2').set(tar::kLink.at, "cut").with() + end_mark();
  const Listing got = read(archive);
  ASSERT_TRUE(got.clean());
  ASSERT_EQ(got.names(), Names{name});
  EXPECT_EQ(got.members[0].entry.link_target, link);
}

TEST(TarRead, OldGnuSparseFilesWithExtensions) {
  HandMade header("sparse", 'S', 25 * 2);
  header.set(tar::kMagic.at, std::string_view("ustar  \0", 8));
  header.octal(tar::kGnuRealSize, 30000);
  std::string extension(512, '\0');
  std::string expected(30000, '\0');
  std::string content;
  for (std::size_t i = 0; i < 25; ++i) {
    std::string pair(24, '\0');
    const MutableByteSpan bytes(reinterpret_cast<std::byte*>(pair.data()), pair.size());
    static_cast<void>(tar::put_octal(bytes.first(12), 1000 * i));
    static_cast<void>(tar::put_octal(bytes.subspan(12), 2));
    if (i < 4) {
      header.set(tar::kGnuMapAt + 24 * i, pair);
    } else {
      extension.replace(24 * (i - 4), 24, pair);
    }
    const std::string piece = {static_cast<char>('a' + i), '.'};
    expected.replace(1000 * i, 2, piece);
    content += piece;
  }
  header.set(tar::kGnuMoreAt, "\1");
  std::string archive = header.with() + extension + content;
  archive.resize(archive.size() + tar::padding_of(content.size()), '\0');
  const Listing got = read(archive + file_member("b", "2") + end_mark());
  EXPECT_TRUE(got.clean()) << got.damage.to_string();
  ASSERT_EQ(got.names(), (Names{"sparse", "b"}));
  EXPECT_EQ(got.members[0].content, expected);
}

TEST(TarRead, SparseMapsThatCannotBeLoseTheirMemberOnly) {
  const std::vector<std::string> maps = {"1\n0\n",             // no length
                                         "1\n5\n600\n",        // outside the file
                                         "2\n10\n5\n12\n5\n",  // overlap
                                         "2\n20\n5\n0\n5\n",   // out of order
                                         "1\n0\n100\n",        // more than is stored
                                         "x\n",
                                         "99999999\n",
                                         "1\n-1\n5\n",
                                         "1\n9223372036854775807\n9223372036854775807\n",
                                         std::string(300, '1') + "\n"};
  for (const std::string& map : maps) {
    std::string body = map;
    body.resize(512, '\0');
    body += "stored";
    const std::string records = record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                                record("GNU.sparse.name", "real") +
                                record("GNU.sparse.realsize", "500");
    const Listing got = read(pax_header(records) + file_member("s", body) +
                             file_member("intact", "1") + end_mark());
    ASSERT_EQ(got.names(), (Names{"real", "intact"})) << map;
    EXPECT_FALSE(got.members[0].status.ok()) << map;
    EXPECT_TRUE(got.members[1].status.ok()) << map;
    EXPECT_FALSE(got.damage.ok()) << map;
  }
}

TEST(TarRead, LinksAndFoldersMayStateASizeWithoutContent) {
  const std::string archive =
      HandMade("hard", '1', 700).set(tar::kLink.at, "a").with() +
      HandMade("dir/", '5', 100).with() +
      HandMade("pax", '1', 700).set(tar::kLink.at, "a").with(std::string(700, 'c')) +
      file_member("z", "end") + end_mark();
  const Listing got = read(archive);
  EXPECT_TRUE(got.clean());
  EXPECT_EQ(got.names(), (Names{"hard", "dir", "pax", "z"}));
  EXPECT_EQ(got.members[3].content, "end");
}

TEST(TarRead, VolumesAreRefusedAndLabelsSkipped) {
  EXPECT_EQ(read(HandMade("rest", 'M', 4).with("rest") + end_mark()).end.code(),
            Code::kUnsupported);
  const Listing got = read(HandMade("label", 'V').with() + file_member("a", "1") + end_mark());
  EXPECT_TRUE(got.clean());
  EXPECT_EQ(got.names(), Names{"a"});
}

TEST(TarRead, OldAndSignedHeaders) {
  std::string v7 = HandMade("folder/").set(tar::kMagic.at, std::string(8, '\0')).with();
  EXPECT_EQ(read(v7 + end_mark()).members[0].entry.type, EntryType::kDirectory);
  EXPECT_TRUE(looks_like_tar(as_bytes(v7)));
  // A sum of signed bytes: each of the four bytes above 0x7F counts 256 less.
  HandMade high("\xC3\xA4\xC3\xB6");
  std::string block = high.with();
  const auto sum = tar::parse_number(as_bytes(block).subspan(tar::kChecksum.at, 8));
  static_cast<void>(
      tar::put_octal({reinterpret_cast<std::byte*>(block.data()) + tar::kChecksum.at, 7},
                     static_cast<std::uint64_t>(*sum - 4 * 256)));
  EXPECT_TRUE(read(block + end_mark()).clean());
  EXPECT_FALSE(looks_like_tar(as_bytes(std::string(512, '\0'))));
  EXPECT_FALSE(looks_like_tar(as_bytes(std::string(512, ' '))));
  EXPECT_FALSE(looks_like_tar(as_bytes(v7.substr(0, 511))));
}

TEST(TarRead, AccessControlListsInEveryWriting) {
  const auto bytes = tar::acl_from_text("user::rwx,user:1000:r-x,group::r-x,mask::r-x,other::---");
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->size(), 4U + 5 * 8);
  EXPECT_EQ(tar::acl_to_text(*bytes), "user::rwx,user:1000:r-x,group::r-x,mask::r-x,other::---");
  for (const char* const same :
       {"user::rwx\ngroup::r-x\nuser:1000:r-x\t#effective:r-x\nmask::r-x\nother::---\n",
        "u::rwx,u:nobody-known:r-x:1000,g::r-x,m::r-x,o::---",
        "default:user::rwx,default:user:1000:r-x,default:group::r-x,default:mask::r-x,default:"
        "other::---",
        "user::rwx,user:1000:r-x,group::r-x,mask:r-x,other:---"}) {
    EXPECT_EQ(tar::acl_from_text(same), bytes) << same;
  }
  for (const char* const bad : {"", "user", "user::rwz", "people::rwx",
                                "user:no-such-user-here:r--", "mask:1000:r--", "a:b:c:d:e:f:g"}) {
    EXPECT_EQ(tar::acl_from_text(bad), std::nullopt) << bad;
  }
  for (const std::string& bad :
       {std::string(), std::string("\2\0\0", 3), std::string("\1\0\0\0", 4),
        std::string("\2\0\0\0xxxxxxxx", 12), std::string("\2\0\0\0xxx", 7)}) {
    EXPECT_EQ(tar::acl_to_text(bad), std::nullopt);
  }
}

}  // namespace
