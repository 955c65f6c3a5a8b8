#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/random.hpp"
#include "resp/parser.hpp"

namespace replserver::resp {
namespace {

TEST(SplitWords, SeparatesByAnySpaces) {
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words(" \t\r\n\v\f"), Words{});
  EXPECT_EQ(split_words("  save  900\t1\n"), (Words{"save", "900", "1"}));
}

TEST(SplitWords, TakesVerticalTabAndFormFeedForLettersWithinAWord) {
  EXPECT_EQ(split_words("\va\vb\fc"), Words{"a\vb\fc"});
}

TEST(SplitWords, UnderstandsEscapesInDoubleQuotes) {
  EXPECT_EQ(split_words(R"("\n\r\t\b\a\\\"\q")"), Words{"\n\r\t\b\a\\\"q"});
  EXPECT_EQ(split_words(R"("\x41\xfF\x00")"), (Words{Bytes("A\xff\0", 3)}));
  EXPECT_EQ(split_words(R"("\x4\xg1")"), Words{"x4xg1"});
}

TEST(SplitWords, UnderstandsOnlyTheQuoteInSingleQuotes) {
  EXPECT_EQ(split_words(R"('a\n\'b"' '')"), (Words{R"(a\n'b")", ""}));
}

TEST(SplitWords, OpensAQuoteWithinAWord) {
  EXPECT_EQ(split_words(R"(a"b c" d'e')"), (Words{"ab c", "de"}));
}

TEST(SplitWords, RefusesUnbalancedQuotes) {
  for (const ByteView line : {"\"", "'", "\"a", "'a", "\"a\\\"", "'a\\'", "\"a\"b", "'a'b",
                              "\"a\"\"", "a\"", "\"\\", "\"\\x4"}) {
    EXPECT_EQ(split_words(line), std::nullopt) << line;
  }
}

TEST(SplitWords, ReadsBackWhatQuotedWrote) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    Words words(random.below(4));
    Bytes line;
    for (Bytes& word : words) {
      for (std::uint64_t left = random.below(12); left > 0; --left) {
        word += static_cast<char>(random.next());
      }
      line += quoted(word) + " ";
    }
    ASSERT_EQ(split_words(line), words) << line;
  }
}

}  // namespace
}  // namespace replserver::resp
