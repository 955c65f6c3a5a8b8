#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(Ascii, ChangesTheCaseOfLettersOnly) {
  EXPECT_EQ(lower("GeT@[`{\xc4"), "get@[`{\xc4");
  EXPECT_EQ(upper("GeT@[`{\xe4"), "GET@[`{\xe4");
}

TEST(Ascii, ComparesIgnoringCase) {
  EXPECT_TRUE(equal_ignoring_case("MaxMemory", "maxmemory"));
  EXPECT_FALSE(equal_ignoring_case("get", "gets"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));  // a case bit apart, but no letters
}

TEST(Quoted, EscapesWhatDoesNotPrint) {
  EXPECT_EQ(quoted("plain text~"), R"("plain text~")");
  EXPECT_EQ(quoted("\"\\\n\r\t\a\b"), R"("\"\\\n\r\t\a\b")");
  EXPECT_EQ(quoted(ByteView("\0\x1f\x7f\xff", 4)), R"("\x00\x1f\x7f\xff")");
  EXPECT_EQ(quoted(""), R"("")");
}

TEST(Joined, PutsTheSeparatorBetweenWords) {
  EXPECT_EQ(joined({}, ", "), "");
  EXPECT_EQ(joined({"a"}, ", "), "a");
  EXPECT_EQ(joined({"a", "", "b"}, ", "), "a, , b");
}

TEST(ParseMemory, KnowsRedisUnitsInAnyCase) {
  EXPECT_EQ(parse_memory("100"), 100u);
  EXPECT_EQ(parse_memory("1b"), 1u);
  EXPECT_EQ(parse_memory("1k"), 1000u);
  EXPECT_EQ(parse_memory("1KB"), 1024u);
  EXPECT_EQ(parse_memory("2m"), 2'000'000u);
  EXPECT_EQ(parse_memory("2Mb"), 2u << 20);
  EXPECT_EQ(parse_memory("3g"), 3'000'000'000u);
  EXPECT_EQ(parse_memory("3gb"), 3ull << 30);
}

TEST(ParseMemory, TakesNoDigitsForNothing) {
  EXPECT_EQ(parse_memory(""), 0u);
  EXPECT_EQ(parse_memory("kb"), 0u);
}

TEST(ParseMemory, RefusesWhatItCannotHold) {
  for (const ByteView text : {"-1", "1 gb", "1t", "0x10", "1.5gb", "gb1", "18446744073709551616",
                              "18014398509481984kb"}) {
    EXPECT_EQ(parse_memory(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_memory("18446744073709551615"), UINT64_MAX);
}

TEST(HumanBytes, HasTwoDecimalsFromAKilobyteOn) {
  EXPECT_EQ(human_bytes(0), "0B");
  EXPECT_EQ(human_bytes(1023), "1023B");
  EXPECT_EQ(human_bytes(1024), "1.00K");
  EXPECT_EQ(human_bytes(1536 * 1024), "1.50M");
  EXPECT_EQ(human_bytes((1 << 20) - 1), "1024.00K");
  EXPECT_EQ(human_bytes(5ull << 30), "5.00G");
  EXPECT_EQ(human_bytes(1ull << 40), "1.00T");
  EXPECT_EQ(human_bytes(1ull << 50), "1.00P");
  EXPECT_EQ(human_bytes(1ull << 60), "1152921504606846976B");
  EXPECT_EQ(human_bytes(UINT64_MAX), "18446744073709551615B");
}

}  // namespace
}  // namespace replserver
