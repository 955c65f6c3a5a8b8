#include "node/stats.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(Rate, IsTheMeanOfTheLastSixteenSamples) {
  Rate rate;
  Instant now{};
  std::uint64_t total = 5000;  // before it began to look
  rate.sample(total, now);
  for (int i = 0; i < 16; ++i) rate.sample(total += 10, now += milliseconds(100));
  EXPECT_DOUBLE_EQ(rate.per_second(), 100);
  for (int i = 0; i < 8; ++i) rate.sample(total, now += milliseconds(100));
  EXPECT_DOUBLE_EQ(rate.per_second(), 50);
}

TEST(Rate, GoesByTheTimeThatReallyPassed) {
  Rate rate;
  rate.sample(0, Instant());
  rate.sample(16, Instant(seconds(1)));
  EXPECT_DOUBLE_EQ(rate.per_second(), 1);
  rate.sample(100, Instant(seconds(1)));  // no time at all
  EXPECT_DOUBLE_EQ(rate.per_second(), 1);
}

}  // namespace
}  // namespace replserver
