#include "base/glob.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(Glob, MatchesLettersByThemselves) {
  EXPECT_TRUE(glob_match("key", "key"));
  EXPECT_FALSE(glob_match("key", "keys"));
  EXPECT_FALSE(glob_match("keys", "key"));
  EXPECT_FALSE(glob_match("key", "KEY"));
  EXPECT_TRUE(glob_match("kEy", "KeY", true));
}

TEST(Glob, LetsAStarTakeAnything) {
  EXPECT_TRUE(glob_match("*", "anything"));
  EXPECT_TRUE(glob_match("user:*:name", "user::name"));
  EXPECT_TRUE(glob_match("user:*:name", "user:1:name:name"));
  EXPECT_FALSE(glob_match("user:*:name", "user:1:names"));
  EXPECT_TRUE(glob_match("a**b***", "ab"));
  EXPECT_TRUE(glob_match("*a*b", "aabab"));
  EXPECT_TRUE(glob_match("*ab*ab", "ababab"));
  EXPECT_FALSE(glob_match("*ab*ab", "ab"));
}

TEST(Glob, LetsAQuestionMarkTakeOneCharacter) {
  EXPECT_TRUE(glob_match("h?llo", "hello"));
  EXPECT_FALSE(glob_match("h?llo", "hllo"));
  EXPECT_FALSE(glob_match("hello?", "hello"));
  EXPECT_TRUE(glob_match("*?", "x"));
}

TEST(Glob, MatchesClassesAndTheirOpposite) {
  EXPECT_TRUE(glob_match("h[ae]llo", "hallo"));
  EXPECT_FALSE(glob_match("h[ae]llo", "hillo"));
  EXPECT_TRUE(glob_match("h[^e]llo", "hallo"));
  EXPECT_FALSE(glob_match("h[^e]llo", "hello"));
  EXPECT_TRUE(glob_match("[a-c]x", "bx"));
  EXPECT_TRUE(glob_match("[c-a]x", "bx"));  // reversed
  EXPECT_FALSE(glob_match("[^c-a]x", "bx"));
  EXPECT_TRUE(glob_match("[A-C]x", "bX", true));
  EXPECT_TRUE(glob_match("[-a]", "-"));
  EXPECT_FALSE(glob_match("[]a]", "a"));  // "]" closes at once
  EXPECT_TRUE(glob_match("[^]", "a"));
}

TEST(Glob, TakesRangesBySignedValue) {
  EXPECT_TRUE(glob_match("[\x80-\x01]", "\xff"));
  EXPECT_TRUE(glob_match("[\x01-\x80]", "\xff"));
  EXPECT_FALSE(glob_match("[\x01-\x80]", "\x7f"));
}

TEST(Glob, EscapesWithABackslash) {
  EXPECT_TRUE(glob_match("\\*", "*"));
  EXPECT_FALSE(glob_match("\\*", "x"));
  EXPECT_TRUE(glob_match("[\\]]", "]"));
  EXPECT_TRUE(glob_match("[\\a-c]", "-"));  // no range: its start is escaped
  EXPECT_FALSE(glob_match("[\\a-c]", "b"));
  EXPECT_FALSE(glob_match("[\\a]", "A", true));  // keeps its case
  EXPECT_TRUE(glob_match("a\\", "a\\"));
}

TEST(Glob, EndsAnOpenClassWithThePattern) {
  EXPECT_TRUE(glob_match("[ab", "b"));
  EXPECT_FALSE(glob_match("[ab", "c"));
  EXPECT_FALSE(glob_match("[", "["));
  EXPECT_TRUE(glob_match("[^", "["));
  EXPECT_TRUE(glob_match("[a-", "-"));
  EXPECT_TRUE(glob_match("[\\", "\\"));
}

TEST(Glob, MatchesAnEmptyTextByTheEmptyPatternAlone) {
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_FALSE(glob_match("*", ""));
  EXPECT_FALSE(glob_match("", "a"));
}

TEST(Glob, IsNotSlowedDownByManyStars) {
  Bytes pattern;
  for (int index = 0; index < 500; ++index) pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", Bytes(20000, 'a')));
  EXPECT_TRUE(glob_match(pattern + "a", Bytes(20000, 'a')));
}

}  // namespace
}  // namespace replserver
