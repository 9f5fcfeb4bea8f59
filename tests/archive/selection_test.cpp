// Which names globs take, and that no pattern can make them slow.
#include "archive/selection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Random;

struct GlobCase {
  std::string_view pattern;
  std::string_view path;
  bool matches;
};

void expect_all(const std::vector<GlobCase>& cases) {
  for (const GlobCase& each : cases) {
    EXPECT_EQ(glob_matches(each.pattern, each.path), each.matches)
        << each.pattern << " with " << each.path;
  }
}

TEST(Glob, WithoutASlashABaseNameAtAnyDepth) {
  expect_all({{"*.c", "main.c", true},
              {"*.c", "src/deep/main.c", true},
              {"*.c", "src.c/readme", false},
              {"main.c", "a/main.c", true},
              {"main.c", "a/xmain.c", false},
              {"build/", "a/build", true},
              {"*", "a/b", true},
              {"**", "a/b", true},
              {"", "a", false},
              {"?", "", false}});
}

TEST(Glob, WithASlashTheWholePath) {
  expect_all({{"src/*.c", "src/main.c", true},
              {"src/*.c", "src/deep/main.c", false},
              {"src/*.c", "x/src/main.c", false},
              {"/main.c", "main.c", true},
              {"/main.c", "a/main.c", false},
              {"/*.c", "./main.c", true},
              {"a/*/c", "a/b/c", true},
              {"a/*/c", "a/b/b/c", false},
              {"a/*/c", "a/c", false},
              {"a/?/c", "a///c", false}});
}

TEST(Glob, TwoStarsCrossComponents) {
  expect_all({{"**/x", "x", true},
              {"**/x", "a/b/x", true},
              {"**/x", "a/bx", false},
              {"a/**/b", "a/b", true},
              {"a/**/b", "a/c/d/b", true},
              {"a/**/b", "a/cb", false},
              {"a/**/b", "ab", false},
              {"a/**", "a/b/c", true},
              {"a/**", "a", false},
              {"a/**c/d", "a/b/xc/d", true},
              {"/a**d", "a/b/c/d", true},
              {"**/*.c", "m.c", true},
              {"**/a/*b/*.c", "x/a/b/a/xb/m.c", true},
              {"**/a*b/c", "a/ab/aXb/c", true},
              {"**/**/x", "x", true},
              {"a/***/b", "a/b", true}});
}

TEST(Glob, ClassesRangesAndEscapes) {
  expect_all({{"[abc]x", "bx", true},
              {"[abc]x", "dx", false},
              {"[a-c]x", "bx", true},
              {"[!a-c]x", "bx", false},
              {"[^a-c]x", "dx", true},
              {"[]x]", "]", true},
              {"[!]x]", "]", false},
              {"[a-]", "-", true},
              {"[\\]]", "]", true},
              {"[ab", "[ab", true},
              {"[", "[", true},
              {"\\*", "*", true},
              {"\\*", "a", false},
              {"a\\", "a\\", true},
              {"/a[!b]c", "a/c", false}});
}

TEST(Glob, ACharacterIsAWholeUtf8Sequence) {
  expect_all({{"?", "\u00e9", true},
              {"??", "\u00e9", false},
              {"*??", "\u20ac", false},
              {"/**??", "\u20ac", false},
              {"[\u00e0-\u00ff]", "\u00e9", true},
              {"[\u00e0-\u00ff]", "\u0100", false},
              {"?", "\xff", true},
              {"a?b", "a\xc3z", false},
              {"a??", "a\xc3z", true},
              {"[\xff]", "\xff", true},
              {"*\n*", "a\nb", true}});
}

/// What the rules say, by trying everything: exponential, but obviously right.
bool slow_match(std::string_view pattern, std::string_view text, bool component_start = true) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern.starts_with("**")) {
    std::string_view rest = pattern.substr(2);
    if (component_start && rest.starts_with('/')) {
      rest.remove_prefix(1);
      for (std::size_t at = 0;;) {
        if (slow_match(rest, text.substr(at))) {
          return true;
        }
        at = text.find('/', at);
        if (at == std::string_view::npos) {
          return false;
        }
        ++at;
      }
    }
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (slow_match(rest, text.substr(at), false)) {
        return true;
      }
    }
    return false;
  }
  if (pattern.starts_with('*')) {
    for (std::size_t at = 0;; ++at) {
      if (slow_match(pattern.substr(1), text.substr(at), false)) {
        return true;
      }
      if (at == text.size() || text[at] == '/') {
        return false;
      }
    }
  }
  return !text.empty() && (pattern[0] == '?' ? text[0] != '/' : pattern[0] == text[0]) &&
         slow_match(pattern.substr(1), text.substr(1), pattern[0] == '/');
}

