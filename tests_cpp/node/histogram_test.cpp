#include "node/histogram.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(Histogram, TellsPercentilesWithinItsBucketsWidth) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100'000; ++value) histogram.add(value);
  EXPECT_NEAR(static_cast<double>(histogram.percentile(50)), 50'000, 3'500);
  EXPECT_NEAR(static_cast<double>(histogram.percentile(99)), 99'000, 6'500);
  EXPECT_GE(histogram.max(), 100'000u);
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram histogram;
  for (const std::uint64_t value : {3, 3, 3, 9}) histogram.add(value);
  EXPECT_EQ(histogram.percentile(50), 3u);
  EXPECT_EQ(histogram.percentile(100), 9u);
  EXPECT_EQ(histogram.count_up_to(3), 3u);
  EXPECT_EQ(histogram.count(), 4u);
}

TEST(Histogram, PutsAbsurdValuesIntoItsLastBucket) {
  Histogram histogram;
  histogram.add(UINT64_MAX);
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_GT(histogram.max(), 1ull << 40);
}

TEST(Histogram, OfNothingIsZero) { EXPECT_EQ(Histogram().percentile(99), 0u); }

}  // namespace
}  // namespace replserver
