#include "base/random.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(Random, RepeatsItselfByItsSeed) {
  Random first(1), again(1), other(2);
  const std::uint64_t drawn = first.next();
  EXPECT_EQ(again.next(), drawn);
  EXPECT_NE(other.next(), drawn);
  EXPECT_EQ(Random(1234567).next(), 6457827717110365317u);  // SplitMix64's published first value
}

TEST(Random, StaysBelowItsLimit) {
  Random random(3);
  for (int round = 0; round < 1000; ++round) {
    EXPECT_LT(random.below(3), 3u);
    EXPECT_LT(random.unit(), 1.0);
  }
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, MakesHexDigits) {
  const Bytes id = Random(4).hex(40);
  EXPECT_EQ(id.size(), 40u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), Bytes::npos);
}

}  // namespace
}  // namespace replserver