TEST(Glob, AgreesWithTryingEverything) {
  Random random(7);
  std::size_t matched = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string pattern = "/";
    const std::size_t tokens = 1 + random.below(8);
    bool star = false;
    for (std::size_t i = 0; i < tokens; ++i) {
      constexpr std::string_view kTokens[] = {"a", "b", "/", "*", "**", "?", "/**/", "**/"};
      std::string_view token = kTokens[random.below(8)];
      // Three stars in a row, or two slashes, are not what this test is about.
      if ((star && token.starts_with('*')) || (pattern.ends_with('/') && token.starts_with('/'))) {
        token = "a";
      }
      pattern += token;
      star = token.ends_with('*');
    }
    while (pattern.ends_with('/')) {
      pattern.pop_back();
    }
    std::string path(1, "ab"[random.below(2)]);
    for (std::size_t i = random.below(8); i > 0; --i) {
      const char next = "ab/"[random.below(3)];
      path += next == '/' && path.ends_with('/') ? 'a' : next;
    }
    if (path.ends_with('/')) {
      path += 'b';
    }
    if (pattern.empty()) {
      continue;
    }
    const bool expected = slow_match(std::string_view(pattern).substr(1), path);
    ASSERT_EQ(glob_matches(pattern, path), expected) << pattern << " with " << path;
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, 10'000U);
}

TEST(Glob, HostilePatternsAndPathsTakeNoTime) {
  const std::string as(65'536, 'a');
  std::string slashes;
  for (int i = 0; i < 32'768; ++i) {
    slashes += "a/";
  }
  slashes += "a";
  std::string stars;
  for (int i = 0; i < 50; ++i) {
    stars += "*a";
  }
  std::string deep;
  for (int i = 0; i < 20; ++i) {
    deep += "**/a*a/";
  }
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& pattern :
       {stars + "b", "/" + stars + "b", "/**" + stars + "b", deep + "b",
        std::string("/**a**a**a**b"), std::string("/**a*a*ab"), std::string("**/a/**/b/**/c"),
        "/" + std::string(50, '?') + "b"}) {
    EXPECT_FALSE(glob_takes(pattern, as)) << pattern;
    EXPECT_FALSE(glob_takes(pattern, slashes)) << pattern;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Glob, TakesWhatLiesBelowAMatch) {
  EXPECT_TRUE(glob_takes("node_modules", "a/node_modules/b/c"));
  EXPECT_TRUE(glob_takes("a/*", "a/b/c/d"));
  EXPECT_FALSE(glob_takes("a/*/x", "a/b/c/d"));
  EXPECT_TRUE(glob_takes("a*c/d", "abc/d/e"));
  EXPECT_FALSE(glob_takes("a*c/d", "abc/de"));
  EXPECT_FALSE(glob_matches("a/*", "a/b/c/d"));
}

TEST(Glob, IsToldFromAPlainName) {
  EXPECT_TRUE(is_glob("*.c"));
  EXPECT_TRUE(is_glob("a?"));
  EXPECT_TRUE(is_glob("[a]"));
  EXPECT_FALSE(is_glob("a/b.c"));
  EXPECT_FALSE(is_glob("a\\b"));
}

TEST(MemberFilter, ANameTakesItselfAndWhatLiesBelow) {
  MemberFilter filter({.names = {"a/b", "./c/", "missing"}, .include = {}, .exclude = {}});
  EXPECT_FALSE(filter.takes_all());
  EXPECT_TRUE(filter.takes("a/b"));
  EXPECT_TRUE(filter.takes("a/b/c/d"));
  EXPECT_TRUE(filter.takes("./a/b"));
  EXPECT_FALSE(filter.takes("a"));
  EXPECT_FALSE(filter.takes("a/bc"));
  EXPECT_TRUE(filter.takes("c"));
  EXPECT_TRUE(filter.takes("c/x"));
  EXPECT_EQ(filter.unmatched(), std::vector<std::string>{"missing"});
}

TEST(MemberFilter, GlobsNamesAndNestedNamesAllCountAsMatched) {
  MemberFilter filter(
      {.names = {"a", "a/b", "*.c", "x[1].txt", "no*"}, .include = {}, .exclude = {}});
  EXPECT_TRUE(filter.takes("a/b/m.c"));
  EXPECT_TRUE(filter.takes("x[1].txt"));
  EXPECT_TRUE(filter.takes("x1.txt"));
  EXPECT_FALSE(filter.takes("x2.txt"));
  EXPECT_EQ(filter.unmatched(), std::vector<std::string>{"no*"});
}

TEST(MemberFilter, ExclusionsWinAndAnExcludedNameIsNotMissing) {
  MemberFilter filter({.names = {"a"}, .include = {"*.c", "*.h"}, .exclude = {"gen"}});
  EXPECT_TRUE(filter.takes("a/m.c"));
  EXPECT_FALSE(filter.takes("a/m.o"));
  EXPECT_FALSE(filter.takes("b/m.c"));
  EXPECT_FALSE(filter.takes("a/gen/m.c"));
  EXPECT_TRUE(filter.unmatched().empty());
}

TEST(MemberFilter, WithoutAnySelectionTakesAll) {
  MemberFilter filter{MemberSelection{}};
  EXPECT_TRUE(filter.takes_all());
  EXPECT_TRUE(filter.takes("anything"));
  MemberFilter dot({.names = {"."}, .include = {}, .exclude = {}});
  EXPECT_TRUE(dot.takes("anything"));
}

TEST(MemberFilter, AHundredThousandNamesAreNoBurden) {
  MemberSelection selection;
  for (int i = 0; i < 100'000; ++i) {
    selection.names.push_back("folder/" + std::to_string(i));
  }
  MemberFilter filter(selection);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 200'000; ++i) {
    ASSERT_EQ(filter.takes("folder/" + std::to_string(i)), i < 100'000);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace kompakt
